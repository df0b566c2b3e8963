# SPDX-License-Identifier: MIT
"""Packed states, seen as the tuples that all others know."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import overload

import numpy as np

from srcucheck.explicit.native.layout import Layout, Words
from srcucheck.explicit.native.machine import Function
from srcucheck.explicit.native.memory import Growing, address
from srcucheck.ir.system import State

_CHUNK = 4096


@dataclass(frozen=True, slots=True)
class PackedStates(Sequence[State]):
    """The states of a search, by number."""

    layout: Layout
    rows: Words

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, number: int) -> State: ...

    @overload
    def __getitem__(self, number: slice) -> "PackedStates": ...

    def __getitem__(self, number: int | slice) -> "State | PackedStates":
        if isinstance(number, slice):
            return PackedStates(self.layout, self.rows[number])
        return self.layout.unpack([int(word) & _ONES for word in self.rows[number]])

    def __iter__(self) -> Iterator[State]:
        for begin in range(0, len(self.rows), _CHUNK):
            some = self.rows[begin : begin + _CHUNK]
            columns = [self.layout.column(some, k).tolist() for k in range(len(self.layout.slices))]
            yield from zip(*columns, strict=True)


_ONES = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class PackedIndex(Mapping[State, int]):
    """The numbers of states, by the table of the search."""

    states: PackedStates
    words: Growing[np.int64]
    table: Growing[np.int64]
    number_of: Function

    def __len__(self) -> int:
        return len(self.states)

    def __iter__(self) -> Iterator[State]:
        return iter(self.states)

    def __getitem__(self, state: State) -> int:
        layout = self.states.layout
        if len(state) != len(layout.slices) or not layout.fits(state):
            raise KeyError(state)
        row = layout.pack([state])
        mask = self.table.size - 1
        number = self.number_of(address(row), self.words.address, self.table.address, mask)
        if number < 0:
            raise KeyError(state)
        return number


@dataclass(frozen=True, slots=True, eq=False)
class PackedSet(Set[State]):
    """The states of a search as a set: a certificate that takes no more than they do."""

    index: PackedIndex

    def __len__(self) -> int:
        return len(self.index)

    def __iter__(self) -> Iterator[State]:
        return iter(self.index)

    def __contains__(self, state: object) -> bool:
        return state in self.index
