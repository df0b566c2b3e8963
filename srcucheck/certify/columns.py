# SPDX-License-Identifier: MIT
"""Values while a step is run with only some cells known.

An unseen cell has one of the views of its base, so what depends on it is a *column*: a value for
each of these views.  Columns of different cells meet in quantifiers only.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from srcucheck.certify.read import Refused
from srcucheck.ir.evaluate import apply
from srcucheck.ir.expr import BinaryOp

Column = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Of:
    """What depends on one unseen cell: the value for each of its views."""

    cell: int
    column: Column


@dataclass(frozen=True, slots=True)
class Fold:
    """``yes`` if all (``and``) or some (``or``) of the unseen cells have it, else ``no``."""

    op: str
    terms: Mapping[int, Column]
    yes: int
    no: int


@dataclass(frozen=True, slots=True)
class Bits:
    """A set: bits of unseen cells, all others are in ``known``."""

    known: int
    bits: Mapping[int, Of]


@dataclass(frozen=True, slots=True)
class Names:
    """A slot of the rest that names an unseen cell, which is not yet said."""

    values: Mapping[int, int]
    """By cell."""


Value = int | Of | Fold | Bits | Names
MIXED = "a step mixes what several cells hold in another way than any, all or none"
OWN = "what a step does depends on one cell that is not its own"


def mapped(value: Value, change: Callable[[int], int]) -> Value:
    """A function of one value."""
    match value:
        case int():
            return change(value)
        case Of(cell, column):
            return Of(cell, tuple(map(change, column)))
        case Fold(op, terms, yes, no):
            return Fold(op, terms, change(yes), change(no))
        case _:
            raise Refused(MIXED)


def joined(op: BinaryOp, left: Column, right: Column) -> Column:
    """An operator, view by view."""
    return tuple(apply(op, a, b) for a, b in zip(left, right, strict=True))


def negated(condition: Of) -> Of:
    """``not``."""
    return Of(condition.cell, tuple(int(not v) for v in condition.column))


def as_bits(value: Value) -> Bits:
    """A number that stands for a set."""
    if isinstance(value, Bits):
        return value
    if not isinstance(value, int):
        raise Refused(MIXED)
    return Bits(value, {})


def bit(value: Bits, at: int) -> Value:
    """One bit of a set."""
    return value.bits.get(at, value.known >> at & 1)
