# SPDX-License-Identifier: MIT
"""The wait-for chain: why the threads that hang do not move.

The next link is whom the wait names (``held_by``), else the threads whose code from here on writes
something that the condition reads.  It ends at a cycle, at somebody who owes nothing, has ended or
idles, or at a condition that nobody is left to make true.  Each thread has one link.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from srcucheck.check.interpreter import read_by
from srcucheck.check.replay import states_of
from srcucheck.check.trace import Link, Since, Trace
from srcucheck.explicit.future import Future
from srcucheck.explicit.since import held_since, last_written, outermost
from srcucheck.ir.evaluate import evaluate
from srcucheck.ir.expr import Expr, Mark, Set, SetPick, Update
from srcucheck.ir.system import Location, State, System, Thread, Wait
from srcucheck.ir.walk import conjuncts, slots_read, statements


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
    wanted: dict[int, set[int]] = field(default_factory=dict)
    """What others wait for a thread to write."""
    since: dict[int, list[Since]] = field(default_factory=dict)

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
                link = found[thread] = self.link(self.system.threads[thread])
                for other in link.on:
                    self.wanted.setdefault(other, set()).update(s for s, _ in link.values)
                todo += link.on
                if not link.on and link.status in ("waits", "spins"):
                    todo += self.left(link)
        return tuple(self.told(link) for link in found.values())

    def told(self, link: Link) -> Link:
        """The link with what its thread holds, or could do."""
        could = None
        if link.status in ("owes", "idle") and link.thread in self.wanted:
            could = self.could(self.system.threads[link.thread], self.wanted[link.thread])
        since = dict.fromkeys(self.since.get(link.thread, ()))
        return replace(link, since=tuple(since), could=could)

    def left(self, link: Link) -> list[int]:
        """Who last wrote what a thread waits for, where nobody is left who writes it."""
        slots = [s for s, _ in link.values]
        found: dict[int, None] = {}
        for thread, since in last_written(self.system, self.trace, slots, link.thread):
            self.since.setdefault(thread, []).append(since)
            found[thread] = None
        return list(found)

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
                guards = [wait.guard] if wait is not None else []
                values = self.values(self.reads(thread, self.false(guards)))
                return Link(thread.number, "idle", site, what, (), values)
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
                for other in held:
                    since = held_since(self.system, self.trace, wait, thread.number, other)
                    if since is not None:
                        self.since.setdefault(other, []).append(since)
                return Link(thread.number, "waits", site, text, held)
        slots = self.reads(thread, guards)
        on = self.writers(thread, slots)
        text = text if on else self.nobody(slots)
        values = self.values(self.reads(thread, self.false(guards)))
        return Link(thread.number, "waits", site, text, on, values)

    def spins(self, thread: Thread, location: Location, site: int | None) -> Link:
        """A thread that steps for ever: it waits for what its turns read and others write."""
        read: dict[int, None] = {}
        written: set[int] = set()
        start = self.trace.schedule.cycle or 0
        for state, step in zip(self.cycle, self.trace.steps[start:], strict=False):
            if step.thread == thread.number:
                read.update(dict.fromkeys(read_by(thread, state, step.choice)))
                written.update(slot for _, slot, _ in step.writes)
        slots = [s for s in read if s not in written and self.shared(s)]
        on = self.writers(thread, slots) if thread.number in self.trace.culprits else ()
        wait = location.wait
        text = wait.text if wait else self.here(location)
        return Link(thread.number, "spins", site, text, on, self.values(slots))

    def false(self, guards: Iterable[Expr]) -> list[Expr]:
        """The parts of guards that are not true where the cycle begins."""
        parts = [part for guard in guards for part in conjuncts(guard)]
        return [part for part in parts if not evaluate(part, self.cycle[0], {})]

    def values(self, slots: Iterable[int]) -> tuple[tuple[int, int], ...]:
        """Variables that stay as they are on the cycle, with their values."""
        still = [s for s in slots if len({state[s] for state in self.cycle}) == 1]
        return tuple((s, self.cycle[0][s]) for s in still)

    def could(self, thread: Thread, wanted: set[int]) -> int | None:
        """The nearest call, from where a thread stands, that writes one of these."""
        future = self.future(thread)
        todo = [self.location(thread, self.cycle[0]).number]
        for number in todo:
            location = thread.locations[number]
            for action in location.actions:
                passed = _before(action.update, wanted)
                if passed is not None:
                    return outermost(self.system, location, passed)
            todo += [n for n in sorted(future.next(location)) if n not in todo]
        return None

    def reads(self, thread: Thread, read: Iterable[Expr]) -> list[int]:
        """The slots that these read somewhere on the cycle, and that others could write."""
        found: dict[int, None] = {}
        for expr in read:
            for state in self.cycle:
                found.update(dict.fromkeys(slots_read(expr, state)))
        return [s for s in found if self.shared(s)]

    def shared(self, slot: int) -> bool:
        """Whether another thread could write a slot."""
        return self.system.slots[slot].kind not in ("pc", "local")

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


def _before(update: Update, wanted: set[int]) -> list[int] | None:
    """The sites that an update passes before it writes one of these; None if it does not."""
    passed: list[int] = []
    for statement in statements(update):
        if isinstance(statement, Mark):
            passed.append(statement.site)
        elif (isinstance(statement, Set) and statement.slot in wanted) or (
            isinstance(statement, SetPick) and not wanted.isdisjoint(statement.slots.values())
        ):
            return passed
    return None


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
