# SPDX-License-Identifier: MIT
"""The small checker of a closed set of states: initial states in, successors in.

That the set shows what is claimed is then a matter of looking at its states and their actions,
not of trusting a search.
"""

from collections.abc import Iterable

from srcucheck.check.interpreter import outcomes
from srcucheck.check.verdict import ClosedSet
from srcucheck.ir.system import State, System


def hole(
    system: System, certificate: ClosedSet, among: Iterable[State] | None = None
) -> str | None:
    """Why the set is not closed, or None.  Looks at the successors of ``among``, else of all."""
    states = certificate.states
    for number, initial in enumerate(system.initial):
        if initial.state not in states:
            return f"initial state {number} is not in the set"
    for state in states if among is None else among:
        for thread in system.threads:
            for choice, outcome in enumerate(outcomes(system, state, thread.number)):
                if outcome.successor is not None and outcome.successor not in states:
                    return f"choice {choice} of {thread.name} leads out of the set"
    return None
