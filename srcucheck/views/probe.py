# SPDX-License-Identifier: MIT
"""The door of the any-number proofs: runs of the reference interpreter, looked at as views.

The closed set is made without the interpreter.  So every state that the interpreter reaches must
fall apart into pairs of the set, and what a step reports must be among what the set reports.  A
few walks show a hole with luck only: they guard against a step rule that is wrong throughout, not
against one wrong in a corner.  That is what the tests on generated systems are for.
"""

import random

from srcucheck.check.interpreter import Outcome, outcomes
from srcucheck.ir.system import State
from srcucheck.views.layout import Base, View
from srcucheck.views.reach import Reached
from srcucheck.views.terms import Stop

WALKS, STEPS = 16, 120


def hole(reached: Reached) -> str | None:
    """What walks of the interpreter show that the closed set does not; None if nothing."""
    known = {(place.base, place.views[at]) for place, at in reached.nodes}
    chance = random.Random(0)
    for walk in range(WALKS):
        initial = reached.system.initial
        state = initial[walk % len(initial)].state
        for _ in range(STEPS):
            why = _unknown(reached, known, state)
            if why is not None:
                return why
            step = _step(reached, state, chance)
            if step is None:
                break
            for name, _ in step.reports:
                if name not in reached.reports:
                    return f"a step reports {name}"
            if step.successor is None:
                break
            state = step.successor
    return None


def _unknown(reached: Reached, known: set[tuple[Base, View]], state: State) -> str | None:
    try:
        base, views = reached.layout.views(state)
    except Stop as stop:
        return stop.why
    for cell, view in enumerate(views):
        if (base, view) not in known:
            return f"cell {cell} of a state that is reached is not in the set"
    return None


def _step(reached: Reached, state: State, chance: random.Random) -> Outcome | None:
    """Some step of some thread, if there is one."""
    threads = list(reached.system.threads)
    chance.shuffle(threads)
    for thread in threads:
        found = outcomes(reached.system, state, thread.number)
        if found:
            return chance.choice(found)
    return None
