# SPDX-License-Identifier: MIT
"""Ctrl-C, readers that leave, input that is no model: in processes of their own."""

import contextlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, command, process

LOAD = "tests/bench/load.srcu"
NATURAL = "tests/bench/natural.srcu"
A15 = "models/fences/fence_wait_in_section.srcu"


def interrupted(*arguments: object, group: bool) -> tuple[int, str, str]:
    """The command, stopped when it has had time to get going; to the group, as a terminal does."""
    with subprocess.Popen(
        command("check", *arguments),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as running:
        while _worked(running.pid) < 3.0:
            assert running.poll() is None
            time.sleep(0.05)
        if group:
            os.killpg(running.pid, signal.SIGINT)
        else:
            running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert "Traceback" not in err
    return running.returncode, out, err


def _worked(group: int) -> float:
    """Seconds of processor time of all processes of a group: how far they are, on any machine."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            if int(fields[2]) == group:
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize("group", [True, False])
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_leaves_the_figures_so_far(jobs: str, group: bool) -> None:
    paths = [LOAD] if jobs == "1" else [LOAD, NATURAL]
    options = ["-D", "N=3", "--no-reductions", "--format", "json", "--jobs", jobs]
    status, out, err = interrupted(*paths, *options, group=group)
    assert status == 130
    assert "interrupted" in err
    data = json.loads(out)
    assert data["interrupted"]
    assert [f["path"] for f in data["files"]] == paths
    for file in data["files"]:
        (variant,) = file["variants"]
        assert not variant["complete"]
        assert variant["states"] > 0
        assert all("interrupted" in p["why"] for p in variant["properties"] if p["why"])
        assert {p["verdict"] for p in variant["properties"]} == {"unknown"}


@pytest.fixture
def bad(tmp_path: Path) -> str:
    path = tmp_path / "bad.srcu"
    path.write_text("thread t { x = 1; }\n")
    return str(path)


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("-h", 0),
        ("check --help", 0),
        ("explain E301", 0),
        (f"check {A15} --format json", 0),
        ("chekc", 64),
        ("explain E999", 64),
        ("check BAD", 65),
    ],
)
def test_nobody_reads_any_more(words: str, status: int, bad: str) -> None:
    """Both streams lead into a pipe that is closed at its other end."""
    reader, writer = os.pipe()
    os.close(reader)
    called = command(*words.replace("BAD", bad).split())
    with subprocess.Popen(called, cwd=ROOT, stdout=writer, stderr=writer) as done:
        os.close(writer)
    assert done.returncode == status


@pytest.mark.parametrize(
    ("words", "full", "status"),
    [
        ("-h", "stdout", 70),
        (f"check {A15}", "stdout", 70),
        ("chekc", "stderr", 64),
        ("check BAD", "stderr", 65),
    ],
)
def test_a_full_disk(words: str, full: str, status: int, bad: str) -> None:
    """Lost results are an error; lost words about one are not, as the status says it all."""
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with open("/dev/full", "w") as device:
        done = subprocess.run(
            command(*words.replace("BAD", bad).split()),
            cwd=ROOT, text=True, timeout=60, check=False, **given | {full: device},
        )  # fmt: skip
    assert done.returncode == status
    assert full == "stderr" or done.stderr == "srcucheck: No space left on device\n"


@pytest.mark.parametrize("style", ["text", "json", "mail"])
def test_a_reader_that_leaves_early(style: str) -> None:
    with subprocess.Popen(
        command("check", A15, "--format", style),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.read(10)
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 0


@pytest.mark.parametrize(("words", "status"), [(f"check {A15}", 0), ("chekc", 64)])
def test_nobody_to_read_at_all(words: str, status: int) -> None:
    line = f"({' '.join(command(*words.split()))}) >&- 2>&-; echo $?"
    done = subprocess.run(
        ["bash", "-c", line], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert (done.stdout, done.stderr) == (f"{status}\n", "")


def test_usage_errors_go_to_stderr_or_nowhere() -> None:
    line = f"{' '.join(command('chekc'))} 2>&-; echo $?"
    done = subprocess.run(
        ["bash", "-c", line], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert (done.stdout, done.stderr) == ("64\n", "")


def test_a_terminal_that_knows_ascii_only(tmp_path: Path) -> None:
    model = tmp_path / "model.srcu"
    model.write_text("/* Über alles. */\nbool x;\nthread t { x = true; }\ncheck reachable(x);\n")
    found = process("check", model, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert found.status == 0
    assert "?ber alles" in found.out


def test_a_cache_that_cannot_be(tmp_path: Path) -> None:
    in_the_way = tmp_path / "cache"
    in_the_way.write_text("")
    found = process("check", A15, "-q", XDG_CACHE_HOME=str(in_the_way))
    assert (found.status, found.out, found.err) == (0, "", "")
