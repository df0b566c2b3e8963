# SPDX-License-Identifier: MIT
"""From fair components to one lasso that can be read: a short stem, and a cycle fair to everybody.

The stem is a shortest one for the component that gives the least stem and cycle together.  The
cycle is short, not shortest: minimal fair cycles are a covering problem.
"""

from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from srcucheck.check.replay import InternalError
from srcucheck.check.trace import Schedule
from srcucheck.explicit.fair import Component, Move
from srcucheck.explicit.paths import Layers, Path, Steps, best_path

_ENTRIES = 8
"""Entry states tried per component."""


@dataclass(frozen=True, slots=True)
class Trap:
    """Where fair runs stay: quiet nodes, components, and states a cycle must visit (or None)."""

    quiet: Sequence[int]
    components: Sequence[Component]
    visit: Collection[int] | None = None


def cycle_from(
    component: Component,
    entry: int,
    owe: Sequence[int] | Mapping[int, int],
    strong: Mapping[int, int],
    visit: Collection[int] | None,
) -> Steps:
    """A cycle from the entry and back that meets every obligation.

    A thread's: a step of it, or a state where it is not owed; where a lock could be granted to it,
    a step.  Each time to the nearest edge that meets another one, and home in the end.
    """
    must = 0
    for state in component.states:
        must |= strong.get(state, 0)
    just = owe[entry]
    seek = visit is not None and entry not in visit
    steps: list[tuple[int, int]] = []
    here = entry
    while must or just or seek:
        moves = _nearest(
            component,
            here,
            # defaults bind the loop's values
            lambda target, thread, must=must, just=just, seek=seek: bool(  # type: ignore[misc]
                (must | just) >> thread & 1
                or just & ~owe[target]
                or (seek and visit is not None and target in visit)
            ),
        )
        for target, thread, choice in moves:
            steps.append((thread, choice))
            must &= ~(1 << thread)
            just &= owe[target] & ~(1 << thread)
            seek = seek and visit is not None and target not in visit
            here = target
    if here != entry:
        moves = _nearest(component, here, lambda target, thread: target == entry)
        steps += [(thread, choice) for _, thread, choice in moves]
    return tuple(steps)


def _nearest(component: Component, start: int, wanted: Callable[[int, int], bool]) -> list[Move]:
    """The steps to the nearest edge (target, thread) that is wanted, that edge included."""
    came: dict[int, tuple[int, Move]] = {}
    queue = deque([start])
    while queue:
        state = queue.popleft()
        for move in component.moves[state]:
            target, thread, _ = move
            if wanted(target, thread):
                path = [move]
                while state != start:
                    state, before = came[state]
                    path.append(before)
                return path[::-1]
            if target != start and target not in came:
                came[target] = (state, move)
                queue.append(target)
    raise InternalError("a fair component has an obligation that nothing in it meets")


def best_lasso(
    layers: Layers,
    trap: Trap,
    node_of: Callable[[int], int],
    owe: Sequence[int],
    strong: Mapping[int, int],
) -> tuple[Schedule, int]:
    """The best lasso into a trap, which must not be empty, and the state where its cycle begins.

    ``node_of`` gives the node of a state in ``layers``.
    """
    stems: list[tuple[int, int, Path, Steps, int]] = []
    least = 1 << 62
    if trap.quiet:
        quiet = {node_of(state): state for state in trap.quiet}
        path = best_path(layers, quiet)
        least = path.length
        stems.append((path.length, 0, path, (), quiet[path.end]))
    entries = []
    for component in trap.components:
        ranked = sorted((layers.depth(node_of(s)), s) for s in component.states)
        nearest = ranked[0][0]
        entries += [(d, s, component) for d, s in ranked[:_ENTRIES] if d == nearest]
    for depth, entry, component in sorted(entries, key=lambda e: e[:2]):
        if depth >= least:
            continue
        cycle = cycle_from(component, entry, owe, strong, trap.visit)
        total = depth + len(cycle)
        if total <= least:
            least = total
            path = best_path(layers, [node_of(entry)])
            stems.append((total, len(cycle), path, cycle, entry))
    _, _, path, cycle, entry = min(
        (s for s in stems if s[0] == least), key=lambda s: (s[2].preemptions, s[1], s[2])
    )
    return Schedule(path.initial, path.steps + cycle, path.length), entry
