# SPDX-License-Identifier: MIT
"""Statements in the second meaning: what they leave to do, and how control leaves them.

Markers on the stack of things to do (``ret``, ``loop``, ``leave_atomic``) say where ``return``,
``break``, ``continue`` and ``goto`` stop unwinding.
"""

from itertools import pairwise
from typing import assert_never

from srcucheck.lang import tree
from srcucheck.lang.meaning_machine import TURNS, EndlessLoop, Item, Machine, handles
from srcucheck.lang.meaning_values import Shape, VoidShape, convert, truth, zero
from srcucheck.lang.walk import Node, parts, walk


@handles("stmt")
def _statement(m: Machine, item: Item) -> None:
    _, code, base, _ = item
    assert code is not None
    node: tree.Statement = code.node
    match node:
        case tree.Block():
            m.push("sequence", node, base, 0)
        case tree.ExprStatement(expression=expression):
            m.push("drop")
            m.push("eval", expression, base)
        case tree.Declare(declarators=declarators):
            for declarator in reversed(declarators):
                m.push("declare", declarator, base)
        case tree.If(condition=condition):
            m.push("branch", node, base)
            m.push("eval", condition, base)
        case tree.While() | tree.DoWhile() | tree.For():
            _start_loop(m, node, base)
        case tree.ForEach():
            m.push("loop", node, base, (len(m.task.values), m.task.moved))
            m.push("each", node, base, 0)
        case tree.Goto():
            m.push("jump", node, base, _is_backward(m, node))
        case tree.Label(statement=statement):
            m.push("stmt", statement, base)
        case tree.Break():
            _leave(m, ("loop",))
        case tree.Continue():
            _leave(m, ("continue",))
        case tree.Return(value=value):
            m.push("return")
            if value is None:
                m.give(0)
            else:
                m.push("eval", value, base, _result(m))
        case tree.Switch(subject=subject):
            m.push("switch", node, base)
            m.push("eval", subject, base)
        case tree.Atomic(body=body):
            m.push("atomic", body, base)
        case tree.Empty():
            pass
        case _:
            assert_never(node)


@handles("sequence")
def _sequence(m: Machine, item: Item) -> None:
    _, code, base, at = item
    assert code is not None
    statements = code.node.statements
    if at < len(statements):
        if at + 1 < len(statements):
            m.push("sequence", code.node, base, at + 1)
        m.push("stmt", statements[at], base)


@handles("declare")
def _declare(m: Machine, item: Item) -> None:
    _, code, base, _ = item
    assert code is not None
    node: tree.Declarator = code.node
    shape = m.names.local_shape[id(node)]
    at = base + m.names.offset[id(node)]
    if node.value is None:
        m.task.locals[at] = zero(shape)
    else:
        m.push("keep", node, base, (at, shape))
        m.push("eval", node.value, base, shape)


@handles("keep")
def _keep(m: Machine, item: Item) -> None:
    at, shape = item[3]
    m.task.locals[at] = convert(m.pop(), shape, m.layout.shape_at)


@handles("branch")
def _branch(m: Machine, item: Item) -> None:
    _, code, base, _ = item
    assert code is not None
    chosen = code.node.then if truth(m.pop()) else code.node.other
    if chosen is not None:
        m.push("stmt", chosen, base)


@handles("atomic")
def _atomic(m: Machine, item: Item) -> None:
    _, code, base, _ = item
    assert code is not None
    m.task.atomic += 1
    m.push("leave_atomic")
    m.push("stmt", code.node, base)


@handles("leave_atomic")
def _leave_atomic(m: Machine, item: Item) -> None:
    m.task.atomic -= 1
    if not m.task.atomic:
        m.turns = 0


# --- loops --------------------------------------------------------------------------------------


def _start_loop(m: Machine, node: tree.While | tree.DoWhile | tree.For, base: int) -> None:
    m.push("loop", node, base, (len(m.task.values), m.task.moved))
    m.task.moved = False
    match node:
        case tree.DoWhile(body=body):
            m.push("continue", node, base, len(m.task.values))
            m.push("stmt", body, base)
        case tree.While():
            m.push("test", node, base)
        case tree.For(start=start):
            m.push("test", node, base)
            if start is not None:
                m.push("stmt", start, base)
        case _:
            assert_never(node)


@handles("test")
def _test(m: Machine, item: Item) -> None:
    _, code, base, _ = item
    assert code is not None
    m.push("go_on", code.node, base)
    if code.node.condition is None:
        m.give(1)
    else:
        m.push("eval", code.node.condition, base)


@handles("go_on")
def _go_on(m: Machine, item: Item) -> None:
    _, code, base, _ = item
    assert code is not None
    if not truth(m.pop()):
        return
    node: tree.While | tree.DoWhile | tree.For = code.node
    if isinstance(node, tree.DoWhile):
        m.push("turn", node, base, True)
        return
    m.push("continue", node, base, len(m.task.values))
    m.push("stmt", node.body, base)


@handles("continue")
def _continue(m: Machine, item: Item) -> None:
    """The end of a turn's body; ``do`` tests here, ``for`` takes its step."""
    _, code, base, _ = item
    assert code is not None
    node: tree.While | tree.DoWhile | tree.For = code.node
    if isinstance(node, tree.DoWhile):
        m.push("test", node, base)
        return
    m.push("turn", node, base, True)
    if isinstance(node, tree.For) and node.step is not None:
        m.push("drop")
        m.push("eval", node.step, base)


@handles("turn")
def _turn(m: Machine, item: Item) -> None:
    """The back edge."""
    _, code, base, _ = item
    assert code is not None
    m.turns += 1
    if m.turns > TURNS:
        raise EndlessLoop
    m.task.moved = False
    node: tree.While | tree.DoWhile | tree.For = code.node
    if isinstance(node, tree.DoWhile):
        m.push("continue", node, base, len(m.task.values))
        m.push("stmt", node.body, base)
    else:
        m.push("test", node, base)


@handles("loop")
def _loop(m: Machine, item: Item) -> None:
    """The end of a loop or a ``switch``."""
    m.task.moved = m.task.moved or item[3][1]


@handles("each")
def _each(m: Machine, item: Item) -> None:
    _, code, base, at = item
    assert code is not None
    node: tree.ForEach = code.node
    places = m.layout.places(m.names.struct(node.type))
    variable = base + m.names.offset[id(node)]
    if at == len(places):
        m.task.locals[variable] = 0
        return
    m.task.locals[variable] = places[at]
    m.push("each", node, base, at + 1)
    m.push("continue_each", node, base, len(m.task.values))
    m.push("stmt", node.body, base)


@handles("continue_each")
def _continue_each(m: Machine, item: Item) -> None:
    pass


@handles("switch")
def _switch(m: Machine, item: Item) -> None:
    _, code, base, _ = item
    assert code is not None
    node: tree.Switch = code.node
    subject = m.pop()
    hint = m.names.type_of(node.subject)
    start: int | None = None
    default: int | None = None
    first = 0
    for case in node.cases:
        if case.is_default:
            default = first
        for value in case.values:
            if start is None and m.now(m.names.code(value), base, hint) == subject:
                start = first
        first += len(case.body)
    if start is None:
        start = default
    if start is not None:
        m.push("loop", node, base, (len(m.task.values), m.task.moved))
        m.push("cases", node, base, start)


@handles("cases")
def _cases(m: Machine, item: Item) -> None:
    _, code, base, at = item
    assert code is not None
    statements = [s for case in code.node.cases for s in case.body]
    if at < len(statements):
        m.push("cases", code.node, base, at + 1)
        m.push("stmt", statements[at], base)


# --- leaving ------------------------------------------------------------------------------------


def _unwind(m: Machine, ops: tuple[str, ...]) -> Item:
    """Forget what was to do, up to a marker, which is taken off."""
    task = m.task
    while task.todo is not None:
        item: Item
        item, task.todo = task.todo
        if item[0] in ops:
            return item
        if item[0] == "leave_atomic":
            task.atomic -= 1
        elif item[0] == "loop":
            task.moved = task.moved or item[3][1]
    raise AssertionError(f"nothing to leave: {ops}")


def _leave(m: Machine, ops: tuple[str, ...]) -> None:
    if ops == ("continue",):
        item = _unwind(m, ("continue", "continue_each"))
        del m.task.values[item[3] :]
    else:
        item = _unwind(m, ops)
        del m.task.values[item[3][0] :]
    op, code, base, extra = item
    m.task.todo = ((op, code, base, extra), m.task.todo)


def _result(m: Machine) -> Shape:
    todo = m.task.todo
    while todo is not None:
        item, todo = todo
        if item[0] == "ret":
            shape: Shape = item[3][1]
            return shape
    return VoidShape()


@handles("return")
def _return(m: Machine, item: Item) -> None:
    value = m.pop()
    marker = _unwind(m, ("ret",))
    height, shape, _ = marker[3]
    del m.task.values[height:]
    m.give(convert(value, shape, m.layout.shape_at))


@handles("ret")
def _ret(m: Machine, item: Item) -> None:
    """The end of a body that was reached without ``return``."""
    m.give(0)


# --- goto ---------------------------------------------------------------------------------------


def _function(m: Machine) -> Item:
    todo = m.task.todo
    while todo is not None:
        item: Item
        item, todo = todo
        if item[0] == "ret":
            return item
    raise AssertionError("goto outside of a body")


def _label(m: Machine, goto: tree.Goto) -> tree.Label:
    code = _function(m)[1]
    assert code is not None
    for node in walk(code.node):
        if isinstance(node, tree.Label) and node.name == goto.label:
            return node
    raise AssertionError(goto.label)


def _is_backward(m: Machine, goto: tree.Goto) -> bool:
    return _label(m, goto).span.start <= goto.span.start


@handles("jump")
def _jump(m: Machine, item: Item) -> None:
    """Unwind the whole body, then rebuild what is to do after the label."""
    _, code, base, backward = item
    assert code is not None
    label = _label(m, code.node)
    marker = _unwind(m, ("ret",))
    assert marker[1] is not None
    m.task.todo = (marker, m.task.todo)
    del m.task.values[marker[3][0] :]
    trail = _trail(marker[1].node, label)
    assert trail is not None
    for outer, inner in pairwise(trail):
        _enter(m, outer, inner, base)
    m.push("stmt", label.statement, base)
    if backward:
        m.task.moved = False
        m.turns += 1
        if m.turns > TURNS:
            raise EndlessLoop


def _trail(node: Node, label: tree.Label) -> list[Node] | None:
    if node is label:
        return [node]
    for part in parts(node):
        found = None if part is None else _trail(part, label)
        if found is not None:
            return [node, *found]
    return None


def _enter(m: Machine, outer: Node, inner: Node, base: int) -> None:
    """Leave on the stack what follows ``inner`` within ``outer``."""
    height = len(m.task.values)
    match outer:
        case tree.Block(statements=statements):
            at = next(i for i, s in enumerate(statements) if s is inner)
            m.push("sequence", outer, base, at + 1)
        case tree.If() | tree.Label():
            pass
        case tree.While() | tree.DoWhile() | tree.For():
            m.push("loop", outer, base, (height, True))
            m.push("continue", outer, base, height)
        case tree.Switch():
            m.push("loop", outer, base, (height, True))
        case tree.Case():
            _enter_case(m, outer, inner, base)
        case tree.Atomic():
            m.task.atomic += 1
            m.push("leave_atomic")
        case _:
            raise AssertionError(f"goto into {type(outer).__name__}")


def _enter_case(m: Machine, case: tree.Case, inner: Node, base: int) -> None:
    todo = m.task.todo
    assert todo is not None
    code = todo[0][1]
    assert code is not None
    switch: tree.Switch = code.node
    statements = [s for c in switch.cases for s in c.body]
    at = next(i for i, s in enumerate(statements) if s is inner)
    m.push("cases", switch, base, at + 1)
