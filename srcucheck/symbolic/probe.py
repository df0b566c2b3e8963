# SPDX-License-Identifier: MIT
"""A proof meets runs that no solver had a hand in: they must stay inside and meet nothing bad.

Walks of the reference interpreter, for a machine that has no more variables than its system;
else walks along its rules, by the reference evaluation.  It guards against what the search and
the re-check have in common: how steps become terms.  A few walks show a hole with luck only.
"""

import random
from collections.abc import Iterator

from srcucheck.check.interpreter import outcomes
from srcucheck.check.replay import InternalError
from srcucheck.ir.evaluate import evaluate_shared
from srcucheck.ir.expr import Expr
from srcucheck.ir.system import State, System
from srcucheck.symbolic.machine import Machine

WALKS, STEPS = 6, 30


def walked(system: System) -> tuple[State, ...]:
    """States on some walks of the interpreter, all initial ones among them."""
    chance = random.Random(0)
    seen = dict.fromkeys(initial.state for initial in system.initial)
    for walk in range(WALKS):
        state = system.initial[walk % len(system.initial)].state
        for _ in range(STEPS):
            after = _successors(system, state, chance)
            if not after:
                break
            state = chance.choice(after)
            seen[state] = None
    return tuple(seen)


def _successors(system: System, state: State, chance: random.Random) -> list[State]:
    """Those of some thread that has any."""
    threads = list(range(len(system.threads)))
    chance.shuffle(threads)
    for thread in threads:
        found = [o.successor for o in outcomes(system, state, thread) if o.successor is not None]
        if found:
            return found
    return []


def stays_in(machine: Machine, seen: tuple[State, ...], invariant: Expr, bad: Expr) -> None:
    """Looks whether walks are in an invariant and clear of what is bad.

    Raises:
        InternalError: they are not, so the proof is wrong though the solver accepted it.
    """
    states = seen if len(machine.names) == len(machine.system.slots) else _along_rules(machine)
    for state in states:
        memo: dict[int, int] = {}
        for slot in machine.kept:
            low, high = machine.ranges[slot]
            if (low is not None and state[slot] < low) or (high is not None and state[slot] > high):
                raise InternalError(f"a run leaves the range of {machine.names[slot]}")
        if not evaluate_shared(invariant, state, memo):
            raise InternalError("a run leaves the invariant")
        if evaluate_shared(bad, state, memo):
            raise InternalError("a run comes to what was proved not to be reached")


def _along_rules(machine: Machine) -> Iterator[State]:
    """States on a few walks along the rules of a machine."""
    chance = random.Random(0)
    for walk in range(WALKS // 2):
        state = machine.initial[walk % len(machine.initial)]
        yield state
        for _ in range(STEPS):
            rules = list(machine.rules)
            chance.shuffle(rules)
            memo: dict[int, int] = {}
            taken = next((r for r in rules if evaluate_shared(r.enabled, state, memo)), None)
            if taken is None:
                break
            after = list(state)
            for slot, value in taken.writes:
                after[slot] = evaluate_shared(value, state, memo)
            state = tuple(after)
            yield state
