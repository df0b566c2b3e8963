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


@pytest.mark.parametrize("style", ["text", "json", "mail"])
def test_a_reader_that_leaves(style: str) -> None:
    line = (
        f"{' '.join(command('check', A15, '--format', style))} | head -n 1; echo ${{PIPESTATUS[0]}}"
    )
    done = subprocess.run(
        ["bash", "-c", line], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == "0"
    assert len(done.stdout.splitlines()) == 2


def test_nobody_to_read_at_all() -> None:
    line = f"{' '.join(command('check', A15))} >&- 2>&-; echo $?"
    done = subprocess.run(
        ["bash", "-c", line], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert (done.stdout, done.stderr) == ("0\n", "")


def test_a_terminal_that_knows_ascii_only(tmp_path: Path) -> None:
    model = tmp_path / "model.srcu"
    model.write_text("/* Über alles. */\nbool x;\nthread t { x = true; }\ncheck reachable(x);\n")
    found = process("check", model, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert found.status == 0
    assert "?ber alles" in found.out


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 65),
        (b"\0\1\2\3", 65),
        (os.urandom(5000), 65),
        (b"int x; thread t { x = " + b"(" * 5000 + b"1" + b")" * 5000 + b"; }", 65),
        (b"int x; thread t { x = " + b"1 + " * 5000 + b"1; }", 65),
        (b"int x; thread t { x = " + b"!" * 5000 + b"x; }", 65),
        (b"{" * 5000, 65),
        (b"thread t { " + b"if (1) " * 3000 + b"; }", 65),
        (b"param N = 1; param N = 2; thread t { }", 65),
        (b"void f(void) { f(); } thread t { f(); }", 65),
        (b"use model;", 65),
        (b'use "model.srcu";', 65),
        (b"thread t[i : 1000] { }", 65),
        (b"int x;\nthread t {\n" + b"\tx = 1;\n" * 10_000 + b"}\n", 0),
        (b"// nothing else\n" * 10_000 + b"thread t { }\n", 0),
        (b"int x;\n" * 10_000, 65),
    ],
)
def test_strange_input(content: bytes, status: int, tmp_path: Path) -> None:
    model = tmp_path / "model.srcu"
    model.write_bytes(content)
    found = process("check", model)
    assert found.status == status, found.err
    assert ("error[E" in found.err) == (status == 65)


def test_a_folder_in_the_place_of_a_model(tmp_path: Path) -> None:
    (tmp_path / "model.srcu").mkdir()
    found = process("check", tmp_path / "model.srcu")
    assert found.status == 65
    assert "E526" in found.err


def test_a_cache_that_cannot_be(tmp_path: Path) -> None:
    in_the_way = tmp_path / "cache"
    in_the_way.write_text("")
    found = process("check", A15, "-q", XDG_CACHE_HOME=str(in_the_way))
    assert (found.status, found.out, found.err) == (0, "", "")
