# SPDX-License-Identifier: MIT
"""A liveness question as a never claim for Spin, with this project's own fairness written out.

Spin's weak fairness knows neither owed steps nor locks.  So the claim accepts just the fair runs
that refute the question: it waits until the run enters the region, guesses that it stays, and then
goes round the obligations of a fair run for ever (Vardi & Wolper 1986; the counter of degenerate
generalised Buchi automata): each thread again and again owes nothing, or takes a step.  For a
thread that a lock promises something it guesses which way compassion is met: never promised from
now on, or again and again a step.

A run that stops where nobody owes a step is one that idles: the process has an option for that.
``took_`` is the thread that took the last step, from 1; 0 after idling, and where a step was
stopped by a bound, which is no step of a run.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from srcucheck.ir.expr import TRUE, Assume, Choose, Expr, If, Loop, Set, SetPick, Update
from srcucheck.ir.system import (
    Action,
    Check,
    Completes,
    LeadsTo,
    Location,
    NoHang,
    Settles,
    System,
    Thread,
)

LIVENESS = (Completes, NoHang, Settles, LeadsTo)
"""Questions about endless runs."""

MOST = 8
"""Threads to whom a lock promises something: the claim doubles with each."""

Truth = Callable[[Expr], str]
"""An expression as a condition of Promela."""


class NotWritten(Exception):
    """What of a question cannot be written as a claim."""


@dataclass(frozen=True, slots=True)
class Region:
    """Where a refuting run stays: ``enter`` when it begins to, ``stay`` from the next state on.

    ``again``: what must be true again and again besides.  ``first``: it begins with the run.
    """

    name: str
    enter: str
    stay: str
    again: tuple[str, ...] = ()
    first: bool = False


def judged(system: System, check: Check) -> tuple[int, ...]:
    """Frames one of whose activations may not last for ever; the model tells when one ends."""
    match check.question:
        case Completes(frames):
            return tuple(dict.fromkeys(frames))
        case NoHang():
            return tuple(f.number for f in system.frames if f.outermost)
        case _:
            return ()


class Claim:
    """The definitions and the never claim of one check."""

    def __init__(self, system: System, check: Check, truth: Truth, pcs: Sequence[str]) -> None:
        self.system = system
        self.check = check
        self.truth = truth
        self.pcs = pcs
        """The name of each thread's program counter."""

    # --- who owes -------------------------------------------------------------------------------

    def definitions(self) -> Iterator[str]:
        """``owed_t`` and ``promised_t`` for each thread that has them.

        Raises:
            NotWritten: whether a step is enabled depends on what it has written.
        """
        for thread in self.system.threads:
            number = thread.number + 1
            yield f"#define owed_{number} ({self._some(thread, self._owed)})"
            if thread.number in self.strong():
                yield f"#define promised_{number} ({self._some(thread, self._promised)})"

    def strong(self) -> list[int]:
        """Threads to whom a lock promises something."""
        return [
            thread.number
            for thread in self.system.threads
            if any(a.strong for loc in thread.locations.values() for a in loc.actions)
        ]

    def _some(self, thread: Thread, of: Callable[[Action], str]) -> str:
        found = []
        for location in thread.locations.values():
            here = [text for action in location.actions if (text := of(action))]
            if here:
                found.append(f"({self._at(thread, location)} && ({' || '.join(here)}))")
        return " || ".join(found) or "false"

    def _owed(self, action: Action) -> str:
        return self._enabled(action) if action.owed else ""

    def _promised(self, action: Action) -> str:
        return self.truth(action.guard) if action.strong else ""

    def _enabled(self, action: Action) -> str:
        """The guard holds, and something can be chosen."""
        facts = [self.truth(action.guard)]
        facts += [
            f"({' || '.join(self.truth(condition) for condition, _ in one.options) or 'false'})"
            for one in _asked_first(action.update)
        ]
        return f"({' && '.join(facts)})"

    def _at(self, thread: Thread, location: Location) -> str:
        return f"{self.pcs[thread.number]} == {location.number}"

    # --- where it stays -------------------------------------------------------------------------

    def regions(self) -> list[Region]:
        """In which a run refutes the check if it stays there and is fair."""
        question = self.check.question
        match question:
            case Completes():
                frames = judged(self.system, self.check)
                return [self._open(f, away_from_rest=False) for f in frames]
            case NoHang(deadlock_only):
                frames = judged(self.system, self.check)
                found = [self._open(f, away_from_rest=True) for f in frames]
                if deadlock_only:
                    quiet = [Region(r.name, r.enter, f"{r.stay} && took_ == 0") for r in found]
                    return [r for r in quiet if r.enter != "false"]
                return [r for r in found if r.enter != "false"]
            case Settles(good):
                return [Region("unsettled", "true", "true", (f"!{self.truth(good)}",))]
            case LeadsTo(trigger, goal):
                open_ = f"!{self.truth(goal)}"
                begins = open_ if trigger is None else f"({self.truth(trigger)} && {open_})"
                return [Region("promised", begins, open_, first=trigger is None)]
            case _:
                raise NotWritten(self.check.name)

    def _open(self, frame: int, *, away_from_rest: bool) -> Region:
        thread = self.system.threads[self.system.frames[frame].thread]
        at = [
            self._at(thread, location)
            for location in thread.locations.values()
            if frame in location.frames
            and not (away_from_rest and (location.dead or location.rest != "no"))
        ]
        inside = f"({' || '.join(at)})" if at else "false"
        return Region(f"in_{frame}", inside, f"{inside} && !ended_{frame}_")

    # --- the claim ------------------------------------------------------------------------------

    def lines(self) -> Iterator[str]:
        """The never claim.

        Raises:
            NotWritten: too many locks promise something.
        """
        strong = self.strong()
        if len(strong) > MOST:
            raise NotWritten(f"{len(strong)} threads wait for locks: the claim would be too large")
        ways = list(product((False, True), repeat=len(strong)))
        regions = self.regions()
        yield "never {"
        yield "T0_start: /* before the process has chosen an initial state */"
        entries = [(r, f"{r.name}_{n}_1") for r in regions for n in range(len(ways))]
        first = bool(regions) and all(r.first for r in regions)
        if first:
            yield "\tif"
            yield "\t:: true -> goto T0_first"
            yield "\tfi;"
            yield "T0_first:"
            yield "\tif"
        else:
            yield "\tdo"
            yield "\t:: true"
        for region, name in entries:
            yield f"\t:: ({region.enter}) -> goto {name}"
        yield "\tfi;" if first else "\tod;"
        for region in regions:
            for number, way in enumerate(ways):
                yield from self._round(region, number, dict(zip(strong, way, strict=True)))
        yield "}"

    def _round(self, region: Region, number: int, way: dict[int, bool]) -> Iterator[str]:
        """From one obligation to the next, and round again past the state that accepts."""
        never = "".join(f" && !promised_{t + 1}" for t, steps in way.items() if not steps)
        met = [f"(!owed_{t.number + 1} || took_ == {t.number + 1})" for t in self.system.threads]
        met += [f"took_ == {t + 1}" for t, steps in way.items() if steps]
        met += region.again
        stay, name = f"({region.stay}{never})", f"{region.name}_{number}"
        for at, obligation in enumerate(met, 1):
            following = f"{name}_{at + 1}" if at < len(met) else f"accept_{name}"
            yield f"{name}_{at}:"
            yield "\tif"
            yield f"\t:: ({stay} && {obligation}) -> goto {following}"
            yield f"\t:: ({stay} && !({obligation})) -> goto {name}_{at}"
            yield "\tfi;"
        yield f"accept_{name}:"
        yield "\tif"
        yield f"\t:: ({stay}) -> goto {name}_1"
        yield "\tfi;"


def _asked_first(update: Update) -> Iterator[Choose]:
    """The choices that decide whether the action is enabled; no other thing may.

    Raises:
        NotWritten: something else may, or a choice among what the step itself has written.
    """
    wrote = False
    for statement in update:
        match statement:
            case Choose():
                if wrote:
                    yield from _free(statement)
                else:
                    yield statement
            case Assume():
                raise NotWritten("a step may find in its middle that it is not enabled")
            case Set() | SetPick():
                wrote = True
            case If(_, then, other):
                for inner in (*_asked_first(then), *_asked_first(other)):
                    yield from _free(inner)
                wrote = True
            case Loop(body, _):
                for inner in _asked_first(body):
                    yield from _free(inner)
                wrote = True
            case _:
                pass


def _free(choice: Choose) -> Iterator[Choose]:
    """None, if there is always something to choose."""
    if not any(condition == TRUE for condition, _ in choice.options):
        raise NotWritten("a step chooses among what it has written itself")
    yield from ()
