# SPDX-License-Identifier: MIT
"""Replay: what a schedule does, and whether that refutes what was asked.

Nobody sees a trace that did not go through here.  Both halves use the reference interpreter only,
so they share no code with the engine that found the schedule.
"""

from typing import assert_never

from srcucheck.check.interpreter import location_of, outcomes, owed_and_strong
from srcucheck.check.trace import Schedule, Step, Trace
from srcucheck.ir.evaluate import evaluate
from srcucheck.ir.expr import Expr
from srcucheck.ir.system import (
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
    Thread,
)


class InternalError(Exception):
    """The tool contradicts itself (exit code 70): never a verdict, never a report."""


def replay(system: System, schedule: Schedule, name: str = "") -> Trace:
    """The run of a schedule; ``name`` is the property it speaks of.

    Raises:
        InternalError: a step is not enabled, or hits a bound of the model; the cycle is not closed.
    """
    if not 0 <= schedule.initial < len(system.initial):
        raise InternalError(f"replay: there is no initial state {schedule.initial}")
    first = system.initial[schedule.initial].state
    state = first
    steps: list[Step] = []
    for number, (thread, choice) in enumerate(schedule.steps):
        last = schedule.cycle is None and number + 1 == len(schedule.steps)
        steps.append(take(system, state, thread, choice, number, last=last))
        state = steps[-1].after
    if schedule.cycle is not None:
        if not 0 <= schedule.cycle <= len(steps):
            raise InternalError(f"replay: the cycle begins at {schedule.cycle}")
        if _at(first, steps, schedule.cycle) != state:
            raise InternalError("replay: the cycle does not lead back to where it begins")
    return Trace(name, schedule, first, tuple(steps))


def take(
    system: System, state: State, thread: int, choice: int, number: int, *, last: bool = False
) -> Step:
    """One step of a replay; ``number`` is for the message.

    A ``last`` step may report something and then hit a bound of the model: what it reported came
    first, so it counts; the state is then that before the step.

    Raises:
        InternalError: there is no such step.
    """
    if not 0 <= thread < len(system.threads):
        raise InternalError(f"replay: step {number}: there is no thread {thread}")
    who = system.threads[thread]
    ways = outcomes(system, state, thread)
    if not 0 <= choice < len(ways):
        raise InternalError(f"replay: step {number}: {who.name} has no choice {choice}")
    way = ways[choice]
    after = way.successor
    if after is None and last and way.reports:
        after = state
    if after is None:
        raise InternalError(f"replay: step {number}: {who.name} hits a bound of the model")
    changes = tuple(
        (slot, before, now)
        for slot, (before, now) in enumerate(zip(state, after, strict=True))
        if before != now and system.slots[slot].kind != "pc"
    )
    writes = tuple(w for w in way.writes if system.slots[w[1]].kind != "pc")
    return Step(
        thread, choice, way.way, way.events, way.reports, changes, after, writes, way.reported_at
    )


def states_of(trace: Trace) -> list[State]:
    """The states of a run, the first one included."""
    return [trace.first, *(step.after for step in trace.steps)]


def check_refutes(system: System, question: Question, trace: Trace) -> None:
    """Checks that a replayed run refutes the question (or, for ``Reachable``, shows it).

    Raises:
        InternalError: it does not.
    """
    states = states_of(trace)
    match question:
        case Reported(properties):
            reported = {name for name, _ in trace.steps[-1].reports} if trace.steps else set()
            _demand(trace.property in properties, f"{trace.property} was not asked")
            _demand(trace.property in reported, f"the last step does not report {trace.property}")
        case Invariant(good):
            _demand(not _holds(good, states[-1]), "the last state is a good one")
        case Reachable(goal):
            _demand(_holds(goal, states[-1]), "the last state is not the goal")
        case NoLeak(excepted):
            _demand(is_rest(system, states[-1]), "the last state is no rest")
            leaks = leaked(system, excepted, states[-1])
            _demand(bool(leaks) and leaks == trace.leaked, "the leaks differ")
        case Completes(frames):
            check_lasso(system, trace)
            stuck = {system.frames[f].thread for f in frames if stays_in(system, trace, f)}
            _demand(bool(stuck), "no activation stays open")
            _demand(stuck.issuperset(trace.culprits), "the threads that hang differ")
        case NoHang(deadlock_only):
            check_lasso(system, trace)
            _demand(
                not deadlock_only or trace.schedule.cycle == len(trace.steps),
                "a deadlock has no steps",
            )
            stuck = {
                f.thread
                for f in system.frames
                if f.outermost and stays_in(system, trace, f.number, away_from_rest=True)
            }
            _demand(bool(stuck), "nobody hangs")
            _demand(stuck.issuperset(trace.culprits), "the threads that hang differ")
        case Settles(good):
            check_lasso(system, trace)
            _demand(not all(_holds(good, s) for s in _cycle(trace)), "it settles")
        case LeadsTo(trigger, goal):
            check_lasso(system, trace)
            bad = [not _holds(goal, s) for s in states]
            start = len(bad)
            while start > 0 and bad[start - 1]:
                start -= 1
            tail = states[start:]
            _demand(bool(tail), "the goal is reached")
            if trigger is None:
                _demand(start == 0, "the goal is reached")
            else:
                _demand(any(_holds(trigger, s) for s in tail), "there is no trigger")
        case _:
            assert_never(question)


def check_lasso(system: System, trace: Trace) -> None:
    """Checks that the run is infinite and fair: conditions (4) and (5) of lasso replay.

    (1) and (2), enabled steps and a closed cycle, were checked when it was replayed; (3), what
    stays open or untrue along the cycle, depends on the question.

    Raises:
        InternalError: it is not a fair run.
    """
    cycle = trace.schedule.cycle
    if cycle is None:
        raise InternalError("replay: a finite run was given for an infinite one")
    masks = [owed_and_strong(system, state) for state in _cycle(trace)]
    taken = 0
    for step in trace.steps[cycle:]:
        taken |= 1 << step.thread
    always_owed = (1 << len(system.threads)) - 1
    sometimes_strong = 0
    for owed, strong in masks:
        always_owed &= owed
        sometimes_strong |= strong
    for thread in system.threads:
        bit = 1 << thread.number
        if always_owed & bit and not taken & bit:
            raise InternalError(f"replay: the cycle is not just to {thread.name}")
        if sometimes_strong & bit and not taken & bit:
            raise InternalError(f"replay: the cycle passes {thread.name} over at a lock")


def stays_in(system: System, trace: Trace, frame: int, *, away_from_rest: bool = False) -> bool:
    """Whether the activation is open in each state of the cycle, and no step of it ends it."""
    cycle = trace.schedule.cycle
    if cycle is None:
        return False
    thread = system.threads[system.frames[frame].thread]
    for state in _cycle(trace):
        location = thread.locations[state[thread.pc]]
        if frame not in location.frames:
            return False
        if away_from_rest and (location.dead or location.rest != "no"):
            return False
    state = _at(trace.first, list(trace.steps), cycle)
    for step in trace.steps[cycle:]:
        if step.thread == thread.number:
            way = outcomes(system, state, step.thread)[step.choice]
            if frame in way.ends:
                return False
        state = step.after
    return True


def is_rest(system: System, state: State) -> bool:
    """Whether a leak is judged here: nobody owes, everybody rests, nobody was ended by a bug.

    Users, and interrupts that need not come, must have ended or idle, with nothing to do.
    """
    for thread in system.threads:
        if not _rests(system, state, thread):
            return False
    return owed_and_strong(system, state)[0] == 0


def _rests(system: System, state: State, thread: Thread) -> bool:
    location = location_of(system, state, thread.number)
    if location.dead or location.rest == "no":
        return False
    if not thread.quiet_ok:
        return True
    return location.rest in ("ended", "idle") and not outcomes(system, state, thread.number)


def leaked(system: System, excepted: tuple[Expr, ...], state: State) -> tuple[str, ...]:
    """Names of the live heap objects that are not excepted."""
    kept = {system.addresses.get(evaluate(e, state, {})) for e in excepted}
    return tuple(h.name for h in system.heap if state[h.life] == 1 and h.name not in kept)


def _cycle(trace: Trace) -> list[State]:
    """The states of the cycle, the one where it begins included."""
    return states_of(trace)[trace.schedule.cycle :]


def _at(first: State, steps: list[Step], place: int) -> State:
    return steps[place - 1].after if place else first


def _holds(expr: Expr, state: State) -> bool:
    return bool(evaluate(expr, state, {}))


def _demand(true: bool, why: str) -> None:
    if not true:
        raise InternalError(f"replay: {why}")
