# SPDX-License-Identifier: MIT
"""What expressions and updates do, in the plainest Python there can be.

Everything that is replayed rests on it, so it is slow and has no clever parts.  One run through
an update follows a list of decisions, one per ``Choose``; its outcomes are the runs for all such
lists, in depth-first order.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import assert_never

from srcucheck.ir.expr import (
    LOOP_LIMIT,
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


def runs(
    update: Update, state: Sequence[int], copy: Callable[[Sequence[int]], list[int]] = list
) -> "Iterator[Run]":
    """Every run through an update from a state, in order; a blocked one is left out.

    ``copy`` makes the slots of each run; one that watches knows afterwards what was read.  A run
    whose ``endless`` is set met a loop of more than ``LOOP_LIMIT`` turns.
    """
    decisions: list[int] = []
    while True:
        run = Run(copy(state), decisions)
        if run.block(update) is not How.BLOCKED or run.endless is not None:
            yield run
        decisions = [which for which, _ in run.taken]
        widths = [width for _, width in run.taken]
        while decisions and decisions[-1] + 1 == widths[len(decisions) - 1]:
            decisions.pop()
        if not decisions:
            return
        decisions[-1] += 1


def evaluate(expr: Expr, slots: Sequence[int], temps: Mapping[int, int]) -> int:
    """The value of an expression."""
    match expr:
        case Const(value):
            return value
        case Get(slot):
            return slots[slot]
        case Temp(number):
            return temps[number]
        case Pick():
            index = evaluate(expr.index, slots, temps)
            return slots[expr.slots[index]] if index in expr.slots else 0
        case Lookup():
            return expr.entries.get(evaluate(expr.index, slots, temps), expr.default)
        case Unary("not", operand):
            return 0 if evaluate(operand, slots, temps) else 1
        case Unary("-", operand):
            return -evaluate(operand, slots, temps)
        case Unary(_, operand):
            return ~evaluate(operand, slots, temps)
        case Binary("and", left, right):
            return int(bool(evaluate(left, slots, temps) and evaluate(right, slots, temps)))
        case Binary("or", left, right):
            return int(bool(evaluate(left, slots, temps) or evaluate(right, slots, temps)))
        case Binary(op, left, right):
            return apply(op, evaluate(left, slots, temps), evaluate(right, slots, temps))
        case Ite(condition, then, other):
            return evaluate(then if evaluate(condition, slots, temps) else other, slots, temps)
        case _:
            assert_never(expr)


def evaluate_shared(expr: Expr, slots: Sequence[int], memo: dict[int, int]) -> int:
    """The value of an expression without temps whose parts are shared; ``memo`` is by identity."""
    known = memo.get(id(expr))
    if known is not None:
        return known

    def of(part: Expr) -> Const:
        return Const(evaluate_shared(part, slots, memo))

    match expr:
        case Const() | Get() | Temp():
            value = evaluate(expr, slots, {})
        case Pick():
            value = evaluate(Pick(of(expr.index), expr.slots), slots, {})
        case Lookup():
            value = evaluate(Lookup(of(expr.index), expr.entries, expr.default), slots, {})
        case Unary(op, operand):
            value = evaluate(Unary(op, of(operand)), slots, {})
        case Binary("and", left, right):
            value = int(of(left).value != 0 and of(right).value != 0)
        case Binary("or", left, right):
            value = int(of(left).value != 0 or of(right).value != 0)
        case Binary(op, left, right):
            value = apply(op, of(left).value, of(right).value)
        case Ite(condition, then, other):
            value = of(then if of(condition).value else other).value
        case _:
            assert_never(expr)
    memo[id(expr)] = value
    return value


def apply(op: BinaryOp, left: int, right: int) -> int:
    """A binary operator on two values; a shift by a negative count gives 0."""
    match op:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            quotient = abs(left) // abs(right) if right else 0
            return quotient if (left < 0) == (right < 0) else -quotient
        case "%":
            return left - right * apply("/", left, right) if right else 0
        case "<<":
            return left << right if right >= 0 else 0
        case ">>":
            return left >> right if right >= 0 else 0
        case "&":
            return left & right
        case "|":
            return left | right
        case "^":
            return left ^ right
        case "==":
            return int(left == right)
        case "!=":
            return int(left != right)
        case "<":
            return int(left < right)
        case "<=":
            return int(left <= right)
        case ">":
            return int(left > right)
        case ">=":
            return int(left >= right)
        case "and":
            return int(bool(left and right))
        case "or":
            return int(bool(left or right))
        case _:
            assert_never(op)


class How(Enum):
    """How a block was left."""

    FELL = auto()
    BROKE = auto()
    FINISHED = auto()
    BLOCKED = auto()


@dataclass(slots=True)
class Run:
    """One run through an update.  ``taken`` are (option, number of options) of each ``Choose``."""

    slots: list[int]
    decisions: list[int]
    temps: dict[int, int] = field(default_factory=dict)
    taken: list[tuple[int, int]] = field(default_factory=list)
    reports: list[tuple[str, int]] = field(default_factory=list)
    begins: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    events: list[tuple[int, int | None]] = field(default_factory=list)
    writes: list[tuple[int, int, int]] = field(default_factory=list)
    """(events before it, slot, value), in order: which statement of the model wrote what."""
    reported_at: list[int] = field(default_factory=list)
    """For each report, how many events came before it."""
    bound: tuple[str, int] | None = None
    endless: int | None = None

    def block(self, update: Update) -> How:
        """Executes statements in order until one leaves the block."""
        for statement in update:
            how = self.statement(statement)
            if how is not How.FELL:
                return how
        return How.FELL

    def statement(self, statement: Statement) -> How:
        """Executes one statement."""
        match statement:
            case Let(temp, value):
                self.temps[temp] = self.value(value)
            case Set(slot, value):
                self.write(slot, self.value(value))
            case SetPick():
                index = self.value(statement.index)
                if index in statement.slots:
                    self.write(statement.slots[index], self.value(statement.value))
            case If(condition, then, other):
                return self.block(then if self.value(condition) else other)
            case Loop(body, site):
                return self.loop(body, site)
            case Break():
                return How.BROKE
            case Choose(temp, options):
                return self.choose(temp, options)
            case Assume(condition):
                if not self.value(condition):
                    return How.BLOCKED
            case Report(name, site):
                self.reports.append((name, site))
                self.reported_at.append(len(self.events))
            case Begin(frame):
                self.begins.append(frame)
            case End(frame):
                self.ends.append(frame)
            case Bound(text, site):
                self.bound = (text, site)
                return How.FINISHED
            case Finish():
                return How.FINISHED
            case Mark(site, result):
                self.events.append((site, None if result is None else self.value(result)))
            case _:
                assert_never(statement)
        return How.FELL

    def write(self, slot: int, value: int) -> None:
        """Gives a slot its value."""
        self.slots[slot] = value
        self.writes.append((len(self.events), slot, value))

    def loop(self, body: Update, site: int) -> How:
        """Repeats the body until it is left."""
        for _ in range(LOOP_LIMIT):
            how = self.block(body)
            if how is How.BROKE:
                return How.FELL
            if how is not How.FELL:
                return how
        self.endless = site
        return How.BLOCKED

    def choose(self, temp: int, options: tuple[tuple[Expr, Expr], ...]) -> How:
        """Takes the option that ``decisions`` names, or the first one beyond its end."""
        values = [self.value(value) for condition, value in options if self.value(condition)]
        if not values:
            return How.BLOCKED
        depth = len(self.taken)
        which = self.decisions[depth] if depth < len(self.decisions) else 0
        self.taken.append((which, len(values)))
        self.temps[temp] = values[which]
        return How.FELL

    def value(self, expr: Expr) -> int:
        """The value of an expression at this point."""
        return evaluate(expr, self.slots, self.temps)
