# SPDX-License-Identifier: MIT
"""k-induction over simple paths (Sheeran, Singh & Stalmarck 2000).

The step case is strengthened by facts that were proved before it: ranges of slots, where each
thread can stand.  (A fact assumed in its own step proves nothing.)
"""

from collections.abc import Iterable
from dataclasses import dataclass

from srcucheck.ir.expr import FALSE, TRUE, Expr
from srcucheck.symbolic import simplify as s
from srcucheck.symbolic.bmc import Run, Unrolled
from srcucheck.symbolic.encode import suited
from srcucheck.symbolic.machine import Machine, in_ranges
from srcucheck.symbolic.recheck import flaw, flaw_in_steps, step_case
from srcucheck.symbolic.solve import Sat, Solver, Unknown, Unsat

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
    encoding = suited(machine, [bad, s.both(in_ranges(machine), lemma)], solver.look)
    base = Unrolled(encoding, bad)
    for k in range(1, deepest + 1):
        answer = base.ask(k - 1, solver)
        match answer:
            case Sat():
                return base.run(answer, k - 1)
            case Unknown():
                return answer
            case Unsat():
                pass
        step = solver.check(step_case(encoding, lemma, bad, k), logic=encoding.logic)
        match step:
            case Unsat():
                why = flaw_in_steps(machine, lemma, bad, k, solver)
                return Inductive(k, lemma, True) if why is None else Unknown(f"no proof: {why}")
            case Unknown():
                return step
            case Sat():
                pass
    return Unknown(f"not inductive over {deepest} steps")
