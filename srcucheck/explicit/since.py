# SPDX-License-Identifier: MIT
"""Since when: the call in which a thread came to hold up another, read off the writes of a run.

Nothing here knows what a lock is.  A ``held_by`` names a thread because a variable does; that
variable was written by some step; if it was another thread's step, it copied the name from a
variable that it read, and so on back to a step of the holder itself.
"""

from collections.abc import Iterable, Iterator

from srcucheck.check.interpreter import read_by
from srcucheck.check.replay import states_of
from srcucheck.check.trace import Since, Trace
from srcucheck.ir.system import Location, Slot, State, System, Wait
from srcucheck.ir.walk import slots_read


def held_since(system: System, trace: Trace, wait: Wait, waiter: int, holder: int) -> Since | None:
    """Where a thread came to be what ``held_by`` names."""
    states = states_of(trace)
    name = system.threads[holder].name
    slots = [s for expr, _ in wait.holders for s in slots_read(expr, states[-1])]
    end = len(states) - 1
    found: Since | None = None
    for _ in range(len(system.slots)):
        slot = next((s for s in slots if _names(system.slots[s], states[end][s], name)), None)
        if slot is None:
            return found
        while end and _names(system.slots[slot], states[end - 1][slot], name):
            end -= 1
        if end == 0:
            return found
        end -= 1
        step = trace.steps[end]
        if step.thread == holder:
            site = call_of(system, trace, states, end, slot)
            found = Since(slot, states[end + 1][slot], site, held=True)
            if holder != waiter:  # who waits for itself may have copied its own name
                return found
        slots = list(read_by(system.threads[step.thread], states[end], step.choice))
    return found


def _names(slot: Slot, value: int, name: str) -> bool:
    """Whether a variable names a thread: the pointer to its task, a set that it is in."""
    if slot.set_of:
        return any(value >> n & 1 and one == name for n, one in enumerate(slot.set_of))
    return slot.words.get(value) == name


def last_written(
    system: System, trace: Trace, slots: Iterable[int], waiter: int
) -> Iterator[tuple[int, Since]]:
    """Who wrote each of these last, and in which call; not the thread that waits."""
    states = states_of(trace)
    for slot in slots:
        for number in range(len(trace.steps) - 1, -1, -1):
            step = trace.steps[number]
            if any(written == slot for _, written, _ in step.writes):
                if step.thread != waiter:
                    site = call_of(system, trace, states, number, slot)
                    yield step.thread, Since(slot, states[-1][slot], site, held=False)
                break


def call_of(
    system: System, trace: Trace, states: list[State], number: int, slot: int
) -> int | None:
    """The call of the model in which a step wrote a slot, else the statement that did."""
    step = trace.steps[number]
    who = system.threads[step.thread]
    location = who.locations[states[number][who.pc]]
    before = next((e for e, written, _ in reversed(step.writes) if written == slot), 0)
    sites = [event.site for event in step.events[:before]]
    return outermost(system, location, sites)


def outermost(system: System, location: Location, passed: list[int]) -> int | None:
    """The outermost open call from the model into a spec, from a location and the sites passed.

    Else the last statement passed.
    """
    open_ = list(location.frames)
    for number in passed:
        site = system.sites[number]
        if site.callee is not None and site.kind == "call":
            open_.append(site.callee)
        elif site.callee is not None and site.callee in open_:
            del open_[open_.index(site.callee) :]
    for frame in open_:
        entered = system.frames[frame]
        if entered.calls_spec and not entered.in_spec:
            for site in system.sites:
                if site.callee == frame and site.kind == "call":
                    return site.number
    steps = [s for s in passed if system.sites[s].kind == "step"]
    return steps[-1] if steps else None
