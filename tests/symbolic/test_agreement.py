# SPDX-License-Identifier: MIT
"""The symbolic engines against the explicit one, on random systems and on likely mistakes."""

from dataclasses import replace
from pathlib import Path

import pytest
from build import Builder
from hypothesis import given, settings
from hypothesis import strategies as st
from random_systems import systems

from srcucheck.base.budget import Budget, Silent
from srcucheck.check.door import accept
from srcucheck.check.verdict import Fails, Unknown, Verdict, join, word
from srcucheck.driver.cache import Cache
from srcucheck.driver.library import Library
from srcucheck.driver.settings import Settings
from srcucheck.driver.stages import Model, load_model
from srcucheck.explicit.engine import Explicit
from srcucheck.ir.system import System
from srcucheck.symbolic.engine import Symbolic
from srcucheck.symbolic.judge import Way

ROOT = Path(__file__).parents[2]
WAYS: tuple[Way, ...] = ("bmc", "induction", "pdr")


def agree(system: System, engine: Symbolic, seconds: float | None = None) -> int:
    """How many checks the engine decided; all as the explicit one did, runs as short."""
    true = Explicit().judge(system, Budget(), Silent()).verdicts
    found = accept(system, engine.judge(system, Budget(seconds), Silent())).verdicts
    decided = 0
    for place, verdict in found.items():
        if not isinstance(verdict, Unknown) or verdict.vacuous:
            decided += 1
            same(true[place], verdict)
    return decided


def same(one: Verdict, two: Verdict) -> None:
    join(one, two)
    assert word(one) == word(two), (one, two)
    if isinstance(one, Fails) and isinstance(two, Fails):
        assert (one.trace is None) == (two.trace is None)


@given(systems(), st.sampled_from(WAYS), st.integers(0, 1 << 20))
@settings(max_examples=200, deadline=None)
def test_engines_agree_on_random_systems(b: Builder, way: Way, which: int) -> None:
    """One check of each, to be quick; the slow test has them all."""
    system = b.system()
    check = system.checks[which % len(system.checks)]
    agree(replace(system, checks=(check,)), Symbolic(way, 0.2, 8))


@pytest.mark.slow
@given(systems())
@settings(max_examples=15, deadline=None)
def test_engines_agree_on_all_checks(b: Builder) -> None:
    for way in WAYS:
        agree(b.system(), Symbolic(way, 0.5, 12))


def variants(path: Path) -> list[System]:
    library = Library((), Cache(None))
    model = Model(library, load_model(library, path, path.name), Settings())
    return [model.lowered(chosen).system for chosen in model.variants()]


MISTAKES = sorted((ROOT / "tests/mistakes").glob("*.srcu"))
SAMPLE = frozenset({
    "publish_before_get", "last_put_in_hardirq", "flush_work_on_delayed_work", "missing_exit",
    "nested_enter_same_idx", "reset_calls_unplug", "exit_order", "vma_destroy_reads_vm",
    "fence_wait_in_section", "uevent_before_flag",
})  # fmt: skip
"""Small ones, so that a test is a matter of seconds."""

MODELS = [
    *(p for p in sorted((ROOT / "models").rglob("*.srcu")) if p.stem in SAMPLE),
    *sorted((ROOT / "examples").glob("*.srcu")),
]


def test_the_sample_is_there() -> None:
    assert len(MODELS) == len(SAMPLE) + 5


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("path", MISTAKES, ids=lambda p: p.stem)
def test_no_mistake_is_made(path: Path, way: Way) -> None:
    for system in variants(path):
        agree(system, Symbolic(way, 2.0, 20), 6.0)


@pytest.mark.slow
@pytest.mark.parametrize("path", MODELS, ids=lambda p: p.stem)
def test_models_get_a_second_opinion(path: Path) -> None:
    decided = 0
    for system in variants(path)[:2]:
        decided += agree(system, Symbolic("induction", 2.0, 20), 8.0)
        decided += agree(system, Symbolic("pdr", 2.0, 20), 8.0)
    assert decided
