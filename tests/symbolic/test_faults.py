# SPDX-License-Identifier: MIT
"""Fault injection: whatever the solver does at any call site, no verdict comes of it."""

import itertools
import time
from collections.abc import Callable
from typing import Any

import pytest
import z3
from build import Builder, Get, op, straight

from srcucheck.base.budget import Budget, Silent
from srcucheck.check.door import accept
from srcucheck.check.replay import InternalError
from srcucheck.check.verdict import Fails, Holds, Unknown, Verdict, word
from srcucheck.explicit.engine import Explicit
from srcucheck.ir.expr import TRUE, If, Report, Set
from srcucheck.ir.system import Completes, Invariant, Reachable, Reported, System
from srcucheck.symbolic import solve
from srcucheck.symbolic.engine import Symbolic
from srcucheck.symbolic.judge import Way
from srcucheck.symbolic.solve import Closed, Forged, Open, Sat, Solver, Unsat

WAYS: tuple[Way, ...] = ("bmc", "induction", "pdr")


def model() -> System:
    b = Builder()
    x, go = b.slot("x"), b.slot("go")
    report = If(Get(x), (Report("p", b.site("p")),), ())
    straight(b, "a", [(TRUE, [Set(x, op(Get(x), "+", 1))]), (TRUE, [report])])
    _, frame = straight(b, "b", [(Get(go), [])])
    t = b.thread("t")
    spin = b.frame(t, "t", outermost=True, begun=True)
    t.at(0, t.go(0, way="turn"), frames=(spin,))
    b.check(Reported(("q",)))
    b.check(Reported(("p",)))
    b.check(Completes((frame,)))
    b.check(Reachable(op(Get(x), "==", 1)))
    b.check(Invariant(op(Get(x), "<", 2)))
    b.check(Completes((spin,)))
    return b.system()


SYSTEM = model()
TRUE_VERDICTS = Explicit().judge(SYSTEM, Budget(), Silent()).verdicts
SITES = 5
"""Call sites tried for each fault; spread over the whole run."""
Ask = Callable[..., Any]


def judged(way: Way) -> dict[int, Verdict]:
    answers = Symbolic(way, 2.0, 4).judge(SYSTEM, Budget(), Silent())
    return dict(accept(SYSTEM, answers).verdicts)


def calls(monkeypatch: pytest.MonkeyPatch, way: Way) -> int:
    """How many questions the solver is asked, nothing being wrong."""
    count = 0
    real = Solver._run

    def counted(self: Solver, ask: Ask) -> Any:
        nonlocal count
        count += 1
        return real(self, ask)

    with monkeypatch.context() as patch:
        patch.setattr(Solver, "_run", counted)
        judged(way)
    return count


def unknown(real: Ask) -> Any:
    return solve.Unknown("Z3: injected")


def raises(real: Ask) -> Any:
    raise z3.Z3Exception("injected")


def late(real: Ask) -> Any:
    time.sleep(0.05)
    return solve.Unknown("canceled")


def nothing(real: Ask) -> Any:
    return None


def wrong_model(real: Ask) -> Any:
    """Satisfiable with other values: each is off by one."""
    answer = real()
    if isinstance(answer, Sat):
        return Sat(tuple(v + 1 for v in answer.values), solve._SEAL)
    return answer


def empty_model(real: Ask) -> Any:
    answer = real()
    return Sat((), solve._SEAL) if isinstance(answer, Sat) else answer


def claims_sat(real: Ask) -> Any:
    """Says ``sat`` where there is no model: zeros for all that was asked."""
    answer = real()
    return Sat((0,) * 500, solve._SEAL) if isinstance(answer, Unsat) else answer


def wrong_invariant(real: Ask) -> Any:
    answer = real()
    if isinstance(answer, Closed):
        return Closed(z3.Not(answer.formula), solve._SEAL)
    return answer


def says_all_is_safe(real: Ask) -> Any:
    answer = real()
    return Closed(z3.BoolVal(True), solve._SEAL) if isinstance(answer, Open) else answer


def says_nothing_is_safe(real: Ask) -> Any:
    answer = real()
    return Open(solve._SEAL) if isinstance(answer, Closed) else answer


FAULTS: list[Callable[[Ask], Any]] = [
    unknown, raises, late, nothing, wrong_model, empty_model, claims_sat, wrong_invariant,
    says_all_is_safe, says_nothing_is_safe,
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f.__name__)
def test_a_fault_at_each_call_site_in_turn(
    monkeypatch: pytest.MonkeyPatch, way: Way, fault: Callable[[Ask], Any]
) -> None:
    """What comes out all the same is right; the rest is unknown or an error of the tool."""
    real = Solver._run
    total = calls(monkeypatch, way)
    assert total > 10
    for site in range(0, total, max(1, total // SITES)):
        number = itertools.count()

        def faulty(
            self: Solver, ask: Ask, number: "itertools.count[int]" = number, site: int = site
        ) -> Any:
            if next(number) != site:
                return real(self, ask)
            return real(self, lambda: fault(ask))

        with monkeypatch.context() as patch:
            patch.setattr(Solver, "_run", faulty)
            try:
                found = judged(way)
            except InternalError:
                continue
        for place, verdict in found.items():
            if not isinstance(verdict, Unknown):
                assert word(verdict) == word(TRUE_VERDICTS[place]), (site, verdict)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("fault", [unknown, raises, late, nothing], ids=lambda f: f.__name__)
def test_a_solver_that_never_answers_decides_nothing(
    monkeypatch: pytest.MonkeyPatch, way: Way, fault: Callable[[Ask], Any]
) -> None:
    real = Solver._run
    monkeypatch.setattr(Solver, "_run", lambda self, ask: real(self, lambda: fault(ask)))
    for place, verdict in judged(way).items():
        if place == 0:  # no statement can report "q": that needs no solver
            assert isinstance(verdict, Unknown | Holds)
            continue
        if way != "bmc" and isinstance(
            verdict, Fails | Holds
        ):  # a run of the sample, replayed: no proof
            run = verdict.trace if isinstance(verdict, Fails) else verdict.witness
            assert run is not None
            assert word(verdict) == word(TRUE_VERDICTS[place])
            continue
        assert isinstance(verdict, Unknown)
        assert not verdict.vacuous


@pytest.mark.parametrize("make", [
    lambda: Sat((), object()), lambda: Unsat((), object()), lambda: Closed(None, object()),
    lambda: Open(object()),
])  # fmt: skip
def test_answers_cannot_be_made_elsewhere(make: Callable[[], object]) -> None:
    with pytest.raises(Forged):
        make()


def test_a_wrong_invariant_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever Spacer says, the three questions decide."""
    real = Solver._run
    monkeypatch.setattr(Solver, "_run", lambda self, ask: real(self, lambda: says_all_is_safe(ask)))
    found = judged("pdr")
    assert word(found[1]) == "fails"


def test_a_spent_budget_asks_nothing() -> None:
    for budget in (Budget(seconds=0.0), Budget(interrupted=True)):
        answers = Symbolic("pdr", 3.0).judge(SYSTEM, budget, Silent())
        assert all(isinstance(v, Unknown) and not v.vacuous for v in answers.verdicts.values())
