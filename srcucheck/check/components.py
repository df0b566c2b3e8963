# SPDX-License-Identifier: MIT
"""Strongly connected components, by Tarjan (1972), without recursion."""

from collections.abc import Callable, Iterable, Iterator


def strongly_connected(
    roots: Iterable[int], targets: Callable[[int], Iterable[int]]
) -> Iterator[list[int]]:
    """The strongly connected components of what the roots reach, children first."""
    number: dict[int, int] = {}
    low: dict[int, int] = {}
    done = 1 << 62
    stack: list[int] = []
    for root in roots:
        if root in number:
            continue
        number[root] = low[root] = len(number)
        stack.append(root)
        work = [(root, iter(targets(root)))]
        while work:
            node, rest = work[-1]
            for target in rest:
                seen = number.get(target)
                if seen is None:
                    number[target] = low[target] = len(number)
                    stack.append(target)
                    work.append((target, iter(targets(target))))
                    break
                low[node] = min(low[node], seen)
            else:
                work.pop()
                mine = low[node]
                if work and mine < low[work[-1][0]]:
                    low[work[-1][0]] = mine
                if mine == number[node]:
                    component = []
                    while True:
                        member = stack.pop()
                        number[member] = done
                        component.append(member)
                        if member == node:
                            break
                    yield component
