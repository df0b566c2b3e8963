# SPDX-License-Identifier: MIT
"""What a run did, as calls: per thread a tree of the calls it entered, with results.

A *call* knows the steps in which it began and ended.  It reads as one row if no other thread moves
in between; ``fold`` reorders runs so that as many as possible do.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from srcucheck.check.trace import Trace
from srcucheck.ir.system import Frame, Site, System

ACTS = re.compile(r"^[\w.>\[\]&*()-]+?\s*(?:[-+|&]?=(?!=)|\+\+|--)", re.DOTALL)
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
    firsts = _first_steps(trace)
    for site in system.initial[trace.schedule.initial].passed:
        place = system.sites[site]
        thread = system.frames[place.frame].thread
        if thread >= 0:
            _event(system, roots, stacks, thread, firsts.get(thread, 0), place, None)
    for number, step in enumerate(trace.steps):
        for event in step.events:
            place = system.sites[event.site]
            _event(system, roots, stacks, step.thread, number, place, event.value)
    return Story(system, trace, roots)


def _first_steps(trace: Trace) -> dict[int, int]:
    found: dict[int, int] = {}
    for number, step in enumerate(trace.steps):
        found.setdefault(step.thread, number)
    return found


def _event(
    system: System,
    roots: Mapping[int, "list[Call | Act]"],
    stacks: Mapping[int, list[Call]],
    thread: int,
    step: int,
    site: Site,
    value: int | None,
) -> None:
    stack = stacks[thread]
    here = stack[-1].items if stack else roots[thread]
    match site.kind:
        case "call":
            assert site.callee is not None
            frame = system.frames[site.callee]
            if frame.parent is None:
                return
            call = Call(thread, frame, step)
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
        case "step":
            here.append(Act(step, site))


def pseudo(frame: Frame) -> bool:
    """Whether a frame is no call in the text: a turn of a loop, an event."""
    return frame.function.startswith(("on ", "turn of ", "start"))


def title(frame: Frame) -> str:
    """The call as the model writes it; a model's function called from a spec by its name."""
    named = frame.text.startswith(f"{frame.function}(")
    if frame.in_spec and not (frame.calls_spec and named):
        return f"{frame.function}()"
    return frame.text


def result(call: Call) -> str:
    """`` = true, idx = 1``: what came back."""
    parts = []
    if call.value is not None:
        parts.append(shown(call.value, call.frame.result))
    parts += [f"{name}{TIGHT}={TIGHT}{value}" for name, value in call.outs]
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


def acts(act: Act) -> bool:
    """Whether a statement is worth a row of its own."""
    text = act.site.text
    if text.startswith("kfree("):
        return not text.endswith(";")
    return text.endswith(";") and bool(ACTS.match(text)) and not re.search(r"\w\((?!\))", text)
