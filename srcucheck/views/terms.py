# SPDX-License-Identifier: MIT
"""Terms over the variables of one cell, whose values are not known while an action is run."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, assert_never

from srcucheck.base.span import Span
from srcucheck.ir.evaluate import apply
from srcucheck.ir.expr import BinaryOp, UnaryOp

Cell = tuple[int, ...]
"""The values of a cell's variables."""


class Stop(Exception):
    """The system does not qualify: ``why``, and where if that is known."""

    def __init__(self, why: str, site: int | None = None, span: Span | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.site = site
        self.span = span


@dataclass(frozen=True, slots=True)
class Number:
    """A value."""

    value: int


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of the cell, by its place."""

    place: int


@dataclass(frozen=True, slots=True)
class Apply1:
    """A unary operator."""

    op: UnaryOp
    operand: "Term"


@dataclass(frozen=True, slots=True)
class Apply2:
    """A binary operator."""

    op: BinaryOp
    left: "Term"
    right: "Term"


@dataclass(frozen=True, slots=True)
class Select:
    """``then`` if the condition is not 0, else ``other``."""

    condition: "Term"
    then: "Term"
    other: "Term"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a table, or ``default``."""

    index: "Term"
    entries: tuple[tuple[int, int], ...]
    default: int


Term = Number | Variable | Apply1 | Apply2 | Select | Entry


def unary(op: UnaryOp, operand: Term) -> Term:
    """A unary operator; double negation of what is 0 or 1 goes."""
    match op, operand:
        case "not", Apply1("not", inner) if boolean(inner):
            return inner
        case _:
            return Apply1(op, operand)


def boolean(term: Term) -> bool:
    """Whether it can only be 0 or 1."""
    match term:
        case Apply1("not", _):
            return True
        case Apply2(op):
            return op in ("and", "or", "==", "!=", "<", "<=", ">", ">=")
        case Number(value):
            return value in (0, 1)
        case Select(_, then, other):
            return boolean(then) and boolean(other)
        case _:
            return False


def truth(term: Term) -> Term:
    """1 if it is not 0."""
    return term if boolean(term) else Apply2("!=", term, Number(0))


def function(term: Term) -> Callable[[Cell], Any]:
    """The term as a function of the cell."""
    made: Callable[[Cell], Any] = eval(f"lambda c: {_text(term)}", {"_apply": apply})
    return made


def _text(term: Term) -> str:
    match term:
        case Number(value):
            return f"({value})"
        case Variable(place):
            return f"c[{place}]"
        case Apply1("not", operand):
            return f"(not {_text(operand)})"
        case Apply1(op, operand):
            return f"({op}{_text(operand)})"
        case Apply2(op, left, right):
            one, two = _text(left), _text(right)
            match op:
                case "/" | "%" | "<<" | ">>":
                    return f"_apply({op!r}, {one}, {two})"
                case "and" | "or":
                    return f"bool({one} {op} {two})"
                case _:
                    return f"({one} {op} {two})"
        case Select(condition, then, other):
            return f"({_text(then)} if {_text(condition)} else {_text(other)})"
        case Entry(index, entries, default):
            return f"{dict(entries)!r}.get({_text(index)}, {default})"
        case _:
            assert_never(term)
