# SPDX-License-Identifier: MIT
"""The key line of each fix: what holds in a mended design fails again without it."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from srcucheck.base.budget import Budget, Silent
from srcucheck.check.report import VariantReport
from srcucheck.check.verdict import Fails, Holds
from srcucheck.driver.cache import Cache
from srcucheck.driver.library import Library
from srcucheck.driver.settings import Settings
from srcucheck.driver.stages import Model, load_model

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class KeyLine:
    """In the model, or in ``spec``, ``old`` becomes ``new``."""

    pattern: str
    design: tuple[tuple[str, str], ...]
    spec: str
    old: str
    new: str
    what: str


def keylines() -> list[KeyLine]:
    """All of ``tests/keylines.txt``."""
    found = []
    for line in (ROOT / "tests" / "keylines.txt").read_text().splitlines():
        if line.startswith("#"):
            continue
        pattern, design, spec, old, new, what = line.split(":::")
        pairs = tuple((n, v) for n, _, v in (one.partition("=") for one in design.split()))
        found.append(KeyLine(pattern, pairs, spec, _plain(old), _plain(new), what))
    return found


def _plain(text: str) -> str:
    return text.replace("\\n", "\n").replace("\\t", "\t")


def target(line: KeyLine) -> Path:
    """The file that has the line."""
    name = f"specs/{line.spec}" if line.spec else f"models/{line.pattern}"
    return ROOT / f"{name}.srcu"


def judged(line: KeyLine, *, broken: bool) -> VariantReport:
    """The design of a key line, with or without it."""
    with tempfile.TemporaryDirectory() as folder:
        path = ROOT / "models" / f"{line.pattern}.srcu"
        specs: tuple[Path, ...] = ()
        if broken:
            text = target(line).read_text()
            changed = Path(folder) / target(line).name
            changed.write_text(text.replace(line.old, line.new, 1))
            if line.spec:
                specs = (Path(folder),)
            else:
                path = changed
        library = Library(specs, Cache(None))
        settings = Settings(definitions=line.design, spec_folders=specs)
        model = Model(library, load_model(library, path, path.name), settings)
        (chosen,) = model.variants()
        return model.judged(chosen, Budget(states=400_000), Silent())


def failing(report: VariantReport) -> set[str]:
    """The checks that are refuted, questions for a run to show left out."""
    return {
        j.name
        for j in report.judgements
        if isinstance(j.verdict, Fails) and not j.text.startswith("reachable(")
    }


def unreached(report: VariantReport) -> set[str]:
    """The steps of both sides that no run reaches although the model says that one does."""
    return {
        j.name
        for j in report.judgements
        if j.text.startswith("reachable(")
        and j.expected == "holds"
        and not isinstance(j.verdict, Holds)
    }
