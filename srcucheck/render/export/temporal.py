# SPDX-License-Identifier: MIT
"""A question about endless runs, and this project's fairness, as temporal formulas of TLA+.

A thread that owes a step again and again without pause takes one (justice); one that a lock
promises something again and again takes one, too (compassion).  ``WF`` and ``SF`` of TLA+ are about
one action, ours are about a thread: any step of it will do.  ``tick_`` changes with each step, so
that a step back to the same state is one in TLA+ as well.
"""

from collections.abc import Iterator

from srcucheck.ir.system import Check, Completes, LeadsTo, NoHang, Settles, System
from srcucheck.render.export.liveness import NotWritten, judged
from srcucheck.render.export.phrases import Phrases

PROPERTY = "Property"


def fairness(owing: dict[int, str], promised: dict[int, str], steps: dict[int, str]) -> list[str]:
    """A condition per thread that owes anything or waits for a lock; values are names."""
    found = []
    for thread, step in steps.items():
        again = f"[]<><<{step}>>_vars"
        if thread in owing:
            found.append(f"([]<>~{owing[thread]}) \\/ ({again})")
        if thread in promised:
            found.append(f"(<>[]~{promised[thread]}) \\/ ({again})")
    return found


def wanted(system: System, check: Check, phrases: Phrases) -> Iterator[str]:
    """The formulas that all have to hold.

    Raises:
        NotWritten: the question is about deadlocks only.
    """
    match check.question:
        case Completes(frames):
            for frame in dict.fromkeys(frames):
                yield _left(system, frame, phrases, away_from_rest=False)
        case NoHang(deadlock_only):
            if deadlock_only:
                raise NotWritten("TLC looks for deadlocks by itself")
            for frame in judged(system, check):
                yield _left(system, frame, phrases, away_from_rest=True)
        case Settles(good):
            yield f"<>[]{phrases.truth(good)}"
        case LeadsTo(None, goal):
            yield f"<>{phrases.truth(goal)}"
        case LeadsTo(trigger, goal) if trigger is not None:
            yield f"{phrases.truth(trigger)} ~> {phrases.truth(goal)}"
        case _:
            raise NotWritten(check.name)


def _left(system: System, frame: int, phrases: Phrases, *, away_from_rest: bool) -> str:
    """Again and again an activation is not open, or one has just ended."""
    thread = system.threads[system.frames[frame].thread]
    at = [
        number
        for number, location in thread.locations.items()
        if frame in location.frames
        and not (away_from_rest and (location.dead or location.rest != "no"))
    ]
    if not at:
        return phrases.words.true
    inside = phrases.within(phrases.slot(thread.pc), sorted(at))
    return f"[]<>(~({inside}) \\/ ended_{frame}_ = 1)"
