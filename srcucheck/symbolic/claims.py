# SPDX-License-Identifier: MIT
"""What a symbolic certificate is about: which checks one invariant can stand for, and what it
must then exclude.

Both who writes a file and who checks one ask here, so this is believed; it is short.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from srcucheck.base.budget import Budget
from srcucheck.check.interpreter import outcomes
from srcucheck.check.trace import Schedule
from srcucheck.check.verdict import Fails, Holds, HoldsUpTo, SymbolicProof, Verdict
from srcucheck.ir.expr import Expr
from srcucheck.ir.system import Check, Completes, NoHang, NoLeak, Reachable
from srcucheck.symbolic import predicates as p
from srcucheck.symbolic import simplify as s
from srcucheck.symbolic.clock import at_leisure
from srcucheck.symbolic.concretise import schedule
from srcucheck.symbolic.flat import Flat, Refused
from srcucheck.symbolic.goals import danger, goals, vacuity
from srcucheck.symbolic.machine import Machine
from srcucheck.symbolic.sample import Walker, explored


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A system's steps, as they stand in the file."""

    flat: Flat
    machine: Machine

    def forbidden(self, claims: Iterable[tuple[Check, tuple[str, ...]]]) -> Expr:
        """What no run may come to, so that these checks hold up to these bounds.

        Raises:
            Refused: a check is about runs without end, for which one invariant does not stand.
        """
        found = [p.endless(self.flat)]
        bounds: set[str] = set()
        for check, named in claims:
            if isinstance(check.question, Reachable) and named:
                raise Refused("what is not reached within bounds may be reached beyond them")
            bounds |= set(p.bound_texts(self.flat)) - set(named)
            found.append(danger(self.flat, check))
            for goal in goals(self.flat, self.machine, check):
                if goal.machine is not self.machine:
                    raise Refused("what must happen in the end is not shown by an invariant alone")
                found.append(goal.wanted)
        found += [p.bound(self.flat, text) for text in sorted(bounds)]
        return s.any_of(*found)

    def for_claim(self, check: Check) -> bool:
        """Whether an invariant stands for a check."""
        try:
            self.forbidden([(check, ())])
        except Refused:
            return False
        return True

    def witness(self, check: Check) -> Schedule | None:
        """A short run to what there is to judge."""
        question, system = check.question, self.flat.system
        frames = frozenset(
            question.frames
            if isinstance(question, Completes)
            else [f.number for f in system.frames if f.outermost]
        )
        empty = vacuity(self.flat, check)
        if empty is None:
            begun = [k for k, i in enumerate(system.initial) if frames.intersection(i.begun)]
            return Schedule(begun[0], (), None) if begun else None
        sample = explored(Walker(self.machine), Budget(), SECONDS)
        place = sample.first([empty.wanted], at_leisure)[0]
        if place is None:
            return None
        found, state = schedule(self.machine, sample.run_to(place))
        if isinstance(question, Completes | NoHang):
            for thread in range(len(system.threads)):
                for choice, way in enumerate(outcomes(system, state, thread)):
                    if frames.intersection(way.begins):
                        return replace(found, steps=(*found.steps, (thread, choice)))
        return found


SECONDS = 5.0
"""How long a run to what there is to judge is looked for."""


def invariant_of(subject: Subject, check: Check, verdict: Verdict) -> list[Expr] | None:
    """The formulas on which a verdict rests; None if it rests on something else."""
    match verdict:
        case Holds(SymbolicProof(parts)) | HoldsUpTo(_, SymbolicProof(parts)):
            pass
        case Fails(None, certificate=SymbolicProof(parts)):
            pass
        case _:
            return None
    width = len(subject.machine.names)
    if any(part.k > 1 or len(part.names) != width for part in parts):
        return None
    return [part.formula for part in parts if part.k] if subject.for_claim(check) else None


def may_be_vacuous(check: Check) -> bool:
    """Whether there might be nothing to judge."""
    return isinstance(check.question, Completes | NoHang | NoLeak)
