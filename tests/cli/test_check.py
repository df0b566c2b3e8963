# SPDX-License-Identifier: MIT
"""``srcucheck check``: options, output, exit status."""

import json
from pathlib import Path

import pytest

from srcucheck.driver.library import shipped
from tests.cli.conftest import Tool

FAILS = "bool never;\nthread t { await (never) ; }\ncheck c: completes(t);\n"
A15 = shipped("models") / "fences" / "fence_wait_in_section.srcu"


def test_all_as_expected(tool: Tool, model: Path) -> None:
    found = tool("check", model)
    assert found.status == 0
    assert "c " in found.out
    assert "holds" in found.out
    assert found.err == ""


def test_a_property_that_fails(tool: Tool, model: Path) -> None:
    model.write_text(FAILS)
    found = tool("check", model)
    assert found.status == 1
    assert "fails" in found.out


@pytest.mark.parametrize(
    ("options", "status"),
    [
        (["-D", "WAIT=outside"], 0),
        (["-D", "WAIT=outside", "-D", "IOCTLS=1", "--no-reductions"], 0),
        (["-S", "srcu=srcu_counters", "-D", "WAIT=timed"], 0),
        (["--property", "unplug_returns", "--property", "no_hang"], 0),
        (["--max-states", "10"], 3),
        (["--timeout", "0"], 3),
        (["--max-memory", "1"], 3),
        (["--max-memory", "9" * 30, "--timeout", "inf", "--jobs", "9" * 30], 0),
        (["-D", "WAIT=nowhere"], 65),
        (["-D", "WEIGHT=1"], 65),
        (["-D", "IOCTLS=100"], 65),
        (["-S", "srcu=nothing"], 65),
        (["--property", "unplug_retuns"], 65),
    ],
)
def test_options(tool: Tool, options: list[str], status: int) -> None:
    assert tool("check", A15, *options).status == status


@pytest.mark.parametrize("style", ["text", "mail", "json"])
def test_formats(tool: Tool, style: str) -> None:
    found = tool("check", A15, "-D", "WAIT=uninterruptible", "--format", style)
    assert found.status == 0
    if style == "json":
        assert json.loads(found.out)["files"][0]["path"] == str(A15)
    else:
        assert "*** HANG ***" in found.out


def test_quiet_says_nothing_where_all_is_as_expected(tool: Tool, model: Path) -> None:
    assert tool("check", model, "-q").out == ""
    model.write_text(FAILS)
    assert "fails" in tool("check", model, "--quiet").out


def test_many_files_make_a_table(tool: Tool, model: Path) -> None:
    other = model.with_name("other.srcu")
    other.write_text(FAILS)
    found = tool("check", model.parent)
    assert found.status == 1
    assert "2 files, 2 variants" in found.out


def test_the_worst_of_many_counts(tool: Tool, model: Path) -> None:
    model.with_name("fails.srcu").write_text(FAILS)
    model.with_name("wrong.srcu").write_text("thread t { x = 1; }\n")
    assert tool("check", model.parent).status == 65


def test_worker_processes_give_the_same(tool: Tool) -> None:
    from tests.cli.conftest import process

    def stripped(text: str) -> object:
        data = json.loads(text)
        for file in data["files"]:
            file.pop("seconds")
            for variant in file["variants"]:
                variant.pop("seconds")
        return data["files"]

    for paths in ([A15], sorted((shipped("models") / "fences").glob("*.srcu"))):
        one, two = (process("check", *paths, "--format", "json", "-j", n) for n in (1, 2))
        assert one.status == two.status == 0
        assert stripped(one.out) == stripped(two.out)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["frobnicate"],
        ["check"],
        ["check", "MODEL", "--frobnicate"],
        ["check", "MODEL", "-D", "N"],
        ["check", "MODEL", "-D", "=1"],
        ["check", "MODEL", "-D", "N=1", "-D", "N=2"],
        ["check", "MODEL", "-S", "srcu"],
        ["check", "MODEL", "--specs", "/nowhere"],
        ["check", "MODEL", "--format", "xml"],
        ["check", "MODEL", "--jobs", "0"],
        ["check", "MODEL", "--timeout", "-1"],
        ["check", "MODEL", "--timeout", "nan"],
        ["check", "MODEL", "--max-states", "many"],
        ["check", "/nowhere/at/all.srcu"],
        ["fmt", "/nowhere/at/all.srcu"],
        ["fmt"],
        ["replay", "MODEL"],
        ["replay", "/nowhere.json", "MODEL"],
        ["replay", "MODEL", "MODEL", "--specs", "/nowhere"],
        ["explain"],
        ["explain", "E999"],
        ["catalogue", "nothing_of_the_kind"],
        ["init", "mine"],
        ["init", "MODEL", "--from", "A15"],
    ],
)
def test_wrong_usage(tool: Tool, model: Path, arguments: list[str]) -> None:
    found = tool(*(model if a == "MODEL" else a for a in arguments))
    assert found.status == 64
    assert found.out == ""
    assert "Usage:" in found.err


def test_help(tool: Tool) -> None:
    for arguments in (["--help"], ["-h"], ["check", "--help"], ["--version"]):
        found = tool(*arguments)
        assert found.status == 0
        assert found.out


@pytest.mark.parametrize("style", ["text", "mail", "json"])
@pytest.mark.parametrize("many", [True, False])
def test_wrong_models_are_told_on_stderr(tool: Tool, model: Path, style: str, many: bool) -> None:
    model.write_text("thread t { x = 1; }\n")
    paths = [model]
    if many:
        paths.append(model.with_name("other.srcu"))
        paths[1].write_text("bool x;\nthread t { y = 1; }\ncheck c: reachable(x);\n")
    found = tool("check", *paths, "--format", style)
    assert found.status == 65
    assert found.err.count("error[E301]") == len(paths)
    assert f"{model}:1:12: error[E301]" in found.err
    assert "^" in found.err
    if style == "json":
        files = json.loads(found.out)["files"]
        assert [f["diagnostics"][0]["code"] for f in files] == ["E301"] * len(paths)
    else:
        assert "error[" not in found.out
        assert bool(found.out) == (many and style == "text")


def test_the_table_names_what_could_not_be_checked(tool: Tool, model: Path) -> None:
    wrong = model.with_name("wrong.srcu")
    wrong.write_text("thread t { x = 1; }\n")
    rows = tool("check", model, wrong).out.splitlines()
    assert rows[1].split()[:4] == [str(model), "1", "2", "yes"]
    assert rows[2].split()[:5] == [str(wrong), "-", "-", "error", "E301"]
    quiet = tool("check", model, wrong, "--quiet")
    assert (quiet.out, quiet.status) == ("", 65)
    assert "error[E301]" in quiet.err


def test_json_stays_json_whatever_happens(tool: Tool, model: Path) -> None:
    model.write_text("thread t { x = 1; }\n")
    found = tool("check", model, "--format", "json")
    assert found.status == 65
    (file,) = json.loads(found.out)["files"]
    (diagnostic,) = file["diagnostics"]
    assert diagnostic["line"] == 1
    assert diagnostic["code"] in found.err


def test_an_internal_error_is_one_line(
    tool: Tool, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import srcucheck.cli.check

    def broken(*_: object) -> None:
        raise KeyError("surprise")

    monkeypatch.setattr(srcucheck.cli.check, "run", broken)
    found = tool("check", model)
    assert (found.status, found.out) == (70, "")
    assert found.err.count("\n") == 1
    assert "internal error: KeyError: 'surprise'" in found.err


def test_no_memory_left_is_unknown(
    tool: Tool, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import srcucheck.cli.check

    def greedy(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(srcucheck.cli.check, "run", greedy)
    assert tool("check", model).status == 3


@pytest.mark.parametrize(
    "options", [["--engine", "induction"], ["--engine", "pdr"], ["--cross-check"]]
)
def test_other_engines(tool: Tool, model: Path, options: list[str]) -> None:
    model.write_text("bool x;\nthread t { x = true; }\ncheck c: never(x); expect fails;\n")
    found = tool("check", *options, model)
    assert found.status == 0, found.out
    assert "fails" in found.out
    assert "NOT COMPLETE" not in found.out
