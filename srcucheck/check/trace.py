# SPDX-License-Identifier: MIT
"""Schedules, and the traces that a replay makes of them."""

from dataclasses import dataclass

from srcucheck.ir.system import State


@dataclass(frozen=True, slots=True)
class Schedule:
    """Which initial state, then (thread, choice) per step; ``cycle`` is where the loop begins.

    ``cycle`` is None for a finite run, and the number of steps for a run that ends in a state
    where nobody owes a step (a cycle of length 0).
    """

    initial: int
    steps: tuple[tuple[int, int], ...]
    cycle: int | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """A ``Mark`` that a step passed: its site, and the value if a call returned one."""

    site: int
    value: int | None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a replayed run, with the state after it."""

    thread: int
    choice: int
    way: str
    events: tuple[Event, ...]
    reports: tuple[tuple[str, int], ...]
    """(property, site)."""
    changes: tuple[tuple[int, int, int], ...]
    """(slot, before, after), the pc slots left out."""
    after: State
    writes: tuple[tuple[int, int, int], ...] = ()
    """(events before it, slot, value), in order, without pc slots: the event before it wrote it."""
    reported_at: tuple[int, ...] = ()
    """For each report, how many events came before it."""


@dataclass(frozen=True, slots=True)
class Since:
    """A value that a thread wrote, which others wait to see changed, and the call that wrote it.

    ``held``: a ``held_by`` names the thread since then; else the value is merely its last word.
    """

    slot: int
    value: int
    site: int | None
    held: bool


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a wait-for chain: a thread and why it does not move.

    ``status``: ``waits``, ``spins``, ``owes`` nothing, ``ended``, ``idle``, ``dead``.  ``site`` is
    where it stands: the outermost call of the model that blocks.  ``on`` are the threads it waits
    for; ``what`` the condition in the reader's words (``f->signaled``), ``values`` the variables
    that keep it from being true, as (slot, value).  ``could`` is the site of the call by which it
    could help who waits for it.
    """

    thread: int
    status: str
    site: int | None
    what: str
    on: tuple[int, ...]
    values: tuple[tuple[int, int], ...] = ()
    since: tuple[Since, ...] = ()
    could: int | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """A run that was replayed.  ``property`` is what it refutes (or shows, for ``reachable``).

    ``chain`` explains a hang, ``point_of_no_return`` is the index of the first step after which no
    fair run avoids it, if one is known; with ``unless``, no fair run but by a step of these
    threads, which owe none.
    """

    property: str
    schedule: Schedule
    first: State
    steps: tuple[Step, ...]
    chain: tuple[Link, ...] = ()
    culprits: tuple[int, ...] = ()
    """The threads whose activation never ends."""
    leaked: tuple[str, ...] = ()
    point_of_no_return: int | None = None
    unless: tuple[int, ...] = ()
    lost: frozenset[State] = frozenset()
    """States beyond that point, of those that the same steps lead through in another order."""
