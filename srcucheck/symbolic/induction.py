# SPDX-License-Identifier: MIT
"""k-induction over simple paths (Sheeran, Singh & Stalmarck 2000).

The step case is strengthened by facts that were proved before it: ranges of slots, where each
thread can stand.  (A fact assumed in its own step proves nothing.)
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

import z3

from srcucheck.ir.expr import FALSE, TRUE, Expr
from srcucheck.symbolic import simplify as s
from srcucheck.symbolic.bmc import Run, Unrolled
from srcucheck.symbolic.encode import suited
from srcucheck.symbolic.machine import Machine, in_ranges
from srcucheck.symbolic.recheck import flaw
from srcucheck.symbolic.solve import Sat, Solver, Unknown, Unsat
from srcucheck.symbolic.terms import Integers

DEEPEST = 40


@dataclass(frozen=True, slots=True)
class Inductive:
    """Proved: no bad state in the first ``k`` states, and none after ``k`` that are not bad.

    ``lemma`` was proved on its own; ``simple``: paths without a state twice.
    """

    k: int
    lemma: Expr
    simple: bool


def prove(
    machine: Machine, bad: Expr, solver: Solver, lemmas: Iterable[Expr] = (), deepest: int = DEEPEST
) -> Inductive | Run | Unknown:
    """A proof, or a shortest run to a bad state."""
    lemma: Expr = TRUE
    for one in lemmas:  # each stands or falls with those before it
        if flaw(machine, s.both(lemma, one), FALSE, solver) is None:
            lemma = s.both(lemma, one)
    if flaw(machine, lemma, FALSE, solver) is not None:
        return Unknown("the ranges of the slots could not be proved")
    known = s.both(in_ranges(machine), lemma)
    encoding = suited(machine, [bad, known])
    base = Unrolled(encoding, bad)
    some = encoding.some_step()
    fact, wrong = encoding.truth(known), encoding.truth(bad)
    logic = "" if isinstance(encoding.arithmetic, Integers) else "QF_FD"
    for k in range(1, deepest + 1):
        answer = base.ask(k - 1, solver)
        match answer:
            case Sat():
                return base.run(answer, k - 1)
            case Unknown():
                return answer
            case Unsat():
                pass
        moments = [encoding.moment(n) for n in range(k + 1)]
        facts = [encoding.at(fact, one) for one in moments]
        facts += [z3.Not(encoding.at(wrong, one)) for one in moments[:-1]]
        facts.append(encoding.at(wrong, moments[-1]))
        for n in range(k):
            facts.append(encoding.between(some, moments[n], moments[n + 1], encoding.act_at(n)))
        for before, after in combinations(moments, 2):
            facts.append(z3.Or([a != b for a, b in zip(before, after, strict=True)]))
        step = solver.check(facts, logic=logic)
        match step:
            case Unsat():
                return Inductive(k, lemma, True)
            case Unknown():
                return step
            case Sat():
                pass
    return Unknown(f"not inductive over {deepest} steps")
