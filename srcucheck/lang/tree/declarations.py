# SPDX-License-Identifier: MIT
"""Declarations, and the file they stand in."""

from dataclasses import dataclass
from typing import Literal

from srcucheck.base.span import Span
from srcucheck.lang.tree.expressions import Expr, Name
from srcucheck.lang.tree.statements import Block, Declarator
from srcucheck.lang.tree.types import TypeExpr


@dataclass(frozen=True, slots=True)
class UseItem:
    """``name`` or ``"path"`` (``quoted``), with ``as role`` if written."""

    span: Span
    name: str
    quoted: bool
    role: str | None


@dataclass(frozen=True, slots=True)
class Use:
    """``use a, b;``."""

    span: Span
    items: tuple[UseItem, ...]


@dataclass(frozen=True, slots=True)
class Param:
    """``param N = 2;``."""

    span: Span
    name: str
    value: Expr


@dataclass(frozen=True, slots=True)
class ChoiceDecl:
    """``choice X = a | b;``: alternatives are Names, Numbers, or ``true``/``false``."""

    span: Span
    name: str
    alternatives: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A member of a struct or of ``task``."""

    span: Span
    name: str
    type: TypeExpr
    dimensions: tuple[Expr | None, ...]
    value: Expr | None
    shadow: bool


@dataclass(frozen=True, slots=True)
class StructDecl:
    """``struct T { ... };``; ``fields`` is None for a forward declaration."""

    span: Span
    name: str
    fields: tuple[Field, ...] | None


@dataclass(frozen=True, slots=True)
class EnumDecl:
    """``enum e { A, B };``."""

    span: Span
    name: str
    members: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class TaskFields:
    """``task { ... }``."""

    span: Span
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class GlobalDecl:
    """Variables at top level."""

    span: Span
    declarators: tuple[Declarator, ...]
    static: bool
    extern: bool


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a function; ``name`` is empty in prototypes that leave it out.

    ``array`` is set for ``T a[]``.
    """

    span: Span
    name: str
    type: TypeExpr
    array: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A function; ``body`` is None for a forward or ``extern`` declaration.

    ``name_span`` is the name alone, for carets.
    """

    span: Span
    name_span: Span
    name: str
    result: TypeExpr
    parameters: tuple[Parameter, ...]
    body: Block | None
    static: bool
    extern: bool


ThreadKind = Literal["thread", "user", "kworker", "softirq", "hardirq", "hardware"]


@dataclass(frozen=True, slots=True)
class Thread:
    """``kind name[variable : domain] { ... }``.

    ``variable`` is empty for a single thread.  ``domain`` is a count (an expression; a Name may
    turn out to be a struct's tag) or a type written with ``struct``.
    """

    span: Span
    name_span: Span
    kind: ThreadKind
    name: str
    variable: str
    domain: Expr | TypeExpr | None
    body: Block


@dataclass(frozen=True, slots=True)
class EventDecl:
    """``event e;``."""

    span: Span
    name: str


@dataclass(frozen=True, slots=True)
class On:
    """``on e { ... }``."""

    span: Span
    event: str
    body: Block


@dataclass(frozen=True, slots=True)
class PropertyDecl:
    """``property P in F "headline";``."""

    span: Span
    name: str
    family: str | None
    headline: str


@dataclass(frozen=True, slots=True)
class Pool:
    """``pool T n recycle;``."""

    span: Span
    type: TypeExpr
    count: Expr
    recycle: bool


@dataclass(frozen=True, slots=True)
class Init:
    """``init { ... }``."""

    span: Span
    body: Block


VerdictWord = Literal["holds", "fails", "holds_up_to", "unknown"]


@dataclass(frozen=True, slots=True)
class Expectation:
    """``V``, ``V when C``, ``V otherwise``: the first whose ``condition`` is true applies."""

    span: Span
    verdict: VerdictWord
    condition: Expr | None


@dataclass(frozen=True, slots=True)
class Check:
    """``check name: P except a, b for any N; expect ...;``.

    ``subject`` is a Name (standing property or family) or a Call (``completes(...)``, ...).
    """

    span: Span
    name: str | None
    subject: Expr
    excepted: tuple[Expr, ...]
    for_any: str | None
    expectations: tuple[Expectation, ...]


Declaration = (
    Use
    | Param
    | ChoiceDecl
    | StructDecl
    | EnumDecl
    | TaskFields
    | GlobalDecl
    | Function
    | Thread
    | EventDecl
    | On
    | PropertyDecl
    | Pool
    | Init
    | Check
)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as written, its delimiters included."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class File:
    """One parsed file.  ``title`` is the text of its first ``/* */`` comment, else empty."""

    name: str
    title: str
    declarations: tuple[Declaration, ...]
    comments: tuple[Comment, ...]
