# SPDX-License-Identifier: MIT
"""Expressions made small as they are made: constants are folded, arms that agree are one."""

from collections.abc import Callable, Sequence

from srcucheck.ir.evaluate import apply, evaluate
from srcucheck.ir.expr import (
    FALSE,
    TRUE,
    Binary,
    BinaryOp,
    Const,
    Expr,
    Get,
    Ite,
    Lookup,
    Pick,
    Unary,
    UnaryOp,
)

_TRUTHS = frozenset({"==", "!=", "<", "<=", ">", ">=", "and", "or"})


def is_truth(expr: Expr) -> bool:
    """Whether its value can only be 0 or 1."""
    match expr:
        case Const(value):
            return value in (0, 1)
        case Unary(op):
            return op == "not"
        case Binary(op):
            return op in _TRUTHS
        case _:
            return False


def truth(expr: Expr) -> Expr:
    """1 where it is not 0."""
    if isinstance(expr, Const):
        return TRUE if expr.value else FALSE
    return expr if is_truth(expr) else Binary("!=", expr, FALSE)


def negation(expr: Expr) -> Expr:
    """Where it is 0."""
    match expr:
        case Const(value):
            return FALSE if value else TRUE
        case Unary("not", operand):
            return truth(operand)
        case _:
            return Unary("not", expr)


def both(left: Expr, right: Expr) -> Expr:
    """Conjunction."""
    if isinstance(left, Const):
        return truth(right) if left.value else FALSE
    if isinstance(right, Const):
        return truth(left) if right.value else FALSE
    return truth(left) if left is right else Binary("and", left, right)


def either(left: Expr, right: Expr) -> Expr:
    """Disjunction."""
    if isinstance(left, Const):
        return TRUE if left.value else truth(right)
    if isinstance(right, Const):
        return TRUE if right.value else truth(left)
    return truth(left) if left is right else Binary("or", left, right)


def all_of(*exprs: Expr) -> Expr:
    """Conjunction of any number."""
    return _balanced(both, TRUE, exprs)


def any_of(*exprs: Expr) -> Expr:
    """Disjunction of any number."""
    return _balanced(either, FALSE, exprs)


def _balanced(join: Callable[[Expr, Expr], Expr], none: Expr, exprs: Sequence[Expr]) -> Expr:
    """A tree that is not deep: whoever walks it calls itself."""
    if len(exprs) <= 1:
        return truth(exprs[0]) if exprs else none
    half = len(exprs) // 2
    return join(_balanced(join, none, exprs[:half]), _balanced(join, none, exprs[half:]))


def ite(condition: Expr, then: Expr, other: Expr) -> Expr:
    """One of two values."""
    if isinstance(condition, Const):
        return then if condition.value else other
    if then is other:
        return then
    if isinstance(then, Const) and isinstance(other, Const):
        if then.value == other.value:
            return then
        if (then.value, other.value) == (1, 0):
            return truth(condition)
        if (then.value, other.value) == (0, 1):
            return negation(condition)
    return Ite(condition, then, other)


def unary(op: UnaryOp, operand: Expr) -> Expr:
    """A unary operator."""
    if isinstance(operand, Const):
        return Const(evaluate(Unary(op, operand), (), {}))
    return negation(operand) if op == "not" else Unary(op, operand)


def binary(op: BinaryOp, left: Expr, right: Expr) -> Expr:
    """A binary operator."""
    if op == "and":
        return both(left, right)
    if op == "or":
        return either(left, right)
    if isinstance(left, Const) and isinstance(right, Const):
        return Const(apply(op, left.value, right.value))
    if op in ("==", "!=") and isinstance(right, Const) and is_truth(left):
        if right.value not in (0, 1):
            return TRUE if op == "!=" else FALSE
        return truth(left) if (op == "==") == (right.value == 1) else negation(left)
    return Binary(op, left, right)


def pick(expr: Pick, index: Expr) -> Expr:
    """The slot that an index names, by ``expr``'s table."""
    if isinstance(index, Const):
        return Get(expr.slots[index.value]) if index.value in expr.slots else FALSE
    return Pick(index, expr.slots)


def lookup(expr: Lookup, index: Expr) -> Expr:
    """The entry that an index names, by ``expr``'s table."""
    if isinstance(index, Const):
        return Const(expr.entries.get(index.value, expr.default))
    return Lookup(index, expr.entries, expr.default)
