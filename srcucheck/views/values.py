# SPDX-License-Identifier: MIT
"""Values while an action is run with only some of the cells known.

A number; a term over one unseen cell; a quantifier, one term for each unseen cell; a set, some of
whose bits are terms; a flag that is raised if a term of some cell holds.  What mixes unseen cells
in any other way, a sum or a comparison of two of them, has no value here: ``Stop``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from srcucheck.ir.evaluate import apply
from srcucheck.ir.expr import BinaryOp
from srcucheck.views.terms import Apply2, Number, Select, Stop, Term, truth, unary

Fold = Literal["and", "or"]


@dataclass(frozen=True, slots=True)
class Of:
    """A term over the variables of one unseen cell."""

    cell: int
    term: Term


@dataclass(frozen=True, slots=True)
class Every:
    """``and`` or ``or`` of one term for each of some unseen cells."""

    op: Fold
    terms: Mapping[int, Term]


@dataclass(frozen=True, slots=True)
class Set:
    """A set: ``bits`` are those of unseen cells, as (cell, term); all others are in ``known``."""

    known: int
    bits: Mapping[int, tuple[int, Term]]


@dataclass(frozen=True, slots=True)
class Flag:
    """``value`` if some of the terms holds, else ``before``."""

    value: int
    before: int
    terms: Mapping[int, Term]


Value = int | Of | Every | Set | Flag

Decide = Callable[[Every], int]
"""Takes a quantifier to be true or false, and goes on with that."""

MIXED = "this mixes what several cells hold in another way than any, all or none"


def negation(value: Value, decide: Decide) -> Value:
    """``not``."""
    match value:
        case int():
            return 0 if value else 1
        case Of(cell, term):
            return Of(cell, unary("not", truth(term)))
        case Every(op, terms):
            dual: Fold = "or" if op == "and" else "and"
            return Every(dual, {c: unary("not", truth(t)) for c, t in terms.items()})
        case Set():
            return equals_zero(value)
        case _:
            raise Stop(MIXED)


def as_truth(value: Value) -> Value:
    """Whether a value is not 0."""
    match value:
        case int():
            return 1 if value else 0
        case Of(cell, term):
            return Of(cell, truth(term))
        case Set():
            return negation(equals_zero(value), _never)
        case Every():
            return value
        case _:
            raise Stop(MIXED)


def _never(_: Every) -> int:
    raise Stop(MIXED)


def equals_zero(value: Set) -> Value:
    """Whether a set is empty: for its unseen cells, all of whose bits are clear."""
    if value.known:
        return 0
    terms: dict[int, Term] = {}
    for cell, term in value.bits.values():
        clear = unary("not", truth(term))
        terms[cell] = Apply2("and", terms[cell], clear) if cell in terms else clear
    if not terms:
        return 1
    if len(terms) == 1:
        ((cell, term),) = terms.items()
        return Of(cell, term)
    return Every("and", terms)


def fold(op: Fold, left: Value, right: Value, decide: Decide) -> Value:
    """``left and right`` or ``left or right``, both truths."""
    for one, other in ((left, right), (right, left)):
        if isinstance(one, int):
            if bool(one) == (op == "or"):
                return int(bool(one))
            return other
    terms: dict[int, Term] = {}
    for one in (left, right):
        match one:
            case Of(cell, term):
                terms[cell] = Apply2(op, terms[cell], term) if cell in terms else term
            case Every(inner, many) if inner == op:
                for cell, term in many.items():
                    terms[cell] = Apply2(op, terms[cell], term) if cell in terms else term
            case Every():
                known = decide(one)
                return fold(op, known, right if one is left else left, decide)
            case _:
                raise Stop(MIXED)
    if len(terms) == 1:
        ((cell, term),) = terms.items()
        return Of(cell, term)
    return Every(op, terms)


def binary(op: BinaryOp, left: Value, right: Value, decide: Decide) -> Value:
    """Any other operator."""
    if isinstance(left, int) and isinstance(right, int):
        return apply(op, left, right)
    if isinstance(left, Set) or isinstance(right, Set):
        return _of_sets(op, left, right)
    if isinstance(left, Every) or isinstance(right, Every):
        every, other = (left, right) if isinstance(left, Every) else (right, left)
        if isinstance(other, int) and other == 0 and op in ("==", "!="):
            return negation(every, decide) if op == "==" else every
        assert isinstance(every, Every)
        known = decide(every)
        return binary(op, known if every is left else left, known if every is right else right,
                      decide)  # fmt: skip
    cells = {v.cell for v in (left, right) if isinstance(v, Of)}
    if len(cells) != 1 or isinstance(left, Flag) or isinstance(right, Flag):
        raise Stop(MIXED)
    (cell,) = cells
    one = left.term if isinstance(left, Of) else Number(_number(left))
    two = right.term if isinstance(right, Of) else Number(_number(right))
    return Of(cell, Apply2(op, one, two))


def _number(value: Value) -> int:
    if not isinstance(value, int):
        raise Stop(MIXED)
    return value


def as_set(value: Value) -> Set:
    """A number that stands for a set."""
    if isinstance(value, Set):
        return value
    return Set(_number(value), {})


def _of_sets(op: BinaryOp, left: Value, right: Value) -> Value:
    if op in ("==", "!=") and 0 in (left, right):
        one = left if isinstance(left, Set) else right
        assert isinstance(one, Set)
        empty = equals_zero(one)
        return empty if op == "==" else negation(empty, _never)
    if op not in ("&", "|"):
        raise Stop(MIXED)
    one, two = as_set(left), as_set(right)
    known = apply(op, one.known, two.known)
    bits: dict[int, tuple[int, Term]] = {}
    for at in {*one.bits, *two.bits}:
        known &= ~(1 << at)
        here, there = one.bits.get(at), two.bits.get(at)
        if here is not None and there is not None:
            bits[at] = here[0], Apply2("and" if op == "&" else "or", here[1], there[1])
            continue
        term = here or there
        assert term is not None
        fixed = (two if here is not None else one).known >> at & 1
        if fixed == (op == "|"):
            known |= fixed << at
        else:
            bits[at] = term
    return Set(known, bits) if bits else known


def merge(cell: int, condition: Term, then: Value, other: Value, *, own: bool) -> Value:
    """What holds after ``if (condition)``, a condition on one unseen cell.

    ``own``: where it is stored belongs to that cell, or is a name for a value within the step.
    """
    if then == other:
        return then
    if isinstance(then, Set) or isinstance(other, Set):
        return _merge_sets(cell, condition, as_set(then), as_set(other))
    if own and _of_cell(then, cell) and _of_cell(other, cell):
        return Of(cell, Select(condition, _term(then), _term(other)))
    if not isinstance(then, int):
        raise Stop(MIXED)
    match other:
        case int():
            return Flag(then, other, {cell: condition})
        case Flag(value, before, terms) if value == then:
            known = terms.get(cell)
            here = condition if known is None else Apply2("or", known, condition)
            return Flag(value, before, {**terms, cell: here})
        case Of(c, Select(t, Number(v), Number(b))) if v == then and c != cell:
            return Flag(v, b, {c: t, cell: condition})
        case _:
            raise Stop(MIXED)


def _of_cell(value: Value, cell: int) -> bool:
    return isinstance(value, int) or (isinstance(value, Of) and value.cell == cell)


def _term(value: Value) -> Term:
    return value.term if isinstance(value, Of) else Number(_number(value))


def _merge_sets(cell: int, condition: Term, then: Set, other: Set) -> Value:
    bits: dict[int, tuple[int, Term]] = {}
    known = other.known
    for at in {*then.bits, *other.bits}:
        known &= ~(1 << at)
    differ = (then.known ^ other.known) | sum(1 << at for at in {*then.bits, *other.bits})
    at = 0
    if differ < 0:
        raise Stop(MIXED)
    while differ >> at:
        if differ >> at & 1:
            one, two = _bit(then, at), _bit(other, at)
            if one == two:
                if isinstance(two, tuple):
                    bits[at] = two
                elif two:
                    known |= 1 << at
            else:
                owner = one[0] if isinstance(one, tuple) else None
                owner = two[0] if isinstance(two, tuple) else owner
                if owner not in (None, cell):
                    raise Stop(MIXED)
                known &= ~(1 << at)
                a = one[1] if isinstance(one, tuple) else Number(one)
                b = two[1] if isinstance(two, tuple) else Number(two)
                bits[at] = cell, Select(condition, a, b)
        at += 1
    return Set(known, bits) if bits else known


def _bit(value: Set, at: int) -> tuple[int, Term] | int:
    return value.bits.get(at, value.known >> at & 1)
