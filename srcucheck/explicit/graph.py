# SPDX-License-Identifier: MIT
"""What a search leaves behind: states by number, their edges, who is owed where."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Protocol

from srcucheck.ir.system import State, System

NOWHERE = -1
"""The target of an edge that hits a bound of the model, and of one that a view cuts."""


@dataclass(frozen=True, slots=True)
class EdgeLabel:
    """What a step shows: reports, begun and ended frames, the text of a bound."""

    reports: frozenset[str]
    begins: frozenset[int]
    ends: frozenset[int]
    bound: str | None


class Explored(Protocol):
    """What questions are asked of: a ``Graph``, or what compiled code has left behind."""

    @property
    def system(self) -> System:
        """What was explored."""

    @property
    def starts(self) -> Mapping[int, int]:
        """Which of the initial states is the first that a state is."""

    @property
    def shift(self) -> int:
        """How far the state stands left of the thread in ``parents``."""

    @property
    def labels(self) -> Sequence[EdgeLabel]:
        """What edges show, by number; 0 shows nothing."""

    @property
    def found(self) -> Sequence[int]:
        """For each label, the first state with such an edge."""

    @property
    def executed(self) -> set[int]:
        """The sites that some step passed."""

    @property
    def transitions(self) -> int:
        """How many steps there are."""

    @property
    def depth(self) -> int:
        """The level of the last state."""

    @property
    def stopped(self) -> str | None:
        """Why the search was cut, if it was."""

    @property
    def states(self) -> Sequence[State]:
        """The states that were found, in order."""

    @property
    def index(self) -> Mapping[State, int]:
        """Their numbers."""

    @property
    def quiet(self) -> Sequence[int]:
        """States where no thread is owed a step."""

    @property
    def level(self) -> Sequence[int]:
        """Steps from an initial state; -1 where a view has no way to."""

    @property
    def owe(self) -> Sequence[int] | Mapping[int, int]:
        """For each state that was looked at, the threads that are owed a step."""

    @property
    def strong(self) -> Mapping[int, int]:
        """The threads that could be granted a lock, 0 left out."""

    @property
    def expanded(self) -> int:
        """How many states have their edges."""

    @property
    def bounds(self) -> tuple[str, ...]:
        """Texts of the model's own bounds that were hit."""

    def edges(self, state: int) -> Iterator[tuple[int, int, int, int]]:
        """(thread, choice, target, label) of each edge, those to nowhere included."""

    def enabled(self, state: int) -> int:
        """The threads that have an enabled action here."""

    def parents(self, state: int) -> Sequence[int]:
        """The edges to this state on shortest paths: ``state << shift | thread`` of each."""

    def bits(self) -> int:
        """Bits a state needs if each slot is numbered over the values it was seen to have."""

    def closed(self) -> Set[State]:
        """All states as a set."""

    def without(self, banned: frozenset[int]) -> Explored:
        """The same with the steps of these labels turned into bounds."""


@dataclass(slots=True)
class Graph:
    """The reachable part of a system.

    The edges of state i are ``first[i] .. first[i + 1]``, threads in order, choices in order;
    ``kinds[e] & mask`` is the thread and ``kinds[e] >> shift`` the number of the label (0: shows
    nothing).  States from ``expanded`` on were not looked at.  ``owe``, ``strong`` and ``free``
    (unowed actions) are masks of threads; the last two leave out what is 0.  ``found[k]``
    is the first state with an edge of label k.  Every cycle has an edge to a state of no greater
    number, and ``back`` holds the targets of these.
    """

    system: System
    states: list[State]
    index: dict[State, int]
    starts: Mapping[int, int]
    shift: int
    labels: list[EdgeLabel] = field(default_factory=list)
    found: list[int] = field(default_factory=list)
    first: array[int] = field(default_factory=lambda: array("q", [0]))
    targets: array[int] = field(default_factory=lambda: array("q"))
    kinds: array[int] = field(default_factory=lambda: array("q"))
    owe: list[int] = field(default_factory=list)
    strong: dict[int, int] = field(default_factory=dict)
    free: dict[int, int] = field(default_factory=dict)
    level: list[int] = field(default_factory=list)
    back: set[int] = field(default_factory=set)
    quiet: list[int] = field(default_factory=list)
    executed: set[int] = field(default_factory=set)
    transitions: int = 0
    depth: int = 0
    stopped: str | None = None
    """Why the search was cut, if it was."""
    _parents: dict[int, list[int]] | None = None

    @property
    def mask(self) -> int:
        """Selects the thread of a kind."""
        return (1 << self.shift) - 1

    @property
    def expanded(self) -> int:
        """How many states have their edges."""
        return len(self.first) - 1

    @property
    def bounds(self) -> tuple[str, ...]:
        """Texts of the model's own bounds that were hit."""
        texts = (label.bound for label in self.labels)
        return tuple(dict.fromkeys(text for text in texts if text is not None))

    def edges(self, state: int) -> Iterator[tuple[int, int, int, int]]:
        """(thread, choice, target, label) of each edge, those to nowhere included."""
        last, choice = -1, 0
        for e in range(self.first[state], self.first[state + 1]):
            kind = self.kinds[e]
            thread = kind & self.mask
            choice = choice + 1 if thread == last else 0
            last = thread
            yield thread, choice, self.targets[e], kind >> self.shift

    def enabled(self, state: int) -> int:
        """The threads that have an enabled action here."""
        return self.owe[state] | self.free.get(state, 0) if state < self.expanded else 0

    def parents(self, state: int) -> Sequence[int]:
        """The edges to this state on shortest paths: ``state << shift | thread`` of each."""
        if self._parents is None:
            self._parents = self._all_parents()
        return self._parents.get(state, ())

    def _all_parents(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        level, mask, shift = self.level, self.mask, self.shift
        begin = 0
        for state, end in enumerate(self.first[1:]):
            deeper = level[state] + 1
            if deeper:
                base = state << shift
                for target, kind in zip(self.targets[begin:end], self.kinds[begin:end]):
                    if target >= 0 and level[target] == deeper:
                        if target in found:
                            found[target].append(base | kind & mask)
                        else:
                            found[target] = [base | kind & mask]
            begin = end
        return found

    def bits(self) -> int:
        """Bits a state needs if each slot is numbered over the values it was seen to have."""
        return sum((len(set(column)) - 1).bit_length() for column in zip(*self.states, strict=True))

    def closed(self) -> Set[State]:
        """All states as a set."""
        return frozenset(self.index)

    def without(self, banned: frozenset[int]) -> Graph:
        """The same with the steps of these labels turned into bounds: enabled, without successor.

        States that nothing leads to any more have level -1.
        """
        targets = array("q", self.targets)
        for e, kind in enumerate(self.kinds):
            if kind >> self.shift in banned:
                targets[e] = NOWHERE
        level = [-1] * len(self.states)
        layer = list(self.starts)
        for state in layer:
            level[state] = 0
        depth = 0
        while layer:
            depth += 1
            deeper: list[int] = []
            for state in layer:
                if state < self.expanded:
                    for target in targets[self.first[state] : self.first[state + 1]]:
                        if target >= 0 and level[target] < 0:
                            level[target] = depth
                            deeper.append(target)
            layer = deeper
        return Graph(
            self.system, self.states, self.index, self.starts, self.shift, self.labels, self.found,
            self.first, targets, self.kinds, self.owe, self.strong, self.free, level, self.back,
            [s for s in self.quiet if level[s] >= 0], self.executed, self.transitions, self.depth,
            self.stopped,
        )  # fmt: skip
