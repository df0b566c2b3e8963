# SPDX-License-Identifier: MIT
"""The hunter for a graph that is kept in lists."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from srcucheck.explicit.compile import compile_predicate
from srcucheck.explicit.fair import Component, cores, within
from srcucheck.explicit.fate import Doom, escapes
from srcucheck.explicit.graph import Graph
from srcucheck.explicit.hunt import Hunter, Quarry, region
from srcucheck.explicit.lasso import Trap
from srcucheck.explicit.paths import Armed, FinalEdge
from srcucheck.ir.expr import Expr
from srcucheck.ir.system import Check, LeadsTo, Thread


@dataclass(slots=True)
class Knowledge:
    """What was found out once about a graph; its views share the truth of expressions."""

    truth: dict[int, tuple[Expr, list[bool]]] = field(default_factory=dict)
    cores: list[list[int]] | None = None
    escapes: dict[tuple[tuple[int, ...], bool], set[int]] = field(default_factory=dict)


class Listed(Hunter):
    """Looks at states and edges one by one."""

    def __init__(self, graph: Graph, knowledge: Knowledge | None = None) -> None:
        self._graph = graph
        self._known = knowledge or Knowledge()

    @property
    def graph(self) -> Graph:
        return self._graph

    @property
    def cores(self) -> list[list[int]]:
        """Components with steps, found once."""
        if self._known.cores is None:
            self._known.cores = cores(self.graph)
        return self._known.cores

    def view(self, banned: frozenset[int]) -> "Listed":
        return Listed(self.graph.without(banned), Knowledge(self._known.truth))

    # --- states and edges ---------------------------------------------------------------------

    def truth(self, expr: Expr) -> list[bool]:
        """The value of an expression in every state."""
        known = self._known.truth.get(id(expr))
        if known is None:
            holds = compile_predicate(expr)
            known = (expr, [bool(holds(state)) for state in self.graph.states])
            self._known.truth[id(expr)] = known
        return known[1]

    def where(self, expr: Expr, value: bool) -> list[int]:
        level = self.graph.level
        return [s for s, v in enumerate(self.truth(expr)) if v is value and level[s] >= 0]

    def anywhere(self, expr: Expr, states: Iterable[int] | None = None) -> bool:
        if states is None:
            return any(self.truth(expr))
        holds = compile_predicate(expr)
        return any(holds(self.graph.states[s]) for s in states)

    def stood(self, thread: Thread, places: frozenset[int]) -> bool:
        return any(state[thread.pc] in places for state in self.graph.states)

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

    def full(self) -> list[int]:
        lives = [heap.life for heap in self.system.heap]
        states = self.graph.states
        return [s for s in self.rests() if any(states[s][life] == 1 for life in lives)]

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

    def fate(
        self, frames: tuple[int, ...], unless: tuple[int, ...], *, outside_rest: bool
    ) -> Callable[[int], bool]:
        key = (frames, outside_rest)
        if key not in self._known.escapes:
            trap = self.stuck(frames, outside_rest=outside_rest)
            self._known.escapes[key] = escapes(self.graph, self.cores, trap, frames, outside_rest)
        return Doom(self.graph, unless, set(self._known.escapes[key])).doomed


def _stands(graph: Graph, pc: int, places: frozenset[int]) -> Callable[[int], bool]:
    states = graph.states
    return lambda state: states[state][pc] in places
