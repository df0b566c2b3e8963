# SPDX-License-Identifier: MIT
"""How much time, memory and how many states a run may take, and who says stop."""

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
    """Limits of one run, any of them None.  ``interrupted`` is set by whoever handles Ctrl-C."""

    seconds: float | None = None
    states: int | None = None
    megabytes: int | None = None
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
        if self.megabytes is not None and resident_megabytes() > self.megabytes:
            return f"memory budget of {self.megabytes:,} MB spent"
        return None


def resident_megabytes() -> int:
    """Peak resident memory of this process in MB (Linux counts in KB, macOS in bytes)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (1024 * 1024) if sys.platform == "darwin" else peak // 1024
