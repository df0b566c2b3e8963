# SPDX-License-Identifier: MIT
"""An update as one simultaneous assignment: what a solver is given, still in ``ir.expr``.

One walk executes an update on expressions instead of numbers: what two arms of an ``If`` leave
behind is joined by ``Ite``, a ``Choose`` makes one *branch* per option, a ``Loop`` is unrolled.
A loop that may turn more often than that is no secret: the branch says where (``endless``).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce
from typing import assert_never

from srcucheck.ir.expr import (
    FALSE,
    TRUE,
    Assume,
    Begin,
    Binary,
    Bound,
    Break,
    Choose,
    Const,
    End,
    Expr,
    Finish,
    Get,
    If,
    Ite,
    Let,
    Lookup,
    Loop,
    Mark,
    Pick,
    Report,
    Set,
    SetPick,
    Statement,
    Temp,
    Unary,
    Update,
)
from srcucheck.ir.system import Action, System
from srcucheck.symbolic import simplify as s
from srcucheck.symbolic.clock import Look, at_leisure

UNROLL = 16
"""Turns of a loop."""

SIZE = 100_000
"""Statements walked for one branch; more is refused."""

OFTEN = 16
"""Statements between two looks at the clock."""

WAYS = 200
"""Branches of one action; more are refused."""


class Refused(Exception):
    """The system is beyond this encoding; the message says why.  Becomes ``Unknown``."""


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """One way of an action.  All expressions are over the state before the step.

    ``enabled`` includes the place of the thread; labels count where it holds as well.  With
    ``bound`` there is no successor, and ``bounds`` says which.  Expressions share their parts, so
    walks have to remember what they saw.
    """

    thread: int
    location: int
    action: int
    owed: bool
    strong: bool
    enabled: Expr
    writes: tuple[tuple[int, Expr], ...]
    reports: tuple[tuple[str, Expr], ...]
    begins: tuple[tuple[int, Expr], ...]
    ends: tuple[tuple[int, Expr], ...]
    bounds: tuple[tuple[str, Expr], ...]
    bound: Expr
    endless: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Flat:
    """A system's branches, by threads, locations, actions, options."""

    system: System
    branches: tuple[Branch, ...]


def flatten(system: System, look: Look = at_leisure) -> Flat:
    """All branches of a system.

    Raises:
        Refused: an update is too large.
        Spent: time was up.
    """
    found: list[Branch] = []
    for thread in system.threads:
        for location in thread.locations.values():
            for place, action in enumerate(location.actions):
                found += branches(thread.number, thread.pc, location.number, place, action, look)
    return Flat(system, tuple(found))


def branches(
    thread: int, pc: int, location: int, place: int, action: Action, look: Look = at_leisure
) -> Iterator[Branch]:
    """The branches of one action: one for each list of options, in the interpreter's order.

    Where an option is met on some ways through the update only, the others appear again for each:
    the same steps twice, which is no harm.

    Raises:
        Refused: there are too many.
    """
    decisions: list[int] = []
    here = s.binary("==", Get(pc), Const(location))
    for _ in range(WAYS):
        walk = Walk(decisions, look)
        start = Env({pc: Const(location)}, {}, TRUE)
        guard = walk.value(action.guard, start)
        if not (isinstance(guard, Const) and not guard.value):
            end = walk.block(action.update, start)
            if end is not None:
                walk.exits.append(end)
            yield walk.branch(thread, location, place, action, s.both(here, guard))
        decisions = [which for which, _ in walk.taken]
        widths = [width for _, width in walk.taken]
        while decisions and decisions[-1] + 1 >= widths[len(decisions) - 1]:
            decisions.pop()
        if not decisions:
            return
        decisions[-1] += 1
    raise Refused("an update has too many choices")


@dataclass(frozen=True, slots=True)
class Env:
    """What is known at a point of an update: changed slots, temps, and when control gets there."""

    slots: dict[int, Expr]
    temps: dict[int, Expr]
    path: Expr


@dataclass(slots=True)
class Walk:
    """One walk through an update."""

    decisions: list[int]
    look: Look = at_leisure
    taken: list[tuple[int, int]] = field(default_factory=list)
    exits: list[Env] = field(default_factory=list)
    breaks: list[list[Env]] = field(default_factory=list)
    blocked: Expr = FALSE
    bound: Expr = FALSE
    endless: Expr = FALSE
    reports: dict[str, Expr] = field(default_factory=dict)
    begins: dict[int, Expr] = field(default_factory=dict)
    ends: dict[int, Expr] = field(default_factory=dict)
    bounds: dict[str, Expr] = field(default_factory=dict)
    size: int = 0

    def branch(self, thread: int, location: int, place: int, action: Action, when: Expr) -> Branch:
        """What the walk found."""
        enabled = s.both(when, s.negation(s.either(self.blocked, self.endless)))
        writes: dict[int, Expr] = {}
        for slot in dict.fromkeys(slot for one in self.exits for slot in one.slots):
            value = self.exits[-1].slots.get(slot, Get(slot))
            for one in reversed(self.exits[:-1]):
                value = s.ite(one.path, one.slots.get(slot, Get(slot)), value)
            if value != Get(slot) if isinstance(value, Get) else True:
                writes[slot] = value
        return Branch(
            thread, location, place, action.owed, action.strong, enabled,
            tuple(writes.items()), tuple(self.reports.items()), tuple(self.begins.items()),
            tuple(self.ends.items()), tuple(self.bounds.items()), self.bound,
            s.both(when, self.endless),
        )  # fmt: skip

    def block(self, update: Update, env: Env) -> Env | None:
        """Executes statements in order; None if control never gets to the end."""
        now: Env | None = env
        for statement in update:
            if now is None:
                return None
            self.size += 1
            if self.size % OFTEN == 0:
                self.look()
            if self.size > SIZE:
                raise Refused("an update is too large")
            now = self.statement(statement, now)
        return now

    def statement(self, statement: Statement, env: Env) -> Env | None:
        """Executes one statement."""
        match statement:
            case Let(temp, value):
                return _with(env, temp, self.value(value, env))
            case Set(slot, value):
                return Env({**env.slots, slot: self.value(value, env)}, env.temps, env.path)
            case SetPick():
                return self.set_pick(statement, env)
            case If():
                return self.branching(statement, env)
            case Loop(body):
                return self.loop(body, env)
            case Break():
                self.breaks[-1].append(env)
                return None
            case Choose(temp, options):
                return self.choose(temp, options, env)
            case Assume(condition):
                return self.assume(self.value(condition, env), env)
            case Report(name):
                _label(self.reports, name, env)
            case Begin(frame):
                _label(self.begins, frame, env)
            case End(frame):
                _label(self.ends, frame, env)
            case Bound(text):
                _label(self.bounds, text, env)
                self.bound = s.either(self.bound, env.path)
                return None
            case Finish():
                self.exits.append(env)
                return None
            case Mark():
                pass
            case _:
                assert_never(statement)
        return env

    def set_pick(self, statement: SetPick, env: Env) -> Env:
        """A store to a slot that an index names."""
        index = self.value(statement.index, env)
        value = self.value(statement.value, env)
        slots = dict(env.slots)
        for key, slot in statement.slots.items():
            here = s.binary("==", index, Const(key))
            slots[slot] = s.ite(here, value, slots.get(slot, Get(slot)))
        return Env(slots, env.temps, env.path)

    def branching(self, statement: If, env: Env) -> Env | None:
        """Both arms, joined."""
        condition = s.truth(self.value(statement.condition, env))
        if isinstance(condition, Const):
            return self.block(statement.then if condition.value else statement.other, env)
        yes, no = s.both(env.path, condition), s.both(env.path, s.negation(condition))
        then = self.block(statement.then, Env(env.slots, env.temps, yes))
        other = self.block(statement.other, Env(env.slots, env.temps, no))
        if then is None or other is None:
            return then or other
        whole = then.path is yes and other.path is no
        return _join(condition, then, other, env.path if whole else s.either(then.path, other.path))

    def loop(self, body: Update, env: Env) -> Env | None:
        """Some turns; what may turn once more is ``endless``."""
        self.breaks.append([])
        now: Env | None = env
        for _ in range(UNROLL):
            if now is None or now.path == FALSE:
                break
            now = self.block(body, now)
        if now is not None and now.path != FALSE:
            self.endless = s.either(self.endless, now.path)
        left = self.breaks.pop()
        if not left:
            return None
        return reduce(
            lambda later, one: _join(one.path, one, later, s.either(one.path, later.path)),
            reversed(left),
        )

    def choose(self, temp: int, options: tuple[tuple[Expr, Expr], ...], env: Env) -> Env | None:
        """The option that is decided, where its condition holds."""
        values = [(self.value(c, env), self.value(v, env)) for c, v in options]
        values = [(c, v) for c, v in values if not (isinstance(c, Const) and not c.value)]
        depth = len(self.taken)
        which = self.decisions[depth] if depth < len(self.decisions) else 0
        self.taken.append((which, len(values)))
        if not values:
            return self.assume(FALSE, env)
        condition, value = values[which]
        after = self.assume(condition, env)
        return None if after is None else _with(after, temp, value)

    def assume(self, condition: Expr, env: Env) -> Env | None:
        """Goes on where the condition holds."""
        self.blocked = s.either(self.blocked, s.both(env.path, s.negation(condition)))
        path = s.both(env.path, condition)
        return None if path == FALSE else Env(env.slots, env.temps, path)

    def value(self, expr: Expr, env: Env) -> Expr:
        """An expression over the state before the step."""
        match expr:
            case Const():
                return expr
            case Get(slot):
                return env.slots.get(slot, expr)
            case Temp(number):
                return env.temps[number]
            case Pick():
                return self.pick(expr, env)
            case Lookup():
                return s.lookup(expr, self.value(expr.index, env))
            case Unary(op, operand):
                return s.unary(op, self.value(operand, env))
            case Binary(op, left, right):
                return s.binary(op, self.value(left, env), self.value(right, env))
            case Ite(condition, then, other):
                return s.ite(
                    self.value(condition, env), self.value(then, env), self.value(other, env)
                )
            case _:
                assert_never(expr)

    def pick(self, expr: Pick, env: Env) -> Expr:
        """A slot that an index names, as it is now."""
        index = self.value(expr.index, env)
        if isinstance(index, Const):
            return self.value(s.pick(expr, index), env)
        value: Expr = s.pick(expr, index)
        for key, slot in expr.slots.items():
            if slot in env.slots:
                value = s.ite(s.binary("==", index, Const(key)), env.slots[slot], value)
        return value


def _with(env: Env, temp: int, value: Expr) -> Env:
    return Env(env.slots, {**env.temps, temp: value}, env.path)


def _join(condition: Expr, then: Env, other: Env, path: Expr) -> Env:
    """One of two environments."""
    slots = {
        k: s.ite(condition, then.slots.get(k, Get(k)), other.slots.get(k, Get(k)))
        for k in {**then.slots, **other.slots}
    }
    temps = {**then.temps, **other.temps}
    for k in then.temps.keys() & other.temps.keys():
        temps[k] = s.ite(condition, then.temps[k], other.temps[k])
    return Env(slots, temps, path)


def _label(labels: dict, key: object, env: Env) -> None:  # type: ignore[type-arg]
    labels[key] = s.either(labels.get(key, FALSE), env.path)
