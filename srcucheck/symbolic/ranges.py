# SPDX-License-Identifier: MIT
"""Between what numbers each slot stays: interval analysis (Cousot & Cousot 1977) of the updates.

Places of threads are not told apart, values of different slots not related.  An end that is None
is unknown: the slot may grow for ever, or the analysis cannot tell.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from srcucheck.ir.evaluate import apply
from srcucheck.ir.expr import (
    Assume,
    Begin,
    Binary,
    BinaryOp,
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
from srcucheck.ir.system import System
from srcucheck.symbolic.clock import Look, at_leisure

Range = tuple[int | None, int | None]
"""(least, greatest)."""

ANY: Range = (None, None)
TRUTH: Range = (0, 1)

_STEPS = (0, 1, 3, 7, 15, 31, 63, 255, 4095, 65535, (1 << 31) - 1, (1 << 32) - 1, (1 << 63) - 1)
"""Where widening stops on the way to no bound."""

_PATIENCE = 4
"""Rounds before widening."""


def join(one: Range, two: Range) -> Range:
    """The least range that has both."""
    low = None if one[0] is None or two[0] is None else min(one[0], two[0])
    high = None if one[1] is None or two[1] is None else max(one[1], two[1])
    return low, high


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
            if _within(key, index):
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
                if not value and not _within(0, (low, high)):
                    return None
                return env

    def compare(self, op: str, left: Expr, right: Expr, env: Known) -> Known | None:
        """The same for a comparison: either side is cut by the other's range."""
        one, two = self.of(left, env), self.of(right, env)
        first = _cut(one, op, two)
        second = _cut(two, _MIRRORED[op], one)
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


def _cut(one: Range, op: str, two: Range) -> Range | None:
    """Values of the first that can stand so to some value of the second."""
    low, high = one
    match op:
        case "==":
            low, high = _most(low, two[0]), _least(high, two[1])
        case "!=":
            if two[0] is not None and two[0] == two[1]:
                low = low + 1 if low == two[0] and low is not None else low
                high = high - 1 if high == two[0] and high is not None else high
        case "<":
            high = _least(high, None if two[1] is None else two[1] - 1)
        case "<=":
            high = _least(high, two[1])
        case ">":
            low = _most(low, None if two[0] is None else two[0] + 1)
        case _:
            low = _most(low, two[0])
    return None if low is not None and high is not None and low > high else (low, high)


def _most(one: int | None, two: int | None) -> int | None:
    return two if one is None else one if two is None else max(one, two)


def _least(one: int | None, two: int | None) -> int | None:
    return two if one is None else one if two is None else min(one, two)


def _within(value: int, among: Range) -> bool:
    return (among[0] is None or among[0] <= value) and (among[1] is None or value <= among[1])


def range_of(
    expr: Expr,
    general: Sequence[Range],
    slots: Mapping[int, Range],
    temps: Mapping[int, Range],
    memo: dict[int, Range] | None,
) -> Range:
    """The range of an expression; ``memo`` keeps those of shared parts, by identity."""
    if memo is not None and id(expr) in memo:
        return memo[id(expr)]

    def of(part: Expr) -> Range:
        return range_of(part, general, slots, temps, memo)

    found: Range
    match expr:
        case Const(value):
            found = (value, value)
        case Get(slot):
            found = slots.get(slot, general[slot])
        case Temp(number):
            found = temps[number]
        case Pick():
            index = of(expr.index)
            parts = [slots.get(v, general[v]) for k, v in expr.slots.items() if _within(k, index)]
            inside = (
                index[0] is not None
                and index[1] is not None
                and all(k in expr.slots for k in range(index[0], min(index[1], index[0] + 64) + 1))
                and index[1] - index[0] <= 64
            )
            found = _joined(parts if inside else [(0, 0), *parts])
        case Lookup():
            index = of(expr.index)
            values = [v for k, v in expr.entries.items() if _within(k, index)]
            found = _joined([(v, v) for v in [expr.default, *values]])
        case Unary("not", operand):
            of(operand)  # for the memo: whoever asks for a width wants that of all parts
            found = TRUTH
        case Unary("-", operand):
            found = _minus(of(operand))
        case Unary(_, operand):
            low, high = _minus(of(operand))
            found = None if low is None else low - 1, None if high is None else high - 1
        case Binary(op, left, right):
            found = _binary(op, of(left), of(right))
        case Ite(condition, then, other):
            of(condition)
            found = join(of(then), of(other))
        case _:
            assert_never(expr)
    if memo is not None:
        memo[id(expr)] = found
    return found


def _joined(parts: Sequence[Range]) -> Range:
    found = parts[0]
    for part in parts[1:]:
        found = join(found, part)
    return found


def _minus(one: Range) -> Range:
    return None if one[1] is None else -one[1], None if one[0] is None else -one[0]


def _binary(op: BinaryOp, one: Range, two: Range) -> Range:
    """The range of an operator's value."""
    (a, b), (c, d) = one, two
    match op:
        case "==" | "!=" | "<" | "<=" | ">" | ">=" | "and" | "or":
            return TRUTH
        case "+":
            return (
                None if a is None or c is None else a + c,
                None if b is None or d is None else b + d,
            )
        case "-":
            return (
                None if a is None or d is None else a - d,
                None if b is None or c is None else b - c,
            )
        case "*":
            if a is None or b is None or c is None or d is None:
                return (0, None) if (a or -1) >= 0 and (c or -1) >= 0 else ANY
            corners = [a * c, a * d, b * c, b * d]
            return min(corners), max(corners)
        case "/" | "%":
            if a is None or b is None:
                return (0, None) if a is not None and a >= 0 and c is not None and c >= 0 else ANY
            most = max(abs(a), abs(b))
            if op == "%" and c is not None and d is not None:
                most = min(most, max(abs(c), abs(d)))
            whole_signs = op == "%" or (c is not None and c >= 0)
            return (
                0 if a >= 0 and whole_signs else -most,
                0 if b <= 0 and whole_signs else most,
            )
        case "<<" | ">>":
            if a is None or b is None or c is None or d is None or max(c, d) > 64:
                return ANY
            corners = [apply(op, x, y) for x in (a, b) for y in (max(c, 0), max(d, 0))]
            return min(0, *corners), max(0, *corners)
        case "&" | "|" | "^":
            if op == "&" and a is not None and a >= 0 and (c is None or c < 0):
                return 0, b
            if op == "&" and c is not None and c >= 0 and (a is None or a < 0):
                return 0, d
            if a is None or b is None or c is None or d is None:
                return ANY
            bits = max(x.bit_length() for x in (a, b, c, d))
            if a >= 0 and c >= 0:
                return 0, min(b, d) if op == "&" else (1 << bits) - 1
            return -(1 << bits), (1 << bits) - 1
        case _:
            assert_never(op)
