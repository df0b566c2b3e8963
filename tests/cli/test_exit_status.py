# SPDX-License-Identifier: MIT
"""Every exit status, alone and in company, in every format."""

from pathlib import Path

import pytest

from tests.cli.conftest import Tool

KINDS = {
    "holds": "bool x;\nthread t { await (x); }\nthread u { x = true; }\ncheck c: completes(t);\n",
    "fails": "bool x;\nthread t { await (x); }\ncheck done: completes(t);\n",
    "bounded": "int[0..3] n;\nthread t { for (;;) atomic n++; }\ncheck done: never(n > 5);\n",
    "vacuous": "bool x;\nvoid f() { }\nthread t { if (x) f(); }\ncheck c: completes(f);\n",
    "bad": "thread t { x = 1; }\n",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in KINDS.items():
        (tmp_path / f"{name}.srcu").write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("names", "status"),
    [
        (["holds"], 0),
        (["fails"], 1),
        (["bounded"], 2),
        (["vacuous"], 3),
        (["bad"], 65),
        (["holds", "bounded"], 2),
        (["bounded", "vacuous"], 3),
        (["vacuous", "fails"], 1),
        (["fails", "bad"], 65),
        (["bad", "holds", "bounded", "vacuous", "fails"], 65),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.usefixtures("folder")
def test_the_most_urgent_status_wins(tool: Tool, names: list[str], status: int, jobs: str) -> None:
    assert tool("check", "--jobs", jobs, *(f"{n}.srcu" for n in names)).status == status


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.usefixtures("folder")
def test_every_format_gives_the_same_status(tool: Tool, kind: str) -> None:
    styles = ("text", "mail", "json")
    assert len({tool("check", "--format", s, f"{kind}.srcu").status for s in styles}) == 1


@pytest.mark.parametrize(
    ("kind", "expected", "status"),
    [
        ("holds", "holds", 0),
        ("holds", "fails", 1),
        ("fails", "fails", 0),
        ("fails", "holds", 1),
        ("bounded", "holds_up_to", 0),
        ("bounded", "holds", 1),
        ("vacuous", "unknown", 0),
        ("vacuous", "holds", 1),
    ],
)
def test_an_expectation_turns_the_status_round(
    tool: Tool, folder: Path, kind: str, expected: str, status: int
) -> None:
    path = folder / f"{kind}.srcu"
    standing = "check no_hang; expect fails;\n" if kind == "fails" else ""
    path.write_text(f"{KINDS[kind].rstrip()}  expect {expected};\n{standing}")
    assert tool("check", path).status == status


@pytest.mark.parametrize(
    ("budget", "why"),
    [
        (["--timeout", "0"], "time budget of 0 s spent"),
        (["--max-states", "1"], "state budget of 1 spent"),
        (["--max-memory", "1"], "memory budget of 1 MB spent"),
    ],
    ids=["time", "states", "memory"],
)
@pytest.mark.usefixtures("folder")
def test_a_spent_budget_is_no_pass(tool: Tool, budget: list[str], why: str) -> None:
    found = tool("check", *budget, "holds.srcu")
    assert found.status == 3
    assert f"unknown: {why}" in found.out
    assert "NOT COMPLETE" in found.out
    assert "holds " not in found.out
