# SPDX-License-Identifier: MIT
"""From ``ir.expr`` to Z3 terms, in one of two arithmetics.

*Integers* are exact whatever the numbers; bit operations are taken apart by division, so they need
operands with a range.  *Bits* gives every slot as many bits as its range needs and calculates in
one width that no value of the system overflows, by interval analysis; it is the faster one.  A
term is made from an expression over a vector of slot terms; parts that are shared are made once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, assert_never

import z3

from srcucheck.ir.expr import Binary, BinaryOp, Const, Expr, Get, Ite, Lookup, Pick, Temp, Unary
from srcucheck.symbolic.clock import Look, at_leisure
from srcucheck.symbolic.flat import Refused
from srcucheck.symbolic.intervals import Range, range_of

Term = Any
"""A Z3 expression: Z3 has no types that a checker could use."""

_WIDEST = 64
"""Bits of a number, and the largest shift by a variable."""


class Arithmetic(Protocol):
    """How numbers become terms."""

    @property
    def ranges(self) -> Sequence[Range]:
        """Of the slots."""

    @property
    def prunes(self) -> bool:
        """Whether a table may be cut to the keys that its index can have, by those ranges."""

    def variable(self, name: str, slot: int) -> Term:
        """A fresh constant for a slot, as it is kept from step to step."""

    def kept(self, number: Term, slot: int) -> Term:
        """A number as it is kept in a slot."""

    def number(self, kept: Term, slot: int) -> Term:
        """What is kept in a slot, as a number."""

    def constant(self, value: int) -> Term:
        """A number."""

    def binary(self, op: BinaryOp, one: Term, two: Term, ranges: tuple[Range, Range]) -> Term:
        """An operator that gives a number."""

    def negative(self, one: Term) -> Term:
        """``-``."""

    def complement(self, one: Term) -> Term:
        """``~``."""


@dataclass(frozen=True, slots=True)
class Integers:
    """Mathematical integers."""

    ranges: Sequence[Range]

    @property
    def prunes(self) -> bool:
        """Yes."""
        return True

    def variable(self, name: str, slot: int) -> Term:
        """An integer."""
        del slot
        return z3.Int(name)

    def kept(self, number: Term, slot: int) -> Term:
        """As it is."""
        del slot
        return number

    def number(self, kept: Term, slot: int) -> Term:
        """As it is."""
        del slot
        return kept

    def constant(self, value: int) -> Term:
        """An integer."""
        return z3.IntVal(value)

    def negative(self, one: Term) -> Term:
        """With the other sign."""
        return -one

    def complement(self, one: Term) -> Term:
        """Two's complement."""
        return -one - 1

    def binary(self, op: BinaryOp, one: Term, two: Term, ranges: tuple[Range, Range]) -> Term:
        """Operators, division as in C, bits one by one."""
        match op:
            case "+":
                return one + two
            case "-":
                return one - two
            case "*":
                return one * two
            case "/":
                return self.quotient(one, two)
            case "%":
                return z3.If(two == 0, z3.IntVal(0), one - two * self.quotient(one, two))
            case "<<" | ">>":
                return self.shift(op, one, two, ranges[1])
            case "&" | "|" | "^":
                return self.bitwise(op, one, two, ranges)
            case _:
                raise Refused(f"{op} gives no number")

    def quotient(self, one: Term, two: Term) -> Term:
        """Towards zero; by zero it is 0."""
        size = z3.If(one < 0, -one, one) / z3.If(two < 0, -two, two)
        return z3.If(two == 0, z3.IntVal(0), z3.If((one < 0) == (two < 0), size, -size))

    def shift(self, op: BinaryOp, one: Term, two: Term, count: Range) -> Term:
        """One case for each count that there can be."""
        low, high = count
        if low is None or high is None or high > _WIDEST:
            raise Refused("a shift by a number without a range")
        found = z3.IntVal(0)
        for k in range(max(low, 0), high + 1):
            value = one * (1 << k) if op == "<<" else one / z3.IntVal(1 << k)
            found = z3.If(two == k, value, found)
        return found

    def bitwise(self, op: BinaryOp, one: Term, two: Term, ranges: tuple[Range, Range]) -> Term:
        """Bit by bit, the sign as one more."""
        (a, b), (c, d) = ranges
        if op == "&" and a is not None and b is not None and a >= 0:
            bits, signed = b.bit_length(), False
        elif op == "&" and c is not None and d is not None and c >= 0:
            bits, signed = d.bit_length(), False
        elif a is None or b is None or c is None or d is None:
            raise Refused("a bit operation on numbers without a range")
        else:
            bits, signed = max(x.bit_length() for x in (a, b, c, d)), True
        if bits > _WIDEST:
            raise Refused("a bit operation on numbers that are too wide")
        total = z3.IntVal(0)
        for k in range(bits):
            scale = z3.IntVal(1 << k)
            x, y = (one / scale) % 2 == 1, (two / scale) % 2 == 1
            total = total + z3.If(_bit(op, x, y), scale, z3.IntVal(0))
        if signed:
            total = total - z3.If(_bit(op, one < 0, two < 0), z3.IntVal(1 << bits), z3.IntVal(0))
        return total


def _bit(op: BinaryOp, one: Term, two: Term) -> Term:
    match op:
        case "&":
            return z3.And(one, two)
        case "|":
            return z3.Or(one, two)
        case _:
            return z3.Xor(one, two)


@dataclass(frozen=True, slots=True)
class Bits:
    """Bit vectors, signed in ``width`` bits; a slot is kept as its distance from its least."""

    ranges: Sequence[Range]
    width: int

    @property
    def prunes(self) -> bool:
        """Yes."""
        return True

    def size(self, slot: int) -> int:
        """Bits of a slot."""
        low, high = self.ranges[slot]
        if low is None or high is None:
            raise Refused("a number without a range")
        return max(1, (high - low).bit_length())

    def variable(self, name: str, slot: int) -> Term:
        """A vector of as many bits as the range needs."""
        return z3.BitVec(name, self.size(slot))

    def kept(self, number: Term, slot: int) -> Term:
        """Cut to its bits."""
        low = self.ranges[slot][0]
        return z3.Extract(self.size(slot) - 1, 0, number - z3.BitVecVal(low or 0, self.width))

    def number(self, kept: Term, slot: int) -> Term:
        """With all its bits."""
        low = self.ranges[slot][0] or 0
        wide = z3.ZeroExt(self.width - self.size(slot), kept)
        return wide + z3.BitVecVal(low, self.width) if low else wide

    def constant(self, value: int) -> Term:
        """A vector."""
        return z3.BitVecVal(value, self.width)

    def negative(self, one: Term) -> Term:
        """With the other sign."""
        return -one

    def complement(self, one: Term) -> Term:
        """All bits turned over."""
        return ~one

    def binary(self, op: BinaryOp, one: Term, two: Term, ranges: tuple[Range, Range]) -> Term:
        """Operators; Z3 divides towards zero."""
        del ranges
        zero = z3.BitVecVal(0, self.width)
        match op:
            case "+":
                return one + two
            case "-":
                return one - two
            case "*":
                return one * two
            case "/":
                return z3.If(two == zero, zero, one / two)
            case "%":
                return z3.If(two == zero, zero, z3.SRem(one, two))
            case "<<":
                return z3.If(two < zero, zero, one << two)
            case ">>":
                return z3.If(two < zero, zero, one >> two)
            case "&":
                return one & two
            case "|":
                return one | two
            case "^":
                return one ^ two
            case _:
                raise Refused(f"{op} gives no number")


def bits(ranges: Sequence[Range], exprs: Sequence[Expr]) -> Bits:
    """Bit vectors wide enough for all values of these expressions and their parts.

    Raises:
        Refused: something has no range.
    """
    memo: dict[int, Range] = {}
    for expr in exprs:
        range_of(expr, ranges, {}, {}, memo)
    widest = 1
    for low, high in [*memo.values(), *ranges]:
        if low is None or high is None:
            raise Refused("a number without a range")
        widest = max(widest, low.bit_length(), high.bit_length())
    width = widest + 2
    if width > _WIDEST:
        raise Refused("numbers that are too wide")
    return Bits(ranges, width)


_COMPARED = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


_OFTEN = 256
"""Terms between two looks."""


@dataclass(slots=True)
class Terms:
    """Terms of expressions over one vector of slots."""

    arithmetic: Arithmetic
    slots: Mapping[int, Term]
    look: Look = at_leisure
    _numbers: dict[int, Term] = field(default_factory=dict)
    _truths: dict[int, Term] = field(default_factory=dict)
    _ranges: dict[int, Range] = field(default_factory=dict)
    _alive: list[Expr] = field(default_factory=list)

    def number(self, expr: Expr) -> Term:
        """An expression as a number."""
        known = self._numbers.get(id(expr))
        if known is None:
            known = self._number(expr)
            self._numbers[id(expr)] = known
            self._alive.append(expr)
        return known

    def truth(self, expr: Expr) -> Term:
        """Where an expression is not 0."""
        known = self._truths.get(id(expr))
        if known is None:
            known = self._truth(expr)
            self._truths[id(expr)] = known
            self._alive.append(expr)
        return known

    def range_of(self, expr: Expr) -> Range:
        """Its range."""
        self._alive.append(expr)
        return range_of(expr, self.arithmetic.ranges, {}, {}, self._ranges)

    def _number(self, expr: Expr) -> Term:
        if len(self._alive) % _OFTEN == 0:
            self.look()
        arithmetic = self.arithmetic
        match expr:
            case Const(value):
                return arithmetic.constant(value)
            case Get(slot):
                return arithmetic.number(self.slots[slot], slot)
            case Pick():
                index = self.number(expr.index)
                found = arithmetic.constant(0)
                for key, slot in self.inside(expr.index, expr.slots).items():
                    value = arithmetic.number(self.slots[slot], slot)
                    found = z3.If(index == arithmetic.constant(key), value, found)
                return found
            case Lookup():
                index = self.number(expr.index)
                found = arithmetic.constant(expr.default)
                for key, entry in self.inside(expr.index, expr.entries).items():
                    found = z3.If(
                        index == arithmetic.constant(key), arithmetic.constant(entry), found
                    )
                return found
            case Unary("-", operand):
                return arithmetic.negative(self.number(operand))
            case Unary("~", operand):
                return arithmetic.complement(self.number(operand))
            case Binary("+" | "-" | "*" | "/" | "%" | "<<" | ">>" | "&" | "|" | "^", left, right):
                ranges = self.range_of(left), self.range_of(right)
                return arithmetic.binary(expr.op, self.number(left), self.number(right), ranges)
            case Ite(condition, then, other):
                return z3.If(self.truth(condition), self.number(then), self.number(other))
            case Unary() | Binary():
                return z3.If(self.truth(expr), arithmetic.constant(1), arithmetic.constant(0))
            case Temp():
                raise Refused("a temp outside of an update")
            case _:
                assert_never(expr)

    def inside(self, index: Expr, table: Mapping[int, int]) -> dict[int, int]:
        """The entries that the index can name."""
        if not self.arithmetic.prunes:
            return dict(table)
        low, high = self.range_of(index)
        return {
            k: v
            for k, v in table.items()
            if (low is None or low <= k) and (high is None or k <= high)
        }

    def _truth(self, expr: Expr) -> Term:
        match expr:
            case Const(value):
                return z3.BoolVal(value != 0)
            case Unary("not", operand):
                return z3.Not(self.truth(operand))
            case Binary("and", left, right):
                return z3.And(self.truth(left), self.truth(right))
            case Binary("or", left, right):
                return z3.Or(self.truth(left), self.truth(right))
            case Binary("==" | "!=" | "<" | "<=" | ">" | ">=" as op, left, right):
                return _COMPARED[op](self.number(left), self.number(right))
            case Ite(condition, then, other):
                return z3.If(self.truth(condition), self.truth(then), self.truth(other))
            case _:
                return self.number(expr) != self.arithmetic.constant(0)
