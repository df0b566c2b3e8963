# SPDX-License-Identifier: MIT
"""The search and its traces against the plainest search there can be, on random systems."""

from collections import deque

import pytest
from build import Builder, Get, no, op
from hypothesis import given, settings
from random_systems import systems

from srcucheck.base.budget import Budget, Progress, Silent
from srcucheck.check.closed import hole
from srcucheck.check.door import accept
from srcucheck.check.interpreter import outcomes
from srcucheck.check.verdict import Fails, Holds, Unknown
from srcucheck.explicit.engine import Explicit, Native
from srcucheck.ir.expr import End, Set
from srcucheck.ir.system import (
    Completes,
    Invariant,
    NoLeak,
    Reachable,
    State,
    System,
)


def explore(system: System) -> dict[State, int]:
    """Levels of all reachable states."""
    level = {system.initial[0].state: 0}
    todo = deque(level)
    while todo:
        state = todo.popleft()
        for thread in range(len(system.threads)):
            for outcome in outcomes(system, state, thread):
                after = outcome.successor
                if after is not None and after not in level:
                    level[after] = level[state] + 1
                    todo.append(after)
    return level


def preemptions(system: System, first: State, steps: tuple[tuple[int, int], ...]) -> int:
    """How often a thread that could go on is switched away from."""
    count = 0
    state: State | None = first
    last: int | None = None
    for thread, choice in steps:
        assert state is not None
        if last not in (None, thread) and last is not None and outcomes(system, state, last):
            count += 1
        state = outcomes(system, state, thread)[choice].successor
        last = thread
    return count


def least(system: System, level: dict[State, int], end: State) -> tuple[int, tuple[object, ...]]:
    """The best shortest run to a state, by looking at all of them."""
    found: list[tuple[int, tuple[tuple[int, int], ...]]] = []

    def walk(state: State, steps: tuple[tuple[int, int], ...]) -> None:
        if state == end:
            found.append((preemptions(system, system.initial[0].state, steps), steps))
        if level[state] >= level[end]:
            return
        for thread in range(len(system.threads)):
            for choice, outcome in enumerate(outcomes(system, state, thread)):
                after = outcome.successor
                if after is not None and level[after] == level[state] + 1:
                    walk(after, (*steps, (thread, choice)))

    walk(system.initial[0].state, ())
    return min(found)


@given(systems())
@settings(max_examples=300, deadline=None)
def test_search(b: Builder) -> None:
    system = b.system()
    answers = Explicit().judge(system, Budget(), Silent())
    level = explore(system)
    assert answers.figures.complete
    assert answers.figures.states == len(level)
    assert answers.figures.depth == max(level.values())
    assert answers.figures.transitions == sum(
        len(outcomes(system, s, t)) for s in level for t in range(len(system.threads))
    )
    assert accept(system, answers) == answers  # every trace replays and refutes
    for verdict in answers.verdicts.values():
        if isinstance(verdict, Holds) and verdict.certificate is not None:
            assert verdict.certificate.states == frozenset(level)
            assert hole(system, verdict.certificate) is None
            break
    reach = answers.verdicts[2]
    if isinstance(reach, Holds) and reach.witness is not None and len(level) < 60:
        steps = reach.witness.schedule.steps
        last = reach.witness.steps[-1].after if steps else reach.witness.first
        assert len(steps) == level[last]
        count = preemptions(system, system.initial[0].state, steps)
        assert (count, steps) == least(system, level, last)


def counter(limit: int) -> Builder:
    b = Builder()
    x = b.slot("x")
    t = b.thread("t")
    f = b.frame(t, "t", outermost=True, begun=True)
    up = t.go(0, Set(x, op(Get(x), "+", 1)), guard=op(Get(x), "<", limit))
    done = t.go(1, End(f), guard=op(Get(x), "==", limit))
    t.at(0, up, done, frames=(f,))
    t.at(1, rest="ended")
    b.check(Invariant(op(Get(x), "!=", 3)))
    b.check(Completes((f,)))
    b.check(Reachable(op(Get(x), "==", limit)))
    b.check(Invariant(no(op(Get(x), "==", limit + 5))))
    b.check(NoLeak(()))
    return b


def test_a_cut_search_proves_nothing() -> None:
    b = counter(500)
    answers = Explicit().judge(b.system(), Budget(states=100), Silent())
    assert not answers.figures.complete
    assert isinstance(answers.verdicts[0], Fails)
    for place in (1, 2, 3, 4):
        verdict = answers.verdicts[place]
        assert isinstance(verdict, Unknown)
        assert "state budget of 100 spent" in verdict.why
        assert not verdict.vacuous


@pytest.mark.parametrize(("native", "limit"), [("never", 300_000), ("always", 20_000_000)])
def test_an_interrupt_cuts_the_search(native: Native, limit: int) -> None:
    budget = Budget()

    class Impatient:
        def progress(self, progress: Progress) -> None:
            assert progress.states > 0
            budget.interrupted = True

    answers = Explicit(native=native).judge(counter(limit).system(), budget, Impatient())
    assert not answers.figures.complete
    verdict = answers.verdicts[1]
    assert isinstance(verdict, Unknown) and "interrupted" in verdict.why


def test_what_fits_the_budget_is_complete() -> None:
    answers = Explicit().judge(counter(8).system(), Budget(states=11), Silent())
    assert answers.figures.complete
    assert answers.figures.states == 10
