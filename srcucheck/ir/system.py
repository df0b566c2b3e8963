# SPDX-License-Identifier: MIT
"""The transition system: slots, threads, locations, actions, and what is asked of them.

A state is a tuple with one integer per slot.  A thread stands at the location that its pc slot
names.  A step is (thread, choice): the ``choice``-th outcome of the actions at its location,
counted in order.  See ``docs/architecture.md`` for how fairness reads the labels.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from srcucheck.base.span import Span
from srcucheck.ir.expr import Expr, Update

State = tuple[int, ...]

SEMANTICS = 1
"""Raised when a step, a fair run or a question comes to mean something else: old certificates are
then about another system."""

SlotKind = Literal["pc", "global", "field", "task", "local", "life", "poison"]


@dataclass(frozen=True, slots=True)
class Slot:
    """One integer of the state.  ``words`` gives values a name (enum constants, objects, tasks).

    ``set_of`` names the bits of a set; ``boolean`` values print as true and false.
    """

    name: str
    kind: SlotKind
    words: Mapping[int, str]
    boolean: bool = False
    set_of: tuple[str, ...] = ()
    owner: str = ""
    """The object it is a member or the life of (``drm_unplug_srcu``); empty for the rest."""
    struct: str = ""
    """The type of that object."""
    shadow: bool = False
    """No member of the real thing: what a spec keeps for its checks."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A call site as it was inlined: one activation at a time per frame.

    Frame numbers are global; ``parent`` is None for a thread's body.  ``text`` is the call as
    written (``drm_dev_enter(d, &idx)``), ``outs`` the out parameters as (text, slot or None).
    ``outermost``: the activation whose end every owed thread must reach (no_hang).
    """

    number: int
    thread: int
    parent: int | None
    function: str
    text: str
    span: Span
    in_spec: bool
    outermost: bool
    """An activation in the sense of ``no_hang``: a thread's body or turn, a system call."""
    calls_spec: bool
    """The callee is defined in a spec."""
    result: str = "void"
    """What it returns, for printing: ``void``, ``bool``, ``int``, or another type's name."""
    outs: tuple[tuple[str, int | None], ...] = ()
    """Out parameters: the text as the call wrote it (without ``&``) and the slot that holds it."""


SiteKind = Literal["step", "begin", "call", "return", "out"]
Deed = Literal["", "read", "write", "make", "free", "wait"]


@dataclass(frozen=True, slots=True)
class Site:
    """A place in the text, in one inlined frame: what ``Mark`` and ``Report`` point at.

    ``call``: a function is entered (``callee`` is its frame); ``return``: it is left; ``step``: a
    statement reads or writes something, or waits; ``begin``: control reaches a statement, whose
    effect may come in a later step.
    """

    number: int
    kind: SiteKind
    frame: int
    span: Span
    text: str
    callee: int | None = None
    deed: Deed = ""
    """What a step does there."""
    member: str = ""
    """The member of an object that it reads or writes (``wq``), if it is one."""
    in_spec: bool = False
    """The text is a spec's, not the model's."""


@dataclass(frozen=True, slots=True)
class Wait:
    """What a location waits for: the guard, and whom ``held_by`` names.

    ``holders`` are expressions: a task number (0: none), a mask of tasks (``is_set``), or an
    object's address; ``object_threads`` maps an address to the threads per object of it.
    """

    guard: Expr
    text: str
    site: int
    holders: tuple[tuple[Expr, Literal["task", "tasks", "object"]], ...]
    object_threads: Mapping[int, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Action:
    """A guarded command of one thread at one location.

    Enabled iff the guard holds and an outcome of the update is reached.  ``owed``: justice counts
    it.  ``strong``: compassion counts its guard.  ``way``: the ordinary way, or the way out by a
    timeout, by a signal.
    """

    guard: Expr
    update: Update
    owed: bool
    strong: bool
    way: Literal["plain", "enter", "timeout", "signal", "turn"]
    site: int


Rest = Literal["no", "idle", "own", "ended", "irq"]


@dataclass(frozen=True, slots=True)
class Location:
    """Where a thread can stand between two steps.

    ``frames``: the open activations, outermost first (a frame's region is the locations that list
    it).  ``rest``: ``idle`` await, ``own`` level of user or hardware, ``ended``, ``irq`` before an
    unowed first step.  ``dead``: ended by a bug: its activations stay open.  ``locals`` names the
    live locals and their slots.
    """

    number: int
    frames: tuple[int, ...]
    actions: tuple[Action, ...]
    rest: Rest
    dead: bool
    wait: Wait | None
    site: int
    locals: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread of the system; ``number`` is its place in ``System.threads``.

    ``name`` is as checks write it: ``ioctl[0]``, ``worker[gfx.work_tdr.work]``; ``family`` is
    ``ioctl``.  ``quiet_ok`` is set for a ``user``, and for a ``hardirq`` whose first step is
    unowed: it must have ended or idle before a leak is judged.
    """

    number: int
    name: str
    family: str
    kind: Literal["thread", "user", "kworker", "softirq", "hardirq", "hardware"]
    pc: int
    locations: Mapping[int, Location]
    span: Span
    quiet_ok: bool


@dataclass(frozen=True, slots=True)
class Heap:
    """A place of a ``kzalloc``ed object: its life slot (0 unborn, 1 live, 2 dead) and its names.

    ``stored_in``: the global pointer variables that may name it, for ``no_leak except``.
    """

    life: int
    name: str
    struct: str
    born: Span | None = None
    """The statement of ``init`` that makes it, if one does."""


# --- what is asked ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reported:
    """Fails iff a reachable action reports one of ``properties`` (a family has several)."""

    properties: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Invariant:
    """``always``/``never``: ``good`` in every reachable state."""

    good: Expr


@dataclass(frozen=True, slots=True)
class Reachable:
    """``reachable``: some reachable state has it."""

    goal: Expr


@dataclass(frozen=True, slots=True)
class Completes:
    """No fair run stays for ever in one activation of one of these frames."""

    frames: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NoHang:
    """The same for the outermost activation of every living thread, away from rest.

    ``deadlock_only``: only a cycle of length 0 counts (``no_deadlock``).
    """

    deadlock_only: bool


@dataclass(frozen=True, slots=True)
class NoLeak:
    """At rest, no heap object lives but those in ``excepted`` (expressions giving addresses)."""

    excepted: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Settles:
    """From some time on always ``good``, in every fair run."""

    good: Expr


@dataclass(frozen=True, slots=True)
class LeadsTo:
    """In every fair run: after ``trigger``, ``goal`` in the end.  ``eventually``: trigger None."""

    trigger: Expr | None
    goal: Expr


Question = Reported | Invariant | Reachable | Completes | NoHang | NoLeak | Settles | LeadsTo


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to judge.

    ``danger``: true in a state where judging would read an ordinary field of a dead object or go
    through NULL: an error of the model, at ``span``.  ``standing``: judged though nobody asked.
    """

    name: str
    text: str
    question: Question
    danger: Expr | None
    span: Span
    standing: bool


@dataclass(frozen=True, slots=True)
class Initial:
    """An initial state: after ``init`` and the local heads; ``begun``: frames open at once."""

    state: State
    begun: tuple[int, ...]
    passed: tuple[int, ...] = ()
    """Sites that the local heads passed."""


Held = Literal["plain", "pointer", "index"]


@dataclass(frozen=True, slots=True)
class Replicas:
    """Which parts of a system carry an index of one param: its *cells*; -1 is the rest.

    ``threads`` and ``slots`` give the cell of each; ``labels`` name a slot alike in every cell.
    ``bits`` has the cell of each bit of a slot that holds a set, ``things`` the cell of an address
    and a name for it that all cells share, ``pointers`` the slots that hold addresses.  ``held``
    says, by thread and location, what its live locals hold; an ``index`` runs over the cells.
    ``matrix`` are slots that belong to two cells.  ``stops`` says what makes cells unlike one
    another or lets them be counted, and where.
    """

    param: str
    count: int
    threads: tuple[int, ...]
    slots: tuple[int, ...]
    labels: tuple[str, ...]
    bits: Mapping[int, tuple[int, ...]]
    things: Mapping[int, tuple[int, str]]
    pointers: frozenset[int]
    held: Mapping[tuple[int, int], Mapping[int, Held]]
    matrix: frozenset[int]
    stops: tuple[tuple[Span, str], ...]


@dataclass(frozen=True, slots=True)
class System:
    """A finite transition system with fairness."""

    slots: tuple[Slot, ...]
    threads: tuple[Thread, ...]
    frames: tuple[Frame, ...]
    sites: tuple[Site, ...]
    initial: tuple[Initial, ...]
    heap: tuple[Heap, ...]
    addresses: Mapping[int, str]
    """Names of the objects that pointers denote: ``card0``, ``node#2.free.work``."""
    checks: tuple[Check, ...]
    headlines: Mapping[str, str]
    """What a splat of a property says."""
    reportable: frozenset[str]
    """Properties that some statement of the system can report."""
    has_compassion: bool
    has_timeouts: bool
    has_signals: bool
    covered: tuple[Span, ...] = ()
    """What no step passes but counts as run: bodies that guards look into, statements of init."""
    replicas: Replicas | None = None
    """If one was asked for: the cells of a param."""
