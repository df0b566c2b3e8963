# SPDX-License-Identifier: MIT
"""Every verdict on every model and example has a certificate, and ``certify`` accepts it."""

from pathlib import Path

import pytest

from srcucheck.base.budget import Silent
from srcucheck.check.report import FileReport, Unwritten, Written
from srcucheck.check.verdict import Unknown
from srcucheck.driver.certified import Certifier
from srcucheck.driver.jobs import Interrupt, run
from srcucheck.driver.settings import Settings

ROOT = Path(__file__).parents[2]
MODELS = [*sorted((ROOT / "models").rglob("*.srcu")), *sorted((ROOT / "examples").glob("*.srcu"))]
SAMPLE = {
    "fput_after_slab_destroy", "get_unless_zero_livelock", "reset_calls_unplug",
    "flush_work_on_delayed_work", "nested_enter_same_idx", "1_first_deadlock",
    "3_use_after_free", "4_unplug",
}  # fmt: skip
SPECIAL = sorted((ROOT / "tests" / "mistakes").glob("*.srcu"))
"""Bounds, locks, promises, what settles: kinds that the models have little of."""


def certified(path: Path, folder: Path, settings: Settings) -> FileReport:
    """Checks a model; all that is known of it is written, and accepted when it is read."""
    file = run([str(path)], settings, Silent(), [], Interrupt()).files[0]
    assert not file.diagnostics
    certifier = Certifier(path, path.name, Settings(settings.definitions, settings.substitutes))
    for variant in file.variants:
        known = {j.name: j for j in variant.judgements if not isinstance(j.verdict, Unknown)}
        for j in variant.judgements:
            if j.name not in known:
                assert isinstance(j.certificate, Unwritten)
        if not known:
            assert variant.certificate is None
            continue
        assert isinstance(variant.certificate, Written)
        assert {j.certificate for j in known.values()} == {variant.certificate}
        found = certifier.judge(Path(variant.certificate.path), lambda done, total: None)
        assert found.refused is None
        assert [(c.check, why) for c, why in found.claims] == [(name, None) for name in known]
        assert set(found.unclaimed) == {j.name for j in variant.judgements} - set(known)
    return file


@pytest.mark.parametrize("path", [p for p in MODELS if p.stem in SAMPLE], ids=lambda p: p.stem)
def test_some_models(path: Path, tmp_path: Path) -> None:
    certified(path, tmp_path, Settings(certificate=tmp_path / "all", jobs=1))


@pytest.mark.slow
@pytest.mark.parametrize("path", [p for p in MODELS if p.stem not in SAMPLE], ids=lambda p: p.stem)
def test_all_other_models(path: Path, tmp_path: Path) -> None:
    certified(path, tmp_path, Settings(certificate=tmp_path / "all", jobs=1))


@pytest.mark.parametrize("path", SPECIAL, ids=lambda p: p.stem)
def test_the_mistakes(path: Path, tmp_path: Path) -> None:
    certified(path, tmp_path, Settings(certificate=tmp_path / "all", jobs=1))


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", sorted((ROOT / "tests" / "spectests").glob("*.srcu")), ids=lambda p: p.stem
)
def test_the_spec_tests(path: Path, tmp_path: Path) -> None:
    certified(path, tmp_path, Settings(certificate=tmp_path / "all", jobs=1))


def test_steps_that_are_not_fused(tmp_path: Path) -> None:
    path = ROOT / "examples" / "1_first_deadlock.srcu"
    certified(path, tmp_path, Settings(certificate=tmp_path / "all", reductions=False, jobs=1))


def test_another_srcu(tmp_path: Path) -> None:
    path = ROOT / "models" / "unplug" / "nested_enter_same_idx.srcu"
    substitutes = (("srcu", "srcu_counters"),)
    settings = Settings(substitutes=substitutes, certificate=tmp_path / "all", jobs=1)
    certified(path, tmp_path, settings)


def test_one_check_only(tmp_path: Path) -> None:
    path = ROOT / "models" / "unplug" / "nested_enter_same_idx.srcu"
    settings = Settings(properties=("no_hang",), certificate=tmp_path / "all", jobs=1)
    report = run([str(path)], settings, Silent(), [], Interrupt())
    certifier = Certifier(path, path.name, Settings())
    for variant in report.files[0].variants:
        assert isinstance(variant.certificate, Written)
        found = certifier.judge(Path(variant.certificate.path), lambda done, total: None)
        assert found.accepted
        assert [claim.check for claim, _ in found.claims] == ["no_hang"]
        assert "unplug_returns" in found.unclaimed
