# SPDX-License-Identifier: MIT
"""Expressions and updates over a flat vector of integers: the small tree every engine walks.

Expressions are total and have no side effects.  Truth is 1 and 0.  A set is a bit mask.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Table = Mapping[int, int]
"""A finite map; never changed after it was made, and hashed by identity."""


@dataclass(frozen=True, slots=True)
class Const:
    """An integer."""

    value: int


@dataclass(frozen=True, slots=True)
class Get:
    """The value of a slot, at this point of an update."""

    slot: int


@dataclass(frozen=True, slots=True, eq=False)
class Pick:
    """The value of slot ``slots[index]``; 0 if the index is not in the table."""

    index: "Expr"
    slots: Table


@dataclass(frozen=True, slots=True, eq=False)
class Lookup:
    """``entries[index]``, or ``default``."""

    index: "Expr"
    entries: Table
    default: int


@dataclass(frozen=True, slots=True)
class Temp:
    """A value that an earlier ``Let`` or ``Choose`` of the same update gave a name."""

    number: int


UnaryOp = Literal["not", "-", "~"]
BinaryOp = Literal[
    "+", "-", "*", "/", "%", "<<", ">>", "&", "|", "^",
    "==", "!=", "<", "<=", ">", ">=", "and", "or",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unary:
    """``not e`` (1 or 0), ``-e``, ``~e``."""

    op: UnaryOp
    operand: "Expr"


@dataclass(frozen=True, slots=True)
class Binary:
    """``/`` and ``%`` truncate towards zero as in C; by zero they give 0.

    ``and`` and ``or`` stop early and give 1 or 0.
    """

    op: BinaryOp
    left: "Expr"
    right: "Expr"


@dataclass(frozen=True, slots=True)
class Ite:
    """``then`` if the condition is not 0, else ``other``."""

    condition: "Expr"
    then: "Expr"
    other: "Expr"


Expr = Const | Get | Pick | Lookup | Temp | Unary | Binary | Ite

TRUE, FALSE = Const(1), Const(0)

# --- updates: executed in order, each statement sees what the ones before it wrote ----------------


@dataclass(frozen=True, slots=True)
class Let:
    """Names a value for the rest of the update; may be assigned again."""

    temp: int
    value: Expr


@dataclass(frozen=True, slots=True)
class Set:
    """Writes a slot."""

    slot: int
    value: Expr


@dataclass(frozen=True, slots=True, eq=False)
class SetPick:
    """Writes slot ``slots[index]``; nothing if the index is not in the table."""

    index: Expr
    slots: Table
    value: Expr


@dataclass(frozen=True, slots=True)
class If:
    """One of two programs."""

    condition: Expr
    then: "Update"
    other: "Update"


@dataclass(frozen=True, slots=True)
class Loop:
    """Repeats the body until a ``Break`` of it, at most ``LOOP_LIMIT`` times, else an error."""

    body: "Update"
    site: int


@dataclass(frozen=True, slots=True)
class Break:
    """Leaves the innermost ``Loop``."""


@dataclass(frozen=True, slots=True)
class Choose:
    """Names one of the values whose condition holds: the step has one outcome for each.

    Conditions are read at this point.  With none that holds, the step is not enabled.
    """

    temp: int
    options: tuple[tuple[Expr, Expr], ...]


@dataclass(frozen=True, slots=True)
class Assume:
    """The step is enabled only if this holds here (a wait in the middle of ``atomic``)."""

    condition: Expr


@dataclass(frozen=True, slots=True)
class Report:
    """Label: the step violates this property.  The run goes on."""

    property: str
    site: int


@dataclass(frozen=True, slots=True)
class Begin:
    """Label: an activation begins (the number of its frame)."""

    frame: int


@dataclass(frozen=True, slots=True)
class End:
    """Label: an activation ends."""

    frame: int


@dataclass(frozen=True, slots=True)
class Bound:
    """The model's own bound: the step is enabled, and has no successor.  Ends the update."""

    text: str
    site: int


@dataclass(frozen=True, slots=True)
class Finish:
    """Ends the update here (each arm of an ``If`` may end it)."""


@dataclass(frozen=True, slots=True)
class Mark:
    """For traces only: control is at ``site``; ``value`` is what a call returns, if it does.

    Engines skip it; the interpreter records it.
    """

    site: int
    value: Expr | None = None


Statement = (
    Let | Set | SetPick | If | Loop | Break | Choose | Assume | Report | Begin | End | Bound
    | Finish | Mark
)  # fmt: skip
Update = tuple[Statement, ...]

LOOP_LIMIT = 10_000
