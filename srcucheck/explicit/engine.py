# SPDX-License-Identifier: MIT
"""The explicit engine: explores all states once, then answers every check from what it saw."""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import assert_never

from srcucheck.base.budget import Budget, Listener, Spent
from srcucheck.check.certificate import Proof, Proofs
from srcucheck.check.engine import Answers
from srcucheck.check.replay import check_refutes, leaked, replay, stays_in
from srcucheck.check.report import Figures
from srcucheck.check.shrink import shrink
from srcucheck.check.trace import Trace
from srcucheck.check.verdict import ClosedSet, Fails, Holds, HoldsUpTo, Unknown, Verdict
from srcucheck.explicit.fate import Point, point_of_no_return
from srcucheck.explicit.graph import Graph
from srcucheck.explicit.hunt import Hunter, Quarry, region
from srcucheck.explicit.search import bits_as_they_occur, search
from srcucheck.explicit.waitfor import wait_for
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


class Explicit:
    """Complete for finite systems; what a budget cuts is unknown.

    With ``proofs`` it also makes what a certificate needs, as far as the budget goes.
    """

    name = "explicit"

    def __init__(self, *, proofs: bool = False) -> None:
        self._proofs = proofs

    def judge(self, system: System, budget: Budget, listener: Listener) -> Answers:
        """A verdict for every check.

        Raises:
            ModelError: a loop inside ``atomic`` does not end; a check reads a dead object.
            InternalError: a counterexample does not replay.
        """
        began = time.monotonic()
        graph = search(system, budget, listener)
        judge = _Judge(graph, time.monotonic() - began)
        verdicts: dict[int, Verdict] = {}
        for place, check in enumerate(system.checks):
            verdicts[place] = judge.in_time(check, budget)
        figures = Figures(
            states=len(graph.states),
            transitions=graph.transitions,
            depth=graph.depth,
            seconds=time.monotonic() - began,
            bits=bits_as_they_occur(graph),
            complete=graph.stopped is None,
        )
        proofs = self._prove(judge, verdicts, budget) if self._proofs else None
        return Answers(verdicts, figures, frozenset(graph.executed), graph.bounds, proofs)

    def _prove(self, judge: "_Judge", verdicts: Mapping[int, Verdict], budget: Budget) -> Proofs:
        """A proof of each verdict, while there is time."""
        from srcucheck.explicit.proofs import Prover

        graph, prover = judge.graph, Prover(judge.hunter, budget)
        found: dict[int, Proof] = {}
        with suppress(Spent):
            for place, check in enumerate(graph.system.checks):
                proof = prover.proof(check, verdicts[place])
                if proof is not None:
                    found[place] = proof
        return Proofs(graph.states, found)


class _Judge:
    """Turns what a hunter finds into verdicts."""

    def __init__(self, graph: Graph, searched: float) -> None:
        self.graph = graph
        self.searched = searched
        """Seconds."""
        self.judged = False
        self.late: str | None = None
        """Why the judging of one check was broken off."""
        self.system = graph.system
        self.hunter = Hunter(graph)
        self.views: dict[frozenset[int], Hunter] = {}
        self.runs: dict[tuple[object, ...], Trace] = {}
        self.certificate: ClosedSet | None = None

    def in_time(self, check: Check, budget: Budget) -> Verdict:
        """The verdict of one check, if that does not take too long.

        A search that was cut is judged by what it saw, in as much time again as it took.
        """
        late = budget.exceeded(0) if self.judged and self.graph.stopped is None else None
        self.judged = True
        if late is None and self.late is None:
            try:
                with budget.enforced(self.searched if self.graph.stopped else 0.0):
                    return self.verdict(check)
            except Spent as error:
                self.late = str(error)
        seen = "all states are known" if self.graph.stopped is None else self.cut()
        return Unknown(f"{seen}, but not judged: {late or self.late}", unjudged=True)

    def verdict(self, check: Check) -> Verdict:
        """The verdict of one check."""
        found = self.hunter.hunt(check)
        if isinstance(check.question, Reachable):
            return self.reachable(check, found)
        if found:
            return self.fails(check, found)
        return self.not_refuted(self.vacuous(check))

    def reachable(self, check: Check, found: list[Quarry]) -> Verdict:
        """``reachable``: a run that shows it, or a complete search that does not."""
        if found:
            return Holds(None, self.trace(check, found[0]))
        if self.graph.stopped is not None:
            return Unknown(self.cut())
        if self.graph.bounds:
            return Unknown(f"not reached within the model's bounds: {_list(self.graph.bounds)}")
        return Fails(None)

    def not_refuted(self, vacuous: str | None) -> Verdict:
        """The verdict where nothing refutes the check."""
        bounds = self.graph.bounds
        if self.graph.stopped is not None:
            return Unknown(self.cut())
        if vacuous is not None:
            if bounds:
                vacuous += f" (within the model's bounds: {_list(bounds)})"
            return Unknown(vacuous, vacuous=True)
        return HoldsUpTo(bounds) if bounds else Holds(self.closed())

    def closed(self) -> ClosedSet:
        """The certificate, made once."""
        if self.certificate is None:
            self.certificate = ClosedSet(frozenset(self.graph.index))
        return self.certificate

    def cut(self) -> str:
        """Why a cut search proves nothing."""
        graph = self.graph
        return (
            f"{graph.stopped}: {len(graph.states):,} states and {graph.transitions:,} steps seen, "
            f"{len(graph.states) - graph.expanded:,} states not looked at"
        )

    # --- failures -----------------------------------------------------------------------------

    def fails(self, check: Check, found: list[Quarry]) -> Fails:
        """The failure: the shortest trace first, then those of the other members of a family."""
        traces = [self.trace(check, quarry) for quarry in found]
        order = sorted(range(len(traces)), key=lambda k: (len(traces[k].steps), k))
        main, *more = (traces[k] for k in order)
        return Fails(main, self.only_after(check, main), tuple(more))

    def only_after(self, check: Check, trace: Trace) -> str | None:
        """The report that must come first, if the check fails in no run without another's report.

        Judged again with all other reporting steps turned into bounds: enabled, owed, without
        successor.  Deleting them instead would invent deadlocks.
        """
        question = check.question
        own = frozenset(question.properties) if isinstance(question, Reported) else frozenset()
        before = trace.steps[:-1] if own else trace.steps
        others = [name for step in before for name, _ in step.reports if name not in own]
        if not others:
            return None
        banned = frozenset(k for k, la in enumerate(self.graph.labels) if la.reports - own)
        if banned not in self.views:
            self.views[banned] = self.hunter.view(self.graph.without(banned))
        return None if self.views[banned].hunt(check) else others[0]

    def trace(self, check: Check, quarry: Quarry) -> Trace:
        """The best run, replayed and checked by the reference interpreter."""
        trace = self.explained(check, self.run(quarry))
        check_refutes(self.system, check.question, trace)
        if trace.culprits:
            trace = shrink(self.system, check.question, trace, partial(self.explained, check))
            point = self.too_late(check, trace)
            trace = replace(
                trace, point_of_no_return=point.step, unless=point.unless, lost=point.lost
            )
        return trace

    def run(self, quarry: Quarry) -> Trace:
        """The replayed run; checks that fail in the same places share it."""
        key = quarry.key()
        if key is None or key not in self.runs:
            trace = replay(self.system, quarry.schedule(self.graph))
            if key is not None:
                self.runs[key] = trace
        else:
            trace = self.runs[key]
        return replace(trace, property=quarry.name)

    def too_late(self, check: Check, trace: Trace) -> Point:
        """The first step after which no fair run avoids the hang, unless these threads help."""
        idlers = tuple(link.thread for link in trace.chain if link.status == "owes")
        hang = partial(point_of_no_return, self.hunter, schedule=trace.schedule, idlers=idlers)
        match check.question:
            case Completes(frames):
                return hang(frames, outside_rest=False)
            case NoHang():
                frames = tuple(f.number for f in self.system.frames if f.outermost)
                return hang(frames, outside_rest=True)
            case _:
                return Point()

    def explained(self, check: Check, trace: Trace) -> Trace:
        """The trace with what explains it: the leaks, who hangs."""
        question = check.question
        match question:
            case NoLeak(excepted):
                last = trace.steps[-1].after if trace.steps else trace.first
                return replace(trace, leaked=leaked(self.system, excepted, last))
            case Completes(frames):
                return self.hanging(trace, frames, away_from_rest=False)
            case NoHang():
                frames = tuple(f.number for f in self.system.frames if f.outermost)
                return self.hanging(trace, frames, away_from_rest=True)
            case Reported() | Invariant() | Reachable() | Settles() | LeadsTo():
                return trace
            case _:
                assert_never(question)

    def hanging(self, trace: Trace, frames: tuple[int, ...], *, away_from_rest: bool) -> Trace:
        """The trace with the threads whose activation never ends."""
        stuck = {
            self.system.frames[f].thread
            for f in frames
            if stays_in(self.system, trace, f, away_from_rest=away_from_rest)
        }
        trace = replace(trace, culprits=tuple(sorted(stuck)))
        return replace(trace, chain=wait_for(self.system, trace))

    # --- vacuity ------------------------------------------------------------------------------

    def vacuous(self, check: Check) -> str | None:
        """Why there was nothing to judge, if so."""
        question = check.question
        match question:
            case Completes(frames):
                begun = {f for label in self.graph.labels for f in label.begins}
                begun.update(f for initial in self.system.initial for f in initial.begun)
                return None if begun.intersection(frames) else "the call never begins"
            case NoHang():
                return None if self.any_activation() else "all threads always rest"
            case NoLeak():
                return None if self.hunter.rests() else "no state at rest is ever reached"
            case LeadsTo(trigger, _):
                if trigger is None or self.hunter.where(trigger, True):
                    return None
                return "the first condition is never true"
            case Reported() | Invariant() | Reachable() | Settles():
                return None
            case _:
                assert_never(question)

    def any_activation(self) -> bool:
        """Whether some outermost activation ever begins, or is open away from rest."""
        begun = {f for label in self.graph.labels for f in label.begins}
        begun.update(f for initial in self.system.initial for f in initial.begun)
        if any(self.system.frames[f].outermost for f in begun):
            return True
        for frame in self.system.frames:
            if frame.outermost:
                thread = self.system.threads[frame.thread]
                places = region(thread.locations.values(), frame.number, outside_rest=True)
                if any(state[thread.pc] in places for state in self.graph.states):
                    return True
        return False


def _list(bounds: tuple[str, ...]) -> str:
    return "; ".join(bounds)
