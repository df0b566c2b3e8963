# SPDX-License-Identifier: MIT
"""Reorders a run so that calls read as one row.

A call whose steps are spread over the run is gathered: steps of others that lie in between go
before it or behind it.  The new order is kept only if the interpreter accepts it, every thread
does what it did before, and the run still shows the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from srcucheck.check.replay import InternalError, check_refutes, replay, states_of
from srcucheck.check.trace import Schedule, Step, Trace
from srcucheck.ir.system import Question, System
from srcucheck.render.story import Act, Call, tell

MOVES = 60
"""So many new orders of one run are tried."""


def fold(system: System, question: Question, trace: Trace) -> Trace:
    """The run with as many calls in one piece as can be."""
    tried = 0
    while tried < MOVES:
        for call in _spread(tell(system, trace).roots.values()):
            better = None
            for order in _orders(trace, call):
                tried += 1
                better = _accepted(system, question, trace, order)
                if better is not None:
                    break
            if better is not None:
                trace = better
                break
        else:
            return trace
    return trace


def _spread(roots: Iterable[Sequence[Call | Act]]) -> Iterator[Call]:
    """Closed calls with steps of others in between, outermost first, longest run of them."""
    level = [c for items in roots for c in items if isinstance(c, Call)]
    while level:
        yield from sorted((c for c in level if _is_spread(c)), key=lambda c: c.first)
        level = [inner for c in level for inner in c.calls()]


def _is_spread(call: Call) -> bool:
    return call.last is not None and call.last - call.first + 1 > len(
        {s for s in call.steps() if call.first <= s <= call.last}
    )


def _orders(trace: Trace, call: Call) -> Iterator[tuple[int, ...]]:
    """New orders of the steps: those of others behind the call, or before it."""
    assert call.last is not None
    cycle = trace.schedule.cycle
    stem = len(trace.steps) if cycle is None else min(cycle, len(trace.steps))
    if call.first < stem <= call.last:
        return
    inside = range(call.first, call.last + 1)
    own = [s for s in inside if trace.steps[s].thread == call.thread]
    others = [s for s in inside if trace.steps[s].thread != call.thread]
    before, after = list(range(call.first)), list(range(call.last + 1, len(trace.steps)))
    yield (*before, *own, *others, *after)
    yield (*before, *others, *own, *after)


def _accepted(
    system: System, question: Question, trace: Trace, order: tuple[int, ...]
) -> Trace | None:
    steps = tuple(trace.schedule.steps[s] for s in order)
    schedule = Schedule(trace.schedule.initial, steps, trace.schedule.cycle)
    try:
        again = replay(system, schedule, trace.property)
        found = replace(
            again,
            chain=trace.chain,
            culprits=trace.culprits,
            leaked=trace.leaked,
            point_of_no_return=_point(trace, again),
            unless=trace.unless,
            lost=trace.lost,
        )
        check_refutes(system, question, found)
    except (InternalError, IndexError):
        return None
    if any(_what(a) != _what(trace.steps[s]) for a, s in zip(found.steps, order, strict=True)):
        return None
    return found


def _point(trace: Trace, again: Trace) -> int | None:
    """The first step of the new order that leads where nothing helps."""
    point = trace.point_of_no_return
    if point is None:
        return None
    lost = trace.lost.union(states_of(trace)[point + 1 :])
    return next((n for n, step in enumerate(again.steps) if step.after in lost), None)


def _what(step: Step) -> tuple[object, ...]:
    """What a step did, as far as a reader sees it."""
    return (step.thread, step.way, step.events, step.reports)
