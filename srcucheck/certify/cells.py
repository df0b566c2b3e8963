# SPDX-License-Identifier: MIT
"""How states fall apart into the rest and its cells: for certificates for any number of cells.

``lower.replicas`` says what belongs to which cell, and is believed; nothing else is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from srcucheck.certify.read import Refused
from srcucheck.check.pairs import AFTER, BEFORE, BEYOND, COUNTER, SELF, THINGS, Row
from srcucheck.ir.system import Held, Replicas, State, System

Placed = dict[int, int]
"""Slot of the rest -> the cell that it names."""


@dataclass(slots=True)
class Cells:
    """The parts of a system with some cells.

    Raises:
        Refused: its cells are not alike.
    """

    system: System
    replicas: Replicas = field(init=False)
    count: int = field(init=False)
    rest: tuple[int, ...] = field(init=False)
    own: list[list[int]] = field(init=False)
    """By cell: its slots, in the same order for each."""
    bits: list[list[tuple[int, int]]] = field(init=False)
    """By cell: (slot, bit) of the bits that sets of the rest have for it."""
    threads: list[list[int]] = field(init=False)
    """By cell: its threads, in the same order for each."""
    zero: frozenset[int] = field(init=False)
    """Slots that belong to two cells: they stay 0."""
    cell_of: dict[int, int] = field(init=False)
    mask: dict[int, int] = field(init=False)
    """Slot of the rest -> the bits in it that belong to cells."""
    code: dict[str, int] = field(init=False)
    address: dict[tuple[int, int], int] = field(init=False)
    keeper: dict[int, int] = field(init=False)
    """Local of a thread -> the thread."""
    frames: dict[int, int] = field(init=False)
    """Frame -> the same one of the first cell."""

    def __post_init__(self) -> None:
        system, replicas = self.system, self.system.replicas
        assert replicas is not None
        self.replicas, self.count = replicas, replicas.count
        slots = range(len(system.slots))
        self.rest = tuple(s for s in slots if replicas.slots[s] < 0)
        inside = {s for s, b in replicas.bits.items() if replicas.slots[s] >= 0 and max(b) >= 0}
        self.zero = frozenset(inside | replicas.matrix)
        self.own = [[] for _ in range(self.count)]
        self.bits = [[] for _ in range(self.count)]
        self.threads = [[] for _ in range(self.count)]
        self.mask = {}
        for slot in slots:
            if replicas.slots[slot] >= 0 and slot not in self.zero:
                self.own[replicas.slots[slot]].append(slot)
        for slots_ in self.own:
            slots_.sort(key=lambda s: replicas.labels[s])
        for slot in self.rest:
            for bit, cell in enumerate(replicas.bits.get(slot, ())):
                if cell >= 0:
                    self.bits[cell].append((slot, bit))
                    self.mask[slot] = self.mask.get(slot, 0) | 1 << bit
        for thread, cell in enumerate(replicas.threads):
            if cell >= 0:
                self.threads[cell].append(thread)
        self.cell_of = {s: c for c, own in enumerate(self.own) for s in own}
        names = sorted({name for cell, name in replicas.things.values() if cell >= 0})
        self.code = {name: THINGS - n for n, name in enumerate(names)}
        self.address = {
            (self.code[name], cell): at for at, (cell, name) in replicas.things.items() if cell >= 0
        }
        self.keeper = {s: t for (t, _), held in replicas.held.items() for s in held}
        self._look()
        of: dict[int, list[int]] = {}
        for frame in system.frames:
            of.setdefault(frame.thread, []).append(frame.number)
        self.frames = {f: k for t, fs in of.items() for f, k in zip(fs, of.get(self.tag(t), fs))}

    def _look(self) -> None:
        """Whether the cells have the same parts."""
        system, replicas = self.system, self.replicas
        parts = {
            (
                tuple(
                    (system.slots[s].kind, replicas.labels[s], s in replicas.pointers) for s in own
                ),
                tuple(slot for slot, _ in self.bits[cell]),
                tuple(shape(system, t) for t in self.threads[cell]),
            )
            for cell, own in enumerate(self.own)
        }
        if len(parts) > 1:
            raise Refused("its cells are not all alike")
        for (thread, _), held in replicas.held.items():
            if replicas.threads[thread] >= 0 and "index" in held.values():
                raise Refused("a replicated thread goes over all cells")

    def tag(self, thread: int) -> int:
        """A thread of a cell as that of the first cell; one of the rest as it is."""
        cell = self.replicas.threads[thread] if thread >= 0 else -1
        return self.threads[0][self.threads[cell].index(thread)] if cell >= 0 else thread

    # --- what a state shows -----------------------------------------------------------------------

    def kind(self, slot: int, pc: Callable[[int], int]) -> Held:
        """What a slot holds: of a local, where its thread stands decides."""
        if self.system.slots[slot].kind != "local":
            return "pointer" if slot in self.replicas.pointers else "plain"
        thread = self.keeper.get(slot)
        if thread is None:
            return "plain"
        held = self.replicas.held.get((thread, pc(self.system.threads[thread].pc)), {})
        return held.get(slot, "plain")

    def coded(self, slot: int, value: int, pc: Callable[[int], int]) -> tuple[int, int]:
        """A value of the rest as a base has it, and the cell that it names or -1."""
        match self.kind(slot, pc):
            case "index":
                if not 0 <= value <= self.count:
                    raise Refused("a counter goes beyond the cells")
                return (BEYOND, -1) if value == self.count else (COUNTER, value)
            case "pointer":
                cell, name = self.replicas.things.get(value, (-1, ""))
                return (self.code[name], cell) if cell >= 0 else (value, -1)
            case _:
                return value, -1

    def base(self, state: State) -> tuple[Row, Placed]:
        """The rest of a state, and the cells that it names."""
        placed: Placed = {}
        found = []
        for slot in self.rest:
            code, cell = self.coded(slot, state[slot] & ~self.mask.get(slot, 0), state.__getitem__)
            found.append(code)
            if cell >= 0:
                placed[slot] = cell
        return tuple(found), placed

    def named(self, base: Row) -> list[int]:
        """The slots of a base that name a cell, in order."""
        at = dict(zip(self.rest, base, strict=True))
        return [
            s for s, v in at.items()
            if v < 0 and v != BEYOND and self.kind(s, at.__getitem__) != "plain"
        ]  # fmt: skip

    def value(self, base: Row, slot: int, code: int, cell: int) -> int:
        """The value of a slot of the rest, naming this cell if it names one."""
        at = dict(zip(self.rest, base, strict=True))
        if code >= 0 or self.kind(slot, at.__getitem__) == "plain":
            return code
        if code == BEYOND:
            return self.count
        return cell if code == COUNTER else self.address[code, cell]

    def cell(self, cell: int, get: Callable[[int], int], bit: Callable[[int, int], int]) -> Row:
        """The values of a cell, as all cells write them: its slots, then its bits."""
        found = []
        for slot in self.own[cell]:
            value = get(slot)
            if self.kind(slot, get) == "pointer":
                at, name = self.replicas.things.get(value, (-1, ""))
                if at not in (-1, cell):
                    raise Refused("one cell names another")
                value = value if at < 0 else self.code[name]
            found.append(value)
        return (*found, *(bit(slot, at) for slot, at in self.bits[cell]))

    def slots_of(self, cell: int, values: Row) -> dict[int, int]:
        """The values of a cell's own slots: a code becomes the address that this cell has."""
        found = dict(zip(self.own[cell], values, strict=False))
        named = [
            s for s, v in found.items() if v < 0 and self.kind(s, found.__getitem__) != "plain"
        ]
        return found | {s: self.address[found[s], cell] for s in named}

    def pairs(self, state: State) -> list[tuple[Row, Row, Row]]:
        """A state as pairs: base, relations, cell."""
        if any(state[s] for s in self.zero):
            raise Refused("something belongs to two cells")
        base, placed = self.base(state)
        codes = dict(zip(self.rest, base, strict=True))
        return [
            (
                base,
                tuple(relation(codes[s], at, cell) for s, at in placed.items()),
                self.cell(cell, state.__getitem__, lambda slot, at: state[slot] >> at & 1),
            )
            for cell in range(self.count)
        ]


def relation(code: int, named: int, cell: int) -> int:
    """How a cell stands to the one that is named."""
    return SELF if named == cell else AFTER if code == COUNTER and named > cell else BEFORE


def shape(system: System, thread: int) -> object:
    """The locations of a thread, and what is owed at each."""
    who = system.threads[thread]
    return who.family, who.kind, tuple(
        (n, loc.rest, loc.dead, len(loc.frames), tuple((a.owed, a.way) for a in loc.actions))
        for n, loc in sorted(who.locations.items())
    )  # fmt: skip


def unlike(one: Cells, others: Sequence[Cells]) -> str | None:
    """What systems with other numbers of cells do not have in common with this one."""
    for what, part in (
        ("variables", _slots),
        ("threads", _threads),
        ("checks", _checks),
        ("initial states", _starts),
    ):
        if any(part(one) != part(other) for other in others):
            return f"its {what} depend on the number"
    return None


def _slots(cells: Cells) -> object:
    slots, labels = cells.system.slots, cells.replicas.labels
    return [(slots[s].kind, labels[s]) for s in (*cells.rest, *cells.own[0])]


def _threads(cells: Cells) -> object:
    where = cells.replicas.threads
    return [shape(cells.system, t) for t, cell in enumerate(where) if cell < 1]


def _checks(cells: Cells) -> object:
    return [(c.name, type(c.question), c.danger is None) for c in cells.system.checks]


def _starts(cells: Cells) -> object:
    """The initial pairs, addresses by their names and sets by those of their bits."""

    def word(slot: int, value: int) -> object:
        if slot in cells.replicas.pointers:
            return cells.system.addresses.get(value, value)
        if (names := cells.system.slots[slot].set_of) and slot in cells.replicas.bits:
            return frozenset(n for bit, n in enumerate(names) if value >> bit & 1)
        return value

    return {
        (
            tuple(map(word, cells.rest, base)),
            relations,
            (*map(word, cells.own[0], cell), *cell[len(cells.own[0]) :]),
        )
        for initial in cells.system.initial
        for base, relations, cell in cells.pairs(initial.state)
    }
