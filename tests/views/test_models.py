# SPDX-License-Identifier: MIT
"""Designs of the kernel for any number of files: as expected, and as the ordinary engine has it."""

from pathlib import Path

import pytest

from srcucheck.base.budget import Budget, Silent
from srcucheck.check.report import VariantReport
from srcucheck.check.verdict import Fails, Holds, HoldsUpTo, Unknown
from srcucheck.driver.cache import Cache, cache_folder
from srcucheck.driver.library import Library
from srcucheck.driver.settings import Settings
from srcucheck.driver.stages import Model, load_model

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent / "models"


def only(name: str) -> Path:
    """The model of a name, whichever folder has it."""
    (path,) = (ROOT / "models").rglob(f"{name}.srcu")
    return path


MODELS = {
    "A15": (only("fence_wait_in_section"), "IOCTLS", ()),
    "A16": (HERE / "ioctl_scoping_policies.srcu", "APPS", ()),
    "A17": (only("force_complete_then_unplug"), "IOCTLS", (("STOP", "gate"),)),
    "B1": (only("missing_exit"), "PLANES", ()),
    "B6": (HERE / "two_devices_one_domain.srcu", "IOCTLS", ()),
    "C1": (HERE / "uevent_before_flag.srcu", "CLIENTS", ()),
    "M23": (ROOT / "tests/mistakes/M23_two_quantified_waiters.srcu", "N", ()),
}


def reports(
    path: Path, definitions: tuple[tuple[str, str], ...], **settings: str
) -> list[VariantReport]:
    """All variants, judged."""
    library = Library((), Cache(cache_folder()))
    loaded = load_model(library, path, path.name)
    model = Model(library, loaded, Settings(definitions, any_number=settings.get("any_number")))
    budget = Budget(states=100_000)
    return [model.judged(chosen, budget, Silent()) for chosen in model.variants()]


@pytest.mark.parametrize("name", MODELS)
def test_as_expected(name: str) -> None:
    """Every check that was asked has the verdict that the model expects, for every number."""
    path, param, definitions = MODELS[name]
    for report in reports(path, definitions, any_number=param):
        told = {j.name: j.met for j in report.judgements if j.met is not None}
        assert told and all(told.values()), (report.values, told)
        assert report.any_number is not None and report.any_number.pairs > 0
        assert not any(
            isinstance(j.verdict, Unknown) and not j.verdict.vacuous
            for j in report.judgements
            if not j.standing
        )


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("number", range(1, 5))
def test_no_instance_differs(name: str, number: int) -> None:
    """What holds for every number holds for this one; what fails does so from its number on."""
    path, param, definitions = MODELS[name]
    every = reports(path, definitions, any_number=param)
    ones = reports(path, (*definitions, (param, str(number))))
    for report, one in zip(every, ones, strict=True):
        for judged, alone in zip(report.judgements, one.judgements, strict=True):
            if judged.text.startswith("reachable"):
                continue
            if isinstance(judged.verdict, Holds | HoldsUpTo):
                assert not isinstance(alone.verdict, Fails), (report.values, judged.name)
            elif isinstance(judged.verdict, Fails) and judged.number == number:
                assert isinstance(alone.verdict, Fails), (report.values, judged.name)


def test_what_allocates_does_not_qualify() -> None:
    """Its commits are objects of their own: the line that makes one is named."""
    path = HERE / "commit_worker.srcu"
    (report,) = reports(path, (("SCOPE", "ioctl_only"),), any_number="CLIENTS")
    told = {j.name: j.verdict for j in report.judgements}
    assert isinstance(told["no_mmio_after_unmap"], Fails)
    verdict = told["event_arrives"]
    assert isinstance(verdict, Unknown)
    assert "a replicated thread allocates memory at" in verdict.why
