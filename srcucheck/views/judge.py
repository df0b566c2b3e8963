# SPDX-License-Identifier: MIT
"""What the pairs prove of each check, for every number of cells from one on."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from srcucheck.base.budget import Budget
from srcucheck.base.span import Span
from srcucheck.check.pairs import Pairs, Ranking
from srcucheck.check.replay import InternalError
from srcucheck.ir.expr import Expr
from srcucheck.ir.system import (
    Check,
    Completes,
    Invariant,
    LeadsTo,
    Location,
    NoHang,
    NoLeak,
    Reachable,
    Reported,
    Settles,
    System,
)
from srcucheck.views.layout import Base, View
from srcucheck.views.live import Liveness
from srcucheck.views.probe import hole
from srcucheck.views.ranking import Region, pairs, ranking
from srcucheck.views.reach import Edge, Reached, reach
from srcucheck.views.run import truths
from srcucheck.views.scene import Scene, made, placements
from srcucheck.views.terms import Stop

SEEN = "the pairs of the rest and one cell do not exclude it"


@dataclass(frozen=True, slots=True)
class Proved:
    """It holds for every number of cells from one on, within ``bounds`` of the model's own."""

    bounds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Open:
    """Not proved: why, and the line that is to blame if there is one."""

    why: str
    span: Span | None = None


Finding = Proved | Open


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found of each check, by its place.

    ``pairs`` is the size of the closed set, 0 if there is none.
    """

    checks: tuple[Finding, ...]
    pairs: int
    for_ever: bool
    """A replicated thread goes on for ever."""
    proof: Pairs | None = None
    """What a certificate needs, if somebody asked for one."""


def judge(system: System, budget: Budget, *, proofs: bool = False) -> Findings:
    """Proves what it can; with ``proofs`` it says how.

    Raises:
        InternalError: the reference interpreter reaches what the closed set does not have.
    """
    checks = system.checks
    try:
        reached = reach(system, budget)
        if reached.stopped is not None:
            why = f"{reached.stopped}: {len(reached.nodes):,} pairs seen"
            return Findings((Open(why),) * len(checks), 0, False)
        seen = hole(reached)
        if seen is not None:
            raise InternalError(f"the views are not closed: {seen}")
        judges = _Judge(reached)
    except Stop as stop:
        where = Open(f"not for any number: {stop.why}", _place(system, stop))
        return Findings((where,) * len(checks), 0, False)
    found: list[Finding] = []
    for check in checks:
        late = budget.exceeded(0)
        if late is not None:
            found.append(Open(late))
            continue
        try:
            found.append(judges.finding(check))
        except Stop as stop:
            found.append(Open(f"not for any number: {stop.why}", _place(system, stop)))
    shown = {at for at, finding in enumerate(found) if isinstance(finding, Proved)}
    proof = judges.proof(shown) if proofs and shown else None
    return Findings(tuple(found), len(reached.nodes), judges.for_ever(), proof)


def _place(system: System, stop: Stop) -> Span | None:
    if stop.span is not None or stop.site is None:
        return stop.span
    return system.sites[stop.site].span


@dataclass(slots=True)
class _Judge:
    """Answers from one closed set."""

    reached: Reached
    _live: Liveness | None = None
    _formulas: dict[int, tuple[Expr, dict[int, frozenset[bool]]]] = field(default_factory=dict)

    @property
    def live(self) -> Liveness:
        """The ladder, climbed once."""
        if self._live is None:
            self._live = Liveness(self.reached)
            self._live.climb()
        return self._live

    def finding(self, check: Check) -> Finding:
        """What is proved of one check."""
        if check.danger is not None:
            if any(True in self.formula(check.danger, n) for n in self.nodes()):
                return Open("it may read what is not there")
        why = self.refuted(check)
        return Proved(tuple(self.reached.bounds)) if why is None else Open(why)

    def nodes(self) -> range:
        """All pairs."""
        return range(len(self.reached.nodes))

    def refuted(self, check: Check) -> str | None:
        """Why a check is not proved, or None if it is."""
        question = check.question
        match question:
            case Reported(properties):
                return SEEN if any(p in self.reached.reports for p in properties) else None
            case Invariant(good):
                return SEEN if any(False in self.formula(good, n) for n in self.nodes()) else None
            case Reachable(goal):
                return SEEN if any(True in self.formula(goal, n) for n in self.nodes()) else None
            case Completes(frames):
                return self.stays(frames, outside_rest=False)
            case NoHang():
                frames = tuple(f.number for f in self.reached.system.frames if f.outermost)
                return self.stays(frames, outside_rest=True)
            case Settles(good):
                bad = {n for n in self.nodes() if False in self.formula(good, n)}
                if not bad:
                    return None
                found = self.live.fair(self.nodes(), lambda _: True, wanted=bad.__contains__)
                return None if found is None else self.lasso(found)
            case NoLeak():
                if not self.reached.system.heap:
                    return None
                return "no_leak with objects on the heap is not judged for any number yet"
            case LeadsTo():
                return "eventually() and leads_to() are not judged for any number yet"
            case _:
                assert_never(question)

    def stays(self, frames: Sequence[int], *, outside_rest: bool) -> str | None:
        """Why a run might stay in one activation of one of these frames for ever."""
        for frame in dict.fromkeys(map(self.reached.frame, frames)):
            found = self.live.fair(*self.region(frame, outside_rest=outside_rest))
            if found is not None:
                return self.lasso(found)
        return None

    def region(self, frame: int, *, outside_rest: bool) -> tuple[list[int], Callable[[Edge], bool]]:
        """Where an activation of a frame is open, and which steps do not end it."""
        live, reached = self.live, self.reached
        who = reached.own_tag(reached.system.frames[frame].thread)
        places = _region(
            reached.system.threads[who].locations.values(), frame, outside_rest=outside_rest
        )
        nodes = [n for n in self.nodes() if live.location(who, n) in places]
        return nodes, lambda e: frame not in e.ends

    def proof(self, shown: Collection[int]) -> Pairs:
        """The closed set, and why no fair run stays where these checks forbid it."""
        rankings: dict[int, dict[int, Ranking]] = {}
        known: dict[tuple[int, bool], Ranking] = {}
        for at in shown:
            match self.reached.system.checks[at].question:
                case Completes(frames):
                    rankings[at] = self._rankings(frames, known, outside_rest=False)
                case NoHang():
                    frames = tuple(f.number for f in self.reached.system.frames if f.outermost)
                    rankings[at] = self._rankings(frames, known, outside_rest=True)
                case Settles(good):

                    def is_good(node: int, good: Expr = good) -> bool:
                        return self.formula(good, node) == {True}

                    rungs = list(self.live.proved)
                    region = Region(self.nodes(), lambda _: True, self.live.must, rungs, is_good)
                    rankings[at] = {-1: ranking(self.live, region)}
                case _:
                    pass
        return pairs(self.reached, self._live, rankings)

    def _rankings(
        self, frames: Sequence[int], known: dict[tuple[int, bool], Ranking], *, outside_rest: bool
    ) -> dict[int, Ranking]:
        found = {}
        for frame in dict.fromkeys(map(self.reached.frame, frames)):
            if (frame, outside_rest) not in known:
                region = self.region(frame, outside_rest=outside_rest)
                whole = Region(*region, self.live.must, list(self.live.proved))
                known[frame, outside_rest] = ranking(self.live, whole)
            found[frame] = known[frame, outside_rest]
        return found

    def lasso(self, members: Sequence[int]) -> str:
        """Says where a run seems to stay."""
        live = self.live
        left = []
        for who, location in sorted(set(live.waits()) - live.proved.keys()):
            if all(live.location(who, n) == location for n in members):
                thread = self.reached.system.threads[who]
                wait = thread.locations[location].wait
                left.append(f"{thread.name} at {wait.text if wait is not None else 'a step'}")
        where = f" ({'; '.join(left)})" if left else ""
        return f"a cell may go round for ever, for all that one cell shows{where}"

    # --- formulas ---------------------------------------------------------------------------------

    def formula(self, expr: Expr, node: int) -> frozenset[bool]:
        """What a formula may be at a pair: cell 0, if it names one, is the cell of the pair."""
        known = self._formulas.setdefault(id(expr), (expr, {}))[1]
        if node not in known:
            place, at = self.reached.nodes[node]
            known[node] = self._truths(expr, place.base, place.views[at], node)
        return known[node]

    def _truths(self, expr: Expr, base: Base, view: View, node: int) -> frozenset[bool]:
        layout = self.reached.layout
        place = self.reached.nodes[node][0]
        found: set[bool] = set()
        for owners in placements(layout, base, view, 0):
            slots, unseen = Scene(layout, base, view, 0, owners, frozenset()).slots()
            for path, truth in truths(layout, slots, unseen, expr):
                if self.reached.may(place, made(path), view, unseen=False):
                    found.add(truth)
        return frozenset(found)

    def for_ever(self) -> bool:
        """Whether a replicated thread may begin anew again and again."""
        live = self.live
        for who in live.own:
            thread = self.reached.system.threads[who]
            if not any(loc.rest == "ended" for loc in thread.locations.values()):
                return True
        return False


def _region(locations: Iterable[Location], frame: int, *, outside_rest: bool) -> frozenset[int]:
    """Where an activation of the frame is open; for a hang, alive and not at rest."""
    return frozenset(
        location.number
        for location in locations
        if frame in location.frames
        and not (outside_rest and (location.dead or location.rest != "no"))
    )
