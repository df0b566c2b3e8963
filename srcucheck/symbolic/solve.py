# SPDX-License-Identifier: MIT
"""The one place where Z3 is asked, and the only one that can say what it answered.

``Sat``, ``Unsat``, ``Closed`` and ``Open`` are sealed: made elsewhere they raise.  Whatever goes
wrong on the way (no answer, no time, no memory, an exception) is ``Unknown``; a solver that says
``sat`` has to bring a model in which everything asked has a value.
"""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import z3

from srcucheck.base.budget import Budget, Spent
from srcucheck.symbolic.terms import Term

_SEAL = object()
_LOOK = 0.02
"""Seconds between two looks at the budget."""
_GRACE = 10.0
"""Seconds that Z3 has to stop when it is asked to."""


class Stuck(Exception):
    """Z3 does not stop although it was asked to: nothing more can be asked in this process."""


class Forged(Exception):
    """Somebody else than the solver made an answer."""


@dataclass(frozen=True, slots=True)
class Sat:
    """There is a model; ``values`` are those of the terms that were asked for."""

    values: tuple[int, ...]
    seal: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        _sealed(self.seal)


@dataclass(frozen=True, slots=True)
class Unsat:
    """There is none; ``core`` are the assumptions (by place) that suffice for that."""

    core: tuple[int, ...]
    seal: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        _sealed(self.seal)


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer, and why."""

    why: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The clauses have a solution: ``formula`` over the variables of the relation."""

    formula: Term
    seal: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        _sealed(self.seal)


@dataclass(frozen=True, slots=True)
class Open:
    """The clauses have no solution: what they forbid is reachable."""

    seal: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        _sealed(self.seal)


Answer = Sat | Unsat | Unknown


def _sealed(seal: object) -> None:
    if seal is not _SEAL:
        raise Forged("an answer that no solver gave")


@dataclass(frozen=True, slots=True)
class Solver:
    """Asks Z3 within a budget; ``seconds`` is the most for one goal, however many questions."""

    budget: Budget
    seconds: float = 60.0
    until: float | None = None

    def for_goal(self, share: float = 1.0) -> "Solver":
        """The same with the clock of a new goal; ``share``: how many times its time."""
        seconds = self.seconds * share
        return replace(self, seconds=seconds, until=time.monotonic() + seconds)

    def within(self, share: float) -> "Solver":
        """The same with a part of the time that is left."""
        now = time.monotonic()
        left = self.seconds if self.until is None else max(self.until - now, 0.0)
        return replace(self, until=now + left * share)

    def look(self) -> None:
        """Looks at the clock: to be called by work that is long, such as making terms.

        No signal ends that, as it does other work: an exception in the middle of a call of Z3 is
        lost, or becomes another one.

        Raises:
            Spent: time is up.
        """
        late = self.budget.exceeded(0)
        if late is None and self.until is not None and time.monotonic() > self.until:
            late = f"{self.seconds:g} s were not enough"
        if late is not None:
            raise Spent(late)

    def check(
        self,
        facts: Sequence[Term],
        wanted: Sequence[Term] = (),
        assumptions: Sequence[Term] = (),
        logic: str = "QF_FD",
    ) -> Answer:
        """Whether all facts can be true, and the values of the wanted terms if they can."""

        def ask() -> Answer:
            solver = _deaf(z3.SolverFor(logic) if logic else z3.Solver())
            solver.add(*facts)
            result = solver.check(*assumptions)
            if result == z3.unsat:
                core = {str(c) for c in solver.unsat_core()} if assumptions else set()
                return Unsat(tuple(k for k, a in enumerate(assumptions) if str(a) in core), _SEAL)
            if result == z3.sat:
                return Sat(_values(solver.model(), wanted), _SEAL)
            return Unknown(f"Z3: {solver.reason_unknown()}")

        answer = self._run(ask)
        if isinstance(answer, Sat) and len(answer.values) != len(wanted):
            return Unknown("Z3 gave half a model")
        if isinstance(answer, Sat | Unsat | Unknown):
            return answer
        return Unknown("Z3 gave no answer")

    def session(self, facts: Sequence[Term], logic: str = "QF_FD") -> "Session":
        """For many questions that share most of their facts."""
        return Session(self, list(facts), logic)

    def horn(
        self, clauses: Sequence[Term], relation: Any, vector: Sequence[Term]
    ) -> Closed | Open | Unknown:
        """Whether Horn clauses have a solution; if so, nothing bad is reached (Spacer's ``sat``).

        Hoder & Bjorner 2012; Komuravelli, Gurfinkel & Chaki 2014.
        """

        def ask() -> Closed | Open | Unknown:
            solver = _deaf(z3.SolverFor("HORN"))
            solver.add(*clauses)
            result = solver.check()
            if result == z3.unsat:
                return Open(_SEAL)
            if result == z3.sat:
                return Closed(_interpretation(solver.model(), relation, vector), _SEAL)
            return Unknown(f"Z3: {solver.reason_unknown()}")

        answer = self._run(ask)
        if isinstance(answer, Closed | Open | Unknown):
            return answer
        return Unknown("Z3 gave no answer")

    def _run(self, ask: Callable[[], Any]) -> Any:
        """Runs a question beside a watch on the budget, which interrupts it."""
        until = time.monotonic() + self.seconds if self.until is None else self.until
        late = self.budget.exceeded(0)
        if late is None and time.monotonic() > until:
            late = f"no answer in {self.seconds:g} s"
        if late is not None:
            return Unknown(late)
        found: list[Any] = []

        def work() -> None:
            try:
                found.append(ask())
            except Exception as error:
                found.append(Unknown(f"Z3 failed: {type(error).__name__}: {error}"))

        worker = threading.Thread(target=work, daemon=True)
        worker.start()
        why = None
        try:
            while worker.is_alive() and why is None:
                worker.join(_LOOK)
                why = self.budget.exceeded(0)
                if why is None and time.monotonic() > until:
                    why = f"no answer in {self.seconds:g} s"
        finally:
            _stopped(worker, why or "interrupted")
        if why is not None:
            return Unknown(why)
        return found[0] if found else Unknown("Z3 gave no answer")


@dataclass(slots=True)
class Session:
    """Keeps facts, and what Z3 learned of them, from question to question.

    A question that was not answered ends it: the others are not answered either.
    """

    solver: Solver
    waiting: list[Term]
    logic: str
    _z3: Any = None
    _lost: str | None = None

    def add(self, *facts: Term) -> None:
        """More facts, for good."""
        self.waiting += facts

    def check(self, facts: Sequence[Term], wanted: Sequence[Term] = ()) -> Answer:
        """Whether all facts can be true, those of the question included."""
        if self._lost is not None:
            return Unknown(self._lost)

        def ask() -> Answer:
            if self._z3 is None:
                self._z3 = _deaf(z3.SolverFor(self.logic) if self.logic else z3.Solver())
            self._z3.add(*self.waiting)
            self.waiting.clear()
            self._z3.push()
            self._z3.add(*facts)
            result = self._z3.check()
            if result == z3.unsat:
                self._z3.pop()
                return Unsat((), _SEAL)
            if result != z3.sat:
                return Unknown(f"Z3: {self._z3.reason_unknown()}")
            values = _values(self._z3.model(), wanted)
            self._z3.pop()
            return Sat(values, _SEAL)

        answer = self.solver._run(ask)
        if isinstance(answer, Unsat) or (
            isinstance(answer, Sat) and len(answer.values) == len(wanted)
        ):
            return answer
        self._lost = answer.why if isinstance(answer, Unknown) else "Z3 gave half an answer"
        return Unknown(self._lost)


def _stopped(worker: threading.Thread, why: str) -> None:
    """Tells Z3 to stop, and waits until it does.

    Raises:
        Stuck: it does not.
    """
    until = time.monotonic() + _GRACE
    while worker.is_alive():
        with suppress(Spent):  # told once already
            z3.main_ctx().interrupt()
            worker.join(_LOOK)
            if time.monotonic() > until:
                raise Stuck(why)


def _deaf(solver: Any) -> Any:
    """Leaves Ctrl-C to who handles it: Z3 would take it for itself, and only this question end."""
    solver.set("ctrl_c", False)
    return solver


def _values(model: Any, wanted: Sequence[Term]) -> tuple[int, ...]:
    """The values of terms in a model."""
    found: list[int] = []
    for term in wanted:
        value = model.eval(term, model_completion=True)
        if z3.is_true(value) or z3.is_false(value):
            found.append(int(z3.is_true(value)))
        else:
            found.append(int(value.as_long()))
    return tuple(found)


def _interpretation(model: Any, relation: Any, vector: Sequence[Term]) -> Term:
    """The formula of a relation over a vector of terms."""
    found = model[relation]
    if found is None:
        return z3.BoolVal(True)
    if z3.is_expr(found):  # a relation of nothing
        return found
    if found.num_entries():
        raise ValueError("the solution is a table")
    return z3.substitute_vars(found.else_value(), *vector)
