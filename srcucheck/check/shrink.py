# SPDX-License-Identifier: MIT
"""Cuts from a lasso what it does not need.

First whole threads that nobody in the wait-for chain waits for, then segments of one thread, then
single steps.  Each cut is replayed and checked in full, fairness included, and kept only if the
same threads hang: a shorter lasso is as honest as a longer one.  Runs to a state are shortest
already, and so is a lasso without a cycle.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from srcucheck.check.replay import InternalError, check_refutes, replay, states_of
from srcucheck.check.trace import Schedule, Trace
from srcucheck.ir.system import Question, System

_ATTEMPTS = 200
"""Cuts tried per trace."""

Steps = tuple[tuple[int, int], ...]


def shrink(
    system: System,
    question: Question,
    trace: Trace,
    explain: Callable[[Trace], Trace],
) -> Trace:
    """A lasso of the same threads that is as short or shorter; other traces as they are.

    ``explain`` fills in what explains a replayed run (``culprits`` at least).
    """
    schedule = trace.schedule
    if schedule.cycle is None or schedule.cycle == len(schedule.steps):
        return trace
    attempts = 0
    best = trace
    progress = True
    while progress:
        progress = False
        for candidate in _cuts(best):
            attempts += 1
            if attempts > _ATTEMPTS:
                return best
            shorter = _try(system, question, candidate, best, explain)
            if shorter is not None:
                best, progress = shorter, True
                break
    return best


def _try(
    system: System,
    question: Question,
    schedule: Schedule,
    best: Trace,
    explain: Callable[[Trace], Trace],
) -> Trace | None:
    """The trace of a schedule, if it replays and the same threads hang."""
    try:
        trace = explain(replay(system, schedule, best.property))
        check_refutes(system, question, trace)
    except InternalError:
        return None
    return trace if trace.culprits == best.culprits else None


def _cuts(trace: Trace) -> Iterator[Schedule]:
    """Schedules with something left out, the big cuts first."""
    schedule = trace.schedule
    steps, cycle = schedule.steps, schedule.cycle or 0
    needed = {link.thread for link in trace.chain}.union(trace.culprits)
    for thread in sorted({t for t, _ in steps}.difference(needed)):
        yield _keep(schedule, [k for k, step in enumerate(steps) if step[0] != thread])
    for thread in sorted({t for t, _ in steps[cycle:]}):
        yield _keep(schedule, [k for k, step in enumerate(steps) if k < cycle or step[0] != thread])
    for begin, end in [*_returns(trace, cycle), *_segments(steps, cycle)]:
        yield _keep(schedule, [k for k in range(len(steps)) if not begin <= k < end])
    for one in range(len(steps) - 1, cycle - 1, -1):
        yield _keep(schedule, [k for k in range(len(steps)) if k != one])


def _returns(trace: Trace, cycle: int) -> list[tuple[int, int]]:
    """The parts of the cycle that lead back to a state of it, the longest first."""
    states = states_of(trace)[cycle:-1]
    last = {state: place for place, state in enumerate(states)}
    found = [(cycle + k, cycle + last[s]) for k, s in enumerate(states) if last[s] > k]
    return sorted(found, key=lambda s: (s[0] - s[1], s[0]))


def _segments(steps: Steps, cycle: int) -> list[tuple[int, int]]:
    """The cycle's runs of steps of one thread, of two or more steps, the longest first."""
    found: list[tuple[int, int]] = []
    begin = cycle
    for k in range(cycle + 1, len(steps) + 1):
        if k == len(steps) or steps[k][0] != steps[begin][0]:
            if k - begin > 1:
                found.append((begin, k))
            begin = k
    return sorted(found, key=lambda s: (s[0] - s[1], s[0]))


def _keep(schedule: Schedule, kept: list[int]) -> Schedule:
    """The schedule with these steps only."""
    cycle = sum(1 for k in kept if k < (schedule.cycle or 0))
    return replace(schedule, steps=tuple(schedule.steps[k] for k in kept), cycle=cycle)
