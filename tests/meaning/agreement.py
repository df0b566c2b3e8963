# SPDX-License-Identifier: MIT
"""What a System shows, in the words of the second meaning, and how the two are compared."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from srcucheck.base.budget import Budget, Silent
from srcucheck.base.source import SourceFile
from srcucheck.base.span import Span
from srcucheck.check.interpreter import location_of, outcomes
from srcucheck.check.verdict import Unknown, word
from srcucheck.explicit.engine import Explicit
from srcucheck.ir.system import Slot, State, System
from srcucheck.lang.constant import Value, settle
from srcucheck.lang.meaning import Observation, Observed, explore
from srcucheck.lang.parser import parse
from srcucheck.lang.program import Program
from srcucheck.lang.resolve import LoadedFile, load, resolve
from srcucheck.lower.lower import Options, lower

SEEN = ("global", "field", "task", "life")
LIMIT = 60_000


class TooLarge(Exception):
    """More states than a test should look at."""


def program_of(text: str) -> Program:
    """A model that uses no specs."""

    def find(_name: str, _quoted: bool, _span: Span) -> LoadedFile | None:
        return None

    source = SourceFile("model.srcu", text)
    return resolve(load(LoadedFile(parse(source), source, False, "model.srcu"), find, {}))


@dataclass(frozen=True, slots=True)
class Seen:
    """What the runs of a System show, as ``Observed`` has it."""

    names: frozenset[str]
    observations: frozenset[Observation]
    reports: frozenset[str]
    bounds: frozenset[str]
    stuck: bool
    leaks: frozenset[str]
    states: int


def name_of(slot: Slot) -> str:
    """A slot as an observation names it."""
    if slot.kind == "life":
        return f"life of {slot.name.removeprefix('live(').removesuffix(')')}"
    return slot.name


def shown(slot: Slot, value: int) -> int | str | frozenset[str]:
    """A value of a slot as an observation shows it."""
    if slot.set_of:
        return frozenset(name for bit, name in enumerate(slot.set_of) if value >> bit & 1) or 0
    if slot.words.get(0) == "NULL":
        return slot.words[value] if value else 0
    return value


def see(system: System, limit: int = LIMIT) -> Seen:
    """Explore a System with the reference interpreter."""
    visible = [(at, s, name_of(s)) for at, s in enumerate(system.slots) if s.kind in SEEN]
    frontier = [initial.state for initial in system.initial]
    seen: set[State] = set(frontier)
    observations: set[Observation] = set()
    reports: set[str] = set()
    bounds: set[str] = set()
    leaks: set[str] = set()
    stuck = False
    while frontier:
        state = frontier.pop()
        observations.add(frozenset((name, shown(slot, state[at])) for at, slot, name in visible))
        quiet = at_rest = no_excuse = True
        for thread in system.threads:
            location = location_of(system, state, thread.number)
            if location.rest == "no" and not location.dead:
                at_rest = False
            resting = location.rest in ("ended", "idle")
            if location.dead or (thread.quiet_ok and not resting):
                no_excuse = False
            if thread.quiet_ok and outcomes(system, state, thread.number):
                no_excuse = False
            for outcome in outcomes(system, state, thread.number):
                quiet = quiet and not outcome.owed
                reports |= {name for name, _ in outcome.reports}
                if outcome.bound is not None:
                    bounds.add(outcome.bound[0])
                    continue
                after = outcome.successor
                assert after is not None
                if after not in seen:
                    if len(seen) >= limit:
                        raise TooLarge
                    seen.add(after)
                    frontier.append(after)
        stuck = stuck or (quiet and not at_rest)
        if quiet and at_rest and no_excuse:
            leaks |= {heap.name for heap in system.heap if state[heap.life] == 1}
    names = frozenset(name for _, _, name in visible)
    return Seen(
        names, frozenset(observations), frozenset(reports), frozenset(bounds), stuck,
        frozenset(leaks), len(seen),
    )  # fmt: skip


def projected(
    observations: frozenset[Observation], names: frozenset[str]
) -> frozenset[Observation]:
    """Observations of these variables only; an empty set is 0, as NULL is."""
    return frozenset(
        frozenset((name, value or 0) for name, value in o if name in names) for o in observations
    )


def verdicts(system: System) -> dict[str, str]:
    """The explicit engine's answer to every check."""
    answers = Explicit().judge(system, Budget(), Silent())
    found: dict[str, str] = {}
    for at, check in enumerate(system.checks):
        verdict = answers.verdicts[at]
        vacuous = isinstance(verdict, Unknown) and verdict.vacuous
        found[check.name] = "vacuous" if vacuous else word(verdict)
    return found


def disagreements(
    program: Program,
    chosen: Mapping[str, Value],
    limit: int = LIMIT,
    other: Mapping[str, Value] | None = None,
) -> list[str]:
    """What the second meaning and ``lower`` say differently; empty where they agree.

    ``other`` are choices for ``lower``, if it is to read another variant.
    """
    meant = explore(program, chosen, limit)
    if not meant.complete:
        raise TooLarge
    values = settle(program, chosen if other is None else other)
    plain = lower(program, values, Options(reductions=False))
    seen = see(plain, limit)
    found = _compare(meant, seen)
    reduced = lower(program, values, Options(reductions=True))
    less = see(reduced, limit)
    found += _reduced(seen, less, _asked(program))
    mine, theirs = verdicts(plain), verdicts(reduced)
    found += [
        f"verdict on {name}: {verdict} unreduced, {theirs[name]} reduced"
        for name, verdict in mine.items()
        if name in theirs and not _agree(verdict, theirs[name], seen.bounds - less.bounds)
    ]
    for name, holds in meant.checks.items():
        verdict = mine.get(name)
        if verdict in ("holds", "fails") and (verdict == "holds") != holds:
            found.append(f"{name}: {holds} by the meaning, {verdict} by the engine")
    return found


def _agree(unreduced: str, reduced: str, sliced: frozenset[str]) -> bool:
    """Equal; but where steps are fused, a thread may never be seen away from its rest.

    ``sliced``: bounds that only variables had which nobody reads; without them more can be said.
    """
    if sliced and unreduced in ("holds_up_to", "unknown", "vacuous"):
        return True
    return unreduced == reduced


def _compare(meant: Observed, seen: Seen) -> list[str]:
    found: list[str] = []
    known = frozenset(name for name, _ in next(iter(meant.observations)))
    unknown = {n for n in seen.names - known if not _beyond(n)}
    if unknown:
        found.append(f"slots that the meaning does not know: {sorted(unknown)}")
    names = seen.names & known
    ours, theirs = projected(meant.observations, names), projected(seen.observations, names)
    if not meant.bounds and not _same(ours, theirs, names):
        found += [f"only by the meaning: {_nearest(o, theirs)}" for o in list(ours - theirs)[:2]]
        found += [f"only lowered: {_nearest(o, ours)}" for o in list(theirs - ours)[:2]]
    for what in ("reports", "stuck", "leaks"):
        if getattr(meant, what) != getattr(seen, what):
            found.append(f"{what}: {getattr(meant, what)} meant, {getattr(seen, what)} lowered")
    if bool(meant.bounds) != bool(seen.bounds):
        found.append(f"bounds: {set(meant.bounds)} meant, {set(seen.bounds)} lowered")
    return found


def _beyond(name: str) -> bool:
    """Slots the meaning has no word for: of the task of ``init``, places that no run allocates."""
    return name.startswith("init.") or "[init]" in name or "#" in name


def _same(
    ours: frozenset[Observation], theirs: frozenset[Observation], names: frozenset[str]
) -> bool:
    """Whether both saw the same.

    A birth or a death that nobody else looks at is no step of its own when lowered (semantics
    1.6), so that lives may seem to change together with something else.
    """
    lasting = frozenset(n for n in names if not n.startswith("life of "))
    return ours == theirs or projected(ours, lasting) == projected(theirs, lasting)


def _nearest(odd: Observation, others: frozenset[Observation]) -> str:
    """An observation that the others have not, and how it differs from the most similar."""
    near = min(others or [frozenset()], key=lambda other: len(odd ^ other))
    return f"{sorted(odd, key=str)}, nearest differs in {sorted(odd - near, key=str)}"


def _asked(program: Program) -> frozenset[str]:
    """Words in the checks."""
    texts = [program.sources[c.span.file].text_of(c.subject.span) for c in program.checks]
    return frozenset(re.findall(r"\w+", " ".join(texts)))


def _reduced(seen: Seen, less: Seen, asked: frozenset[str]) -> list[str]:
    """Reductions may hide what nobody looks at, and show nothing new.

    That what a check looks at is not hidden shows in its verdict.
    """
    found: list[str] = []
    common = seen.names & less.names
    names = frozenset(n for n in common if re.findall(r"[A-Za-z_]\w*", n)[-1] in asked)
    if "live" not in asked:
        names = frozenset(n for n in names if not n.startswith("life of "))
    if not seen.bounds:
        more = projected(less.observations, names) - projected(seen.observations, names)
        found += [f"only reduced: {sorted(o, key=str)}" for o in list(more)[:1]]
    lost, gained = sorted(seen.reports - less.reports), sorted(less.reports - seen.reports)
    if lost or gained:
        found.append(f"reports: lost {lost}, gained {gained} by reductions")
    for what in ("stuck", "leaks"):
        if getattr(less, what) != getattr(seen, what):
            found.append(f"{what}: {getattr(seen, what)} unreduced, {getattr(less, what)} reduced")
    kept = {b for b in seen.bounds if not b.startswith(("a value outside", "an unsigned"))}
    if not kept <= less.bounds <= seen.bounds:
        found.append(f"bounds: {set(seen.bounds)} unreduced, {set(less.bounds)} reduced")
    return found
