# SPDX-License-Identifier: MIT
"""Types of the language, resolved: what a declared name stands for."""

from dataclasses import dataclass

from srcucheck.lang.tree import Expr


@dataclass(frozen=True, slots=True)
class Void:
    """``void``: no value; as a pointer's target, anything."""


@dataclass(frozen=True, slots=True)
class Bool:
    """``bool``."""


@dataclass(frozen=True, slots=True)
class Int:
    """Integers.  ``low``/``high`` are None for ``int`` and ``unsigned``, else expressions."""

    low: Expr | None = None
    high: Expr | None = None
    wraps: bool = False
    unsigned: bool = False


@dataclass(frozen=True, slots=True)
class Enum:
    """``enum name``."""

    name: str


@dataclass(frozen=True, slots=True)
class Struct:
    """``struct name``; ``task`` is one."""

    name: str


@dataclass(frozen=True, slots=True)
class Pointer:
    """A reference to a struct, to anything (target Void), or an out parameter (other targets)."""

    target: "Type"


@dataclass(frozen=True, slots=True)
class Func:
    """A function value.  ``stored``: a member or variable; else a compile-time parameter."""

    result: "Type"
    parameters: tuple["Type", ...]
    stored: bool


@dataclass(frozen=True, slots=True)
class SetOf:
    """``set of T``: a set of references to T."""

    element: Struct


@dataclass(frozen=True, slots=True)
class Array:
    """``T a[n]``; ``length`` is an expression over params, None for ``a[]``, ``task`` as a Name."""

    element: "Type"
    length: Expr | None


@dataclass(frozen=True, slots=True)
class Pasted:
    """``expr c``: an argument pasted unevaluated."""


Type = Void | Bool | Int | Enum | Struct | Pointer | Func | SetOf | Array | Pasted

VOID, BOOL, INT, TASK, PASTED = Void(), Bool(), Int(), Struct("task"), Pasted()
