# SPDX-License-Identifier: MIT
"""Fair components against brute force over all strongly connected subgraphs."""

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from srcucheck.explicit.fair import Move, fair_components

THREADS = 3
NODES = 5


def connected(states: frozenset[int], edges: tuple[tuple[int, int, int], ...]) -> bool:
    """Whether the edges connect all the states strongly."""
    for start in states:
        seen, todo = {start}, [start]
        while todo:
            here = todo.pop()
            for source, target, _ in edges:
                if source == here and target not in seen:
                    seen.add(target)
                    todo.append(target)
        if seen != states:
            return False
    return True


def brute(
    edges: list[tuple[int, int, int]], owe: list[int], strong: dict[int, int]
) -> set[frozenset[int]]:
    """All sets of states that some fair run visits again and again, by definition."""
    found = set()
    for size in range(1, NODES + 1):
        for chosen in combinations(range(NODES), size):
            states = frozenset(chosen)
            inner = tuple(e for e in edges if e[0] in states and e[1] in states)
            if not connected(states, inner):
                continue
            # more edges never hurt: the set of all inner edges is the best choice
            taken = {thread for _, _, thread in inner}
            if all(
                t in taken
                or (
                    any(not owe[s] >> t & 1 for s in states)
                    and not any(strong.get(s, 0) >> t & 1 for s in states)
                )
                for t in range(THREADS)
            ):
                found.add(states)
    return found


graphs = st.tuples(
    st.lists(
        st.tuples(
            st.integers(0, NODES - 1), st.integers(0, NODES - 1), st.integers(0, THREADS - 1)
        ),
        max_size=12,
    ),
    st.lists(st.integers(0, 2**THREADS - 1), min_size=NODES, max_size=NODES),
    st.lists(st.integers(0, 2**THREADS - 1), min_size=NODES, max_size=NODES),
)


@given(graphs)
@settings(max_examples=1500, deadline=None)
def test_fair_components(
    graph: tuple[list[tuple[int, int, int]], list[int], list[int]],
) -> None:
    edges, owe, mask = graph
    # an edge of a thread means that it is enabled; strong is part of owed
    strong = {s: owe[s] & mask[s] for s in range(NODES) if owe[s] & mask[s]}
    moves: dict[int, list[Move]] = {s: [] for s in range(NODES)}
    for source, target, thread in edges:
        moves[source].append((target, thread, 0))
    found = fair_components(range(NODES), moves, owe, strong)
    want = brute(edges, owe, strong)
    assert bool(found) == bool(want)
    for component in found:
        assert frozenset(component.states) in want
    for states in want:
        assert any(states <= frozenset(c.states) for c in found)
