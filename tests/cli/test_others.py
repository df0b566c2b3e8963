# SPDX-License-Identifier: MIT
"""``explain``, ``catalogue``, ``replay``, completion."""

from pathlib import Path

import pytest

from srcucheck.driver.library import shipped
from tests.cli.conftest import Tool, process

E12 = shipped("models") / "lifetime" / "flush_work_on_delayed_work.srcu"


def test_explain(tool: Tool) -> None:
    found = tool("explain", "e521")
    assert found.status == 0
    assert found.out.startswith("E521: ")


def test_explain_has_a_hint(tool: Tool) -> None:
    assert "Did you mean" in tool("explain", "E52l").err


@pytest.mark.parametrize("code", ["E520", "E521", "E522", "E523", "E524", "E525", "E526", "E527",
                                  "E528", "E529"])  # fmt: skip
def test_every_code_of_the_driver_is_explained(tool: Tool, code: str) -> None:
    assert tool("explain", code).status == 0


def test_catalogue_of_all(tool: Tool) -> None:
    found = tool("catalogue")
    assert found.status == 0
    specs, models = (part.splitlines()[1:] for part in found.out.split("\n\n"))
    assert [line.split()[0] for line in specs] == sorted(
        p.stem for p in shipped("specs").glob("*.srcu")
    )
    folder = shipped("models")
    assert [line.split()[0] for line in models] == sorted(
        str(p.relative_to(folder).with_suffix("")) for p in folder.rglob("*.srcu")
    )


def test_catalogue_of_one(tool: Tool) -> None:
    found = tool("catalogue", "drm")
    assert found.status == 0
    assert "bool drm_dev_enter(struct drm_device *d, int *idx)" in found.out


def test_replay(tool: Tool, tmp_path: Path) -> None:
    stored = tmp_path / "run.json"
    stored.write_text(tool("check", E12, "--format", "json").out)
    found = tool("replay", stored, E12)
    assert found.status == 0
    assert "accepted" in found.out
    assert "REFUSED" not in found.out
    stored.write_text(stored.read_text().replace('"after": 1\n', '"after": 0\n'))
    found = tool("replay", stored, E12)
    assert found.status == 1
    assert "REFUSED" in found.out


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b'{"files": []}'])
def test_replay_of_what_is_no_trace(tool: Tool, tmp_path: Path, content: bytes) -> None:
    stored = tmp_path / "run.json"
    stored.write_bytes(content)
    found = tool("replay", stored, E12)
    assert found.status == 65
    assert "E527" in found.err


def test_replay_with_a_wrong_model(tool: Tool, tmp_path: Path, model: Path) -> None:
    stored = tmp_path / "run.json"
    stored.write_text(tool("check", E12, "--format", "json").out)
    model.write_text("int (")
    found = tool("replay", stored, model)
    assert found.status == 65
    assert "error[E1" in found.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell: str) -> None:
    found = process(_SRCUCHECK_COMPLETE=f"{shell}_source")
    assert found.status == 0
    assert "srcucheck" in found.out
