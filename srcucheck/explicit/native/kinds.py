# SPDX-License-Identifier: MIT
"""Kinds of edges: which action, and which of its labels were passed.

Most are known when an action is compiled; the rest is found by compiled code, in a table that
both share: for each kind its action, the next kind of that action, and the words of its bits.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(slots=True)
class Kinds:
    """The kinds that are known so far; ``words`` are those of the widest bits."""

    words: int
    known: dict[tuple[int, int], int] = field(default_factory=dict)

    def width(self, labels: int) -> int:
        """The words that the bits of so many labels take."""
        return (labels + 63) // 64

    def fixed(self, action: int, bits: int) -> int:
        """The number of a kind."""
        return self.known.setdefault((action, bits), len(self.known))

    @property
    def stride(self) -> int:
        """Cells of one kind in the table."""
        return 2 + self.words


@dataclass(slots=True)
class KindTable:
    """The table; ``heads`` has the first kind of each action, or -1."""

    kinds: Kinds
    cells: NDArray[np.int64]
    heads: NDArray[np.int64]
    count: int

    def written_back(self) -> Kinds:
        """All kinds, those that compiled code has found included."""
        for number in range(self.count):
            self.kinds.known.setdefault(self.look(number), number)
        return self.kinds

    @classmethod
    def of(cls, kinds: Kinds, actions: int) -> "KindTable":
        """A table with those that are known."""
        stride = kinds.stride
        cells = np.zeros(stride * max(256, 4 * len(kinds.known)), dtype=np.int64)
        heads = np.full(max(1, actions), -1, dtype=np.int64)
        for (action, bits), number in kinds.known.items():
            row = cells[stride * number : stride * (number + 1)]
            row[0], row[1] = action, heads[action]
            for word in range(kinds.words):
                part = bits >> 64 * word & (1 << 64) - 1
                row[2 + word] = part - (1 << 64) if part >> 63 else part
            heads[action] = number
        return cls(kinds, cells, heads, len(kinds.known))

    @property
    def room(self) -> int:
        """How many kinds there is room for."""
        return len(self.cells) // self.kinds.stride

    def grow(self) -> None:
        """Makes room for more."""
        self.cells = np.concatenate([self.cells, np.zeros_like(self.cells)])

    def look(self, number: int) -> tuple[int, int]:
        """The action and the bits of a kind."""
        stride = self.kinds.stride
        row = [int(cell) for cell in self.cells[stride * number : stride * (number + 1)]]
        bits = 0
        for word, part in enumerate(row[2:]):
            bits |= (part & (1 << 64) - 1) << 64 * word
        return row[0], bits
