# SPDX-License-Identifier: MIT
"""The code of one thread with everything inlined: a graph of small operations.

Expressions in it are those of ``ir.expr`` plus three leaves that exist only here: ``Ref`` reads a
cell, ``Later`` is worked out when all places are known, ``PcIn`` asks where threads stand.  A
``Temp`` is a local variable of the thread, by number.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, cast

from srcucheck.base.span import Span
from srcucheck.ir.expr import Expr
from srcucheck.lang.types import Type
from srcucheck.lower.memory import Key


@dataclass(frozen=True, slots=True, eq=False)
class Ref:
    """A scalar in memory.

    ``address`` is None for a variable at top level.  ``index`` counts in the flattened array of
    ``count`` elements.  ``own``: reached by ``current->`` or ``[current]``.
    """

    key: Key
    address: Expr | None
    index: Expr | None
    count: int
    own: bool
    type: Type
    shadow: bool


@dataclass(slots=True, eq=False)
class Later:
    """An expression over all places of a type.  ``make`` also tells what it reads."""

    make: "Callable[[], tuple[Expr, list[Access | Demand]]]"
    value: Expr | None = None
    accesses: "list[Access | Demand]" = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class PcIn:
    """In checks: whether some (or every) thread of ``threads`` is where the predicate says."""

    kind: Literal["in", "ended", "started"]
    threads: tuple[int, ...]
    function: str | None


def leaf(term: "Ref | Later | PcIn") -> Expr:
    """One of the leaves that exist only here, as part of an expression."""
    return cast(Expr, term)


@dataclass(frozen=True, slots=True)
class Access:
    """A look reads ``ref`` if ``condition`` holds."""

    condition: Expr
    ref: "Ref | Later"


@dataclass(frozen=True, slots=True)
class Demand:
    """A look ends the thread with a report of ``property`` if ``condition`` holds, ``test`` not."""

    condition: Expr
    test: Expr
    property: str


@dataclass(slots=True)
class Look:
    """A guard or another expression without side effects, and what reading it may touch."""

    value: Expr
    accesses: list[Access | Demand]


@dataclass(slots=True)
class FrameInfo:
    """An inlined call; becomes an ``ir.system.Frame``."""

    number: int
    thread: int
    parent: "FrameInfo | None"
    function: str
    text: str
    span: Span
    in_spec: bool
    outermost: bool
    calls_spec: bool
    key: object
    result: str = "void"

    def chain(self) -> tuple[int, ...]:
        """Numbers of the open frames, outermost first."""
        return (*self.parent.chain(), self.number) if self.parent else (self.number,)


# --- operations ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Nop:
    """Joins paths."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A statement of the model begins: for coverage and traces."""


@dataclass(frozen=True, slots=True)
class SetLocal:
    """A local variable gets a value computed from locals."""

    var: int
    value: Expr


@dataclass(frozen=True, slots=True)
class Load:
    """Reads a cell into a local."""

    var: int
    ref: Ref


@dataclass(frozen=True, slots=True)
class Store:
    """Writes a cell."""

    ref: Ref
    value: Expr


@dataclass(frozen=True, slots=True)
class Touch:
    """A bare access to the object at an address."""

    address: Expr
    struct: str


@dataclass(frozen=True, slots=True)
class Alloc:
    """``kzalloc``."""

    var: int
    struct: str


@dataclass(frozen=True, slots=True)
class Free:
    """``kfree``; ``struct`` is the static type of the pointer, empty for ``void *``."""

    address: Expr
    struct: str


@dataclass(frozen=True, slots=True)
class Poison:
    """Ends one member until it is stored to again."""

    ref: Ref


@dataclass(frozen=True, slots=True)
class Evaluate:
    """A quantifier outside of guards: one look, one access."""

    var: int
    look: Look


@dataclass(frozen=True, slots=True)
class Branch:
    """To the first successor if true, else to the second."""

    condition: Expr


@dataclass(slots=True, eq=False)
class Dispatch:
    """A call through a stored pointer: successor ``targets[function number]``, 0 is the first."""

    function: Expr
    targets: dict[int, "Node"] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ChooseValue:
    """Any of these."""

    var: int
    values: tuple[Expr, ...]


@dataclass(slots=True, eq=False)
class ChoosePlace:
    """Any place that satisfies its look, NULL if none does."""

    var: int
    struct: str
    make: Callable[[], list[tuple[int, Look]]]
    options: list[tuple[int, Look]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class AwaitOp:
    """Waits: the first successor is the block, the second the other way out, if there is one."""

    guard: Look
    way: Literal["", "timeout", "signal"]
    idle: bool
    strong: bool
    holders: tuple[tuple[Look, Literal["task", "tasks", "object"], str], ...]
    text: str


@dataclass(frozen=True, slots=True)
class Enclose:
    """The start of ``atomic``."""


@dataclass(frozen=True, slots=True)
class Release:
    """The end of ``atomic`` or of the block of an ``await``."""


@dataclass(frozen=True, slots=True)
class CallOp:
    """A function is entered.  ``cut``: from own level of user or hardware, a step of its own."""

    frame: FrameInfo
    cut: bool


@dataclass(frozen=True, slots=True)
class ReturnOp:
    """A function is left; ``outs`` are its out parameters, by the text of the argument."""

    frame: FrameInfo
    value: Expr | None
    outs: tuple[tuple[str, Expr], ...]


@dataclass(frozen=True, slots=True)
class ReportOp:
    """A property is violated for certain; with ``halts`` the thread ends here."""

    property: str
    halts: bool


@dataclass(frozen=True, slots=True)
class Warn:
    """Reports a property if the condition holds; the run goes on."""

    condition: Expr
    property: str


@dataclass(frozen=True, slots=True)
class Require:
    """The thread ends here with a report unless the condition holds."""

    condition: Expr
    property: str


@dataclass(frozen=True, slots=True)
class Limit:
    """The run is cut, by a bound of the model, unless the condition holds.

    ``target``: the member or local whose range this keeps; if nobody reads that, nobody cares.
    ``far``: the end of a plain int, which costs no step of its own: only a counter that never
    stops gets there.
    """

    condition: Expr
    text: str
    target: Key | int | None
    far: bool = False


@dataclass(frozen=True, slots=True)
class BoundOp:
    """The model's own bound."""

    text: str


@dataclass(frozen=True, slots=True)
class LoopHead:
    """A loop is entered from outside; ``exit`` is where it ends, None for a label's."""

    loop: int
    exit: "Node | None"


@dataclass(frozen=True, slots=True)
class LoopBack:
    """The end of a turn."""

    loop: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The thread is over."""


@dataclass(slots=True, eq=False)
class Expand:
    """A sweep over all places: built when they are known."""

    build: Callable[[], None] | None


Op = (
    Nop | Passed | SetLocal | Load | Store | Touch | Alloc | Free | Poison | Evaluate | Branch
    | Dispatch | ChooseValue | ChoosePlace | AwaitOp | Enclose | Release | CallOp | ReturnOp
    | ReportOp
    | Warn | Require | Limit
    | BoundOp | LoopHead | LoopBack | Ended | Expand
)  # fmt: skip


@dataclass(slots=True, eq=False)
class Node:
    """An operation in its place.

    ``loops`` are the loops around it, ``atomic`` whether no step may be cut before it.
    """

    number: int
    op: Op
    succ: "list[Node]" = field(repr=False)
    span: Span
    frame: FrameInfo
    loops: tuple[int, ...]
    atomic: bool


@dataclass(slots=True)
class Variable:
    """A local variable, or an intermediate value."""

    number: int
    name: str
    type: Type


@dataclass(slots=True)
class Code:
    """The whole code of one thread (or of ``init``, thread -1)."""

    thread: int
    nodes: list[Node]
    variables: list[Variable]
    entry: Node
