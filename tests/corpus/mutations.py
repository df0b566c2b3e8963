# SPDX-License-Identifier: MIT
"""Generated single-line mutations of the specs: how many does some model or spec test notice?

``python -m tests.corpus.mutations [EVERY [FIRST]]`` tries every EVERY-th of them.  With ``--results
FILE`` what came of each is kept there at once, so that a run that was stopped goes on where it was;
a later run tries those again that survived.  ``tests/mutants.txt`` has those that were thought of.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from srcucheck.base.budget import Budget, Silent
from srcucheck.base.diagnostic import ModelError
from srcucheck.driver.cache import Cache
from srcucheck.driver.library import Library
from srcucheck.driver.settings import Settings
from srcucheck.driver.stages import Model, load_model
from tests.corpus.mutants import files
from tests.corpus.mutate import Mutation, mutations

INVALID = "invalid"
"""The spec does not resolve any more: that was no mutation."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One variant of a file with the specs as they are: what it runs, and what that costs."""

    path: Path
    at: int
    specs: frozenset[str]
    functions: frozenset[str]
    states: int
    seconds: float

    def runs(self, mutation: Mutation) -> bool:
        """Whether the changed text can be part of its system."""
        called = not mutation.function or mutation.function in self.functions
        return mutation.spec in self.specs and called


def measure(path: Path, cache: Path) -> list[Variant]:
    """The variants of a file."""
    library = Library((), Cache(cache))
    model = Model(library, load_model(library, path, path.name), Settings())
    found = []
    for at, chosen in enumerate(model.variants()):
        began = time.process_time()
        report = model.judged(chosen, Budget(states=400_000), Silent())
        seconds = time.process_time() - began
        names = (name.split(" as ")[0] for name in model.resolved(chosen).program.spec_files)
        called = {f.function.partition("[")[0] for f in report.system.frames}
        called |= _looked_at(model, report.system.covered)
        states = report.figures.states
        found.append(Variant(path, at, frozenset(names), frozenset(called), states, seconds))
    return found


def _looked_at(model: Model, spans: Sequence[tuple[str, int, int]]) -> set[str]:
    """Functions that guards and checks call: their bodies are known, not their names."""
    sources = model.sources()
    found = set()
    for file, start, _ in spans:
        head = sources[file].text[:start].rpartition("\n\n")[2].partition("(")[0]
        found |= {line.replace("*", " ").split()[-1] for line in head.splitlines()[-1:] if line}
    return found


def cheapest_first(paths: Sequence[Path], cache: Path) -> list[Variant]:
    """All variants; what a spec test notices needs no model."""
    found = [variant for path in paths for variant in measure(path, cache)]
    return sorted(found, key=lambda v: v.seconds)


class Trial:
    """Tries mutations one after the other and learns who notices what."""

    def __init__(self, variants: Sequence[Variant], cache: Path) -> None:
        self._variants, self._cache = variants, cache
        self._noticed: Counter[tuple[str, str, Path]] = Counter()

    def outcome(self, mutation: Mutation) -> str:
        """The file that notices, ``invalid``, or nothing."""
        with tempfile.TemporaryDirectory() as folder:
            specs = Path(folder)
            (specs / f"{mutation.spec}.srcu").write_text(mutation.text)
            library = Library((specs,), Cache(self._cache))
            models: dict[Path, Model] = {}
            for variant in self._order(mutation):
                path = variant.path
                try:
                    if path not in models:
                        settings = Settings(spec_folders=(specs,))
                        models[path] = Model(
                            library, load_model(library, path, path.name), settings
                        )
                        list(models[path].variants())
                except ModelError:
                    return INVALID
                if _notices(models[path], variant):
                    self._noticed[mutation.spec, mutation.function, path] += 1
                    return path.stem
        return ""

    def _order(self, mutation: Mutation) -> list[Variant]:
        """Whoever noticed something in this function first, then the cheapest."""

        def successes(variant: Variant) -> int:
            return self._noticed[mutation.spec, mutation.function, variant.path]

        able = [v for v in self._variants if v.runs(mutation)]
        return sorted(able, key=lambda v: (successes(v) == 0, v.seconds))


def _notices(model: Model, variant: Variant) -> bool:
    """Whether a variant comes otherwise than the file says, or cannot be run any more."""
    chosen = list(model.variants())[variant.at]
    try:
        report = model.judged(chosen, Budget(states=4 * variant.states + 2_000), Silent())
    except ModelError:
        return True
    return any(j.met is False for j in report.judgements)


_TRIALS: list[Trial] = []
"""Of this process."""


def _begin(variants: Sequence[Variant], cache: Path) -> None:
    _TRIALS.append(Trial(variants, cache))


def _try(mutation: Mutation) -> str:
    return _TRIALS[-1].outcome(mutation)


def outcomes(chosen: Sequence[Mutation], jobs: int) -> Iterator[tuple[Mutation, str]]:
    """What comes of each, in order."""
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        variants = cheapest_first(files(), cache)
        if jobs == 1:
            trial = Trial(variants, cache)
            yield from ((m, trial.outcome(m)) for m in chosen)
            return
        with ProcessPoolExecutor(jobs, initializer=_begin, initargs=(variants, cache)) as pool:
            yield from zip(chosen, pool.map(_try, chosen), strict=True)


def known(results: Path | None) -> dict[str, str]:
    """What an earlier run found out, by key; survivors are tried again."""
    if results is None or not results.exists():
        return {}
    rows = [json.loads(line) for line in results.read_text().splitlines()]
    return {row["key"]: row["by"] for row in rows if row["by"]}


def main(arguments: argparse.Namespace) -> int:
    """Tries them and prints those that nobody noticed; 1 if there are more than one in seven."""
    chosen = mutations()[arguments.first :: arguments.every]
    chosen = [m for m in chosen if arguments.spec in ("", m.spec)]
    before = known(arguments.results)
    new = [m for m in chosen if m.key() not in before]
    counts = Counter(before[m.key()] for m in chosen if m.key() in before)
    for mutation, by in outcomes(new, arguments.jobs):
        counts[by] += 1
        if not by:
            print(mutation, flush=True)
        if arguments.results is not None:
            row = {"key": mutation.key(), "by": by, "mutation": str(mutation)}
            with arguments.results.open("a") as file:
                file.write(json.dumps(row) + "\n")
    survived, invalid = counts.pop("", 0), counts.pop(INVALID, 0)
    noticed = sum(counts.values())
    share = noticed / (noticed + survived) if noticed + survived else 1
    print(f"{noticed} of {noticed + survived} noticed ({share:.1%}), {invalid} do not resolve")
    return int(share < 0.85)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.corpus.mutations")
    parser.add_argument("every", nargs="?", type=int, default=1)
    parser.add_argument("first", nargs="?", type=int, default=0)
    parser.add_argument("--results", type=Path, help="a file to keep, and to go on from")
    parser.add_argument("--spec", default="", help="only those of one spec")
    parser.add_argument("--jobs", type=int, default=2 if os.getloadavg()[0] < 1 else 1)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main(_arguments()))
