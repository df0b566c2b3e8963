# SPDX-License-Identifier: MIT
"""How much time, memory and how many states a run may take, and who says stop."""

import os
import resource
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Protocol

PATIENCE = 2.0
"""Seconds that work which cannot look at a budget may go on when it is spent."""

_FOR_EVER = 1e8


class Spent(Exception):
    """A budget was spent amid work that cannot look at it; the message says which."""


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
    """Limits of one search, any of them None.  Whoever handles Ctrl-C calls ``interrupt``.

    ``megabytes`` is for the whole run: each of the ``processes`` that search side by side has an
    equal share, whatever else it keeps included.
    """

    seconds: float | None = None
    states: int | None = None
    megabytes: int | None = None
    processes: int = 1
    started: float = field(default_factory=time.monotonic)
    interrupted: bool = False
    _enforced: bool = False

    def interrupt(self) -> None:
        """Ctrl-C: what asks ends soon, what is enforced a little later."""
        self.interrupted = True
        if self._enforced:
            signal.setitimer(signal.ITIMER_REAL, PATIENCE)

    @contextmanager
    def enforced(self, grace: float = 0.0) -> Iterator[None]:
        """Around work that cannot ask: ends it in the middle, a little after time is up.

        After Ctrl-C that is at once; else ``grace`` more seconds are given.

        Only in the main thread, where signals come; elsewhere the work goes on to its end.

        Raises:
            Spent: that happened.
        """

        def end(number: int, frame: FrameType | None) -> None:
            del number, frame
            raise Spent(self.exceeded(0) or "time is up")

        try:
            before = signal.signal(signal.SIGALRM, end)
        except ValueError:
            yield
            return
        self._enforced = True
        if self.interrupted:
            signal.setitimer(signal.ITIMER_REAL, PATIENCE)
        elif self.seconds is not None and self.seconds < _FOR_EVER:
            left = self.started + self.seconds - time.monotonic()
            signal.setitimer(signal.ITIMER_REAL, max(left, 0.0) + PATIENCE + grace)
        try:
            yield
        finally:
            self._enforced = False
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            signal.signal(signal.SIGALRM, before)

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
