# SPDX-License-Identifier: MIT
"""Walks over expressions and updates: their parts, and which slots an expression reads."""

from collections.abc import Iterator
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
from srcucheck.ir.system import State


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


def expressions(statement: Statement) -> Iterator[Expr]:
    """The expressions that a statement evaluates itself, not those of statements inside it."""
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
