# SPDX-License-Identifier: MIT
"""Which assumptions does a proof need?  Each is dropped in turn; what still holds did not need it.

That is minimising by deletion, as unsatisfiable cores are: all that is left is needed, but another
set may do as well.  Questions about endless runs rest on progress: that threads take the steps they
owe, locks are granted fairly, timeouts fire in the end.  What one state or one step shows rests on
guards instead: that the kernel's functions, as the specs have them, wait until they may go on.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from srcucheck.base.budget import Budget
from srcucheck.check.engine import Answers
from srcucheck.check.report import Needs
from srcucheck.check.verdict import Holds, HoldsUpTo, Unknown, Verdict
from srcucheck.ir.expr import TRUE
from srcucheck.ir.system import (
    Action,
    Check,
    Completes,
    LeadsTo,
    NoHang,
    Reachable,
    Settles,
    System,
    Thread,
)

Run = Callable[[System, Budget], Answers]


@dataclass(frozen=True, slots=True)
class Locks:
    """Whoever waits for a lock gets it in the end."""

    def text(self) -> str:
        """As a reader would say it."""
        return "locks are granted fairly"

    def weaker(self, thread: Thread, location: int, action: Action) -> Action:
        """Without it."""
        del thread, location
        return replace(action, strong=False)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """A timeout fires in the end."""

    def text(self) -> str:
        """As a reader would say it."""
        return "timeouts fire in the end"

    def weaker(self, thread: Thread, location: int, action: Action) -> Action:
        """Without it."""
        del thread, location
        return replace(action, owed=False) if action.way == "timeout" else action


@dataclass(frozen=True, slots=True)
class Progress:
    """Some threads take the steps that they owe."""

    who: str

    def text(self) -> str:
        """As a reader would say it."""
        return f"{self.who} goes on"

    def weaker(self, thread: Thread, location: int, action: Action) -> Action:
        """Without it."""
        del location
        return replace(action, owed=False) if _called(thread) == self.who else action


@dataclass(frozen=True, slots=True)
class Waiting:
    """A function of a spec waits until it may go on; ``at`` are (thread, location)."""

    function: str
    at: frozenset[tuple[int, int]]

    def text(self) -> str:
        """As a reader would say it."""
        return f"{self.function}() waits"

    def weaker(self, thread: Thread, location: int, action: Action) -> Action:
        """It goes on at once."""
        dropped = action.way == "plain" and (thread.number, location) in self.at
        return replace(action, guard=TRUE) if dropped else action


Assumption = Locks | Timeouts | Progress | Waiting


def _called(thread: Thread) -> str:
    """Threads of an array go together; those per object are told apart."""
    return thread.name if thread.kind in ("kworker", "softirq") else thread.family


def assumptions(system: System, check: Check) -> Iterator[Assumption]:
    """All that may be dropped, the least welcome first; whose call is judged comes last."""
    if not isinstance(check.question, Completes | NoHang | Settles | LeadsTo):
        yield from _waits(system)
        return
    if system.has_compassion:
        yield Locks()
    if system.has_timeouts:
        yield Timeouts()
    owing = [
        t
        for t in system.threads
        if any(a.owed for loc in t.locations.values() for a in loc.actions)
    ]
    own: set[int] = set()
    if isinstance(check.question, Completes):
        own = {system.frames[f].thread for f in check.question.frames}
    mine = {_called(t) for t in owing if t.number in own}
    others = dict.fromkeys(_called(t) for t in owing)
    yield from (Progress(name) for name in others if name not in mine)
    yield from (Progress(name) for name in others if name in mine)


def _waits(system: System) -> Iterator[Waiting]:
    """Waits in the middle of a spec's function, with one way on; an idle worker is in no middle."""
    found: dict[str, set[tuple[int, int]]] = {}
    for thread in system.threads:
        for number, location in thread.locations.items():
            wait, plain = location.wait, [a for a in location.actions if a.way == "plain"]
            if wait is None or location.rest != "no" or len(plain) != 1:
                continue
            site = system.sites[wait.site]
            frame = system.frames[site.frame]
            if site.in_spec and frame.parent is not None:
                found.setdefault(frame.function, set()).add((thread.number, number))
    yield from (Waiting(name, frozenset(at)) for name, at in found.items())


def weakened(system: System, without: tuple[Assumption, ...]) -> System:
    """The same steps, with less assumed of them."""

    def action(thread: Thread, location: int, one: Action) -> Action:
        for assumption in without:
            one = assumption.weaker(thread, location, one)
        return one

    threads = tuple(
        replace(
            thread,
            locations={
                number: replace(at, actions=tuple(action(thread, number, a) for a in at.actions))
                for number, at in thread.locations.items()
            },
        )
        for thread in system.threads
    )
    strong = any(a.strong for t in threads for loc in t.locations.values() for a in loc.actions)
    return replace(system, threads=threads, has_compassion=strong)


def needs(system: System, check: Check, verdict: Verdict, run: Run, budget: Budget) -> Needs | None:
    """What a verdict that holds rests on; None if it does not hold, or time did not suffice."""
    if not isinstance(verdict, Holds | HoldsUpTo) or isinstance(check.question, Reachable):
        return None
    alone = replace(system, checks=(check,))
    dropped: tuple[Assumption, ...] = ()
    needed: list[Assumption] = []
    for assumption in assumptions(system, check):
        trial = (*dropped, assumption)
        found = run(weakened(alone, trial), budget).verdicts[0]
        if isinstance(found, Unknown) and not found.vacuous:
            return None
        if isinstance(found, Holds | HoldsUpTo):
            dropped = trial
        else:
            needed.append(assumption)
    return Needs(tuple(a.text() for a in needed), tuple(a.text() for a in dropped))
