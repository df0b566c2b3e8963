# SPDX-License-Identifier: MIT
"""Fault injection at the door: an engine that answers wrong must never become a pass."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from build import Builder, Get, no, op, straight

from srcucheck.base.budget import Budget, Silent
from srcucheck.check.door import accept
from srcucheck.check.engine import Answers
from srcucheck.check.replay import InternalError
from srcucheck.check.trace import Schedule
from srcucheck.check.verdict import ClosedSet, Fails, Holds, HoldsUpTo, Unknown, Verdict, word
from srcucheck.explicit.engine import Explicit
from srcucheck.ir.expr import TRUE, If, Report, Set
from srcucheck.ir.system import Completes, Invariant, NoHang, Reachable, Reported, System

HOLDS, FAILS, HANGS, REACHED, NOT_REACHED, GOOD, BAD = range(7)


@pytest.fixture
def system() -> System:
    b = Builder()
    x, go = b.slot("x"), b.slot("go")
    report = If(Get(x), (Report("p", b.site("p")),), ())
    straight(b, "a", [(TRUE, [Set(x, op(Get(x), "+", 1))]), (TRUE, [report])])
    _, frame = straight(b, "b", [(Get(go), [])])
    b.check(Reported(("q",)))
    b.check(Reported(("p",)))
    b.check(Completes((frame,)))
    b.check(Reachable(op(Get(x), "==", 1)))
    b.check(Reachable(op(Get(x), "==", 2)))
    b.check(Invariant(op(Get(x), "<", 2)))
    b.check(Invariant(no(Get(x))))
    b.check(NoHang(False))
    return b.system()


@pytest.fixture
def honest(system: System) -> Answers:
    return Explicit().judge(system, Budget(), Silent())


def put(answers: Answers, place: int, verdict: Verdict | None) -> Answers:
    verdicts = dict(answers.verdicts)
    if verdict is None:
        del verdicts[place]
    else:
        verdicts[place] = verdict
    return replace(answers, verdicts=verdicts)


def truncated(answers: Answers) -> Answers:
    return replace(answers, figures=replace(answers.figures, complete=False))


def test_honest_answers_pass_unchanged(system: System, honest: Answers) -> None:
    words = [word(honest.verdicts[k]) for k in range(8)]
    assert words == ["holds", "fails", "fails", "holds", "fails", "holds", "fails", "fails"]
    assert accept(system, honest) == honest


def test_no_answer_is_unknown(system: System, honest: Answers) -> None:
    for place in range(8):
        got = accept(system, put(honest, place, None)).verdicts[place]
        assert isinstance(got, Unknown)
    nothing = accept(system, replace(honest, verdicts={}))
    assert all(isinstance(v, Unknown) for v in nothing.verdicts.values())
    assert len(nothing.verdicts) == 8


def test_an_answer_to_nothing_is_an_error(system: System, honest: Answers) -> None:
    with pytest.raises(InternalError):
        accept(system, put(honest, 99, Unknown("x")))


def test_a_truncated_search_proves_nothing(system: System, honest: Answers) -> None:
    got = accept(system, truncated(honest))
    assert isinstance(got.verdicts[HOLDS], Unknown)
    assert isinstance(got.verdicts[GOOD], Unknown)
    assert isinstance(got.verdicts[NOT_REACHED], Unknown)
    assert isinstance(got.verdicts[FAILS], Fails)
    assert isinstance(got.verdicts[REACHED], Holds)
    up_to = accept(system, truncated(put(honest, HOLDS, HoldsUpTo(("pool",)))))
    assert isinstance(up_to.verdicts[HOLDS], Unknown)


def test_a_bound_weakens_a_proof(system: System, honest: Answers) -> None:
    got = accept(system, replace(honest, bounds=("pool of 2",)))
    assert got.verdicts[HOLDS] == HoldsUpTo(("pool of 2",))
    assert isinstance(got.verdicts[NOT_REACHED], Unknown)


def wrong_choice(schedule: Schedule) -> Schedule:
    return replace(schedule, steps=(*schedule.steps[:-1], (schedule.steps[-1][0], 7)))


def wrong_thread(schedule: Schedule) -> Schedule:
    return replace(schedule, steps=((9, 0), *schedule.steps[1:]))


def shorter(schedule: Schedule) -> Schedule:
    cycle = None if schedule.cycle is None else schedule.cycle - 1
    return replace(schedule, steps=schedule.steps[:-1], cycle=cycle)


def no_cycle(schedule: Schedule) -> Schedule:
    return replace(schedule, cycle=0 if schedule.cycle is None else None)


def wrong_start(schedule: Schedule) -> Schedule:
    return replace(schedule, initial=3)


@pytest.mark.parametrize("place", [FAILS, HANGS, REACHED, BAD])
@pytest.mark.parametrize("edit", [wrong_choice, wrong_thread, shorter, no_cycle, wrong_start])
def test_an_edited_run_is_an_error(
    system: System, honest: Answers, place: int, edit: Callable[[Schedule], Schedule]
) -> None:
    verdict = honest.verdicts[place]
    trace = verdict.witness if isinstance(verdict, Holds) else None
    if isinstance(verdict, Fails):
        trace = verdict.trace
    assert trace is not None
    bad = replace(trace, schedule=edit(trace.schedule))
    wrong: Verdict = (
        replace(verdict, witness=bad) if isinstance(verdict, Holds) else replace(verdict, trace=bad)  # type: ignore[arg-type]
    )
    with pytest.raises(InternalError):
        accept(system, put(honest, place, wrong))


def test_the_run_of_another_check_is_an_error(system: System, honest: Answers) -> None:
    for place, other in ((HOLDS, FAILS), (GOOD, HANGS), (FAILS, BAD), (NOT_REACHED, FAILS)):
        with pytest.raises(InternalError):
            accept(system, put(honest, place, honest.verdicts[other]))


def test_a_wrong_proof_is_an_error(system: System, honest: Answers) -> None:
    proof = honest.verdicts[HOLDS]
    assert isinstance(proof, Holds)
    for place in (FAILS, BAD):
        with pytest.raises(InternalError):
            accept(system, put(honest, place, proof))
    for certificate in (
        None,
        ClosedSet(frozenset()),
        ClosedSet(frozenset({system.initial[0].state})),
    ):
        with pytest.raises(InternalError):
            accept(system, put(honest, HOLDS, Holds(certificate)))
    with pytest.raises(InternalError):
        accept(system, put(honest, REACHED, proof))


def test_a_failure_without_a_run_is_an_error(system: System, honest: Answers) -> None:
    for place in (HOLDS, FAILS, HANGS, GOOD):
        with pytest.raises(InternalError):
            accept(system, put(honest, place, Fails(None)))
