# SPDX-License-Identifier: MIT
"""Progress trees: that no fair run stays in a region, as facts about single steps.

Components come children first, so each gets the lowest key that its steps allow: (layer, thread
that is owed).  Components with the same key share a node, which keeps trees small: what counts is
how often the reason changes on the way, not how many components there are.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count

from srcucheck.check.certificate import Node
from srcucheck.check.components import strongly_connected
from srcucheck.check.replay import InternalError
from srcucheck.explicit.graph import Graph

Step = tuple[int, int]
"""(target, thread)."""
_Key = tuple[int, int]

_STRIDE = 5000
"""States between two looks."""
_GOOD = -1
_BESIDE = 64
"""Keys of ``comp`` nodes begin here: no thread has such a number, so none is shared."""


def inside(
    graph: Graph, region: Sequence[int], cut: frozenset[int] = frozenset()
) -> dict[int, list[Step]]:
    """The steps that stay in a region and have no label of ``cut``."""
    here = bytearray(len(graph.states))
    for state in region:
        here[state] = 1
    first, targets, kinds = graph.first, graph.targets, graph.kinds
    mask, shift = graph.mask, graph.shift
    return {
        s: [
            (targets[e], kinds[e] & mask)
            for e in range(first[s], first[s + 1])
            if targets[e] >= 0 and here[targets[e]] and kinds[e] >> shift not in cut
        ]
        for s in region
    }


def grow(
    moves: Mapping[int, Sequence[Step]],
    owe: Sequence[int],
    strong: Mapping[int, int],
    good: Callable[[int], bool] | None = None,
    look: Callable[[], object] = lambda: None,
) -> tuple[tuple[Node, ...], dict[int, int]]:
    """The nodes of a tree for the region that has these steps, and the node of each state.

    ``look`` is called now and then, and may raise what ends it.

    Raises:
        InternalError: a fair run stays there.
    """
    tree = _Tree(moves, owe, strong, good, look)
    tree.level(set(moves), -1)
    return tuple(tree.nodes), tree.of


class _Tree:
    """A tree that grows from its top."""

    def __init__(
        self,
        moves: Mapping[int, Sequence[Step]],
        owe: Sequence[int],
        strong: Mapping[int, int],
        good: Callable[[int], bool] | None,
        look: Callable[[], object],
    ) -> None:
        self._moves = moves
        self._owe = owe
        self._strong = strong
        self._good = good
        self._look = look
        self._seen = 0
        self.nodes: list[Node] = []
        self.of: dict[int, int] = {}

    def level(self, states: set[int], parent: int) -> None:
        """Gives a node to each of the states, the nodes below included."""
        moves = self._moves
        key_of: dict[int, _Key] = {}
        waiting: dict[_Key, tuple[int, set[int]]] = {}
        fresh = count(_BESIDE)
        for members in strongly_connected(
            sorted(states), lambda s: [t for t, _ in moves[s] if t in states]
        ):
            self._seen += len(members)
            if self._seen > _STRIDE:
                self._seen = 0
                self._look()
            here = set(members)
            taken, always = 0, -1
            leaving: set[tuple[int, _Key]] = set()
            for state in members:
                always &= self._owe[state]
                for target, thread in moves[state]:
                    if target in here:
                        taken |= 1 << thread
                    elif target in states:
                        leaving.add((thread, key_of[target]))
            reasons = list(_bits(always & ~taken))
            if self._good is not None and all(map(self._good, members)):
                reasons.append(_GOOD)
            if reasons:
                key = min((_layer(leaving, reason), reason) for reason in reasons)
            else:
                alone = next(fresh)
                key = (_layer(leaving, alone), alone)
                waiting[key] = (self._starved(members, taken), here)
            for state in members:
                key_of[state] = key
        numbers = {k: n for n, k in enumerate(sorted(set(key_of.values())), len(self.nodes))}
        for key in numbers:
            self.nodes.append(_node(parent, key[1], waiting[key][0] if key in waiting else None))
        for state, key in key_of.items():
            self.of[state] = numbers[key]
        for key, (thread, here) in waiting.items():
            rest = {s for s in here if not self._strong.get(s, 0) >> thread & 1}
            self.level(rest, numbers[key])

    def _starved(self, members: Iterable[int], taken: int) -> int:
        """A thread that could be granted a lock here and takes no step inside.

        Raises:
            InternalError: there is none.
        """
        could = 0
        for state in members:
            could |= self._strong.get(state, 0) & ~taken
        if not could:
            raise InternalError("a fair run stays where a check was said to hold")
        return next(_bits(could))


def _layer(leaving: Iterable[tuple[int, _Key]], reason: int) -> int:
    """The lowest layer for a component with this reason, given the steps that leave it."""
    lowest = 0
    for thread, (layer, other) in leaving:
        above = other > reason or (other == reason and thread == reason)
        lowest = max(lowest, layer + above)
    return lowest


def _node(parent: int, reason: int, starved: int | None) -> Node:
    if starved is not None:
        return Node(parent, "comp", starved)
    return Node(parent, "good" if reason == _GOOD else "just", reason)


def _bits(mask: int) -> Iterator[int]:
    while mask:
        yield (mask & -mask).bit_length() - 1
        mask &= mask - 1
