# SPDX-License-Identifier: MIT
"""A row of the picture, and to which row a step belongs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from srcucheck.render.marks import Mark


@dataclass(frozen=True, slots=True)
class Row:
    """A line in the lane of a thread; ``step`` orders rows, ``note`` stands at the right.

    ``ahead``: what is entered there is not begun by this step.  ``last``: the last step that the
    row stands for, where that is another.
    """

    step: int
    thread: int
    depth: int
    text: str
    note: str = ""
    ahead: bool = False
    last: int = -1
    inner: bool = False
    """A step of a kernel function, shown because others move while it runs."""


def calm(rows: Sequence[Row]) -> list[Row]:
    """Without the steps of kernel functions during which no other thread has a row."""
    dropped: set[int] = set()
    for place, row in enumerate(rows):
        if not row.inner:
            family, others = [], False
            own = [n for n in range(place + 1, len(rows)) if rows[n].thread == row.thread]
            for n in own:
                if rows[n].depth <= row.depth:
                    break
                family.append(n)
            if family:
                others = any(r.thread != row.thread for r in rows[place : family[-1]])
            if not others:
                dropped.update(n for n in family if rows[n].inner)
    return [row for place, row in enumerate(rows) if place not in dropped]


def noted(rows: Sequence[Row], mark: Mark) -> list[Row]:
    """The rows with a note at the one that a step belongs to."""
    found = list(rows)
    mine = [n for n, r in enumerate(rows) if r.thread == mark.thread and not r.ahead]
    before = [n for n in mine if rows[n].step < mark.step]
    around = [n for n in before if rows[n].last >= mark.step]
    best = max(around, key=lambda n: rows[n].depth, default=None)
    depth = -1 if best is None else rows[best].depth
    for place in mine:  # what others can see of a step comes first in it
        if rows[place].step == mark.step:
            if rows[place].depth <= depth:
                break
            best, depth = place, rows[place].depth
    if best is None and before:
        best = before[-1]
    if best is not None:
        row = rows[best]
        note = f"{row.note}, {mark.text}" if row.note else f"<- {mark.text}"
        found[best] = replace(row, note=note)
    return found
