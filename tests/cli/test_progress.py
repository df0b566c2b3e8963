# SPDX-License-Identifier: MIT
"""Progress: on a terminal, after a second, and gone at the end."""

import io

import pytest

from srcucheck.base.budget import Progress
from srcucheck.cli import progress
from srcucheck.cli.progress import Meter, line

FIGURES = Progress(12_345, 67_890, 21, 432, 2.0, 99)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(stream: io.StringIO, times: int = 1) -> str:
    with Meter(stream) as meter:
        for _ in range(times):
            meter.progress(FIGURES)
    return stream.getvalue()


def test_the_figures() -> None:
    assert line(FIGURES) == "12,345 states  6,172/s  frontier 432  depth 21  99 MB"
    assert "0/s" in line(Progress(1, 1, 1, 1, 0.0, 1))


def test_nothing_in_the_first_second() -> None:
    assert shown(Terminal(), 5) == ""


def test_nothing_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    assert shown(io.StringIO(), 5) == ""
    with Meter(None) as meter:
        meter.progress(FIGURES)


def test_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    assert "12,345 states" in shown(Terminal(), 2)


@pytest.mark.parametrize("fails_after", [0, 40, 400])
def test_a_terminal_that_goes_away(monkeypatch: pytest.MonkeyPatch, fails_after: int) -> None:
    class Gone(Terminal):
        def write(self, text: str) -> int:
            if len(self.getvalue()) >= fails_after:
                raise OSError(5, "Input/output error")
            return super().write(text)

    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    gone = Gone()
    assert len(shown(gone, 50)) >= fails_after
