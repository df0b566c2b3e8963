# SPDX-License-Identifier: MIT
"""The tutorial: every model of ``examples/`` is as expected, and prints what ``expected/`` holds.

``SRCUCHECK_BLESS=1`` writes the files anew; read the difference before you commit it.
"""

import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from srcucheck.cli.main import cli

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.srcu"))
EXPECTED = ROOT / "examples" / "expected"


def output_of(path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What a user sees in the root of the project, without what differs from run to run."""
    monkeypatch.chdir(ROOT)
    arguments = ["check", "--format", "mail", str(path.relative_to(ROOT))]
    result = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    shown = re.sub(r"\b\d+\.\d+ s\b", "_ s", result.stdout)
    shown = re.sub(r"model [0-9a-f]{8}", "model ________", shown)
    return re.sub(r"srcucheck \d[\w.]*", "srcucheck _", shown)


def test_there_are_five() -> None:
    assert [path.name[0] for path in EXAMPLES] == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: str(path.stem))
def test_output(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = output_of(path, monkeypatch)
    expected = EXPECTED / f"{path.stem}.txt"
    if os.environ.get("SRCUCHECK_BLESS"):
        expected.write_text(shown)
    assert shown == expected.read_text()


def test_the_whole_folder_is_as_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(cli, ["check", "examples/"], catch_exceptions=False)
    assert result.exit_code == 0, result.output


def test_the_walk_through_names_every_model_and_design() -> None:
    page = (ROOT / "examples" / "README.md").read_text()
    for path in EXAMPLES:
        assert path.name in page
        for choice in re.findall(r"^choice (\w+) *= ([^;]+);", path.read_text(), re.MULTILINE):
            assert choice[0] in page, (path.name, choice)


@pytest.mark.parametrize("path", sorted(EXPECTED.glob("*.txt")), ids=lambda path: str(path.stem))
def test_expected_files_have_a_model(path: Path) -> None:
    assert (ROOT / "examples" / f"{path.stem}.srcu").exists()


def test_quoted_output_is_what_is_printed() -> None:
    """Every trace that the walk-through quotes stands in one of the expected files."""
    printed = "\n".join(path.read_text() for path in sorted(EXPECTED.glob("*.txt")))
    page = (ROOT / "examples" / "README.md").read_text()
    for quoted in re.findall(r"^```\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        assert quoted in printed, quoted
