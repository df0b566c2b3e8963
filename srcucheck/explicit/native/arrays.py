# SPDX-License-Identifier: MIT
"""The arrays of a search, and how they grow."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from srcucheck.explicit.native.codes import Cell
from srcucheck.explicit.native.layout import Words

OUT = 4096
"""Successors there is room for, as in ``kernels``."""
MOST_STATES = (1 << 31) - 2 * OUT

_START = 1 << 16
_MORE = 1.5
_FULL = 0.6
"""How full the table may be."""

Number = TypeVar("Number", np.int32, np.int64)
I64s = NDArray[np.int64]
I32s = NDArray[np.int32]


@dataclass(slots=True)
class Arrays:
    """States in order of discovery, their edges, and the table of their numbers."""

    width: int
    words: I64s
    first: I64s
    targets: I32s
    kinds: I32s
    levels: I64s
    seen: I64s
    table: I64s
    control: I64s

    @classmethod
    def begin(cls, states: Words, kinds: int) -> "Arrays":
        """Arrays with nothing in them but initial states, which are not yet in the table."""
        width = states.shape[1]
        arrays = cls(
            width,
            np.zeros(_START * width, dtype=np.int64),
            np.zeros(_START + 1, dtype=np.int64),
            np.zeros(2 * _START, dtype=np.int32),
            np.zeros(2 * _START, dtype=np.int32),
            np.zeros(1024, dtype=np.int64),
            np.zeros(kinds, dtype=np.int64),
            np.zeros(4 * _START, dtype=np.int64),
            np.zeros(Cell.SIZE, dtype=np.int64),
        )
        arrays.words[: states.size] = states.ravel()
        arrays.control[Cell.TOTAL] = len(states)
        arrays.control[Cell.LEVELS] = 1
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
    def edges(self) -> int:
        """Edges of these."""
        return int(self.control[Cell.EDGES])

    @property
    def mask(self) -> int:
        """Selects a place of the table."""
        return len(self.table) - 1

    def tell(self) -> None:
        """Tells compiled code how much room there is."""
        room = min(len(self.words) // self.width, len(self.first) - 1)
        self.control[Cell.STATE_ROOM] = min(room, MOST_STATES)
        self.control[Cell.EDGE_ROOM] = len(self.targets)
        self.control[Cell.TABLE_ROOM] = int(len(self.table) * _FULL)
        self.control[Cell.LEVEL_ROOM] = len(self.levels)

    def grow(self) -> bool:
        """Makes room where there is none; whether the table is a new one, still empty."""
        total, edges = self.total, self.edges
        if total + OUT > len(self.first) - 1:
            room = int(len(self.first) * _MORE)
            self.first = grown(self.first, room + 1, self.here + 1)
            self.words = grown(self.words, room * self.width, total * self.width)
        if edges + OUT > len(self.targets):
            room = int(len(self.targets) * _MORE)
            self.targets = grown(self.targets, room, edges)
            self.kinds = grown(self.kinds, room, edges)
        if self.control[Cell.LEVELS] + OUT > len(self.levels):
            self.levels = grown(self.levels, 4 * len(self.levels) + OUT, len(self.levels))
        fresh = total + OUT > int(len(self.table) * _FULL)
        if fresh:
            size = 2 * len(self.table)
            del self.table
            self.table = np.zeros(size, dtype=np.int64)
        self.tell()
        return fresh


def grown(array: NDArray[Number], size: int, used: int) -> NDArray[Number]:
    """A longer array that begins with what is used of this one."""
    longer = np.empty(size, dtype=array.dtype)
    longer[:used] = array[:used]
    return longer
