# SPDX-License-Identifier: MIT
"""What an expression reads."""

from typing import assert_never

from srcucheck.ir.expr import Binary, Const, Expr, Get, Ite, Lookup, Pick, Temp, Unary


def support(expr: Expr, memo: dict[int, frozenset[int]]) -> frozenset[int]:
    """The slots that the value of an expression may depend on; ``memo`` by identity."""
    known = memo.get(id(expr))
    if known is None:
        known = memo[id(expr)] = _support(expr, memo)
    return known


def _support(expr: Expr, memo: dict[int, frozenset[int]]) -> frozenset[int]:
    match expr:
        case Const() | Temp():
            return frozenset()
        case Get(slot):
            return frozenset((slot,))
        case Pick():
            return support(expr.index, memo) | frozenset(expr.slots.values())
        case Lookup():
            return support(expr.index, memo)
        case Unary(_, operand):
            return support(operand, memo)
        case Binary(_, left, right):
            return support(left, memo) | support(right, memo)
        case Ite(condition, then, other):
            return support(condition, memo) | support(then, memo) | support(other, memo)
        case _:
            assert_never(expr)
