# SPDX-License-Identifier: MIT
"""What ``docs/proofs.md`` shows is what is printed, and its description of the file is enough."""

import base64
import json
import re
import zlib
from pathlib import Path

import pytest
from click.testing import CliRunner

from srcucheck.certify.read import MOST_BYTES, MOST_NUMBERS
from srcucheck.cli.main import cli
from srcucheck.driver.settings import Settings
from tests.corpus.test_expectations import judged

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "proofs.md").read_text()


def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, str, str]:
    """Runs the two commands: the certificate, what was printed, and what the page shows."""
    found = re.search(r"```\n\$ srcucheck (.*?)\n\$ srcucheck (.*?)\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(cli, found[1].split(), catch_exceptions=False).exit_code == 0
    again = CliRunner().invoke(cli, [*found[2].split(), "-D", "ORDER=same"], catch_exceptions=False)
    assert again.exit_code == 0
    return tmp_path / "same.cert", again.stdout, found[3]


def test_the_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, printed, shown = session(tmp_path, monkeypatch)
    assert printed == shown


def test_the_description_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader who has the page only gets the states that the engine found."""
    path, _, _ = session(tmp_path, monkeypatch)
    head, states, *trees, end = map(json.loads, path.read_text().splitlines())
    for line, keys in ((head, 1), (states, 2), (trees[0], 3)):
        row = PAGE.splitlines()[PAGE[: PAGE.index("\n| 1 |")].count("\n") + keys]
        assert all(f"`{key}`" in row for key in line), row
    assert list(end) == ["end"]

    def numbers(text: str, different: int, count: int) -> list[int]:
        raw = zlib.decompress(base64.b64decode(text))
        width = 0 if different <= 1 else 1 if different <= 256 else 2 if different <= 65536 else 4
        at = range(0, count * width, width)
        return [int.from_bytes(raw[k : k + width], "little") for k in at] or [0] * count

    raw = numbers(states["columns"], 2, states["states"] * 6)
    columns = []
    for values in states["values"]:
        if len(values) == 1:
            columns.append(values * states["states"])
        else:
            columns.append([values[raw.pop(0)] for _ in range(states["states"])])
    found = set(zip(*columns, strict=True))
    assert not raw and len(found) == states["states"]
    example = ROOT / "examples" / "1_first_deadlock.srcu"
    report = judged(example, Settings((("ORDER", "same"),)))[0]
    assert report.figures.states == len(found)
    assert {initial.state for initial in report.system.initial} <= found
    for tree in trees:
        of = numbers(tree["of"], len(tree["nodes"]) + 1, states["states"])
        assert max(of) <= len(tree["nodes"])


def test_the_limits() -> None:
    assert f"{MOST_BYTES >> 20} MB" in PAGE
    assert f"{MOST_NUMBERS // 1_000_000} million numbers" in PAGE


def test_the_session_for_any_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is printed is shown, and each line of the file has the keys that the page names."""
    part = PAGE[PAGE.index("### Certificates for any number") :]
    found = re.search(r"```\n\$ srcucheck (.*?)\n\$ srcucheck (.*?)\n(.*?)\n", part, re.DOTALL)
    assert found is not None
    (tmp_path / "models").symlink_to(ROOT / "models")
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(cli, found[1].split(), catch_exceptions=False).exit_code == 0
    again = CliRunner().invoke(cli, found[2].split(), catch_exceptions=False)
    assert again.exit_code == 0
    assert again.stdout.splitlines()[0] == found[3]
    lines = [json.loads(line) for line in Path("planes.cert").read_text().splitlines()]
    assert all(f"`{key}`" in PAGE for line in lines for key in line)
    table = part[part.index("\n| 1 |") + 1 :].splitlines()
    for row, line in enumerate(lines[1:3], 1):
        assert all(f"`{key}`" in table[row] for key in line)
