# SPDX-License-Identifier: MIT
"""Between what numbers each slot stays: interval analysis (Cousot & Cousot 1977) of the updates.

Places of threads are not told apart, values of different slots not related.  An end that is None
is unknown: the slot may grow for ever, or the analysis cannot tell.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import assert_never

from srcucheck.ir.expr import (
    Assume,
    Begin,
    Binary,
    Bound,
    Break,
    Choose,
    End,
    Expr,
    Finish,
    Get,
    If,
    Let,
    Loop,
    Mark,
    Report,
    Set,
    SetPick,
    Statement,
    Temp,
    Unary,
    Update,
)
from srcucheck.ir.system import System
from srcucheck.symbolic.clock import Look, at_leisure
from srcucheck.symbolic.intervals import ANY, Range, cut, join, range_of, within

_STEPS = (0, 1, 3, 7, 15, 31, 63, 255, 4095, 65535, (1 << 31) - 1, (1 << 32) - 1, (1 << 63) - 1)
"""Where widening stops on the way to no bound."""

_PATIENCE = 4
"""Rounds before widening."""


def ranges(system: System, look: Look = at_leisure) -> tuple[Range, ...]:
    """A range for each slot, in all reachable states (of the system with no bound on loops)."""
    found: list[Range] = [(v, v) for v in system.initial[0].state]
    for initial in system.initial[1:]:
        found = [join(r, (v, v)) for r, v in zip(found, initial.state, strict=True)]
    turn = 0
    while True:
        before = tuple(found)
        for thread in system.threads:
            for location in thread.locations.values():
                look()
                for action in location.actions:
                    start = Known({thread.pc: (location.number, location.number)}, {})
                    walk = _Walk(before, found)
                    after = walk.assume(action.guard, start, True)
                    if after is not None:
                        end = walk.block(action.update, after)
                        if end is not None:
                            walk.leave(end)
        turn += 1
        if tuple(found) == before:
            return before
        if turn > _PATIENCE:
            found = [_wider(o, n) for o, n in zip(before, found, strict=True)]


def _wider(old: Range, new: Range) -> Range:
    low, high = new
    if low is not None and old[0] is not None and low < old[0]:
        low = next((-s for s in _STEPS if -s <= low), None)
    if high is not None and old[1] is not None and high > old[1]:
        high = next((s for s in _STEPS if s >= high), None)
    return low, high


@dataclass(frozen=True, slots=True)
class Known:
    """What is known at a point: ranges of slots that are better than the general ones, of temps."""

    slots: dict[int, Range]
    temps: dict[int, Range]


@dataclass(slots=True)
class _Walk:
    """Executes an update on ranges; writes into ``found`` what slots may be at its ends."""

    general: Sequence[Range]
    found: list[Range]
    breaks: list[list[Known]] = field(default_factory=list)

    def leave(self, end: Known) -> None:
        """An end of the update."""
        for slot, value in end.slots.items():
            self.found[slot] = join(self.found[slot], value)

    def block(self, update: Update, env: Known) -> Known | None:
        """Statement by statement; None if control never gets to the end."""
        now: Known | None = env
        for statement in update:
            if now is None:
                return None
            now = self.statement(statement, now)
        return now

    def statement(self, statement: Statement, env: Known) -> Known | None:
        """One statement."""
        match statement:
            case Let(temp, value):
                return Known(env.slots, {**env.temps, temp: self.of(value, env)})
            case Set(slot, value):
                return Known({**env.slots, slot: self.of(value, env)}, env.temps)
            case SetPick():
                return self.set_pick(statement, env)
            case If():
                yes = self.assume(statement.condition, env, True)
                no = self.assume(statement.condition, env, False)
                return self.join(
                    None if yes is None else self.block(statement.then, yes),
                    None if no is None else self.block(statement.other, no),
                )
            case Loop(body):
                return self.loop(body, env)
            case Break():
                self.breaks[-1].append(env)
                return None
            case Choose(temp, options):
                return self.choose(temp, options, env)
            case Assume(condition):
                return self.assume(condition, env, True)
            case Finish():
                self.leave(env)
                return None
            case Bound():
                return None
            case Report() | Begin() | End() | Mark():
                return env
            case _:
                assert_never(statement)

    def set_pick(self, statement: SetPick, env: Known) -> Known:
        """A store to one of several slots."""
        index, value = self.of(statement.index, env), self.of(statement.value, env)
        slots = dict(env.slots)
        for key, slot in statement.slots.items():
            if within(key, index):
                slots[slot] = join(self.slot(slot, env), value)
        return Known(slots, env.temps)

    def loop(self, body: Update, env: Known) -> Known | None:
        """Turns until nothing new comes, then what left it."""
        self.breaks.append([])
        now = env
        for turn in range(1000):
            after = self.block(body, now)
            whole = self.join(now, after)
            assert whole is not None
            if whole == now:
                break
            now = self.widened(now, whole) if turn > _PATIENCE else whole
        else:  # no end of it was found: nothing is known of what it writes
            now = Known(dict.fromkeys(now.slots, ANY), dict.fromkeys(now.temps, ANY))
            self.breaks[-1].append(now)
            self.block(body, now)
        left: Known | None = None
        for one in self.breaks.pop():
            left = self.join(left, one)
        return left

    def widened(self, old: Known, new: Known) -> Known:
        """The second, with ends that moved moved on."""
        return Known(
            {k: _wider(self.slot(k, old), v) for k, v in new.slots.items()},
            {k: _wider(old.temps.get(k, v), v) for k, v in new.temps.items()},
        )

    def choose(self, temp: int, options: tuple[tuple[Expr, Expr], ...], env: Known) -> Known | None:
        """Any of the options."""
        found: Known | None = None
        for condition, value in options:
            after = self.assume(condition, env, True)
            if after is not None:
                one = Known(after.slots, {**after.temps, temp: self.of(value, after)})
                found = self.join(found, one)
        return found

    def join(self, one: Known | None, two: Known | None) -> Known | None:
        """What is known where two ways meet."""
        if one is None or two is None:
            return one or two
        slots = {k: join(self.slot(k, one), self.slot(k, two)) for k in {**one.slots, **two.slots}}
        temps = {k: join(one.temps.get(k, v), v) for k, v in two.temps.items()}
        return Known(slots, {**one.temps, **temps})

    def slot(self, slot: int, env: Known) -> Range:
        """The range of a slot here."""
        return env.slots.get(slot, self.general[slot])

    def of(self, expr: Expr, env: Known) -> Range:
        """The range of an expression here."""
        return range_of(expr, self.general, env.slots, env.temps, None)

    def assume(self, expr: Expr, env: Known, value: bool) -> Known | None:
        """What is known where a condition has this truth; None if it cannot."""
        match expr:
            case Unary("not", operand):
                return self.assume(operand, env, not value)
            case Binary("and", left, right) if value:
                first = self.assume(left, env, True)
                return None if first is None else self.assume(right, first, True)
            case Binary("or", left, right) if not value:
                first = self.assume(left, env, False)
                return None if first is None else self.assume(right, first, False)
            case Binary("==" | "!=" | "<" | "<=" | ">" | ">=" as op, left, right):
                return self.compare(op if value else _OPPOSITE[op], left, right, env)
            case _:
                low, high = self.of(expr, env)
                if value and (low, high) == (0, 0):
                    return None
                if not value and not within(0, (low, high)):
                    return None
                return env

    def compare(self, op: str, left: Expr, right: Expr, env: Known) -> Known | None:
        """The same for a comparison: either side is cut by the other's range."""
        one, two = self.of(left, env), self.of(right, env)
        first = cut(one, op, two)
        second = cut(two, _MIRRORED[op], one)
        if first is None or second is None:
            return None
        return _narrowed(_narrowed(env, left, first), right, second)


_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_MIRRORED = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}


def _narrowed(env: Known, expr: Expr, value: Range) -> Known:
    match expr:
        case Get(slot):
            return Known({**env.slots, slot: value}, env.temps)
        case Temp(number):
            return Known(env.slots, {**env.temps, number: value})
        case _:
            return env
