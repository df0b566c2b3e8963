# SPDX-License-Identifier: MIT
"""A small builder for hand-written systems."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from srcucheck.base.span import NOWHERE
from srcucheck.ir.expr import (
    TRUE,
    Begin,
    Binary,
    BinaryOp,
    Const,
    End,
    Expr,
    Get,
    Mark,
    Set,
    Statement,
    Unary,
)
from srcucheck.ir.system import (
    Action,
    Check,
    Frame,
    Heap,
    Initial,
    Location,
    Question,
    Rest,
    Site,
    Slot,
    System,
    Thread,
    Wait,
)

Way = Literal["plain", "enter", "timeout", "signal", "turn"]
Kind = Literal["thread", "user", "kworker", "softirq", "hardirq", "hardware"]


def n(value: "int | Expr") -> Expr:
    """A number, or an expression as it is."""
    return Const(value) if isinstance(value, int) else value


def op(left: "int | Expr", which: BinaryOp, right: "int | Expr") -> Expr:
    """An operator."""
    return Binary(which, n(left), n(right))


def no(operand: Expr) -> Expr:
    """Negation."""
    return Unary("not", operand)


@dataclass
class Builder:
    """Collects the parts of a system."""

    slots: list[Slot] = field(default_factory=list)
    values: list[int] = field(default_factory=list)
    threads: list["Body"] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    sites: list[Site] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    heap: list[Heap] = field(default_factory=list)
    begun: list[int] = field(default_factory=list)

    def slot(self, name: str, value: int = 0, kind: str = "global") -> int:
        """A new slot."""
        self.slots.append(Slot(name, kind, {}))  # type: ignore[arg-type]
        self.values.append(value)
        return len(self.slots) - 1

    def life(self, name: str, value: int = 1) -> int:
        """A heap object's life."""
        slot = self.slot(name, value, "life")
        self.heap.append(Heap(slot, name, "obj"))
        return slot

    def thread(self, name: str, kind: Kind = "thread", *, quiet_ok: bool = False) -> "Body":
        """A new thread; it stands at location 0."""
        body = Body(self, len(self.threads), name, kind, self.slot(f"pc.{name}", 0, "pc"), quiet_ok)
        self.threads.append(body)
        return body

    def frame(
        self, thread: "Body", function: str, *, outermost: bool = False, begun: bool = False
    ) -> int:
        """A new frame of a thread; ``begun``: open at the start."""
        number = len(self.frames)
        self.frames.append(
            Frame(number, thread.number, None, function, function, NOWHERE, False, outermost, False)
        )
        if begun:
            self.begun.append(number)
        return number

    def site(self, text: str, frame: int = 0) -> int:
        """A new site."""
        self.sites.append(Site(len(self.sites), "step", frame, NOWHERE, text))
        return len(self.sites) - 1

    def check(self, question: Question, name: str = "", danger: Expr | None = None) -> int:
        """A new check; its place."""
        place = len(self.checks)
        self.checks.append(Check(name or f"c{place}", "", question, danger, NOWHERE, False))
        return place

    def system(self) -> System:
        """All of it."""
        threads = tuple(body.thread() for body in self.threads)
        return System(
            slots=tuple(self.slots),
            threads=threads,
            frames=tuple(self.frames),
            sites=tuple(self.sites),
            initial=(Initial(tuple(self.values), tuple(self.begun)),),
            heap=tuple(self.heap),
            addresses={k + 1: heap.name for k, heap in enumerate(self.heap)},
            checks=tuple(self.checks),
            headlines={},
            reportable=frozenset(),
            has_compassion=any(
                a.strong for t in threads for x in t.locations.values() for a in x.actions
            ),
            has_timeouts=False,
            has_signals=False,
        )


@dataclass
class Body:
    """The locations of one thread."""

    builder: Builder
    number: int
    name: str
    kind: Kind
    pc: int
    quiet_ok: bool
    locations: dict[int, Location] = field(default_factory=dict)

    def at(
        self,
        number: int,
        *actions: Action,
        frames: Sequence[int] = (),
        rest: Rest = "no",
        dead: bool = False,
        wait: Wait | None = None,
    ) -> None:
        """A location with its actions."""
        site = self.builder.site(f"{self.name}:{number}")
        self.locations[number] = Location(
            number, tuple(frames), actions, rest, dead, wait, site, ()
        )

    def go(
        self,
        to: int,
        *updates: Statement,
        guard: Expr = TRUE,
        owed: bool = True,
        strong: bool = False,
        way: Way = "plain",
    ) -> Action:
        """An action that ends at a location."""
        site = self.builder.site(f"{self.name}->{to}")
        update = (Mark(site), *updates, Set(self.pc, Const(to)))
        return Action(guard, update, owed, strong, way, site)

    def thread(self) -> Thread:
        """The finished thread."""
        return Thread(
            self.number, self.name, self.name, self.kind, self.pc, dict(self.locations), NOWHERE,
            self.quiet_ok,
        )  # fmt: skip


def straight(
    builder: Builder, name: str, steps: Iterable[tuple[Expr, Sequence[Statement]]]
) -> tuple[Body, int]:
    """A thread whose body is one activation: (guard, updates) per step, then it has ended."""
    body = builder.thread(name)
    frame = builder.frame(body, name, outermost=True, begun=True)
    todo = list(steps)
    for number, (guard, updates) in enumerate(todo):
        last = number == len(todo) - 1
        ends: list[Statement] = [End(frame)] if last else []
        body.at(number, body.go(number + 1, *updates, *ends, guard=guard), frames=(frame,))
    body.at(len(todo), rest="ended")
    return body, frame


__all__ = [
    "Begin", "Body", "Builder", "Get", "n", "no", "op", "straight",
]  # fmt: skip
