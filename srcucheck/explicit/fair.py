# SPDX-License-Identifier: MIT
"""Fair components: where a run can stay for ever and be fair to everybody.

The algorithm is that of Lichtenstein & Pnueli (1985) for justice and of Emerson & Lei (1986) for
compassion: a strongly connected component is discarded if some thread is owed a step in all of its
states and never takes one inside; states where a thread could take a lock, but takes no step
inside, are removed and the rest decomposed again.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from srcucheck.check.components import strongly_connected
from srcucheck.explicit.graph import Graph

Move = tuple[int, int, int]
"""(target, thread, choice)."""


@dataclass(frozen=True, slots=True)
class Component:
    """A fair component: its states, and its steps that stay inside."""

    states: tuple[int, ...]
    moves: Mapping[int, Sequence[Move]]


def fair_components(
    nodes: Iterable[int],
    moves: Mapping[int, Sequence[Move]],
    owe: Sequence[int] | Mapping[int, int],
    strong: Mapping[int, int],
) -> list[Component]:
    """The fair components of a graph; a single state counts, it has its stutter step.

    ``owe`` and ``strong`` are masks of threads per node.  Components come in no special order.
    """
    found: list[Component] = []
    todo = [set(nodes)]
    while todo:
        region = todo.pop()
        inner = {n: [m for m in moves[n] if m[0] in region] for n in region}
        for members in strongly_connected(
            sorted(region),
            # the default binds the loop's value
            lambda n, inner=inner: [m[0] for m in inner[n]],  # type: ignore[misc]
        ):
            here = set(members)
            inside = {n: [m for m in inner[n] if m[0] in here] for n in members}
            taken = 0
            always = -1
            for node in members:
                always &= owe[node]
                for move in inside[node]:
                    taken |= 1 << move[1]
            if always & ~taken:
                continue
            starved = [n for n in members if strong.get(n, 0) & ~taken]
            if starved:
                todo.append(here.difference(starved))
            else:
                found.append(Component(tuple(sorted(members)), inside))
    return found


def cores(graph: Graph) -> list[list[int]]:
    """The components of the whole graph that have a step inside and are not plainly unfair.

    Whatever region is judged, its components with steps lie within these: they are found once.
    """
    first, targets, kinds = graph.first, graph.targets, graph.kinds
    owe, level, mask, expanded = graph.owe, graph.level, graph.mask, graph.expanded

    def successors(state: int) -> list[int]:
        return [t for t in targets[first[state] : first[state + 1]] if 0 <= t < expanded]

    found: list[list[int]] = []
    roots = sorted(s for s in graph.back if s < expanded and level[s] >= 0)
    for members in strongly_connected(roots, successors):
        here = set(members)
        taken, steps = 0, False
        always = -1
        for state in members:
            always &= owe[state]
            for e in range(first[state], first[state + 1]):
                if targets[e] in here:
                    steps = True
                    taken |= 1 << (kinds[e] & mask)
        if steps and not always & ~taken:
            found.append(sorted(members))
    return found


def within(
    graph: Graph,
    members: Iterable[list[int]],
    contains: Callable[[int], bool],
    cut: frozenset[int],
) -> list[Component]:
    """The fair components with steps of a region: its states, no edge labelled ``cut``.

    Those without steps are the quiet states of the region, which are known already.
    """
    found: list[Component] = []
    for core in members:
        region = {s for s in core if contains(s)}
        if not region:
            continue
        moves = {
            s: [
                (target, thread, choice)
                for thread, choice, target, label in graph.edges(s)
                if target in region and label not in cut
            ]
            for s in region
        }
        found += (
            c
            for c in fair_components(region, moves, graph.owe, graph.strong)
            if any(c.moves[s] for s in c.states)
        )
    return found
