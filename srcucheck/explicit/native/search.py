# SPDX-License-Identifier: MIT
"""Breadth-first search in compiled code, with the same result as ``explicit.search``."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from srcucheck.base.budget import Budget, Listener, Progress, resident_megabytes
from srcucheck.base.diagnostic import ModelError
from srcucheck.check.interpreter import endless_loop
from srcucheck.check.replay import InternalError
from srcucheck.explicit.native import kernels
from srcucheck.explicit.native.arrays import MOST_STATES, NO_LIMIT, OUT, Arrays
from srcucheck.explicit.native.codes import CONSTANTS, Cell, Stop
from srcucheck.explicit.native.kinds import Kinds, KindTable
from srcucheck.explicit.native.layout import Layout, Unfit, first_layout
from srcucheck.explicit.native.machine import Function, Machine, compiled
from srcucheck.explicit.native.memory import Growing, address
from srcucheck.explicit.native.program import Program, program
from srcucheck.explicit.native.script import functions_of, script
from srcucheck.ir.system import State, System

_SLICE = 0.05
"""Seconds between two looks at the budget, about."""

_SOME = 100_000
"""States between two moments at which Ctrl-C is heard."""

MANY = 50_000
"""States from which on it may be worth while to optimise."""


_KERNELS = functions_of(kernels)


def kernel_text(words: int, kind_words: int) -> str:
    """The kernels for states of so many words."""
    constants = {
        name: int(value)
        for name, value in vars(kernels).items()
        if isinstance(value, int) and not name.startswith("_")
    }
    constants |= {"WORDS": words, "KIND_WORDS": kind_words, "STRIDE": kind_words + 2, "OUT": OUT}
    return script(_KERNELS, dict(CONSTANTS) | constants)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A model and the kernels, compiled for one layout."""

    layout: Layout
    level: int
    """How much it was optimised."""
    program: Program
    machine: Machine
    explore: Function
    entered: Function
    number_of: Function

    @classmethod
    def of(
        cls, system: System, layout: Layout, level: int, kinds: Kinds | None = None
    ) -> "Compiled":
        """Compiles; ``kinds`` are those that have numbers already.

        Raises:
            Unfit: the model does not lend itself to it.
        """
        text = program(system, layout, kinds)
        kernels = kernel_text(layout.words, text.kinds.words)
        modules = [(kernels, level), (text.text, min(level, text.most))]
        machine = compiled(modules, ["explore", "entered", "number_of"])
        return cls(
            layout,
            level,
            text,
            machine,
            machine.function("explore", 18),
            machine.function("entered", 5),
            machine.function("number_of", 4),
        )


class Explorer:
    """One search."""

    def __init__(
        self, system: System, seen: Sequence[State], level: int = 0, *, keep: bool = True
    ) -> None:
        """Prepares a search; ``seen`` are some states, from which ranges are read off.

        ``level`` is how much to optimise at first; ``keep`` is whether edges are kept.

        Raises:
            Unfit: the model does not lend itself to it.
        """
        self.system = system
        starts = list(dict.fromkeys(initial.state for initial in system.initial))
        began = time.monotonic()
        self.code = Compiled.of(system, first_layout(system, [*starts, *seen]), level)
        self.compiling = time.monotonic() - began
        """Seconds that the last compilation took."""
        self.kinds = KindTable.of(self.code.program.kinds, len(self.code.program.actions))
        self.starts = {state: number for number, state in enumerate(starts)}
        packed = self.code.layout.pack(starts)
        self.arrays = Arrays.begin(packed, self.kinds.room, keep=keep)
        self.stopped: str | None = None
        self.enter()
        self.out = np.zeros(OUT * self.code.layout.words, dtype=np.int64)
        self.tags = np.zeros(OUT, dtype=np.int32)
        self.hashes = np.zeros(OUT, dtype=np.int64)
        self.counts = np.zeros(kernels.BATCH, dtype=np.int64)

    def run(self, budget: Budget, listener: Listener) -> None:
        """Explores everything, or what the budget allows.

        Raises:
            Unfit: some number takes more than 64 bits.
            ModelError: a loop inside ``atomic`` does not end.
            InternalError: at one state a thread has owed and unowed actions enabled.
        """
        control = self.arrays.control
        limit = budget.states if budget.states is not None else NO_LIMIT
        control[Cell.LIMIT] = limit
        told, stride, searched = time.monotonic(), 2_000, 0.0
        why: int = Stop.PAUSE
        while True:
            arrays = self.arrays
            if why == Stop.DONE:
                return
            self.stopped = budget.exceeded(arrays.total)
            if self.stopped is not None:
                return
            now = time.monotonic()
            if now - told > 0.1:
                told = now
                listener.progress(self.progress(now - budget.started))
            worth = arrays.total >= MANY and searched > self.compiling
            if worth and self.code.level == 0 and self.code.program.most:
                self.compile(self.code.layout, 2)
            began = time.monotonic()
            pause = arrays.here + stride
            why = self.step(pause)
            took = time.monotonic() - began
            searched += took
            if why == Stop.PAUSE:
                stride = int(min(max(stride * _SLICE / max(took, 1e-4), 500), 4 * stride))
            elif why not in (Stop.DONE, Stop.LIMIT):
                if why == Stop.ROOM:
                    self.stopped = budget.refuses(arrays.table_to_come())
                if self.stopped is None:
                    self.attend(why)
                if self.stopped is not None:
                    return

    def first_of_start(self) -> dict[int, int]:
        """For each state that is an initial one, the first that it is."""
        found: dict[int, int] = {}
        for number, initial in enumerate(self.system.initial):
            found.setdefault(self.starts[initial.state], number)
        return found

    def levels(self) -> NDArray[np.int32]:
        """The level of each state."""
        a = self.arrays
        begins = a.levels.view(int(a.control[Cell.LEVELS]))
        sizes = np.diff(np.append(begins, a.total))
        return np.repeat(np.arange(len(begins), dtype=np.int32), sizes)

    def step(self, pause: int) -> int:
        """Runs compiled code for a while."""
        a = self.arrays
        a.control[Cell.KINDS], a.control[Cell.KIND_ROOM] = self.kinds.count, self.kinds.room
        why = self.code.explore(
            address(a.control), a.words.address, a.table.address, a.mask, a.first.address,
            a.targets.address, a.kinds.address, a.quiet.address, address(a.seen),
            address(a.seen_at), a.levels.address, address(self.out), address(self.tags),
            address(self.hashes), address(self.counts), address(self.kinds.cells),
            address(self.kinds.heads), pause,
        )  # fmt: skip
        self.kinds.count = int(a.control[Cell.KINDS])
        return why

    def edges_again(self) -> Arrays:
        """Goes through all expanded states once more, and keeps their edges this time."""
        found = self.arrays
        self.arrays = found.again()
        try:
            while self.arrays.here < found.here:
                why = self.step(min(found.here, self.arrays.here + _SOME))
                if why < 0:
                    self.attend(why)
            return self.arrays
        finally:
            self.arrays = found

    def attend(self, why: int) -> None:
        """Does what compiled code asked for.

        Raises:
            Unfit, ModelError, InternalError: as ``run``.
        """
        detail = int(self.arrays.control[Cell.DETAIL])
        match Stop(why):
            case Stop.ROOM:
                if self.arrays.total + OUT > MOST_STATES:
                    self.stopped = "more states than 31 bits can number"
                    return
                try:
                    if self.arrays.grow():
                        self.enter()
                except (OSError, MemoryError):
                    self.stopped = "out of memory"
            case Stop.KINDS:
                self.kinds.grow()
                self.see()
            case Stop.RANGE:
                self.widen(detail, int(self.arrays.control[Cell.VALUE]))
            case Stop.ENDLESS:
                raise ModelError(endless_loop(self.system, detail))
            case Stop.MIXED:
                raise InternalError(self.mixed(detail))
            case Stop.NOWHERE:
                raise InternalError(f"{self.system.threads[detail].name} has no such location")
            case Stop.OVERFLOW:
                raise Unfit("a result takes more than 64 bits")
            case Stop.FULL:
                raise Unfit(f"a state has more than {OUT} successors")
            case Stop.DEEP:
                raise Unfit("one step makes too many choices")
            case Stop.DONE | Stop.PAUSE | Stop.LIMIT:
                pass

    def widen(self, slot: int, value: int) -> None:
        """Another layout, for the states that are there and those to come."""
        old, a = self.code.layout, self.arrays
        layout = old.widened(self.system, slot, value)
        rows = old.repacked(a.rows(), layout)
        self.compile(layout, self.code.level)
        a.width = layout.words
        a.words = Growing(np.int64, a.quiet.size * layout.words)
        a.words.view()[: rows.size] = rows.ravel()
        a.table = Growing(np.int64, a.table.size)
        self.out = np.zeros(OUT * layout.words, dtype=np.int64)
        self.enter()

    def compile(self, layout: Layout, level: int) -> None:
        """Compiles anew; kinds keep their numbers."""
        began = time.monotonic()
        self.code = Compiled.of(self.system, layout, level, self.kinds.written_back())
        self.kinds = KindTable.of(self.code.program.kinds, len(self.code.program.actions))
        self.see()
        self.compiling = time.monotonic() - began

    def see(self) -> None:
        """Room for the first edge of each kind there can be now."""
        a, more = self.arrays, max(0, self.kinds.room - len(self.arrays.seen))
        a.seen, a.seen_at = np.pad(a.seen, (0, more)), np.pad(a.seen_at, (0, more))

    def enter(self) -> None:
        """Puts all states into the table, which is empty."""
        a = self.arrays
        self.code.entered(a.words.address, 0, a.total, a.table.address, a.mask)

    def mixed(self, thread: int) -> str:
        """The message for a thread with owed and unowed actions enabled at once."""
        a, who = self.arrays, self.system.threads[thread]
        pc = int(self.code.layout.column(a.rows()[a.here : a.here + 1], who.pc)[0])
        return f"{who.name} has owed and unowed actions enabled at location {pc}"

    def progress(self, seconds: float) -> Progress:
        """The figures so far."""
        a = self.arrays
        depth = int(a.control[Cell.LEVELS]) - 2
        return Progress(
            a.total, a.edges, max(depth, 0), a.total - a.here, seconds, resident_megabytes()
        )
