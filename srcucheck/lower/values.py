# SPDX-License-Identifier: MIT
"""What names and expressions stand for while code is being lowered."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from srcucheck.base.diagnostic import Diagnostic, ModelError
from srcucheck.base.span import Span
from srcucheck.ir.evaluate import apply
from srcucheck.ir.expr import (
    FALSE,
    TRUE,
    Binary,
    BinaryOp,
    Const,
    Expr,
    Ite,
    Lookup,
    Unary,
)
from srcucheck.lang import tree
from srcucheck.lang.types import Array, Type
from srcucheck.lower.build.graph import Ref
from srcucheck.lower.memory import Key


@dataclass(frozen=True, slots=True)
class Val:
    """An expression and its type.  ``own``: it is ``current`` itself."""

    expr: Expr
    type: Type
    own: bool = False


@dataclass(frozen=True, slots=True)
class VarPlace:
    """A local variable."""

    var: int
    type: Type


@dataclass(frozen=True, slots=True)
class StructPlace:
    """A struct in memory."""

    address: Expr
    struct: str
    own: bool


@dataclass(frozen=True, slots=True)
class ArrayPlace:
    """An array, or a part of one: ``base`` is the flattened index so far."""

    key: Key
    address: Expr | None
    base: Expr
    type: Array
    total: int
    own: bool
    shadow: bool


@dataclass(frozen=True, slots=True)
class OneElement:
    """``&x`` as an array of one."""

    place: "Place"


Place = VarPlace | StructPlace | ArrayPlace | OneElement | Ref


@dataclass(frozen=True, slots=True)
class Local:
    """A name bound to a local variable; ``single``: it gets its value once, at its declaration."""

    var: int
    type: Type
    single: bool


@dataclass(frozen=True, slots=True)
class Alias:
    """A name bound to a place: an out parameter, an array parameter."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Known:
    """A name bound to a value that never changes while it is in scope."""

    value: Val


@dataclass(frozen=True, slots=True)
class PastedArgument:
    """A name bound to an expression of the caller, not evaluated."""

    expr: tree.Expr
    env: "Env"


Binding = Local | Alias | Known | PastedArgument


@dataclass(slots=True)
class Env:
    """Names in scope, innermost first; ``in_spec`` tells whose globals are meant."""

    in_spec: bool
    parent: "Env | None" = None
    names: dict[str, Binding] = field(default_factory=dict)

    def lookup(self, name: str) -> Binding | None:
        """The innermost binding of a local name."""
        env: Env | None = self
        while env is not None:
            found = env.names.get(name)
            if found is not None:
                return found
            env = env.parent
        return None

    def inner(self) -> "Env":
        """A block inside of this one."""
        return Env(self.in_spec, self)


def fail(code: str, message: str, span: Span, fix: str | None = None) -> ModelError:
    """An error of the model, to be raised."""
    return ModelError(Diagnostic(code, message, span, (), fix))


def binary(op: BinaryOp, left: Expr, right: Expr) -> Expr:
    """``left op right``, folded."""
    if isinstance(left, Const):
        if isinstance(right, Const):
            return Const(apply(op, left.value, right.value))
        match op:
            case "and":
                return truth(right) if left.value else FALSE
            case "or":
                return TRUE if left.value else truth(right)
            case "+" | "|" if left.value == 0:
                return right
            case _:
                pass
    elif isinstance(right, Const):
        match op:
            case "and" if right.value:
                return truth(left)
            case "and":
                return FALSE
            case "or" if right.value == 0:
                return truth(left)
            case "or":
                return TRUE
            case "+" | "-" | "|" if right.value == 0:
                return left
            case "*" if right.value == 1:
                return left
            case _:
                pass
    return Binary(op, left, right)


def is_truth(expr: Expr) -> bool:
    """Whether the expression is surely 0 or 1."""
    match expr:
        case Const(value=value):
            return value in (0, 1)
        case Unary(op="not"):
            return True
        case Binary(op=op):
            return op in ("==", "!=", "<", "<=", ">", ">=", "and", "or")
        case Ref(type=type_):
            return type(type_).__name__ == "Bool"
        case _:
            return False


def truth(expr: Expr) -> Expr:
    """The expression as 0 or 1."""
    if is_truth(expr):
        return expr
    if isinstance(expr, Const):
        return TRUE if expr.value else FALSE
    return Binary("!=", expr, FALSE)


def negate(expr: Expr) -> Expr:
    """``not expr``, folded."""
    match expr:
        case Const(value=value):
            return FALSE if value else TRUE
        case Unary(op="not", operand=operand) if is_truth(operand):
            return operand
        case Binary(op="==", left=left, right=right):
            return Binary("!=", left, right)
        case Binary(op="!=", left=left, right=right):
            return Binary("==", left, right)
        case _:
            return Unary("not", expr)


def ite(condition: Expr, then: Expr, other: Expr) -> Expr:
    """``condition ? then : other``, folded."""
    if isinstance(condition, Const):
        return then if condition.value else other
    if then is other or (isinstance(then, Const) and then == other):
        return then
    if then == TRUE and other == FALSE:
        return truth(condition)
    if then == FALSE and other == TRUE:
        return negate(condition)
    return Ite(condition, then, other)


def lookup(index: Expr, entries: Mapping[int, int], default: int = 0) -> Expr:
    """A constant table, folded."""
    if isinstance(index, Const):
        return Const(entries.get(index.value, default))
    return Lookup(index, entries, default)


def struct_name(type_: tree.TypeExpr) -> str:
    """The tag of a struct as written in ``kzalloc(T)`` and its kin."""
    if isinstance(type_, tree.NamedType):
        return type_.name
    raise fail("E206", "A struct is wanted here.", type_.span)
