# SPDX-License-Identifier: MIT
"""How much time, memory and how many states a run may take, and who says stop."""

import os
import resource
import sys
import time
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Progress:
    """Figures of a running search."""

    states: int
    transitions: int
    depth: int
    frontier: int
    seconds: float
    megabytes: int


class Listener(Protocol):
    """Is told how a search gets on; may be called several times a second."""

    def progress(self, progress: Progress) -> None:
        """Called with the figures so far."""


class Silent:
    """A listener that does nothing."""

    def progress(self, progress: Progress) -> None:
        """Ignores the figures."""


@dataclass(slots=True)
class Budget:
    """Limits of one search, any of them None.  ``interrupted`` is set by whoever handles Ctrl-C.

    ``megabytes`` is for the whole run: each of the ``processes`` that search side by side has an
    equal share, whatever else it keeps included.
    """

    seconds: float | None = None
    states: int | None = None
    megabytes: int | None = None
    processes: int = 1
    started: float = field(default_factory=time.monotonic)
    interrupted: bool = False

    def exceeded(self, states: int) -> str | None:
        """Why to stop now (``interrupted``, ``out of time: 5 s``, ...), or None."""
        if self.interrupted:
            return "interrupted"
        if self.states is not None and states >= self.states:
            return f"state budget of {self.states:,} spent"
        if self.seconds is not None and time.monotonic() - self.started > self.seconds:
            return f"time budget of {self.seconds:g} s spent"
        if self.megabytes is not None and resident_megabytes() * self.processes > self.megabytes:
            return f"memory budget of {self._share(self.megabytes)} spent"
        return None

    def _share(self, megabytes: int) -> str:
        if self.processes == 1:
            return f"{megabytes:,} MB"
        share = megabytes // self.processes
        return f"{share:,} MB ({megabytes:,} MB for {self.processes} processes)"


_STATUS = "/proc/self/statm"
_PAGE = resource.getpagesize()


def resident_megabytes() -> int:
    """Resident memory of this process in MB, as it is now.

    Where no file says so (elsewhere than on Linux), the most that it ever was: what a large search
    took is then counted against the small one that follows in the same process.
    """
    try:
        handle = os.open(_STATUS, os.O_RDONLY)  # each time anew: a forked process is another "self"
    except OSError:
        return _peak_megabytes()
    try:
        return int(os.read(handle, 256).split()[1]) * _PAGE >> 20
    except (OSError, IndexError, ValueError):
        return _peak_megabytes()
    finally:
        os.close(handle)


def _peak_megabytes() -> int:
    """Linux counts in KB, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak >> 20 if sys.platform == "darwin" else peak >> 10
