# SPDX-License-Identifier: MIT
"""Every model, example, spec test and mistake comes as its own ``expect`` lines say."""

import json
import os
from pathlib import Path

import pytest

from srcucheck.base.budget import Budget, Silent
from srcucheck.check.report import VariantReport
from srcucheck.check.verdict import Unknown, word
from srcucheck.driver.cache import Cache
from srcucheck.driver.library import Library
from srcucheck.driver.settings import Settings
from srcucheck.driver.stages import Model, load_model

ROOT = Path(__file__).parents[2]
COUNTS = Path(__file__).with_name("counts.json")
UPDATE = "SRCUCHECK_UPDATE"
"""Set in the environment, this writes the goldens anew."""


def folder(name: str) -> list[Path]:
    return sorted((ROOT / name).rglob("*.srcu"))


MODELS, EXAMPLES = folder("models"), folder("examples")
SPECTESTS, MISTAKES = folder("tests/spectests"), folder("tests/mistakes")
COUNTERS = (("srcu", "srcu_counters"),)


def judged(path: Path, settings: Settings) -> list[VariantReport]:
    library = Library((), Cache(None))
    model = Model(library, load_model(library, path, path.name), settings)
    return [model.judged(c, Budget(states=400_000), Silent()) for c in model.variants()]


def surprises(reports: list[VariantReport]) -> list[str]:
    return [
        f"{dict(r.values)} {j.name}: {word(j.verdict)}, expected {j.expected}"
        for r in reports
        for j in r.judgements
        if j.met is False
    ]


def named(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", MODELS + EXAMPLES + SPECTESTS + MISTAKES, ids=named)
def test_a_file_comes_as_it_expects(path: Path) -> None:
    reports = judged(path, Settings())
    assert not surprises(reports)
    assert path in MISTAKES or not vacuous(reports)


def vacuous(reports: list[VariantReport]) -> list[str]:
    """Checks that had nothing to judge although nobody expected that."""
    return [
        j.name
        for r in reports
        for j in r.judgements
        if isinstance(j.verdict, Unknown) and not j.standing and j.expected != "unknown"
    ]


@pytest.mark.parametrize("path", SPECTESTS + MISTAKES, ids=named)
def test_no_verdict_hangs_on_a_reduction(path: Path) -> None:
    found = surprises(judged(path, Settings(reductions=False)))
    if path.stem == "M22_no_loop_closes":  # a counter that grows is bounded, not left out
        assert found == ["{} d: holds_up_to, expected fails"]
    else:
        assert not found


@pytest.mark.slow
@pytest.mark.parametrize("path", MODELS, ids=named)
def test_no_verdict_of_a_model_hangs_on_a_reduction(path: Path) -> None:
    assert not surprises(judged(path, Settings(reductions=False)))


@pytest.mark.parametrize("path", MODELS + EXAMPLES + SPECTESTS + MISTAKES, ids=named)
def test_the_two_specs_of_srcu_agree(path: Path) -> None:
    if not any("srcu" in f for f in specs_of(path)):
        return
    found = surprises(judged(path, Settings(substitutes=COUNTERS)))
    if path.stem == "srcu_cookie":  # what is asked there is what counters cannot see
        assert {s.split("'} ")[1].split(":")[0] for s in found} == {
            "cookies_match", "sections_closed",
        }  # fmt: skip
    else:
        assert not found


def specs_of(path: Path) -> tuple[str, ...]:
    library = Library((), Cache(None))
    model = Model(library, load_model(library, path, path.name), Settings())
    return model.resolved({}).program.spec_files


def test_state_counts_are_those_on_record() -> None:
    """A wrong step rule gives plausible verdicts; it does not give the same counts."""
    found = {}
    for path in MODELS + MISTAKES:
        for report in judged(path, Settings()):
            name = " ".join([path.stem, *(f"{k}={v}" for k, v in report.values.items())])
            found[name] = [report.figures.states, report.figures.transitions]
    if os.environ.get(UPDATE):
        COUNTS.write_text(json.dumps(found, indent=0) + "\n")
    assert found == json.loads(COUNTS.read_text())
