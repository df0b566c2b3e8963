# SPDX-License-Identifier: MIT
"""What a run may take: the memory of now, and shares of it."""

import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from srcucheck.base import budget
from srcucheck.base.budget import Budget, Spent, resident_megabytes

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc")


@LINUX
def test_what_was_freed_does_not_count() -> None:
    before = resident_megabytes()
    much = bytearray(os.urandom(1)) * (200 << 20)
    assert resident_megabytes() >= before + 190
    del much
    assert resident_megabytes() < before + 50


@LINUX
def test_a_forked_process_counts_its_own() -> None:
    before = resident_megabytes()
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        much = b"x" * (200 << 20)
        os.write(theirs, str(resident_megabytes() * bool(much)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert int(os.read(ours, 100)) > 200
    assert resident_megabytes() < before + 50


def test_elsewhere_the_peak_has_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for there in ("", "nonsense", "1\n"):
        (tmp_path / "statm").write_text(there)
        monkeypatch.setattr(budget, "_STATUS", str(tmp_path / "statm"))
        assert resident_megabytes() > 5
    monkeypatch.setattr(budget, "_STATUS", str(tmp_path / "nowhere"))
    assert resident_megabytes() > 5


@pytest.mark.parametrize(
    ("megabytes", "processes", "why"),
    [
        (301, 1, None),
        (299, 1, "memory budget of 299 MB spent"),
        (600, 2, None),
        (599, 2, "memory budget of 299 MB (599 MB for 2 processes) spent"),
    ],
)
def test_processes_share(
    megabytes: int, processes: int, why: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "resident_megabytes", lambda: 300)
    assert Budget(megabytes=megabytes, processes=processes).exceeded(0) == why


def test_work_that_cannot_ask_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "PATIENCE", 0.05)
    with pytest.raises(Spent, match="time budget of 0 s spent"), Budget(seconds=0.0).enforced():
        while True:
            pass
    interrupted = Budget()
    with pytest.raises(Spent, match="interrupted"), interrupted.enforced():
        interrupted.interrupt()
        while True:
            pass
    with pytest.raises(Spent, match="interrupted"), interrupted.enforced():
        while True:
            pass


def test_work_that_ends_in_time_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "PATIENCE", 0.05)
    before = signal.getsignal(signal.SIGALRM)
    spent = Budget(seconds=0.0)
    with spent.enforced():
        pass
    spent.interrupt()
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) is before
    for seconds in (None, 1e300, float("inf")):
        with Budget(seconds=seconds).enforced():
            assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_in_another_thread_there_are_no_signals() -> None:
    found: list[str] = []

    def work() -> None:
        with Budget(seconds=0.0).enforced():
            found.append("done")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == ["done"]
