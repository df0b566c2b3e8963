# SPDX-License-Identifier: MIT
"""What tests of the second meaning ask of a text."""

from srcucheck.lang.meaning import Observed, explore, run
from tests.meaning.agreement import program_of

OBJ = "struct part { int n; }; struct obj { int v; struct obj *next; struct part part; }; "
"""Objects for a test to use."""


def observed(text: str) -> Observed:
    return explore(program_of(text), {})


def values(text: str, name: str) -> set[object]:
    """Every value that a variable has in some reachable state."""
    return {dict(o)[name] for o in observed(text).observations}


def last(text: str, *names: str) -> tuple[object, ...]:
    """What variables hold once the only run of a single thread has ended."""
    program = program_of(text)
    ran = run(program, {}, [])
    schedule: list[tuple[str, int]] = []
    while ran.enabled:
        assert len(ran.enabled) == 1, ran.enabled
        schedule.append(ran.enabled[0])
        ran = run(program, {}, schedule)
    seen = dict(ran.observation)
    return tuple(seen[name] for name in names)
