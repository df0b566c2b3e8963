# SPDX-License-Identifier: MIT
"""README's first screen is real: its model gives the output that stands under it."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from srcucheck.cli.main import cli

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def command_under(heading: str) -> list[str]:
    """The lines of the first fenced block below a heading."""
    below = README.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    block = below.partition("```\n")[2].partition("```")[0]
    return [line for line in block.splitlines() if line.strip()]


def test_the_first_screen_is_what_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = re.search(r"```c\n(.*?)```\n\n```\n\$ srcucheck (.*?)\n(.*?)```", README, re.DOTALL)
    assert found is not None
    model, command, output = found.groups()
    (tmp_path / "first.srcu").write_text(model)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, command.split(), catch_exceptions=False)
    assert re.sub(r"\d+\.\d\d s", "0.01 s", result.stdout) == output
    assert result.exit_code == 1


def test_the_mend_it_names_mends_it(tmp_path: Path) -> None:
    found = re.search(r"```c\n(.*?)```", README, re.DOTALL)
    assert found is not None
    wait, leave = "\tdma_fence_wait(&frame, false);\n", "\tdrm_dev_exit(idx);\n"
    assert wait + leave in found[1]
    (tmp_path / "mended.srcu").write_text(found[1].replace(wait + leave, leave + wait))
    result = CliRunner().invoke(cli, ["check", str(tmp_path / "mended.srcu")])
    assert "unplug_returns           holds" in result.stdout
    assert "no_hang                  fails" in result.stdout


def test_the_primitive_of_the_guide_works(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "adding-a-primitive.md").read_text()
    parts = re.findall(r"```c\n(.*?)```", page, re.DOTALL)
    (tmp_path / "mailbox.srcu").write_text("\n".join(parts))
    result = CliRunner().invoke(cli, ["check", str(tmp_path / "mailbox.srcu")])
    assert result.stdout.count("[as expected]") == 2
    assert result.exit_code == 0, result.stdout


@pytest.mark.parametrize("heading", ["Run it", "Test it"])
def test_one_line_sets_everything_up(heading: str) -> None:
    assert len(command_under(heading)) == 1


def test_every_path_that_is_named_exists() -> None:
    for path in re.findall(r"`((?:docs|specs|models|examples|srcucheck)/[\w./-]*)`", README):
        assert (ROOT / path).exists(), path
