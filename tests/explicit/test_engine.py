# SPDX-License-Identifier: MIT
"""The smaller duties of the explicit engine."""

import pytest
from build import Builder, Get, n, no, op, straight

from srcucheck.base.budget import Budget, Silent
from srcucheck.base.diagnostic import ModelError
from srcucheck.check.closed import hole
from srcucheck.check.engine import Answers
from srcucheck.check.replay import InternalError
from srcucheck.check.verdict import ClosedSet, Fails, Holds, Unknown, word
from srcucheck.explicit.engine import Explicit
from srcucheck.ir.expr import TRUE, Choose, If, Mark, Report, Set, Temp
from srcucheck.ir.system import (
    Initial,
    Invariant,
    LeadsTo,
    NoLeak,
    Reachable,
    Reported,
    Settles,
    System,
)


def judge(system: System) -> Answers:
    return Explicit().judge(system, Budget(), Silent())


def test_a_check_that_reads_a_dead_object_is_an_error_of_the_model() -> None:
    b = Builder()
    life, x = b.life("o"), b.slot("x")
    straight(b, "t", [(TRUE, [Set(life, n(2))])])
    b.check(Invariant(no(Get(x))), danger=op(Get(life), "==", 2))
    with pytest.raises(ModelError) as error:
        judge(b.system())
    assert error.value.diagnostics[0].code == "E408"


def test_a_danger_away_from_rest_does_not_matter_to_a_leak() -> None:
    b = Builder()
    life, x = b.life("o"), b.slot("x")
    straight(b, "t", [(TRUE, [Set(x, n(1))])])
    b.check(NoLeak((n(1),)), danger=no(Get(x)))
    b.check(NoLeak((n(7),)))
    answers = judge(b.system())
    assert [word(answers.verdicts[k]) for k in (0, 1)] == ["holds", "fails"]
    assert life == 0


def test_owed_and_unowed_at_once_is_an_internal_error() -> None:
    b = Builder()
    t = b.thread("t")
    t.at(0, t.go(1), t.go(1, owed=False))
    t.at(1, rest="ended")
    with pytest.raises(InternalError, match="owed and unowed"):
        judge(b.system())


def test_a_family_has_a_trace_per_member() -> None:
    b = Builder()
    p, q = Report("p", b.site("p")), Report("q", b.site("q"))
    straight(b, "t", [(TRUE, []), (TRUE, [p])])
    straight(b, "u", [(TRUE, [q])])
    b.check(Reported(("p", "q", "r")))
    verdict = judge(b.system()).verdicts[0]
    assert isinstance(verdict, Fails) and verdict.trace is not None
    assert verdict.trace.property == "q"
    assert [trace.property for trace in verdict.more] == ["p"]
    assert verdict.only_after is None


def test_what_was_executed() -> None:
    b = Builder()
    x = b.slot("x")
    seen, unseen, after = b.site("seen"), b.site("unseen"), b.site("after")
    branch = If(Get(x), (Mark(unseen),), (Mark(seen),))
    straight(b, "t", [(TRUE, [branch, Mark(after)])])
    executed = judge(b.system()).executed
    assert seen in executed and after in executed and unseen not in executed


def test_choices_and_initial_states_are_numbered_in_order() -> None:
    b = Builder()
    x = b.slot("x")
    odd = tuple((TRUE if k != 1 else no(TRUE), n(k)) for k in range(4))
    straight(b, "t", [(op(Get(x), "==", 9), [Choose(0, odd), Set(x, Temp(0))])])
    b.check(Reachable(op(Get(x), "==", 3)))
    b.check(Invariant(op(Get(x), "<=", 9)))
    one = b.system()
    (start,) = one.initial
    others = (Initial((8, *start.state[1:]), ()), Initial((9, *start.state[1:]), ()))
    system = System(
        **{name: getattr(one, name) for name in System.__slots__ if name != "initial"},
        initial=(start, *others),
    )
    verdicts = judge(system).verdicts
    reached, proved = verdicts[0], verdicts[1]
    assert isinstance(reached, Holds) and reached.witness is not None
    assert reached.witness.schedule.initial == 2
    assert reached.witness.schedule.steps == ((0, 2),)  # option 1 does not hold
    assert isinstance(proved, Holds) and proved.certificate is not None
    assert hole(system, proved.certificate) is None
    assert hole(system, ClosedSet(frozenset({start.state}))) is not None


def test_promises() -> None:
    """``eventually``, ``leads_to`` and ``settles``; a trigger that never comes is vacuous."""
    b = Builder()
    x = b.slot("x")
    straight(b, "t", [(TRUE, [Set(x, n(1))]), (TRUE, [Set(x, n(2))])])
    b.check(LeadsTo(None, op(Get(x), "==", 2)))
    b.check(LeadsTo(op(Get(x), "==", 2), op(Get(x), "==", 1)))
    b.check(LeadsTo(op(Get(x), "==", 5), op(Get(x), "==", 1)))
    b.check(LeadsTo(op(Get(x), "==", 1), op(Get(x), "==", 1)))
    b.check(LeadsTo(None, op(Get(x), "==", 3)))
    b.check(Settles(op(Get(x), "==", 2)))
    b.check(Settles(op(Get(x), "==", 1)))
    answers = judge(b.system())
    words = [word(answers.verdicts[k]) for k in range(7)]
    assert words == ["holds", "fails", "unknown", "holds", "fails", "holds", "fails"]
    vacuous = answers.verdicts[2]
    assert isinstance(vacuous, Unknown) and vacuous.vacuous
