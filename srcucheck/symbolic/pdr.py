# SPDX-License-Identifier: MIT
"""Property-directed reachability by Spacer, Z3's engine for Horn clauses.

Hoder & Bjorner 2012; Komuravelli, Gurfinkel & Chaki 2014.  What it finds is read back as an
expression over slots and counts only after ``recheck``.
"""

from dataclasses import dataclass

import z3

from srcucheck.ir.expr import FALSE, TRUE, Expr
from srcucheck.symbolic import simplify as s
from srcucheck.symbolic.encode import suited
from srcucheck.symbolic.flat import Refused
from srcucheck.symbolic.machine import Machine
from srcucheck.symbolic.readback import Reader
from srcucheck.symbolic.recheck import flaw
from srcucheck.symbolic.solve import Closed, Open, Solver, Unknown


@dataclass(frozen=True, slots=True)
class Invariant:
    """An inductive formula that was re-checked, ranges left out."""

    formula: Expr


@dataclass(frozen=True, slots=True)
class Reached:
    """Something bad is reached, says Spacer; a run has to show it."""


def prove(
    machine: Machine, bad: Expr, solver: Solver, lemma: Expr = TRUE
) -> Invariant | Reached | Unknown:
    """An invariant without bad states; ``lemma`` is one that is known."""
    if bad == FALSE and not flaw(machine, TRUE, FALSE, solver):
        return Invariant(TRUE)
    e = suited(machine, [bad, lemma], solver.look)
    sorts = [term.sort() for term in e.before]
    relation = z3.Function("reached", *sorts, z3.BoolSort())
    known = e.truth(lemma)
    before, after = list(e.before), list(e.after)
    clauses = [
        z3.ForAll(before, z3.Implies(e.initial(), relation(*before))),
        z3.ForAll(
            before + after,
            z3.Implies(z3.And(relation(*before), known, e.some_step()), relation(*after)),
        ),
        z3.ForAll(
            before, z3.Implies(z3.And(relation(*before), known, e.truth(bad)), z3.BoolVal(False))
        ),
    ]
    answer = solver.horn(clauses, relation, before)
    match answer:
        case Open():
            return Reached()
        case Unknown():
            return answer
        case Closed(formula):
            try:
                found = s.both(lemma, Reader(e).read(formula))
            except Refused as error:
                return Unknown(str(error))
            why = flaw(machine, found, bad, solver)
            return Invariant(found) if why is None else Unknown(f"the invariant is none: {why}")
