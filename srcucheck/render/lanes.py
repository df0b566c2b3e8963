# SPDX-License-Identifier: MIT
"""Rows side by side: two or three columns, one per thread; more threads share one column."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from srcucheck.check.trace import Trace
from srcucheck.ir.system import System, Thread
from srcucheck.render.row import Row

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


@dataclass(frozen=True, slots=True)
class Lanes:
    """Where each thread's column begins; text runs on to the right, as only one cell has any."""

    starts: tuple[int, ...]

    def line(self, column: int, text: str) -> str:
        """The text in its column, moved to the left if it would leave the page."""
        start = self.starts[column]
        start = max(LEFT, min(start, WIDTH - len(text)))
        return (" " * start + text).rstrip()

    def title(self, column: int, system: System, number: int) -> str:
        """Kind and name of a thread, or its name only where both have no room."""
        end = self.starts[column + 1] - GAP if column + 1 < len(self.starts) else WIDTH
        thread = system.threads[number]
        name = short(system, thread)
        both = f"{thread.kind} {name}"
        return both if len(both) <= end - self.starts[column] else name

    def heads(self, texts: Sequence[str]) -> str:
        """Titles or rules side by side."""
        out = ""
        ends = [*(s - GAP for s in self.starts[1:]), WIDTH]
        for start, end, text in zip(self.starts, ends, texts, strict=True):
            out = out.ljust(start) + text[: end - start]
        return out

    def cell(self, column: int, row: Row) -> list[str]:
        """A row: its text, broken between words, and its note at the right margin."""
        indent = "  " * row.depth
        start = self.starts[column]
        while start > LEFT:  # a word too long for the column moves it to the left
            longest = max(map(len, _wrapped(row.text, indent, WIDTH - start)))
            if longest <= WIDTH - start:
                break
            start = max(LEFT, WIDTH - longest)
        room = WIDTH - start
        beside = room - len(row.note) - 1 if row.note else room
        pieces = _wrapped(row.text, indent, beside)
        if any(len(piece) > beside for piece in pieces):
            pieces = _wrapped(row.text, indent, room)
        return _with_note([(" " * start + piece).rstrip() for piece in pieces], row.note)


def _wrapped(text: str, indent: str, room: int) -> list[str]:
    return textwrap.wrap(
        text, max(room, 20), initial_indent=indent, subsequent_indent=indent + "    ",
        break_on_hyphens=False, break_long_words=False,
    ) or [""]  # fmt: skip


def _with_note(lines: list[str], note: str) -> list[str]:
    """The note at the right margin, of the last line that has room for it or of one more."""
    if not note:
        return lines
    if len(lines[-1]) + len(note) >= WIDTH:
        lines = [*lines, ""]
    return [*lines[:-1], lines[-1].ljust(WIDTH - len(note)) + note]


def _layout(count: int) -> Lanes:
    """Equal columns; the last of three is wider, as nothing can run on beyond it."""
    match count:
        case 3:
            return Lanes((LEFT, 24, 46))
        case _:
            width = (WIDTH - LEFT - GAP * (count - 1)) // max(count, 1)
            return Lanes(tuple(LEFT + n * (width + GAP) for n in range(count)))


def lanes(system: System, trace: Trace, rows: Sequence[Row], marker: str) -> list[str]:
    """The picture; waits and the marker close it."""
    shown = list(dict.fromkeys([r.thread for r in rows]))
    hidden: list[int] = []
    if len(shown) > 3 and trace.chain:
        needed = {link.thread for link in trace.chain}
        needed |= {r.thread for r in rows if "(1)" in r.note}  # whose step decided it
        hidden = [t for t in shown if t not in needed]
        shown = [t for t in shown if t in needed]
        rows = [r for r in rows if r.thread in needed]
    picture = _columns if 0 < len(shown) <= 3 else _one_lane
    out = picture(system, trace, rows, shown, marker)
    if hidden:
        who = ", ".join(short(system, system.threads[t]) for t in hidden)
        out.append(f"  (steps of {who}, for whom nobody here waits, are not shown)")
    return out


def _columns(
    system: System,
    trace: Trace,
    rows: Sequence[Row],
    shown: Sequence[int],
    marker: str,
) -> list[str]:
    layout = _layout(len(shown))
    titles = [layout.title(n, system, t) for n, t in enumerate(shown)]
    out = [layout.heads(titles), layout.heads(["-" * WIDTH] * len(shown))]
    looping = False
    for row in rows:
        if not looping and _repeats(trace, row):
            looping = True
            out.append("  .. from here on, for ever:")
        out += layout.cell(shown.index(row.thread), row)
    last = _closing(trace, rows)
    out.append(layout.line(shown.index(last), marker) if last in shown else f"  {marker}")
    return out


def _repeats(trace: Trace, row: Row) -> bool:
    """Whether a row is of the part that comes again and again."""
    cycle = trace.schedule.cycle
    return cycle is not None and cycle <= row.step < len(trace.steps)


def _closing(trace: Trace, rows: Sequence[Row]) -> int:
    """In whose lane the marker stands."""
    if trace.schedule.cycle is not None:
        return -1
    return trace.steps[-1].thread if trace.steps else (rows[-1].thread if rows else -1)


def _one_lane(
    system: System,
    trace: Trace,
    rows: Sequence[Row],
    shown: Sequence[int],
    marker: str,
) -> list[str]:
    """More than three threads: who moves stands before what he does."""
    names = {t: short(system, system.threads[t]) for t in shown}
    width = min(max((len(n) for n in names.values()), default=0), 28)
    out = []
    before = -1
    looping = False
    for row in rows:
        if not looping and _repeats(trace, row):
            looping = True
            out.append("  .. from here on, for ever:")
        who = names[row.thread][:width] if row.thread != before else ""
        before = row.thread
        indent = "  " * row.depth
        text = textwrap.wrap(
            row.text, WIDTH - LEFT - width - 2 - len(indent), subsequent_indent="    ",
            break_on_hyphens=False,
        ) or [""]  # fmt: skip
        lines = []
        for number, piece in enumerate(text):
            lead = who if number == 0 else ""
            lines.append(f"  {lead:{width}}  {indent}{piece}".rstrip())
        out += _with_note(lines, row.note)
    out.append("  " + marker)
    return out
