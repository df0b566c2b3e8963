# SPDX-License-Identifier: MIT
"""An arithmetic for the re-check of proofs that takes nobody's word for how wide numbers get.

The search calculates in as few bits as interval analysis says (``terms.bits``); were that wrong,
it would be wrong in a proof and in its check alike.  Here numbers have 64 bits, tables are not cut
to the keys that can come, and for each operator there is a condition, ``lost``, under which its
result would not be the mathematical one.  That no such condition can be met is asked of the
solver.  Where a number has no range the integers are mathematical, and what they were told about
operands of bit operations becomes a condition in the same way.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import z3

from srcucheck.ir.expr import BinaryOp
from srcucheck.symbolic.flat import Refused
from srcucheck.symbolic.intervals import Range
from srcucheck.symbolic.terms import Bits, Integers, Term

WIDTH = 64


@dataclass(slots=True)
class Watched:
    """Calculates as ``inner`` does, and notes where that would not be exact."""

    inner: Bits | Integers
    lost: list[Term] = field(default_factory=list)

    @property
    def ranges(self) -> Sequence[Range]:
        """Of the slots; each is part of what is checked."""
        return self.inner.ranges

    @property
    def prunes(self) -> bool:
        """Tables are looked up whole."""
        return False

    def variable(self, name: str, slot: int) -> Term:
        """As many bits as the range needs: that it is kept is a question of its own."""
        return self.inner.variable(name, slot)

    def kept(self, number: Term, slot: int) -> Term:
        """Cut to its bits; whether it was out of its range is a question of its own."""
        return self.inner.kept(number, slot)

    def number(self, kept: Term, slot: int) -> Term:
        """With all its bits."""
        return self.inner.number(kept, slot)

    def constant(self, value: int) -> Term:
        """A number.

        Raises:
            Refused: it does not fit.
        """
        if isinstance(self.inner, Bits) and not _fits(value):
            raise Refused("a constant that is too wide")
        return self.inner.constant(value)

    def negative(self, one: Term) -> Term:
        """``-``."""
        if isinstance(self.inner, Bits):
            self.lost.append(one == -(1 << (WIDTH - 1)))
        return self.inner.negative(one)

    def complement(self, one: Term) -> Term:
        """``~``: exact in any width."""
        return self.inner.complement(one)

    def binary(self, op: BinaryOp, one: Term, two: Term, ranges: tuple[Range, Range]) -> Term:
        """An operator, with the condition under which it is not exact."""
        if isinstance(self.inner, Bits):
            self.lost += _overflows(op, one, two)
        elif op in ("<<", ">>", "&", "|", "^"):
            for term, (low, high) in zip((one, two), ranges, strict=True):
                self.lost += [] if low is None else [term < low]
                self.lost += [] if high is None else [term > high]
        return self.inner.binary(op, one, two, ranges)


def watched(ranges: Sequence[Range], kept: frozenset[int]) -> Watched:
    """Bits if all that is kept has a range that fits, else integers."""
    for slot in kept:
        low, high = ranges[slot]
        if low is None or high is None or not _fits(low) or not _fits(high):
            return Watched(Integers(ranges))
    return Watched(Bits(ranges, WIDTH))


def _fits(value: int) -> bool:
    return -(1 << (WIDTH - 1)) <= value < 1 << (WIDTH - 1)


def _overflows(op: BinaryOp, one: Term, two: Term) -> list[Term]:
    """Where an operator on signed vectors does not give the number that it would on integers."""
    match op:
        case "+":
            over = z3.BVAddNoOverflow(one, two, True), z3.BVAddNoUnderflow(one, two)
        case "-":
            over = z3.BVSubNoOverflow(one, two), z3.BVSubNoUnderflow(one, two, True)
        case "*":
            over = z3.BVMulNoOverflow(one, two, True), z3.BVMulNoUnderflow(one, two)
        case "/":
            return [z3.And(one == -(1 << (WIDTH - 1)), two == -1)]
        case "<<":
            return [z3.And(two >= 0, z3.Or(two >= WIDTH, (one << two) >> two != one))]
        case _:
            return []
    return [z3.Not(z3.And(over))]
