# SPDX-License-Identifier: MIT
"""What views prove, against the ordinary engine for small numbers."""

from dataclasses import dataclass

from srcucheck.base.budget import Budget, Silent
from srcucheck.base.diagnostic import ModelError
from srcucheck.check.verdict import Fails, Holds
from srcucheck.explicit.engine import Explicit
from srcucheck.explicit.search import search
from srcucheck.ir.system import Reachable, System
from srcucheck.lang.constant import settle
from srcucheck.lang.program import Program
from srcucheck.lower.lower import Options, lower
from srcucheck.views.judge import Proved, judge
from srcucheck.views.layout import Layout
from srcucheck.views.reach import reach
from srcucheck.views.shape import unlike
from srcucheck.views.terms import Stop
from tests.meaning.agreement import program_of
from tests.views.generate import model

PAIRS, STATES = 3_000, 20_000


def instance(program: Program, param: str, number: int, cells: bool) -> System:
    """A system with so many cells."""
    return lower(program, settle(program, {param: number}), Options(True, param if cells else ""))


@dataclass(frozen=True)
class Compared:
    """How one model came out: checks proved, refuted by some instance, and neither."""

    qualifies: bool
    proved: int
    refuted: int
    neither: int
    wrong: tuple[str, ...]
    why: str = ""


def compare(seed: int, most: int = 4) -> Compared:
    """One generated model."""
    program = program_of(model(seed))
    system = instance(program, "N", 3, True)
    assert system.replicas is not None
    if system.replicas.stops:
        return Compared(False, 0, 0, 0, (), system.replicas.stops[0][1])
    for other in (2, 4):
        why = unlike(system, instance(program, "N", other, True))
        if why is not None:
            return Compared(False, 0, 0, 0, (), f"{why} (at {other})")
    findings = judge(system, Budget(states=PAIRS))
    proved = {n for n, f in enumerate(findings.checks) if isinstance(f, Proved)}
    refuted: set[int] = set()
    wrong = []
    for number in range(1, most + 1):
        small = instance(program, "N", number, False)
        try:
            answers = Explicit().judge(small, Budget(states=STATES, seconds=20), Silent())
        except ModelError:
            break
        for place, check in enumerate(small.checks):
            verdict = answers.verdicts[place]
            bad = isinstance(verdict, Fails)
            if isinstance(check.question, Reachable):
                bad = isinstance(verdict, Holds)
            if bad:
                refuted.add(place)
                if place in proved:
                    wrong.append(f"{check.name} at N = {number}: {type(verdict).__name__}")
        if not answers.figures.complete:
            break
    wrong += missing(system)
    count = len(system.checks)
    neither = count - len(proved | refuted)
    return Compared(bool(findings.pairs), len(proved), len(refuted), neither, tuple(wrong),
                    "" if findings.pairs else str(findings.checks[0]))  # fmt: skip


def missing(system: System) -> list[str]:
    """Views of reachable states that the closed set has not."""
    try:
        reached = reach(system, Budget(states=PAIRS))
    except Stop:
        return []
    if reached.stopped is not None:
        return []
    graph = search(system, Budget(states=STATES), Silent())
    layout = Layout(system)
    known = {(place.base, place.views[at]) for place, at in reached.nodes}
    for state in graph.states:
        base, views = layout.views(state)
        if any((base, view) not in known for view in views):
            return [f"a view of {state} is missing"]
    return []
