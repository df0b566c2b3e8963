# SPDX-License-Identifier: MIT
"""What a native search leaves behind, as ``explicit.graph`` describes it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from srcucheck.explicit.compile import passed
from srcucheck.explicit.graph import EdgeLabel
from srcucheck.explicit.native import passes
from srcucheck.explicit.native.arrays import Arrays
from srcucheck.explicit.native.layout import Words
from srcucheck.explicit.native.machine import Function, compiled
from srcucheck.explicit.native.memory import address
from srcucheck.explicit.native.packed import PackedIndex, PackedSet, PackedStates
from srcucheck.explicit.native.script import functions_of, script
from srcucheck.explicit.native.search import MANY, Explorer
from srcucheck.explicit.search import shown
from srcucheck.ir.system import System

I32s = NDArray[np.int32]
I64s = NDArray[np.int64]
U8s = NDArray[np.uint8]


_PASSES = functions_of(passes)


@dataclass(slots=True)
class Passes:
    """Compiled passes, each made when it is first wanted."""

    masks: int
    level: int
    known: dict[str, Function] = field(default_factory=dict)

    def run(self, name: str, *arguments: "int | NDArray[Any]") -> int:
        """Runs one; arrays go as their addresses."""
        if name not in self.known:
            text = script({name: _PASSES[name]}, {"MASKS": self.masks})
            count = len(_PASSES[name].args.args)
            self.known[name] = compiled([(text, self.level)], [name]).function(name, count)
        given = (a if isinstance(a, int) else address(a) for a in arguments)
        return self.known[name](*given)


@dataclass(frozen=True, slots=True)
class KindsOf:
    """What a kind of edge says: arrays by number, and masks in as many words as there are."""

    threads: I32s
    labels: I32s
    owed: U8s
    strong: U8s
    masks: int

    def rows(self, which: NDArray[Any]) -> I64s:
        """For each kind the mask of its thread where ``which`` is not 0."""
        found = np.zeros((len(self.threads), self.masks), dtype=np.uint64)
        bits = np.uint64(1) << (self.threads.astype(np.uint64) & np.uint64(63))
        found[np.arange(len(bits)), self.threads >> 6] = np.where(which, bits, 0)
        return found.view(np.int64)


@dataclass(frozen=True, slots=True)
class Steps:
    """The edges of all states that were expanded."""

    first: I64s
    targets: I32s
    kinds: I32s
    of: KindsOf
    dead: U8s
    """For each kind, whether a view has cut its edges."""

    @property
    def expanded(self) -> int:
        """How many states have their edges."""
        return len(self.first) - 1

    def threads(self, state: int, which: U8s | None = None) -> int:
        """The mask of the threads with an edge here, of a kind that ``which`` has."""
        mask = 0
        for kind in set(self.kinds[self.first[state] : self.first[state + 1]].tolist()):
            if which is None or which[kind]:
                mask |= 1 << int(self.of.threads[kind])
        return mask


@dataclass(frozen=True, slots=True)
class Masks(Mapping[int, int]):
    """Masks of threads per state, worked out when they are asked for."""

    steps: Steps
    which: U8s

    def __len__(self) -> int:
        return self.steps.expanded

    def __getitem__(self, state: int) -> int:
        return self.steps.threads(state, self.which)

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self)))

    # a mask is always wanted, never None
    def get(self, state: int, default: int = 0) -> int:  # type: ignore[override]
        """The mask of one state; none where it was not expanded."""
        return self[state] if state < len(self) else default


class NativeGraph:
    """A graph in arrays; a view shares all but its levels."""

    def __init__(self, explorer: Explorer) -> None:
        """Takes over what a search has found, however it ended."""
        arrays = self._arrays = explorer.arrays
        self._explorer = explorer
        arrays.cut()
        self.system: System = explorer.system
        self.rows: Words = arrays.rows()
        self._states = PackedStates(explorer.code.layout, self.rows)
        number_of = explorer.code.number_of
        self._index = PackedIndex(self._states, arrays.words, arrays.table, number_of)
        self.starts: Mapping[int, int] = explorer.first_of_start()
        self.shift = max(1, len(self.system.threads).bit_length())
        self.transitions = arrays.edges
        self.stopped = explorer.stopped
        self.labels: list[EdgeLabel] = [EdgeLabel(frozenset(), frozenset(), frozenset(), None)]
        self.found: list[int] = [0]
        self.executed: set[int] = set()
        self.of = self._kinds(explorer)
        self._steps = self._laid_out(arrays) if arrays.keep else None
        self.levels = explorer.levels()
        self.depth = int(self.levels[-1])
        self.passes = Passes(self.of.masks, 0 if len(self.rows) < MANY else 2)
        self._quiet: I64s | None = None
        self._above: tuple[I64s, I64s] | None = None

    def _laid_out(self, arrays: Arrays) -> Steps:
        """The edges as they stand in the arrays."""
        edges, first = arrays.edges, arrays.first.view(arrays.here + 1)
        dead = np.zeros(len(self.of.threads), dtype=np.uint8)
        targets, kinds = arrays.targets.view(edges), arrays.kinds.view(edges)
        return Steps(first, targets, kinds, self.of, dead)

    @property
    def steps(self) -> Steps:
        """The edges; made now, if the search has not kept them."""
        if self._steps is None:
            self._again = self._explorer.edges_again()
            self._steps = self._laid_out(self._again)
        return self._steps

    def _kinds(self, explorer: Explorer) -> KindsOf:
        """Labels in the order in which they were first seen, and what each kind has."""
        actions, count = explorer.code.program.actions, explorer.kinds.count
        seen = explorer.arrays.seen[:count]
        numbers: dict[EdgeLabel, int] = {self.labels[0]: 0}
        threads, labels = np.zeros(count, dtype=np.int32), np.zeros(count, dtype=np.int32)
        owed, strong = np.zeros(count, dtype=np.uint8), np.zeros(count, dtype=np.uint8)
        for kind in np.argsort(seen, kind="stable").tolist():
            number, bits = explorer.kinds.look(kind)
            one = actions[number]
            threads[kind] = one.thread
            owed[kind], strong[kind] = one.action.owed, one.action.strong
            if seen[kind] == 0:
                continue
            label = shown(one.action, passed(one.labels, bits), self.executed)
            labels[kind] = numbers.setdefault(label, len(self.labels))
            if labels[kind] == len(self.labels):
                self.labels.append(label)
                self.found.append(int(explorer.arrays.seen_at[kind]))
        masks = (len(self.system.threads) + 63) // 64
        return KindsOf(threads, labels, owed, strong, max(1, masks))

    # --- as others know graphs ----------------------------------------------------------------

    @property
    def states(self) -> PackedStates:
        """The states that were found, in order."""
        return self._states

    @property
    def index(self) -> PackedIndex:
        """Their numbers."""
        return self._index

    @property
    def level(self) -> Sequence[int]:
        """Steps from an initial state; -1 where a view has no way to."""
        return Integers(self.levels)

    @property
    def owe(self) -> Mapping[int, int]:
        """For each state that was looked at, the threads that are owed a step."""
        return Masks(self.steps, self.of.owed)

    @property
    def strong(self) -> Mapping[int, int]:
        """The threads that could be granted a lock."""
        return Masks(self.steps, self.of.strong)

    @property
    def expanded(self) -> int:
        """How many states have their edges."""
        return self._arrays.here

    @property
    def bounds(self) -> tuple[str, ...]:
        """Texts of the model's own bounds that were hit."""
        texts = (label.bound for label in self.labels)
        return tuple(dict.fromkeys(text for text in texts if text is not None))

    @property
    def quiets(self) -> I64s:
        """States where no thread is owed a step."""
        if self._quiet is None:
            quiet = self._arrays.quiet.view(self.expanded) != 0
            self._quiet = np.flatnonzero(quiet & (self.levels[: self.expanded] >= 0))
        return self._quiet

    @property
    def quiet(self) -> Sequence[int]:
        """The same, for those who count one by one."""
        return Integers(self.quiets)

    def edges(self, state: int) -> Iterator[tuple[int, int, int, int]]:
        """(thread, choice, target, label) of each edge, those to nowhere included."""
        steps = self.steps
        begin, end = int(steps.first[state]), int(steps.first[state + 1])
        last, choice = -1, 0
        for target, kind in zip(steps.targets[begin:end].tolist(), steps.kinds[begin:end].tolist()):
            thread = int(steps.of.threads[kind])
            choice = choice + 1 if thread == last else 0
            last = thread
            label = int(steps.of.labels[kind])
            yield thread, choice, -1 if steps.dead[kind] else target, label

    def enabled(self, state: int) -> int:
        """The threads that have an enabled action here."""
        return self.steps.threads(state) if state < self.expanded else 0

    def parents(self, state: int) -> Sequence[int]:
        """The edges to this state on shortest paths: ``state << shift | thread`` of each."""
        if self._above is None:
            self._above = self.rising("above", len(self.rows), self.levels)
        at, entries = self._above
        found: list[int] = entries[at[state] : at[state + 1]].tolist()
        return found

    def rising(self, name: str, count: int, levels: I32s, *more: NDArray[Any]) -> tuple[I64s, I64s]:
        """Edges on shortest paths in a row, sorted by where they lead."""
        steps = self.steps
        at = np.zeros(count + 1, dtype=np.int64)
        given: tuple[int | NDArray[Any], ...] = (
            steps.first, steps.targets, steps.kinds, steps.dead, steps.of.threads, self.expanded,
            self.shift, *more, levels,
        )  # fmt: skip
        self.passes.run(name, *given, at[1:], at, 0)
        np.cumsum(at, out=at)
        entries = np.zeros(int(at[-1]) + 1, dtype=np.int64)
        self.passes.run(name, *given, at.copy(), entries, 1)
        return at, entries

    def bits(self) -> int:
        """Bits a state needs if each slot is numbered over the values it was seen to have."""
        ever = np.bitwise_or.reduce(self.rows, axis=0).tolist()
        always = np.bitwise_and.reduce(self.rows, axis=0).tolist()
        found = 0
        for part in self._states.layout.slices:
            varies = (ever[part.word] & ~always[part.word]) >> part.shift & part.mask
            if not varies:
                continue
            if part.width == 1:
                found += 1
            elif part.width > 16:
                raw = self.rows[:, part.word] >> np.int64(part.shift) & np.int64(part.mask)
                found += (len(np.unique(raw)) - 1).bit_length()
            else:
                seen = np.zeros(part.mask + 1, dtype=np.uint8)
                count, width = self.rows.shape
                where = (part.word, part.shift, part.mask)
                self.passes.run("spread", self.rows, count, width, *where, seen)
                found += (int(seen.sum()) - 1).bit_length()
        return found

    def closed(self) -> PackedSet:
        """All states as a set."""
        return PackedSet(self._index)

    def among(self, slot: int, values: Collection[int]) -> NDArray[np.bool_]:
        """The states where the value of a slot is one of these."""
        return self._states.layout.among(self.rows, slot, values)

    def without(self, banned: frozenset[int]) -> "NativeGraph":
        """The same with the steps of these labels turned into bounds."""
        view = object.__new__(NativeGraph)
        steps = self.steps
        view.__dict__.update(self.__dict__)
        dead = steps.dead | np.isin(steps.of.labels, list(banned))
        view._steps = Steps(steps.first, steps.targets, steps.kinds, steps.of, dead)
        count = len(self.rows)
        level, queue = np.full(count, -1, dtype=np.int32), np.zeros(count, dtype=np.int32)
        starts = list(self.starts)
        level[starts], queue[: len(starts)] = 0, starts
        self.passes.run(
            "relevelled", steps.first, steps.targets, steps.kinds, dead, self.expanded,
            len(starts), queue, level,
        )  # fmt: skip
        view.levels, view._quiet, view._above = level, None, None
        return view


@dataclass(frozen=True, slots=True)
class Integers(Sequence[int]):
    """An array whose elements are plain integers."""

    array: NDArray[Any]

    def __len__(self) -> int:
        return len(self.array)

    def __getitem__(self, at: Any) -> Any:
        return int(self.array[at]) if isinstance(at, int) else self.array[at].tolist()

    def __iter__(self) -> Iterator[int]:
        return iter(self.array.tolist())
