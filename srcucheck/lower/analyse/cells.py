# SPDX-License-Identifier: MIT
"""Which cells a reference may mean."""

from collections.abc import Iterator

from srcucheck.ir.expr import (
    FALSE,
    Const,
    Expr,
)
from srcucheck.lang import tree
from srcucheck.lang.types import Array, Type
from srcucheck.lower.build.graph import (
    Ref,
)
from srcucheck.lower.memory import Cell, Key, Memory
from srcucheck.lower.values import binary
from srcucheck.lower.world import World

LIFE = "#life"
"""The field that says whether an object lives."""


class Cells:
    """Which cells a reference may mean."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.memory: Memory = world.memory
        self._valid: dict[Key, tuple[int, ...]] = {}
        self._tables: dict[Key, dict[int, Cell]] = {}

    def exact(self, ref: Ref) -> Cell | None:
        """The one cell it means, if address and index are known; NULL has none."""
        owner = 0
        if ref.address is not None:
            if not isinstance(ref.address, Const):
                return None
            owner = ref.address.value
            if owner == 0:
                return None
        index = 0
        if ref.index is not None:
            if not isinstance(ref.index, Const):
                return None
            index = ref.index.value
        return self.cell(ref.key, owner, index)

    def cell(self, key: Key, owner: int, index: int) -> Cell:
        """The cell of a member or variable."""
        if key.field == LIFE:
            return Cell("life", self.memory.at(owner).object.number, "", 0)
        return Cell("field" if key.struct else "global", owner, key.field, index)

    def table(self, ref: Ref) -> dict[int, Cell]:
        """All cells it may mean, by the value of :meth:`position`."""
        known = self._tables.get(ref.key)
        if known is None:
            known = {}
            owners = self.memory.places(ref.key.struct) if ref.address is not None else [0]
            for owner in owners:
                for index in self._indices(ref.key):
                    known[owner * ref.count + index] = self.cell(ref.key, owner, index)
            self._tables[ref.key] = known
        return known

    def position(self, ref: Ref) -> Expr:
        """Address and index as one number."""
        index = ref.index if ref.index is not None else FALSE
        if ref.address is None:
            return index
        return binary("+", binary("*", ref.address, Const(ref.count)), index)

    def _indices(self, key: Key) -> tuple[int, ...]:
        known = self._valid.get(key)
        if known is None:
            if key.field == LIFE:
                known = (0,)
            elif key.struct:
                known = tuple(
                    self._flat(self.world.program.structs[key.struct].fields[key.field].type)
                )
            else:
                known = tuple(
                    self._flat(
                        next(g.type for g in self.world.program.globals if g.name == key.field)
                    )
                )
            self._valid[key] = known
        return known

    def _flat(self, type_: Type) -> Iterator[int]:
        if not isinstance(type_, Array):
            yield 0
            return
        of_task = isinstance(type_.length, tree.Name) and type_.length.name == "task"
        size = self.memory.flatten(type_.element)[1]
        length = len(self.memory.tasks()) if of_task else self.memory.length(type_)
        for at in range(length):
            for inner in self._flat(type_.element):
                yield at * size + inner
