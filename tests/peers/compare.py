# SPDX-License-Identifier: MIT
"""``python -m tests.peers.compare [PATH]...``: every variant, by srcucheck, Rumur and Spin.

Reductions are off everywhere, so that numbers of states have to be equal.  Spin has one state
more: the one before its process has chosen an initial state.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from srcucheck.base.budget import Budget, Silent
from srcucheck.check.verdict import Fails, Holds
from srcucheck.driver.cache import Cache
from srcucheck.driver.library import Library
from srcucheck.driver.settings import Settings
from srcucheck.driver.stages import Model, load_model
from srcucheck.driver.variant import Lowered
from srcucheck.explicit.engine import Explicit
from srcucheck.ir.system import Check, Invariant, Reachable, Reported, System
from srcucheck.render.export.liveness import LIVENESS, NotWritten
from srcucheck.render.export.murphi import murphi
from srcucheck.render.export.promela import promela

ROOT = Path(__file__).parents[2]
DEPTH = 2_000_000
"""Steps of Spin's stack."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a peer says: states, and whether it found an error."""

    states: int
    error: bool


@dataclass(frozen=True, slots=True)
class Ours:
    """What the explicit engine says: states, the checks that nothing violates, the others."""

    states: int
    good: tuple[Check, ...]
    bad: tuple[Check, ...]


def lowered(path: Path) -> Iterator[Lowered]:
    """All variants of a model, reductions off."""
    library = Library((), Cache(None))
    model = Model(library, load_model(library, path, path.name), Settings(reductions=False))
    for chosen in model.variants():
        yield model.lowered(chosen)


def ours(system: System) -> Ours:
    """By the explicit engine, what one state or one step shows only."""
    answers = Explicit().judge(system, Budget(), Silent())
    assert answers.figures.complete
    good: list[Check] = []
    bad: list[Check] = []
    for at, check in enumerate(system.checks):
        if isinstance(check.question, Reported | Invariant | Reachable):
            verdict = answers.verdicts[at]
            shown = isinstance(check.question, Reachable) and isinstance(verdict, Holds)
            unshown = isinstance(check.question, Reachable) and isinstance(verdict, Fails)
            wrong = shown or (isinstance(verdict, Fails) and not unshown)
            (bad if wrong else good).append(check)
    return Ours(answers.figures.states, tuple(good), tuple(bad))


def rumur(text: str) -> Said:
    """What Rumur says of a Murphi model."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "x.m").write_text(text)
        _run(folder, "rumur", "--deadlock-detection", "off", "--output", "x.c", "x.m")
        _run(folder, "gcc", "-O0", "-w", "-march=native", "-o", "x", "x.c", "-lpthread")
        out = subprocess.run(["./x"], cwd=folder, capture_output=True, text=True, check=False)
    states = re.search(r"(\d+) states, \d+ rules fired", out.stdout)
    assert states is not None, out.stdout[-500:] + out.stderr[-500:]
    error = re.search(r"(\d+) error\(s\) found", out.stdout) is not None
    assert not error or "out-of-range" not in out.stdout, out.stdout[-2000:]
    return Said(int(states[1]), error)


def spin(text: str) -> Said:
    """What Spin says of a Promela model."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "x.pml").write_text(text)
        _run(folder, "spin", "-a", "x.pml")
        options = ["-O0", "-w", "-DNOREDUCE", "-DSAFETY", "-DMEMLIM=4000"]
        _run(folder, "gcc", *options, "-o", "pan", "pan.c")
        command = ["./pan", "-m1000000", "-E", "-w22"]
        out = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    states = re.search(r"(\d+) states, stored", out.stdout)
    assert states is not None and "max search depth too small" not in out.stdout, out.stdout
    return Said(int(states[1]) - 1, re.search(r"errors: 0", out.stdout) is None)


def hangs(text: str) -> bool | None:
    """Whether Spin finds a run that its never claim accepts; None if it gave up."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "x.pml").write_text(text)
        _run(folder, "spin", "-a", "x.pml")
        options = ["-O1", "-w", "-DNOREDUCE", "-DMEMLIM=3000", "-DVECTORSZ=2048"]
        _run(folder, "gcc", *options, "-o", "pan", "pan.c")
        command = ["./pan", "-a", f"-m{DEPTH}", "-E", "-w22"]
        out = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    errors = re.search(r"errors: (\d+)", out.stdout)
    assert errors is not None, out.stdout[-800:] + out.stderr[-800:]
    if errors[1] != "0":
        assert "acceptance cycle" in out.stdout, out.stdout[-800:]
        return True
    return None if "max search depth too small" in out.stdout else False


def _run(folder: str, *command: str) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(f"{' '.join(command)}: {done.stdout[-800:]}{done.stderr[-800:]}")


def differences(system: System, title: str) -> Iterator[str]:
    """Where a peer does not say the same."""
    mine = ours(system)
    for name, peer, written in (("rumur", rumur, murphi), ("spin", spin, promela)):
        said = peer(written(system, mine.good, title))
        if said != Said(mine.states, error=False):
            yield f"{name}: {said}, where {mine.states} states and no error are expected"
        for check in mine.bad:
            if not peer(written(system, (check,), title)).error:
                yield f"{name}: {check.name} fails here, not there"


def lasting(system: System, title: str) -> Iterator[str]:
    """What Spin says of each question about endless runs: agreed, or how it differs, or why not."""
    answers = Explicit().judge(system, Budget(), Silent())
    assert answers.figures.complete
    for at, check in enumerate(system.checks):
        if not isinstance(check.question, LIVENESS):
            continue
        try:
            text = promela(system, (check,), title)
        except NotWritten as why:
            yield f"{check.name}: not written: {why}"
            continue
        verdict, said = answers.verdicts[at], hangs(text)
        if said is None:
            yield f"{check.name}: too deep for Spin"
        elif said != isinstance(verdict, Fails):
            yield f"{check.name}: DIFFERS: {type(verdict).__name__} here, a run there: {said}"
        else:
            yield f"{check.name}: agreed"


def main(paths: list[str]) -> int:
    """Prints a line for each variant; 1 if some peer disagrees."""
    wrong = 0
    files = [p for p in map(Path, paths) if p.is_file()]
    files += [f for p in map(Path, paths) for f in p.rglob("*.srcu")]
    for path in sorted(files):
        for one in lowered(path):
            found = list(differences(one.system, path.name))
            found += [f for f in lasting(one.system, path.name) if not f.endswith(": agreed")]
            wrong += any(": not written: " not in f and ": too deep" not in f for f in found)
            values = " ".join(f"{k}={v}" for k, v in one.chosen.items())
            print(path.stem, values, "; ".join(found) or "agreed", flush=True)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or [str(ROOT / "models"), str(ROOT / "examples")]))
