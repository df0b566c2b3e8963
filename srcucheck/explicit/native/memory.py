# SPDX-License-Identifier: MIT
"""Arrays that grow in place: the system moves pages, nothing is copied or touched before its time.

While compiled code runs there is only an address; views are for afterwards, and while there is one
the array cannot grow.
"""

import ctypes
import mmap
from contextlib import suppress
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

_LARGE = 8 << 20

Number = TypeVar("Number", np.uint8, np.int32, np.int64)


class Growing(Generic[Number]):
    """Zeros, as many as wanted."""

    def __init__(self, kind: type[Number], size: int) -> None:
        self._kind: type[Number] = kind
        self._each = np.dtype(kind).itemsize
        self._map = _zeros(size * self._each)
        self.size = size

    @property
    def address(self) -> int:
        """Where it is, until it grows."""
        return ctypes.addressof(ctypes.c_char.from_buffer(self._map))

    def view(self, count: int | None = None) -> NDArray[Number]:
        """The array, or its beginning."""
        return np.frombuffer(self._map, dtype=self._kind, count=-1 if count is None else count)

    def grow(self, size: int) -> None:
        """Makes room for so many."""
        try:
            self._map.resize(size * self._each)
            if size * self._each >= _LARGE:
                with suppress(OSError, AttributeError):
                    self._map.madvise(mmap.MADV_HUGEPAGE)
        except (SystemError, BufferError):  # not on every system
            longer = _zeros(size * self._each)
            longer[: len(self._map)] = self._map[:]
            self._map = longer
        self.size = size

    def cut(self, size: int) -> None:
        """Gives back what is beyond."""
        if 0 < size < self.size:
            with suppress(SystemError, BufferError):
                self._map.resize(size * self._each)
                self.size = size


def _zeros(size: int) -> mmap.mmap:
    """Private memory, as what is shared would not grow with its map; in large pages if it is large.

    Tables are looked at all over: with small pages half of the time goes to finding the page.
    """
    found = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if size >= _LARGE:
        with suppress(OSError, AttributeError):
            found.madvise(mmap.MADV_HUGEPAGE)
    return found


def address(array: NDArray[Any]) -> int:
    """Where the elements of an array are."""
    return int(array.ctypes.data)
