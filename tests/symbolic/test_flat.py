# SPDX-License-Identifier: MIT
"""Simultaneous assignments against the interpreter; ranges against what states really have."""

import random

from build import Builder, Get
from hypothesis import given, settings
from hypothesis import strategies as st
from random_systems import systems

from srcucheck.check.interpreter import outcomes
from srcucheck.ir.evaluate import evaluate_shared
from srcucheck.ir.expr import (
    Assume,
    Binary,
    BinaryOp,
    Bound,
    Break,
    Choose,
    Const,
    Expr,
    Finish,
    If,
    Ite,
    Let,
    Lookup,
    Loop,
    Pick,
    Report,
    Set,
    SetPick,
    Statement,
    Temp,
    Unary,
)
from srcucheck.ir.system import State, System
from srcucheck.symbolic.flat import Branch, Flat, flatten
from srcucheck.symbolic.intervals import range_of
from srcucheck.symbolic.ranges import ranges

Step = tuple[int, State | None, frozenset[str], frozenset[int], frozenset[str]]


def step_of(branch: Branch, state: State) -> Step | None:
    """What a branch does in a state."""
    memo: dict[int, int] = {}

    def of(expr: Expr) -> int:
        return evaluate_shared(expr, state, memo)

    assert not of(branch.endless)
    if not of(branch.enabled):
        return None
    after = list(state)
    for slot, value in branch.writes:
        after[slot] = of(value)
    return (
        branch.thread,
        None if of(branch.bound) else tuple(after),
        frozenset(k for k, when in branch.reports if of(when)),
        frozenset(k for k, when in branch.ends if of(when)),
        frozenset(k for k, when in branch.bounds if of(when)),
    )


def flat_steps(flat: Flat, state: State) -> set[Step]:
    return {step for b in flat.branches if (step := step_of(b, state)) is not None}


def steps(system: System, state: State) -> set[Step]:
    return {
        (
            thread,
            o.successor,
            frozenset(name for name, _ in o.reports),
            frozenset(o.ends),
            frozenset(() if o.bound is None else (o.bound[0],)),
        )
        for thread in range(len(system.threads))
        for o in outcomes(system, state, thread)
    }


@given(systems())
@settings(max_examples=200, deadline=None)
def test_branches_are_the_steps_of_the_interpreter(b: Builder) -> None:
    system = b.system()
    flat = flatten(system)
    found = ranges(system)
    seen = {system.initial[0].state}
    todo = list(seen)
    while todo:
        state = todo.pop()
        assert all(low <= v <= high for v, (low, high) in zip(state, found) if low is not None)
        true = steps(system, state)
        assert flat_steps(flat, state) == true
        for _, after, *_ in true:
            if after is not None and after not in seen:
                seen.add(after)
                todo.append(after)


OPS: list[BinaryOp] = ["+", "-", "*", "/", "%", "<<", ">>", "&", "|", "^", "==", "!=", "<", "<=",
                       ">", ">=", "and", "or"]  # fmt: skip
SLOTS = 4


def expression(draw: st.DrawFn, depth: int, temps: list[int]) -> Expr:
    kind = draw(st.integers(0, 3 if depth == 0 else 9))
    match kind:
        case 0:
            return Const(draw(st.integers(-4, 6)))
        case 1 | 2:
            return Get(draw(st.integers(0, SLOTS - 1)))
        case 3:
            return Temp(draw(st.sampled_from(temps))) if temps else Get(0)
        case 4:
            return Unary(
                draw(st.sampled_from(["not", "-", "~"])), expression(draw, depth - 1, temps)
            )
        case 5:
            return Pick(expression(draw, depth - 1, temps), {0: 1, 1: 2, 3: 0})
        case 9:
            return Ite(
                expression(draw, depth - 1, temps),
                expression(draw, depth - 1, temps),
                expression(draw, depth - 1, temps),
            )
        case 6:
            return Lookup(expression(draw, depth - 1, temps), {0: 2, 1: 5, -1: 3}, 1)
        case _:
            return Binary(
                draw(st.sampled_from(OPS)),
                expression(draw, depth - 1, temps),
                expression(draw, depth - 1, temps),
            )


def program(draw: st.DrawFn, depth: int, temps: list[int], in_loop: bool) -> tuple[Statement, ...]:
    found: list[Statement] = []
    for _ in range(draw(st.integers(0, 4))):
        match draw(st.integers(0, 10 if depth else 5)):
            case 0:
                value = expression(draw, 1, temps)
                number = draw(st.integers(0, 3))
                found.append(Let(number, value))
                temps = [*temps, number]
            case 1 | 2:
                wrapped = Binary("%", expression(draw, 2, temps), Const(7))
                found.append(Set(draw(st.integers(0, SLOTS - 1)), wrapped))
            case 3:
                found.append(SetPick(expression(draw, 1, temps), {0: 0, 1: 2}, Const(3)))
            case 4:
                found.append(Assume(expression(draw, 1, temps)))
            case 5:
                found.append(Report(draw(st.sampled_from("pq")), 0))
            case 6 if not in_loop:
                options = tuple(
                    (expression(draw, 1, temps), expression(draw, 1, temps))
                    for _ in range(draw(st.integers(1, 3)))
                )
                found.append(Choose(9, options))
                temps = [*temps, 9]
            case 6 | 7 | 8:
                found.append(
                    If(
                        expression(draw, 1, temps),
                        program(draw, depth - 1, list(temps), in_loop),
                        program(draw, depth - 1, list(temps), in_loop),
                    )
                )
            case 9:
                inner = program(draw, depth - 1, list(temps), True)
                turns: list[Statement] = [
                    Set(0, Binary("+", Get(0), Const(1))),
                    If(Binary(">", Get(0), Const(3)), (Break(),), ()),
                ]
                safe = tuple(s for s in inner if not isinstance(s, Set) or s.slot != 0)
                found.append(Loop((*turns, *_no_zero(safe)), 0))
            case _:
                found.append(
                    draw(st.sampled_from([Finish(), Bound("b", 0), Break()]))
                    if in_loop
                    else draw(st.sampled_from([Finish(), Bound("b", 0)]))
                )
                break
    return tuple(found)


def _no_zero(update: tuple[Statement, ...]) -> tuple[Statement, ...]:
    """Without writes of slot 0, which counts the turns."""
    found: list[Statement] = []
    for statement in update:
        match statement:
            case Set(0, _) | SetPick() | Loop():
                pass
            case If(condition, then, other):
                found.append(If(condition, _no_zero(then), _no_zero(other)))
            case _:
                found.append(statement)
    return tuple(found)


@st.composite
def updates(draw: st.DrawFn) -> Builder:
    b = Builder()
    for k in range(SLOTS):
        b.slot(f"x{k}", draw(st.integers(-2, 3)))
    t = b.thread("t")
    t.at(0, t.go(0, *program(draw, 2, [], False), guard=expression(draw, 1, [])))
    return b


@given(updates(), st.integers(0, 1 << 30))
@settings(max_examples=500, deadline=None)
def test_any_update_is_one_assignment(b: Builder, seed: int) -> None:
    system = b.system()
    flat = flatten(system)
    chance = random.Random(seed)
    found = ranges(system)
    for _ in range(5):
        state = (*(chance.randint(-3, 4) for _ in range(SLOTS)), 0)
        assert flat_steps(flat, state) == steps(system, state)
        for branch in flat.branches:
            for _, value in branch.writes:
                general = [(v, v) for v in state]
                low, high = range_of(value, general, {}, {}, {})
                number = evaluate_shared(value, state, {})
                assert low is None or low <= number
                assert high is None or number <= high
    state = system.initial[0].state
    for _ in range(20):
        assert all(
            (low is None or low <= v) and (high is None or v <= high)
            for v, (low, high) in zip(state, found)
        )
        after = [o.successor for o in outcomes(system, state, 0) if o.successor is not None]
        if not after:
            break
        state = chance.choice(after)
