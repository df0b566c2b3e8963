# SPDX-License-Identifier: MIT
"""Judges the checks of one system: a question becomes *goals*, and each is reached or is not.

Goals are predicates over a machine that some run must not (or must) satisfy.  Bounded search asks
for each on its own; the other two first prove at once all that they can (``together``).
"""

from dataclasses import dataclass, field
from typing import Literal, assert_never

from srcucheck.base.budget import Spent
from srcucheck.base.diagnostic import Diagnostic, ModelError
from srcucheck.check.verdict import (
    Fails,
    Holds,
    HoldsUpTo,
    InductiveInvariant,
    SymbolicProof,
    Unknown,
    Verdict,
)
from srcucheck.ir.expr import FALSE, TRUE, Expr
from srcucheck.ir.system import Check, Reachable, State, System
from srcucheck.symbolic import bmc, induction, pdr
from srcucheck.symbolic import predicates as p
from srcucheck.symbolic import simplify as s
from srcucheck.symbolic.flat import Flat, Refused
from srcucheck.symbolic.goals import Goal, Vacuity, danger, goals, vacuity
from srcucheck.symbolic.machine import Machine, of_system, sliced
from srcucheck.symbolic.probe import stays_in, walked
from srcucheck.symbolic.shown import trace
from srcucheck.symbolic.solve import Solver
from srcucheck.symbolic.together import Found, Settled, settled

Way = Literal["bmc", "induction", "pdr"]

SETUP = 2.0
"""What making formulas of all steps may take, as a multiple of the time for one goal."""

SHALLOW = 6
"""Steps that a proof looks ahead for a run before it begins."""


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What a check comes to; ``refused``: it is beyond these engines, and why."""

    danger: Expr
    goals: tuple[Goal, ...]
    vacuity: Vacuity | None
    refused: str | None


@dataclass(slots=True)
class Judge:
    """Judges the checks of one system, in one way."""

    way: Way
    deepest: int
    system: System
    solver: Solver
    flat: Flat = field(init=False)
    machine: Machine = field(init=False)
    asked: list[Asked] = field(init=False)
    endless: Expr = field(init=False)
    bounds: dict[str, Expr] = field(init=False)
    walks: tuple[State, ...] = field(init=False)
    known: dict[int, Found] = field(default_factory=dict)
    lemma: Expr = TRUE
    begun: bool = False

    def __post_init__(self) -> None:
        self.flat, self.machine = of_system(self.system, self.solver.for_goal(SETUP).look)
        self.asked = [self.ask(check) for check in self.system.checks]
        self.endless = p.endless(self.flat)
        self.bounds = {t: p.bound(self.flat, t) for t in p.bound_texts(self.flat)}
        self.walks = walked(self.system)

    def ask(self, check: Check) -> Asked:
        """The goals of a check."""
        risk, empty = danger(self.flat, check), vacuity(self.flat, check)
        try:
            return Asked(risk, tuple(goals(self.flat, self.machine, check)), empty, None)
        except Refused as error:
            return Asked(risk, (), empty, str(error))

    def alone(self, numbered: tuple[int, Check]) -> bool:
        """Whether a check has a goal that is not settled with those of the others."""
        asked = self.asked[numbered[0]]
        return any(goal.machine is not self.machine for goal in asked.goals)

    def all_at_once(self) -> None:
        """Settles what can be settled of all checks together."""
        self.begun = True
        wanted = [self.endless, *self.bounds.values()]
        for one in self.asked:
            wanted.append(one.danger)
            wanted += [goal.wanted for goal in one.goals if goal.machine is self.machine]
            wanted += [] if one.vacuity is None else [one.vacuity.wanted]
        found = self.settled(self.machine, wanted, self.solver.for_goal(JOINT))
        self.known |= found.known
        self.lemma = found.lemma

    def settled(self, machine: Machine, wanted: list[Expr], solver: Solver) -> Settled:
        """What a sample of states and the clauses that it suggests can show."""
        try:
            return settled(machine, wanted, self.walks, solver)
        except Spent:
            return Settled({}, TRUE)

    def verdict(self, place: int, check: Check) -> Verdict:
        """The verdict of one check."""
        if not self.begun and self.way != "bmc":
            self.all_at_once()
        asked = self.asked[place]
        risk = self.reach(Goal(self.machine, asked.danger))
        if isinstance(risk, bmc.Run):
            message = "the check reads a dead object, goes through NULL or past the end of an array"
            raise ModelError(Diagnostic("E408", message, check.span))
        if isinstance(risk, Unknown):
            return Unknown(f"whether the check reads a dead object: {risk.why}")
        if asked.refused is not None:
            return Unknown(f"not for this engine: {asked.refused}")
        runs: list[tuple[Machine, bmc.Run]] = []
        proofs: list[SymbolicProof] = []
        open_: list[Unknown] = []
        for goal in asked.goals:
            if runs and goal.machine is not self.machine and self.way != "bmc":
                break
            found = self.reach(goal)
            match found:
                case bmc.Run():
                    runs.append((goal.machine, found))
                case SymbolicProof():
                    proofs.append(found)
                case Unknown():
                    open_.append(found)
                case _:
                    assert_never(found)
        if runs:
            best = min((trace(check, *run) for run in runs), key=lambda one: len(one.steps))
            return Holds(None, best) if isinstance(check.question, Reachable) else Fails(best)
        return open_[0] if open_ else self.proved(check, asked.vacuity, proofs)

    def proved(self, check: Check, empty: Vacuity | None, proofs: list[SymbolicProof]) -> Verdict:
        """The verdict where no run leads to what the check forbids (or wants, for reachable)."""
        parts = dict.fromkeys(part for one in proofs for part in one.parts)
        proof = SymbolicProof(tuple(parts))
        turns = self.reach(Goal(self.machine, self.endless))
        if not isinstance(turns, SymbolicProof):
            return Unknown("a loop may turn more often than it was unrolled")
        bounds: list[str] = []
        for text, wanted in self.bounds.items():
            hit = self.reach(Goal(self.machine, wanted))
            if isinstance(hit, Unknown):
                return Unknown(f"proved but for whether a bound is reached ({text}): {hit.why}")
            if isinstance(hit, bmc.Run):
                bounds.append(text)
        if isinstance(check.question, Reachable):
            if bounds:
                return Unknown(f"not reached within the model's bounds: {'; '.join(bounds)}")
            return Fails(None, certificate=proof)
        if empty is not None:
            there = self.reach(Goal(self.machine, empty.wanted))
            if isinstance(there, Unknown):
                return Unknown(f"proved, unless {empty.why}: {there.why}")
            if isinstance(there, SymbolicProof):
                why = empty.why
                if bounds:
                    why += f" (within the model's bounds: {'; '.join(bounds)})"
                return Unknown(why, vacuous=True)
        return HoldsUpTo(tuple(bounds), proof) if bounds else Holds(proof)

    # --- goals --------------------------------------------------------------------------------

    def reach(self, goal: Goal) -> Found:
        """A run to a goal or a proof that there is none; each goal is asked about once."""
        known = self.known.get(id(goal.wanted))
        if known is None:
            known = self.known[id(goal.wanted)] = self.decided(goal)
        return known

    def decided(self, goal: Goal) -> Found:
        """In the engine's way, within the time for one goal."""
        if goal.wanted == FALSE:
            return SymbolicProof((InductiveInvariant(FALSE, 0, goal.machine.names),))
        machine = goal.machine if goal.whole else sliced(goal.machine, [goal.wanted, self.lemma])
        solver = self.solver.for_goal()
        if self.way != "bmc" and goal.machine is not self.machine:
            without = s.negation(self.lemma)
            first = self.settled(goal.machine, [goal.wanted, without], solver.within(HALF))
            if id(goal.wanted) in first.known:
                return first.known[id(goal.wanted)]
        try:
            return self.in_its_way(machine, goal.wanted, solver)
        except Spent as error:
            return Unknown(f"while formulas were made: {error}")

    def in_its_way(self, machine: Machine, wanted: Expr, solver: Solver) -> Found:
        """A run or a proof."""
        match self.way:
            case "bmc":
                run = bmc.shortest(machine, wanted, solver, self.deepest)
                if isinstance(run, bmc.Clear):
                    return Unknown(f"no run of {max(run.depth, 0)} steps: {run.why}")
                return run
            case "induction":
                return self.by_induction(machine, wanted, solver)
            case "pdr":
                return self.by_invariant(machine, wanted, solver)
            case _:
                assert_never(self.way)

    def by_induction(self, machine: Machine, wanted: Expr, solver: Solver) -> Found:
        """k-induction."""
        found = induction.prove(machine, wanted, solver, [self.lemma])
        match found:
            case induction.Inductive(k, lemma, simple):
                stays_in(machine, self.walks, lemma, wanted)
                part = InductiveInvariant(lemma, k, machine.names, simple)
                return SymbolicProof((part,))
            case bmc.Run():
                return found
            case _:
                return Unknown(found.why)

    def by_invariant(self, machine: Machine, wanted: Expr, solver: Solver) -> Found:
        """A short look for a run, then Spacer, then a longer look if it says that there is one."""
        run = bmc.shortest(machine, wanted, solver, min(SHALLOW, self.deepest))
        if isinstance(run, bmc.Run):
            return run
        found = pdr.prove(machine, wanted, solver, self.lemma)
        match found:
            case pdr.Invariant(formula):
                stays_in(machine, self.walks, formula, wanted)
                return SymbolicProof((InductiveInvariant(formula, 1, machine.names),))
            case pdr.Reached():
                run = bmc.shortest(machine, wanted, solver, self.deepest)
                return (
                    run if isinstance(run, bmc.Run) else Unknown(f"a run is said to be: {run.why}")
                )
            case _:
                return Unknown(found.why)


JOINT = 4.0
"""What all goals together may take, as a multiple of the time for one."""

HALF = 0.5
"""The part of its time in which a goal is tried by a sample first."""
