# SPDX-License-Identifier: MIT
"""Ctrl-C in every stage: 130, what is known so far, no traceback, nobody left behind."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from srcucheck.base import budget
from srcucheck.driver import jobs, stages
from srcucheck.explicit.engine import Explicit
from srcucheck.explicit.hunt import Hunter, Quarry
from srcucheck.ir.system import Check
from srcucheck.render import jsonout
from tests.cli.conftest import ROOT, Tool, command

STAGES: dict[str, tuple[Any, str]] = {
    "load": (jobs, "load_model"),
    "resolve": (stages, "resolve_model"),
    "lower": (stages.Model, "lowered"),
    "search": (Explicit, "judge"),
}


def before(
    monkeypatch: pytest.MonkeyPatch, stage: tuple[Any, str], act: Callable[[], None]
) -> None:
    """Something happens each time that a stage begins."""
    real = getattr(*stage)

    def hooked(*arguments: Any, **named: Any) -> Any:
        act()
        return real(*arguments, **named)

    monkeypatch.setattr(*stage, hooked)


def press() -> None:
    signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("stage", STAGES)
def test_ctrl_c_in_a_stage(
    tool: Tool, model: Path, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    before(monkeypatch, STAGES[stage], press)
    found = tool("check", model, "--format", "json", "--jobs", "1")
    assert found.status == 130
    assert found.err.startswith("srcucheck: interrupted: ")
    data = json.loads(found.out)
    assert data["interrupted"]
    (variant,) = data["files"][0]["variants"]
    assert not variant["complete"]
    assert {p["verdict"] for p in variant["properties"]} == {"unknown"}
    searched = stage == "search"
    assert bool(variant["states"]) is searched
    reasons = {p["why"] for p in variant["properties"]}
    assert searched or reasons == {"interrupted: the search had not begun"}


def test_ctrl_c_when_all_is_judged(
    tool: Tool, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before(monkeypatch, (jsonout, "render"), press)
    found = tool("check", model, "--format", "json")
    assert (found.status, found.err) == (0, "")
    assert json.loads(found.out)["files"][0]["variants"][0]["complete"]


@pytest.mark.parametrize("stage", STAGES)
def test_ctrl_c_twice_ends_at_once(
    tool: Tool, model: Path, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    before(monkeypatch, STAGES[stage], lambda: (press(), press())[0])
    found = tool("check", model, "--jobs", "1")
    assert (found.status, found.out, found.err) == (130, "", "")


@pytest.mark.parametrize("options", [["--timeout", "0"], []])
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_lowering_that_does_not_end_is_ended(
    tool: Tool,
    model: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    jobs: str,
) -> None:
    """By the time budget, or else by Ctrl-C; what was judged before stays."""
    monkeypatch.setattr(budget, "PATIENCE", 0.05)
    model.write_text("choice W = a | b;\n" + model.read_text())
    real, ours = stages.Model.lowered, os.getpid()

    def lowered(self: stages.Model, chosen: Any) -> stages.Lowered:
        if chosen["W"] == "b":
            if not options:
                os.kill(ours, signal.SIGINT)
            while True:
                pass
        return real(self, chosen)

    monkeypatch.setattr(stages.Model, "lowered", lowered)
    found = tool("check", model, "--format", "json", "--jobs", jobs, *options)
    (file,) = json.loads(found.out)["files"]
    if options:
        assert found.status == 3
        assert "(W=b): time budget of 0 s spent before the search began" in " ".join(
            found.err.split()
        )
        assert [d["code"] for d in file["diagnostics"]] == ["E524"]
        assert [v["choices"] for v in file["variants"]] == [{"W": "a"}]
    else:
        assert found.status == 130
        assert [v["choices"] for v in file["variants"]] == [{"W": "a"}]
        assert jobs == "2" or file["variants"][0]["complete"]


@pytest.mark.parametrize("options", [["--timeout", "0.3"], []])
def test_judging_that_does_not_end_is_ended(
    tool: Tool, model: Path, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    """All states are known by then; what is not judged is unknown and says so."""
    monkeypatch.setattr(budget, "PATIENCE", 0.05)

    def hunt(self: Hunter, check: Check) -> list[Quarry]:
        if not options:
            press()
        while True:
            pass

    monkeypatch.setattr(Hunter, "hunt", hunt)
    found = tool("check", model, "--format", "json", "--jobs", "1", *options)
    assert found.status == (3 if options else 130)
    (variant,) = json.loads(found.out)["files"][0]["variants"]
    assert variant["states"]
    why = "time budget of 0.3 s spent" if options else "interrupted"
    assert {p["why"] for p in variant["properties"]} == {
        f"all states are known, but not judged: {why}"
    }


def test_no_process_is_left_behind(tmp_path: Path) -> None:
    """Workers that search notice when the process that started them is killed."""
    path = tmp_path / "large.srcu"
    walk = "atomic { at[i] = at[i] == (W == a ? 9 : 8) ? 0 : at[i] + 1; }"
    path.write_text(
        f"choice W = a | b;\nint[0..9] at[9];\nuser walker[i : 9] {{ for (;;) {walk} }}\n"
    )
    called = command("check", "--jobs", "2", path)
    with subprocess.Popen(
        called, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as running:  # fmt: skip
        while len(_members(running.pid)) < 3:
            assert running.poll() is None
            time.sleep(0.05)
        running.kill()
    deadline = time.monotonic() + 30
    while _members(running.pid):
        assert time.monotonic() < deadline, "workers outlived their parent"
        time.sleep(0.05)


def _members(group: int) -> list[int]:
    """Processes of a group that still run."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(int(path.parent.name))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["bmc", "pdr"])
def test_ctrl_c_while_z3_works(engine: str) -> None:
    """Z3 has a handler of its own, which would end one question and let the next begin."""
    model = ROOT / "models/unplug/buffer_pool_flush.srcu"
    asked = command("check", "-j1", "--engine", engine, model)
    with subprocess.Popen(asked, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        time.sleep(4)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err.startswith(b"srcucheck: interrupted: ")
