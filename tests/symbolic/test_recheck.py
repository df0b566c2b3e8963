# SPDX-License-Identifier: MIT
"""The re-check of proofs believes neither the search nor its analysis of widths."""

from dataclasses import replace

import pytest
from build import Builder, Get, op, straight

from srcucheck.base.budget import Budget, Silent
from srcucheck.check.replay import InternalError
from srcucheck.check.verdict import Unknown, word
from srcucheck.ir.expr import TRUE, Begin, Const, End, Expr, Set
from srcucheck.ir.system import Completes, Invariant, System
from srcucheck.symbolic import encode, induction, pdr, ranges, recheck, terms, together
from srcucheck.symbolic.engine import Symbolic
from srcucheck.symbolic.judge import Way
from srcucheck.symbolic.machine import Machine, of_system
from srcucheck.symbolic.probe import stays_in, walked
from srcucheck.symbolic.recheck import flaw
from srcucheck.symbolic.solve import Solver, Unsat
from srcucheck.symbolic.solve import Unknown as NoAnswer
from srcucheck.symbolic.terms import Bits

WIDE = 32768
WAYS: tuple[Way, ...] = ("induction", "pdr")


def counting() -> tuple[System, Expr]:
    """``x`` becomes 1; it is always below a number of more bits than it has."""
    b = Builder()
    x = b.slot("x")
    straight(b, "t", [(TRUE, [Set(x, Const(1))])])
    below = op(Get(x), "<", WIDE)
    b.check(Invariant(op(Get(x), ">=", WIDE)))
    return b.system(), below


SYSTEM, BAD = counting()


def machine() -> Machine:
    return of_system(SYSTEM)[1]


def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """The old fault: parts below a comparison did not count, so the constant lost its high bits."""
    monkeypatch.setattr(encode, "bits", lambda of, exprs: Bits(of, 8))


def solver() -> Solver:
    return Solver(Budget(), 10.0).for_goal()


def test_a_constant_cut_short_makes_no_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow(monkeypatch)
    e = encode.suited(machine(), [BAD])
    assert isinstance(solver().check([e.initial(), e.truth(BAD)]), Unsat)  # so the search errs
    assert flaw(machine(), TRUE, BAD, solver()) == "something bad is in it"
    for prove in (induction.prove, pdr.prove):
        assert isinstance(prove(machine(), BAD, solver()), NoAnswer)


def test_nor_do_the_ranges_of_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the analysis says of an expression, no table is cut by it and no width chosen."""
    made = machine()
    wrong = lambda *_: (0, 0)  # noqa: E731
    monkeypatch.setattr(terms, "range_of", wrong)
    monkeypatch.setattr(ranges, "range_of", wrong)
    assert flaw(made, TRUE, BAD, solver()) == "something bad is in it"


def test_nor_do_ranges_of_slots() -> None:
    """A range that a step leaves is no fact."""
    tight = replace(machine(), ranges=tuple((v, v) for v in SYSTEM.initial[0].state))
    assert flaw(tight, TRUE, op(Get(0), "==", 1), solver()) == "a number leaves its range"
    off = replace(machine(), ranges=((3, 7), *machine().ranges[1:]))
    assert "begins outside" in (flaw(off, TRUE, op(Get(0), "==", 1), solver()) or "")


@pytest.mark.parametrize(
    "grown", [op(Get(0), "*", Get(0)), op(Get(0), "<<", Get(0)), op(Get(0), "+", (1 << 63) - 1)]
)
def test_a_number_beyond_all_bits_is_no_proof(grown: Expr) -> None:
    wide = replace(machine(), ranges=((0, 1 << 62), *machine().ranges[1:]))
    why = flaw(wide, op(Get(0), "<=", 1), op(grown, "<", 0), solver())
    assert why in ("a number is too wide to be checked", "something bad is in it")
    assert flaw(wide, op(Get(0), "<=", 1), op(Get(0), "<", 0), solver()) is None


def test_a_walk_meets_a_false_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were all questions answered wrongly, runs of the interpreter would still say so."""
    walks = walked(SYSTEM)
    stays_in(machine(), walks, op(Get(0), "<", 2), op(Get(0), ">", 1))
    for formula, bad in ((op(Get(0), "<", 1), op(Get(0), ">", 1)), (TRUE, BAD)):
        with pytest.raises(InternalError):
            stays_in(machine(), walks, formula, bad)
    narrow(monkeypatch)
    for module in (induction, pdr, together):
        monkeypatch.setattr(module, "flaw", lambda *_: None)
    monkeypatch.setattr(induction, "flaw_in_steps", lambda *_: None)
    monkeypatch.setattr(
        together, "explored", lambda *_: (_ for _ in ()).throw(RecursionError())
    )  # no sample, or the run would be found
    for way in WAYS:
        with pytest.raises(InternalError, match="was proved"):
            Symbolic(way, 5.0).judge(SYSTEM, Budget(), Silent())


def test_nothing_is_wrong_otherwise() -> None:
    for way in WAYS:
        found = Symbolic(way, 5.0).judge(SYSTEM, Budget(), Silent())
        verdict = found.verdicts[0]
        assert not isinstance(verdict, Unknown)
        assert word(verdict) == "fails"
    assert recheck.flaw(machine(), TRUE, op(Get(0), ">", WIDE), solver()) is None


@pytest.mark.parametrize("way", ["bmc", *WAYS])
def test_of_two_steps_to_one_state_the_right_one_is_replayed(way: Way) -> None:
    """One turn ends its activation and begins the next, another one stays: a hang, by that one."""
    b = Builder()
    t = b.thread("t")
    turn = b.frame(t, "t", outermost=True, begun=True)
    t.at(0, t.go(0, End(turn), Begin(turn), way="turn"), t.go(0, way="turn"), frames=(turn,))
    b.check(Completes((turn,)))
    found = Symbolic(way, 5.0).judge(b.system(), Budget(), Silent()).verdicts[0]
    assert not isinstance(found, Unknown)
    assert word(found) == "fails"
