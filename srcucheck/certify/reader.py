# SPDX-License-Identifier: MIT
"""Reads slots and expressions while only some cells are known.

A quantifier must read all unseen cells alike; it is taken to be true, and in another run false.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from srcucheck.certify.columns import (
    MIXED,
    OWN,
    Bits,
    Column,
    Fold,
    Names,
    Of,
    Value,
    as_bits,
    bit,
    joined,
    mapped,
)
from srcucheck.certify.read import Refused
from srcucheck.ir import expr as ir
from srcucheck.ir.evaluate import apply


@dataclass(slots=True)
class Reader:
    """One run; ``wanted`` are the ways to go at its forks, ``unseen`` the cells that stand for any.

    ``all_``: the views that a quantifier allows unseen cells to have, ``some``: one of them has one
    of these (both as masks).  ``placed``: slots of the rest that name an unseen cell, and which.
    """

    start: Sequence[Value]
    unseen: tuple[int, ...]
    owner: Mapping[int, int]
    """Slot -> its cell."""
    views: int
    wanted: Sequence[int]
    all_: int = field(init=False)
    some: list[int] = field(default_factory=list)
    placed: dict[int, int] = field(default_factory=dict)
    slots: list[Value] = field(init=False)
    temps: dict[int, Value] = field(default_factory=dict)
    taken: list[tuple[int, int]] = field(default_factory=list)
    under: bool = False
    """Whether it depends on one unseen cell that this is executed at all."""

    def __post_init__(self) -> None:
        self.all_ = (1 << self.views) - 1
        self.slots = list(self.start)

    # --- forks ------------------------------------------------------------------------------------

    def fork(self, ways: int) -> int:
        """Which of several ways this run goes."""
        if self.under:
            raise Refused(OWN)
        depth = len(self.taken)
        way = self.wanted[depth] if depth < len(self.wanted) else 0
        self.taken.append((way, ways))
        return way

    def decide(self, fold: Fold) -> int:
        """Takes a quantifier to be true or false, if that is not said yet."""
        columns = set(fold.terms.values())
        if set(fold.terms) != set(self.unseen) or len(columns) != 1:
            raise Refused("a step reads some cells and not all of them alike")
        (column,) = columns
        has = sum(1 << n for n, value in enumerate(column) if value)
        wanted = has if fold.op == "and" else ~has  # all have this, or some one has it not
        if not self.all_ & ~wanted:
            every = True
        elif any(not self.all_ & one & wanted for one in self.some):
            every = False
        else:
            every = self.fork(2) == 0
            if every:
                self.all_ &= wanted
            else:
                self.some.append(~wanted)
        return fold.yes if every == (fold.op == "and") else fold.no

    def known(self, value: Value) -> int:
        """A value that must not depend on one unseen cell alone."""
        match value:
            case int():
                return value
            case Fold():
                return self.decide(value)
            case _:
                raise Refused(OWN)

    def sure(self, value: Value) -> bool:
        """A condition that must not."""
        return bool(self.known(self.truth(value)))

    # --- expressions ------------------------------------------------------------------------------

    def value(self, expr: ir.Expr) -> Value:
        """The value of an expression at this point."""
        match expr:
            case ir.Const(value):
                return value
            case ir.Get(slot):
                return self.read(slot)
            case ir.Temp(number):
                return self.settled(self.temps[number])
            case ir.Pick():
                index = self.known(self.value(expr.index))
                return self.read(expr.slots[index]) if index in expr.slots else 0
            case ir.Lookup():
                return mapped(self.value(expr.index), lambda v: expr.entries.get(v, expr.default))
            case ir.Unary("not", operand):
                return mapped(self.truth(self.value(operand)), lambda v: int(not v))
            case ir.Unary(op, operand):
                return mapped(self.value(operand), lambda v: -v if op == "-" else ~v)
            case ir.Binary("and" | "or" as op, left, right):
                one = self.truth(self.value(left))
                if isinstance(one, int) and bool(one) == (op == "or"):
                    return one
                return self.both(op, one, self.truth(self.value(right)))
            case ir.Binary(op, left, right):
                return self.operator(op, self.value(left), self.value(right))
            case ir.Ite(condition, then, other):
                found = self.truth(self.value(condition))
                if not isinstance(found, Of):
                    return self.value(then if self.known(found) else other)
                return self.chosen(found, self.value(then), self.value(other))
            case _:
                assert_never(expr)

    def truth(self, value: Value) -> Value:
        """1 if it is not 0."""
        if not isinstance(value, Bits):
            return mapped(value, lambda v: int(v != 0))
        found: Value = int(value.known != 0)
        for one in value.bits.values():
            found = self.both("or", found, mapped(one, lambda v: int(v != 0)))
        return found

    def both(self, op: ir.BinaryOp, left: Value, right: Value) -> Value:
        """``and`` or ``or`` of two truths."""
        for one, other in ((left, right), (right, left)):
            if isinstance(one, int):
                return one if bool(one) == (op == "or") else other
        terms = self.terms(op, left)
        if terms is None:
            return self.both(op, self.known(left), right)
        more = self.terms(op, right)
        if more is None:
            return self.both(op, left, self.known(right))
        found = dict(terms)
        for cell, column in more.items():
            mine = found.get(cell)
            found[cell] = column if mine is None else joined(op, mine, column)
        if len(found) == 1:
            return Of(*next(iter(found.items())))
        return Fold(op, found, 1, 0)

    def terms(self, op: str, value: Value) -> Mapping[int, Column] | None:
        """A truth as ``op`` of one truth for each cell, if it is that."""
        match value:
            case Of(cell, column):
                return {cell: column}
            case Fold(own, terms, 1, 0) if own == op:
                return terms
            case Fold(own, terms, 0, 1) if own != op:
                return {c: tuple(int(not v) for v in column) for c, column in terms.items()}
            case Fold():
                return None
            case _:
                raise Refused(MIXED)

    def operator(self, op: ir.BinaryOp, left: Value, right: Value) -> Value:
        """Any other operator."""
        if isinstance(left, int) and isinstance(right, int):
            return apply(op, left, right)
        if isinstance(left, Bits) or isinstance(right, Bits):
            return self.of_sets(op, left, right)
        if isinstance(right, int):
            return mapped(left, lambda v: apply(op, v, right))
        if isinstance(left, int):
            return mapped(right, lambda v: apply(op, left, v))
        if isinstance(left, Of) and isinstance(right, Of) and left.cell == right.cell:
            return Of(left.cell, joined(op, left.column, right.column))
        if isinstance(left, Fold):
            return self.operator(op, self.decide(left), right)
        if isinstance(right, Fold):
            return self.operator(op, left, self.decide(right))
        raise Refused(MIXED)

    def of_sets(self, op: ir.BinaryOp, left: Value, right: Value) -> Value:
        """Sets: empty or not, ``&`` and ``|``."""
        if op in ("==", "!=") and 0 in (left, right):
            some = self.truth(left if isinstance(left, Bits) else right)
            return some if op == "!=" else mapped(some, lambda v: int(not v))
        if op not in ("&", "|"):
            raise Refused(MIXED)
        one, two = as_bits(left), as_bits(right)
        known = apply(op, one.known, two.known)
        bits: dict[int, Of] = {}
        for at in {*one.bits, *two.bits}:
            known &= ~(1 << at)
            found = self.operator(op, bit(one, at), bit(two, at))
            if isinstance(found, Of):
                bits[at] = found
            else:
                known |= (self.known(found) & 1) << at
        return Bits(known, bits) if bits else known

    def chosen(self, condition: Of, then: Value, other: Value) -> Value:
        """One or the other, as one unseen cell decides."""
        cell, ask = condition.cell, condition.column
        if then == other:
            return then
        if isinstance(then, Bits) or isinstance(other, Bits):
            return self.of_bits(condition, as_bits(then), as_bits(other))
        columns = []
        for value in (then, other):
            if isinstance(value, int):
                columns.append((value,) * len(ask))
            elif isinstance(value, Of) and value.cell == cell:
                columns.append(value.column)
            else:
                raise Refused(MIXED)
        return Of(cell, tuple(t if a else o for a, t, o in zip(ask, *columns, strict=True)))

    def of_bits(self, condition: Of, then: Bits, other: Bits) -> Value:
        """The same for sets, bit by bit."""
        differ = then.known ^ other.known
        if differ < 0:
            raise Refused(MIXED)
        at = {n for n in range(differ.bit_length()) if differ >> n & 1}
        known, bits = other.known, {}
        for n in at | set(then.bits) | set(other.bits):
            one, two = bit(then, n), bit(other, n)
            found = two if one == two else self.chosen(condition, one, two)
            known &= ~(1 << n)
            if isinstance(found, Of):
                bits[n] = found
            else:
                known |= self.known(found) << n
        return Bits(known, bits) if bits else known

    # --- slots ------------------------------------------------------------------------------------

    def read(self, slot: int) -> Value:
        """The value of a slot; it is said now which cell it names, if it names one."""
        value = self.slots[slot]
        if isinstance(value, Names):
            if slot not in self.placed:
                self.placed[slot] = self.place()
            value = value.values[self.placed[slot]]
            self.slots[slot] = value
        return self.settled(value)

    def place(self) -> int:
        """Which unseen cell is named: one that is named already, or another; one is always left
        that nobody names.
        """
        used = sorted(set(self.placed.values()))
        if len(used) + 1 >= len(self.unseen):
            raise Refused("a step asks which of more cells are the same than can be told apart")
        places = [*used, next(c for c in self.unseen if c not in used)]
        return places[self.fork(len(places))]

    def settled(self, value: Value) -> Value:
        """What only one unseen cell had its say in."""
        if isinstance(value, Fold) and len(value.terms) == 1:
            ((cell, column),) = value.terms.items()
            return Of(cell, tuple(value.yes if v else value.no for v in column))
        return value
