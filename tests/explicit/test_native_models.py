# SPDX-License-Identifier: MIT
"""Models, examples, mistakes and generated models: both explorers answer the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from both import same_answers, same_graph
from hypothesis import Phase, assume, given, settings

from srcucheck.base.diagnostic import ModelError
from srcucheck.driver.cache import Cache
from srcucheck.driver.library import Library
from srcucheck.driver.settings import Settings
from srcucheck.driver.stages import Model, load_model
from srcucheck.explicit import engine
from srcucheck.explicit.native.layout import Unfit
from srcucheck.ir.system import System
from srcucheck.lang.constant import settle
from srcucheck.lower.lower import Options, lower
from tests.meaning.agreement import program_of
from tests.meaning.generate import models

ROOT = Path(__file__).parents[2]
FEW = 150
"""States after which the native explorer takes over: by then it knows most values there are."""


def files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.srcu"))


def systems(path: Path) -> Iterator[System]:
    library = Library((), Cache(None))
    model = Model(library, load_model(library, path, path.name), Settings())
    for chosen in model.variants():
        yield model.lowered(chosen).system


@pytest.mark.parametrize("path", files("tests/mistakes"), ids=lambda path: path.stem)
def test_mistakes_from_the_first_state_on(path: Path) -> None:
    for system in systems(path):
        same_graph(system)
        same_answers(system)


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", files("models", "examples", "tests/spectests"), ids=lambda path: path.stem
)
def test_models(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "PATIENCE", FEW)
    for system in systems(path):
        same_answers(system, native="auto")


@settings(max_examples=12, deadline=None, phases=[Phase.generate])
@given(models())
def test_generated_models(text: str) -> None:
    generated(text)


@pytest.mark.slow
@settings(max_examples=80, deadline=None, phases=[Phase.generate])
@given(models())
def test_more_generated_models(text: str) -> None:
    generated(text)


def generated(text: str) -> None:
    try:
        program = program_of(text)
        system = lower(program, settle(program, {}), Options())
    except ModelError:
        assume(False)
        return
    try:
        same_graph(system, states=1_500)
    except Unfit:
        assume(False)
    same_answers(system, states=1_500)
