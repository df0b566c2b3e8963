# SPDX-License-Identifier: MIT
"""From a question to goals: predicates over machines that refute (or show) what was asked."""

from dataclasses import dataclass
from typing import assert_never

from srcucheck.ir.expr import FALSE, TRUE, Expr
from srcucheck.ir.system import (
    Check,
    Completes,
    Invariant,
    LeadsTo,
    NoHang,
    NoLeak,
    Reachable,
    Reported,
    Settles,
)
from srcucheck.symbolic import predicates as p
from srcucheck.symbolic import simplify as s
from srcucheck.symbolic.flat import Flat
from srcucheck.symbolic.l2s import Wish, loops, with_promise
from srcucheck.symbolic.machine import Machine


@dataclass(frozen=True, slots=True, eq=False)
class Goal:
    """A predicate over the variables of a machine; ``whole``: none of them may be left out."""

    machine: Machine
    wanted: Expr
    whole: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Vacuity:
    """What must be reachable, or else there was nothing to judge, and why."""

    wanted: Expr
    why: str


def goals(flat: Flat, machine: Machine, check: Check) -> list[Goal]:
    """All goals of a check: it is refuted (shown) iff one of them is reached.

    Raises:
        Refused: a number that can change on a loop has no range.
    """
    question = check.question
    system = flat.system
    match question:
        case Reported(properties):
            return [Goal(machine, p.reports(flat, properties))]
        case Invariant(good):
            return [Goal(machine, s.negation(s.truth(good)))]
        case Reachable(goal):
            return [Goal(machine, s.truth(goal))]
        case NoLeak():
            return [Goal(machine, p.leak(flat, question))]
        case Completes(frames):
            return _for_ever(flat, machine, frames, away_from_rest=False, deadlock_only=False)
        case NoHang(deadlock_only):
            frames = tuple(f.number for f in system.frames if f.outermost)
            return _for_ever(
                flat, machine, frames, away_from_rest=True, deadlock_only=deadlock_only
            )
        case Settles(good):
            bad = s.negation(s.truth(good))
            return _lassos(flat, machine, s.both(p.quiet(flat), bad), [Wish(TRUE, None, bad)])
        case LeadsTo(trigger, goal):
            promised, open_ = with_promise(machine, trigger, goal)
            return _lassos(flat, promised, s.both(p.quiet(flat), open_), [Wish(open_)])
        case _:
            assert_never(question)


def danger(flat: Flat, check: Check) -> Expr:
    """Where judging a check would read what is not there; a leak is judged at rest only."""
    if check.danger is None:
        return FALSE
    risk = s.truth(check.danger)
    if isinstance(check.question, NoLeak):
        return s.both(p.leak(flat, NoLeak(())), risk)
    return risk


def _for_ever(
    flat: Flat,
    machine: Machine,
    frames: tuple[int, ...],
    *,
    away_from_rest: bool,
    deadlock_only: bool,
) -> list[Goal]:
    """Fair runs that stay in one activation of one of the frames."""
    regions = [p.region(flat, f, away_from_rest=away_from_rest) for f in frames]
    stuck = s.both(p.quiet(flat), s.any_of(*regions))
    wishes = [] if deadlock_only else [Wish(r, f) for r, f in zip(regions, frames) if r != FALSE]
    return _lassos(flat, machine, stuck, wishes)


def _lassos(flat: Flat, machine: Machine, stuck: Expr, wishes: list[Wish]) -> list[Goal]:
    """A run that ends quietly, or one that comes to a fair loop."""
    found = [Goal(machine, stuck)]
    for wish in wishes:
        looking = loops(flat, machine, wish)
        if looking is not None:
            found.append(Goal(*looking, whole=True))
    return found


def vacuity(flat: Flat, check: Check) -> Vacuity | None:
    """What makes the check worth something, if that is not plain."""
    question = check.question
    system = flat.system
    begun = {f for initial in system.initial for f in initial.begun}
    match question:
        case Completes(frames):
            if begun.intersection(frames):
                return None
            return Vacuity(p.begins(flat, frames), "the call never begins")
        case NoHang():
            outermost = tuple(f.number for f in system.frames if f.outermost)
            if begun.intersection(outermost):
                return None
            active = s.any_of(
                p.begins(flat, outermost),
                *(p.region(flat, f, away_from_rest=True) for f in outermost),
            )
            return Vacuity(active, "all threads always rest")
        case NoLeak():
            return Vacuity(p.rest(flat), "no state at rest is ever reached")
        case LeadsTo(trigger, _) if trigger is not None:
            return Vacuity(s.truth(trigger), "the first condition is never true")
        case Reported() | Invariant() | Reachable() | Settles() | LeadsTo():
            return None
        case _:
            assert_never(question)
