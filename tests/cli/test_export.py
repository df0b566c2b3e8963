# SPDX-License-Identifier: MIT
"""``srcucheck export``: what it writes, and what it refuses."""

from pathlib import Path

import pytest

from tests.cli.conftest import Tool

MODEL = """
bool a;
int[0..3] n;
property odd "odd";
thread t { a = choose(false, true); if (a) n = 2; WARN_ON(n == 2, odd); }
check small: always(n < 3);
check ends: completes(t);
"""


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    path = tmp_path / "m.srcu"
    path.write_text(MODEL)
    return path


@pytest.mark.parametrize(
    ("language", "report", "invariant"),
    [
        ("murphi", 'error "odd"', 'invariant "small"'),
        ("promela", "assert(false); /* odd */", "/* small */"),
        ("tla", 'THEN "odd"', "INVARIANT small_"),
    ],
)
def test_what_is_asked_is_in_it(
    tool: Tool, exported: Path, tmp_path: Path, language: str, report: str, invariant: str
) -> None:
    plain = tool("export", "--to", language, exported)
    assert plain.status == 0
    assert report not in plain.out and invariant not in plain.out
    out = tmp_path / "out"
    asked = ["--property", "odd", "--property", "small"]
    both = tool("export", "--to", language, exported, *asked, "-o", out)
    assert both.status == 0 and both.out == ""
    assert report in out.read_text() and invariant in out.read_text()
    assert out.read_text().isascii()


@pytest.mark.parametrize(
    ("arguments", "status", "word"),
    [
        (["--property", "smal"], 65, "small"),
        (["--property", "ends"], 65, "E541"),
        (["-D", "N=1"], 65, "E520"),
        (["-o", "/nowhere/x"], 64, "/nowhere/x"),
        (["--specs", "/nowhere"], 64, "/nowhere"),
        (["-D", "N"], 64, "NAME=VALUE"),
    ],
)
def test_refused(tool: Tool, exported: Path, arguments: list[str], status: int, word: str) -> None:
    done = tool("export", "--to", "murphi", exported, *arguments)
    assert done.status == status
    assert word in done.err


def test_questions_about_endless_runs_are_for_spin(tool: Tool, exported: Path) -> None:
    """With a never claim, and one at a time."""
    done = tool("export", "--to", "promela", exported, "--property", "ends")
    assert done.status == 0
    for word in ("never {", "#define owed_1 ", "took_ = 1;", "accept_"):
        assert word in done.out
    done = tool("export", "--to", "promela", exported, "--property", "ends", "--property", "odd")
    assert done.status == 65 and "ends speaks of endless runs: it goes alone" in done.err
    done = tool("export", "--to", "promela", exported, "--property", "no_leak")
    assert done.status == 65 and "E541" in done.err


def test_endless_runs_for_tlc(tool: Tool, exported: Path) -> None:
    """With fairness as conditions of the specification."""
    done = tool("export", "--to", "tla", exported, "--property", "ends")
    assert done.status == 0
    for word in (
        "---- MODULE m ----",
        "cfg: PROPERTY Property",
        "([]<>~t_owes_)",
        "tick_' = 1 - tick_",
    ):
        assert word in done.out
    done = tool("export", "--to", "tla", exported, "--property", "ends", "--property", "odd")
    assert done.status == 65 and "ends speaks of endless runs: it goes alone" in done.err
    done = tool("export", "--to", "tla", exported, "--property", "no_deadlock")
    assert done.status == 65 and "E541" in done.err


def test_horn_clauses_ask_one_question(tool: Tool, exported: Path) -> None:
    done = tool("export", "--to", "smt2", exported, "--property", "ends")
    assert done.status == 0 and "(set-logic HORN)" in done.out
    for asked in ([], ["--property", "ends", "--property", "odd"]):
        done = tool("export", "--to", "smt2", exported, *asked)
        assert done.status == 65 and "--property" in done.err


def test_one_variant_at_a_time(tool: Tool, tmp_path: Path) -> None:
    path = tmp_path / "m.srcu"
    path.write_text("choice HOW = one | other; bool a; thread t { a = HOW == one; }")
    done = tool("export", "--to", "promela", path)
    assert done.status == 65 and "-D" in done.err and "HOW" in done.err
    done = tool("export", "--to", "promela", path, "-D", "HOW=one")
    assert done.status == 0 and "HOW=one" in done.out


def test_sets_too_wide_for_an_int(tool: Tool, tmp_path: Path) -> None:
    path = tmp_path / "m.srcu"
    path.write_text(
        "set of task s; bool a; thread t[i : 40] { s += current; a = empty(s); } check c: never(a);"
    )
    done = tool("export", "--to", "promela", path)
    assert done.status == 65 and "E541" in done.err
    done = tool("export", "--to", "tla", path)
    assert done.status == 65 and "E541" in done.err
    assert tool("export", "--to", "murphi", path).status == 0
