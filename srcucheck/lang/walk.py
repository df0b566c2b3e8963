# SPDX-License-Identifier: MIT
"""Walking a syntax tree without caring what it means."""

from collections.abc import Callable, Iterator
from typing import Any

from srcucheck.lang import tree

Node = tree.Expr | tree.Statement | tree.Case | tree.Declarator
"""What stands in a body."""

_Parts = Callable[[Any], tuple[Node | None, ...]]


def _none(_node: Node) -> tuple[Node | None, ...]:
    return ()


PARTS: dict[type, _Parts] = {
    tree.Number: _none,
    tree.String: _none,
    tree.Name: _none,
    tree.Unary: lambda n: (n.operand,),
    tree.AddressOf: lambda n: (n.operand,),
    tree.Deref: lambda n: (n.operand,),
    tree.Binary: lambda n: (n.left, n.right),
    tree.Conditional: lambda n: (n.condition, n.then, n.other),
    tree.Assign: lambda n: (n.value, n.target),
    tree.Increment: lambda n: (n.target,),
    tree.Member: lambda n: (n.base,),
    tree.Index: lambda n: (n.base, n.index),
    tree.Call: lambda n: (n.function, *n.arguments),
    tree.Allocate: _none,
    tree.ContainerOf: lambda n: (n.pointer,),
    tree.Choose: lambda n: n.values,
    tree.Quantifier: lambda n: (n.condition,),
    tree.EmptySet: _none,
    tree.Initializer: lambda n: tuple(value for _, value in n.items),
    tree.Await: lambda n: (n.condition, *n.held_by, n.block),
    tree.Block: lambda n: n.statements,
    tree.ExprStatement: lambda n: (n.expression,),
    tree.Declare: lambda n: n.declarators,
    tree.Declarator: lambda n: (*n.dimensions, n.value),
    tree.If: lambda n: (n.condition, n.then, n.other),
    tree.While: lambda n: (n.condition, n.body),
    tree.DoWhile: lambda n: (n.body, n.condition),
    tree.For: lambda n: (n.start, n.condition, n.step, n.body),
    tree.ForEach: lambda n: (n.body,),
    tree.Goto: _none,
    tree.Label: lambda n: (n.statement,),
    tree.Break: _none,
    tree.Continue: _none,
    tree.Return: lambda n: (n.value,),
    tree.Switch: lambda n: (n.subject, *n.cases),
    tree.Case: lambda n: (*n.values, *n.body),
    tree.Atomic: lambda n: (n.body,),
    tree.Empty: _none,
}
"""The parts of each kind of node, in order of evaluation."""


def parts(node: Node) -> tuple[Node | None, ...]:
    """The nodes directly below; None where an optional one is left out."""
    return PARTS[type(node)](node)


def walk(node: Node) -> Iterator[Node]:
    """A node and all below it, each before its parts."""
    stack: list[Node] = [node]
    table = PARTS
    while stack:
        top = stack.pop()
        yield top
        below = table[type(top)](top)
        if below:
            stack.extend(n for n in reversed(below) if n is not None)


def declared_names(body: Node) -> set[str]:
    """Names of all variables that a body declares, at whatever depth."""
    names: set[str] = set()
    for node in walk(body):
        match node:
            case tree.Declarator(name=name):
                names.add(name)
            case tree.ForEach(variable=name) | tree.Quantifier(variable=name):
                names.add(name)
            case _:
                pass
    return names


def root(expr: tree.Expr) -> tree.Expr:
    """What a path like ``a.b[i]->c`` starts from."""
    while isinstance(expr, tree.Member | tree.Index):
        expr = expr.base
    return expr
