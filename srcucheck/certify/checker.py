# SPDX-License-Identifier: MIT
"""Judges a certificate: one look at each state and its steps, and no search.

What is believed is this room, the reference interpreter, and the way from the text to the system.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from srcucheck.base.diagnostic import ModelError
from srcucheck.certify.begins import begun, check_of, frames_of, inside, true
from srcucheck.certify.read import Refused
from srcucheck.check.certificate import Certificate, Claim, Closed, Progress, Run, Tree
from srcucheck.check.interpreter import Outcome, outcomes
from srcucheck.check.replay import InternalError, check_refutes, is_rest, leaked, replay
from srcucheck.ir.system import (
    Check,
    Completes,
    Invariant,
    LeadsTo,
    NoHang,
    NoLeak,
    Question,
    Reachable,
    Reported,
    Settles,
    State,
    System,
)

Told = Callable[[int, int], None]
"""Is told how many states of how many were looked at."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A state of the set: its number, who is owed a step, whom a lock promises one, its steps
    as (thread, outcome, number of the state after it).
    """

    number: int
    state: State
    owed: int
    strong: int
    reports: frozenset[str]
    bounds: frozenset[str]
    steps: Sequence[tuple[int, Outcome, int | None]]


@dataclass(slots=True)
class _Case:
    """A claim on trial; ``regions`` are the places where no run may stay: frames, with trees."""

    claim: Claim
    check: Check
    regions: Sequence[tuple[int | None, Tree | None]] = ()


def refusals(
    system: System, certificate: Certificate, told: Told, *, vacuous: bool = False
) -> list[str | None]:
    """For each claim why it is refused, or None.

    ``vacuous``: that there is nothing to judge is no reason.
    """
    found: list[str | None] = []
    open_: dict[int, _Case] = {}
    for place, claim in enumerate(certificate.claims):
        try:
            case = _begin(system, claim, vacuous)
            found.append(None)
            if not isinstance(claim.proof, Run):
                open_[place] = case
        except (Refused, InternalError) as error:
            found.append(str(error))
    try:
        for seen in _looks(system, certificate.states, told) if open_ else ():
            for place, case in list(open_.items()):
                why = _flaw(system, certificate.states, case, seen)
                if why is not None:
                    found[place] = f"{why}: {_words(system, seen.state)}"
                    del open_[place]
            if not open_:
                break
    except (Refused, LookupError, OverflowError, ModelError) as error:
        why = str(error) if isinstance(error, Refused) else "a state is none of the model"
        found = [why if place in open_ else other for place, other in enumerate(found)]
    return found


def _begin(system: System, claim: Claim, vacuous: bool) -> _Case:
    """What is to be shown, and that the proof is of the right kind and not about nothing."""
    check = check_of(system, claim)
    question, proof = check.question, claim.proof
    reachable, for_ever = isinstance(question, Reachable), _for_ever(question)
    if isinstance(proof, Run):
        fits = claim.verdict == ("holds" if reachable else "fails")
    elif isinstance(proof, Closed):
        fits = not for_ever and (claim.verdict == "fails") == reachable
    else:
        fits = for_ever and claim.verdict != "fails"
    if not fits or bool(claim.bounds) != (claim.verdict == "holds_up_to"):
        raise Refused("this is no proof of what is claimed")
    if isinstance(proof, Run):
        trace = replay(system, proof.schedule, proof.property)
        if isinstance(question, NoLeak):
            last = trace.steps[-1].after if trace.steps else trace.first
            trace = replace(trace, leaked=leaked(system, question.excepted, last))
        check_refutes(system, question, trace)
        return _Case(claim, check)
    if not vacuous and not begun(system, check, proof.witness):
        raise Refused("no run is given that leads to what there is to judge")
    trees = {t.frame: t for t in proof.trees} if isinstance(proof, Progress) else {}
    of_frames = isinstance(question, Completes | NoHang)
    frames: Sequence[int | None] = frames_of(system, check) if of_frames else (None,)
    return _Case(claim, check, [(f, trees.get(f)) for f in frames])


def _for_ever(question: Question) -> bool:
    """Whether it is about what happens in the end, so that a closed set alone is no proof."""
    match question:
        case Completes() | Settles() | LeadsTo():
            return True
        case NoHang(deadlock_only):
            return not deadlock_only
        case Reported() | Invariant() | Reachable() | NoLeak():
            return False
        case _:
            assert_never(question)


def _looks(system: System, states: Sequence[State], told: Told) -> Iterator[_Seen]:
    """Each state with its steps; runs begin in the set, and no step leads out of it."""
    numbers = {state: number for number, state in enumerate(states)}
    for place, initial in enumerate(system.initial):
        if initial.state not in numbers:
            raise Refused(f"initial state {place} is not in the set")
    for number, state in enumerate(states):
        if number % 256 == 0:
            told(number, len(states))
        owed = strong = 0
        steps: list[tuple[int, Outcome, int | None]] = []
        for thread in system.threads:
            for choice, way in enumerate(outcomes(system, state, thread.number)):
                target = None if way.successor is None else numbers.get(way.successor)
                if target is None and way.successor is not None:
                    out = f"choice {choice} of {thread.name} leads out of the set"
                    raise Refused(f"{out}: {_words(system, state)}")
                owed |= way.owed << thread.number
                strong |= way.strong << thread.number
                steps.append((thread.number, way, target))
        reports = frozenset(name for _, way, _ in steps for name, _ in way.reports)
        bounds = frozenset(way.bound[0] for _, way, _ in steps if way.bound is not None)
        yield _Seen(number, state, owed, strong, reports, bounds, steps)


def _flaw(system: System, states: Sequence[State], case: _Case, seen: _Seen) -> str | None:
    """What keeps a state from being as claimed."""
    question, state = case.check.question, seen.state
    if not seen.bounds.issubset(case.claim.bounds):
        return f"a bound of the model is reached, {', '.join(sorted(seen.bounds))}"
    danger, resting = case.check.danger, False
    if isinstance(question, NoLeak):
        resting = any(state[heap.life] == 1 for heap in system.heap) and is_rest(system, state)
    looked = resting or isinstance(question, Invariant | Reachable | Settles | LeadsTo)
    if looked and danger is not None and true(danger, state):
        return "the check reads what is not there"
    match question:
        case Reported(properties):
            reported = seen.reports.intersection(properties)
            return f"{min(reported)} is reported" if reported else None
        case Invariant(good):
            return None if true(good, state) else "a state is not a good one"
        case Reachable(goal):
            return "a state is the goal" if true(goal, state) else None
        case NoLeak(excepted):
            return "something leaks" if resting and leaked(system, excepted, state) else None
        case NoHang(deadlock_only=True):
            hangs = any(inside(system, case.check, f, state) for f in frames_of(system, case.check))
            return "nobody is owed a step" if hangs and not seen.owed else None
        case Completes() | NoHang() | Settles() | LeadsTo():
            flaws = (_stays(system, states, case.check, f, tree, seen) for f, tree in case.regions)
            return next((why for why in flaws if why is not None), None)
        case _:
            assert_never(question)


def _stays(
    system: System,
    states: Sequence[State],
    check: Check,
    frame: int | None,
    tree: Tree | None,
    seen: _Seen,
) -> str | None:
    """What keeps a state's place in a tree from showing that no fair run stays."""
    if tree is None or not tree.of[seen.number]:
        return "no node of a tree" if inside(system, check, frame, seen.state) else None
    question, own = check.question, tree.of[seen.number] - 1
    node = tree.nodes[own]
    match node.why:
        case "just":
            fits = bool(seen.owed >> node.thread & 1)
        case "comp":
            fits = bool(seen.strong >> node.thread & 1)
        case "good":
            fits = isinstance(question, Settles) and true(question.good, seen.state)
        case _:
            assert_never(node.why)
    if not fits:
        return f"not {node.why} as the tree has it"
    for thread, way, target in seen.steps:
        if target is None or frame in way.ends:
            continue
        if not tree.of[target]:
            if isinstance(question, LeadsTo) and not true(question.goal, states[target]):
                return "a promise is forgotten"
        elif not _goes_on(tree, own, tree.of[target] - 1, thread):
            return f"a step of {system.threads[thread].name} makes no progress"
    return None


def _goes_on(tree: Tree, before: int, after: int, thread: int) -> bool:
    """Whether a step leads to an earlier node, or stays and is not one of the node's thread."""
    for here, there in zip(tree.way_to(before), tree.way_to(after), strict=False):
        if here != there:
            return there < here
        if tree.nodes[here].thread == thread:
            return False
    return True


def _words(system: System, state: State) -> str:
    pairs = zip(system.slots, state, system.initial[0].state, strict=True)
    named = [f"{slot.name}={value}" for slot, value, first in pairs if value != first]
    return ", ".join(named[:12]) + (", .." if len(named) > 12 else "") or "the initial state"
