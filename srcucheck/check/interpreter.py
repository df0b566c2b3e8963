# SPDX-License-Identifier: MIT
"""The reference interpreter: what a thread can do in a state, in the plainest Python there can be.

Replay and every differential test rest on it.  What expressions and updates mean is
``ir.evaluate``; here they become the numbered outcomes that schedules count.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from srcucheck.base.diagnostic import Diagnostic, ModelError
from srcucheck.base.span import NOWHERE
from srcucheck.check.trace import Event
from srcucheck.ir.evaluate import evaluate, runs
from srcucheck.ir.system import Action, Location, State, System, Thread


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way a thread can go on.  ``successor`` is None where a bound of the model is hit.

    ``action`` is the place of the action at its location; the place of the outcome in the list of
    all of them is the *choice* that schedules count by.  ``bound`` is (text, site).
    """

    action: int
    way: str
    owed: bool
    strong: bool
    successor: State | None
    reports: tuple[tuple[str, int], ...]
    begins: tuple[int, ...]
    ends: tuple[int, ...]
    bound: tuple[str, int] | None
    events: tuple[Event, ...]
    writes: tuple[tuple[int, int, int], ...] = ()
    """(events before it, slot, value), in order."""
    reported_at: tuple[int, ...] = ()


def location_of(system: System, state: State, thread: int) -> Location:
    """Where the thread stands."""
    who = system.threads[thread]
    return who.locations[state[who.pc]]


def outcomes(system: System, state: State, thread: int) -> list[Outcome]:
    """All that the thread can do in this state, numbered as schedules number it.

    Raises:
        ModelError: a loop inside ``atomic`` does not end.
    """
    actions = location_of(system, state, thread).actions
    return [o for place, action in enumerate(actions) for o in ways(system, state, action, place)]


def ways(system: System, state: State, action: Action, place: int) -> list[Outcome]:
    """The outcomes of one action; none if it is not enabled."""
    if not evaluate(action.guard, state, {}):
        return []
    found: list[Outcome] = []
    for run in runs(action.update, state):
        if run.endless is not None:
            raise ModelError(endless_loop(system, run.endless))
        found.append(
            Outcome(
                action=place,
                way=action.way,
                owed=action.owed,
                strong=action.strong,
                successor=None if run.bound is not None else tuple(run.slots),
                reports=tuple(run.reports),
                begins=tuple(run.begins),
                ends=tuple(run.ends),
                bound=run.bound,
                events=tuple(Event(site, value) for site, value in run.events),
                writes=tuple(run.writes),
                reported_at=tuple(run.reported_at),
            )
        )
    return found


class Watched(list[int]):
    """Slots that remember which of them were read."""

    def __init__(self, slots: Sequence[int]) -> None:
        super().__init__(slots)
        self.read: dict[int, None] = {}

    def __getitem__(self, slot: int) -> int:  # type: ignore[override]  # slices are never asked for
        self.read[slot] = None
        return super().__getitem__(slot)


def read_by(thread: Thread, state: State, choice: int) -> Iterator[int]:
    """The slots that a step of a thread read to do what it did."""
    left = choice
    for action in thread.locations[state[thread.pc]].actions:
        guard = Watched(state)
        if evaluate(action.guard, guard, {}):
            for run in runs(action.update, state, Watched):
                if left == 0:
                    assert isinstance(run.slots, Watched)
                    yield from guard.read
                    yield from run.slots.read
                    return
                left -= 1


def endless_loop(system: System, site: int) -> Diagnostic:
    """The error for a loop that makes more than ``LOOP_LIMIT`` turns in one step."""
    span = system.sites[site].span if 0 <= site < len(system.sites) else NOWHERE
    return Diagnostic("E516", "a loop inside atomic does not end", span)


def owed_and_strong(system: System, state: State) -> tuple[int, int]:
    """Masks of the threads that have an enabled owed action, and an enabled strong one."""
    owed = strong = 0
    for thread in range(len(system.threads)):
        for outcome in outcomes(system, state, thread):
            owed |= outcome.owed << thread
            strong |= outcome.strong << thread
    return owed, strong
