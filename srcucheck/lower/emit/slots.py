# SPDX-License-Identifier: MIT
"""Slots of the state, given out as cells are used."""

from dataclasses import replace

from srcucheck.ir.expr import Const, Expr, Get, Pick, Table
from srcucheck.ir.system import Slot, SlotKind
from srcucheck.lang.types import Array, Bool, Func, Pointer, SetOf, Type
from srcucheck.lower.analyse.cells import Cells
from srcucheck.lower.build.graph import Ref
from srcucheck.lower.memory import Cell, Key
from srcucheck.lower.world import World


class Slots:
    """Numbers for cells, pcs and locals; what nobody mentions gets none."""

    def __init__(self, world: World, cells: Cells) -> None:
        self.world = world
        self.cells = cells
        self.slots: list[Slot] = []
        self.by_cell: dict[Cell, int] = {}
        self.pointers: set[int] = set()
        self.sets: dict[int, str] = {}
        """What the sets are of, by slot."""
        self.locals: dict[int, int] = {}
        """The thread of a local."""
        self._tables: dict[tuple[str, Key], dict[int, int]] = {}

    def add(self, name: str, kind: SlotKind, type_: Type | None = None) -> int:
        """A slot that is no cell: a pc, a local."""
        self.slots.append(self._describe(name, kind, type_))
        number = len(self.slots) - 1
        while isinstance(type_, Array):
            type_ = type_.element
        if isinstance(type_, Pointer):
            self.pointers.add(number)
        if isinstance(type_, SetOf):
            self.sets[number] = type_.element.name
        return number

    def _describe(self, name: str, kind: SlotKind, type_: Type | None) -> Slot:
        while isinstance(type_, Array):
            type_ = type_.element
        if type_ is None:
            return Slot(name, kind, {})
        memory = self.world.memory
        words = memory.describe(type_)
        if isinstance(type_, Func):
            words = self.world.function_words()
        return Slot(name, kind, words, isinstance(type_, Bool), memory.set_names(type_))

    def slot(self, cell: Cell, type_: Type | None) -> int:
        """The slot of a cell."""
        known = self.by_cell.get(cell)
        if known is None:
            known = self.add(self.name(cell), self._kind(cell), type_)
            self.slots[known] = self._owned(self.slots[known], cell)
            self.by_cell[cell] = known
        return known

    def _owned(self, slot: Slot, cell: Cell) -> Slot:
        memory = self.world.memory
        match cell.kind:
            case "global":
                return slot
            case "life":
                thing = memory.objects[cell.owner]
                return replace(slot, owner=thing.name, struct=memory.at(thing.address).struct)
            case _:
                at = memory.at(cell.owner)
                field = self.world.program.structs[at.struct].fields[cell.field]
                return replace(slot, owner=at.name, struct=at.struct, shadow=field.shadow)

    def _kind(self, cell: Cell) -> SlotKind:
        if cell.kind == "field" and self.world.memory.at(cell.owner).struct == "task":
            return "task"
        return cell.kind

    def name(self, cell: Cell) -> str:
        """A cell as a model's author would write it."""
        memory = self.world.memory
        match cell.kind:
            case "life":
                return f"live({memory.objects[cell.owner].name})"
            case "global":
                return cell.field + self._index(Key("", cell.field), cell.place)
            case _:
                at = memory.at(cell.owner)
                text = (
                    f"{at.name}.{cell.field}{self._index(Key(at.struct, cell.field), cell.place)}"
                )
                return f"poison({text})" if cell.kind == "poison" else text

    def _index(self, key: Key, index: int) -> str:
        if key.struct:
            type_: Type = self.world.program.structs[key.struct].fields[key.field].type
        else:
            type_ = next(g.type for g in self.world.program.globals if g.name == key.field)
        text = ""
        while isinstance(type_, Array):
            size = self.world.memory.flatten(type_.element)[1]
            at = index // size
            name = getattr(type_.length, "name", "")
            tasks = self.world.memory.tasks()
            text += f"[{self.world.memory.at(tasks[at]).name}]" if name == "task" else f"[{at}]"
            index %= size
            type_ = type_.element
        return text

    def expr(self, ref: Ref) -> Expr:
        """Reads a cell; its address and index hold slots and temps already."""
        cell = self.cells.exact(ref)
        if cell is not None:
            return Get(self.slot(cell, ref.type))
        if isinstance(ref.address, Const) and ref.address.value == 0:
            return Const(0)
        return Pick(self.cells.position(ref), self.table(ref))

    def table(self, ref: Ref) -> Table:
        """Position -> slot, for all cells that a reference may mean."""
        known = self._tables.get(("cell", ref.key))
        if known is None:
            known = {at: self.slot(c, ref.type) for at, c in self.cells.table(ref).items()}
            self._tables["cell", ref.key] = known
        return known

    def life_table(self, struct: str, mortal: frozenset[int]) -> Table:
        """Address -> life slot, for objects of a struct type whose memory may go."""
        known = self._tables.get(("life", Key(struct, "")))
        if known is None:
            memory = self.world.memory
            known = {}
            places = memory.places(struct) if struct else range(1, len(memory.addresses))
            for place in places:
                thing = memory.at(place).object
                if thing.number in mortal and not thing.recycle:
                    known[place] = self.life(thing.number)
            self._tables["life", Key(struct, "")] = known
        return known

    def life(self, number: int) -> int:
        """The slot of an object's life."""
        return self.slot(Cell("life", number, "", 0), None)

    def poison_table(self, key: Key, poisoned: frozenset[Cell]) -> Table:
        """Address -> poison slot, for members that may be poisoned."""
        known = self._tables.get(("poison", key))
        if known is None:
            known = {
                c.owner: self.slot(c, None)
                for c in sorted(poisoned)
                if c.field == key.field and self.world.memory.at(c.owner).struct == key.struct
            }
            self._tables["poison", key] = known
        return known
