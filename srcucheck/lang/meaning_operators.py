# SPDX-License-Identifier: MIT
"""Operators in the second meaning: numbers as in C but without end, and sets."""

from srcucheck.lang.meaning_values import Died, Ref, Value


def operate(op: str, left: Value, right: Value) -> Value:
    """An operator on two values, as in C.

    Raises Died for a division by zero and a shift by a negative number.
    """
    match op:
        case "==":
            return int(left == right)
        case "!=":
            return int(left != right)
        case "in":
            assert isinstance(right, frozenset)
            return int(left in right)
        case _:
            pass
    if isinstance(left, frozenset):
        others = right if isinstance(right, frozenset) else frozenset({right} - {0})
        members = [r for r in others if isinstance(r, Ref)]
        return left.union(members) if op == "+" else left.difference(members)
    assert isinstance(left, int)
    assert isinstance(right, int)
    return _arithmetic(op, int(left), int(right))


def _arithmetic(op: str, left: int, right: int) -> int:
    match op:
        case "<":
            return int(left < right)
        case "<=":
            return int(left <= right)
        case ">":
            return int(left > right)
        case ">=":
            return int(left >= right)
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/" | "%":
            if right == 0:
                raise Died("no_bug")
            quotient = abs(left) // abs(right)
            if (left < 0) != (right < 0):
                quotient = -quotient
            return quotient if op == "/" else left - quotient * right
        case "<<" | ">>" if right < 0:
            raise Died("no_bug")
        case "<<":
            return left << right
        case ">>":
            return left >> right
        case "&":
            return left & right
        case "|":
            return left | right
        case "^":
            return left ^ right
        case _:
            raise AssertionError(op)
