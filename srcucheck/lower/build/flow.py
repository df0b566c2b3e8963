# SPDX-License-Identifier: MIT
"""Which functions a stored pointer may hold: a flow-insensitive closure.

Points of the flow are cells, all cells of a member taken together, and local variables.  A value
put into one point is pushed along the edges; whoever calls through a point hears of each function.
"""

from collections.abc import Callable, Hashable


class Flow:
    """Function numbers at points, closed under edges at all times."""

    def __init__(self) -> None:
        self._values: dict[Hashable, dict[int, None]] = {}
        self._edges: dict[Hashable, dict[Hashable, None]] = {}
        self._listeners: dict[Hashable, list[Callable[[int], None]]] = {}

    def put(self, point: Hashable, function: int) -> None:
        """A function reaches a point."""
        pending = [(point, function)]
        while pending:
            at, value = pending.pop()
            known = self._values.setdefault(at, {})
            if value in known:
                continue
            known[value] = None
            for listener in self._listeners.get(at, ()):
                listener(value)
            pending.extend((to, value) for to in self._edges.get(at, ()))

    def edge(self, source: Hashable, target: Hashable) -> None:
        """Whatever reaches the source reaches the target."""
        edges = self._edges.setdefault(source, {})
        if target not in edges:
            edges[target] = None
            for value in list(self._values.get(source, ())):
                self.put(target, value)

    def listen(self, point: Hashable, listener: Callable[[int], None]) -> None:
        """The listener hears of every function at the point, past and to come, once each."""
        self._listeners.setdefault(point, []).append(listener)
        for value in list(self._values.get(point, ())):
            listener(value)
