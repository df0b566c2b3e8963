# SPDX-License-Identifier: MIT
"""Progress on stderr: after one second, and on a terminal only."""

import time
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from srcucheck.base.budget import Progress

if TYPE_CHECKING:
    from rich.live import Live


class Meter:
    """A listener that shows figures while a search runs."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._began = time.monotonic()
        self._terminal = stream.isatty()
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
            self._live.stop()

    def progress(self, progress: Progress) -> None:
        """Shows the figures, once a second has gone by."""
        if not self._terminal or time.monotonic() - self._began < 1:
            return
        if self._live is None:
            from rich.console import Console
            from rich.live import Live

            self._live = Live(console=Console(file=self._stream), transient=True)
            self._live.start()
        rate = progress.states / progress.seconds if progress.seconds else 0.0
        self._live.update(
            f"{progress.states:,} states  {rate:,.0f}/s  frontier {progress.frontier:,}  "
            f"depth {progress.depth}  {progress.megabytes:,} MB"
        )
