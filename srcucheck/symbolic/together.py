# SPDX-License-Identifier: MIT
"""Many goals at once: what a sample of states reaches is reached, one invariant excludes the rest.

One formula that excludes all that is not reached is found sooner than one for each goal, and a
sample says which goals not to ask about.  Both engines that prove begin with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from srcucheck.check.verdict import InductiveInvariant, SymbolicProof, Unknown
from srcucheck.ir.expr import FALSE, TRUE, Expr
from srcucheck.ir.system import State
from srcucheck.symbolic import simplify as s
from srcucheck.symbolic.bmc import Run
from srcucheck.symbolic.flat import Refused
from srcucheck.symbolic.learn import Learned, learned
from srcucheck.symbolic.machine import Machine, sliced
from srcucheck.symbolic.probe import stays_in
from srcucheck.symbolic.recheck import flaw
from srcucheck.symbolic.sample import Walker, explored
from srcucheck.symbolic.solve import Solver

Found = Run | SymbolicProof | Unknown
"""What is known of a goal: a run to it, a proof that none leads there, or why neither."""

LOOKED = 0.25
"""The part of the time that a sample may take."""


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """What became known, by the identity of the predicate, and an invariant, proved with it."""

    known: Mapping[int, Found]
    lemma: Expr


def settled(
    machine: Machine, wanted: Sequence[Expr], walks: tuple[State, ...], solver: Solver
) -> Settled:
    """Runs to goals that are near, one proof for those that are not there.

    Raises:
        Spent: time was up while something was made.
        InternalError: what was proved is not so.
    """
    goals = list({id(one): one for one in wanted if one != FALSE}.values())
    known: dict[int, Found] = {}
    try:
        walker = Walker(machine)
        sample = explored(walker, solver.budget, solver.seconds * LOOKED)
        places = sample.first(goals, solver.look)
    except (Refused, RecursionError):
        return Settled({}, TRUE)
    for goal, place in zip(goals, places, strict=True):
        if place is not None:
            known[id(goal)] = sample.run_to(place)
    bads = [goal for goal in goals if id(goal) not in known]
    small = sliced(machine, bads)
    try:
        found = learned(small, bads, sample, walker, solver)
        if not isinstance(found, Learned):
            return Settled(known, TRUE)
        excluded = [bad for n, bad in enumerate(bads) if n in found.excluded]
        if flaw(small, found.formula, s.any_of(*excluded), solver) is not None:
            return Settled(known, TRUE)
    except (Refused, RecursionError):
        return Settled(known, TRUE)
    stays_in(small, walks, found.formula, s.any_of(*excluded))
    proof = SymbolicProof((InductiveInvariant(found.formula, 1, machine.names),))
    known |= {id(bad): proof for bad in excluded}
    return Settled(known, found.formula)
