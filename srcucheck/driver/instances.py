# SPDX-License-Identifier: MIT
"""Any number of cells: views prove it from one on, small instances are run to the end.

A verdict ``holds`` needs both: the instances with no cell and with one run in full by the ordinary
engine, and the views for the others.  A verdict ``fails`` is that of an instance, the least that
shows it, with its replayed run; what only the views see is unknown.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from srcucheck.base.budget import Budget
from srcucheck.check.engine import Answers
from srcucheck.check.pairs import CELLS, Pairs
from srcucheck.check.report import AnyNumber, Figures
from srcucheck.check.verdict import Fails, Holds, HoldsUpTo, Unknown, Verdict
from srcucheck.driver.least import least
from srcucheck.driver.placed import located
from srcucheck.ir.system import Check, Reachable, System
from srcucheck.lang.program import Program
from srcucheck.views.judge import Findings, Open, Proved, judge
from srcucheck.views.shape import unlike

ALWAYS = 1
"""Instances with no more cells than this are always run."""

MOST = 4
"""The largest instance that is tried."""

PAIRS, STATES = 200_000, 150_000
"""Limits of a closed set, and of an instance that is not always run."""

CHEAP = 500
"""States of the last instance; then one more is run though all is proved."""

Lower = Callable[[int, str], System]
"""The system with so many cells; the param whose cells are wanted, or empty."""

Run = Callable[[System, Budget], Answers]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Verdicts by the place of a check, and the number of cells that their runs have."""

    system: System
    verdicts: Mapping[int, Verdict]
    numbers: Mapping[int, int]
    figures: Figures
    how: AnyNumber
    bounds: tuple[str, ...]
    pairs: Pairs | None
    """What the views have shown, if a certificate was asked for."""
    instances: Mapping[int, tuple[System, Answers]]


@dataclass(slots=True)
class Task:
    """One variant, for any value of one param."""

    param: str
    program: Program
    lower: Lower
    run: Run
    budget: Budget
    proofs: bool = False
    """Whether a certificate will be written."""

    def outcome(self) -> Outcome:
        """The verdicts."""
        system = self.lower(CELLS, self.param)
        findings = self._findings(system)
        needs = [least(self.program, self.param, c) for c in system.checks]
        instances: dict[int, tuple[System, Answers]] = {}
        for number in range(MOST + 1):
            if not self._worth(number, system, findings, instances, needs):
                break
            instances[number] = self._instance(number, needs)
        return self._join(system, findings, instances, needs)

    # --- views ------------------------------------------------------------------------------------

    def _findings(self, system: System) -> Findings:
        """What the views prove; nothing if the text or the shape of the system forbids it."""
        why = self._forbidden(system)
        if why is not None:
            return Findings((Open(why),) * len(system.checks), 0, False)
        with _limited(self.budget, PAIRS):
            found = judge(system, self.budget, proofs=self.proofs)
        checks = tuple(
            Open(located(f.why, f.span, self.program.sources)) if isinstance(f, Open) else f
            for f in found.checks
        )
        return replace(found, checks=checks)

    def _forbidden(self, system: System) -> str | None:
        replicas = system.replicas
        assert replicas is not None
        head = f"not for any {self.param}"
        if replicas.stops:
            span, why = replicas.stops[0]
            return located(f"{head}: {why}", span, self.program.sources)
        if not any(cell >= 0 for cell in (*replicas.threads, *replicas.slots)):
            return f"{head}: no thread and no array has {self.param} of them"
        others = [self.lower(n, self.param) for n in (CELLS - 1, CELLS + 1)]
        for other in others:
            differs = unlike(system, other)
            if differs is not None:
                return f"{head}: {differs}"
        return None

    # --- instances --------------------------------------------------------------------------------

    def _worth(
        self,
        number: int,
        system: System,
        findings: Findings,
        instances: Mapping[int, tuple[System, Answers]],
        needs: Sequence[int],
    ) -> bool:
        """Whether to run the instance with so many cells."""
        if number <= ALWAYS:
            return True
        last = instances[number - 1][1].figures
        if not last.complete or self.budget.exceeded(0) is not None:
            return False
        if last.states < CHEAP:
            return True
        return last.states < STATES // 10 and any(
            self._open(place, check, findings, instances, needs)
            for place, check in enumerate(system.checks)
            if not check.standing
        )

    def _open(
        self,
        place: int,
        check: Check,
        findings: Findings,
        instances: Mapping[int, tuple[System, Answers]],
        needs: Sequence[int],
    ) -> bool:
        """Whether nothing is known of a check yet."""
        shown = _shown(place, check, instances, needs)
        return shown is None and isinstance(findings.checks[place], Open)

    def _instance(self, number: int, needs: Sequence[int]) -> tuple[System, Answers]:
        system = self.lower(number, "")
        kept = tuple(c for c, least in zip(system.checks, needs, strict=True) if least <= number)
        with _limited(self.budget, STATES if number > ALWAYS else None):
            answers = self.run(replace(system, checks=kept), self.budget)
        places = [n for n, least in enumerate(needs) if least <= number]
        verdicts = {place: answers.verdicts[at] for at, place in enumerate(places)}
        proofs = answers.proofs
        if proofs is not None:
            proofs = replace(proofs, of={places[at]: proof for at, proof in proofs.of.items()})
        return system, replace(answers, verdicts=verdicts, proofs=proofs)

    # --- both together ----------------------------------------------------------------------------

    def _join(
        self,
        system: System,
        findings: Findings,
        instances: Mapping[int, tuple[System, Answers]],
        needs: Sequence[int],
    ) -> Outcome:
        verdicts: dict[int, Verdict] = {}
        numbers: dict[int, int] = {}
        for place, check in enumerate(system.checks):
            shown = _shown(place, check, instances, needs)
            if shown is not None:
                numbers[place] = shown
                verdicts[place] = instances[shown][1].verdicts[place]
            else:
                verdicts[place] = self._unshown(place, check, findings, instances, needs)
        answers = [a for _, a in instances.values()]
        bounds = dict.fromkeys(b for a in answers for b in a.bounds)
        complete = tuple(n for n, (_, a) in instances.items() if a.figures.complete)
        figures = Figures(
            sum(a.figures.states for a in answers),
            sum(a.figures.transitions for a in answers),
            max(a.figures.depth for a in answers),
            sum(a.figures.seconds for a in answers),
            max(a.figures.bits for a in answers),
            not any(isinstance(v, Unknown) and not v.vacuous for v in verdicts.values()),
        )
        systems = {n: instances[n][0] for n in set(numbers.values())}
        how = AnyNumber(self.param, findings.pairs, findings.for_ever, complete, systems)
        return Outcome(
            system, verdicts, numbers, figures, how, tuple(bounds), findings.proof, instances
        )

    def _unshown(
        self,
        place: int,
        check: Check,
        findings: Findings,
        instances: Mapping[int, tuple[System, Answers]],
        needs: Sequence[int],
    ) -> Verdict:
        """The verdict of a check that no instance decides alone."""
        finding = findings.checks[place]
        found = [a.verdicts[place] for n, (_, a) in instances.items() if n >= needs[place]]
        must = [instances[n][1].verdicts[place] for n in range(needs[place], ALWAYS + 1)]
        if isinstance(finding, Open):
            tried = ", ".join(str(n) for n in instances)
            return Unknown(f"{finding.why}; {self.param} = {tried}: not refuted")
        assert isinstance(finding, Proved)
        reachable = isinstance(check.question, Reachable)
        for verdict in must:
            if isinstance(verdict, Unknown) and not verdict.vacuous:
                return verdict
        bounds = dict.fromkeys(finding.bounds)
        for verdict in found:
            if isinstance(verdict, HoldsUpTo):
                bounds |= dict.fromkeys(verdict.bounds)
        if reachable:
            text = "; ".join(bounds)
            return (
                Unknown(f"not reached within the model's bounds: {text}") if bounds else Fails(None)
            )
        vacuous = [v for v in found if isinstance(v, Unknown) and v.vacuous]
        if len(vacuous) == len(found):
            return vacuous[0] if vacuous else Unknown("nothing was judged", vacuous=True)
        return HoldsUpTo(tuple(bounds)) if bounds else Holds(None)


@contextmanager
def _limited(budget: Budget, states: int | None) -> Iterator[None]:
    """Fewer states for a while; the budget stays the one that Ctrl-C knows."""
    before = budget.states
    if states is not None:
        budget.states = min(states, before or states)
    try:
        yield
    finally:
        budget.states = before


def _shown(
    place: int,
    check: Check,
    instances: Mapping[int, tuple[System, Answers]],
    needs: Sequence[int],
) -> int | None:
    """The least number of cells whose instance has a run that decides a check."""
    for number, (_, answers) in instances.items():
        if number < needs[place]:
            continue
        match answers.verdicts[place]:
            case Fails(trace=trace) if trace is not None:
                return number
            case Holds(witness=witness) if isinstance(check.question, Reachable):
                return number if witness is not None else None
            case _:
                pass
    return None
