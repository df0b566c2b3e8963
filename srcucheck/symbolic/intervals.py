# SPDX-License-Identifier: MIT
"""Intervals of integers, and the interval in which the value of an expression lies.

An end that is None is unknown.
"""

from collections.abc import Mapping, Sequence
from typing import assert_never

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
    Temp,
    Unary,
)

Range = tuple[int | None, int | None]
"""(least, greatest)."""

ANY: Range = (None, None)
TRUTH: Range = (0, 1)


def join(one: Range, two: Range) -> Range:
    """The least range that has both."""
    low = None if one[0] is None or two[0] is None else min(one[0], two[0])
    high = None if one[1] is None or two[1] is None else max(one[1], two[1])
    return low, high


def cut(one: Range, op: str, two: Range) -> Range | None:
    """Values of the first that can stand so to some value of the second."""
    low, high = one
    match op:
        case "==":
            low, high = _most(low, two[0]), _least(high, two[1])
        case "!=":
            if two[0] is not None and two[0] == two[1]:
                low = low + 1 if low == two[0] and low is not None else low
                high = high - 1 if high == two[0] and high is not None else high
        case "<":
            high = _least(high, None if two[1] is None else two[1] - 1)
        case "<=":
            high = _least(high, two[1])
        case ">":
            low = _most(low, None if two[0] is None else two[0] + 1)
        case _:
            low = _most(low, two[0])
    return None if low is not None and high is not None and low > high else (low, high)


def _most(one: int | None, two: int | None) -> int | None:
    return two if one is None else one if two is None else max(one, two)


def _least(one: int | None, two: int | None) -> int | None:
    return two if one is None else one if two is None else min(one, two)


def within(value: int, among: Range) -> bool:
    """Whether a number lies in a range."""
    return (among[0] is None or among[0] <= value) and (among[1] is None or value <= among[1])


def range_of(
    expr: Expr,
    general: Sequence[Range],
    slots: Mapping[int, Range],
    temps: Mapping[int, Range],
    memo: dict[int, Range] | None,
) -> Range:
    """The range of an expression; ``memo`` keeps those of shared parts, by identity."""
    if memo is not None and id(expr) in memo:
        return memo[id(expr)]

    def of(part: Expr) -> Range:
        return range_of(part, general, slots, temps, memo)

    found: Range
    match expr:
        case Const(value):
            found = (value, value)
        case Get(slot):
            found = slots.get(slot, general[slot])
        case Temp(number):
            found = temps[number]
        case Pick():
            index = of(expr.index)
            parts = [slots.get(v, general[v]) for k, v in expr.slots.items() if within(k, index)]
            inside = (
                index[0] is not None
                and index[1] is not None
                and all(k in expr.slots for k in range(index[0], min(index[1], index[0] + 64) + 1))
                and index[1] - index[0] <= 64
            )
            found = _joined(parts if inside else [(0, 0), *parts])
        case Lookup():
            index = of(expr.index)
            values = [v for k, v in expr.entries.items() if within(k, index)]
            found = _joined([(v, v) for v in [expr.default, *values]])
        case Unary("not", operand):
            of(operand)  # for the memo: whoever asks for a width wants that of all parts
            found = TRUTH
        case Unary("-", operand):
            found = _minus(of(operand))
        case Unary(_, operand):
            low, high = _minus(of(operand))
            found = None if low is None else low - 1, None if high is None else high - 1
        case Binary(op, left, right):
            found = _binary(op, of(left), of(right))
        case Ite(condition, then, other):
            of(condition)
            found = join(of(then), of(other))
        case _:
            assert_never(expr)
    if memo is not None:
        memo[id(expr)] = found
    return found


def _joined(parts: Sequence[Range]) -> Range:
    found = parts[0]
    for part in parts[1:]:
        found = join(found, part)
    return found


def _minus(one: Range) -> Range:
    return None if one[1] is None else -one[1], None if one[0] is None else -one[0]


def _binary(op: BinaryOp, one: Range, two: Range) -> Range:
    """The range of an operator's value."""
    (a, b), (c, d) = one, two
    match op:
        case "==" | "!=" | "<" | "<=" | ">" | ">=" | "and" | "or":
            return TRUTH
        case "+":
            return (
                None if a is None or c is None else a + c,
                None if b is None or d is None else b + d,
            )
        case "-":
            return (
                None if a is None or d is None else a - d,
                None if b is None or c is None else b - c,
            )
        case "*":
            if a is None or b is None or c is None or d is None:
                return (0, None) if (a or -1) >= 0 and (c or -1) >= 0 else ANY
            corners = [a * c, a * d, b * c, b * d]
            return min(corners), max(corners)
        case "/" | "%":
            if a is None or b is None:
                return (0, None) if a is not None and a >= 0 and c is not None and c >= 0 else ANY
            most = max(abs(a), abs(b))
            if op == "%" and c is not None and d is not None:
                most = min(most, max(abs(c), abs(d)))
            whole_signs = op == "%" or (c is not None and c >= 0)
            return (
                0 if a >= 0 and whole_signs else -most,
                0 if b <= 0 and whole_signs else most,
            )
        case "<<" | ">>":
            if a is None or b is None or c is None or d is None or max(c, d) > 64:
                return ANY
            corners = [apply(op, x, y) for x in (a, b) for y in (max(c, 0), max(d, 0))]
            return min(0, *corners), max(0, *corners)
        case "&" | "|" | "^":
            if op == "&" and a is not None and a >= 0 and (c is None or c < 0):
                return 0, b
            if op == "&" and c is not None and c >= 0 and (a is None or a < 0):
                return 0, d
            if a is None or b is None or c is None or d is None:
                return ANY
            bits = max(x.bit_length() for x in (a, b, c, d))
            if a >= 0 and c >= 0:
                return 0, min(b, d) if op == "&" else (1 << bits) - 1
            return -(1 << bits), (1 << bits) - 1
        case _:
            assert_never(op)
