# SPDX-License-Identifier: MIT
"""Which slots expressions read and updates write, and what a thread can still do from here on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import assert_never

from srcucheck.ir.evaluate import evaluate
from srcucheck.ir.expr import (
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
from srcucheck.ir.system import Location, State, Thread


def subexpressions(expr: Expr) -> Iterator[Expr]:
    """The expression and all its parts."""
    todo = [expr]
    while todo:
        one = todo.pop()
        yield one
        match one:
            case Const() | Get() | Temp():
                pass
            case Pick() | Lookup():
                todo.append(one.index)
            case Unary(_, operand):
                todo.append(operand)
            case Binary(_, left, right):
                todo += [right, left]
            case Ite(condition, then, other):
                todo += [other, then, condition]
            case _:
                assert_never(one)


def conjuncts(expr: Expr) -> Iterator[Expr]:
    """The parts of ``a and b and c``."""
    match expr:
        case Binary("and", left, right):
            yield from conjuncts(left)
            yield from conjuncts(right)
        case _:
            yield expr


def slots_read(expr: Expr, state: State) -> Iterator[int]:
    """The slots that an expression reads; which element of a table, as things stand."""
    for one in subexpressions(expr):
        if isinstance(one, Get):
            yield one.slot
        elif isinstance(one, Pick):
            if any(isinstance(part, Temp) for part in subexpressions(one.index)):
                yield from one.slots.values()
            else:
                index = evaluate(one.index, state, {})
                if index in one.slots:
                    yield one.slots[index]


def statements(update: Update) -> Iterator[Statement]:
    """All statements of an update, nested ones too."""
    for statement in update:
        yield statement
        match statement:
            case If(_, then, other):
                yield from statements(then)
                yield from statements(other)
            case Loop(body):
                yield from statements(body)
            case _:
                pass


def expressions(update: Update) -> Iterator[Expr]:
    """All expressions that an update evaluates."""
    for statement in statements(update):
        match statement:
            case Let(_, value) | Set(_, value):
                yield value
            case SetPick():
                yield statement.index
                yield statement.value
            case If(condition) | Assume(condition):
                yield condition
            case Choose(_, options):
                for condition, value in options:
                    yield condition
                    yield value
            case Loop() | Break() | Report() | Begin() | End() | Bound() | Finish() | Mark():
                pass
            case _:
                assert_never(statement)


@dataclass(slots=True)
class Future:
    """What a thread can still write, from each of its locations on.  Static, so it may be more."""

    thread: Thread
    _writes: dict[int, frozenset[int]] = field(default_factory=dict)

    def writes(self, start: int) -> frozenset[int]:
        """The slots written on some way on from a location."""
        if start not in self._writes:
            self._writes[start] = self.along(start, _written)
        return self._writes[start]

    def along(self, start: int, of: Callable[[Statement], set[int]]) -> frozenset[int]:
        """What ``of`` gives for the statements of all actions on some way on from a location."""
        found: set[int] = set()
        seen = {start}
        todo = [start]
        while todo:
            location = self.thread.locations[todo.pop()]
            for action in location.actions:
                for statement in statements(action.update):
                    found |= of(statement)
            for number in self.next(location):
                if number not in seen and number in self.thread.locations:
                    seen.add(number)
                    todo.append(number)
        return frozenset(found)

    def next(self, location: Location) -> set[int]:
        """The locations that the actions here can lead to."""
        found: set[int] = set()
        for action in location.actions:
            for statement in statements(action.update):
                if isinstance(statement, Set) and statement.slot == self.thread.pc:
                    values = _values(statement.value)
                    if values is None:
                        return set(self.thread.locations)
                    found |= values
        return found


def _written(statement: Statement) -> set[int]:
    if isinstance(statement, Set):
        return {statement.slot}
    if isinstance(statement, SetPick):
        return set(statement.slots.values())
    return set()


def _values(expr: Expr) -> set[int] | None:
    """The values an expression can have; None if they are not plain to see."""
    match expr:
        case Const(value):
            return {value}
        case Ite(_, then, other):
            one, two = _values(then), _values(other)
            return None if one is None or two is None else one | two
        case Lookup():
            return {*expr.entries.values(), expr.default}
        case _:
            return None
