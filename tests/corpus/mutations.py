# SPDX-License-Identifier: MIT
"""Generated single-line mutations of the specs: how many does some model or spec test notice?

``python -m tests.corpus.mutations [EVERY [FIRST]]`` tries every EVERY-th of them, side by side.
Those that do not resolve are no mutations.  ``tests/mutants.txt`` has those that were thought of.
"""

import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from srcucheck.base.budget import Budget, Silent
from srcucheck.base.diagnostic import ModelError
from srcucheck.driver.cache import Cache
from srcucheck.driver.library import Library
from srcucheck.driver.settings import Settings
from srcucheck.driver.stages import Model, load_model
from tests.corpus.mutants import SPECS, users

STATEMENT = re.compile(r"\t+(?!return|else|\}|break|case|default|limit)[^/{}]*;(\s*//.*)?")
GUARD = re.compile(r"(\t+(?:if|while|await\w*) \()(.*)(\)(?: \{)?[^()]*)")


@dataclass(frozen=True)
class Mutation:
    """Line ``number`` of a spec becomes ``new``; ``kind`` says how."""

    spec: str
    number: int
    kind: str
    lines: tuple[str, ...]

    def text(self) -> str:
        """The broken spec."""
        return "\n".join(self.lines) + "\n"


def mutations() -> Iterator[Mutation]:
    """All, spec by spec, line by line."""
    for path in sorted(SPECS.glob("*.srcu")):
        lines = path.read_text().splitlines()
        for i, line in enumerate(lines):
            for kind, changed in _changes(lines, i, line):
                yield Mutation(path.stem, i + 1, kind, tuple(changed))


def _changes(lines: list[str], i: int, line: str) -> Iterator[tuple[str, list[str]]]:
    before, after = lines[:i], lines[i + 1 :]
    if STATEMENT.fullmatch(line) and not re.match(r"\t+[\w ]+[ *]\w+( = .*)?;", line):
        indent = line[: len(line) - len(line.lstrip())]
        kind = "drop an increment" if re.search(r"(\+\+|--|\+=|-=)", line) else "drop"
        yield kind, [*before, f"{indent};", *after]
        same = after and re.fullmatch(rf"{indent}[^\t].*", after[0])
        if same and STATEMENT.fullmatch(after[0]):
            yield "swap", [*before, after[0], line, *after[1:]]
    found = GUARD.fullmatch(line)
    if found:
        head, condition, tail = found.groups()
        for part in condition.split(" && ") if " && " in condition else ["true"]:
            if part.count("(") == part.count(")"):
                yield "weaken", [*before, f"{head}{part}{tail}", *after]


def outcome(mutation: Mutation) -> str:
    """The file that notices, ``invalid``, or nothing."""
    with tempfile.TemporaryDirectory() as folder:
        specs = Path(folder)
        (specs / f"{mutation.spec}.srcu").write_text(mutation.text())
        for path in users(mutation.spec):
            library = Library((specs,), Cache(None))
            settings = Settings(spec_folders=(specs,))
            try:
                model = Model(library, load_model(library, path, path.name), settings)
                for chosen in model.variants():
                    report = model.judged(chosen, Budget(states=20_000), Silent())
                    if any(j.met is False for j in report.judgements):
                        return path.stem
            except ModelError:
                return "invalid"
    return ""


def main(every: int, first: int) -> None:
    """Tries them and prints what came of it."""
    chosen = list(mutations())[first::every]
    counts: Counter[str] = Counter()
    with ProcessPoolExecutor(2) as pool:
        for mutation, by in zip(chosen, pool.map(outcome, chosen), strict=True):
            counts["invalid" if by == "invalid" else "noticed" if by else "survived"] += 1
            if not by:
                path = SPECS / f"{mutation.spec}.srcu"
                line = path.read_text().splitlines()[mutation.number - 1].strip()
                print(f"{mutation.spec}:{mutation.number} {mutation.kind}: {line}", flush=True)
    valid = counts["noticed"] + counts["survived"]
    share = counts["noticed"] / valid if valid else 0
    print(f"{counts['noticed']} of {valid} noticed ({share:.0%}), {counts['invalid']} invalid")


if __name__ == "__main__":
    numbers = [int(a) for a in sys.argv[1:]]
    main(*[*numbers, *(1, 0)[len(numbers) :]])
