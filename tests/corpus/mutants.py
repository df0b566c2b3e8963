# SPDX-License-Identifier: MIT
"""One-line breakages of the kernel specs: each must make some model or spec test fail.

``python -m tests.corpus.mutants`` tries all of them and prints those that nobody noticed.
"""

import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from srcucheck.base.budget import Budget, Silent
from srcucheck.base.diagnostic import ModelError
from srcucheck.driver.cache import Cache
from srcucheck.driver.library import Library
from srcucheck.driver.settings import Settings
from srcucheck.driver.stages import Model, load_model

ROOT = Path(__file__).parents[2]
SPECS = ROOT / "specs"


@dataclass(frozen=True, slots=True)
class Mutant:
    """``old`` becomes ``new`` in a spec; ``what`` says what that breaks."""

    spec: str
    old: str
    new: str
    what: str


def mutants() -> list[Mutant]:
    """All of ``tests/mutants.txt``."""
    found = []
    for line in (ROOT / "tests" / "mutants.txt").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            spec, old, new, what = line.split(":::")
            found.append(Mutant(spec, _plain(old), _plain(new), what))
    return found


def _plain(text: str) -> str:
    return text.replace("\\n", "\n").replace("\\t", "\t")


def files() -> list[Path]:
    """Spec tests first, as they are small, then models; smaller ones before larger ones."""
    tests = sorted((ROOT / "tests" / "spectests").glob("*.srcu"))
    models = sorted((ROOT / "models").rglob("*.srcu"))
    return tests + models


@cache
def users(spec: str) -> tuple[Path, ...]:
    """The files whose program includes a spec."""
    found = []
    for path in files():
        library = Library((), Cache(None))
        model = Model(library, load_model(library, path, path.name), Settings())
        used = model.resolved({}).program.spec_files
        if any(name.split(" as ")[0] == spec for name in used):
            found.append(path)
    return tuple(found)


def notices(path: Path, specs: Path) -> bool:
    """Whether a file comes otherwise than its ``expect`` lines say, with these specs."""
    library = Library((specs,), Cache(None))
    settings = Settings(spec_folders=(specs,))
    try:
        model = Model(library, load_model(library, path, path.name), settings)
        for chosen in model.variants():
            report = model.judged(chosen, Budget(states=60_000), Silent())
            if any(j.met is False for j in report.judgements):
                return True
    except ModelError:
        return True
    return False


def noticed_by(mutant: Mutant) -> str | None:
    """The first file that notices, or None.

    Raises:
        ValueError: the text to replace is not in the spec.
    """
    with tempfile.TemporaryDirectory() as folder:
        specs = Path(folder)
        for path in SPECS.glob("*.srcu"):
            (specs / path.name).write_text(path.read_text())
        broken = specs / f"{mutant.spec}.srcu"
        text = broken.read_text()
        if mutant.old not in text:
            raise ValueError(f"{mutant.spec}: {mutant.old!r} is not there")
        broken.write_text(text.replace(mutant.old, mutant.new, 1))
        for path in users(mutant.spec):
            if notices(path, specs):
                return path.name
    return None


def _try(mutant: Mutant) -> tuple[Mutant, str | None]:
    try:
        return mutant, noticed_by(mutant)
    except ValueError as error:
        return mutant, f"stale: {error}"


def survivors() -> Iterator[Mutant]:
    """The mutants that no file notices, tried side by side."""
    with ProcessPoolExecutor() as pool:
        for mutant, by in pool.map(_try, mutants()):
            print(f"{mutant.spec:16} {mutant.what:60} {by or 'NOBODY'}", flush=True)
            if by is None or by.startswith("stale"):
                yield mutant


if __name__ == "__main__":
    left = list(survivors())
    print(f"{len(left)} of {len(mutants())} survive")
    sys.exit(1 if left else 0)
