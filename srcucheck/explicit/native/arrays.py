# SPDX-License-Identifier: MIT
"""The arrays of a search, and how they grow."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from srcucheck.explicit.native.codes import Cell
from srcucheck.explicit.native.layout import Words
from srcucheck.explicit.native.memory import Growing

OUT = 4096
"""Successors there is room for, as in ``kernels``."""
NO_LIMIT = 1 << 62
MOST_STATES = (1 << 31) - 2 * OUT

_START = 1 << 15
_FULL = 0.65
"""How full the table may be."""
_LARGE = 1 << 22
"""Places of a table that grows by steps of two instead of four."""


@dataclass(slots=True)
class Arrays:
    """States in order of discovery, their edges, and the table of their numbers."""

    width: int
    words: Growing[np.int64]
    first: Growing[np.int64]
    targets: Growing[np.int32]
    kinds: Growing[np.int32]
    quiet: Growing[np.uint8]
    levels: Growing[np.int64]
    seen: NDArray[np.int64]
    seen_at: NDArray[np.int64]
    table: Growing[np.int64]
    control: NDArray[np.int64]

    @classmethod
    def begin(cls, states: Words, kinds: int, *, keep: bool) -> "Arrays":
        """Arrays with nothing in them but initial states, which are not yet in the table.

        ``keep`` says whether there is to be room for edges.
        """
        width = states.shape[1]
        room = _START + 2 * len(states)
        arrays = cls(
            width,
            Growing(np.int64, room * width),
            Growing(np.int64, room + 1 if keep else 1),
            Growing(np.int32, 4 * room if keep else 1),
            Growing(np.int32, 4 * room if keep else 1),
            Growing(np.uint8, room),
            Growing(np.int64, 2 * OUT),
            np.zeros(kinds, dtype=np.int64),
            np.zeros(kinds, dtype=np.int64),
            Growing(np.int64, 4 << (room - 1).bit_length()),
            np.zeros(Cell.SIZE, dtype=np.int64),
        )
        arrays.words.view()[: states.size] = states.ravel()
        arrays.control[Cell.TOTAL] = len(states)
        arrays.control[Cell.LEVELS] = 1
        arrays.control[Cell.KEEP] = keep
        arrays.tell()
        return arrays

    @property
    def total(self) -> int:
        """States that were found."""
        return int(self.control[Cell.TOTAL])

    @property
    def here(self) -> int:
        """States that were expanded."""
        return int(self.control[Cell.HERE])

    @property
    def keep(self) -> bool:
        """Whether edges are kept."""
        return bool(self.control[Cell.KEEP])

    @property
    def edges(self) -> int:
        """Edges of these."""
        return int(self.control[Cell.EDGES])

    @property
    def mask(self) -> int:
        """Selects a place of the table."""
        return self.table.size - 1

    def rows(self) -> Words:
        """The states that were found, a row of words for each."""
        return self.words.view(self.total * self.width).reshape(self.total, self.width)

    def tell(self) -> None:
        """Tells compiled code how much room there is."""
        room = min(self.words.size // self.width, self.quiet.size)
        self.control[Cell.STATE_ROOM] = min(room, MOST_STATES)
        self.control[Cell.EDGE_ROOM] = self.targets.size if self.keep else NO_LIMIT
        self.control[Cell.TABLE_ROOM] = int(self.table.size * _FULL)
        self.control[Cell.LEVEL_ROOM] = self.levels.size

    def table_to_come(self) -> int:
        """Megabytes of the table that growing would make now; 0 if it would make none."""
        if self.total + OUT <= int(self.table.size * _FULL):
            return 0
        return self._larger() * 8 >> 20

    def _larger(self) -> int:
        return self.table.size * (2 if self.table.size >= _LARGE else 4)

    def grow(self) -> bool:
        """Makes room where there is none; whether the table is a new one, still empty."""
        total = self.total
        if total + OUT > self.quiet.size:
            room = 2 * self.quiet.size
            self.quiet.grow(room)
            self.words.grow(room * self.width)
            if self.keep:
                self.first.grow(room + 1)
        if self.keep and self.edges + OUT > self.targets.size:
            self.targets.grow(2 * self.targets.size)
            self.kinds.grow(2 * self.kinds.size)
        if self.control[Cell.LEVELS] + OUT > self.levels.size:
            self.levels.grow(4 * self.levels.size)
        fresh = total + OUT > int(self.table.size * _FULL)
        if fresh:
            self.table = Growing(np.int64, self._larger())
        self.tell()
        return fresh

    def cut(self) -> None:
        """Gives back the room that a search which is over will not need."""
        self.words.cut(self.total * self.width)
        self.quiet.cut(max(1, self.here))
        if self.keep:
            self.first.cut(self.here + 1)
            self.targets.cut(max(1, self.edges))
            self.kinds.cut(max(1, self.edges))

    def again(self) -> "Arrays":
        """The same states, with room for the edges that are left to make; none is expanded."""
        control = np.zeros(Cell.SIZE, dtype=np.int64)
        control[Cell.TOTAL] = self.total
        control[[Cell.STATE_ROOM, Cell.TABLE_ROOM, Cell.LIMIT]] = NO_LIMIT
        control[Cell.EDGE_ROOM] = self.edges + OUT
        control[[Cell.LEVELS, Cell.KEEP]] = 1
        control[Cell.LEVEL_ROOM] = levels = self.levels.size + OUT
        return replace(
            self,
            first=Growing(np.int64, self.here + 1),
            targets=Growing(np.int32, self.edges + OUT),
            kinds=Growing(np.int32, self.edges + OUT),
            levels=Growing(np.int64, levels),
            seen=np.zeros_like(self.seen),
            seen_at=np.zeros_like(self.seen_at),
            control=control,
        )
