# SPDX-License-Identifier: MIT
"""Objects, their addresses and their cells.

An *object* is what lives and dies as one: a variable at top level, a place of a pool, a task.  An
*address* is a number for an object or one of its embedded structs; NULL is 0.  A *cell* is one
scalar of the state: a member of the struct at an address (one of several for an array), a scalar
variable, an object's life, a member's poison.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from srcucheck.lang.program import FieldInfo, Program
from srcucheck.lang.types import Array, Enum, Func, Pointer, SetOf, Struct, Type

UNBORN, LIVE, DEAD = 0, 1, 2


@dataclass(slots=True)
class Object:
    """A thing with a life.  ``pool`` is the struct of a heap place, else empty."""

    number: int
    name: str
    pool: str
    address: int
    recycle: bool = False


@dataclass(slots=True)
class Address:
    """``number`` denotes the struct ``struct`` at ``path`` inside of ``object``."""

    number: int
    object: Object
    struct: str
    name: str
    parent: int
    """The address of the struct this one is embedded in; 0 for a whole object."""
    members: dict[tuple[str, int], int] = field(default_factory=dict)
    """(member, index) -> address of an embedded struct."""


class Cell(NamedTuple):
    """Names one scalar.  ``owner`` is 0 for a variable, whose name is ``field``.

    For ``life`` the owner is the number of an object.  ``place`` counts in a flattened array.
    """

    kind: Literal["field", "global", "life", "poison"]
    owner: int
    field: str
    place: int


class Key(NamedTuple):
    """What the step rules speak of: a member of a struct, or a variable (struct is empty)."""

    struct: str
    field: str


class Memory:
    """All objects known so far.  Grows while code is lowered: heap places follow ``kzalloc``."""

    def __init__(self, program: Program, length: Callable[[Type], int]) -> None:
        self.program = program
        self.length = length
        self.objects: list[Object] = []
        self.addresses: list[Address | None] = [None]
        self.by_struct: dict[str, list[int]] = {}
        self.globals: dict[str, Object | None] = {}
        self.new_address: list[Callable[[Address], None]] = []
        self.static_roots: dict[tuple[str, int], int] = {}
        """(global, index) -> address of a struct at top level."""
        self.pools: dict[str, list[Object]] = {}

    def at(self, number: int) -> Address:
        """The address with this number, which is not NULL."""
        address = self.addresses[number]
        if address is None:
            raise AssertionError("NULL has no address")
        return address

    def add_object(self, name: str, struct: str, pool: str = "", recycle: bool = False) -> Object:
        """A new object of a struct type, with all its embedded structs."""
        thing = Object(len(self.objects), name, pool, 0, recycle)
        self.objects.append(thing)
        thing.address = self._embed(thing, struct, name, 0)
        return thing

    def _embed(self, thing: Object, struct: str, name: str, parent: int) -> int:
        number = len(self.addresses)
        address = Address(number, thing, struct, name, parent)
        self.addresses.append(address)
        self.by_struct.setdefault(struct, []).append(number)
        for info in self.program.structs[struct].fields.values():
            for index, inner in self._inner_structs(info):
                suffix = "" if index < 0 else f"[{index}]"
                at = self._embed(thing, inner, f"{name}.{info.name}{suffix}", number)
                address.members[info.name, max(index, 0)] = at
        for tell in self.new_address:
            tell(address)
        return number

    def _inner_structs(self, info: FieldInfo) -> Iterator[tuple[int, str]]:
        element, count = self.flatten(info.type)
        if isinstance(element, Struct):
            if isinstance(info.type, Array):
                for index in range(count):
                    yield index, element.name
            else:
                yield -1, element.name

    def flatten(self, type_: Type) -> tuple[Type, int]:
        """The element of a possibly nested array, and how many there are in all."""
        count = 1
        while isinstance(type_, Array):
            count *= self.length(type_)
            type_ = type_.element
        return type_, count

    def tasks(self) -> list[int]:
        """Addresses of all tasks, in order of thread numbers; the first is init's."""
        return self.by_struct.setdefault("task", [])

    def places(self, struct: str) -> list[int]:
        """Addresses of all structs of this type, embedded ones too."""
        return self.by_struct.setdefault(struct, [])

    def bit(self, address: int) -> int:
        """Which bit of a ``set of T`` stands for this address."""
        return self.by_struct[self.at(address).struct].index(address)

    def member_table(self, struct: str, name: str, count: int) -> dict[int, int]:
        """``&p->name[i]``: address * count + i -> address of the embedded struct."""
        table: dict[int, int] = {}
        for number in self.places(struct):
            members = self.at(number).members
            for index in range(count):
                inner = members.get((name, index))
                if inner is not None:
                    table[number * count + index] = inner
        return table

    def container_table(self, struct: str, path: tuple[str, ...]) -> dict[int, int]:
        """``container_of``: address of a member -> address of the struct that holds it."""
        table: dict[int, int] = {}
        for number in self.places(struct):
            inner = number
            for name in path:
                inner = self.at(inner).members.get((name, 0), 0)
                if not inner:
                    break
            if inner:
                table[inner] = number
        return table

    def describe(self, type_: Type) -> dict[int, str]:
        """Words for the values of a type."""
        match type_:
            case Enum(name=name):
                return dict(enumerate(self.program.enums[name].members))
            case Pointer(target=Struct(name=name)):
                words = {n: self.at(n).name for n in self.places(name)}
                words[0] = "NULL"
                return words
            case Pointer():
                return {0: "NULL"} | {a.number: a.name for a in self.addresses if a is not None}
            case _:
                return {}

    def set_names(self, type_: Type) -> tuple[str, ...]:
        """Names of the bits of a set."""
        if isinstance(type_, SetOf):
            return tuple(self.at(n).name for n in self.places(type_.element.name))
        return ()


def is_scalar(type_: Type) -> bool:
    """Whether a variable of this type is one cell."""
    return not isinstance(type_, Struct | Array)


def is_reference(type_: Type) -> bool:
    """Whether values of this type are addresses or functions."""
    return isinstance(type_, Pointer | Func)
