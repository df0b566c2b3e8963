# SPDX-License-Identifier: MIT
"""Rows side by side: two or three columns, one per thread; more threads share one column."""

import textwrap
from collections.abc import Sequence

from srcucheck.check.trace import Trace
from srcucheck.ir.system import System, Thread
from srcucheck.render.rows import Row

WIDTH = 75
LEFT = 2
GAP = 1


def short(system: System, thread: Thread) -> str:
    """The shortest name that still tells the thread: ``worker work_tdr``."""
    if "[" not in thread.name or thread.kind in ("user", "thread", "hardware"):
        return thread.name
    place = thread.name.partition("[")[2].rstrip("]")
    parts = place.split(".")
    for count in range(1, len(parts) + 1):
        tail = ".".join(parts[-count:])
        if tail in ("work", "rcu", "cb"):
            continue
        brief = ".".join(parts[-count:]).removesuffix(".work").removesuffix(".rcu")
        name = f"{thread.family} {brief}"
        rivals = [
            t for t in system.threads
            if t is not thread and t.family == thread.family and brief in t.name
        ]  # fmt: skip
        if not rivals:
            return name
    return thread.name


def lanes(system: System, trace: Trace, rows: Sequence[Row], marker: str) -> list[str]:
    """The picture; waits and the marker close it."""
    waiting = [link.thread for link in trace.chain if link.status in ("waits", "spins")]
    shown = list(dict.fromkeys([r.thread for r in rows]))
    if len(shown) > 3:
        return _one_lane(system, trace, rows, waiting, marker)
    width = (WIDTH - LEFT - GAP * (len(shown) - 1)) // max(len(shown), 1)
    titles = [f"{system.threads[t].kind} {short(system, system.threads[t])}" for t in shown]
    out = [_line([t[:width] for t in titles], width), _line(["-" * width] * len(shown), width)]
    cycle = trace.schedule.cycle
    loop = cycle is not None and cycle < len(trace.steps)
    looping = False
    for row in rows:
        if loop and not looping and cycle is not None and row.step >= cycle:
            looping = True
            out.append("  .. from here on, for ever:")
        column = shown.index(row.thread)
        out += _cell(row, column, len(shown), width)
    if loop and cycle is not None:
        for thread in dict.fromkeys(s.thread for s in trace.steps[cycle:]):
            if thread in shown and not any(r.thread == thread and r.step >= cycle for r in rows):
                cells = [""] * len(shown)
                cells[shown.index(thread)] = "  " * (_depth(rows, thread) + 1) + "...for ever"
                out.append(_line(cells, width))
    closing = _closing(trace, rows)
    for thread in shown:
        if thread in waiting and not _moves(trace, thread):
            cells = [""] * len(shown)
            cells[shown.index(thread)] = "  " * (_depth(rows, thread) + 1) + "...waits"
            out.append(_line(cells, width))
    cells = [""] * len(shown)
    if closing in shown:
        cells[shown.index(closing)] = marker
        out += _wide(cells, width, marker)
    else:
        out.append("  " + marker)
    return out


def _moves(trace: Trace, thread: int) -> bool:
    """Whether a thread takes steps in the part that repeats."""
    cycle = trace.schedule.cycle
    return cycle is not None and any(s.thread == thread for s in trace.steps[cycle:])


def _closing(trace: Trace, rows: Sequence[Row]) -> int:
    """In whose lane the marker stands."""
    if trace.schedule.cycle is not None:
        return -1
    return trace.steps[-1].thread if trace.steps else (rows[-1].thread if rows else -1)


def _wide(cells: Sequence[str], width: int, marker: str) -> list[str]:
    if len(marker) <= width:
        return [_line(list(cells), width)]
    at = next(n for n, c in enumerate(cells) if c)
    start = min(LEFT + at * (width + GAP), max(LEFT, WIDTH - len(marker)))
    return [" " * start + marker]


def _depth(rows: Sequence[Row], thread: int) -> int:
    own = [r.depth for r in rows if r.thread == thread]
    return own[-1] if own else 0


def _line(cells: Sequence[str], width: int) -> str:
    text = (" " * GAP).join(c.ljust(width) for c in cells)
    return (" " * LEFT + text).rstrip()


def _cell(row: Row, column: int, columns: int, width: int) -> list[str]:
    indent = "  " * row.depth
    pieces = textwrap.wrap(
        row.text, max(width - len(indent), 12), subsequent_indent="    ",
        break_on_hyphens=False,
    ) or [""]  # fmt: skip
    out = []
    for number, piece in enumerate(pieces):
        cells = [""] * columns
        cells[column] = indent + piece
        line = _line(cells, width)
        if row.note and number == len(pieces) - 1:
            space = WIDTH - len(row.note)
            line = line.ljust(space) + row.note if len(line) < space else f"{line} {row.note}"
        out.append(line)
    return out


def _one_lane(
    system: System, trace: Trace, rows: Sequence[Row], waiting: Sequence[int], marker: str
) -> list[str]:
    """More than three threads: who moves stands before what he does."""
    names = {r.thread: short(system, system.threads[r.thread]) for r in rows}
    width = min(max(len(n) for n in names.values()), 24)
    out = []
    before = -1
    cycle = trace.schedule.cycle
    loop = cycle is not None and cycle < len(trace.steps)
    looping = False
    for row in rows:
        if loop and not looping and cycle is not None and row.step >= cycle:
            looping = True
            out.append("  .. from here on, for ever:")
        who = names[row.thread][:width] if row.thread != before else ""
        before = row.thread
        indent = "  " * row.depth
        text = textwrap.wrap(
            row.text + (f"   {row.note}" if row.note else ""),
            WIDTH - LEFT - width - 2 - len(indent), subsequent_indent="    ",
            break_on_hyphens=False,
        ) or [""]  # fmt: skip
        for number, piece in enumerate(text):
            lead = who if number == 0 else ""
            out.append(f"  {lead:{width}}  {indent}{piece}".rstrip())
    if not loop:
        for thread in dict.fromkeys(waiting):
            if thread in names:
                out.append(f"  {names[thread][:width]:{width}}  ...waits")
    out.append("  " + marker)
    return out
