# SPDX-License-Identifier: MIT
"""Symbolic certificates: written, checked by ``certify``, by other solvers, and tampered with."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import z3

from srcucheck.certify.read import Refused
from srcucheck.certify.smt import checked_line, refusal
from tests.cli.conftest import ROOT, Tool, tool

__all__ = ["tool"]

MODEL = """
int x;
bool y, free;
thread a { x = 1; y = x == 1; if (!y) { free = true; } }
user b { bool seen = y; if (seen) { x = 1; } }
check fine: never(free);
check small: always(x < 2);
check far: reachable(free);
check ends: completes(a);
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "m.srcu"
    path.write_text(MODEL)
    return path


def written(tool: Tool, model: Path, engine: str = "induction") -> Path:
    path = model.with_name(f"{engine}.smt2")
    found = tool("check", model, "--engine", engine, "--certificate", path)
    assert f"holds (certificate: {path})" in found.out, found.out + found.err
    return path


@pytest.mark.parametrize("engine", ["induction", "pdr"])
def test_what_is_written_is_accepted(tool: Tool, model: Path, engine: str) -> None:
    path = written(tool, model, engine)
    found = tool("certify", path, model)
    assert found.status == 0, found.out
    assert found.out.startswith(f"{path}: accepted, an invariant\n  holds: fine, small, ends")
    assert "\n  fails: far\n" in found.out


def test_any_solver_runs_it(tool: Tool, model: Path) -> None:
    path = written(tool, model)
    assert refusal(path.read_text()) is None
    solver = z3.Z3_eval_smtlib2_string((kept := z3.Context()).ref(), path.read_text())
    assert (solver.split(), kept is None) == (["unsat"] * 4, False)
    cvc5 = pytest.importorskip("cvc5")
    other = cvc5.Solver()
    parser = cvc5.InputParser(other)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, path.read_text(), path.name)
    other.setOption("incremental", "true")
    said = []
    while not (command := parser.nextCommand()).isNull():
        said.append(command.invoke(other, parser.getSymbolManager()).strip())
    assert [one for one in said if one and one != "success"] == ["unsat"] * 4


def _line(text: str) -> str:
    return next(one for one in text.split("\n") if one.startswith("(define-fun inv "))


def _other_invariant(text: str) -> str:
    line = _line(text)
    return text.replace(line, line[: line.index(" Bool ")] + " Bool true)")


def _stronger(text: str) -> str:
    line = _line(text)
    return text.replace(line, line[: line.index(" Bool ")] + " Bool (= x0 (_ bv7 64)))")


def _injected(text: str) -> str:
    line = _line(text)
    head = line[: line.index(" Bool ")]
    return text.replace(line, f"{head} Bool true) (assert false) (define-fun z () Bool true)")


def _no_question(text: str) -> str:
    return text.replace("(check-sat)", "", 1)


def _weaker_question(text: str) -> str:
    return text.replace("(assert (and (ranges", "(assert (and false (ranges", 1)


def _less_bad(text: str) -> str:
    at = text.index("(define-fun bad ")
    end = text.index("\n", at)
    return text[: text.index(" Bool ", at)] + " Bool false)" + text[end:]


def _flipped(text: str) -> str:
    return text.replace("(_ bv1 64)", "(_ bv2 64)", 1)


def _claims_more(text: str) -> str:
    return text.replace('"verdict":"fails"', '"verdict":"holds"', 1)


def _other_check(text: str) -> str:
    return text.replace('"check":"fine"', '"check":"small"', 1)


def _other_hash(text: str) -> str:
    at = text.index('"sha256":"') + 10
    return text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1 :]


def _no_witness(text: str) -> str:
    at = text.index('"witness":{')
    return text[:at] + '"witness":null' + text[text.index("}", at) + 1 :]


TAMPERED: list[Callable[[str], str]] = [
    _stronger, _injected, _no_question, _weaker_question, _less_bad, _flipped, _claims_more,
    _other_check, _other_hash, _no_witness, lambda text: text[: len(text) // 2],
    lambda text: text.replace("QF_BV", "QF_LIA"), lambda text: text + "(exit)\n",
]  # fmt: skip


@pytest.mark.parametrize("tamper", TAMPERED)
def test_tampered_files_are_refused(tool: Tool, model: Path, tamper: Callable[[str], str]) -> None:
    path = written(tool, model)
    text = path.read_text()
    assert tamper(text) != text
    path.write_text(tamper(text))
    found = tool("certify", path, model)
    assert "REFUSED" in found.out, found.out
    assert found.status == 1


def test_a_dropped_clause_is_refused(tool: Tool, tmp_path: Path) -> None:
    """Where the invariant is needed: what is bad does not follow on what is not bad."""
    model = ROOT / "examples" / "5_fence_wait.srcu"
    found = tool("check", model, "--engine", "induction", "--certificate", tmp_path / "c")
    assert "certificate" in found.out
    path = sorted((tmp_path / "c").glob("*.smt2"))[0]
    assert tool("certify", path, model).status == 0
    path.write_text(_other_invariant(path.read_text()))
    found = tool("certify", path, model)
    assert "a step leads out of the invariant" in found.out
    assert found.status == 1


def test_another_model_is_refused(tool: Tool, model: Path) -> None:
    path = written(tool, model)
    model.write_text(MODEL.replace("x < 2", "x < 3"))
    found = tool("certify", path, model)
    assert "the text of the model is another one" in found.out
    assert found.status == 1


@pytest.mark.parametrize("line", [
    "(define-fun inv () Bool true", "(define-fun inv () Bool true))",
    "(define-fun inv () Bool |a|)",
    "(define-fun inv () Bool true) ; x)", '(define-fun inv () Bool "x")',
    "(define-fun bad () Bool)",
    "(define-fun inv () Bool (exists ((x0 Int)) true))", "(define-fun inv () Bool (bad x0))",
])  # fmt: skip
def test_the_line_of_the_invariant_is_one_formula(line: str) -> None:
    begins = "(define-fun inv () Bool "
    checked_line(begins + "(and true (= x0 (_ bv1 64))))", begins, frozenset({"x0"}))
    with pytest.raises(Refused):
        checked_line(line, begins, frozenset({"x0"}))


def test_the_explicit_engine_asks_no_solver() -> None:
    code = "import sys; import srcucheck.driver.certified; sys.exit('z3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
