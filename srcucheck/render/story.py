# SPDX-License-Identifier: MIT
"""What a run did, as calls: per thread a tree of the calls it entered, with results.

A *call* knows the steps in which it began and ended.  It reads as one row if no other thread moves
in between; ``fold`` reorders runs so that as many as possible do.

A step ends where control has reached the next statement that others can see, so its last events
say what the thread is about to do.  They are told with the step that does it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from srcucheck.check.trace import Trace
from srcucheck.ir.system import Frame, Site, System

ACTS = re.compile(r"^([\w.>\[\]&*()-]+?)\s*(?:[-+|&]?=(?!=)|\+\+|--)", re.DOTALL)
"""A statement that does something itself: an assignment, a free, a bare access."""
TIGHT = "\x1f"
"""A blank where no line is broken."""
ERRNO = {
    1: "EPERM", 2: "ENOENT", 3: "ESRCH", 4: "EINTR", 5: "EIO", 6: "ENXIO", 11: "EAGAIN",
    12: "ENOMEM", 13: "EACCES", 14: "EFAULT", 16: "EBUSY", 17: "EEXIST", 19: "ENODEV",
    22: "EINVAL", 28: "ENOSPC", 32: "EPIPE", 110: "ETIMEDOUT", 125: "ECANCELED",
    512: "ERESTARTSYS", 517: "EPROBE_DEFER",
}  # fmt: skip
"""include/uapi/asm-generic/errno.h, include/linux/errno.h."""


@dataclass(slots=True)
class Call:
    """An entered call.  ``last`` is None while it is open at the end of the run."""

    thread: int
    frame: Frame
    first: int
    ahead: bool = False
    """Only entered at the end of a step; nothing in it has been done yet."""
    last: int | None = None
    value: int | None = None
    outs: list[tuple[str, int]] = field(default_factory=list)
    items: "list[Call | Act]" = field(default_factory=list)

    def calls(self) -> "Iterator[Call]":
        """The calls directly inside."""
        return (item for item in self.items if isinstance(item, Call))

    def steps(self) -> set[int]:
        """Steps in which the call, or one inside, did something."""
        found = {self.first}
        if self.last is not None:
            found.add(self.last)
        for item in self.items:
            found |= item.steps() if isinstance(item, Call) else {item.step}
        return found


@dataclass(frozen=True, slots=True)
class Act:
    """A statement that a step passed."""

    step: int
    site: Site
    ahead: bool = False
    """Control has come to it, at the end of a step; it has not been done yet."""
    writes: tuple[tuple[int, int], ...] = ()
    """(slot, value)."""


@dataclass(slots=True)
class Story:
    """The calls of a run, by thread; ``trace`` is the run, folded."""

    system: System
    trace: Trace
    roots: Mapping[int, list[Call | Act]]


def tell(system: System, trace: Trace) -> Story:
    """Reads the calls off a trace."""
    roots: dict[int, list[Call | Act]] = {t.number: [] for t in system.threads}
    stacks: dict[int, list[Call]] = {t.number: [] for t in system.threads}
    told = _Teller(roots, stacks, system)
    late = _next_steps(trace)
    firsts = {step.thread: n for n, step in reversed([*enumerate(trace.steps)])}
    for site in system.initial[trace.schedule.initial].passed:
        place = system.sites[site]
        thread = system.frames[place.frame].thread
        if thread >= 0:
            told.event(thread, firsts.get(thread, 0), place, None, thread not in firsts, ())
    for number, step in enumerate(trace.steps):
        sites = [system.sites[event.site] for event in step.events]
        done = _done(sites)
        for count, event in enumerate(step.events[: _end(trace, number)], 1):
            ahead = count > done
            at = late.get(number, number) if ahead else number
            writes = tuple((slot, value) for n, slot, value in step.writes if n == count)
            there = system.sites[event.site]
            told.event(step.thread, at, there, event.value, ahead and at == number, writes)
    return Story(system, trace, roots)


def _done(sites: Sequence[Site]) -> int:
    """So many events of a step tell what it did; those after say what its thread will do next.

    Calls that are entered and left behind the last deed belong to what comes next, too.
    """
    done = depth = 0
    for place, site in enumerate(sites):
        match site.kind:
            case "call":
                depth += 1
            case "return" | "out" if depth:
                depth -= site.kind == "return"
            case "begin":
                pass
            case _:
                done, depth = place + 1, 0
    return done


def _next_steps(trace: Trace) -> dict[int, int]:
    """The next step of the same thread, for each; none across the border of what repeats."""
    found: dict[int, int] = {}
    coming: dict[int, int] = {}
    for number in range(len(trace.steps) - 1, -1, -1):
        thread = trace.steps[number].thread
        if thread in coming:
            found[number] = coming[thread]
        coming[thread] = number
        if number == trace.schedule.cycle:
            coming.clear()
    return found


def _end(trace: Trace, number: int) -> int | None:
    """A run to a report ends in the middle of its last step."""
    step = trace.steps[number]
    if trace.schedule.cycle is None and number == len(trace.steps) - 1:
        for (name, _), events in zip(step.reports, step.reported_at, strict=True):
            if name == trace.property:
                return events
    return None


@dataclass(frozen=True, slots=True)
class _Teller:
    """Puts events into the calls that are open."""

    roots: Mapping[int, list[Call | Act]]
    stacks: Mapping[int, list[Call]]
    system: System

    def event(
        self,
        thread: int,
        step: int,
        site: Site,
        value: int | None,
        ahead: bool,
        writes: tuple[tuple[int, int], ...],
    ) -> None:
        """One event."""
        stack = self.stacks[thread]
        here = stack[-1].items if stack else self.roots[thread]
        match site.kind:
            case "call":
                assert site.callee is not None
                frame = self.system.frames[site.callee]
                if frame.parent is None:
                    return
                call = Call(thread, frame, step, ahead)
                here.append(call)
                stack.append(call)
            case "out":
                if stack and value is not None:
                    stack[-1].outs.append((site.text, value))
            case "return":
                while stack:
                    call = stack.pop()
                    call.last = step
                    if call.frame.number == site.callee:
                        call.value = value
                        break
            case "step" | "begin":
                here.append(Act(step, site, ahead, writes))


def pseudo(frame: Frame) -> bool:
    """Whether a frame is no call in the text: a turn of a loop, an event."""
    return frame.function.startswith(("on ", "turn of ", "start"))


def title(frame: Frame) -> str:
    """The call as it is written; a call through a pointer has the name of the function."""
    if frame.text.startswith(f"{frame.function}("):
        return frame.text
    return frame.function + _arguments(frame.text)


def _arguments(text: str) -> str:
    """The last pair of parentheses of a call through a pointer: ``(d)``."""
    depth = 0
    for place in range(len(text) - 1, -1, -1):
        depth += (text[place] == ")") - (text[place] == "(")
        if depth == 0:
            return text[place:] if text.endswith(")") else "()"
    return "()"


class Outs:
    """Which out parameters tell something: those that get different values in the run."""

    def __init__(self, story: Story) -> None:
        self._values: dict[tuple[int, str], set[int]] = {}
        todo = [c for items in story.roots.values() for c in items if isinstance(c, Call)]
        while todo:
            call = todo.pop()
            todo += call.calls()
            for name, value in call.outs:
                self._values.setdefault((call.thread, name), set()).add(value)

    def told(self, call: Call) -> Iterator[tuple[str, int]]:
        """The out parameters of a call that are worth printing."""
        for name, value in call.outs:
            if len(self._values[call.thread, name]) > 1:
                yield name, value


def result(call: Call, outs: Outs) -> str:
    """`` = true, idx = 1``: what came back."""
    parts = []
    if call.value is not None:
        parts.append(shown(call.value, call.frame.result))
    parts += [f"{name}{TIGHT}={TIGHT}{value}" for name, value in outs.told(call)]
    kept = [p for p in parts if p]
    return f"{TIGHT}= {', '.join(kept)}" if kept and call.value is not None else ""


def shown(value: int, kind: str) -> str:
    """A returned value in the reader's words; pointers have none."""
    match kind:
        case "bool":
            return "true" if value else "false"
        case "int":
            return f"-{ERRNO[-value]}" if -value in ERRNO else str(value)
        case _:
            return "" if value else "NULL"


def target(text: str) -> str:
    """What an assignment assigns to."""
    found = ACTS.match(text)
    return found.group(1) if found else text


def acts(act: Act) -> bool:
    """Whether a statement is worth a row of its own."""
    text = act.site.text
    if act.site.deed == "free":
        return True
    if act.site.kind != "step":
        return False  # of locals only, or dropped as nobody reads it
    return text.endswith(";") and bool(ACTS.match(text)) and not re.search(r"\w\(", text)
