# SPDX-License-Identifier: MIT
"""Types as written."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from srcucheck.base.span import Span

if TYPE_CHECKING:
    from srcucheck.lang.tree.declarations import Parameter
    from srcucheck.lang.tree.expressions import Expr


@dataclass(frozen=True, slots=True)
class NamedType:
    """``int``, ``unsigned``, ``bool``, ``void``, ``expr``, or a struct or enum by its tag.

    ``keyword`` is ``struct`` or ``enum`` if that word was written, else empty.
    """

    span: Span
    name: str
    keyword: str = ""


@dataclass(frozen=True, slots=True)
class RangeType:
    """``int[lo..hi]``, ``int[lo..hi] wraps``."""

    span: Span
    low: "Expr"
    high: "Expr"
    wraps: bool


@dataclass(frozen=True, slots=True)
class PointerType:
    """``T *``."""

    span: Span
    target: "TypeExpr"


@dataclass(frozen=True, slots=True)
class SetType:
    """``set of T``."""

    span: Span
    element: "TypeExpr"


@dataclass(frozen=True, slots=True)
class FunctionType:
    """``R (*f)(args)`` (``stored``), or ``R f(args)`` as a parameter (not ``stored``)."""

    span: Span
    result: "TypeExpr"
    parameters: tuple["Parameter", ...]
    stored: bool


TypeExpr = NamedType | RangeType | PointerType | SetType | FunctionType
