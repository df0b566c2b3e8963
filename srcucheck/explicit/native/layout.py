# SPDX-License-Identifier: MIT
"""Where each slot stands in a packed state: its word, its bits, and the value that is stored as 0.

Ranges are what was seen so far and what is plain to see in the actions.  A value outside of its
range is no error: the slot gets a wider one and the search goes on with another layout.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from srcucheck.ir.expr import Const, Expr, Ite, Set, SetPick
from srcucheck.ir.system import State, System
from srcucheck.ir.walk import statements

Words = NDArray[np.int64]
WORD = 64
MOST = 8
"""Words of a state."""

LOWEST, HIGHEST = -(1 << 63), (1 << 63) - 1


class Unfit(Exception):
    """This model is not for the native explorer; the message says why."""


@dataclass(frozen=True, slots=True)
class Slice:
    """The bits of one slot: ``width`` is 0 where it has one value only."""

    word: int
    shift: int
    width: int
    base: int

    @property
    def top(self) -> int:
        """The greatest value there is room for."""
        return self.base + (1 << self.width) - 1

    @property
    def mask(self) -> int:
        """As many ones as it is wide."""
        return (1 << self.width) - 1


@dataclass(frozen=True, slots=True)
class Layout:
    """The slices of all slots, and how many words they take."""

    slices: tuple[Slice, ...]
    words: int

    def pack(self, states: Sequence[State]) -> Words:
        """States as rows of words; every value must be within its range."""
        packed = np.zeros((len(states), self.words), dtype=np.uint64)
        columns = zip(*states, strict=True)
        for part, column in zip(self.slices, columns, strict=True):
            if part.width:
                values = np.array([value - part.base for value in column], dtype=np.uint64)
                packed[:, part.word] |= values << np.uint64(part.shift)
        return packed.view(np.int64)

    def fits(self, state: State) -> bool:
        """Whether each value of a state is in its range."""
        return all(p.base <= v <= p.top for p, v in zip(self.slices, state, strict=True))

    def column(self, packed: Words, slot: int) -> NDArray[np.int64]:
        """The values of one slot in rows of words."""
        part = self.slices[slot]
        raw = (packed[:, part.word].view(np.uint64) >> np.uint64(part.shift)).view(np.int64)
        return np.asarray((raw & np.int64(_signed(part.mask))) + np.int64(part.base))

    def among(self, packed: Words, slot: int, values: Collection[int]) -> NDArray[np.bool_]:
        """Where the value of a slot is one of these."""
        part = self.slices[slot]
        if part.width == 0:
            return np.full(len(packed), part.base in values)
        if part.width > 16:
            return np.isin(self.column(packed, slot), list(values))
        wanted = np.zeros(part.mask + 1, dtype=bool)
        wanted[[value - part.base for value in values if part.base <= value <= part.top]] = True
        raw = packed[:, part.word] >> np.int64(part.shift) & np.int64(part.mask)
        return np.asarray(wanted[raw])

    def unpack(self, row: Sequence[int]) -> State:
        """One state of its words."""
        return tuple((row[p.word] >> p.shift & p.mask) + p.base for p in self.slices)

    def repacked(self, packed: Words, other: "Layout") -> Words:
        """Rows of words in another layout, whose ranges hold those of this one."""
        found = np.zeros((len(packed), other.words), dtype=np.uint64)
        for slot, part in enumerate(other.slices):
            if part.width:
                values = (self.column(packed, slot) - np.int64(part.base)).view(np.uint64)
                found[:, part.word] |= values << np.uint64(part.shift)
        return found.view(np.int64)

    def widened(self, system: System, slot: int, value: int) -> "Layout":
        """A layout with room for one more value of a slot, and some to spare.

        Raises:
            Unfit: it would take too many words.
        """
        ranges = [(p.base, p.top if p.width else p.base) for p in self.slices]
        low, high = ranges[slot]
        spare = 3 * (high - low + 1)
        low = low if value >= low else min(value, low - spare)
        high = high if value <= high else max(value, high + spare)
        ranges[slot] = (max(low, LOWEST), min(high, HIGHEST))
        return laid_out(system, ranges)


def _signed(mask: int) -> int:
    return mask - (1 << WORD) if mask > HIGHEST else mask


def first_layout(system: System, states: Iterable[State]) -> Layout:
    """The layout for what was seen, and for the constants that actions write.

    Raises:
        Unfit: it would take too many words.
    """
    columns = [set(column) for column in zip(*states, strict=True)]
    for slot, values in _constants(system).items():
        columns[slot] |= values
    for thread in system.threads:
        columns[thread.pc] |= set(thread.locations)
    return laid_out(system, [(min(column), max(column)) for column in columns])


def laid_out(system: System, ranges: Sequence[tuple[int, int]]) -> Layout:
    """Slices for these ranges: where threads stand comes first, and none crosses a word.

    Raises:
        Unfit: they take too many words.
    """
    pcs = [thread.pc for thread in system.threads]
    rest = sorted(set(range(len(system.slots))).difference(pcs))
    slices: dict[int, Slice] = {}
    full: list[int] = []
    for slot in (*pcs, *rest):
        low, high = ranges[slot]
        width = (high - low).bit_length()
        if low < LOWEST or high > HIGHEST or width > WORD - 1:
            raise Unfit(f"{system.slots[slot].name} has values beyond 63 bits")
        word = next((k for k, used in enumerate(full) if used + width <= WORD), len(full))
        if word == len(full):
            full.append(0)
        slices[slot] = Slice(word, full[word], width, low)
        full[word] += width
    if len(full) > MOST:
        raise Unfit(f"a state takes more than {MOST * WORD} bits")
    return Layout(tuple(slices[slot] for slot in range(len(system.slots))), max(1, len(full)))


def _constants(system: System) -> Mapping[int, set[int]]:
    """What actions write to each slot, where it is plain to see."""
    found: dict[int, set[int]] = {}
    for thread in system.threads:
        for location in thread.locations.values():
            for action in location.actions:
                for statement in statements(action.update):
                    match statement:
                        case Set(slot, value):
                            found.setdefault(slot, set()).update(_plain(value))
                        case SetPick():
                            for slot in statement.slots.values():
                                found.setdefault(slot, set()).update(_plain(statement.value))
                        case _:
                            pass
    return found


def _plain(expr: Expr) -> set[int]:
    match expr:
        case Const(value):
            return {value}
        case Ite(_, then, other):
            return _plain(then) | _plain(other)
        case _:
            return set()
