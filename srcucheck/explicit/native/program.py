# SPDX-License-Identifier: MIT
"""The module of a model: the successors of a packed state, found by (thread, location)."""

from collections.abc import Sequence
from dataclasses import dataclass

from srcucheck.explicit.compile import Label, contains, key_of, labels_of
from srcucheck.explicit.native.actions import DEEPEST, Writer
from srcucheck.explicit.native.codes import Stop
from srcucheck.explicit.native.ends import Shared
from srcucheck.explicit.native.kinds import Kinds
from srcucheck.explicit.native.layout import Layout, Unfit
from srcucheck.explicit.native.text import Text
from srcucheck.explicit.native.values import Values
from srcucheck.ir.expr import Choose, Expr
from srcucheck.ir.system import Action, Location, System, Thread

_PARAMETERS = "ptr noalias %s, ptr noalias %out, ptr noalias %tags"
_SHARED = "i64 %room, ptr noalias %control, ptr noalias %kinds, ptr noalias %heads"
_DECLARED = [
    "declare i64 @intern(ptr, ptr, ptr, i64, ptr)",
    *(
        f"declare {{i64, i1}} @llvm.{name}.with.overflow.i64(i64, i64)"
        for name in ("sadd", "ssub", "smul")
    ),
]

SMALL = 400
"""Instructions (before optimising) of all locations, up to which they become one function."""
MEDIUM = 60_000
"""Lines up to which optimising is worth its time."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """An action by its number in compiled code."""

    thread: int
    action: Action
    labels: tuple[Label, ...]
    """By bit."""


@dataclass(frozen=True, slots=True)
class Program:
    """A model's text, and what its numbers mean."""

    text: str
    most: int
    """How much optimising its size allows."""
    actions: tuple[Numbered, ...]
    kinds: Kinds


def program(system: System, layout: Layout, kinds: Kinds | None = None) -> Program:
    """Writes the module of a model; ``kinds`` are those that have numbers already.

    Raises:
        Unfit: a constant takes more than 64 bits; an expression is nested too deeply.
    """
    most = 0
    actions: list[Numbered] = []
    for thread in system.threads:
        for location in thread.locations.values():
            for action in location.actions:
                labels = _distinct(labels_of(action.update))
                most = max(most, len(labels))
                actions.append(Numbered(thread.number, action, labels))
    kinds = kinds or Kinds(max(1, (most + 63) // 64))
    texts: list[str] = []
    number = 0
    for thread in system.threads:
        for location in thread.locations.values():
            if location.actions:
                try:
                    texts.append(_location(layout, kinds, thread, location, number))
                except RecursionError as error:
                    raise Unfit("an expression is nested too deeply") from error
                number += len(location.actions)
    lines = sum(text.count("\n") for text in texts)
    texts.append(_expand(system, layout))
    how = "alwaysinline" if lines <= 10 * SMALL else ""
    text = "\n".join([*_DECLARED, *texts]).replace("INLINED", how)
    return Program(text, 2 if lines <= 10 * SMALL else int(lines <= MEDIUM), tuple(actions), kinds)


def _distinct(labels: Sequence[Label]) -> tuple[Label, ...]:
    found: dict[tuple[object, ...], Label] = {}
    for label in labels:
        found.setdefault(key_of(label), label)
    return tuple(found.values())


def _location(layout: Layout, kinds: Kinds, thread: Thread, location: Location, number: int) -> str:
    """The function of one location: counts on from ``%n``, or gives a code below 0."""
    out = Text()
    mixed = len({action.owed for action in location.actions}) > 1
    shared = Shared(out, layout, kinds, thread.number, mixed, out.place())
    out.store("%n", shared.count)
    if mixed:
        shared.seen = out.place()
        out.store("0", shared.seen)
    if any(contains(action.update, (Choose,)) for action in location.actions):
        room = f"[{DEEPEST} x i64]"
        shared.paths = (out.place(room), out.place(room))
    for place, action in enumerate(location.actions):
        Writer(shared, action, number + place, out.label()).write()
    if mixed:
        both, fine = out.label(), out.label()
        out.branch(out.op(f"icmp eq i64 {out.load(shared.seen)}, 3"), both, fine)
        out.begin(both)
        shared.leave(Stop.MIXED, str(thread.number))
        out.begin(fine)
    out.do(f"ret i64 {out.load(shared.count)}")
    out.begin("overflow")
    out.do(f"ret i64 {int(Stop.OVERFLOW)}")
    name = _name(thread, location)
    return out.function(f"define internal i64 @{name}({_PARAMETERS}, i64 %n, {_SHARED}) INLINED")


def _name(thread: Thread, location: Location) -> str:
    return f"at{thread.number}.{location.number}".replace("-", "m")


def _expand(system: System, layout: Layout) -> str:
    """The function that goes through all threads."""
    out = Text()
    values = Values(out, layout, "%s", "overflow")
    count = out.place()
    out.store("0", count)
    for thread in system.threads:
        pc = values.packed(layout.slices[thread.pc])
        done = out.label()
        if pc.constant is not None:
            location = thread.locations.get(pc.constant)
            if location is None:
                _nowhere(out, thread)
            else:
                _call(out, thread, location, count, done)
            out.begin(done)
            continue
        nowhere = out.label()
        labels = {number: out.label() for number in thread.locations}
        cases = " ".join(f"i64 {number}, label %{label}" for number, label in labels.items())
        out.do(f"switch i64 {pc.text}, label %{nowhere} [{cases}]")
        for number, label in labels.items():
            out.begin(label)
            _call(out, thread, thread.locations[number], count, done)
        out.begin(nowhere)
        _nowhere(out, thread)
        out.begin(done)
    out.do(f"ret i64 {out.load(count)}")
    out.begin("overflow")
    out.do(f"ret i64 {int(Stop.OVERFLOW)}")
    return out.function(f"define i64 @expand({_PARAMETERS}, {_SHARED})")


def _nowhere(out: Text, thread: Thread) -> None:
    shared = Shared(out, Layout((), 0), Kinds(0), thread.number, False, "")
    shared.leave(Stop.NOWHERE, str(thread.number))


def _call(out: Text, thread: Thread, location: Location, count: str, done: str) -> None:
    if not location.actions:
        out.jump(done)
        return
    now = out.load(count)
    got = out.op(
        f"call i64 @{_name(thread, location)}(ptr %s, ptr %out, ptr %tags, i64 {now}, i64 %room, "
        "ptr %control, ptr %kinds, ptr %heads)"
    )
    failed, fine = out.label(), out.label()
    out.branch(out.op(f"icmp slt i64 {got}, 0"), failed, fine)
    out.begin(failed)
    out.do(f"ret i64 {got}")
    out.begin(fine)
    out.store(got, count)
    out.jump(done)


def predicates(exprs: Sequence[Expr], layout: Layout) -> str:
    """A module with ``truth0``, ``truth1``, ..: each 1, 0, or below 0 if it takes over 64 bits.

    Raises:
        Unfit: a constant takes more than 64 bits; an expression is nested too deeply.
    """
    texts = [*_DECLARED]
    for number, expr in enumerate(exprs):
        out = Text()
        try:
            bit = Values(out, layout, "%s", "overflow").truth(expr)
        except RecursionError as error:
            raise Unfit("an expression is nested too deeply") from error
        out.do(f"ret i64 {out.op(f'zext i1 {bit} to i64')}")
        out.begin("overflow")
        out.do(f"ret i64 {int(Stop.OVERFLOW)}")
        one = out.function(f"define internal i64 @one{number}(ptr noalias %s) alwaysinline")
        texts += [one, _EACH.replace("NUMBER", str(number)).replace("WORDS", str(layout.words))]
    return "\n".join(texts)


_EACH = """\
define i64 @truthNUMBER(ptr noalias %states, i64 %count, ptr noalias %truth) {
start:
  br label %head
head:
  %i = phi i64 [0, %start], [%more, %body]
  %any = icmp slt i64 %i, %count
  br i1 %any, label %body, label %end
body:
  %offset = mul i64 %i, WORDS
  %s = getelementptr i64, ptr %states, i64 %offset
  %got = call i64 @oneNUMBER(ptr %s)
  %byte = trunc i64 %got to i8
  %where = getelementptr i8, ptr %truth, i64 %i
  store i8 %byte, ptr %where
  %more = add i64 %i, 1
  br label %head
end:
  ret i64 0
}
"""
