# SPDX-License-Identifier: MIT
"""What questions ask of single states, as expressions: who is owed, what is reported, who rests.

They say what ``check.replay`` and the explicit engine say in their own ways; the tests compare.
"""

from collections.abc import Iterable

from srcucheck.ir.expr import FALSE, Const, Expr, Get
from srcucheck.ir.system import Location, NoLeak, Thread
from srcucheck.symbolic import simplify as s
from srcucheck.symbolic.flat import Flat


def reports(flat: Flat, properties: Iterable[str]) -> Expr:
    """Some step that is enabled reports one of them."""
    wanted = frozenset(properties)
    return s.any_of(
        *(s.both(b.enabled, when) for b in flat.branches for p, when in b.reports if p in wanted)
    )


def begins(flat: Flat, frames: Iterable[int]) -> Expr:
    """Some step that is enabled begins one of the frames."""
    wanted = frozenset(frames)
    return s.any_of(
        *(s.both(b.enabled, when) for b in flat.branches for f, when in b.begins if f in wanted)
    )


def bound(flat: Flat, text: str) -> Expr:
    """Some step that is enabled hits this bound of the model."""
    return s.any_of(
        *(s.both(b.enabled, when) for b in flat.branches for t, when in b.bounds if t == text)
    )


def bound_texts(flat: Flat) -> tuple[str, ...]:
    """All bounds that some step could hit."""
    return tuple(dict.fromkeys(t for b in flat.branches for t, w in b.bounds if w != FALSE))


def endless(flat: Flat) -> Expr:
    """Some loop turns more often than it was unrolled."""
    return s.any_of(*(b.endless for b in flat.branches))


def owed(flat: Flat, thread: int) -> Expr:
    """The thread has an owed step."""
    return s.any_of(*(b.enabled for b in flat.branches if b.thread == thread and b.owed))


def strong(flat: Flat, thread: int) -> Expr:
    """A lock could be granted to the thread."""
    return s.any_of(*(b.enabled for b in flat.branches if b.thread == thread and b.strong))


def may(flat: Flat, thread: int) -> Expr:
    """The thread has a step."""
    return s.any_of(*(b.enabled for b in flat.branches if b.thread == thread))


def quiet(flat: Flat) -> Expr:
    """Nobody owes a step."""
    return s.negation(s.any_of(*(owed(flat, t.number) for t in flat.system.threads)))


def stands(thread: Thread, places: Iterable[Location]) -> Expr:
    """The thread stands at one of these locations."""
    return s.any_of(*(s.binary("==", Get(thread.pc), Const(at.number)) for at in places))


def region(flat: Flat, frame: int, *, away_from_rest: bool) -> Expr:
    """An activation of the frame is open; for a hang, its thread alive and not at rest."""
    thread = flat.system.threads[flat.system.frames[frame].thread]
    return stands(
        thread,
        (
            at
            for at in thread.locations.values()
            if frame in at.frames and not (away_from_rest and (at.dead or at.rest != "no"))
        ),
    )


def rest(flat: Flat) -> Expr:
    """A leak is judged here."""
    found = [quiet(flat)]
    for thread in flat.system.threads:
        places = [
            at
            for at in thread.locations.values()
            if not at.dead
            and at.rest != "no"
            and (not thread.quiet_ok or at.rest in ("ended", "idle"))
        ]
        found.append(stands(thread, places))
        if thread.quiet_ok:
            found.append(s.negation(may(flat, thread.number)))
    return s.all_of(*found)


def leak(flat: Flat, question: NoLeak) -> Expr:
    """At rest, with an object that lives and is not excepted."""
    system = flat.system
    leaks: list[Expr] = []
    for heap in system.heap:
        addresses = [a for a, name in system.addresses.items() if name == heap.name]
        kept = s.any_of(
            *(s.binary("==", e, Const(a)) for e in question.excepted for a in addresses)
        )
        live = s.binary("==", Get(heap.life), Const(1))
        leaks.append(s.both(live, s.negation(kept)))
    return s.both(rest(flat), s.any_of(*leaks))
