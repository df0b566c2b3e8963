# SPDX-License-Identifier: MIT
"""The part of a graph that one step executes, and where its paths meet again.

A vertex is a node together with the loops whose present turn has had a step: only a turn that had
one may be left by its back edge.  Inside ``atomic`` a loop is one vertex, its body a region of its
own.
"""

from collections.abc import Callable
from typing import NamedTuple

from srcucheck.lower.build.graph import (
    BoundOp,
    Ended,
    LoopBack,
    LoopHead,
    Node,
    ReportOp,
)

START = 0
"""In the loops of a region's first vertex only: tells it from a later visit of its node."""


class Vertex(NamedTuple):
    """A node reached while the turns of ``loops`` have had a step."""

    node: Node
    loops: frozenset[int]


class Region:
    """What is reached from a vertex before the next cut.

    ``cut`` tells the nodes before which a step ends.  ``inside`` is the atomic loop whose body this
    is, ``exit`` the node where it ends.
    """

    def __init__(
        self,
        start: Vertex,
        cut: Callable[[Node], bool],
        inside: int | None = None,
        exit_: Node | None = None,
    ) -> None:
        self.start = start
        self._cut = cut
        self._inside = inside
        self._exit = exit_
        self._joins: dict[Vertex, Vertex | None] | None = None
        self._over: set[Vertex] = set()

    def terminal(self, vertex: Vertex) -> bool:
        """Whether the step ends before this vertex (the start is none)."""
        node, loops = vertex
        if START in loops:
            return False
        op = node.op
        if isinstance(op, Ended | BoundOp) or node is self._exit:
            return True
        if isinstance(op, ReportOp) and op.halts:
            return True
        if isinstance(op, LoopBack):
            if op.loop == self._inside:
                return True
            if not node.atomic and op.loop not in loops:
                return True
        return self._cut(node)

    def is_exit(self, node: Node) -> bool:
        """Whether this is where the atomic loop ends whose body the region is."""
        return node is self._exit

    def after(self, vertex: Vertex) -> list[Vertex]:
        """Where control goes next."""
        node, loops = vertex
        op = node.op
        if isinstance(op, LoopHead):
            if node.atomic and op.exit is not None:
                return [Vertex(op.exit, loops - {START})]
            loops = loops - {op.loop}
        elif isinstance(op, LoopBack) and START not in loops:
            loops = loops - {op.loop}
        loops = loops - {START}
        return [Vertex(n, loops) for n in node.succ]

    def join(self, vertex: Vertex) -> Vertex | None:
        """Where all paths from a vertex meet again, None if only behind the step."""
        if self._joins is None:
            self._joins = self._post_dominators()
        return self._joins.get(vertex)

    def _post_dominators(self) -> dict[Vertex, Vertex | None]:
        """Immediate post-dominators of an acyclic graph; Cooper, Harvey & Kennedy 2001.

        A vertex all of whose paths end at a bound or with the thread counts for no meeting.
        """
        depth: dict[Vertex | None, int] = {None: 0}
        joins: dict[Vertex, Vertex | None] = {}
        for vertex in self._postorder():
            if self.terminal(vertex):
                following = []
                over = isinstance(vertex.node.op, BoundOp | ReportOp)
            else:
                following = [v for v in self.after(vertex) if v not in self._over]
                over = not following
            if over:
                self._over.add(vertex)
                continue
            meet: Vertex | None = following[0] if following else None
            for other in following[1:]:
                meet = _meet(meet, other, joins, depth)
            joins[vertex] = meet
            depth[vertex] = depth[meet] + 1
        return joins

    def turns_back(self, node: Node) -> bool:
        """Whether this is the end of a turn of the atomic loop whose body the region is."""
        return isinstance(node.op, LoopBack) and node.op.loop == self._inside

    def _postorder(self) -> list[Vertex]:
        seen: set[Vertex] = set()
        order: list[Vertex] = []
        stack: list[tuple[Vertex, bool]] = [(self.start, False)]
        while stack:
            vertex, done = stack.pop()
            if done:
                order.append(vertex)
                continue
            if vertex in seen:
                continue
            seen.add(vertex)
            stack.append((vertex, True))
            if not self.terminal(vertex):
                stack.extend((n, False) for n in self.after(vertex) if n not in seen)
        return order

    def cuts(self) -> list[Node]:
        """The nodes at which the step may end, ends of the thread included."""
        seen: set[Vertex] = set()
        found: dict[int, Node] = {}
        stack = self.after(self.start)
        while stack:
            vertex = stack.pop()
            if vertex in seen:
                continue
            seen.add(vertex)
            if self.terminal(vertex):
                found[vertex.node.number] = vertex.node
                continue
            if isinstance(vertex.node.op, LoopHead) and vertex.node.atomic:
                stack.extend(Vertex(n, vertex.loops) for n in vertex.node.succ)
            stack.extend(self.after(vertex))
        return list(found.values())


def _meet(
    one: Vertex | None,
    two: Vertex | None,
    joins: dict[Vertex, Vertex | None],
    depth: dict[Vertex | None, int],
) -> Vertex | None:
    while one != two:
        if depth[one] >= depth[two]:
            assert one is not None
            one = joins[one]
        else:
            assert two is not None
            two = joins[two]
    return one
