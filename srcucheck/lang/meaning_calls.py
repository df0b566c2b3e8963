# SPDX-License-Identifier: MIT
"""Calls in the second meaning: functions, events, and the language's own words."""

from srcucheck.lang import tree
from srcucheck.lang.meaning_machine import Cut, Item, Machine, handles
from srcucheck.lang.meaning_memory import DEAD, LIVE, Grow
from srcucheck.lang.meaning_names import Body
from srcucheck.lang.meaning_values import (
    ArrayShape,
    Died,
    Elements,
    Fn,
    FnShape,
    Paste,
    PasteShape,
    Path,
    Ref,
    Value,
    convert,
    truth,
    zero,
)


@handles("calling")
def _calling(m: Machine, item: Item) -> None:
    """A call before its arguments."""
    _, code, base, _ = item
    assert code is not None
    call: tree.Call = code.node
    callee = m.names.callee(call)
    match callee:
        case tree.EventDecl(name=name):
            m.push("value", None, base, 0)
            m.push("event", None, base, name)
        case str():
            _word(m, call, callee, base)
        case (name, in_spec):
            body = m.names.function(name, in_spec)
            assert body is not None, f"{name} has no body"
            _arguments(m, call, body, base, by_name=True)
        case None:
            m.push("stored", call, base)
            m.push("eval", call.function, base, FnShape())


@handles("stored")
def _stored(m: Machine, item: Item) -> None:
    _, code, base, _ = item
    assert code is not None
    function = m.pop()
    if not isinstance(function, Fn):
        raise Died("no_null_dereference")
    body = m.names.function(function.name, function.in_spec)
    assert body is not None
    _arguments(m, code.node, body, base, by_name=False)


def _arguments(m: Machine, call: tree.Call, body: Body, base: int, *, by_name: bool) -> None:
    task = m.task
    enters = by_name and task.own_level and not task.atomic
    m.push(
        "call",
        body.code.node,
        base,
        (body.name, _Key(body), by_name and task.own_level),
    )
    if enters:
        m.push("enter")
    for argument, shape in reversed(list(zip(call.arguments, body.parameters, strict=True))):
        if isinstance(shape, PasteShape):
            m.push("value", None, base, Paste(m.names.code(argument), base))
        else:
            m.push("eval", argument, base, shape)


class _Key:
    """A body on the stack of things to do, compared by identity."""

    __slots__ = ("body",)

    def __init__(self, body: Body) -> None:
        self.body = body

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.body is self.body

    def __hash__(self) -> int:
        return id(self.body)


@handles("enter")
def _enter(m: Machine, item: Item) -> None:
    """User space or hardware enters the kernel: a step of its own."""


@handles("call")
def _call(m: Machine, item: Item) -> None:
    name, key, outermost = item[3]
    body: Body = key.body
    count = len(body.parameters)
    values = m.task.values
    arguments = values[len(values) - count :]
    del values[len(values) - count :]
    enter_body(m, body, name, arguments, system_call=outermost and m.task.kind == "user")
    m.task.depth += 1


def enter_body(
    m: Machine,
    body: Body,
    name: str,
    arguments: list[Value],
    *,
    system_call: bool = False,
) -> None:
    """A frame for a body, and the body to do; its value is given at the end."""
    base = len(m.task.locals)
    shapes = body.parameters
    frame = [
        convert(value, shape, m.layout.shape_at)
        for value, shape in zip(arguments, shapes, strict=True)
    ]
    m.task.locals += frame + [zero(shape) for shape in body.variables[len(shapes) :]]
    m.push("leave", None, base)
    if system_call:
        m.push("event", None, base, "return_to_user")
    m.push("ret", body.code.node, base, (len(m.task.values), body.result, name))
    m.push("stmt", body.code.node, base)


@handles("leave")
def _leave(m: Machine, item: Item) -> None:
    del m.task.locals[item[2] :]
    m.task.depth -= 1


@handles("event")
def _event(m: Machine, item: Item) -> None:
    for on in reversed(m.names.program.events.get(str(item[3]), ())):
        m.push("drop")
        m.push("on", on.body, 0, on.in_spec)


@handles("on")
def _on(m: Machine, item: Item) -> None:
    _, code, _, in_spec = item
    assert code is not None
    enter_body(m, m.names.body(code.node, in_spec, "on"), "on", [])
    m.task.depth += 1


# --- the language's own words -------------------------------------------------------------------


def _word(m: Machine, call: tree.Call, word: str, base: int) -> None:
    first = call.arguments[0]
    match word:
        case "WARN_ON" | "BUG_ON" | "assert" | "limit":
            m.push(word, call, base)
            m.push("eval", first, base)
        case "poison":
            m.push("poison")
            m.push("place", first, base)
        case "kfree":
            m.push("free")
            m.push("eval", first, base)
        case "touch" | "live" | "empty":
            m.push(word)
            m.push("eval", first, base)
        case "any" | "none":
            m.push("any", None, base, word)
            m.push("eval", first, base)
        case "ARRAY_SIZE":
            shape = m.names.type_of(first)
            if isinstance(shape, ArrayShape) and shape.length is not None:
                m.give(len(m.layout.threads) if shape.length < 0 else shape.length)
            else:
                m.push("size")
                m.push("eval", first, base)
        case _:
            raise AssertionError(word)


@handles("size")
def _size(m: Machine, item: Item) -> None:
    array = m.pop()
    m.give(1 if not isinstance(array, Elements) or array.length is None else array.length)


def _property(call: tree.Call) -> str:
    named = call.arguments[1]
    assert isinstance(named, tree.Name)
    return named.name


@handles("WARN_ON")
def _warn_on(m: Machine, item: Item) -> None:
    assert item[1] is not None
    bad = truth(m.pop())
    if bad:
        m.report(_property(item[1].node))
    m.give(int(bad))


@handles("BUG_ON")
def _bug_on(m: Machine, item: Item) -> None:
    assert item[1] is not None
    if truth(m.pop()):
        raise Died(_property(item[1].node))
    m.give(0)


def _line_of(m: Machine, call: tree.Call) -> str:
    """The property of an ``assert``, named by its file and line."""
    file = call.span.file
    source = m.names.program.sources[file]
    stem = file.rpartition("/")[2].removesuffix(".srcu")
    return f"assert_{stem}_{source.position(call.span.start)[0]}"


@handles("assert")
def _assert(m: Machine, item: Item) -> None:
    assert item[1] is not None
    if not truth(m.pop()):
        m.report(_line_of(m, item[1].node))
    m.give(0)


@handles("limit")
def _limit(m: Machine, item: Item) -> None:
    assert item[1] is not None
    if not truth(m.pop()):
        text = item[1].node.arguments[1]
        assert isinstance(text, tree.String)
        raise Cut(text.value)
    m.give(0)


@handles("empty")
def _empty(m: Machine, item: Item) -> None:
    m.give(int(not m.pop()))


@handles("any")
def _any(m: Machine, item: Item) -> None:
    array = m.pop()
    if not isinstance(array, Elements):
        m.give(m.null())
        return
    held = [m.read(Ref(cell)) for cell, _ in m.layout.cells(array.path)]
    m.give(int(any(map(truth, held)) == (item[3] == "any")))


# --- objects ------------------------------------------------------------------------------------


@handles("allocate")
def _allocate(m: Machine, item: Item) -> None:
    assert item[1] is not None
    struct = m.names.struct(item[1].node.type)
    places = m.layout.allocated(struct)
    pool = m.names.program.pools.get(struct)
    recycle = pool is not None and pool.recycle
    free = [p for p in places if m.world.lives[p] == 0 or (recycle and m.world.lives[p] == DEAD)]
    if not free:
        if pool is None:
            raise Grow(struct)
        raise Cut(f"all {len(places)} places of 'struct {struct}' are used")
    if not recycle or len(free) == 1:
        _start_life(m, free[0], struct, recycle)
        return
    for other, place in zip(m.fork(len(free)), free, strict=True):
        _start_life(other, place, struct, True)


def _start_life(m: Machine, path: Path, struct: str, recycle: bool) -> None:
    m.world.lives[path] = LIVE
    if not recycle:
        for cell, shape in m.layout.cells(path):
            if m.layout.root(cell) is not None:
                m.world.memory[cell] = zero(shape)
    m.give(Ref(path))


@handles("free")
def _free(m: Machine, item: Item) -> None:
    pointer = m.pop()
    m.give(0)
    if not isinstance(pointer, Ref):
        return
    life = m.world.lives.get(pointer.path)
    if life is None:
        m.report("no_bad_free")
    elif life != LIVE:
        m.report("no_double_free")
    else:
        m.world.lives[pointer.path] = DEAD


@handles("touch")
def _touch(m: Machine, item: Item) -> None:
    pointer = m.pop()
    if isinstance(pointer, Ref):
        root = m.layout.owner(pointer.path)
        if root is not None and not m.alive(root):
            m.used_dead()
        m.give(0)
    else:
        m.give(m.null())


@handles("live")
def _live(m: Machine, item: Item) -> None:
    pointer = m.pop()
    if not isinstance(pointer, Ref):
        m.give(0)
        return
    root = m.layout.owner(pointer.path)
    m.give(int(root is None or m.world.lives[root] == LIVE))


@handles("poison")
def _poison(m: Machine, item: Item) -> None:
    place = m.pop()
    if not isinstance(place, Ref):
        m.null()
    else:
        m.access(place.path)
        m.world.poisoned |= {cell for cell, _ in m.layout.cells(place.path)}
    m.give(0)
