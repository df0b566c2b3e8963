# SPDX-License-Identifier: MIT
"""Shortest runs: among the shortest the one with fewest preemptions, then the least schedule.

A preemption is a switch away from a thread that still has an enabled action.  The graph of all
shortest paths is collected backwards by levels, and searched as (state, last thread): one parent
per state would not do, since the cheapest way on depends on who came last.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from srcucheck.check.replay import InternalError
from srcucheck.explicit.graph import Explored

Steps = tuple[tuple[int, int], ...]
FinalEdge = tuple[int, int, int]
"""(node, thread, choice): the last step of a run."""


class Layers(Protocol):
    """A graph with breadth-first levels."""

    @property
    def graph(self) -> Explored:
        """The states and steps below."""

    def depth(self, node: int) -> int:
        """Steps from a start to this node; -1 if nothing leads there."""

    def parents(self, node: int) -> Sequence[int]:
        """The steps to this node on shortest paths: ``node << shift | thread`` of each."""

    def moves(self, node: int) -> Iterator[tuple[int, int, int]]:
        """(thread, choice, node) of the steps from a node."""

    def enabled(self, node: int) -> int:
        """Mask of the threads with an enabled action."""

    def start(self, node: int) -> int | None:
        """The number of the initial state, if this is one."""


@dataclass(slots=True)
class Plain:
    """The graph itself."""

    graph: Explored

    def depth(self, node: int) -> int:
        """Steps from an initial state."""
        return self.graph.level[node]

    def parents(self, node: int) -> Sequence[int]:
        """Last steps of shortest paths."""
        return self.graph.parents(node)

    def moves(self, node: int) -> Iterator[tuple[int, int, int]]:
        """Steps from a state."""
        return ((t, c, w) for t, c, w, _ in self.graph.edges(node) if w >= 0)

    def enabled(self, node: int) -> int:
        """Threads with an enabled action."""
        return self.graph.enabled(node)

    def start(self, node: int) -> int | None:
        """Which initial state this is."""
        return self.graph.starts.get(node)


@dataclass(slots=True)
class Armed:
    """The graph with one bit: whether a promise is open (a trigger came, and since then no goal).

    A node is twice the state, plus the bit.  Without triggers the promise is open from the start.
    """

    graph: Explored
    triggers: Callable[[int], bool] | None
    goal: Callable[[int], bool]
    level: dict[int, int] = field(default_factory=dict)
    above: dict[int, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        layer = [self.node(s, self.triggers is None) for s in self.graph.starts]
        self.level = dict.fromkeys(layer, 0)
        depth = 0
        while layer:
            depth += 1
            deeper: list[int] = []
            for node in layer:
                for thread, _, after in self.moves(node):
                    if self.level.setdefault(after, depth) != depth:
                        continue
                    if after not in self.above:
                        self.above[after] = []
                        deeper.append(after)
                    self.above[after].append(node << self.graph.shift | thread)
            layer = deeper

    def node(self, state: int, armed: bool) -> int:
        """The node of a state, coming from a node with this bit."""
        armed = armed or (self.triggers is not None and self.triggers(state))
        return 2 * state + (armed and not self.goal(state))

    def depth(self, node: int) -> int:
        """Steps from an initial state."""
        return self.level.get(node, -1)

    def parents(self, node: int) -> Sequence[int]:
        """Last steps of shortest paths."""
        return self.above.get(node, ())

    def moves(self, node: int) -> Iterator[tuple[int, int, int]]:
        """Steps from a node."""
        state, armed = node >> 1, bool(node & 1)
        if state < self.graph.expanded:
            for thread, choice, target, _ in self.graph.edges(state):
                if target >= 0:
                    yield thread, choice, self.node(target, armed)

    def enabled(self, node: int) -> int:
        """Threads with an enabled action."""
        return self.graph.enabled(node >> 1)

    def start(self, node: int) -> int | None:
        """Which initial state this is."""
        return self.graph.starts.get(node >> 1) if self.level.get(node) == 0 else None


@dataclass(frozen=True, slots=True, order=True)
class Path:
    """A run: how many steps and preemptions, from which initial state, and to which node."""

    length: int
    preemptions: int
    initial: int
    steps: Steps
    end: int


def best_path(layers: Layers, nodes: Iterable[int], edges: Iterable[FinalEdge] = ()) -> Path:
    """The best run to one of the nodes, or over one of the final edges; there must be one."""
    ends, finals = set(nodes), list(edges)
    length = min([layers.depth(n) for n in ends] + [layers.depth(n) + 1 for n, _, _ in finals])
    last = {(n, t, c) for n, t, c in finals if layers.depth(n) == length - 1}
    ahead = _Ahead(layers)
    row = sorted(n for n in ends if layers.depth(n) == length)
    for node in row:
        ahead.cost[node] = 0
        ahead.dear[node] = 0
    shift = layers.graph.shift
    mask = (1 << shift) - 1
    for depth in range(length - 1, -1, -1):
        above: dict[int, tuple[int, int]] = {}
        if depth == length - 1:
            for node, thread, _ in last:
                ahead.offer(above, node, thread, 0)
        for node in row:
            cost, dear = ahead.cost[node], ahead.dear[node]
            for parent in layers.parents(node):
                thread = parent & mask
                ahead.offer(above, parent >> shift, thread, cost + (dear >> thread & 1))
        for node, (cost, threads) in above.items():
            ahead.cost[node] = cost
            ahead.dear[node] = layers.enabled(node) & ~threads
        row = list(above)
    starts = [(ahead.cost[n], s, n) for n in row if (s := layers.start(n)) is not None]
    preemptions, initial, node = min(starts)
    steps, end = ahead.follow(node, length, last)
    return Path(length, preemptions, initial, steps, end)


@dataclass(slots=True)
class _Ahead:
    """For each node on a shortest run: the fewest preemptions from there to the end.

    ``cost`` is their number if it does not matter who came last; it is one more if that was a
    thread in the mask ``dear``: one that could go on, but whose going on is not the cheapest.
    """

    layers: Layers
    cost: dict[int, int] = field(default_factory=dict)
    dear: dict[int, int] = field(default_factory=dict)

    def offer(self, above: dict[int, tuple[int, int]], node: int, thread: int, cost: int) -> None:
        """Takes note that ``thread`` can go next from a node at this cost."""
        best = above.get(node)
        if best is None or cost < best[0]:
            above[node] = (cost, 1 << thread)
        elif cost == best[0]:
            above[node] = (cost, best[1] | 1 << thread)

    def follow(self, node: int, length: int, finals: set[FinalEdge]) -> tuple[Steps, int]:
        """The least run with so few preemptions, and where it leads (before a final edge)."""
        steps: list[tuple[int, int]] = []
        here = node
        left = self.cost[here]
        last: int | None = None
        while len(steps) < length:
            steps_left = length - len(steps)
            for thread, choice, after in self.ways(here, steps_left, finals):
                enabled = self.layers.enabled(here)
                switch = 0 if last is None or last == thread else enabled >> last & 1
                ahead = 0 if after is None else self.cost[after] + (self.dear[after] >> thread & 1)
                if switch + ahead == left:
                    left = ahead
                    steps.append((thread, choice))
                    last = thread
                    here = here if after is None else after
                    break
            else:
                raise InternalError("a shortest run leads nowhere")
        return tuple(steps), here

    def ways(
        self, node: int, steps_left: int, finals: set[FinalEdge]
    ) -> list[tuple[int, int, int | None]]:
        """The steps from a node that lie on shortest runs; None for a final edge."""
        depth = self.layers.depth(node) + 1
        found: list[tuple[int, int, int | None]] = []
        if steps_left == 1:
            found += [(t, c, None) for n, t, c in finals if n == node]
        found += [
            (t, c, w)
            for t, c, w in self.layers.moves(node)
            if w in self.cost and self.layers.depth(w) == depth
        ]
        return sorted(found, key=lambda way: way[:2])
