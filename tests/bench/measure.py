# SPDX-License-Identifier: MIT
"""``python -m tests.bench.measure``: how fast it is here, printed and never asserted.

Cold means a new process; the least of several runs is shown, as other work only adds to it.
Where the models of other checkers for the same load are given (``--peers DIR`` with unplug.pml and
unplug.m) and ``spin``, ``rumur`` and ``gcc`` are installed, they run beside it: quote ratios only.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from srcucheck.lang.build_tables import build

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "srcucheck", "check"]
SMALL = "models/lifetime/flush_work_on_delayed_work.srcu"
DEBATE = "models/fences/fence_wait_in_section.srcu"


def seconds(command: Sequence[str], cache: str, runs: int, where: Path = ROOT) -> float:
    """The least wall time of some runs, each a new process, with bytecode kept as Python does."""
    environment = os.environ | {"XDG_CACHE_HOME": cache}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    best = float("inf")
    for _ in range(runs):
        began = time.perf_counter()
        subprocess.run(command, cwd=where, env=environment, stdout=subprocess.DEVNULL, check=False)
        best = min(best, time.perf_counter() - began)
    return best


def row(what: str, value: float, goal: str = "") -> None:
    """One line of the table."""
    print(f"{what:58} {value:9.2f} s   {goal}".rstrip(), flush=True)


def cold(runs: int) -> None:
    """New processes, with and without a cache."""
    with tempfile.TemporaryDirectory() as warm:
        small = [*COMMAND, SMALL]
        installed, checkout = [], []
        for _ in range(runs):
            with tempfile.TemporaryDirectory() as none:
                checkout.append(seconds(small, none, 1))
            with tempfile.TemporaryDirectory() as none:
                tables = Path(none) / "srcucheck"
                tables.mkdir()
                build(tables)
                installed.append(seconds(small, none, 1))
        seconds(small, warm, 1)
        row("small model, warm cache", seconds(small, warm, runs), "goal 0.4")
        row("small model, no cache, the grammar's tables shipped", min(installed), "goal 0.6")
        row("small model, no cache, from a checkout: tables are built", min(checkout))
        debate = [*COMMAND, DEBATE]
        seconds(debate, warm, 1)
        row("A15, four variants with traces", seconds(debate, warm, runs), "goal 0.8")
        everything = [*COMMAND, "models/"]
        row("models/, all processors", seconds(everything, warm, 1), "goal 15 on two cores")
        row("models/, --jobs 1", seconds([*everything, "--jobs", "1"], warm, 1))


def speed(n: int) -> float:
    """States a second of the engine on the load; gives the time of the whole command."""
    command = [*COMMAND, "tests/bench/load.srcu", "-D", f"N={n}", "--format", "json"]
    began = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    took = time.perf_counter() - began
    (variant,) = json.loads(done.stdout)["files"][0]["variants"]
    rate = variant["states"] / variant["seconds"]
    print(f"load.srcu, N={n}: {variant['states']:,} states, {rate:,.0f} states/s")
    row(f"load.srcu, N={n}, the whole command", took)
    return took


def peers(folder: Path, n: int, ours: float) -> None:
    """Other checkers on the same load."""
    with tempfile.TemporaryDirectory() as scratch:
        for name, build in (("spin", _spin), ("rumur", _rumur)):
            if shutil.which(name) is None or shutil.which("gcc") is None:
                print(f"{name}: not installed")
                continue
            program = build(folder, n, Path(scratch))
            took = seconds(program, scratch, 1, Path(scratch))
            row(f"{name}, N={n}", took, f"we take {ours / max(took, 0.001):.0f} times that")


def _spin(folder: Path, n: int, scratch: Path) -> list[str]:
    subprocess.run(["spin", f"-DN={n}", "-a", str(folder / "unplug.pml")], cwd=scratch, check=True)
    flags = ["-O2", "-DNOREDUCE", "-DSAFETY", "-DVECTORSZ=256"]
    subprocess.run(["gcc", *flags, "-o", "pan", "pan.c"], cwd=scratch, check=True)
    return [str(scratch / "pan"), "-m1000000", "-w26", "-E"]


def _rumur(folder: Path, n: int, scratch: Path) -> list[str]:
    model = scratch / "load.m"
    model.write_text((folder / "unplug.m").read_text().replace("const N: 4;", f"const N: {n};"))
    options = ["--deadlock-detection", "off", "--symmetry-reduction", "off"]
    subprocess.run(["rumur", str(model), "--output", "u.c", *options], cwd=scratch, check=True)
    flags = ["-O3", "-mcx16", "u.c", "-o", "u", "-lpthread", "-latomic"]
    subprocess.run(["gcc", *flags], cwd=scratch, check=True)
    return [str(scratch / "u")]


def main() -> None:
    """Everything, or a part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("-n", type=int, default=3, help="size of the load")
    parser.add_argument("--peers", type=Path, help="folder with unplug.pml and unplug.m")
    options = parser.parse_args()
    cold(options.runs)
    ours = speed(options.n)
    if options.peers is not None:
        peers(options.peers, options.n, ours)


if __name__ == "__main__":
    main()
