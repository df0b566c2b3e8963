# SPDX-License-Identifier: MIT
"""Several engines on one system: they agree, or the tool says that it contradicts itself."""

from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest
from build import Builder, Get, n, straight

from srcucheck.base.budget import Budget, Listener, Silent
from srcucheck.check.engine import Answers
from srcucheck.check.replay import InternalError
from srcucheck.check.report import Figures
from srcucheck.check.verdict import (
    ClosedSet,
    Contradiction,
    Fails,
    Holds,
    HoldsUpTo,
    Unknown,
    Verdict,
)
from srcucheck.driver.engines import Crossed, agreed, engine
from srcucheck.explicit.engine import Explicit
from srcucheck.ir.expr import TRUE, Set
from srcucheck.ir.system import Invariant, System

SET = ClosedSet(frozenset())
KINDS: list[Verdict] = [
    Holds(SET), HoldsUpTo(("pool",)), Fails(None), Unknown("x"), Unknown("x", vacuous=True),
]  # fmt: skip


@pytest.mark.parametrize("pair", list(product(range(5), repeat=2)))
def test_only_what_is_unknown_agrees_with_something_else(pair: tuple[int, int]) -> None:
    one, two = KINDS[pair[0]], KINDS[pair[1]]
    if pair[0] == pair[1] or 3 in pair:
        assert agreed(one, two) == (two if pair[0] == 3 else one)
    else:
        with pytest.raises(Contradiction):
            agreed(one, two)


def good() -> System:
    b = Builder()
    x = b.slot("x")
    straight(b, "a", [(TRUE, [Set(x, n(1))])])
    b.check(Invariant(Get(x)), name="never(x == 0)")
    return b.system()


@dataclass(frozen=True)
class Liar:
    """Says unknown and pretends: what it says is as wrong as the door lets it be."""

    name: str = "liar"

    def judge(self, system: System, budget: Budget, listener: Listener) -> Answers:
        del budget, listener
        figures = Figures(0, 0, 0, 0.0, 0, True)
        return Answers({0: HoldsUpTo(("so it says",))}, figures, frozenset(), ())


def test_a_contradiction_is_kept_and_no_verdict(tmp_path: Path) -> None:
    crossed = Crossed((Explicit(), Liar()), tmp_path / "kept")
    with pytest.raises(InternalError, match="one engine says fails"):
        crossed.judge(good(), Budget(), Silent())
    kept = sorted(p.name for p in (tmp_path / "kept").iterdir())
    assert kept == ["never_x____0_.explicit.txt", "never_x____0_.liar.txt"]
    text = (tmp_path / "kept" / kept[0]).read_text()
    assert "run: Schedule(initial=0" in text


def test_engines_that_agree(tmp_path: Path) -> None:
    crossed = Crossed((Explicit(), engine("induction"), engine("pdr")), tmp_path / "kept")
    answers = crossed.judge(good(), Budget(), Silent())
    assert isinstance(answers.verdicts[0], Fails)
    assert crossed.name == "explicit, induction, pdr"
    assert not (tmp_path / "kept").exists()
