# SPDX-License-Identifier: MIT
"""How a state of an instance falls apart into the rest and its cells, and back.

A *base* is the rest as all cells see it: sets without the bits of cells, and for a slot that names
a cell only that it does.  A *view* of a cell is what its variables hold, with, for each such slot,
whether it names this cell, one before or one after it (only counters tell before from after).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from srcucheck.ir.system import Held, Replicas, State, System
from srcucheck.views.terms import Cell, Stop, Term, Variable
from srcucheck.views.values import Of, Set, Value

Base = tuple[int, ...]
"""One value per slot of the rest; negative for one that names a cell."""

SELF, BEFORE, AFTER = 0, 1, 2
"""The cell named is this one, or not; for a counter: it stands before, after this one."""

COUNTER, BEYOND = -1, -(10**6)
THINGS = -2
"""Codes of a base and of a pointer inside of a cell: ``THINGS - n`` for the n-th kind of thing.

``BEYOND``: a counter that has gone over all cells.
"""


@dataclass(frozen=True, slots=True)
class View:
    """One cell as it is seen: ``relations`` are by the slots of the base that name a cell."""

    relations: tuple[int, ...]
    cell: Cell


@dataclass(slots=True)
class Layout:
    """The parts of an instance with a fixed number of cells."""

    system: System
    replicas: Replicas = field(init=False)
    count: int = field(init=False)
    rest: tuple[int, ...] = field(init=False)
    """Slots of the rest, in order."""
    variables: tuple[tuple[int, ...], ...] = field(init=False)
    """By cell: the slots of its variables; bits of sets come after them."""
    bits: tuple[tuple[tuple[int, int], ...], ...] = field(init=False)
    """By cell: (slot, bit) of the bits that sets of the rest have for it."""
    pointers: frozenset[int] = field(init=False)
    """Places of variables that hold addresses."""
    threads: tuple[tuple[int, ...], ...] = field(init=False)
    """By cell: its threads, in the same order for each."""
    thread_cell: tuple[int, ...] = field(init=False)
    place_of: dict[int, tuple[int, int]] = field(init=False)
    """Slot -> (cell, place of the variable)."""
    bit_of: dict[int, dict[int, tuple[int, int]]] = field(init=False)
    """Slot of the rest -> bit -> (cell, place of the variable)."""
    code: dict[str, int] = field(init=False)
    """Names that all cells share for a thing -> its code."""
    address: dict[tuple[int, int], int] = field(init=False)
    """(code, cell) -> address."""
    zero: frozenset[int] = field(init=False)
    """Slots of two cells, and sets inside of cells: these must stay 0."""
    held_by: dict[int, int] = field(init=False)
    """Slot of a local of a rest thread -> the thread."""
    at: dict[int, int] = field(init=False)
    """Slot of the rest -> its place in a base."""
    locals_of: dict[int, frozenset[int]] = field(init=False)
    """Slot of the pc of a rest thread -> its locals."""
    but: dict[int, tuple[int, ...]] = field(init=False)
    """All cells but this one; of -1: all."""
    blank: list[Value] = field(init=False)
    """Slots with all cells unseen, and 0 for the rest."""
    unseen_bits: dict[tuple[int, int], dict[int, tuple[int, Term]]] = field(init=False)
    """(slot, the cell that is seen or -1) -> bits of the others, as a set has them."""
    _holding: dict[tuple[int, ...], list[bool]] = field(default_factory=dict)
    _owners: dict[Base, tuple[int, ...]] = field(default_factory=dict)
    _last: tuple[object, list[Value]] = (None, [])

    def __post_init__(self) -> None:
        replicas = self.system.replicas
        assert replicas is not None
        self.replicas, self.count = replicas, replicas.count
        self.thread_cell = replicas.threads
        slots = range(len(self.system.slots))
        self.rest = tuple(s for s in slots if replicas.slots[s] < 0)
        sets = {s for s in slots if s in replicas.bits}
        inside = {s for s in sets if replicas.slots[s] >= 0 and _has_cells(replicas.bits[s])}
        self.zero = frozenset(inside | set(replicas.matrix))
        own: list[list[int]] = [[] for _ in range(self.count)]
        for slot in slots:
            if replicas.slots[slot] >= 0 and slot not in self.zero:
                own[replicas.slots[slot]].append(slot)
        for one in own:
            one.sort(key=lambda s: replicas.labels[s])
        self.variables = tuple(tuple(one) for one in own)
        labels = {tuple(replicas.labels[s] for s in one) for one in own}
        bits: list[list[tuple[int, int]]] = [[] for _ in range(self.count)]
        for slot in self.rest:
            for bit, cell in enumerate(replicas.bits.get(slot, ())):
                if cell >= 0:
                    bits[cell].append((slot, bit))
        self.bits = tuple(tuple(one) for one in bits)
        threads: list[list[int]] = [[] for _ in range(self.count)]
        for thread, cell in enumerate(replicas.threads):
            if cell >= 0:
                threads[cell].append(thread)
        self.threads = tuple(tuple(one) for one in threads)
        families = {tuple(self.system.threads[t].family for t in one) for one in threads}
        masks = {tuple(s for s, _ in one) for one in bits}
        if len(labels) > 1 or len(families) > 1 or len(masks) > 1:
            raise Stop("its cells are not all alike")
        self.place_of = {
            s: (cell, at) for cell, one in enumerate(self.variables) for at, s in enumerate(one)
        }
        self.bit_of = {}
        for cell, pairs in enumerate(self.bits):
            for at, (slot, bit) in enumerate(pairs, len(self.variables[cell])):
                self.bit_of.setdefault(slot, {})[bit] = cell, at
        self.pointers = frozenset(
            at for at, s in enumerate(self.variables[0] if own else ()) if s in replicas.pointers
        )
        names = sorted({name for cell, name in replicas.things.values() if cell >= 0})
        self.code = {name: THINGS - n for n, name in enumerate(names)}
        self.address = {
            (self.code[name], cell): at for at, (cell, name) in replicas.things.items() if cell >= 0
        }
        self.held_by = {}
        for (thread, _), held in replicas.held.items():
            if replicas.threads[thread] < 0:
                self.held_by.update(dict.fromkeys(held, thread))
            elif "index" in held.values():
                raise Stop(
                    "a replicated thread goes over all cells, one by one",
                    span=self.system.threads[thread].span,
                )

        self._prepare()

    def _prepare(self) -> None:
        """What every scene starts from."""
        self.at = {slot: n for n, slot in enumerate(self.rest)}
        found: dict[int, set[int]] = {}
        for slot, thread in self.held_by.items():
            found.setdefault(self.system.threads[thread].pc, set()).add(slot)
        self.locals_of = {pc: frozenset(slots) for pc, slots in found.items()}
        cells = range(self.count)
        self.but = {-1: tuple(cells)} | {c: tuple(o for o in cells if o != c) for c in cells}
        self.blank = [0] * len(self.system.slots)
        for slot, (cell, place) in self.place_of.items():
            self.blank[slot] = Of(cell, Variable(place))
        self.unseen_bits = {}
        for slot, bits in self.bit_of.items():
            for seen in self.but:
                self.unseen_bits[slot, seen] = {
                    bit: (cell, Variable(place))
                    for bit, (cell, place) in bits.items()
                    if cell != seen
                }

    # --- taking apart -----------------------------------------------------------------------------

    def holds(self, slot: int, state: Sequence[object]) -> Held:
        """What a slot holds: of a local, where its thread stands decides."""
        if self.system.slots[slot].kind != "local":
            return "pointer" if slot in self.replicas.pointers else "plain"
        thread = self.held_by.get(slot)
        if thread is None:
            return "plain"
        location = state[self.system.threads[thread].pc]
        assert isinstance(location, int)
        return self.replicas.held.get((thread, location), {}).get(slot, "plain")

    def split(self, slot: int, value: int, state: Sequence[object]) -> tuple[int, int]:
        """(value in a base, cell it names or -1)."""
        held = self.holds(slot, state)
        if held == "index":
            if value == self.count:
                return BEYOND, -1
            if not 0 <= value < self.count:
                raise Stop("a counter goes beyond the cells")
            return COUNTER, value
        if held == "pointer" and value in self.replicas.things:
            cell, name = self.replicas.things[value]
            if cell >= 0:
                return self.code[name], cell
        return value, -1

    def inside(self, cell: int, value: int, *, pointer: bool) -> int:
        """A value of a cell's variable as all cells write it."""
        if pointer and value in self.replicas.things:
            at, name = self.replicas.things[value]
            if at >= 0:
                if at != cell:
                    raise Stop("one cell names another")
                return self.code[name]
        return value

    def holding(self, cell: int, state: Sequence[object]) -> list[bool]:
        """Which of a cell's variables hold addresses where its threads stand."""
        pcs = [state[self.system.threads[t].pc] for t in self.threads[cell]]
        key = cell, *(pc for pc in pcs if isinstance(pc, int))
        known = self._holding.get(key)
        if known is not None:
            return known
        found = [at in self.pointers for at in range(len(self.variables[cell]))]
        for thread, location in zip(self.threads[cell], key[1:], strict=True):
            for slot, held in self.replicas.held.get((thread, location), {}).items():
                at = self.place_of.get(slot)
                if at is not None:
                    found[at[1]] = held == "pointer"
        self._holding[key] = found
        return found

    def base(self, state: State) -> tuple[Base, tuple[tuple[int, int], ...]]:
        """The rest of a concrete state, and (slot, cell) of those that name a cell."""
        values: list[int] = []
        owners: list[tuple[int, int]] = []
        for slot in self.rest:
            value = state[slot]
            for bit in self.bit_of.get(slot, ()):
                value &= ~(1 << bit)
            code, cell = self.split(slot, value, state)
            values.append(code)
            if cell >= 0:
                owners.append((slot, cell))
        return tuple(values), tuple(owners)

    def cell(self, state: State, cell: int) -> Cell:
        """The variables of a cell of a concrete state."""
        holding = self.holding(cell, state)
        own = [
            self.inside(cell, state[s], pointer=holding[at])
            for at, s in enumerate(self.variables[cell])
        ]
        own += [state[slot] >> bit & 1 for slot, bit in self.bits[cell]]
        return tuple(own)

    def relations(
        self, cell: int, owners: Iterable[tuple[int, int]], base: Base
    ) -> tuple[int, ...]:
        """How a cell stands to those that the rest names."""
        codes = dict(zip(self.rest, base, strict=True))
        return tuple(relation(codes[slot], named, cell) for slot, named in owners)

    def views(self, state: State) -> tuple[Base, list[View]]:
        """A concrete state taken apart."""
        if any(state[s] for s in self.zero):
            raise Stop("a set or table holds two cells at once")
        base, owners = self.base(state)
        return base, [
            View(self.relations(c, owners, base), self.cell(state, c)) for c in range(self.count)
        ]

    def owners(self, base: Base) -> tuple[int, ...]:
        """The slots of a base that name a cell, in order."""
        known = self._owners.get(base)
        if known is None:
            known = self._owners[base] = tuple(
                s
                for s, v in zip(self.rest, base, strict=True)
                if v < 0 and v != BEYOND and self.names(s, base)
            )
        return known

    # --- putting together -------------------------------------------------------------------------

    def rest_slots(self, base: Base, owners: tuple[tuple[int, int], ...], seen: int) -> list[Value]:
        """The slots of an instance in a base, with all cells unseen but for the bits of one."""
        key = base, owners, seen
        if self._last[0] != key:
            found, named = list(self.blank), dict(owners)
            for slot, code in zip(self.rest, base, strict=True):
                value = code
                if slot in named:
                    cell = named[slot]
                    value = cell if code == COUNTER else self.address[code, cell]
                elif code == BEYOND and self.names(slot, base):
                    value = self.count
                bits = self.unseen_bits.get((slot, seen))
                found[slot] = value if not bits else Set(value, bits)
            self._last = key, found
        return list(self._last[1])

    def names(self, slot: int, base: Base) -> bool:
        """Whether a negative value of a slot is the code of a cell."""
        pcs: Mapping[int, int] = dict(zip(self.rest, base, strict=True))
        if self.system.slots[slot].kind != "local":
            return slot in self.replicas.pointers
        thread = self.held_by[slot]
        location = pcs[self.system.threads[thread].pc]
        held = self.replicas.held.get((thread, location), {}).get(slot, "plain")
        return held != "plain"


def relation(code: int, named: int, cell: int) -> int:
    """How the cell that is named stands to this one."""
    if named == cell:
        return SELF
    if code == COUNTER and named > cell:
        return AFTER
    return BEFORE


def _has_cells(bits: Sequence[int]) -> bool:
    return any(cell >= 0 for cell in bits)
