# SPDX-License-Identifier: MIT
"""What a check is about in a state, and whether a run leads to what there is to judge."""

from collections.abc import Sequence
from typing import assert_never

from srcucheck.certify.read import Refused
from srcucheck.check.certificate import Claim
from srcucheck.check.interpreter import location_of, outcomes
from srcucheck.check.replay import is_rest
from srcucheck.check.trace import Schedule
from srcucheck.ir.evaluate import evaluate
from srcucheck.ir.expr import Expr
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
    State,
    System,
)


def check_of(system: System, claim: Claim) -> Check:
    """The check that a claim is about.

    Raises:
        Refused: there is none.
    """
    found = [c for c in system.checks if (c.name, c.text) == (claim.check, claim.text)]
    if len(found) != 1:
        raise Refused("the model has no such check, or it says something else")
    return found[0]


def frames_of(system: System, check: Check) -> tuple[int, ...]:
    """The frames whose activations are to end."""
    match check.question:
        case Completes(frames):
            return frames
        case NoHang():
            return tuple(f.number for f in system.frames if f.outermost)
        case _:
            return ()


def may_be_vacuous(check: Check) -> bool:
    """Whether it needs a run that shows that there is something to judge."""
    match check.question:
        case LeadsTo(trigger):
            return trigger is not None
        case Completes() | NoHang() | NoLeak():
            return True
        case Reported() | Invariant() | Reachable() | Settles():
            return False
        case _:
            assert_never(check.question)


def begun(system: System, check: Check, witness: Schedule | None) -> bool:
    """Whether there is something to judge: the witness leads there, if one is needed."""
    question, frames = check.question, frames_of(system, check)
    if not may_be_vacuous(check):
        return True
    if witness is None or witness.initial >= len(system.initial):
        return False
    state: State | None = system.initial[witness.initial].state
    begun: Sequence[int] = system.initial[witness.initial].begun
    for thread, choice in witness.steps:
        if state is None or thread >= len(system.threads):
            return False
        ways = outcomes(system, state, thread)
        if choice >= len(ways):
            return False
        state, begun = ways[choice].successor, ways[choice].begins
    if state is None or not set(frames).isdisjoint(begun):
        return not set(frames).isdisjoint(begun)
    match question:
        case Completes():
            return False
        case NoHang():
            return any(inside(system, check, f, state) for f in frames)
        case NoLeak():
            return is_rest(system, state)
        case LeadsTo(trigger):
            return trigger is None or true(trigger, state)
        case Reported() | Invariant() | Reachable() | Settles():
            return True
        case _:
            assert_never(question)


def inside(system: System, check: Check, frame: int | None, state: State) -> bool:
    """Whether a run must not stay here, as far as the state alone tells."""
    question = check.question
    if isinstance(question, LeadsTo):
        trigger, goal = question.trigger, question.goal
        opened = state in [i.state for i in system.initial]
        if trigger is not None:
            opened = true(trigger, state)
        return opened and not true(goal, state)
    if frame is None:
        return True
    location = location_of(system, state, system.frames[frame].thread)
    away = not location.dead and location.rest == "no"
    return frame in location.frames and (isinstance(question, Completes) or away)


def true(expr: Expr, state: State) -> bool:
    """Whether a condition holds in a state."""
    return bool(evaluate(expr, state, {}))
