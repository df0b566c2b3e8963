# SPDX-License-Identifier: MIT
"""``python -m tests.bench.explorer``: the native explorer against what it could be, and Spin.

The roofline is a table of the same size into which as many random keys go as there are steps, with
the same prefetching and nothing else: what a search costs that only has to remember.  The search
alone is timed in this process, compiled already; the rest are new processes.  All is processor
time, since machines have other work; even so the least of several runs counts, and only ratios are
worth quoting.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from srcucheck.base.budget import Budget, Silent
from srcucheck.driver.cache import Cache
from srcucheck.driver.library import Library
from srcucheck.driver.settings import Settings
from srcucheck.driver.stages import Model, load_model
from srcucheck.explicit.engine import PATIENCE
from srcucheck.explicit.native.codes import CONSTANTS
from srcucheck.explicit.native.kernels import LOWER, MIX, MIX2
from srcucheck.explicit.native.machine import compiled
from srcucheck.explicit.native.memory import Growing
from srcucheck.explicit.native.script import I64s, functions_of, prefetch, script
from srcucheck.explicit.native.search import Explorer
from srcucheck.explicit.native.start import lasting
from srcucheck.explicit.search import Search
from srcucheck.ir.system import System

HERE = Path(__file__).parent
BLOCK = 256
STEP = 1442695040888963407


def inserts(table: I64s, mask: int, keys: int, count: int) -> int:
    """So many inserts of random keys, of which there are so many different ones."""
    x = 88172645463325252
    found = 0
    done = 0
    while done < count:
        y = x
        for _ahead in range(BLOCK):
            y = y * MIX + STEP
            h = (((y >> 32) * keys) >> 32) * MIX2
            h = h ^ (h >> 32)
            prefetch(table, h & mask)
        for _key in range(BLOCK):
            x = x * MIX + STEP
            h = (((x >> 32) * keys) >> 32) * MIX2
            h = h ^ (h >> 32)
            at = h & mask
            while 1:
                if table[at] == 0:
                    table[at] = h
                    found += 1
                    break
                if table[at] == h:
                    break
                at = (at + 1) & mask
        done += BLOCK
    return found


INSERTS = functions_of(sys.modules[__name__])["inserts"]


def least(runs: int, work: Callable[[], float]) -> float:
    """The least time of some runs."""
    return min(work() for _ in range(runs))


def spent(command: Sequence[str], where: Path) -> float:
    """Seconds of processor time of a new process and its children."""

    def so_far() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    before = so_far()
    subprocess.run(command, cwd=where, stdout=subprocess.DEVNULL, check=True)
    return so_far() - before


def system(load: Path, n: int) -> System:
    """The one variant of a load."""
    library = Library((), Cache(None))
    settings = Settings(definitions=(("N", str(n)),))
    model = Model(library, load_model(library, load, load.name), settings)
    (chosen,) = model.variants()
    return model.lowered(chosen).system


def row(what: str, seconds: float, note: str = "") -> None:
    """One line of the table."""
    print(f"{what:44} {seconds:9.3f} s   {note}".rstrip(), flush=True)


def ours(load: Path, n: int, runs: int) -> float:
    """The search alone, and the roofline; gives the time of the search."""
    model = system(load, n)
    seen = Search(model).run(Budget(states=PATIENCE), Silent()).states
    last: list[Explorer] = []

    def search() -> float:
        explorer = Explorer(model, seen, level=2, keep=lasting(model))
        began = time.process_time()
        explorer.run(Budget(), Silent())
        last[:] = [explorer]
        return time.process_time() - began

    took = least(runs, search)
    arrays = last[0].arrays
    total, edges, places = arrays.total, arrays.edges, arrays.table.size
    print(f"{load.name}, N={n}: {total:,} states, {edges:,} steps, {arrays.width} words a state")
    row(
        "search alone",
        took,
        f"{total / took / 1e6:.2f} M states/s, {edges / took / 1e6:.1f} M steps/s",
    )
    constants = dict(CONSTANTS) | {"BLOCK": BLOCK, "STEP": STEP, "MIX": MIX, "MIX2": MIX2}
    machine = compiled([(script({"inserts": INSERTS}, constants), 2)], ["inserts"])
    function = machine.function("inserts", 4)

    def roof() -> float:
        table = Growing(np.int64, places)
        began = time.process_time()
        function(table.address, places - 1, min(total, LOWER), edges)
        return time.process_time() - began

    bound = least(runs, roof)
    row("roofline: as many inserts of random keys", bound, f"search is at {bound / took:.0%}")
    return took


def whole(load: Path, n: int, runs: int) -> float:
    """The whole command, in a new process."""
    command = [sys.executable, "-m", "srcucheck", "check", str(load), "-D", f"N={n}"]
    took = least(runs, lambda: spent(command, HERE))
    done = subprocess.run(
        [*command, "--format", "json"], capture_output=True, text=True, check=True
    )
    (variant,) = json.loads(done.stdout)["files"][0]["variants"]
    row("srcucheck check, a new process", took, f"search and verdicts: {variant['seconds']} s")
    return took


def spin(n: int, runs: int, search: float, command: float) -> None:
    """Spin on the same load."""
    if shutil.which("spin") is None or shutil.which("gcc") is None:
        print("spin: not installed")
        return
    with tempfile.TemporaryDirectory() as scratch:
        where = Path(scratch)
        flags = ["-O2", "-DNOREDUCE", "-DSAFETY", "-DVECTORSZ=256"]
        built = spent(["spin", f"-DN={n}", "-a", str(HERE / "load.pml")], where)
        built += spent(["gcc", "-w", *flags, "-o", "pan", "pan.c"], where)
        pan = least(runs, lambda: spent(["./pan", "-m1000000", "-w26", "-E"], where))
    row("spin and gcc", built)
    row("pan", pan, f"{pan / search:.1f} times our search alone")
    row("spin, gcc and pan", built + pan, f"{(built + pan) / command:.1f} times our whole command")


def main() -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=4, help="size of the load")
    parser.add_argument("--load", default="load.srcu", help="load.srcu or natural.srcu")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    load = HERE / options.load
    search = ours(load, options.n, options.runs)
    command = whole(load, options.n, options.runs)
    if options.load == "load.srcu":
        spin(options.n, min(options.runs, 2), search, command)


if __name__ == "__main__":
    main()
