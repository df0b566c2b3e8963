# SPDX-License-Identifier: MIT
"""Expressions in the second meaning: left to right, and each shared access a step of its own."""

from typing import assert_never

from srcucheck.base.diagnostic import ModelError
from srcucheck.lang import tree
from srcucheck.lang.constant import evaluate
from srcucheck.lang.meaning_machine import Blocked, Item, Machine, handles
from srcucheck.lang.meaning_memory import INIT, contained
from srcucheck.lang.meaning_operators import operate
from srcucheck.lang.meaning_values import (
    Died,
    Elements,
    Fn,
    Paste,
    Ref,
    Shape,
    Variable,
    truth,
)
from srcucheck.lang.program import FunctionInfo, GlobalInfo, ThreadInfo


@handles("eval")
def _eval(m: Machine, item: Item) -> None:
    """Work out a value; ``extra`` is the shape it is wanted in, for names."""
    _, code, base, hint = item
    assert code is not None
    expr: tree.Expr = code.node
    match expr:
        case tree.Number(value=number):
            m.give(number)
        case tree.String():
            m.give(0)
        case tree.Name():
            _name(m, expr, base, hint)
        case tree.Unary(op=op, operand=operand):
            m.push("unary", None, base, op)
            m.push("eval", operand, base)
        case tree.AddressOf(operand=operand):
            m.push("place", operand, base)
        case tree.Member() | tree.Index() | tree.Deref():
            m.push("load")
            m.push("place", expr, base)
        case tree.Binary():
            _binary(m, expr, base)
        case tree.Conditional(condition=condition):
            m.push("conditional", expr, base, hint)
            m.push("eval", condition, base)
        case tree.Assign(target=target, op=op, value=value):
            m.push("store")
            if op:
                m.push("combine", None, base, op)
                m.push("load_too")
            m.push("place", target, base)
            m.push("eval", value, base, m.names.type_of(target))
        case tree.Increment(target=target):
            if not expr.prefix:
                m.push("drop")
            m.push("store")
            m.push("increment", expr, base)
            m.push("load_too")
            m.push("place", target, base)
        case tree.Call():
            m.push("calling", expr, base)
        case tree.Allocate():
            m.push("allocate", expr, base)
        case tree.ContainerOf(pointer=pointer):
            m.push("contain", expr, base)
            m.push("eval", pointer, base)
        case tree.Choose(values=values):
            for other, value in zip(m.fork(len(values)), values, strict=True):
                other.push("eval", value, base, hint)
        case tree.Quantifier():
            m.push("quantify", expr, base)
        case tree.EmptySet():
            m.give(frozenset())
        case tree.Await():
            _await(m, expr, base)
        case tree.Initializer():
            raise AssertionError("an initialiser is no value")
        case _:
            assert_never(expr)


def _name(m: Machine, expr: tree.Name, base: int, hint: Shape | None) -> None:
    offset = m.names.offset.get(id(expr))
    if offset is not None:
        value = m.task.locals[base + offset]
        if isinstance(value, Paste):
            m.push("eval", value.code.node, value.base, hint)
        else:
            m.give(value)
        return
    meant = m.names.meaning(expr, hint)
    match meant:
        case int() | str():
            m.give(meant)
        case GlobalInfo():
            m.give(Ref((m.layout.global_names[id(meant)],)))
            m.push("load")
        case ThreadInfo(name=name):
            m.give(Ref((f"@{name}",)))
        case FunctionInfo(name=name, in_spec=in_spec):
            m.give(Fn(name, in_spec))
        case None:
            m.give(_current(m))
        case _:
            assert_never(meant)


def _current(m: Machine) -> Ref:
    return INIT if m.task.place is None else Ref((f"@{m.task.place.name}",))


# --- places -------------------------------------------------------------------------------------


@handles("place")
def _place(m: Machine, item: Item) -> None:
    """Work out where something stands."""
    _, code, base, _ = item
    assert code is not None
    expr: tree.Expr = code.node
    match expr:
        case tree.Name():
            offset = m.names.offset.get(id(expr))
            if offset is None:
                meant = m.names.meaning(expr, None)
                if isinstance(meant, GlobalInfo):
                    m.give(Ref((m.layout.global_names[id(meant)],)))
                    return
                m.push("eval", expr, base)
                return
            value = m.task.locals[base + offset]
            if isinstance(value, Paste):
                m.push("place", value.code.node, value.base)
            else:
                m.give(Variable(base + offset, m.names.local_shape[id(expr)]))
        case tree.Member(base=inner, name=name, arrow=arrow):
            m.push("member", None, base, name)
            m.push("eval" if arrow else "place", inner, base)
        case tree.Index(base=tree.Name() as named, index=index) if _is_family(m, named):
            assert index is not None
            m.push("of_family", None, base, named.name)
            m.push("eval", index, base)
        case tree.Index(base=inner, index=index):
            if index is not None:
                m.push("element")
                m.push("eval", index, base)
            m.push("eval", inner, base)
        case tree.Deref(operand=operand):
            m.push("eval", operand, base)
        case _:
            m.push("eval", expr, base)


def _is_family(m: Machine, expr: tree.Name) -> bool:
    if id(expr) in m.names.offset:
        return False
    return isinstance(m.names.meaning(expr, None), ThreadInfo)


@handles("of_family")
def _of_family(m: Machine, item: Item) -> None:
    m.give(Ref((f"@{item[3]}[{m.pop()}]",)))


@handles("member")
def _member(m: Machine, item: Item) -> None:
    base = m.pop()
    if isinstance(base, Ref):
        m.give(Ref((*base.path, str(item[3]))))
    else:
        m.give(0)


@handles("element")
def _element(m: Machine, item: Item) -> None:
    index, array = m.pop(), m.pop()
    if not isinstance(array, Elements):
        m.give(m.null())
        return
    if array.by_task:
        if not isinstance(index, Ref):
            m.give(m.null())
            return
        m.give(Ref((*array.path, (str(index.path[0]),))))
        return
    assert isinstance(index, int)
    if not 0 <= index < (1 if array.length is None else array.length):
        raise Died("no_bug")
    m.give(Ref(array.path if array.length is None else (*array.path, index)))


@handles("load")
def _load(m: Machine, item: Item) -> None:
    m.give(m.read(m.pop()))


@handles("load_too")
def _load_too(m: Machine, item: Item) -> None:
    """Load, and keep the place."""
    m.give(m.read(m.task.values[-1]))


@handles("store")
def _store(m: Machine, item: Item) -> None:
    place, value = m.pop(), m.pop()
    m.give(m.write(place, value))


@handles("drop")
def _drop(m: Machine, item: Item) -> None:
    m.pop()


@handles("value")
def _value(m: Machine, item: Item) -> None:
    m.give(item[3])


# --- operators ----------------------------------------------------------------------------------


def _binary(m: Machine, expr: tree.Binary, base: int) -> None:
    left, right, op = expr.left, expr.right, expr.op
    if op in ("&&", "||"):
        m.push("early", expr, base)
        m.push("eval", left, base)
        return
    compared = op in ("==", "!=")
    m.push("binary", None, base, op)
    m.push("eval", right, base, m.names.type_of(left) if compared else None)
    m.push("eval", left, base, m.names.type_of(right) if compared else None)


@handles("early")
def _early(m: Machine, item: Item) -> None:
    _, code, base, _ = item
    assert code is not None
    left = truth(m.pop())
    if left == (code.node.op == "||"):
        m.give(int(left))
    else:
        m.push("truth")
        m.push("eval", code.node.right, base)


@handles("truth")
def _truth(m: Machine, item: Item) -> None:
    m.give(int(truth(m.pop())))


@handles("unary")
def _unary(m: Machine, item: Item) -> None:
    value = m.pop()
    if item[3] == "!":
        m.give(int(not truth(value)))
        return
    assert isinstance(value, int)
    m.give({"-": -value, "~": ~value, "+": value}[item[3]])


@handles("binary")
def _operate(m: Machine, item: Item) -> None:
    right, left = m.pop(), m.pop()
    m.give(operate(str(item[3]), left, right))


@handles("combine")
def _combine(m: Machine, item: Item) -> None:
    """value, place, old -> new, place."""
    old, place, value = m.pop(), m.pop(), m.pop()
    m.give(operate(str(item[3]), old, value))
    m.give(place)


@handles("increment")
def _increment(m: Machine, item: Item) -> None:
    """place, old -> (old if it is the result), new, place."""
    _, code, _, _ = item
    assert code is not None
    old, place = m.pop(), m.pop()
    assert isinstance(old, int)
    if not code.node.prefix:
        m.give(old)
    m.give(old + (1 if code.node.op == "++" else -1))
    m.give(place)


@handles("conditional")
def _conditional(m: Machine, item: Item) -> None:
    _, code, base, hint = item
    assert code is not None
    m.push("eval", code.node.then if truth(m.pop()) else code.node.other, base, hint)


@handles("contain")
def _contain(m: Machine, item: Item) -> None:
    _, code, _, _ = item
    assert code is not None
    m.give(contained(m.layout, m.pop(), code.node.path, m.names.struct(code.node.type)))


# --- quantifiers and waits ----------------------------------------------------------------------


@handles("quantify")
def _quantify(m: Machine, item: Item) -> None:
    _, code, base, _ = item
    assert code is not None
    expr: tree.Quantifier = code.node
    at = base + m.names.offset[id(expr)]
    condition = m.names.code(expr.condition)
    found: list[Ref] = []
    holds_for_all = True
    # places have no order, so all are asked: whether a dead one is does not hang on the others
    for place in m.layout.places(m.names.struct(expr.type)):
        m.task.locals[at] = place
        if truth(m.now(condition, base)):
            found.append(place)
        else:
            holds_for_all = False
    m.task.locals[at] = 0
    match expr.kind:
        case "some":
            m.give(int(bool(found)))
        case "all":
            m.give(int(holds_for_all))
        case "choose":
            if len(found) < 2:
                m.give(found[0] if found else 0)
                return
            for other, place in zip(m.fork(len(found)), found, strict=True):
                other.give(place)
        case _:
            assert_never(expr.kind)


def _await(m: Machine, expr: tree.Await, base: int) -> None:
    if expr.block is None and expr.kind == "await":
        try:
            if evaluate(expr.condition, m.names.program, m.names.values):
                m.give(1)
                return
        except ModelError:
            pass
    m.push("await", expr, base)


@handles("await")
def _wait(m: Machine, item: Item) -> None:
    _, code, base, _ = item
    assert code is not None
    expr: tree.Await = code.node
    true, seen = m.look(m.names.code(expr.condition), base)
    if seen.died is not None:
        raise Died(seen.died)
    if not true:
        match expr.kind:
            case "await_timeout":
                pass
            case "await_interruptible" | "await_strong_interruptible":
                m.labels.signal = True
            case "await" | "await_strong" | "await_idle":
                raise Blocked(expr.kind == "await_idle")
            case _:
                assert_never(expr.kind)
    if seen.dead:
        m.used_dead()
    if not true:
        m.give(0)
        return
    m.task.atomic += 1
    m.push("value", None, 0, 1)
    m.push("leave_atomic")
    if expr.block is not None:
        m.push("stmt", expr.block, base)
