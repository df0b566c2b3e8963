# SPDX-License-Identifier: MIT
"""The point of no return of a hang: the first step after which no fair run avoids it.

Every finite run extends to a fair one, so a hang can be avoided iff a fair component without one
can still be reached.  Where that always needs a step of threads that owe none, the first step after
which nothing but these can help says as much.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from srcucheck.check.trace import Schedule
from srcucheck.explicit.fair import Component, within
from srcucheck.explicit.graph import Explored, Graph
from srcucheck.explicit.hunt import Hunter, region
from srcucheck.explicit.lasso import Trap
from srcucheck.ir.system import State

ORDERS = 5_000
"""So many states of one run's steps in other orders are looked at."""


@dataclass(frozen=True, slots=True)
class Point:
    """Index of that step; None if every fair run hangs, or the search was cut.

    ``unless`` are those who can still help.  ``lost`` are the states that are beyond help, of those
    that the steps of the run lead through in any order.
    """

    step: int | None = None
    unless: tuple[int, ...] = ()
    lost: frozenset[State] = frozenset()


def point_of_no_return(
    hunter: Hunter,
    frames: tuple[int, ...],
    schedule: Schedule,
    idlers: tuple[int, ...],
    *,
    outside_rest: bool,
) -> Point:
    """Where nothing helps any more, or else nothing but ``idlers``, who owe no step."""
    graph = hunter.graph
    if graph.stopped is not None:
        return Point()
    visited = _visited(graph, schedule)
    for unless in ((), idlers) if idlers else ((),):
        doomed = hunter.fate(frames, unless, outside_rest=outside_rest)
        hopeful = [place for place, state in enumerate(visited) if not doomed(state)]
        if not hopeful:
            return Point()
        if hopeful[-1] < len(visited) - 1:
            lost = [graph.states[s] for s in _in_any_order(graph, schedule) if doomed(s)]
            return Point(hopeful[-1], unless, frozenset(lost))
    return Point()


def _in_any_order(graph: Explored, schedule: Schedule) -> set[int]:
    """The states that the steps before the cycle can lead through; none if these are too many."""
    stem = schedule.steps[: schedule.cycle]
    moves = [[c for t, c in stem if t == thread.number] for thread in graph.system.threads]
    start = (graph.index[graph.system.initial[schedule.initial].state], (0,) * len(moves))
    seen = {start}
    todo = [start]
    while todo and len(seen) < ORDERS:
        state, done = todo.pop()
        for thread, choice, target, _ in graph.edges(state):
            at = done[thread]
            if target >= 0 and moves[thread][at : at + 1] == [choice]:
                after = (target, (*done[:thread], at + 1, *done[thread + 1 :]))
                if after not in seen:
                    seen.add(after)
                    todo.append(after)
    return {state for state, _ in seen} if not todo else set()


def escapes(
    graph: Graph,
    cores: Iterable[list[int]],
    trap: Trap,
    frames: tuple[int, ...],
    outside_rest: bool,
) -> set[int]:
    """States where a fair run can stay in which no activation of the frames stays open.

    ``trap`` is where one does.
    """
    found = set(graph.quiet).difference(trap.quiet)
    for component in within(graph, cores, lambda s: True, frozenset()):
        if not any(_stays(graph, component, frame, outside_rest) for frame in frames):
            found.update(component.states)
    return found


def _stays(graph: Graph, component: Component, frame: int, outside_rest: bool) -> bool:
    """Whether the activation is open all through a component."""
    thread = graph.system.threads[graph.system.frames[frame].thread]
    places = region(thread.locations.values(), frame, outside_rest=outside_rest)
    if any(graph.states[s][thread.pc] not in places for s in component.states):
        return False
    here = set(component.states)
    return not any(
        target in here and frame in graph.labels[label].ends
        for s in component.states
        for _, _, target, label in graph.edges(s)
    )


def _visited(graph: Explored, schedule: Schedule) -> list[int]:
    """The numbers of the states of a run."""
    here = graph.index[graph.system.initial[schedule.initial].state]
    visited = [here]
    for thread, choice in schedule.steps:
        here = next(w for t, c, w, _ in graph.edges(here) if (t, c) == (thread, choice))
        visited.append(here)
    return visited


@dataclass(slots=True)
class Doom:
    """From which states no escape can be reached without a step of certain threads."""

    graph: Graph
    unless: tuple[int, ...]
    hopeful: set[int]
    lost: set[int] = field(default_factory=set)

    def doomed(self, start: int) -> bool:
        """Whether that is so of a state."""
        if start in self.lost:
            return True
        seen = {start}
        todo = [start]
        while todo:
            state = todo.pop()
            if state in self.hopeful:
                self.hopeful.add(start)
                return False
            for target in self.targets(state):
                if target >= 0 and target not in seen and target not in self.lost:
                    seen.add(target)
                    todo.append(target)
        self.lost |= seen
        return True

    def targets(self, state: int) -> Iterable[int]:
        """Where the steps of all others lead."""
        graph = self.graph
        if self.unless:
            return [w for t, _, w, _ in graph.edges(state) if t not in self.unless]
        return graph.targets[graph.first[state] : graph.first[state + 1]]
