# SPDX-License-Identifier: MIT
"""``srcucheck fmt``: in place, all or nothing."""

import os
from pathlib import Path

import pytest

from tests.cli.conftest import Tool

UGLY = "/* A title. */\nint   x ;\nthread t{x=1;   // why\n}\n"


@pytest.fixture
def ugly(tmp_path: Path) -> Path:
    path = tmp_path / "ugly.srcu"
    path.write_text(UGLY)
    path.chmod(0o640)
    return path


def test_in_place(tool: Tool, ugly: Path) -> None:
    found = tool("fmt", ugly)
    assert (found.status, found.out) == (0, f"{ugly}: formatted\n")
    text = ugly.read_text()
    assert text != UGLY
    assert "// why" in text
    assert ugly.stat().st_mode & 0o777 == 0o640
    assert os.listdir(ugly.parent) == [ugly.name]
    assert tool("fmt", ugly).out == ""
    assert tool("fmt", "--check", ugly).status == 0


def test_check_changes_nothing(tool: Tool, ugly: Path) -> None:
    found = tool("fmt", "--check", ugly.parent)
    assert (found.status, found.out) == (1, f"{ugly}: would change\n")
    assert ugly.read_text() == UGLY


def test_a_file_with_errors_is_left_as_it_is(tool: Tool, ugly: Path) -> None:
    wrong = ugly.with_name("wrong.srcu")
    wrong.write_text(UGLY + "int (")
    found = tool("fmt", ugly.parent)
    assert found.status == 65
    assert "error[E1" in found.err
    assert wrong.read_text() == UGLY + "int ("
    assert ugly.read_text() != UGLY, "the others are formatted all the same"


def test_what_cannot_be_formatted(tool: Tool, tmp_path: Path) -> None:
    assert tool("fmt", tmp_path).status == 65
    (tmp_path / "gone.srcu").symlink_to(tmp_path / "nowhere")
    assert tool("fmt", tmp_path / "gone.srcu").status == 65


def test_a_link_stays_one(tool: Tool, ugly: Path) -> None:
    link = ugly.with_name("link.srcu")
    link.symlink_to(ugly)
    assert tool("fmt", link).status == 0
    assert link.is_symlink()
    assert ugly.read_text() != UGLY


def test_line_ends_of_another_system(tool: Tool, ugly: Path) -> None:
    assert tool("fmt", ugly).status == 0
    text = ugly.read_text()
    ugly.write_bytes(text.replace("\n", "\r\n").encode())
    assert tool("fmt", "--check", ugly).status == 1
    assert tool("fmt", ugly).status == 0
    assert ugly.read_bytes() == text.encode()
