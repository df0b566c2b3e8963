# SPDX-License-Identifier: MIT
"""Did you mean: the nearest of the names that would have been right."""

from collections.abc import Iterable


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that ``name`` most likely is a slip of, or None if none is near."""
    limit = max(1, len(name) // 3) if len(name) > 2 else 0
    best: tuple[int, str] | None = None
    lowered = name.lower()
    for candidate in candidates:
        if candidate == name:
            continue
        if candidate.lower() == lowered:
            return candidate
        if abs(len(candidate) - len(name)) > limit:
            continue
        distance = _distance(name, candidate, limit)
        if distance <= limit and (best is None or (distance, candidate) < best):
            best = (distance, candidate)
    return best[1] if best else None


def did_you_mean(name: str, candidates: Iterable[str]) -> tuple[str, str | None]:
    """`` Did you mean 'x'?`` to append to a message, and ``x`` as its fix, if there is one."""
    near = nearest(name, candidates)
    return (f" Did you mean '{near}'?", near) if near else ("", None)


def _distance(a: str, b: str, limit: int) -> int:
    """Insertions, deletions, replacements and swaps of neighbours; more than ``limit`` is any."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        earlier, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return row[-1]
