# SPDX-License-Identifier: MIT
"""Some states of a machine, the nearest first: all of them, if there are not too many.

They say what is reached (by a run, to be replayed) and what an invariant must not exclude.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from srcucheck.base.budget import Budget
from srcucheck.ir.expr import Expr
from srcucheck.ir.system import State
from srcucheck.symbolic.bmc import Run
from srcucheck.symbolic.clock import Look
from srcucheck.symbolic.compiled import Step, step, truths
from srcucheck.symbolic.machine import Machine

MOST = 30_000
"""States."""

_LOOK = 200
"""States between two looks at the budget."""


@dataclass(slots=True)
class Sample:
    """States in the order in which they were found; ``complete``: there are no others.

    ``before`` has for each the place of the one before it and the rule that was taken.
    """

    machine: Machine
    states: list[State] = field(default_factory=list)
    before: list[tuple[int, int]] = field(default_factory=list)
    complete: bool = False

    def first(self, wanted: Sequence[Expr], look: Look) -> list[int | None]:
        """For each predicate the place of the first state where it is true.

        Raises:
            Refused: they are too large.
            Spent: time is up.
        """
        found: list[int | None] = [None] * len(wanted)
        values = truths(wanted)
        missing = len(wanted)
        for place, state in enumerate(self.states):
            if not missing:
                break
            if place % _LOOK == 0:
                look()
            for number, value in enumerate(values(state)):
                if value and found[number] is None:
                    found[number] = place
                    missing -= 1
        return found

    def run_to(self, place: int) -> Run:
        """A shortest run to a state."""
        rules: list[int] = []
        moments = [self.states[place]]
        while self.before[place][0] >= 0:
            place, rule = self.before[place]
            rules.append(rule)
            moments.append(self.states[place])
        slots = tuple(range(len(self.machine.names)))
        return Run(tuple(reversed(rules)), slots, tuple(reversed(moments)))


@dataclass(slots=True)
class Walker:
    """Takes steps of a machine; rules are found by where their thread stands."""

    machine: Machine
    by_place: dict[tuple[int, int], list[tuple[int, Step]]] = field(default_factory=dict)
    anywhere: list[tuple[int, Step]] = field(default_factory=list)

    def __post_init__(self) -> None:
        threads = self.machine.system.threads
        for number, rule in enumerate(self.machine.rules):
            entry = number, step(rule)
            if rule.branch is None:
                self.anywhere.append(entry)
            else:
                key = threads[rule.branch.thread].pc, rule.branch.location
                self.by_place.setdefault(key, []).append(entry)

    def after(self, state: State) -> list[tuple[int, State]]:
        """The rules that can be taken, and where they lead."""
        found = []
        for thread in self.machine.system.threads:
            for number, take in self.by_place.get((thread.pc, state[thread.pc]), ()):
                next_ = take(state)
                if next_ is not None:
                    found.append((number, next_))
        for number, take in self.anywhere:
            next_ = take(state)
            if next_ is not None:
                found.append((number, next_))
        return found


def explored(walker: Walker, budget: Budget, seconds: float, most: int = MOST) -> Sample:
    """States of a machine, breadth first; fewer of them if time is up before."""
    machine = walker.machine
    sample = Sample(machine)
    seen: set[State] = set()
    until = time.monotonic() + seconds

    def add(state: State, before: tuple[int, int]) -> None:
        if state not in seen:
            seen.add(state)
            sample.states.append(state)
            sample.before.append(before)

    for state in machine.initial:
        add(state, (-1, -1))
    place = 0
    while place < len(sample.states):
        if len(sample.states) >= most:
            return sample
        if place % _LOOK == 0 and (time.monotonic() > until or budget.exceeded(0) is not None):
            return sample
        for rule, after in walker.after(sample.states[place]):
            add(after, (place, rule))
        place += 1
    sample.complete = True
    return sample
