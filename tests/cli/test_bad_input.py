# SPDX-License-Identifier: MIT
"""Whatever a file holds: a code, a place, a message, status 65, and never a traceback."""

import json
import os
import random
from pathlib import Path

import pytest

from tests.cli.conftest import Tool, process

Content = str | bytes

JUNK = random.Random(1).randbytes(5000)
JOB = "struct job { bool done; };\nstruct job a;\n"
TWICE = "".join(f"void f{n}(void) {{ f{n - 1}(); f{n - 1}(); }}\n" for n in range(1, 26))
WIDE = "".join(f"struct s{n} {{ struct s{n + 1} a[2]; }};\n" for n in range(40))

CASES: dict[str, tuple[Content, str, str]] = {
    "unknown name": ("thread t { x = 1; }\n", "E301", "m.srcu:1:12: "),
    "unknown member": (JOB + "thread t { a.don = true; }\n", "E303", "fix: done"),
    "wrong type": (JOB + "thread t { a = 1; }\n", "E309", "m.srcu:3:16: "),
    "missing use": ("struct drm_device d;\nthread t { }\n", "E206", "fix: use drm;"),
    "call of a spec not used": ("thread t { synchronize_rcu(); }\n", "E302", "fix: use rcu;"),
    "no such spec": ("use dmr;\nthread t { }\n", "E201", "fix: drm"),
    "uses itself": ('use "m.srcu";\nthread t { }\n', "E202", "m.srcu:1:5: "),
    "cyclic use": ('use "other.srcu";\nthread t { }\n', "E202", "m -> other.srcu -> m"),
    "recursion": (
        "void g(void);\nvoid f() { g(); }\nvoid g() { f(); }\nthread t { f(); }\n",
        "E311",
        "g -> f -> g",
    ),
    "two to the 26th calls": (
        f"bool x;\nvoid f0(void) {{ x = !x; }}\n{TWICE}thread t {{ f25(); }}\n",
        "E528",
        "'t' makes 67,108,863 calls",
    ),
    "two to the 40th parts": (
        f"{WIDE}struct s40 {{ bool b; }};\nstruct s0 v;\nthread t {{ }}\n",
        "E211",
        "'v' has 1,099,511,627,776 parts",
    ),
    "empty": ("", "E101", "m.srcu"),
    "only a comment": ("/* nothing */\n", "E101", "m.srcu"),
    "junk": (JUNK, "E102", "m.srcu"),
    "zeros": (b"\0" * 4096, "E102", "m.srcu:1:1: "),
    "control characters": ("thread t { \x07 }\n", "E102", "m.srcu:1:12: "),
    "UTF-16": ("bool x;\nthread t { }\n".encode("utf-16"), "E102", "m.srcu"),
    "a byte order mark": ("\ufeffbool x;\nthread t { }\n", "E102", "m.srcu:1:1: "),
    "5,000 parentheses": (f"bool b = {'(' * 5000}1{')' * 5000};\n", "E103", "m.srcu:1:210: "),
    "5,000 blocks": (f"thread t {{ {'{' * 5000}{'}' * 5000} }}\n", "E103", "m.srcu:1:"),
    "5,000 nots": (f"bool b; thread t {{ b = {'!' * 5000}b; }}\n", "E223", "m.srcu"),
    "5,000 sums": (f"int b; thread t {{ b = {'b + ' * 5000}b; }}\n", "E223", "m.srcu"),
    "5,000 ifs": (f"bool b; thread t {{ {'if (b) ' * 5000}b = 1; }}\n", "E223", "m.srcu"),
    "two params": ("param N = 1;\nparam N = 2;\nthread t { }\n", "E204", "m.srcu:2:1: "),
    "too many threads": (
        "".join(f"thread {name}[i : 64] {{ }}\n" for name in "abcd"),
        "E513",
        "m.srcu:4:8: ",
    ),
    "ends too early": ("thread t { ", "E111", "m.srcu:1:9: "),
    "ends too soon": ("bool x;\n/* open", "E104", "m.srcu:2:1: "),
    "a long line": ("bool " + "b" * 100_000 + "\n", "E111", "m.srcu:1:"),
    "4 MB": (b"//" + b"x" * (4 << 20), "E525", "larger than 4 MB"),
    "NULL in a check": (
        "struct s { bool b; };\nstruct s *p;\nthread t { }\ncheck c: never(p->b);\n",
        "E408",
        "m.srcu:4:1: ",
    ),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other.srcu").write_text('use "m.srcu";\n')
    return tmp_path


def write(folder: Path, content: Content) -> None:
    (folder / "m.srcu").write_bytes(content.encode() if isinstance(content, str) else content)


@pytest.mark.parametrize("case", CASES)
def test_a_bad_file_is_explained(tool: Tool, folder: Path, case: str) -> None:
    content, code, shown = CASES[case]
    write(folder, content)
    found = tool("check", "m.srcu", "--format", "json")
    assert found.status == 65
    assert f"error[{code}]" in found.err
    assert shown in found.err
    assert len(found.err) < 20_000
    (file,) = json.loads(found.out)["files"]
    assert file["diagnostics"][0]["code"] == code
    assert not file["variants"]


@pytest.mark.parametrize("case", ["5,000 parentheses", "5,000 nots", "two to the 40th parts"])
def test_in_a_process_of_its_own_too(folder: Path, case: str) -> None:
    """Whose stack is as deep as a user's."""
    content, code, _ = CASES[case]
    write(folder, content)
    found = process("check", folder / "m.srcu")
    assert (found.status, found.out) == (65, "")
    assert f"error[{code}]" in found.err


@pytest.mark.parametrize(
    "content",
    [
        "int x;\nthread t {\n" + "\tx = 1;\n" * 10_000 + "}\n",
        "// nothing else\n" * 10_000 + "thread t { }\n",
        "".join(f"int v{n};\n" for n in range(10_000)) + "thread t { }\n",
    ],
    ids=lambda content: content[:20],
)
def test_10_000_lines_are_a_model_like_others(tool: Tool, folder: Path, content: str) -> None:
    write(folder, content)
    assert tool("check", "m.srcu").status == 0


def test_10_000_errors_are_not_all_printed(tool: Tool, folder: Path) -> None:
    write(folder, "thread t {\n" + "".join(f"\tx{n} = 1;\n" for n in range(10_000)) + "}\n")
    found = tool("check", "m.srcu")
    assert found.status == 65
    assert found.err.count("error[E301]") == 50
    assert "... and 9,950 more" in found.err


def test_several_errors_come_at_once(tool: Tool, folder: Path) -> None:
    write(folder, "thread t {\n\tx = 1;\n\ty = 2;\n}\n")
    found = tool("check", "m.srcu")
    assert "m.srcu:2:2: " in found.err
    assert "m.srcu:3:2: " in found.err


@pytest.mark.parametrize(
    ("definition", "code"),
    [
        ("N=99999", "E521"),
        ("N=many", "E521"),
        ("N=1_0", "E521"),
        ("N=١", "E521"),  # noqa: RUF001
        ("N= 1", "E521"),
        ("N=-1", "E211"),
        ("N=65", "E211"),
        ("M=1", "E520"),
        ("W=c", "E521"),
    ],
)
def test_a_definition_that_does_not_fit(
    tool: Tool, folder: Path, definition: str, code: str
) -> None:
    write(folder, "param N = 2;\nchoice W = a | b;\nbool x[N];\nthread t { x[0] = W == a; }\n")
    found = tool("check", "m.srcu", "-D", definition)
    assert (found.status, found.out) == (65, "")
    assert f"error[{code}]" in found.err


def test_a_substitute_for_nothing(tool: Tool, folder: Path) -> None:
    write(folder, "bool x;\nthread t { x = true; }\n")
    assert tool("check", "m.srcu", "-S", "srcu=srcu_counters").status == 0
    found = tool("check", "m.srcu", "-S", "srku=srcu_counters")
    assert (found.status, found.out) == (65, "")
    assert "error[E201]: m.srcu: -S srku=srcu_counters: there is no spec 'srku'." in found.err
    assert "Did you mean 'srcu'?" in found.err


# --- files and folders ----------------------------------------------------------------------------


def test_a_folder_without_models(tool: Tool, tmp_path: Path) -> None:
    found = tool("check", tmp_path)
    assert (found.status, found.out) == (65, "")
    assert "error[E526]" in found.err


def test_a_folder_called_like_a_model(tool: Tool, tmp_path: Path) -> None:
    (tmp_path / "x.srcu").mkdir()
    assert tool("check", tmp_path / "x.srcu").status == 65
    (tmp_path / "x.srcu" / "m.srcu").write_text("bool x;\nthread t { x = true; }\n")
    assert tool("check", tmp_path / "x.srcu").status == 0
    assert tool("check", tmp_path).status == 0


@pytest.mark.parametrize("command", ["check", "fmt"])
def test_what_cannot_be_read(tool: Tool, folder: Path, command: str) -> None:
    (folder / "nowhere.srcu").symlink_to("there")
    (folder / "itself.srcu").symlink_to("itself.srcu")
    (folder / "folder.srcu").mkdir()
    for name, why in (("nowhere", "No such file"), ("itself", "Too many levels")):
        found = tool(command, f"{name}.srcu")
        assert (found.status, found.out) == (65, "")
        assert f"error[E525]: {name}.srcu: {why}" in found.err


def test_what_may_not_be_read(tool: Tool, folder: Path) -> None:
    write(folder, "thread t { }\n")
    (folder / "m.srcu").chmod(0)
    if os.access("m.srcu", os.R_OK):
        pytest.skip("this user may read everything")
    found = tool("check", "m.srcu")
    assert (found.status, found.out) == (65, "")
    assert "error[E525]: m.srcu: Permission denied." in found.err


def test_a_bad_spec_of_ones_own_is_shown_in_its_own_file(tool: Tool, folder: Path) -> None:
    (folder / "mine").mkdir()
    (folder / "mine" / "kref.srcu").write_text("struct kref { int }\n")
    write(folder, "use kref;\nthread t { }\n")
    found = tool("check", "--specs", "mine", "m.srcu")
    assert found.status == 65
    assert "mine/kref.srcu:1:19: error[E116]" in found.err
    assert "struct kref { int }" in found.err
