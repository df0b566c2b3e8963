# SPDX-License-Identifier: MIT
"""From a run that a symbolic engine found to a trace that refutes a check: replayed, explained."""

from dataclasses import replace
from typing import assert_never

from srcucheck.check.replay import check_refutes, leaked, replay, stays_in
from srcucheck.check.trace import Trace
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
    System,
)
from srcucheck.symbolic.bmc import Run
from srcucheck.symbolic.concretise import last_step, schedule
from srcucheck.symbolic.machine import Machine


def trace(check: Check, machine: Machine, run: Run) -> Trace:
    """The replayed trace of a run.

    Raises:
        InternalError: it does not replay, or refutes nothing.
    """
    system = machine.system
    made, state = schedule(machine, run)
    question = check.question
    name = check.name
    match question:
        case Reported():
            thread, choice, name = last_step(system, question, state)
            made = replace(made, steps=(*made.steps, (thread, choice)))
        case Completes() | NoHang() | Settles() | LeadsTo():
            if made.cycle is None:  # it ends where nobody owes a step
                made = replace(made, cycle=len(made.steps))
        case Invariant() | Reachable() | NoLeak():
            pass
        case _:
            assert_never(question)
    found = _explained(system, check, replay(system, made, name))
    check_refutes(system, question, found)
    return found


def _explained(system: System, check: Check, found: Trace) -> Trace:
    """With what leaked, or who hangs."""
    match check.question:
        case NoLeak(excepted):
            last = found.steps[-1].after if found.steps else found.first
            return replace(found, leaked=leaked(system, excepted, last))
        case Completes(frames):
            return _hanging(system, found, frames, away_from_rest=False)
        case NoHang():
            frames = tuple(f.number for f in system.frames if f.outermost)
            return _hanging(system, found, frames, away_from_rest=True)
        case _:
            return found


def _hanging(
    system: System, found: Trace, frames: tuple[int, ...], *, away_from_rest: bool
) -> Trace:
    """With the threads whose activation never ends."""
    stuck = {
        system.frames[f].thread
        for f in frames
        if stays_in(system, found, f, away_from_rest=away_from_rest)
    }
    return replace(found, culprits=tuple(sorted(stuck)))
