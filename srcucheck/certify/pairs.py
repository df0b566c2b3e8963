# SPDX-License-Identifier: MIT
"""Judges what pairs of the rest and one cell show: one look at each and its steps, no search."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from srcucheck.certify.around import Around
from srcucheck.certify.begins import check_of
from srcucheck.certify.cells import Cells
from srcucheck.certify.checker import Told
from srcucheck.certify.read import Refused
from srcucheck.certify.steps import Step, Steps
from srcucheck.check.certificate import Claim
from srcucheck.check.pairs import AnyCertificate, AnyClaim, Pair, Ranking, Row
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


@dataclass(slots=True)
class _Region:
    """Pairs in which no fair run may stay, and the ranking that is to show it."""

    inside: Callable[[Around, int], bool]
    ranking: Ranking | None
    lasts: Callable[[Step], bool]
    """Whether a run that takes this step may still be in the region."""
    rungs: int
    """So many rungs may be used."""
    good: Callable[[Around, int], bool]
    waits: tuple[int, int] | None = None
    """The thread and location of a rung."""


@dataclass(slots=True)
class _Case:
    """A claim about all numbers of cells, on trial."""

    claim: Claim
    check: Check
    regions: list[_Region] = field(default_factory=list)


def flaws(
    cells: Cells, certificate: AnyCertificate, claims: Iterable[int], told: Told
) -> dict[int, str]:
    """What keeps the pairs from showing these claims for every number of cells from one on."""
    found: dict[int, str] = {}
    cases: dict[int, _Case] = {}
    for place in claims:
        one = certificate.claims[place]
        try:
            cases[place] = _case(cells, certificate, one, check_of(cells.system, one.claim))
        except Refused as refused:
            found[place] = str(refused)
    why = None
    judge = _Judge(cells, certificate, cases, told)
    try:
        judge.look()
    except Refused as refused:
        why = str(refused)
    except (LookupError, OverflowError, TypeError, ValueError):
        why = "a pair is none of the model"
    if why is not None:
        found |= dict.fromkeys(cases, why)
    return found | judge.flaws


def _case(cells: Cells, certificate: AnyCertificate, one: AnyClaim, check: Check) -> _Case:
    """What the pairs have to show of a claim."""
    case = _Case(one.claim, check)
    question, rungs = check.question, len(certificate.rungs)
    frames: Sequence[int] = ()
    match question:
        case Completes(frames):
            pass
        case NoHang():
            frames = [f.number for f in cells.system.frames if f.outermost]
        case Settles():
            ranking = _ranking(certificate, one, -1)
            case.regions = [
                _Region(
                    lambda around, view: True, ranking, lambda step: True, rungs,
                    lambda around, view: around.truths(question.good, view) == {True},
                )
            ]  # fmt: skip
        case LeadsTo():
            raise Refused("this is not shown for any number")
        case NoLeak():
            if cells.system.heap:
                raise Refused("leaks are not looked for, for any number")
        case Reported() | Invariant() | Reachable():
            pass
        case _:
            assert_never(question)
    for frame in dict.fromkeys(cells.frames[f] for f in frames):
        case.regions.append(
            _Region(  # the default binds the loop's frame; mypy cannot type such a lambda
                _in_frame(cells, frame, outside_rest=isinstance(question, NoHang)),
                _ranking(certificate, one, frame),
                lambda step, frame=frame: frame not in step.ends,  # type: ignore[misc]
                rungs,
                lambda around, view: False,
            )
        )
    return case


def _ranking(certificate: AnyCertificate, one: AnyClaim, frame: int) -> Ranking | None:
    number = one.rankings.get(frame)
    return None if number is None else certificate.rankings[number]


def _in_frame(cells: Cells, frame: int, *, outside_rest: bool) -> Callable[[Around, int], bool]:
    thread = cells.system.frames[frame].thread

    def inside(around: Around, view: int) -> bool:
        where = cells.system.threads[thread].locations[around.location(thread, view)]
        away = not where.dead and where.rest == "no"
        return frame in where.frames and (away or not outside_rest)

    return inside


class _Judge:
    """All bases, one after the other."""

    def __init__(
        self, cells: Cells, certificate: AnyCertificate, cases: Mapping[int, _Case], told: Told
    ) -> None:
        self.cells = cells
        self.certificate = certificate
        self.cases = cases
        self.told = told
        self.flaws: dict[int, str] = {}
        self.numbers = {
            (certificate.bases[p.base], p.relations, p.cell): k
            for k, p in enumerate(certificate.pairs)
        }

    def look(self) -> None:
        """Each pair with its steps; runs begin in the set, and no step leads out of it.

        Raises:
            Refused: one does, or a rung is none.
        """
        for place, initial in enumerate(self.cells.system.initial):
            if any(self.number(*pair) is None for pair in self.cells.pairs(initial.state)):
                raise Refused(f"a pair of initial state {place} is not in the set")
        rungs = [self._rung(k) for k in range(len(self.certificate.rungs))]
        done = 0
        for base, pairs in self._bases():
            around = Around(self.cells, base, [(p.relations, p.cell) for _, p in pairs])
            steps = Steps(around, [k for k, _ in pairs], self.number)
            taken = list(steps.all())
            for rung, region in enumerate(rungs):
                why = self._stays(region, steps, taken)
                if why is not None:
                    raise Refused(f"rung {rung}: {why}")
            for place, case in self.cases.items():
                if place not in self.flaws:
                    why = self._flaw(case, steps, taken)
                    if why is not None:
                        self.flaws[place] = why
            done += len(pairs)
            self.told(done, len(self.certificate.pairs))

    def number(self, base: Row, relations: Row, cell: Row) -> int | None:
        """The number of a pair."""
        return self.numbers.get((base, relations, cell))

    def _bases(self) -> Iterator[tuple[Row, list[tuple[int, Pair]]]]:
        """All pairs of each base: cells stand beside each other in them."""
        found: dict[Row, list[tuple[int, Pair]]] = {}
        for k, pair in enumerate(self.certificate.pairs):
            found.setdefault(self.certificate.bases[pair.base], []).append((k, pair))
        yield from found.items()

    def _rung(self, number: int) -> _Region:
        rung = self.certificate.rungs[number]
        thread, location = rung.thread, rung.location
        if self.cells.replicas.threads[thread] >= 0:
            raise Refused("a rung is about a thread of a cell")

        def inside(around: Around, view: int) -> bool:
            if around.location(thread, None) != location:
                return False
            return not around.mine(thread) or around.on(thread, view)

        return _Region(
            inside, rung.ranking, lambda step: step.who != thread, number,
            lambda around, view: False, (thread, location),
        )  # fmt: skip

    def _flaw(self, case: _Case, steps: Steps, taken: Sequence[Step]) -> str | None:
        """What keeps the pairs of a base from being as claimed."""
        check, question, around = case.check, case.check.question, steps.around
        if not steps.bounds <= set(case.claim.bounds):
            return f"a bound of the model is reached, {', '.join(sorted(steps.bounds))}"
        views = range(len(around.views))
        if check.danger is not None:
            if any(True in around.truths(check.danger, view) for view in views):
                return "the check may read what is not there"
        match question:
            case Reported(properties):
                reported = steps.reports.intersection(properties)
                return f"{min(reported)} may be reported" if reported else None
            case Invariant(good):
                bad = any(False in around.truths(good, view) for view in views)
                return "a pair may not be a good one" if bad else None
            case Reachable(goal):
                met = any(True in around.truths(goal, view) for view in views)
                return "a pair may be the goal" if met else None
            case NoLeak() | LeadsTo():
                return None
            case Completes() | NoHang() | Settles():
                flaws = (self._stays(region, steps, taken) for region in case.regions)
                return next((why for why in flaws if why is not None), None)
            case _:
                assert_never(question)

    def _stays(self, region: _Region, steps: Steps, taken: Sequence[Step]) -> str | None:
        """What keeps the pairs of a base from their places in a ranking."""
        ranking, around = region.ranking, steps.around
        for view, number in enumerate(steps.ids):
            if ranking is None or not ranking.of[number]:
                if region.inside(around, view):
                    return "no node of a ranking"
            elif not self._fits(region, ranking, around, view, ranking.of[number] - 1):
                return "a node does not fit its pair"
        if ranking is None:
            return None
        for step in taken:
            before = ranking.of[step.source]
            after = 0 if step.target is None else ranking.of[step.target]
            if before and after and region.lasts(step):
                if not self._goes_on(ranking, before - 1, after - 1, step):
                    return "a step makes no progress"
        return None

    def _fits(self, region: _Region, ranking: Ranking, around: Around, view: int, own: int) -> bool:
        """Whether the reason of a node is there at a pair."""
        node = ranking.nodes[own]
        match node.why:
            case "just":
                if self.cells.tag(node.of) != node.of:
                    return False  # a thread of a cell stands for that of the one that is followed
                alone = region.waits is not None and region.waits[0] == node.of
                return around.owed(node.of, view, alone=alone)
            case "left":
                if node.of >= region.rungs:
                    return False  # it may not rest on itself
                rung = self.certificate.rungs[node.of]
                return around.location(rung.thread, None) == rung.location
            case "good":
                return region.good(around, view)
            case "count":
                return False  # its pairs are in the nodes below
            case _:
                assert_never(node.why)

    def _goes_on(self, ranking: Ranking, before: int, after: int, step: Step) -> bool:
        """Whether a step leads to an earlier node, or stays and lets the reason of its node be."""
        ways = zip(ranking.way_to(before), ranking.way_to(after), strict=False)
        for here, there in ways:
            if here != there:
                return there < here
            node = ranking.nodes[here]
            match node.why:
                case "just":
                    if node.of == step.who:
                        return False
                case "left":
                    if self.certificate.rungs[node.of].thread == step.who:
                        return False
                case "count":
                    if node.of in step.reset:
                        return False
                    if node.of in step.up:
                        return True
                case "good":
                    pass
                case _:
                    assert_never(node.why)
        return True
