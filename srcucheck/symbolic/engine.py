# SPDX-License-Identifier: MIT
"""The symbolic engines behind the door: bounded search, k-induction, property-directed proofs.

A question becomes *goals*: predicates over a machine that some run must not (or must) satisfy.
What refutes is replayed; what proves is an invariant that was re-checked.  Whatever a solver does
not say is ``Unknown``.
"""

import time
from dataclasses import dataclass, field, replace
from typing import Literal, assert_never

from srcucheck.base.budget import Budget, Listener, Progress
from srcucheck.base.diagnostic import Diagnostic, ModelError
from srcucheck.check.engine import Answers
from srcucheck.check.replay import check_refutes, leaked, replay, stays_in
from srcucheck.check.report import Figures
from srcucheck.check.trace import Trace
from srcucheck.check.verdict import (
    Fails,
    Holds,
    HoldsUpTo,
    InductiveInvariant,
    SymbolicProof,
    Unknown,
    Verdict,
)
from srcucheck.ir.expr import FALSE, Expr
from srcucheck.ir.system import (
    Check,
    Completes,
    Invariant,
    LeadsTo,
    NoHang,
    NoLeak,
    Reachable,
    Reported,
    Settles,
    System,
)
from srcucheck.symbolic import bmc, induction, pdr
from srcucheck.symbolic import predicates as p
from srcucheck.symbolic.concretise import last_step, schedule
from srcucheck.symbolic.flat import Flat, Refused
from srcucheck.symbolic.goals import Goal, goals, vacuity
from srcucheck.symbolic.machine import Machine, of_system, sliced
from srcucheck.symbolic.solve import Solver, Stuck

Way = Literal["bmc", "induction", "pdr"]

Found = bmc.Run | SymbolicProof | Unknown
"""What is known of a goal: a run to it, a proof that none leads there, or why neither."""


@dataclass(frozen=True, slots=True)
class Symbolic:
    """One of the symbolic engines.  ``seconds`` is the most for one question to the solver."""

    name: Way
    seconds: float = 30.0
    deepest: int = bmc.DEEPEST

    def judge(self, system: System, budget: Budget, listener: Listener) -> Answers:
        """A verdict for every check.

        Raises:
            ModelError: a check reads a dead object.
            InternalError: a model of the solver does not replay.
        """
        began = time.monotonic()
        verdicts: dict[int, Verdict] = {}
        bounds: tuple[str, ...] = ()
        stuck: str | None = None
        try:
            judge = _Judge(self, system, Solver(budget, self.seconds))
        except Refused as error:
            stuck, judge = f"not for this engine: {error}", None
        except RecursionError:
            stuck, judge = "expressions nest too deeply for this engine", None
        for place, check in enumerate(system.checks):
            if judge is None or stuck is not None:
                verdicts[place] = Unknown(stuck or "the solver was lost")
                continue
            late = budget.exceeded(0)
            if late is not None:
                verdicts[place] = Unknown(late)
                continue
            seconds = time.monotonic() - began
            listener.progress(Progress(place, 0, 0, len(system.checks) - place, seconds, 0))
            try:
                verdicts[place] = judge.verdict(check)
            except Stuck as error:
                stuck = f"the solver does not stop ({error})"
                verdicts[place] = Unknown(stuck)
            except Refused as error:
                verdicts[place] = Unknown(f"not for this engine: {error}")
            except RecursionError:
                verdicts[place] = Unknown("expressions nest too deeply for this engine")
        figures = Figures(0, 0, 0, time.monotonic() - began, 0, False)
        return Answers(verdicts, figures, frozenset(), bounds)


@dataclass(slots=True)
class _Judge:
    """Judges the checks of one system."""

    engine: Symbolic
    system: System
    solver: Solver
    flat: Flat = field(init=False)
    machine: Machine = field(init=False)
    known: dict[str, Found] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.flat, self.machine = of_system(self.system)

    def verdict(self, check: Check) -> Verdict:
        """The verdict of one check."""
        if check.danger is not None and check.danger != FALSE:
            risk = self.reach(Goal(self.machine, check.danger))
            if isinstance(risk, bmc.Run):
                message = (
                    "the check reads a dead object, goes through NULL or past the end of an array"
                )
                raise ModelError(Diagnostic("E408", message, check.span))
            if isinstance(risk, Unknown):
                return Unknown(f"whether the check reads a dead object: {risk.why}")
        found = [self.reach(goal) for goal in goals(self.flat, self.machine, check)]
        runs = [(k, one) for k, one in enumerate(found) if isinstance(one, bmc.Run)]
        if runs:
            made = goals(self.flat, self.machine, check)
            traces = [self.trace(check, made[k].machine, run) for k, run in runs]
            best = min(traces, key=lambda trace: len(trace.steps))
            return Holds(None, best) if isinstance(check.question, Reachable) else Fails(best)
        why = next((one for one in found if isinstance(one, Unknown)), None)
        if why is not None:
            return why
        proofs = [one for one in found if isinstance(one, SymbolicProof)]
        return self.proved(check, SymbolicProof(tuple(i for one in proofs for i in one.parts)))

    def proved(self, check: Check, proof: SymbolicProof) -> Verdict:
        """The verdict where no run leads to what the check forbids (or wants, for reachable)."""
        endless = self.once("endless", p.endless(self.flat))
        if not isinstance(endless, SymbolicProof):
            return Unknown("a loop may turn more often than it was unrolled")
        bounds: list[str] = []
        for text in p.bound_texts(self.flat):
            hit = self.once(f"bound {text}", p.bound(self.flat, text))
            if isinstance(hit, Unknown):
                return Unknown(f"proved but for whether a bound is reached ({text}): {hit.why}")
            if isinstance(hit, bmc.Run):
                bounds.append(text)
        if isinstance(check.question, Reachable):
            if bounds:
                return Unknown(f"not reached within the model's bounds: {'; '.join(bounds)}")
            return Fails(None, certificate=proof)
        vacuous = vacuity(self.flat, check)
        if vacuous is not None:
            there = self.once(vacuous.why, vacuous.wanted)
            if isinstance(there, Unknown):
                return Unknown(f"proved, unless {vacuous.why}: {there.why}")
            if isinstance(there, SymbolicProof):
                why = vacuous.why
                if bounds:
                    why += f" (within the model's bounds: {'; '.join(bounds)})"
                return Unknown(why, vacuous=True)
        return HoldsUpTo(tuple(bounds), proof) if bounds else Holds(proof)

    def once(self, name: str, wanted: Expr) -> Found:
        """What is known of a state predicate that several checks ask about."""
        if name not in self.known:
            self.known[name] = self.reach(Goal(self.machine, wanted))
        return self.known[name]

    def reach(self, goal: Goal) -> Found:
        """A run to a goal or a proof that there is none, in the engine's way."""
        if goal.wanted == FALSE:
            return SymbolicProof((InductiveInvariant(FALSE, 0, goal.machine.names),))
        machine = goal.machine if goal.whole else sliced(goal.machine, [goal.wanted])
        solver = self.solver.for_goal()
        match self.engine.name:
            case "bmc":
                run = bmc.shortest(machine, goal.wanted, solver, self.engine.deepest)
                if isinstance(run, bmc.Clear):
                    return Unknown(f"no run of {max(run.depth, 0)} steps: {run.why}")
                return run
            case "induction":
                return self.by_induction(machine, goal.wanted, solver)
            case "pdr":
                return self.by_invariant(machine, goal.wanted, solver)
            case _:
                assert_never(self.engine.name)

    def by_induction(self, machine: Machine, wanted: Expr, solver: Solver) -> Found:
        """k-induction."""
        found = induction.prove(machine, wanted, solver)
        match found:
            case induction.Inductive(k, lemma, simple):
                part = InductiveInvariant(lemma, k, machine.names, simple)
                return SymbolicProof((part,))
            case bmc.Run():
                return found
            case _:
                return Unknown(found.why)

    def by_invariant(self, machine: Machine, wanted: Expr, solver: Solver) -> Found:
        """A short look for a run, then Spacer, then a longer look if it says that there is one."""
        run = bmc.shortest(machine, wanted, solver, min(SHALLOW, self.engine.deepest))
        if isinstance(run, bmc.Run):
            return run
        found = pdr.prove(machine, wanted, solver)
        match found:
            case pdr.Invariant(formula):
                return SymbolicProof((InductiveInvariant(formula, 1, machine.names),))
            case pdr.Reached():
                run = bmc.shortest(machine, wanted, solver, self.engine.deepest)
                return (
                    run if isinstance(run, bmc.Run) else Unknown(f"a run is said to be: {run.why}")
                )
            case _:
                return Unknown(found.why)

    # --- failures -----------------------------------------------------------------------------

    def trace(self, check: Check, machine: Machine, run: bmc.Run) -> Trace:
        """The replayed trace of a run."""
        made, state = schedule(machine, run)
        question = check.question
        name = check.name
        match question:
            case Reported():
                thread, choice, name = last_step(self.system, question, state)
                made = replace(made, steps=(*made.steps, (thread, choice)))
            case Completes() | NoHang() | Settles() | LeadsTo():
                if made.cycle is None:  # it ends where nobody owes a step
                    made = replace(made, cycle=len(made.steps))
            case Invariant() | Reachable() | NoLeak():
                pass
            case _:
                assert_never(question)
        trace = self.explained(check, replay(self.system, made, name))
        check_refutes(self.system, question, trace)
        return trace

    def explained(self, check: Check, trace: Trace) -> Trace:
        """With what leaked, or who hangs."""
        match check.question:
            case NoLeak(excepted):
                last = trace.steps[-1].after if trace.steps else trace.first
                return replace(trace, leaked=leaked(self.system, excepted, last))
            case Completes(frames):
                return self.hanging(trace, frames, away_from_rest=False)
            case NoHang():
                frames = tuple(f.number for f in self.system.frames if f.outermost)
                return self.hanging(trace, frames, away_from_rest=True)
            case _:
                return trace

    def hanging(self, trace: Trace, frames: tuple[int, ...], *, away_from_rest: bool) -> Trace:
        """With the threads whose activation never ends."""
        stuck = {
            self.system.frames[f].thread
            for f in frames
            if stays_in(self.system, trace, f, away_from_rest=away_from_rest)
        }
        return replace(trace, culprits=tuple(sorted(stuck)))


SHALLOW = 6
"""Steps that a proof looks ahead for a run before it begins."""
