# SPDX-License-Identifier: MIT
"""The graph with one bit, whether a promise is open, in arrays: see ``explicit.paths.Armed``."""

from collections.abc import Iterator, Sequence

import numpy as np

from srcucheck.explicit.native.graph import NativeGraph, U8s


class NativeArmed:
    """A node is twice the state, plus the bit."""

    def __init__(self, graph: NativeGraph, trigger: U8s | None, goal: U8s) -> None:
        self.graph = graph
        count = len(graph.rows)
        self._trigger = np.zeros(count, dtype=np.uint8) if trigger is None else trigger
        self._goal = goal
        armed = trigger is None
        starts = [self._node(state, armed) for state in graph.starts]
        self.levels = np.full(2 * count, -1, dtype=np.int32)
        queue = np.zeros(2 * count, dtype=np.int32)
        self.levels[starts], queue[: len(starts)] = 0, starts
        steps = graph.steps
        graph.passes.run(
            "armed", steps.first, steps.targets, steps.kinds, steps.dead, graph.expanded,
            len(starts), self._trigger, goal, queue, self.levels,
        )  # fmt: skip
        self._above = graph.rising("armed_above", 2 * count, self.levels, self._trigger, goal)

    def _node(self, state: int, armed: bool) -> int:
        armed = armed or bool(self._trigger[state])
        return 2 * state + (armed and not self._goal[state])

    def depth(self, node: int) -> int:
        """Steps from an initial state."""
        return int(self.levels[node])

    def parents(self, node: int) -> Sequence[int]:
        """Last steps of shortest paths."""
        at, entries = self._above
        found: list[int] = entries[at[node] : at[node + 1]].tolist()
        return found

    def moves(self, node: int) -> Iterator[tuple[int, int, int]]:
        """Steps from a node."""
        state, armed = node >> 1, bool(node & 1)
        if state < self.graph.expanded:
            for thread, choice, target, _ in self.graph.edges(state):
                if target >= 0:
                    yield thread, choice, self._node(target, armed)

    def enabled(self, node: int) -> int:
        """Threads with an enabled action."""
        return self.graph.enabled(node >> 1)

    def start(self, node: int) -> int | None:
        """Which initial state this is."""
        return self.graph.starts.get(node >> 1) if self.levels[node] == 0 else None
