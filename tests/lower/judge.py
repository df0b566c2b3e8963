# SPDX-License-Identifier: MIT
"""Judges models given as text, through the driver as a user would."""

from pathlib import Path

from srcucheck.base.budget import Budget, Silent
from srcucheck.check.report import VariantReport
from srcucheck.check.verdict import word
from srcucheck.driver.cache import Cache
from srcucheck.driver.library import Library
from srcucheck.driver.settings import Settings
from srcucheck.driver.stages import Model, load_model


def judge(folder: Path, text: str, **settings: object) -> list[VariantReport]:
    """All variants of a model."""
    path = folder / "model.srcu"
    path.write_text(text)
    made = Settings(**settings)  # type: ignore[arg-type]
    library = Library(made.spec_folders, Cache(None))
    model = Model(library, load_model(library, path, "model.srcu"), made)
    return [model.judged(chosen, Budget(seconds=20), Silent()) for chosen in model.variants()]


def words(report: VariantReport) -> dict[str, str]:
    """Verdict by name of check."""
    return {j.name: word(j.verdict) for j in report.judgements}


def surprises(folder: Path, text: str, **settings: object) -> list[str]:
    """Checks that did not come as their model expects, in any variant and step rule."""
    found = []
    for reductions in (True, False):
        for variant in judge(folder, text, reductions=reductions, **settings):
            for j in variant.judgements:
                if j.met is False:
                    odd = f"{dict(variant.values)} {j.name}: {word(j.verdict)}, not {j.expected}"
                    found.append(f"{odd} (reductions {reductions})")
    return found
