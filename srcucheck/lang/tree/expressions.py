# SPDX-License-Identifier: MIT
"""Expressions."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from srcucheck.base.span import Span
from srcucheck.lang.tree.types import TypeExpr

if TYPE_CHECKING:
    from srcucheck.lang.tree.statements import Block


@dataclass(frozen=True, slots=True)
class Number:
    """An integer literal."""

    span: Span
    value: int


@dataclass(frozen=True, slots=True)
class String:
    """A string literal: legal only where an ``expr`` parameter drops it, and as a headline."""

    span: Span
    value: str


@dataclass(frozen=True, slots=True)
class Name:
    """An identifier; also ``true``, ``false``, ``NULL`` and errno names."""

    span: Span
    name: str


@dataclass(frozen=True, slots=True)
class Unary:
    """``!e``, ``-e``, ``~e``, ``+e``."""

    span: Span
    op: Literal["!", "-", "~", "+"]
    operand: "Expr"


@dataclass(frozen=True, slots=True)
class AddressOf:
    """``&lvalue``."""

    span: Span
    operand: "Expr"


@dataclass(frozen=True, slots=True)
class Deref:
    """``*e``: of an out parameter."""

    span: Span
    operand: "Expr"


@dataclass(frozen=True, slots=True)
class Binary:
    """``l op r``; op is one of ``* / % + - << >> < <= > >= == != & ^ | && || in``."""

    span: Span
    op: str
    left: "Expr"
    right: "Expr"


@dataclass(frozen=True, slots=True)
class Conditional:
    """``c ? a : b``."""

    span: Span
    condition: "Expr"
    then: "Expr"
    other: "Expr"


@dataclass(frozen=True, slots=True)
class Assign:
    """``target op= value``; ``op`` is empty for a plain ``=``, else ``+ - * / % & | ^ << >>``."""

    span: Span
    target: "Expr"
    op: str
    value: "Expr"


@dataclass(frozen=True, slots=True)
class Increment:
    """``x++ x-- ++x --x``."""

    span: Span
    target: "Expr"
    op: Literal["++", "--"]
    prefix: bool


@dataclass(frozen=True, slots=True)
class Member:
    """``base.name`` or, with ``arrow``, ``base->name``.  Also ``t.call`` in checks."""

    span: Span
    base: "Expr"
    name: str
    arrow: bool


@dataclass(frozen=True, slots=True)
class Index:
    """``base[index]``; ``index`` is None for ``base[*]``."""

    span: Span
    base: "Expr"
    index: "Expr | None"


@dataclass(frozen=True, slots=True)
class Call:
    """``f(args)``: a function, an event, a stored function or one of the language's own words.

    The language's own: ``kfree touch poison live empty any none ARRAY_SIZE WARN_ON BUG_ON assert
    limit``, and in checks ``in ended started completes never always reachable settles eventually
    leads_to``.
    """

    span: Span
    function: "Expr"
    arguments: tuple["Expr", ...]


@dataclass(frozen=True, slots=True)
class Allocate:
    """``kzalloc(T)``."""

    span: Span
    type: TypeExpr


@dataclass(frozen=True, slots=True)
class ContainerOf:
    """``container_of(p, T, a.b)``; ``path`` is ``("a", "b")``."""

    span: Span
    pointer: "Expr"
    type: TypeExpr
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choose:
    """``choose(a, b, ...)``: any of the values."""

    span: Span
    values: tuple["Expr", ...]


@dataclass(frozen=True, slots=True)
class Quantifier:
    """``some(x : T; c)``, ``all(x : T; c)``, ``choose(x : T; c)`` over the places of T."""

    span: Span
    kind: Literal["some", "all", "choose"]
    variable: str
    type: TypeExpr
    condition: "Expr"


@dataclass(frozen=True, slots=True)
class EmptySet:
    """``{}``."""

    span: Span


@dataclass(frozen=True, slots=True)
class Initializer:
    """``{ .f = v, ... }`` or ``{ v, w }``; a positional item has the name None."""

    span: Span
    items: tuple[tuple[str | None, "Expr"], ...]


AwaitKind = Literal[
    "await",
    "await_timeout",
    "await_interruptible",
    "await_idle",
    "await_strong",
    "await_strong_interruptible",
]


@dataclass(frozen=True, slots=True)
class Await:
    """``await (c) held_by e, e { ... }`` and its kin; ``block`` is None if a ``;`` follows."""

    span: Span
    kind: AwaitKind
    condition: "Expr"
    held_by: tuple["Expr", ...]
    block: "Block | None"


Expr = (
    Number
    | String
    | Name
    | Unary
    | AddressOf
    | Deref
    | Binary
    | Conditional
    | Assign
    | Increment
    | Member
    | Index
    | Call
    | Allocate
    | ContainerOf
    | Choose
    | Quantifier
    | EmptySet
    | Initializer
    | Await
)
