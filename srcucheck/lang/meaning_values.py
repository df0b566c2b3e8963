# SPDX-License-Identifier: MIT
"""Values and shapes of the second meaning: what a variable holds, and what it may hold.

A value is a number (booleans and NULL are numbers), a reference, a function, a set, and inside a
thread also an array, a variable of a caller or a pasted argument.  A shape is a type whose lengths
and ranges have been worked out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, assert_never

from srcucheck.lang import types


class Code:
    """A node of the syntax tree, compared by identity: two equal texts are two places."""

    __slots__ = ("node",)

    def __init__(self, node: Any) -> None:
        self.node = node


# --- values -------------------------------------------------------------------------------------

Step = str | int | tuple[str]
"""Of a path: a member, an index, or the task that an ``a[task]`` is indexed by."""

Path = tuple[Step, ...]
"""Where something stands: a name, then members and indices.  A task's name starts with ``@``."""


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to a place in memory."""

    path: Path


@dataclass(frozen=True, slots=True)
class Variable:
    """A local variable, as an out parameter denotes it: its number in the thread's locals."""

    number: int
    shape: "Shape"


@dataclass(frozen=True, slots=True)
class Elements:
    """An array in memory; ``length`` is None for a single object that stands for one."""

    path: Path
    length: int | None
    by_task: bool = False


@dataclass(frozen=True, slots=True)
class Fn:
    """A function, as its name is looked up in a spec or in the model."""

    name: str
    in_spec: bool


@dataclass(frozen=True, slots=True)
class Paste:
    """An argument of an ``expr`` parameter: its text, and whose names it uses."""

    code: Code
    base: int


Value = int | str | Ref | Variable | Elements | Fn | Paste | frozenset[Ref]
"""A ``str`` is an alternative of a choice."""

# --- shapes -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VoidShape:
    """Nothing."""


@dataclass(frozen=True, slots=True)
class BoolShape:
    """0 or 1."""


@dataclass(frozen=True, slots=True)
class IntShape:
    """A number; bounds are None where there are none."""

    low: int | None = None
    high: int | None = None
    wraps: bool = False


@dataclass(frozen=True, slots=True)
class EnumShape:
    """A constant of an enum; ``kind`` is the enum of kinds of threads."""

    name: str


@dataclass(frozen=True, slots=True)
class ChoiceShape:
    """An alternative of a choice; variables have no such shape."""

    name: str


@dataclass(frozen=True, slots=True)
class PointerShape:
    """A reference to a struct; None: to anything."""

    struct: str | None


@dataclass(frozen=True, slots=True)
class OutShape:
    """An out parameter."""

    target: "Shape"


@dataclass(frozen=True, slots=True)
class FnShape:
    """A function."""


@dataclass(frozen=True, slots=True)
class PasteShape:
    """An ``expr`` parameter."""


@dataclass(frozen=True, slots=True)
class SetShape:
    """A set of references."""

    struct: str


@dataclass(frozen=True, slots=True)
class StructShape:
    """An object."""

    struct: str


@dataclass(frozen=True, slots=True)
class ArrayShape:
    """An array; ``length`` is None for ``a[]``, -1 for ``a[task]``."""

    element: "Shape"
    length: int | None


Shape = (
    VoidShape
    | BoolShape
    | IntShape
    | EnumShape
    | ChoiceShape
    | PointerShape
    | OutShape
    | FnShape
    | PasteShape
    | SetShape
    | StructShape
    | ArrayShape
)

KIND = EnumShape("kind")
TASK = PointerShape("task")
BY_TASK = -1


class OutOfRange(Exception):
    """A number left its range: a bound of the model."""


class Died(Exception):
    """The thread cannot go on: the property that this violates."""

    def __init__(self, broken: str) -> None:
        super().__init__(broken)
        self.broken = broken


def shape_of(written: types.Type, number: Callable[[Any], int]) -> Shape:
    """The shape of a resolved type; ``number`` works out a constant."""
    match written:
        case types.Void():
            return VoidShape()
        case types.Bool():
            return BoolShape()
        case types.Int(low=low, high=high, wraps=wraps, unsigned=unsigned):
            if low is None or high is None:
                return IntShape(0 if unsigned else None)
            return IntShape(number(low), number(high), wraps)
        case types.Enum(name=name):
            return EnumShape(name)
        case types.Struct(name=name):
            return StructShape(name)
        case types.Pointer(target=types.Struct(name=name)):
            return PointerShape(name)
        case types.Pointer(target=types.Void()):
            return PointerShape(None)
        case types.Pointer(target=target):
            return OutShape(shape_of(target, number))
        case types.Func():
            return FnShape()
        case types.SetOf(element=element):
            return SetShape(element.name)
        case types.Array(element=element, length=length):
            inner = shape_of(element, number)
            if length is None:
                return ArrayShape(inner, None)
            by_task = getattr(length, "name", None) == "task"
            return ArrayShape(inner, BY_TASK if by_task else number(length))
        case types.Pasted():
            return PasteShape()
        case _:
            assert_never(written)


def zero(shape: Shape) -> Value:
    """What a variable without a value holds."""
    return frozenset() if isinstance(shape, SetShape) else 0


def convert(value: Value, shape: Shape, shape_at: Callable[[Path], Shape]) -> Value:
    """What is stored when ``value`` goes into something of this shape.

    Raises OutOfRange, or Died where a reference is to an object of another type.
    """
    match shape:
        case BoolShape():
            return int(truth(value))
        case IntShape(low=low, high=high, wraps=wraps):
            if not isinstance(value, int):
                return value
            number = int(value)
            if wraps and low is not None and high is not None:
                return low + (number - low) % (high - low + 1)
            if (low is not None and number < low) or (high is not None and number > high):
                raise OutOfRange
            return number
        case PointerShape(struct=struct):
            if not isinstance(value, Ref) or struct is None:
                return value
            if shape_at(value.path) != StructShape(struct):
                raise Died("no_bug")
            return value
        case ArrayShape():
            return Elements(value.path, None) if isinstance(value, Ref) else value
        case _:
            return value


def truth(value: Value) -> bool:
    """Whether a condition of this value holds."""
    return value != 0


# --- how they are printed -----------------------------------------------------------------------


def show_path(path: Path) -> str:
    """``card0.ref.refcount``, ``job[0].signaled``, ``node#2.free``, ``open[rmmod]``."""
    shown = str(path[0]).removeprefix("@")
    for step in path[1:]:
        match step:
            case str():
                shown += f".{step}"
            case int():
                shown += f"[{step}]"
            case (name,):
                shown += f"[{name.removeprefix('@')}]"
    return shown


Shown = int | str | frozenset[str]


def show_value(value: Value) -> Shown:
    """A value as an observation holds it: numbers as they are, references by name, NULL is 0."""
    match value:
        case int():
            return int(value)
        case str():
            return value
        case Ref(path=path):
            return show_path(path)
        case Fn(name=name):
            return name
        case frozenset():
            return frozenset(show_path(member.path) for member in value)
        case _:
            raise AssertionError(value)
