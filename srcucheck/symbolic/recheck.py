# SPDX-License-Identifier: MIT
"""A proof counts when three plain questions say so, whoever found it.

Initial states are in the invariant; steps do not lead out of it, nor write a number outside of its
range; nothing bad is in it.  Terms are made anew from the machine.
"""

from srcucheck.ir.expr import Expr
from srcucheck.symbolic import simplify as s
from srcucheck.symbolic.encode import suited
from srcucheck.symbolic.machine import Machine, in_ranges
from srcucheck.symbolic.solve import Solver, Unknown, Unsat
from srcucheck.symbolic.terms import Integers


def flaw(machine: Machine, formula: Expr, bad: Expr, solver: Solver) -> str | None:
    """Why the formula, together with all ranges, is no proof that nothing bad is reached."""
    import z3

    whole = s.both(in_ranges(machine), formula)
    e = suited(machine, [whole, bad])
    logic = "" if isinstance(e.arithmetic, Integers) else "QF_FD"
    here, there = e.truth(whole), e.truth_after(whole)
    questions = (
        ("an initial state is outside of it", [e.initial(), z3.Not(here)]),
        ("a number leaves its range", [here, e.overflow()]),
        ("a step leads out of it", [here, e.some_step(), z3.Not(there)]),
        ("something bad is in it", [here, e.truth(bad)]),
    )
    for what, facts in questions:
        answer = solver.check(facts, logic=logic)
        if isinstance(answer, Unknown):
            return f"it could not be checked: {answer.why}"
        if not isinstance(answer, Unsat):
            return what
    return None
