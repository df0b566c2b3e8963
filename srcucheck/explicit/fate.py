# SPDX-License-Identifier: MIT
"""The point of no return of a hang: the first step after which no fair run avoids it.

Every finite run extends to a fair one, so a hang can be avoided iff a fair component without one
can still be reached.  Where that always needs a step of threads that owe none, the first step after
which nothing but these can help says as much.
"""

from srcucheck.check.trace import Schedule
from srcucheck.explicit.fair import Component, within
from srcucheck.explicit.graph import Graph
from srcucheck.explicit.hunt import Hunter, region


def point_of_no_return(
    hunter: Hunter,
    frames: tuple[int, ...],
    schedule: Schedule,
    idlers: tuple[int, ...],
    *,
    outside_rest: bool,
) -> tuple[int | None, tuple[int, ...]]:
    """Index of that step, and who could still help: nobody, or else ``idlers``, who owe nothing.

    No step if every fair run hangs, or the search was cut.
    """
    graph = hunter.graph
    if graph.stopped is not None:
        return None, ()
    escapes = _escapes(hunter, frames, outside_rest=outside_rest)
    visited = _visited(graph, schedule)
    for unless in ((), idlers) if idlers else ((),):
        doomed: set[int] = set()
        for place in range(len(visited) - 1, -1, -1):
            if not _doomed(graph, visited[place], escapes, doomed, unless):
                if place < len(visited) - 1:
                    return place, unless
                break
        else:
            return None, ()
    return None, ()


def _escapes(hunter: Hunter, frames: tuple[int, ...], *, outside_rest: bool) -> set[int]:
    """States where a fair run can stay in which no activation of the frames stays open."""
    graph = hunter.graph
    trap = hunter.stuck(frames, outside_rest=outside_rest)
    found = set(graph.quiet).difference(trap.quiet)
    for component in within(graph, hunter.cores, lambda s: True, frozenset()):
        if not any(_stays(hunter, component, frame, outside_rest=outside_rest) for frame in frames):
            found.update(component.states)
    return found


def _stays(hunter: Hunter, component: Component, frame: int, *, outside_rest: bool) -> bool:
    """Whether the activation is open all through a component."""
    graph = hunter.graph
    thread = hunter.system.threads[hunter.system.frames[frame].thread]
    places = region(thread.locations.values(), frame, outside_rest=outside_rest)
    if any(graph.states[s][thread.pc] not in places for s in component.states):
        return False
    here = set(component.states)
    return not any(
        target in here and frame in graph.labels[label].ends
        for s in component.states
        for _, _, target, label in graph.edges(s)
    )


def _visited(graph: Graph, schedule: Schedule) -> list[int]:
    """The numbers of the states of a run."""
    here = graph.index[graph.system.initial[schedule.initial].state]
    visited = [here]
    for thread, choice in schedule.steps:
        here = next(w for t, c, w, _ in graph.edges(here) if (t, c) == (thread, choice))
        visited.append(here)
    return visited


def _doomed(
    graph: Graph, start: int, escapes: set[int], doomed: set[int], unless: tuple[int, ...]
) -> bool:
    """Whether no escape can be reached without these threads; what was seen then is ``doomed``."""
    if start in doomed:
        return True
    seen = {start}
    todo = [start]
    while todo:
        state = todo.pop()
        if state in escapes:
            return False
        if unless:
            targets = [w for t, _, w, _ in graph.edges(state) if t not in unless]
        else:
            targets = graph.targets[graph.first[state] : graph.first[state + 1]]
        for target in targets:
            if target >= 0 and target not in seen and target not in doomed:
                seen.add(target)
                todo.append(target)
    doomed |= seen
    return True
