# SPDX-License-Identifier: MIT
"""What is noted at the right of rows: where a run was lost, what set off the last thread."""

from collections.abc import Iterator
from dataclasses import dataclass

from srcucheck.check.interpreter import outcomes, read_by
from srcucheck.check.replay import states_of
from srcucheck.check.trace import Trace
from srcucheck.ir.evaluate import evaluate
from srcucheck.ir.system import Site, System
from srcucheck.render.words import DEAD, ENDED, LIVE, MEMORY

SET_OFF = {"softirq": "armed", "hardirq": "armed", "kworker": "queued"}
"""How a reader calls what makes a thread of a kind run."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A note for the row that a step of a thread belongs to."""

    step: int
    thread: int
    text: str


def marks(system: System, trace: Trace) -> Iterator[Mark]:
    """All notes of a run."""
    point = trace.point_of_no_return
    if point is not None:
        yield Mark(_decided(system, trace, point), trace.steps[point].thread, "(1)")
    gone = freed(system, trace)
    if gone is not None:
        yield gone
    set_off = _set_off(system, trace)
    if set_off is not None:
        yield set_off


def _decided(system: System, trace: Trace, point: int) -> int:
    """A step that had a choice made it behind its own deed: it shows in the next one."""
    thread = trace.steps[point].thread
    before = states_of(trace)[point]
    if len(outcomes(system, before, thread)) > 1:
        end = trace.schedule.cycle if trace.schedule.cycle is not None else len(trace.steps)
        later = (n for n in range(point + 1, end) if trace.steps[n].thread == thread)
        return next(later, point)
    return point


def freed(system: System, trace: Trace) -> Mark | None:
    """The step that ended the object that the last step uses."""
    found = freed_slot(system, trace)
    if found is None:
        return None
    text = "freed" if system.slots[found[1]].kind == "life" else "ended"
    return Mark(found[0], trace.steps[found[0]].thread, text)


def freed_slot(system: System, trace: Trace) -> tuple[int, int] | None:
    """That step, and the slot of the object's life, or of the end of one of its members."""
    if not trace.property.startswith(MEMORY) or not trace.steps:
        return None
    step = trace.steps[-1]
    before = states_of(trace)[-2]
    read = set(read_by(system.threads[step.thread], before, step.choice))
    ends = [
        (number, slot)
        for number, one in enumerate(trace.steps)
        for slot, _, after in one.changes
        if (system.slots[slot].kind, after) in (("life", DEAD), ("poison", ENDED))
    ]
    used = [end for end in ends if end[1] in read and not _afterwards(trace, *end)]
    return next(reversed(used or ends), None)


def _afterwards(trace: Trace, number: int, slot: int) -> bool:
    """Whether the step that reports ends the object itself, after the report."""
    step = trace.steps[number]
    if number < len(trace.steps) - 1 or not step.reported_at:
        return False
    told = zip(step.reports, step.reported_at, strict=True)
    at = next((at for (name, _), at in told if name == trace.property), len(step.events))
    return all(events >= at for events, written, _ in step.writes if written == slot)


def ending_sites(system: System, trace: Trace) -> Iterator[Site]:
    """The statement that ended it."""
    found = freed_slot(system, trace)
    if found is not None:
        site = writer(system, trace, *found)
        if site is not None:
            yield site


def birth_sites(system: System, trace: Trace) -> Iterator[Site]:
    """The statements that made what leaked."""
    lives = {heap.life for heap in system.heap if heap.name in trace.leaked}
    for number, step in enumerate(trace.steps):
        for slot, _, after in step.changes:
            if slot in lives and after == LIVE:
                site = writer(system, trace, number, slot)
                if site is not None:
                    yield site


def writer(system: System, trace: Trace, number: int, slot: int) -> Site | None:
    """The statement of a step that wrote a slot."""
    step = trace.steps[number]
    for events, written, _ in step.writes:
        if written == slot and events:
            return system.sites[step.events[events - 1].site]
    return None


def waits_from(system: System, trace: Trace) -> Iterator[tuple[int, int]]:
    """Who waits to the end, and the step from which on: after its last, with the guard false."""
    cycle = trace.schedule.cycle
    states = states_of(trace)
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
    states = states_of(trace)
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
