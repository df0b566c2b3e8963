# SPDX-License-Identifier: MIT
"""A proof counts when a few plain questions say so, whoever found it.

Initial states are in the invariant; steps do not lead out of it, nor write a number outside of its
range; nothing bad is in it.  Terms are made anew from the machine, in an arithmetic that shares no
analysis of widths with the search (``exact``), and that it is exact is a question, too.
"""

import z3

from srcucheck.ir.expr import Expr
from srcucheck.symbolic import simplify as s
from srcucheck.symbolic.bmc import Unrolled
from srcucheck.symbolic.encode import Encoding, exactly
from srcucheck.symbolic.flat import Refused
from srcucheck.symbolic.machine import Machine, in_ranges
from srcucheck.symbolic.solve import Sat, Solver, Unknown, Unsat
from srcucheck.symbolic.terms import Term

Question = tuple[str, list[Term]]


def flaw(machine: Machine, formula: Expr, bad: Expr, solver: Solver) -> str | None:
    """Why the formula, together with all ranges, is no proof that nothing bad is reached."""
    e = exactly(machine, solver.look)
    try:
        questions = [*_invariant(e, formula), *_safe(e, formula, bad), _exact(e)]
    except Refused as error:
        return f"it could not be checked: {error}"
    return _begins_outside(machine) or _first(questions, e, solver)


def flaw_in_steps(machine: Machine, lemma: Expr, bad: Expr, k: int, solver: Solver) -> str | None:
    """The same for a proof by k-induction: ``lemma`` is an invariant, and on paths of states that
    differ what is bad does not come within ``k`` steps, nor after ``k`` states without it.
    """
    e = exactly(machine, solver.look)
    base = Unrolled(e, bad)
    try:
        questions = [*_invariant(e, lemma), ("a bad state follows", step_case(e, lemma, bad, k))]
    except Refused as error:
        return f"it could not be checked: {error}"
    early = base.ask(k - 1, solver)
    if isinstance(early, Unknown):
        return f"it could not be checked: {early.why}"
    if isinstance(early, Sat):
        return "a bad state comes early"
    return _begins_outside(machine) or _first([*questions, _exact(e)], e, solver)


def step_case(e: Encoding, lemma: Expr, bad: Expr, k: int) -> list[Term]:
    """A path of different states, ``k`` of them not bad, and then a bad one."""
    fact, wrong = e.truth(s.both(in_ranges(e.machine), lemma)), e.truth(bad)
    moments = [e.moment(n) for n in range(k + 1)]
    step = e.some_step()
    facts = [e.at(fact, one) for one in moments]
    facts += [z3.Not(e.at(wrong, one)) for one in moments[:-1]]
    facts.append(e.at(wrong, moments[-1]))
    facts += [e.between(step, moments[n], moments[n + 1], e.act_at(n)) for n in range(k)]
    for n, before in enumerate(moments):
        for after in moments[n + 1 :]:
            facts.append(z3.Or([a != b for a, b in zip(before, after, strict=True)]))
    return facts


def _invariant(e: Encoding, formula: Expr) -> list[Question]:
    whole = s.both(in_ranges(e.machine), formula)
    here, there = e.truth(whole), e.truth_after(whole)
    return [
        ("an initial state is outside of it", [e.initial(), z3.Not(here)]),
        ("a number leaves its range", [here, e.overflow()]),
        ("a step leads out of it", [here, e.some_step(), z3.Not(there)]),
    ]


def _safe(e: Encoding, formula: Expr, bad: Expr) -> list[Question]:
    whole = s.both(in_ranges(e.machine), formula)
    return [("something bad is in it", [e.truth(whole), e.truth(bad)])]


def _exact(e: Encoding) -> Question:
    """To be made last: it is about all terms that were made before."""
    ranges = in_ranges(e.machine)
    facts = [e.truth(ranges), e.truth_after(ranges)]
    return ("a number is too wide to be checked", [*facts, e.lost()])


def _begins_outside(machine: Machine) -> str | None:
    for state in machine.initial:
        for slot in machine.kept:
            low, high = machine.ranges[slot]
            if (low is not None and state[slot] < low) or (high is not None and state[slot] > high):
                return f"{machine.names[slot]} begins outside of its range"
    return None


def _first(questions: list[Question], e: Encoding, solver: Solver) -> str | None:
    """The first question that is not answered ``unsat``."""
    for what, facts in questions:
        answer = solver.check(facts, logic=e.logic)
        if isinstance(answer, Unknown):
            return f"it could not be checked: {answer.why}"
        if not isinstance(answer, Unsat):
            return what
    return None
