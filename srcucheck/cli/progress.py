# SPDX-License-Identifier: MIT
"""Progress on stderr: after one second, and on a terminal only."""

import time
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from srcucheck.base.budget import Progress

if TYPE_CHECKING:
    from rich.live import Live

PATIENCE = 1.0
"""Seconds before anything is shown."""


class Meter:
    """A listener that shows figures while a search runs."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._began = time.monotonic()
        self._terminal = stream is not None and stream.isatty()
        self._live: Live | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            with suppress(OSError):
                self._live.stop()

    def progress(self, progress: Progress) -> None:
        """Shows the figures, once a second has gone by."""
        if not self._terminal or time.monotonic() - self._began < PATIENCE:
            return
        try:
            if self._live is None:
                self._live = self._start()
            self._live.update(line(progress), refresh=True)
        except OSError:  # the terminal is gone: that is no reason to stop
            self._terminal = False

    def _start(self) -> "Live":
        from rich.console import Console
        from rich.live import Live

        console = Console(file=self._stream, highlight=False)
        # no thread that refreshes: worker processes are forked while this shows
        live = Live(console=console, transient=True, auto_refresh=False)
        live.start()
        return live


def line(progress: Progress) -> str:
    """The figures of a search in one line."""
    rate = progress.states / progress.seconds if progress.seconds > 0 else 0.0
    return (
        f"{progress.states:,} states  {rate:,.0f}/s  frontier {progress.frontier:,}  "
        f"depth {progress.depth:,}  {progress.megabytes:,} MB"
    )
