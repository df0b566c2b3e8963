# SPDX-License-Identifier: MIT
"""What refutes a question: the states, edges and traps to look for in an explored graph."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from srcucheck.base.diagnostic import Diagnostic, ModelError
from srcucheck.check.replay import leaked
from srcucheck.check.trace import Schedule
from srcucheck.explicit.compile import compile_predicate
from srcucheck.explicit.fair import Component, cores, within
from srcucheck.explicit.graph import Graph
from srcucheck.explicit.lasso import Trap, best_lasso
from srcucheck.explicit.paths import Armed, FinalEdge, Layers, Plain, best_path
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

    def schedule(self, graph: Graph) -> Schedule:
        """The best run of all."""
        if self.trap is not None:
            return best_lasso(self.layers, self.trap, self.node_of, graph.owe, graph.strong)[0]
        path = best_path(self.layers, self.nodes, self.edges)
        return Schedule(path.initial, path.steps)


@dataclass(slots=True)
class Hunter:
    """Looks for what refutes checks, in the whole graph or in a view of it."""

    graph: Graph
    _cores: list[list[int]] | None = None
    _truth: dict[int, tuple[Expr, list[bool]]] = field(default_factory=dict)

    @property
    def system(self) -> System:
        """The system that was explored."""
        return self.graph.system

    @property
    def cores(self) -> list[list[int]]:
        """Components with steps, found once."""
        if self._cores is None:
            self._cores = cores(self.graph)
        return self._cores

    def view(self, graph: Graph) -> "Hunter":
        """A hunter in a view, which knows what this one knows of expressions."""
        return Hunter(graph, None, self._truth)

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

    def truth(self, expr: Expr) -> list[bool]:
        """The value of an expression in every state."""
        known = self._truth.get(id(expr))
        if known is None:
            holds = compile_predicate(expr)
            known = (expr, [bool(holds(state)) for state in self.graph.states])
            self._truth[id(expr)] = known
        return known[1]

    def where(self, expr: Expr, value: bool) -> list[int]:
        """The reachable states where an expression has this truth."""
        level = self.graph.level
        return [s for s, v in enumerate(self.truth(expr)) if v is value and level[s] >= 0]

    def look_out(self, check: Check, states: Iterable[int] | None = None) -> None:
        """Refuses a check that would read a dead object, or go through NULL, in one of the states.

        Raises:
            ModelError: there is such a state.
        """
        if check.danger is None:
            return
        if states is None:
            bad = any(self.truth(check.danger))
        else:
            risky = compile_predicate(check.danger)
            bad = any(risky(self.graph.states[s]) for s in states)
        if bad:
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

    def nearest_edges(self, labels: frozenset[int]) -> list[FinalEdge]:
        """The edges with one of these labels that lie nearest to the start."""
        graph = self.graph
        if not labels:
            return []
        begin = min(graph.found[k] for k in labels)
        found: list[FinalEdge] = []
        depth: int | None = None
        kinds, first, shift, level = graph.kinds, graph.first, graph.shift, graph.level
        states: Iterable[int] = range(begin, graph.expanded)
        if min(level) < 0:
            states = sorted((s for s in states if level[s] >= 0), key=level.__getitem__)
        for state in states:
            if depth is not None and level[state] > depth:
                break
            if any(kind >> shift in labels for kind in kinds[first[state] : first[state + 1]]):
                depth = level[state]
                found += [(state, t, c) for t, c, _, label in graph.edges(state) if label in labels]
        return found

    def at_states(self, check: Check, states: Sequence[int]) -> list[Quarry]:
        """A quarry of states, if there are any."""
        return [Quarry(check.name, Plain(self.graph), nodes=states)] if states else []

    # --- rest and leaks -----------------------------------------------------------------------

    def rests(self) -> list[int]:
        """The states where a leak is judged."""
        tables = []
        for thread in self.system.threads:
            resting = frozenset(
                number
                for number, location in thread.locations.items()
                if not location.dead
                and location.rest != "no"
                and (not thread.quiet_ok or location.rest in ("ended", "idle"))
            )
            tables.append((thread.pc, resting))
        states, free = self.graph.states, self.graph.free
        may = sum(1 << t.number for t in self.system.threads if t.quiet_ok)
        return [
            s
            for s in self.graph.quiet
            if not free.get(s, 0) & may and all(states[s][pc] in ok for pc, ok in tables)
        ]

    def leaks(self, check: Check, question: NoLeak) -> list[int]:
        """The states at rest where something leaked."""
        lives = [heap.life for heap in self.system.heap]
        states = self.graph.states
        full = [s for s in self.rests() if any(states[s][life] == 1 for life in lives)]
        if not question.excepted:
            return full
        self.look_out(check, full)
        return [s for s in full if leaked(self.system, question.excepted, states[s])]

    # --- for ever -----------------------------------------------------------------------------

    def stuck(self, frames: Iterable[int], *, outside_rest: bool) -> Trap:
        """Where fair runs stay in one activation of one of the frames."""
        graph = self.graph
        quiet: set[int] = set()
        components: list[Component] = []
        for number in frames:
            thread = self.system.threads[self.system.frames[number].thread]
            places = region(thread.locations.values(), number, outside_rest=outside_rest)
            stands = _stands(graph, thread.pc, places)
            quiet.update(filter(stands, graph.quiet))
            if self.cores:
                cut = frozenset(k for k, la in enumerate(graph.labels) if number in la.ends)
                components += within(graph, self.cores, stands, cut)
        return Trap(sorted(quiet), components)

    def trapped(self, check: Check, trap: Trap, quiet_only: bool) -> list[Quarry]:
        """A quarry of a trap, if it holds anything."""
        if quiet_only:
            trap = Trap(trap.quiet, ())
        if not trap.quiet and not trap.components:
            return []
        return [Quarry(check.name, Plain(self.graph), trap=trap)]

    def unsettled(self, check: Check, good: Expr) -> list[Quarry]:
        """Fair runs that come back to a state that is not good again and again."""
        truth = self.truth(good)
        bad = frozenset(self.where(good, False))
        components = [
            c
            for c in within(self.graph, self.cores, lambda s: True, frozenset())
            if not bad.isdisjoint(c.states)
        ]
        quiet = [s for s in self.graph.quiet if not truth[s]]
        return self.trapped(check, Trap(quiet, components, bad), False)

    def promise(self, check: Check, question: LeadsTo) -> list[Quarry]:
        """Fair runs along which a promise stays open."""
        goal = self.truth(question.goal).__getitem__
        trigger = None
        if question.trigger is not None:
            trigger = self.truth(question.trigger).__getitem__
        layers = Armed(self.graph, trigger, goal)
        open_ = {node >> 1 for node in layers.level if node & 1}
        components = within(self.graph, self.cores, open_.__contains__, frozenset())
        trap = Trap([s for s in self.graph.quiet if s in open_], components)
        if not trap.quiet and not trap.components:
            return []
        return [Quarry(check.name, layers, trap=trap, node_of=lambda state: 2 * state + 1)]


def _stands(graph: Graph, pc: int, places: frozenset[int]) -> Callable[[int], bool]:
    states = graph.states
    return lambda state: states[state][pc] in places


def region(locations: Iterable[Location], frame: int, *, outside_rest: bool) -> frozenset[int]:
    """The locations where an activation of the frame is open; for a hang, alive and not at rest."""
    return frozenset(
        location.number
        for location in locations
        if frame in location.frames
        and not (outside_rest and (location.dead or location.rest != "no"))
    )
