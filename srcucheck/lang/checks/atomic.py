# SPDX-License-Identifier: MIT
"""An ``await`` stands first in ``atomic``, or outside it.

Only what stands in the same body is looked at: a spec's function that waits may be called from
within ``atomic``, where it waits first.
"""

from collections.abc import Iterable

from srcucheck.base.diagnostic import Note
from srcucheck.base.span import Span
from srcucheck.lang import tree
from srcucheck.lang.scope import Scope
from srcucheck.lang.walk import Node, declared_names, parts, walk


def misplaced_awaits(scope: Scope, body: tree.Block, parameters: Iterable[str]) -> None:
    """Report each ``await`` that comes after a shared access of the step it stands in."""
    own = declared_names(body) | set(parameters)
    _Atomics(scope, own).scan(body, False, None)


def await_span(expr: tree.Await) -> Span:
    """The keyword alone."""
    return Span(expr.span.file, expr.span.start, expr.span.start + len(expr.kind))


class _Atomics:
    """A walk in order of evaluation; ``after`` is the first shared access of the step so far."""

    __slots__ = ("_own", "_scope")

    def __init__(self, scope: Scope, own: set[str]) -> None:
        self._scope = scope
        self._own = own

    def scan(self, node: Node, inside: bool, after: Span | None) -> Span | None:
        """Look at a node; yields what ``after`` is behind it."""
        match node:
            case tree.Atomic(body=body):
                return self.scan(body, True, after)
            case tree.Await():
                return self._await(node, inside, after)
            case tree.If(condition=condition, then=then, other=other):
                after = self.scan(condition, inside, after)
                behind = self.scan(then, inside, after)
                otherwise = self.scan(other, inside, after) if other is not None else after
                return behind or otherwise
            case tree.While() | tree.DoWhile() | tree.For() | tree.ForEach():
                for _turn in range(2 if inside else 1):
                    after = self._parts(node, inside, after)
                return after
            case tree.Switch(subject=subject, cases=cases):
                after = self.scan(subject, inside, after)
                ends = [self._parts(case, inside, after) for case in cases]
                return next((end for end in ends if end is not None), after)
            case tree.Assign() | tree.Call() | tree.Binary() | tree.Unary() | tree.Conditional():
                if not inside or any(isinstance(n, tree.Await) for n in walk(node)):
                    return self._parts(node, inside, after)
                return self._expression(node, after)
            case (
                tree.Block()
                | tree.ExprStatement()
                | tree.Declare()
                | tree.Declarator()
                | tree.Label()
                | tree.Return()
                | tree.Case()
            ):
                return self._parts(node, inside, after)
            case _:
                return self._expression(node, after) if inside else after

    def _parts(self, node: Node, inside: bool, after: Span | None) -> Span | None:
        for part in parts(node):
            if part is not None:
                after = self.scan(part, inside, after)
            if not inside:
                after = None
        return after

    def _expression(self, node: Node, after: Span | None) -> Span | None:
        if after is not None:
            return after
        touches = self._scope.effects.touches(node, self._own, self._scope.in_spec)
        return node.span if touches else None

    def _await(self, node: tree.Await, inside: bool, after: Span | None) -> Span | None:
        if inside and after is not None:
            self._scope.add(
                "E312",
                "A wait in the middle of a step: put it first in the 'atomic', or end that before.",
                await_span(node),
                Note("the step begins here, or before", after),
            )
        if node.block is not None:
            self.scan(node.block, True, await_span(node))
        return await_span(node) if inside else None
