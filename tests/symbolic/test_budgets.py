# SPDX-License-Identifier: MIT
"""Time limits reach the making of formulas: what is not done in time is unknown."""

import time

import pytest
from build import Builder, Get, op, straight

from srcucheck.base.budget import PATIENCE, Budget, Silent
from srcucheck.check.verdict import Unknown
from srcucheck.ir.expr import TRUE, Const, If, Set, SetPick, Statement
from srcucheck.ir.system import Invariant, System
from srcucheck.symbolic import together
from srcucheck.symbolic.engine import Symbolic
from srcucheck.symbolic.flat import Refused
from srcucheck.symbolic.judge import Way

WAYS: tuple[Way, ...] = ("bmc", "induction", "pdr")


def large(length: int, slots: int) -> System:
    """One update of many stores to places that an index names, each seen by the next."""
    b = Builder()
    x = [b.slot(f"x{k}") for k in range(slots)]
    table = dict(enumerate(x))
    update: list[Statement] = []
    for n in range(length):
        index = op(op(Get(x[n % slots]), "+", Get(x[(n + 1) % slots])), "&", slots - 1)
        store = SetPick(index, table, op(Get(x[n % slots]), "^", n))
        update.append(If(op(Get(x[(n + 2) % slots]), ">", n % 3), (store,), (Set(x[0], Const(1)),)))
    straight(b, "t", [(TRUE, update)])
    b.check(Invariant(op(Get(x[0]), "<", 100_000)))
    return b.system()


@pytest.mark.parametrize("way", WAYS)
def test_steps_that_are_too_large_end_in_time(way: Way) -> None:
    system = large(20_000, 64)
    began = time.monotonic()
    answers = Symbolic(way, 30.0).judge(system, Budget(seconds=1.0), Silent())
    assert time.monotonic() - began < 1.0 + PATIENCE + 8.0
    verdict = answers.verdicts[0]
    assert isinstance(verdict, Unknown)
    assert "1 s spent" in verdict.why
    assert not verdict.vacuous


def long(length: int, slots: int) -> System:
    """Many small updates."""
    b = Builder()
    x = [b.slot(f"x{k}") for k in range(slots)]
    steps = [
        (TRUE, [Set(x[n % slots], op(op(Get(x[(n + k) % slots]), "+", n), "&", 63))])
        for n in range(length)
        for k in range(1, 3)
    ]
    straight(b, "t", steps)
    b.check(Invariant(op(Get(x[0]), "<", 63)))
    return b.system()


@pytest.mark.parametrize("way", WAYS)
def test_the_time_of_a_goal_counts_too(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a limit of the run: making a formula has what a goal has."""
    monkeypatch.setattr(together, "explored", _refuses)
    system, began = long(400, 40), time.monotonic()
    answers = Symbolic(way, 0.05).judge(system, Budget(), Silent())
    assert time.monotonic() - began < 15.0
    verdict = answers.verdicts[0]
    assert isinstance(verdict, Unknown)
    assert "0.05 s" in verdict.why


def _refuses(*_: object) -> object:
    raise Refused("no sample")
