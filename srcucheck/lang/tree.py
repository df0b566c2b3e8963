# SPDX-License-Identifier: MIT
"""The syntax tree of a model: what the parser yields and every later pass reads.

Every node carries the span it was written at.  Nothing here is resolved: a name is a string.
"""

from dataclasses import dataclass
from typing import Literal

from srcucheck.base.span import Span

# --- types as written ---------------------------------------------------------------------------


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

# --- expressions --------------------------------------------------------------------------------


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

# --- statements ---------------------------------------------------------------------------------


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

# --- declarations -------------------------------------------------------------------------------


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
