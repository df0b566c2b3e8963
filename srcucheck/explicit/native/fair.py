# SPDX-License-Identifier: MIT
"""Fair components of a graph in arrays; the algorithm is that of ``explicit.fair``.

All components that have to be decomposed again are so together: edges between two of them lie on
no cycle, as those are components of one and the same graph.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from srcucheck.explicit.fair import Component, Move
from srcucheck.explicit.native.graph import I32s, I64s, NativeGraph, U8s

UNFAIR, FAIR, STARVED = 0, 1, 2
NEAR = 8
"""States of a component that are looked at as entries."""


@dataclass(frozen=True, slots=True)
class Inside(Mapping[int, Sequence[Move]]):
    """The steps that stay in a component, worked out when they are asked for."""

    graph: NativeGraph
    states: I64s
    cut: U8s

    def __len__(self) -> int:
        return len(self.states)

    def __iter__(self) -> Iterator[int]:
        return iter(self.states.tolist())

    def __getitem__(self, state: int) -> list[Move]:
        steps = self.graph.steps
        begin, end = int(steps.first[state]), int(steps.first[state + 1])
        kinds = steps.kinds[begin:end].tolist()
        found = []
        for (thread, choice, target, _), kind in zip(self.graph.edges(state), kinds, strict=True):
            if target >= 0 and not self.cut[kind] and has(self.states, target):
                found.append((target, thread, choice))
        return found


def has(states: I64s, state: int) -> bool:
    """Whether a sorted array has a state."""
    at = int(np.searchsorted(states, state))
    return at < len(states) and int(states[at]) == state


class Decomposer:
    """Finds fair components, in arrays that are used again and again."""

    def __init__(self, graph: NativeGraph) -> None:
        self.graph = graph
        count = graph.expanded
        self._number, self._low = np.zeros(count, np.int32), np.zeros(count, np.int32)
        self._comp, self._stack = np.zeros(count, np.int32), np.zeros(count, np.int32)
        self._work, self._edge = np.zeros(count, np.int32), np.zeros(count, np.int64)
        self._inside = np.zeros(len(graph.rows), np.uint8)
        of = graph.steps.of
        self._thread = of.rows(np.ones(len(of.threads)))
        self._owed, self._strong = of.rows(of.owed), of.rows(of.strong)
        self._none = np.zeros(len(of.threads), np.uint8)
        self._core: I32s | None = None

    @property
    def core(self) -> I32s:
        """The states of components of the whole graph that have steps and are not plainly unfair.

        Whatever region is judged, its components with steps lie within these.
        """
        if self._core is None:
            all_ = np.flatnonzero(self.graph.levels[: self.graph.expanded] >= 0).astype(np.int32)
            count = self._components(all_, self._none)
            fates, _, _ = self._fates(all_, self._none, count)
            comp = self._comp[all_]
            good = comp >= 0
            good[good] = fates[comp[good]] != UNFAIR
            self._inside[all_] = 0
            self._core = all_[good]
        return self._core

    def within(self, region: U8s | None, cut: U8s | None = None) -> list[Component]:
        """The fair components with steps of a region: its states, no edge of a kind in ``cut``."""
        members = self.core
        if region is not None:
            members = members[region[members] != 0]
        cut = self._none if cut is None else cut
        found: list[Component] = []
        while len(members):
            count = self._components(members, cut)
            fates, taken, could = self._fates(members, cut, count)
            if (fates == FAIR).any():
                found += self._fair(members, fates, could, cut)
            rest = np.zeros(len(members), np.int32)
            steps = self.graph.steps
            left = 0
            if (fates == STARVED).any():
                left = self.graph.passes.run(
                    "kept", steps.first, steps.kinds, members, len(members), self._comp, fates,
                    self._strong, taken, rest,
                )  # fmt: skip
            self._inside[members] = 0
            members = rest[:left]
        return found

    def _components(self, members: I32s, cut: U8s) -> int:
        steps = self.graph.steps
        self._inside[members] = 1
        return self.graph.passes.run(
            "components", steps.first, steps.targets, steps.kinds, steps.dead, cut, members,
            len(members), self._inside, self._number, self._low, self._comp, self._stack,
            self._work, self._edge,
        )  # fmt: skip

    def _fates(self, members: I32s, cut: U8s, count: int) -> tuple[U8s, I64s, I64s]:
        """Of each component what becomes of it, who steps inside, who could get a lock."""
        shape = (count, self.graph.steps.of.masks)
        taken, could = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        always = np.full(shape, -1, np.int64)
        steps = self.graph.steps
        self.graph.passes.run(
            "duties", steps.first, steps.targets, steps.kinds, steps.dead, cut, members,
            len(members), self._inside, self._comp, self._thread, self._owed, self._strong, taken,
            always, could,
        )  # fmt: skip
        fates = np.full(count, FAIR, np.uint8)
        fates[(could & ~taken).any(axis=1)] = STARVED
        fates[(always & ~taken).any(axis=1)] = UNFAIR
        return fates, taken, could

    def _fair(self, members: I32s, fates: U8s, could: I64s, cut: U8s) -> Iterator[Component]:
        comp = self._comp[members]
        here = comp >= 0
        here[here] = fates[comp[here]] == FAIR
        states, labels = members[here].astype(np.int64), comp[here]
        order = np.lexsort((states, labels))
        states, labels = states[order], labels[order]
        for some in np.split(states, np.flatnonzero(np.diff(labels)) + 1):
            levels = self.graph.levels[some]
            near = some[levels == levels.min()][:NEAR]
            row = could[self._comp[some[0]]].view(np.uint64).tolist()
            must = sum(int(word) << 64 * place for place, word in enumerate(row))
            yield Component(Members(some), Inside(self.graph, some, cut), near.tolist(), must)


@dataclass(frozen=True, slots=True)
class Members(Sequence[int]):
    """The states of a component, sorted."""

    array: I64s

    def __len__(self) -> int:
        return len(self.array)

    def __getitem__(self, at: int) -> int:  # type: ignore[override]  # slices are never asked for
        return int(self.array[at])

    def __iter__(self) -> Iterator[int]:
        return iter(self.array.tolist())
