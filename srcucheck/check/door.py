# SPDX-License-Identifier: MIT
"""What comes in from an engine: accepted, weakened, or an internal error.

An engine that answers unknown, late, truncated or wrong must never become a pass.  A missing
verdict is unknown; a proof needs a complete search and a certificate that holds where it is
probed; a failure needs a run that the reference interpreter replays and that refutes what was
asked.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from srcucheck.check.closed import hole
from srcucheck.check.engine import Answers
from srcucheck.check.interpreter import outcomes
from srcucheck.check.replay import InternalError, check_refutes, replay
from srcucheck.check.trace import Trace
from srcucheck.check.verdict import (
    ClosedSet,
    Fails,
    Holds,
    HoldsUpTo,
    SymbolicProof,
    Unknown,
    Verdict,
)
from srcucheck.ir.evaluate import evaluate, evaluate_shared
from srcucheck.ir.system import (
    Check,
    Initial,
    Invariant,
    Question,
    Reachable,
    Reported,
    State,
    System,
)

_PROBES = 4
"""Half the number of states of a certificate whose successors are looked at."""

_WALKED = 16
"""Initial states from which steps are taken to try an invariant."""

Probed = dict[int, list[tuple[State, frozenset[str]]]]
"""By certificate: the states that were looked at, and what steps from them report."""


def accept(system: System, answers: Answers) -> Answers:
    """The answers as far as they can be believed.

    Raises:
        InternalError: a verdict for no check; a run that does not replay; a proof that is wrong.
    """
    strange = sorted(set(answers.verdicts).difference(range(len(system.checks))))
    if strange:
        raise InternalError(f"the engine judged check {strange[0]}, which there is not")
    probed: Probed = {}
    verdicts: dict[int, Verdict] = {}
    for place, check in enumerate(system.checks):
        verdict = answers.verdicts.get(place)
        if verdict is None:
            verdicts[place] = Unknown("the engine gave no verdict")
        else:
            verdicts[place] = _one(system, answers, check, verdict, probed)
    return replace(answers, verdicts=verdicts)


def _one(
    system: System,
    answers: Answers,
    check: Check,
    verdict: Verdict,
    probed: Probed,
) -> Verdict:
    """One verdict, believed or weakened."""
    reachable = isinstance(check.question, Reachable)
    match verdict:
        case Unknown():
            return verdict
        case Fails(None, certificate=certificate):
            if not reachable:
                raise InternalError(f"{check.name}: a failure without a run")
            if isinstance(certificate, SymbolicProof):
                walk(system, check, certificate)
                return verdict
            if not answers.figures.complete:
                return Unknown("not found, but the search was not complete")
            if answers.bounds:
                return Unknown(f"not found within the model's bounds: {'; '.join(answers.bounds)}")
            return verdict
        case Fails(trace, _, more):
            if reachable:
                raise InternalError(
                    f"{check.name}: a run does not refute that something is reached"
                )
            for one in (trace, *more):
                if one is None:
                    raise InternalError(f"{check.name}: a failure without a run")
                replays(system, check.question, one)
            return verdict
        case Holds(certificate, witness):
            if reachable:
                if witness is None:
                    raise InternalError(f"{check.name}: reached, but not shown")
                replays(system, check.question, witness)
                return verdict
            if isinstance(certificate, SymbolicProof):
                walk(system, check, certificate)
                return HoldsUpTo(answers.bounds, certificate) if answers.bounds else verdict
            if not answers.figures.complete:
                return Unknown("the search was not complete")
            if certificate is None:
                raise InternalError(f"{check.name}: a proof without a certificate")
            probe(system, check, certificate, probed)
            return HoldsUpTo(answers.bounds) if answers.bounds else verdict
        case HoldsUpTo(bounds, certificate):
            if bounds and isinstance(certificate, SymbolicProof):
                walk(system, check, certificate)
                return verdict
            if not answers.figures.complete:
                return Unknown("the search was not complete")
            if not bounds:
                raise InternalError(f"{check.name}: holds up to nothing")
            return verdict
        case _:
            assert_never(verdict)


def replays(system: System, question: Question, trace: Trace) -> None:
    """Checks that the trace is what its schedule does, and that it refutes the question.

    Raises:
        InternalError: it is not, or does not.
    """
    again = replay(system, trace.schedule, trace.property)
    if (again.first, again.steps) != (trace.first, trace.steps):
        raise InternalError(f"{trace.property}: the run that was given is not the one replayed")
    check_refutes(system, question, trace)


def probe(system: System, check: Check, certificate: ClosedSet, probed: Probed) -> None:
    """Looks at a few states of a closed set: is it closed there, and is nothing bad in them?

    Raises:
        InternalError: it is no proof.
    """
    if id(certificate) not in probed:
        some = _spread(system.initial, certificate)
        why = hole(system, certificate, some)
        if why is not None:
            raise InternalError(f"{check.name}: the certificate is not closed: {why}")
        probed[id(certificate)] = [(state, _reports(system, state)) for state in some]
    for state, reported in probed[id(certificate)]:
        _not_bad(check, state, reported)


def walk(system: System, check: Check, proof: SymbolicProof) -> None:
    """Takes a few steps from the initial states: are they all in the invariants, and none bad?

    Raises:
        InternalError: it is no proof.
    """
    if not proof.parts:
        raise InternalError(f"{check.name}: a proof without an invariant")
    seen = dict.fromkeys(initial.state for initial in system.initial)
    for state in list(seen)[:_WALKED]:
        seen |= dict.fromkeys(_successors(system, state))
    for state in [*seen, *dict.fromkeys(s for one in seen for s in _successors(system, one))]:
        for part in proof.parts:
            if part.k and len(part.names) == len(system.slots):
                if not evaluate_shared(part.formula, state, {}):
                    raise InternalError(f"{check.name}: a run leaves the invariant")
        _not_bad(check, state, _reports(system, state))


def _successors(system: System, state: State) -> list[State]:
    return [
        outcome.successor
        for thread in range(len(system.threads))
        for outcome in outcomes(system, state, thread)
        if outcome.successor is not None
    ]


def _not_bad(check: Check, state: State, reported: frozenset[str]) -> None:
    """Raises if a state that is said to be reachable refutes what was proved of it."""
    match check.question:
        case Invariant(good) if not evaluate(good, state, {}):
            raise InternalError(f"{check.name}: the certificate has a bad state")
        case Reachable(goal) if evaluate(goal, state, {}):
            raise InternalError(f"{check.name}: the certificate has the goal in it")
        case Reported(properties) if reported & set(properties):
            raise InternalError(f"{check.name}: a state of the certificate reports it")
        case _:
            pass


def _spread(initial: Iterable[Initial], certificate: ClosedSet) -> list[State]:
    """The initial states and some others, the same in each run."""
    some = [one.state for one in initial][:_PROBES]
    for state in certificate.states:
        if len(some) >= 2 * _PROBES:
            break
        some.append(state)
    return some


def _reports(system: System, state: State) -> frozenset[str]:
    """Properties that some step from the state reports."""
    return frozenset(
        name
        for thread in range(len(system.threads))
        for outcome in outcomes(system, state, thread)
        for name, _ in outcome.reports
    )
