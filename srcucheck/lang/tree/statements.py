# SPDX-License-Identifier: MIT
"""Statements."""

from dataclasses import dataclass

from srcucheck.base.span import Span
from srcucheck.lang.tree.expressions import Expr
from srcucheck.lang.tree.types import TypeExpr


@dataclass(frozen=True, slots=True)
class Block:
    """``{ ... }``."""

    span: Span
    statements: tuple["Statement", ...]


@dataclass(frozen=True, slots=True)
class ExprStatement:
    """``e;``."""

    span: Span
    expression: Expr


@dataclass(frozen=True, slots=True)
class Declarator:
    """One name of a declaration: its full type, array dimensions outermost first, its value.

    A dimension is an expression, the Name ``task`` for ``a[task]``, or None for ``a[]``.
    """

    span: Span
    name: str
    type: TypeExpr
    dimensions: tuple[Expr | None, ...] = ()
    value: Expr | None = None


@dataclass(frozen=True, slots=True)
class Declare:
    """Local variables: ``int a, b = 1;``."""

    span: Span
    declarators: tuple[Declarator, ...]


@dataclass(frozen=True, slots=True)
class If:
    """``if (c) s else s``."""

    span: Span
    condition: Expr
    then: "Statement"
    other: "Statement | None"


@dataclass(frozen=True, slots=True)
class While:
    """``while (c) s``."""

    span: Span
    condition: Expr
    body: "Statement"


@dataclass(frozen=True, slots=True)
class DoWhile:
    """``do s while (c);``."""

    span: Span
    body: "Statement"
    condition: Expr


@dataclass(frozen=True, slots=True)
class For:
    """C's ``for``; ``start`` is a Declare, an ExprStatement or None."""

    span: Span
    start: "Declare | ExprStatement | None"
    condition: Expr | None
    step: Expr | None
    body: "Statement"


@dataclass(frozen=True, slots=True)
class ForEach:
    """``for (x : T) s`` over all places of T."""

    span: Span
    variable: str
    type: TypeExpr
    body: "Statement"


@dataclass(frozen=True, slots=True)
class Goto:
    """``goto label;``."""

    span: Span
    label: str


@dataclass(frozen=True, slots=True)
class Label:
    """``label: s``."""

    span: Span
    name: str
    statement: "Statement"


@dataclass(frozen=True, slots=True)
class Break:
    """``break;``."""

    span: Span


@dataclass(frozen=True, slots=True)
class Continue:
    """``continue;``."""

    span: Span


@dataclass(frozen=True, slots=True)
class Return:
    """``return e;``."""

    span: Span
    value: Expr | None


@dataclass(frozen=True, slots=True)
class Case:
    """``case a: case b: s...``, falls through as in C; ``values`` is empty for ``default``."""

    span: Span
    values: tuple[Expr, ...]
    is_default: bool
    body: tuple["Statement", ...]


@dataclass(frozen=True, slots=True)
class Switch:
    """``switch (e) { case ... }``."""

    span: Span
    subject: Expr
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Atomic:
    """``atomic s``."""

    span: Span
    body: "Statement"


@dataclass(frozen=True, slots=True)
class Empty:
    """``;``."""

    span: Span


Statement = (
    Block
    | ExprStatement
    | Declare
    | If
    | While
    | DoWhile
    | For
    | ForEach
    | Goto
    | Label
    | Break
    | Continue
    | Return
    | Switch
    | Atomic
    | Empty
)
