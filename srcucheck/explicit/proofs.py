# SPDX-License-Identifier: MIT
"""Proofs for a certificate: made after the verdict, and only where somebody asked for them."""

from array import array
from collections.abc import Sequence
from typing import assert_never

from srcucheck.base.budget import Budget, Spent
from srcucheck.check.certificate import Closed, Progress, Proof, Run, Tree
from srcucheck.check.trace import Schedule
from srcucheck.check.verdict import Fails, Holds, HoldsUpTo, Unknown, Verdict
from srcucheck.explicit.graph import Graph
from srcucheck.explicit.hunt import Hunter, region
from srcucheck.explicit.paths import Armed, FinalEdge, Plain, best_path
from srcucheck.explicit.progress import grow, inside
from srcucheck.ir.expr import Expr
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
)


class Prover:
    """Makes proofs of what a hunter did not find, in a graph that is complete."""

    def __init__(self, hunter: Hunter, budget: Budget) -> None:
        self.hunter = hunter
        self.budget = budget
        self.graph: Graph = hunter.graph
        self.trees: dict[tuple[int, frozenset[int]], Tree | None] = {}

    def proof(self, check: Check, verdict: Verdict) -> Proof | None:
        """What shows this verdict, or None where nothing does.

        Raises:
            InternalError: a fair run stays where the check was said to hold.
            Spent: there is no time left for it.
        """
        self.look()
        match verdict:
            case Unknown():
                return None
            case Holds(witness=trace) if trace is not None:
                return Run(trace.property, trace.schedule)
            case Fails(trace=trace) if trace is not None:
                return Run(trace.property, trace.schedule)
            case Fails():
                return Closed()
            case Holds() | HoldsUpTo():
                return self.held(check)
            case _:
                assert_never(verdict)

    def look(self) -> None:
        """Ends the making of proofs when the budget is spent.

        Raises:
            Spent: it is.
        """
        why = self.budget.exceeded(0)
        if why is not None:
            raise Spent(why)

    def held(self, check: Check) -> Proof:
        """The proof of a check that was not refuted, and is not vacuous."""
        question, system = check.question, self.graph.system
        match question:
            case Reported() | Invariant() | Reachable():
                return Closed()
            case NoLeak():
                return Closed(self.way(self.hunter.rests(), ()))
            case Completes(frames):
                trees = [self.activation(f, outside_rest=False) for f in frames]
                return Progress(_there(trees), self.begun(frames))
            case NoHang(deadlock_only):
                frames = tuple(f.number for f in system.frames if f.outermost)
                witness = self.begun(frames) or self.opened(frames)
                if deadlock_only:
                    return Closed(witness)
                trees = [self.activation(f, outside_rest=True) for f in frames]
                return Progress(_there(trees), witness)
            case Settles(good):
                return Progress(_there([self.everywhere(good)]))
            case LeadsTo(trigger, goal):
                witness = None
                if trigger is not None:
                    witness = self.way(self.hunter.where(trigger, True), ())
                return Progress(_there([self.promised(trigger, goal)]), witness)
            case _:
                assert_never(question)

    # --- trees --------------------------------------------------------------------------------

    def activation(self, frame: int, *, outside_rest: bool) -> Tree | None:
        """That no fair run stays in one activation of a frame; None if none is ever open."""
        graph = self.graph
        thread = graph.system.threads[graph.system.frames[frame].thread]
        places = region(thread.locations.values(), frame, outside_rest=outside_rest)
        key = (frame, places)
        if key not in self.trees:
            pc = thread.pc
            states = [s for s, state in enumerate(graph.states) if state[pc] in places]
            cut = frozenset(k for k, la in enumerate(graph.labels) if frame in la.ends)
            self.trees[key] = self.tree(frame, states, cut)
        return self.trees[key]

    def everywhere(self, good: Expr) -> Tree | None:
        """That all fair runs settle."""
        truth = self.hunter.truth(good)
        return self.tree(None, range(len(self.graph.states)), frozenset(), truth)

    def promised(self, trigger: Expr | None, goal: Expr) -> Tree | None:
        """That no fair run leaves a promise open."""
        truth = self.hunter.truth
        triggers = None if trigger is None else truth(trigger).__getitem__
        armed = Armed(self.graph, triggers, truth(goal).__getitem__)
        open_ = sorted({node >> 1 for node in armed.level if node & 1})
        return self.tree(None, open_, frozenset())

    def tree(
        self,
        frame: int | None,
        states: Sequence[int],
        cut: frozenset[int],
        good: Sequence[bool] | None = None,
    ) -> Tree | None:
        """The tree of a region, if it is not empty."""
        if not states:
            return None
        graph = self.graph
        moves = inside(graph, states, cut)
        excused = None if good is None else good.__getitem__
        nodes, node_of = grow(moves, graph.owe, graph.strong, excused, self.look)
        of = array("l", bytes(array("l").itemsize * len(graph.states)))
        for state, node in node_of.items():
            of[state] = node + 1
        return Tree(frame, nodes, of)

    # --- witnesses ----------------------------------------------------------------------------

    def way(self, states: Sequence[int], edges: Sequence[FinalEdge]) -> Schedule | None:
        """A shortest run to one of these."""
        if not states and not edges:
            return None
        path = best_path(Plain(self.graph), states, edges)
        return Schedule(path.initial, path.steps)

    def begun(self, frames: Sequence[int]) -> Schedule | None:
        """A run whose last step begins an activation, or none if one is open from the start."""
        wanted = frozenset(frames)
        for number, initial in enumerate(self.graph.system.initial):
            if not wanted.isdisjoint(initial.begun):
                return Schedule(number, ())
        begins = [k for k, la in enumerate(self.graph.labels) if la.begins & wanted]
        whole = [k for k in begins if self.graph.labels[k].bound is None]
        return self.way((), self.hunter.nearest_edges(frozenset(whole or begins)))

    def opened(self, frames: Sequence[int]) -> Schedule | None:
        """A run to a state where an outermost activation is open away from rest."""
        system, states = self.graph.system, self.graph.states
        for number in frames:
            thread = system.threads[system.frames[number].thread]
            places = region(thread.locations.values(), number, outside_rest=True)
            found = [s for s, state in enumerate(states) if state[thread.pc] in places]
            if found:
                return self.way(found, ())
        return None


def _there(trees: Sequence[Tree | None]) -> tuple[Tree, ...]:
    return tuple(tree for tree in trees if tree is not None)
