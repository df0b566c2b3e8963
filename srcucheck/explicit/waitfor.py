# SPDX-License-Identifier: MIT
"""The wait-for chain: why the threads that hang do not move.

The next link is whom the wait names (``held_by``), else the threads whose code from here on writes
something that the condition reads.  It ends at a cycle, at somebody who owes nothing, has ended or
idles, or at a condition that nobody is left to make true.  Each thread has one link.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from srcucheck.check.replay import states_of
from srcucheck.check.trace import Link, Trace
from srcucheck.explicit.reads import Future, expressions, slots_read
from srcucheck.ir.evaluate import evaluate
from srcucheck.ir.expr import Expr
from srcucheck.ir.system import Location, State, System, Thread, Wait


def wait_for(system: System, trace: Trace) -> tuple[Link, ...]:
    """The chain of a lasso, from its culprits on."""
    return _Chain(system, trace).links()


@dataclass(slots=True)
class _Chain:
    """``cycle`` are the states that come again and again, ``moving`` who steps on the cycle."""

    system: System
    trace: Trace
    cycle: list[State] = field(init=False)
    moving: set[int] = field(init=False)
    futures: dict[int, Future] = field(default_factory=dict)

    def __post_init__(self) -> None:
        start = self.trace.schedule.cycle or 0
        self.cycle = states_of(self.trace)[start:]
        self.moving = {step.thread for step in self.trace.steps[start:]}

    def links(self) -> tuple[Link, ...]:
        """All links, breadth first."""
        found: dict[int, Link] = {}
        todo = list(self.trace.culprits)
        for thread in todo:
            if thread not in found:
                found[thread] = self.link(self.system.threads[thread])
                todo += found[thread].on
        return tuple(found.values())

    def link(self, thread: Thread) -> Link:
        """The link of one thread."""
        location = self.location(thread, self.cycle[0])
        site = self.site(location)
        if thread.number in self.moving:
            return self.spins(thread, location, site)
        wait = location.wait
        what = wait.text if wait is not None else ""
        if location.dead:
            return Link(thread.number, "dead", site, what, ())
        match location.rest:
            case "ended":
                return Link(thread.number, "ended", None, what, ())
            case "idle":
                return Link(thread.number, "idle", site, what, ())
            case "own" | "irq":
                return Link(thread.number, "owes", site, what, ())
            case "no":
                return self.waits(thread, location, site)

    def waits(self, thread: Thread, location: Location, site: int | None) -> Link:
        """A thread that is blocked in the middle of something."""
        wait = location.wait
        guards = [wait.guard] if wait is not None else [a.guard for a in location.actions]
        text = wait.text if wait is not None else self.text(site)
        if wait is not None:
            held = self.holders(wait, thread)
            if held:
                return Link(thread.number, "waits", site, text, held)
        slots = self.reads(thread, guards)
        on = self.writers(thread, slots)
        return Link(thread.number, "waits", site, text if on else self.nobody(slots), on)

    def spins(self, thread: Thread, location: Location, site: int | None) -> Link:
        """A thread that steps for ever: it waits for what its turns read and others write."""
        read: list[Expr] = []
        written: set[int] = set()
        future = self.future(thread)
        for number in {state[thread.pc] for state in self.cycle}:
            here = thread.locations[number]
            for action in here.actions:
                read += [action.guard, *expressions(action.update)]
            written |= future.writes(number)
        slots = [s for s in self.reads(thread, read) if s not in written]
        on = self.writers(thread, slots) if thread.number in self.trace.culprits else ()
        wait = location.wait
        return Link(thread.number, "spins", site, wait.text if wait else self.here(location), on)

    def reads(self, thread: Thread, read: Iterable[Expr]) -> list[int]:
        """The slots that these read somewhere on the cycle, and that others could write."""
        found: dict[int, None] = {}
        for expr in read:
            for state in self.cycle:
                found.update(dict.fromkeys(slots_read(expr, state)))
        kinds = self.system.slots
        return [s for s in found if kinds[s].kind not in ("pc", "local")]

    def holders(self, wait: Wait, thread: Thread) -> tuple[int, ...]:
        """Whom the wait names, in the states of the cycle where it blocks."""
        found: dict[int, None] = {}
        for state in self.cycle:
            if not evaluate(wait.guard, state, {}):
                found.update(dict.fromkeys(_named(wait, state)))
        known = [t for t in found if t < len(self.system.threads)]
        others = tuple(t for t in known if t != thread.number)
        return others or tuple(known)

    def writers(self, thread: Thread, slots: Iterable[int]) -> tuple[int, ...]:
        """The threads whose code from here on writes one of the slots; the restless ones first."""
        wanted = frozenset(slots)
        found = []
        for other in self.system.threads:
            here = self.location(other, self.cycle[0])
            if other.number != thread.number and not here.dead:
                writes = self.future(other).writes(here.number)
                if not wanted.isdisjoint(writes):
                    found.append((here.rest != "no", other.number))
        return tuple(number for _, number in sorted(found))

    def nobody(self, slots: list[int]) -> str:
        """What is missing where no thread is left to wait for."""
        names = [self.system.slots[s].name for s in slots]
        if not names:
            return "nothing can make the condition true"
        return f"nobody is left who writes {', '.join(dict.fromkeys(names))}"

    def future(self, thread: Thread) -> Future:
        """What a thread can still write."""
        return self.futures.setdefault(thread.number, Future(thread))

    def location(self, thread: Thread, state: State) -> Location:
        """Where a thread stands."""
        return thread.locations[state[thread.pc]]

    def site(self, location: Location) -> int | None:
        """The outermost call from the model into a spec, else the wait or the location itself."""
        for number in location.frames:
            frame = self.system.frames[number]
            if frame.calls_spec and not frame.in_spec:
                for site in self.system.sites:
                    if site.callee == number and site.kind == "call":
                        return site.number
        if location.wait is not None:
            return location.wait.site
        return location.site if 0 <= location.site < len(self.system.sites) else None

    def here(self, location: Location) -> str:
        """The text of the statement itself, deep in a spec as it may be."""
        return self.text(location.site if 0 <= location.site < len(self.system.sites) else None)

    def text(self, site: int | None) -> str:
        """The text of a site."""
        return "" if site is None else self.system.sites[site].text


def _named(wait: Wait, state: State) -> Iterator[int]:
    """The threads that ``held_by`` names in a state."""
    for expr, how in wait.holders:
        value = evaluate(expr, state, {})
        match how:
            case "task":
                if value > 0:
                    yield value - 1
            case "tasks":
                yield from (t for t in range(value.bit_length()) if value >> t & 1)
            case "object":
                yield from wait.object_threads.get(value, ())
