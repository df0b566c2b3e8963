# SPDX-License-Identifier: MIT
"""Expressions as Python source text."""

from dataclasses import dataclass, field
from typing import Any, assert_never

from srcucheck.ir.evaluate import apply
from srcucheck.ir.expr import (
    Binary,
    BinaryOp,
    Const,
    Expr,
    Get,
    Ite,
    Lookup,
    Pick,
    Table,
    Temp,
    Unary,
)

_COMPARE = frozenset({"==", "!=", "<", "<=", ">", ">="})
_LOGIC = frozenset({"and", "or"})
_CHAIN = frozenset({"+", "|", "&", "^", "*"})


def indented(depth: int, *lines: str) -> list[str]:
    """Lines at a depth; one blank per level."""
    return [" " * depth + line for line in lines]


def fold(expr: Expr) -> Expr:
    """The expression with operators on constants worked out."""
    match expr:
        case Const() | Get() | Temp():
            return expr
        case Pick():
            index = fold(expr.index)
            if isinstance(index, Const):
                slot = expr.slots.get(index.value)
                return Const(0) if slot is None else Get(slot)
            return expr if index is expr.index else Pick(index, expr.slots)
        case Lookup():
            index = fold(expr.index)
            if isinstance(index, Const):
                return Const(expr.entries.get(index.value, expr.default))
            return expr if index is expr.index else Lookup(index, expr.entries, expr.default)
        case Unary(op, operand):
            inner = fold(operand)
            if isinstance(inner, Const):
                return Const(int(not inner.value) if op == "not" else _unary(op, inner.value))
            return expr if inner is operand else Unary(op, inner)
        case Binary(op, left, right):
            return _fold_binary(expr, op, fold(left), fold(right))
        case Ite(condition, then, other):
            test = fold(condition)
            if isinstance(test, Const):
                return fold(then if test.value else other)
            return Ite(test, fold(then), fold(other))
        case _:
            assert_never(expr)


def _unary(op: str, value: int) -> int:
    return -value if op == "-" else ~value


def _fold_binary(expr: Binary, op: BinaryOp, left: Expr, right: Expr) -> Expr:
    if isinstance(left, Const):
        if isinstance(right, Const):
            return Const(apply(op, left.value, right.value))
        if op == "and" and not left.value:
            return Const(0)
        if op == "or" and left.value:
            return Const(1)
    if isinstance(right, Const):
        if op == "and" and not right.value:
            return Const(0)
        if op == "or" and right.value:
            return Const(1)
    if left is expr.left and right is expr.right:
        return expr
    return Binary(op, left, right)


@dataclass(slots=True)
class Expressions:
    """Writes expressions; tables become names in ``namespace``.  ``vector`` is ``s`` or ``v``."""

    namespace: dict[str, Any]
    names: dict[int, tuple[str, Table]] = field(default_factory=dict)

    def value(self, expr: Expr, vector: str) -> str:
        """The value, as an ``int`` or a ``bool``."""
        match expr:
            case Const(value):
                return str(value) if value >= 0 else f"({value})"
            case Get(slot):
                return f"{vector}[{slot}]"
            case Temp(number):
                return f"t{number}"
            case Pick():
                get = f"{self.table(expr.slots)}.get({self.value(expr.index, vector)})"
                return f"({vector}[i] if (i := {get}) is not None else 0)"
            case Lookup():
                index = self.value(expr.index, vector)
                return f"{self.table(expr.entries)}.get({index}, {expr.default})"
            case Unary("not", _) | Binary("and" | "or", _, _):
                return f"(1 if {self.truth(expr, vector)} else 0)"
            case Unary(op, operand):
                return f"({op}{self.exact(operand, vector)})"
            case Binary(op, left, right):
                return self.binary(op, left, right, vector)
            case Ite(condition, then, other):
                test = self.truth(condition, vector)
                return f"({self.exact(then, vector)} if {test} else {self.exact(other, vector)})"
            case _:
                assert_never(expr)

    def binary(self, op: BinaryOp, left: Expr, right: Expr, vector: str) -> str:
        """An arithmetic operator or a comparison."""
        if op in ("/", "%") or (
            op in ("<<", ">>") and not (isinstance(right, Const) and right.value >= 0)
        ):
            one, two = self.value(left, vector), self.value(right, vector)
            return f"_apply({op!r}, {one}, {two})"
        if op in _COMPARE:
            return f"({self.value(left, vector)} {op} {self.value(right, vector)})"
        one = self.exact(left, vector)
        if op in _CHAIN and isinstance(left, Binary) and left.op == op:
            one = one[1:-1]
        return f"({one} {op} {self.exact(right, vector)})"

    def exact(self, expr: Expr, vector: str) -> str:
        """The value as an ``int``."""
        if isinstance(expr, Binary) and expr.op in _COMPARE:
            return f"(1 if {self.truth(expr, vector)} else 0)"
        return self.value(expr, vector)

    def truth(self, expr: Expr, vector: str) -> str:
        """Something that is true in Python iff the value is not 0."""
        match expr:
            case Unary("not", operand):
                return f"(not {self.truth(operand, vector)})"
            case Binary("and" | "or" as op, left, right):
                one = self.truth(left, vector)
                two = self.truth(right, vector)
                one = one[1:-1] if isinstance(left, Binary) and left.op == op else one
                two = two[1:-1] if isinstance(right, Binary) and right.op == op else two
                return f"({one} {op} {two})"
            case Ite(condition, then, other):
                test = self.truth(condition, vector)
                return f"({self.truth(then, vector)} if {test} else {self.truth(other, vector)})"
            case _:
                return self.value(expr, vector)

    def table(self, table: Table) -> str:
        """The name of a table; each is turned into a ``dict`` once."""
        key = id(table)
        if key not in self.names:
            name = f"T{len(self.names)}"
            self.names[key] = (name, table)
            self.namespace[name] = table if isinstance(table, dict) else dict(table)
        return self.names[key][0]
