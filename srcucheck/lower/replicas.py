# SPDX-License-Identifier: MIT
"""Cells: what of a system carries one index of a param, as lowering knows it from types.

A cell is all threads, elements of arrays and members, columns of tasks and objects of one index.
"""

from collections import Counter
from collections.abc import Sequence

from srcucheck.ir.system import Held, Replicas
from srcucheck.lang import tree
from srcucheck.lang.types import INT, Array, Pointer, SetOf, Type
from srcucheck.lower.analyse.liveness import bits
from srcucheck.lower.emit.emitter import Shared
from srcucheck.lower.emit.locations import Emitter
from srcucheck.lower.indexing import stops
from srcucheck.lower.memory import Address, Cell
from srcucheck.lower.world import Indexing, mentions

TWICE = "this belongs to two of the cells at once"


def replicas(shared: Shared, emitters: Sequence[Emitter], pcs: Sequence[int]) -> Replicas:
    """The cells of the param that lowering was asked for."""
    indexing = shared.world.indexing
    assert indexing is not None
    return _Finder(shared, indexing, emitters, pcs).found()


class _Finder:
    """Finds the cell of every thread, address and slot."""

    def __init__(
        self,
        shared: Shared,
        indexing: Indexing,
        emitters: Sequence[Emitter],
        pcs: Sequence[int],
    ) -> None:
        self.world = shared.world
        self.memory = shared.world.memory
        self.slots = shared.slots
        self.indexing = indexing
        self.emitters = emitters
        self.pcs = pcs
        self.roots: dict[int, tuple[int, str]] = {}
        """Object -> its cell and the name that all cells give it."""
        self.threads: list[int] = []
        self.twice: set[int] = set()

    def found(self) -> Replicas:
        world = self.world
        self._static_objects()
        for thread in world.threads:
            self._thread_cell(thread.number)
        slots: list[int] = []
        labels: list[str] = []
        cells = {slot: cell for cell, slot in self.slots.by_cell.items()}
        threads = dict(self.slots.locals) | {pc: n for n, pc in enumerate(self.pcs)}
        for number, slot in enumerate(self.slots.slots):
            if number in cells:
                at, label = self._of_cell(number, cells[number])
            else:
                at = self.threads[threads[number]]
                own = self._thread_label(threads[number])
                label = slot.name.replace(world.threads[threads[number]].name, own)
            slots.append(at)
            labels.append(label)
        held = self._held()
        return Replicas(
            self.indexing.param,
            int(world.values[self.indexing.param]),
            tuple(self.threads),
            tuple(slots),
            _numbered(slots, labels),
            {n: self._bits(struct) for n, struct in self.slots.sets.items()},
            {a.number: self._thing(a) for a in self.memory.addresses if a is not None},
            frozenset(self.slots.pointers),
            held,
            frozenset(self.twice),
            stops(world.program, self.indexing),
        )

    # --- objects and threads ----------------------------------------------------------------------

    def _static_objects(self) -> None:
        for variable in self.world.program.globals:
            indexed, inner = self._outer(variable.type)
            for (name, index), address in self.memory.static_roots.items():
                if name == variable.name and indexed:
                    thing = self.memory.at(address).object
                    self.roots[thing.number] = index // inner, f"{name}[*][{index % inner}]"

    def _outer(self, type_: Type) -> tuple[bool, int]:
        """Whether the outermost length is the param, and the size of an element."""
        if not isinstance(type_, Array) or not self.indexing.sized(type_):
            return False, 1
        return True, self.memory.flatten(type_.element)[1]

    def _thread_cell(self, number: int) -> None:
        thread = self.world.threads[number]
        domain = thread.info.domain
        cell = -1
        if thread.place is not None:
            cell = self._thing(self.memory.at(thread.place))[0]
        elif isinstance(domain, tree.Name) and mentions(domain, self.indexing.param):
            assert thread.index is not None
            cell = thread.index
        self.threads.append(cell)
        if cell >= 0:
            thing = self.memory.at(thread.task).object
            self.roots[thing.number] = cell, self._thread_label(number)

    def _thread_label(self, number: int) -> str:
        thread = self.world.threads[number]
        if self.threads[number] < 0:
            return thread.name
        if thread.place is None:
            return f"{thread.info.name}[*]"
        return f"{thread.info.name}[{self._thing(self.memory.at(thread.place))[1]}]"

    def _thing(self, address: Address) -> tuple[int, str]:
        """The cell of an address, and its name in all cells."""
        if not address.parent:
            return self.roots.get(address.object.number, (-1, address.object.name))
        parent = self.memory.at(address.parent)
        cell, name = self._thing(parent)
        member, index = next(k for k, v in parent.members.items() if v == address.number)
        indexed, inner = self._outer(self.world.program.structs[parent.struct].fields[member].type)
        if not indexed:
            return cell, f"{name}.{member}[{index}]"
        if cell >= 0:
            self.indexing.stop(self.world.program.structs[parent.struct].span, TWICE)
        return index // inner, f"{name}.{member}[*][{index % inner}]"

    # --- slots ------------------------------------------------------------------------------------

    def _of_cell(self, slot: int, cell: Cell) -> tuple[int, str]:
        if cell.kind == "life":
            thing = self.memory.objects[cell.owner]
            at, name = self._thing(self.memory.at(thing.address))
            return at, f"live({name})"
        if cell.owner:
            address = self.memory.at(cell.owner)
            at, name = self._thing(address)
            type_ = self.world.program.structs[address.struct].fields[cell.field].type
            text = f"{cell.kind} {name}.{cell.field}"
        else:
            at = -1
            type_ = next(g.type for g in self.world.program.globals if g.name == cell.field)
            text = f"{cell.kind} {cell.field}"
        index = cell.place
        while isinstance(type_, Array):
            size = self.memory.flatten(type_.element)[1]
            here, word = self._dimension(type_, index // size)
            index %= size
            text += f"[{word}]"
            if here >= 0:
                if at >= 0:
                    self.twice.add(slot)
                    text += f"({here - at})"
                at = here
            type_ = type_.element
        return at, text

    def _dimension(self, type_: Array, index: int) -> tuple[int, str]:
        if isinstance(type_.length, tree.Name) and type_.length.name == "task":
            task = self.memory.at(self.memory.tasks()[index]).object
            return self.roots.get(task.number, (-1, task.name))
        if self.indexing.sized(type_):
            return index, "*"
        return -1, str(index)

    def _bits(self, struct: str) -> tuple[int, ...]:
        return tuple(self._thing(self.memory.at(a))[0] for a in self.memory.places(struct))

    def _held(self) -> dict[tuple[int, int], dict[int, Held]]:
        found: dict[tuple[int, int], dict[int, Held]] = {}
        for thread, emitter in enumerate(self.emitters):
            counting = any(t == thread for t, _ in self.indexing.counters)
            for location, live in emitter.standing.items():
                held: dict[int, Held] = {}
                for var in bits(live):
                    kind: Held = "plain"
                    type_ = emitter.code.variables[var].type
                    if (thread, var) in self.indexing.counters:
                        kind = "index"
                    elif isinstance(type_, Pointer):
                        kind = "pointer"
                    elif type_ == INT and not emitter.code.variables[var].name and counting:
                        self.indexing.stop(
                            self.world.threads[thread].info.span, "an index may be copied here"
                        )
                    elif isinstance(type_, SetOf):
                        self.indexing.stop(
                            self.world.threads[thread].info.span,
                            "a local set of this thread lives across steps",
                        )
                    held[emitter.colour[var]] = kind
                found[thread, location] = held
        return found


def _numbered(slots: Sequence[int], labels: Sequence[str]) -> tuple[str, ...]:
    """Labels of their own within each cell: a second one of the same name gets a number."""
    seen: Counter[tuple[int, str]] = Counter()
    found = []
    for at, label in zip(slots, labels, strict=True):
        seen[at, label] += 1
        found.append(label if seen[at, label] == 1 else f"{label}#{seen[at, label]}")
    return tuple(found)
