# SPDX-License-Identifier: MIT
"""The hunter for a graph in arrays: ``explicit.listed`` says what each answer has to be."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from srcucheck.explicit.compile import compile_predicate
from srcucheck.explicit.fair import Component
from srcucheck.explicit.hunt import Hunter, Quarry, region
from srcucheck.explicit.lasso import Trap
from srcucheck.explicit.native.fair import Decomposer
from srcucheck.explicit.native.graph import I64s, Integers, NativeGraph, U8s
from srcucheck.explicit.native.layers import NativeArmed
from srcucheck.explicit.native.layout import Unfit
from srcucheck.explicit.native.machine import Function, compiled
from srcucheck.explicit.native.memory import address
from srcucheck.explicit.native.program import predicates
from srcucheck.explicit.native.search import MANY
from srcucheck.explicit.paths import FinalEdge
from srcucheck.ir.expr import Expr
from srcucheck.ir.system import (
    Check,
    Invariant,
    LeadsTo,
    Reachable,
    Settles,
    System,
    Thread,
)


class Truths:
    """Where expressions are true, in all states that were found."""

    def __init__(self, graph: NativeGraph) -> None:
        self._graph = graph
        self._known: dict[int, tuple[Expr, U8s]] = {}
        self._code: dict[int, Function] | None = None

    def of(self, expr: Expr) -> U8s:
        """1 where it is true, 0 elsewhere."""
        known = self._known.get(id(expr))
        if known is None:
            known = self._known[id(expr)] = (expr, self._found(expr))
        return known[1]

    def _found(self, expr: Expr) -> U8s:
        states = self._graph.states
        truth = np.zeros(len(states), dtype=np.uint8)
        code = self._compiled().get(id(expr))
        holds = compile_predicate(expr)
        if code is None:
            for number, state in enumerate(states):
                truth[number] = bool(holds(state))
            return truth
        code(address(self._graph.rows), len(states), address(truth))
        for number in np.flatnonzero(truth > 1).tolist():  # what took more than 64 bits there
            truth[number] = bool(holds(states[number]))
        return truth

    def _compiled(self) -> dict[int, Function]:
        """All expressions that checks can ask for, compiled together."""
        if self._code is None:
            exprs = list(_asked(self._graph.system))
            layout = self._graph.states.layout
            level = 0 if len(self._graph.rows) < MANY else 2
            names = [f"truth{number}" for number in range(len(exprs))]
            self._code = {}
            try:
                machine = compiled([(predicates(exprs, layout), level)], names)
            except Unfit:
                return self._code
            for name, expr in zip(names, exprs, strict=True):
                self._code[id(expr)] = machine.function(name, 3)
        return self._code


def _asked(system: System) -> Iterator[Expr]:
    for check in system.checks:
        if check.danger is not None:
            yield check.danger
        match check.question:
            case Invariant(expr) | Reachable(expr) | Settles(expr):
                yield expr
            case LeadsTo(trigger, goal):
                yield goal
                if trigger is not None:
                    yield trigger
            case _:
                pass


@dataclass(frozen=True, slots=True)
class Marked(Collection[int]):
    """The states that are marked."""

    marks: U8s

    def __len__(self) -> int:
        return int(np.count_nonzero(self.marks))

    def __iter__(self) -> Iterator[int]:
        return iter(np.flatnonzero(self.marks).tolist())

    def __contains__(self, state: object) -> bool:
        return isinstance(state, int) and bool(self.marks[state])


@dataclass(slots=True)
class Found:
    """What is found out once about a graph."""

    truths: Truths
    decomposer: Decomposer | None = None
    hope: dict[tuple[tuple[int, ...], tuple[int, ...], bool], U8s] = field(default_factory=dict)


class NativeHunter(Hunter):
    """Looks at whole arrays."""

    def __init__(self, graph: NativeGraph, truths: Truths | None = None) -> None:
        self._graph = graph
        self._found = Found(truths or Truths(graph))

    @property
    def graph(self) -> NativeGraph:
        return self._graph

    @property
    def fair(self) -> Decomposer:
        """Finds fair components; made once."""
        if self._found.decomposer is None:
            self._found.decomposer = Decomposer(self.graph)
        return self._found.decomposer

    def view(self, banned: frozenset[int]) -> "NativeHunter":
        return NativeHunter(self.graph.without(banned), self._found.truths)

    # --- states and edges ---------------------------------------------------------------------

    def _where(self, expr: Expr, value: bool) -> I64s:
        truth = self._found.truths.of(expr)
        return np.flatnonzero((truth == value) & (self.graph.levels >= 0))

    def where(self, expr: Expr, value: bool) -> Sequence[int]:
        return self._nearest(self._where(expr, value), self.graph.levels)

    def _nearest(self, states: I64s, levels: NDArray[np.int32]) -> list[int]:
        """Those that are nearest to the start: no best run ends elsewhere."""
        if not len(states):
            return []
        depth = levels[states]
        found: list[int] = states[depth == depth.min()].tolist()
        return found

    def anywhere(self, expr: Expr, states: Iterable[int] | None = None) -> bool:
        truth = self._found.truths.of(expr)
        return bool(truth.any() if states is None else truth[list(states)].any())

    def nearest_edges(self, labels: frozenset[int]) -> list[FinalEdge]:
        graph, of = self.graph, self.graph.of
        wanted = np.isin(of.labels, list(labels)) & (of.labels > 0)
        if not wanted.any():
            return []
        steps = graph.steps
        begin = int(steps.first[min(graph.found[k] for k in labels)])
        edges = np.flatnonzero(wanted[steps.kinds[begin:]]) + begin
        states = np.searchsorted(steps.first, edges, side="right") - 1
        levels = graph.levels[states]
        states = states[levels >= 0]
        if not len(states):
            return []
        depth = graph.levels[states]
        nearest = np.unique(states[depth == depth.min()]).tolist()
        return [(s, t, c) for s in nearest for t, c, _, label in graph.edges(s) if label in labels]

    def stood(self, thread: Thread, places: frozenset[int]) -> bool:
        return bool(self.graph.among(thread.pc, places).any())

    # --- rest and leaks -----------------------------------------------------------------------

    def rests(self) -> Sequence[int]:
        return Integers(self._rests())

    def _rests(self) -> I64s:
        graph = self.graph
        states = graph.quiets
        rows = graph.rows if len(states) == len(graph.rows) else graph.rows[states]
        for thread in self.system.threads:
            resting = {
                number
                for number, location in thread.locations.items()
                if not location.dead
                and location.rest != "no"
                and (not thread.quiet_ok or location.rest in ("ended", "idle"))
            }
            here = graph.states.layout.among(rows, thread.pc, resting)
            if not here.all():
                states, rows = states[here], rows[here]
        may = sum(1 << t.number for t in self.system.threads if t.quiet_ok)
        if not may or not len(states):
            return states
        still = [not graph.enabled(s) & may for s in states.tolist()]
        found: I64s = states[np.array(still)]
        return found

    def full(self) -> list[int]:
        if not self.system.heap:
            return []
        graph, states = self.graph, self._rests()
        rows = graph.rows if len(states) == len(graph.rows) else graph.rows[states]
        lives = np.zeros(len(states), dtype=bool)
        for heap in self.system.heap:
            lives |= graph.states.layout.column(rows, heap.life) == 1
        found: list[int] = states[lives].tolist()
        return found

    # --- for ever -----------------------------------------------------------------------------

    def stuck(self, frames: Iterable[int], *, outside_rest: bool) -> Trap:
        quiet, components = self._stuck(frames, outside_rest=outside_rest)
        return Trap(self._nearest(quiet, self.graph.levels), components)

    def _stuck(self, frames: Iterable[int], *, outside_rest: bool) -> tuple[I64s, list[Component]]:
        """The same, with all of its quiet states."""
        graph = self.graph
        quiet = np.zeros(graph.expanded, dtype=bool)
        components: list[Component] = []
        for number in frames:
            stands = self._stands(number, outside_rest=outside_rest)
            if stands is None:
                continue
            if not stands.any():
                continue
            quiet[graph.quiets] |= stands[graph.quiets] != 0
            components += self.fair.within(stands, self._ending(number))
        return np.flatnonzero(quiet), components

    def _stands(self, frame: int, *, outside_rest: bool) -> U8s | None:
        """Marks the states where an activation of the frame is open; None if none can be."""
        thread = self.system.threads[self.system.frames[frame].thread]
        places = region(thread.locations.values(), frame, outside_rest=outside_rest)
        if not places:
            return None
        return self.graph.among(thread.pc, places).view(np.uint8)

    def _ending(self, frame: int) -> U8s:
        """Marks the kinds of edges that end an activation of the frame."""
        labels = [k for k, label in enumerate(self.graph.labels) if frame in label.ends]
        return np.isin(self.graph.of.labels, labels).astype(np.uint8)

    def unsettled(self, check: Check, good: Expr) -> list[Quarry]:
        bad = 1 - self._found.truths.of(good)
        components = [
            c for c in self.fair.within(None) if bad[np.array(c.states, dtype=np.int64)].any()
        ]
        quiet = self.graph.quiets[bad[self.graph.quiets] != 0]
        trap = Trap(self._nearest(quiet, self.graph.levels), components, Marked(bad))
        return self.trapped(check, trap, False)

    def promise(self, check: Check, question: LeadsTo) -> list[Quarry]:
        truths, graph = self._found.truths, self.graph
        trigger = None if question.trigger is None else truths.of(question.trigger)
        layers = NativeArmed(graph, trigger, truths.of(question.goal))
        open_ = (layers.levels[1::2] >= 0).astype(np.uint8)
        components = []
        for component in self.fair.within(open_):
            states = np.array(component.states, dtype=np.int64)
            near = self._nearest(states, layers.levels[1::2])
            components.append(replace(component, near=near))
        quiet = graph.quiets[open_[graph.quiets] != 0]
        trap = Trap(self._nearest(quiet, layers.levels[1::2]), components)
        if not trap.quiet and not trap.components:
            return []
        return [Quarry(check.name, layers, trap=trap, node_of=lambda state: 2 * state + 1)]

    def fate(
        self, frames: tuple[int, ...], unless: tuple[int, ...], *, outside_rest: bool
    ) -> Callable[[int], bool]:
        key = (frames, unless, outside_rest)
        if key not in self._found.hope:
            self._found.hope[key] = self._hope(frames, unless, outside_rest=outside_rest)
        hope = self._found.hope[key]
        return lambda state: not hope[state]

    def _hope(self, frames: tuple[int, ...], unless: tuple[int, ...], *, outside_rest: bool) -> U8s:
        """Marks the states from which a fair run leads on without a hang."""
        graph, steps = self.graph, self.graph.steps
        quiet, _ = self._stuck(frames, outside_rest=outside_rest)
        hope = np.zeros(len(graph.rows), dtype=np.uint8)
        hope[graph.quiets] = 1
        hope[quiet] = 0
        for component in self.fair.within(None):
            if not any(self._stays(component, f, outside_rest=outside_rest) for f in frames):
                hope[np.array(component.states, dtype=np.int64)] = 1
        blind = steps.dead | np.isin(steps.of.threads, list(unless))
        given = (steps.first, steps.targets, steps.kinds, blind, graph.expanded, hope)
        while graph.passes.run("hopeful", *given):
            pass
        return hope

    def _stays(self, component: Component, frame: int, *, outside_rest: bool) -> bool:
        """Whether the activation is open all through a component."""
        stands = self._stands(frame, outside_rest=outside_rest)
        states = np.array(component.states, dtype=np.int64)
        if stands is None or not stands[states].all():
            return False
        here = np.zeros(len(self.graph.rows), dtype=np.uint8)
        here[states] = 1
        ends = self._ending(frame)
        steps = self.graph.steps
        for state in states.tolist():
            some = slice(int(steps.first[state]), int(steps.first[state + 1]))
            targets = steps.targets[some]
            if (ends[steps.kinds[some]] & (targets >= 0) & (here[targets] != 0)).any():
                return False
        return True
