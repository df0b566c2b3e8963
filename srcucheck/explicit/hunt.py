# SPDX-License-Identifier: MIT
"""What refutes a question: the states, edges and traps to look for in an explored graph."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import assert_never

from srcucheck.base.diagnostic import Diagnostic, ModelError
from srcucheck.check.replay import leaked
from srcucheck.check.trace import Schedule
from srcucheck.explicit.graph import Explored
from srcucheck.explicit.lasso import Trap, best_lasso
from srcucheck.explicit.paths import FinalEdge, Layers, Plain, best_path
from srcucheck.ir.expr import Expr
from srcucheck.ir.system import (
    Check,
    Completes,
    Invariant,
    LeadsTo,
    Location,
    NoHang,
    NoLeak,
    Reachable,
    Reported,
    Settles,
    System,
    Thread,
)


@dataclass(frozen=True, slots=True)
class Quarry:
    """Something that refutes (or shows) what was asked: a property, and the runs that would do.

    Exactly one of ``nodes``, ``edges`` and ``trap`` is not empty.
    """

    name: str
    layers: Layers
    nodes: Sequence[int] = ()
    edges: Sequence[FinalEdge] = ()
    trap: Trap | None = None
    node_of: Callable[[int], int] = int

    def key(self) -> tuple[object, ...] | None:
        """Equal for quarries with the same best run; None if it is not worth telling."""
        if not isinstance(self.layers, Plain):
            return None
        if self.trap is not None:
            return None if self.trap.components else (tuple(self.trap.quiet), True)
        return (tuple(self.nodes), tuple(self.edges), False)

    def schedule(self, graph: Explored) -> Schedule:
        """The best run of all."""
        if self.trap is not None:
            return best_lasso(self.layers, self.trap, self.node_of, graph.owe, graph.strong)[0]
        path = best_path(self.layers, self.nodes, self.edges)
        return Schedule(path.initial, path.steps)


class Hunter(ABC):
    """Looks for what refutes checks, in a whole graph or in a view of it.

    What takes time depends on how the graph is kept, and is left open here.
    """

    @property
    @abstractmethod
    def graph(self) -> Explored:
        """Where it looks."""

    @property
    def system(self) -> System:
        """The system that was explored."""
        return self.graph.system

    @abstractmethod
    def view(self, banned: frozenset[int]) -> "Hunter":
        """A hunter where steps with these labels are bounds; it knows what this one knows."""

    def hunt(self, check: Check) -> list[Quarry]:
        """What refutes the check (``Reachable``: shows it); one per property that is reported.

        Raises:
            ModelError: the check reads a dead object in a reachable state.
        """
        question = check.question
        match question:
            case Reported(properties):
                return self.reported(properties)
            case Invariant(good):
                self.look_out(check)
                return self.at_states(check, self.where(good, False))
            case Reachable(goal):
                self.look_out(check)
                return self.at_states(check, self.where(goal, True))
            case NoLeak():
                return self.at_states(check, self.leaks(check, question))
            case Completes(frames):
                return self.trapped(check, self.stuck(frames, outside_rest=False), False)
            case NoHang(deadlock_only):
                frames = tuple(f.number for f in self.system.frames if f.outermost)
                return self.trapped(check, self.stuck(frames, outside_rest=True), deadlock_only)
            case Settles(good):
                self.look_out(check)
                return self.unsettled(check, good)
            case LeadsTo():
                self.look_out(check)
                return self.promise(check, question)
            case _:
                assert_never(question)

    # --- states and edges ---------------------------------------------------------------------

    @abstractmethod
    def where(self, expr: Expr, value: bool) -> Sequence[int]:
        """The reachable states where an expression has this truth."""

    @abstractmethod
    def anywhere(self, expr: Expr, states: Iterable[int] | None = None) -> bool:
        """Whether an expression is true in one of the states, or of all that were found."""

    @abstractmethod
    def nearest_edges(self, labels: frozenset[int]) -> list[FinalEdge]:
        """The edges with one of these labels that lie nearest to the start."""

    @abstractmethod
    def stood(self, thread: Thread, places: frozenset[int]) -> bool:
        """Whether the thread stands at one of these locations in some state."""

    def look_out(self, check: Check, states: Iterable[int] | None = None) -> None:
        """Refuses a check that would read a dead object, or go through NULL, in one of the states.

        Raises:
            ModelError: there is such a state.
        """
        if check.danger is not None and self.anywhere(check.danger, states):
            message = "the check reads a dead object, goes through NULL or past the end of an array"
            raise ModelError(Diagnostic("E408", message, check.span))

    def reported(self, properties: Iterable[str]) -> list[Quarry]:
        """One quarry for each property that a reachable step reports."""
        found: list[Quarry] = []
        for name in properties:
            numbers = [k for k, label in enumerate(self.graph.labels) if name in label.reports]
            edges = self.nearest_edges(frozenset(numbers))
            if edges:
                found.append(Quarry(name, Plain(self.graph), edges=edges))
        return found

    def at_states(self, check: Check, states: Sequence[int]) -> list[Quarry]:
        """A quarry of states, if there are any."""
        return [Quarry(check.name, Plain(self.graph), nodes=states)] if states else []

    # --- rest and leaks -----------------------------------------------------------------------

    @abstractmethod
    def rests(self) -> Sequence[int]:
        """The states where a leak is judged."""

    @abstractmethod
    def full(self) -> Sequence[int]:
        """Those of them where an object of the heap lives."""

    def leaks(self, check: Check, question: NoLeak) -> Sequence[int]:
        """The states at rest where something leaked."""
        states, full = self.graph.states, self.full()
        if not question.excepted:
            return full
        self.look_out(check, full)
        return [s for s in full if leaked(self.system, question.excepted, states[s])]

    # --- for ever -----------------------------------------------------------------------------

    @abstractmethod
    def stuck(self, frames: Iterable[int], *, outside_rest: bool) -> Trap:
        """Where fair runs stay in one activation of one of the frames."""

    @abstractmethod
    def unsettled(self, check: Check, good: Expr) -> list[Quarry]:
        """Fair runs that come back to a state that is not good again and again."""

    @abstractmethod
    def promise(self, check: Check, question: LeadsTo) -> list[Quarry]:
        """Fair runs along which a promise stays open."""

    @abstractmethod
    def fate(
        self, frames: tuple[int, ...], unless: tuple[int, ...], *, outside_rest: bool
    ) -> Callable[[int], bool]:
        """Says of a state whether all fair runs from it hang, without steps of ``unless``."""

    def trapped(self, check: Check, trap: Trap, quiet_only: bool) -> list[Quarry]:
        """A quarry of a trap, if it holds anything."""
        if quiet_only:
            trap = Trap(trap.quiet, ())
        if not trap.quiet and not trap.components:
            return []
        return [Quarry(check.name, Plain(self.graph), trap=trap)]


def region(locations: Iterable[Location], frame: int, *, outside_rest: bool) -> frozenset[int]:
    """The locations where an activation of the frame is open; for a hang, alive and not at rest."""
    return frozenset(
        location.number
        for location in locations
        if frame in location.frames
        and not (outside_rest and (location.dead or location.rest != "no"))
    )
