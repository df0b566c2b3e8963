# SPDX-License-Identifier: MIT
"""Horn clauses: what z3 says of the file alone is what the explicit engine says."""

from pathlib import Path

import pytest
import z3

from srcucheck.base.budget import Budget, Silent
from srcucheck.check.verdict import Fails
from srcucheck.explicit.engine import Explicit
from srcucheck.ir.system import Reachable
from srcucheck.symbolic.horn import horn
from tests.peers.compare import ROOT, lowered

STEMS = ("examples/1_first", "tests/mistakes/M04", "tests/mistakes/M07", "tests/mistakes/M09")


def reached(text: str) -> bool:
    """Whether z3 finds that one of the blocks comes to what must not be reached."""
    said = []
    for block in text.split("(reset)"):
        solver = z3.SolverFor("HORN")
        solver.set("timeout", 60_000)
        solver.from_string(block.replace("(set-logic HORN)", "").replace("(check-sat)", ""))
        said.append(str(solver.check()))
    assert set(said) <= {"sat", "unsat"}, said
    return "unsat" in said


@pytest.mark.parametrize("stem", STEMS)
def test_z3_agrees(stem: str) -> None:
    folder, _, start = stem.rpartition("/")
    path = next(p for p in sorted(Path(ROOT, folder).rglob("*.srcu")) if p.stem.startswith(start))
    judged = 0
    for one in lowered(path):
        answers = Explicit().judge(one.system, Budget(), Silent())
        for at, check in enumerate(one.system.checks):
            if check.standing:
                continue
            fails = isinstance(answers.verdicts[at], Fails)
            wanted = fails != isinstance(check.question, Reachable)
            assert reached(horn(one.system, check, path.name)) == wanted, check.name
            judged += 1
    assert judged


def test_the_file_says_what_it_asks() -> None:
    one = next(lowered(ROOT / "examples/1_first_deadlock.srcu"))
    check = next(c for c in one.system.checks if c.name == "crossed")
    text = horn(one.system, check, "a title")
    assert text.startswith("; a title\n")
    assert "; crossed is shown if one block of 1 is unsat" in text
    assert text.count("(check-sat)") == text.count("(declare-fun inv ") == 1
