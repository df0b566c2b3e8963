# SPDX-License-Identifier: MIT
"""What is noted at the right of rows: where a run was lost, what set off the last thread."""

from collections.abc import Iterator
from dataclasses import dataclass

from srcucheck.check.trace import Trace
from srcucheck.ir.evaluate import evaluate
from srcucheck.ir.system import State, System

SET_OFF = {"softirq": "armed", "hardirq": "armed", "kworker": "queued"}
"""How a reader calls what makes a thread of a kind run."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A note for the row that a step of a thread belongs to."""

    step: int
    thread: int
    text: str


def marks(system: System, trace: Trace) -> Iterator[Mark]:
    """All notes but those of memory."""
    point = trace.point_of_no_return
    if point is not None:
        yield Mark(point, trace.steps[point].thread, "(1)")
    set_off = _set_off(system, trace)
    if set_off is not None:
        yield set_off


def waits_from(system: System, trace: Trace) -> Iterator[tuple[int, int]]:
    """Who waits to the end, and the step from which on: after its last, with the guard false."""
    cycle = trace.schedule.cycle
    states = _states(trace)
    for link in trace.chain:
        thread = system.threads[link.thread]
        if link.status != "waits" or cycle is None:
            continue
        since = max((n for n, s in enumerate(trace.steps) if s.thread == link.thread), default=-1)
        wait = thread.locations[states[-1][thread.pc]].wait
        if wait is not None:
            at = len(states) - 1
            while at > since + 1 and not evaluate(wait.guard, states[at - 1], {}):
                at -= 1
            since = at - 1
        yield link.thread, since


def _set_off(system: System, trace: Trace) -> Mark | None:
    """The step of another thread after which the one that does wrong had something to do."""
    if trace.schedule.cycle is not None or not trace.steps or not trace.steps[-1].reports:
        return None
    number = trace.steps[-1].thread
    thread = system.threads[number]
    states = _states(trace)
    if thread.kind not in SET_OFF:
        return None
    for place in range(len(trace.steps) - 1, -1, -1):
        location = thread.locations[states[place][thread.pc]]
        if trace.steps[place].thread == number and location.rest == "idle":
            wait = location.wait
            while place and wait is not None and evaluate(wait.guard, states[place - 1], {}):
                place -= 1
            if place == 0 or trace.steps[place - 1].thread == number:
                return None
            return Mark(place - 1, trace.steps[place - 1].thread, SET_OFF[thread.kind])
    return None


def _states(trace: Trace) -> list[State]:
    return [trace.first, *(step.after for step in trace.steps)]
