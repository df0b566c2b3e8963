# SPDX-License-Identifier: MIT
"""Actions as LLVM text: guard, update, and the packed successor at the end of each run.

As in ``explicit.compile``, an action with a ``Choose`` runs once per outcome and follows a list of
decisions; label bits are worked out in advance where the way of control tells them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import assert_never

from srcucheck.explicit.compile import LABELS, contains, key_of, labels_of
from srcucheck.explicit.native.codes import Cell, Stop
from srcucheck.explicit.native.kinds import Kinds
from srcucheck.explicit.native.layout import HIGHEST, LOWEST, Layout
from srcucheck.explicit.native.text import Text
from srcucheck.explicit.native.values import Value, Values
from srcucheck.explicit.reads import statements
from srcucheck.ir.expr import (
    LOOP_LIMIT,
    Assume,
    Begin,
    Bound,
    Break,
    Choose,
    End,
    Finish,
    If,
    Let,
    Loop,
    Mark,
    Report,
    Set,
    SetPick,
    Statement,
    Update,
)
from srcucheck.ir.system import Action

DEEPEST = 64
"""Choices in one step."""

_FULL = (LOWEST, HIGHEST)
Ranges = dict[int, tuple[int, int]]


@dataclass(slots=True)
class Shared:
    """What the actions of one location share: the text and where it ends."""

    out: Text
    layout: Layout
    kinds: Kinds
    thread: int
    mixed: bool
    """Whether some of its actions are owed and some are not."""
    count: str
    """Place: how many successors there are."""
    seen: str = ""
    """Place: 1 if an owed action is enabled, 2 if an unowed one is, 3 if both are."""
    paths: tuple[str, str] = ("", "")
    """Places: options taken so far, and how many there were."""

    def leave(self, why: Stop, detail: str = "0", value: str = "0") -> None:
        """Ends the function with a code."""
        for cell, text in ((Cell.DETAIL, detail), (Cell.VALUE, value)):
            where = self.out.op(f"getelementptr i64, ptr %control, i64 {int(cell)}")
            self.out.store(text, where)
        self.out.do(f"ret i64 {int(why)}")


@dataclass(slots=True)
class Writer:
    """Writes one action.

    ``bits`` in the methods is what is known of the label bits: the number, or None once it is in
    the places ``masks``.
    """

    shared: Shared
    action: Action
    number: int
    next: str
    values: Values = field(init=False)
    out: Text = field(init=False)
    places: dict[tuple[object, ...], int] = field(default_factory=dict)
    masks: list[str] = field(default_factory=list)
    many: bool = False
    depth: str = ""
    known: str = ""
    blocked: str = ""
    emit: str = ""
    emit_bound: str = ""
    kind: str = ""
    ends: list[Ranges] = field(default_factory=list)
    bounds: int = 0
    loops: list[tuple[str, list[tuple[Ranges, Ranges]]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.out = out = self.shared.out
        self.values = Values(out, self.shared.layout, "%s", "overflow")
        for label in labels_of(self.action.update):
            self.places.setdefault(key_of(label), len(self.places))
        self.masks = [out.place() for _ in range(self.shared.kinds.width(len(self.places)))]
        self.many = contains(self.action.update, (Choose,))
        self.emit, self.emit_bound = out.label(), out.label()
        self.kind = out.place()

    def write(self) -> None:
        """The whole action; control is at ``next`` afterwards."""
        out = self.out
        guard = self.values.truth(self.action.guard)
        body = out.label()
        out.branch(guard, body, self.next)
        out.begin(body)
        self.blocked, again = self.next, out.label()
        if self.many:
            self.blocked = out.label()
            self.depth, self.known = out.place(), out.place()
            out.store("0", self.known)
            out.jump(again)
            out.begin(again)
            out.store("0", self.depth)
        for slot in sorted(written(self.action.update)):
            value = self.values.packed(self.shared.layout.slices[slot])
            place = self.values.written[slot] = out.place()
            self.values.slot_range[slot] = (value.low, value.high)
            out.store(value.text, place)
        bits, falls = self.block(self.action.update, 0)
        if falls:
            self.finish(bits)
        self.successor()
        self.bound()
        if self.many:
            self.another(again)
        out.begin(self.next)

    # --- statements ---------------------------------------------------------------------------

    def block(self, update: Update, bits: int | None) -> tuple[int | None, bool]:
        """Statements in order: the label bits after them, and whether control gets there."""
        for statement in update:
            bits, falls = self.statement(statement, bits)
            if not falls:
                return bits, False
        return bits, True

    def statement(self, statement: Statement, bits: int | None) -> tuple[int | None, bool]:
        """The same for one statement."""
        out, values = self.out, self.values
        match statement:
            case Let(temp, expr):
                self.name(temp, values.value(expr))
            case Set(slot, expr):
                self.assign(slot, values.value(expr))
            case SetPick():
                self.set_pick(statement)
            case If():
                return self.branch(statement, bits)
            case Loop():
                return self.loop(statement, bits)
            case Break():
                label, ways = self.loops[-1]
                ways.append((dict(values.slot_range), dict(values.temp_range)))
                out.jump(label)
                return bits, False
            case Choose(_, options):
                if not options:
                    out.jump(self.blocked)
                    return bits, False
                self.choose(statement)
            case Assume(condition):
                after = out.label()
                out.branch(values.truth(condition), after, self.blocked)
                out.begin(after)
            case Bound():
                self.bounds += 1
                self.settle(self.passed(statement, bits), self.emit_bound)
                return bits, False
            case Finish():
                self.finish(bits)
                return bits, False
            case Report() | Begin() | End() | Mark():
                return self.passed(statement, bits), True
            case _:
                assert_never(statement)
        return bits, True

    def name(self, temp: int, value: Value) -> None:
        """Gives a temporary its value."""
        if temp not in self.values.temps:
            self.values.temps[temp] = self.out.place()
        self.out.store(value.text, self.values.temps[temp])
        self.values.temp_range[temp] = (value.low, value.high)

    def assign(self, slot: int, value: Value) -> None:
        """Gives a slot its value."""
        self.out.store(value.text, self.values.written[slot])
        self.values.slot_range[slot] = (value.low, value.high)

    def set_pick(self, statement: SetPick) -> None:
        """A store to a slot that is known only now."""
        out, values = self.out, self.values
        index = values.value(statement.index)
        value = values.value(statement.value)
        entries = {k: s for k, s in statement.slots.items() if index.low <= k <= index.high}
        if index.constant is not None:
            for slot in entries.values():
                self.assign(slot, value)
            return
        after = out.label()
        labels = {slot: out.label() for slot in entries.values()}
        cases = " ".join(f"i64 {k}, label %{labels[s]}" for k, s in entries.items())
        out.do(f"switch i64 {index.text}, label %{after} [{cases}]")
        for slot, label in labels.items():
            out.begin(label)
            low, high = values.slot_range[slot]
            self.assign(slot, value)
            values.slot_range[slot] = (min(low, value.low), max(high, value.high))
            out.jump(after)
        out.begin(after)

    def branch(self, statement: If, bits: int | None) -> tuple[int | None, bool]:
        """An ``If``: where its arms leave different bits behind, they go into the masks."""
        out, values = self.out, self.values
        condition = values.truth(statement.condition)
        if condition in ("true", "false"):
            return self.block(statement.then if condition == "true" else statement.other, bits)
        then, other, after = out.label(), out.label(), out.label()
        out.branch(condition, then, other)
        before = (dict(values.slot_range), dict(values.temp_range))
        out.begin(then)
        then_bits, then_falls = self.block(statement.then, bits)
        then_ranges = (dict(values.slot_range), dict(values.temp_range))
        then_end = len(out.lines)
        out.begin(other)
        values.slot_range, values.temp_range = dict(before[0]), dict(before[1])
        other_bits, other_falls = self.block(statement.other, bits)
        if then_falls and other_falls and then_bits != other_bits:
            self.store_bits(other_bits)
            tail = out.lines[then_end:]
            del out.lines[then_end:]
            self.store_bits(then_bits)
            then_end = len(out.lines)
            out.lines += tail
            then_bits = other_bits = None
        if other_falls:
            out.jump(after)
        if then_falls:
            out.lines.insert(then_end, f"  br label %{after}")
            if other_falls:
                self.join(then_ranges)
            else:
                values.slot_range, values.temp_range = then_ranges
        falls = then_falls or other_falls
        if falls:
            out.begin(after)
        return then_bits if then_falls else other_bits, falls

    def join(self, other: tuple[Ranges, Ranges]) -> None:
        """Ranges where two ways of control meet."""
        for mine, theirs in (
            (self.values.slot_range, other[0]),
            (self.values.temp_range, other[1]),
        ):
            for key, (low, high) in theirs.items():
                now = mine.get(key, (low, high))
                mine[key] = (min(low, now[0]), max(high, now[1]))

    def loop(self, statement: Loop, bits: int | None) -> tuple[int | None, bool]:
        """A ``Loop``, with a count of its turns; what it changes can be anything."""
        out, values = self.out, self.values
        if bits is not None and contains(statement.body, LABELS):
            self.store_bits(bits)
            bits = None
        for one in statements(statement.body):
            match one:
                case Let(temp) | Choose(temp):
                    values.temps.setdefault(temp, out.place())
                    values.temp_range[temp] = _FULL
                case _:
                    pass
        for slot in written(statement.body):
            values.slot_range[slot] = _FULL
        turns = out.place()
        head, body, endless, after = out.label(), out.label(), out.label(), out.label()
        out.store("0", turns)
        out.jump(head)
        out.begin(head)
        now = out.load(turns)
        out.branch(out.op(f"icmp eq i64 {now}, {LOOP_LIMIT}"), endless, body)
        out.begin(endless)
        self.shared.leave(Stop.ENDLESS, str(statement.site))
        out.begin(body)
        out.store(out.op(f"add i64 {now}, 1"), turns)
        ways: list[tuple[Ranges, Ranges]] = []
        self.loops.append((after, ways))
        _, falls = self.block(statement.body, bits)
        self.loops.pop()
        if falls:
            out.jump(head)
        if not ways:
            return bits, False
        values.slot_range, values.temp_range = ways[0]
        for way in ways[1:]:
            self.join(way)
        out.begin(after)
        return bits, True

    def choose(self, statement: Choose) -> None:
        """A ``Choose``: the option that the decisions name, or the first one beyond their end."""
        out, values = self.out, self.values
        taken, widths = self.shared.paths
        at, known = out.load(self.depth), out.load(self.known)
        deep, fine = out.label(), out.label()
        out.branch(out.op(f"icmp sge i64 {at}, {DEEPEST}"), deep, fine)
        out.begin(deep)
        self.shared.leave(Stop.DEEP)
        out.begin(fine)
        where = out.op(f"getelementptr i64, ptr {taken}, i64 {at}")
        fresh = out.op(f"icmp sge i64 {at}, {known}")
        wanted = out.op(f"select i1 {fresh}, i64 0, i64 {out.load(where)}")
        number, place = out.place(), values.temps.setdefault(statement.temp, out.place())
        out.store("0", number)
        found: list[Value] = []
        for condition, expr in statement.options:
            here, after = out.label(), out.label()
            out.branch(values.truth(condition), here, after)
            out.begin(here)
            value = values.value(expr)
            now = out.load(number)
            mine = out.op(f"icmp eq i64 {now}, {wanted}")
            out.store(out.op(f"select i1 {mine}, i64 {value.text}, i64 {out.load(place)}"), place)
            out.store(out.op(f"add i64 {now}, 1"), number)
            out.jump(after)
            out.begin(after)
            found.append(value)
        total = out.load(number)
        some = out.label()
        out.branch(out.op(f"icmp eq i64 {total}, 0"), self.blocked, some)
        out.begin(some)
        out.store(wanted, where)
        out.store(total, out.op(f"getelementptr i64, ptr {widths}, i64 {at}"))
        more = out.op(f"add i64 {at}, 1")
        out.store(more, self.depth)
        out.store(out.op(f"select i1 {fresh}, i64 {more}, i64 {known}"), self.known)
        low, high = min(v.low for v in found), max(v.high for v in found)
        if low == high:  # a constant is never loaded, and others may have left the place as it is
            out.store(str(low), place)
        values.temp_range[statement.temp] = (low, high)

    # --- labels -------------------------------------------------------------------------------

    def passed(
        self, statement: Report | Begin | End | Bound | Mark, bits: int | None
    ) -> int | None:
        """The bits with that of a label."""
        place = self.places[key_of(statement)]
        if bits is not None:
            return bits | 1 << place
        mask = self.masks[place >> 6]
        self.out.store(
            self.out.op(f"or i64 {self.out.load(mask)}, {_signed(1 << (place & 63))}"), mask
        )
        return None

    def store_bits(self, bits: int | None) -> None:
        """Puts what is known of the bits into the masks."""
        if bits is not None:
            for number, mask in enumerate(self.masks):
                self.out.store(str(_signed(bits >> 64 * number & (1 << 64) - 1)), mask)

    # --- ends ---------------------------------------------------------------------------------

    def finish(self, bits: int | None) -> None:
        """The run ends here, in a successor."""
        self.ends.append(dict(self.values.slot_range))
        self.settle(bits, self.emit)

    def settle(self, bits: int | None, then: str) -> None:
        """Works out the kind of the edge."""
        out, kinds = self.out, self.shared.kinds
        if bits is not None:
            out.store(str(kinds.fixed(self.number, bits)), self.kind)
            out.jump(then)
            return
        row = out.place(f"[{kinds.words} x i64]")
        for number in range(kinds.words):
            text = out.load(self.masks[number]) if number < len(self.masks) else "0"
            out.store(text, out.op(f"getelementptr i64, ptr {row}, i64 {number}"))
        kind = out.op(
            f"call i64 @intern(ptr %control, ptr %kinds, ptr %heads, i64 {self.number}, ptr {row})"
        )
        full, fine = out.label(), out.label()
        out.branch(out.op(f"icmp slt i64 {kind}, 0"), full, fine)
        out.begin(full)
        self.shared.leave(Stop.KINDS)
        out.begin(fine)
        out.store(kind, self.kind)
        out.jump(then)

    def successor(self) -> None:
        """Packs the slots that were written, and puts the successor with the others."""
        out = self.out
        out.begin(self.emit)
        if not self.ends:
            out.do("unreachable")
            return
        slices = self.shared.layout.slices
        words: dict[int, list[int]] = {}
        for slot in self.values.written:
            words.setdefault(slices[slot].word, []).append(slot)
        row = self.room()
        for word in range(self.shared.layout.words):
            text = self.values.word(word)
            mine = words.get(word, [])
            mask = sum(slices[slot].mask << slices[slot].shift for slot in mine)
            if mask:
                text = out.op(f"and i64 {text}, {_signed(~mask & (1 << 64) - 1)}")
            for slot in mine:
                text = self.pack(slot, text)
            out.store(text, out.op(f"getelementptr i64, ptr {row}, i64 {word}"))
        self.done(out.load(self.kind))

    def pack(self, slot: int, word: str) -> str:
        """The word with the bits of a slot, whose value must be within its range."""
        out, part = self.out, self.shared.layout.slices[slot]
        value = out.load(self.values.written[slot])
        raw = out.op(f"sub i64 {value}, {part.base}") if part.base else value
        if not all(part.base <= e[slot][0] and e[slot][1] <= part.top for e in self.ends):
            wrong, fine = out.label(), out.label()
            out.branch(out.op(f"icmp ugt i64 {raw}, {part.mask}"), wrong, fine)
            out.begin(wrong)
            self.shared.leave(Stop.RANGE, str(slot), value)
            out.begin(fine)
        if part.width == 0:
            return word
        if part.shift:
            raw = out.op(f"shl i64 {raw}, {part.shift}")
        return out.op(f"or i64 {word}, {raw}")

    def bound(self) -> None:
        """A bound was hit: the edge leads nowhere."""
        self.out.begin(self.emit_bound)
        if not self.bounds:
            self.out.do("unreachable")
            return
        self.room()
        self.done(self.out.op(f"xor i64 {self.out.load(self.kind)}, -1"))

    def room(self) -> str:
        """Where the next successor goes, if there is room."""
        out, shared = self.out, self.shared
        now = out.load(shared.count)
        full, fine = out.label(), out.label()
        out.branch(out.op(f"icmp sge i64 {now}, %room"), full, fine)
        out.begin(full)
        shared.leave(Stop.FULL)
        out.begin(fine)
        offset = out.op(f"mul i64 {now}, {shared.layout.words}")
        return out.op(f"getelementptr i64, ptr %out, i64 {offset}")

    def done(self, tag: str) -> None:
        """Counts the edge, and goes on with the next run."""
        out, shared = self.out, self.shared
        now = out.load(shared.count)
        where = out.op(f"getelementptr i32, ptr %tags, i64 {now}")
        out.do(f"store i32 {out.op(f'trunc i64 {tag} to i32')}, ptr {where}")
        out.store(out.op(f"add i64 {now}, 1"), shared.count)
        if self.action.owed:
            out.store("1", out.op(f"getelementptr i64, ptr %control, i64 {int(Cell.OWED)}"))
        if shared.mixed:
            bit = 1 if self.action.owed else 2
            out.store(out.op(f"or i64 {out.load(shared.seen)}, {bit}"), shared.seen)
        out.jump(self.blocked)

    def another(self, again: str) -> None:
        """The next list of decisions, as ``ir.evaluate.runs`` counts them."""
        out = self.out
        taken, widths = self.shared.paths
        head, look, drop, more = out.label(), out.label(), out.label(), out.label()
        out.begin(self.blocked)
        out.jump(head)
        out.begin(head)
        known = out.load(self.known)
        out.branch(out.op(f"icmp eq i64 {known}, 0"), self.next, look)
        out.begin(look)
        top = out.op(f"sub i64 {known}, 1")
        where = out.op(f"getelementptr i64, ptr {taken}, i64 {top}")
        following = out.op(f"add i64 {out.load(where)}, 1")
        width = out.load(out.op(f"getelementptr i64, ptr {widths}, i64 {top}"))
        out.branch(out.op(f"icmp sge i64 {following}, {width}"), drop, more)
        out.begin(drop)
        out.store(top, self.known)
        out.jump(head)
        out.begin(more)
        out.store(following, where)
        out.jump(again)


def _signed(bits: int) -> int:
    return bits - (1 << 64) if bits > HIGHEST else bits


def written(update: Sequence[Statement]) -> set[int]:
    """The slots that an update may write."""
    found: set[int] = set()
    for statement in statements(tuple(update)):
        if isinstance(statement, Set):
            found.add(statement.slot)
        elif isinstance(statement, SetPick):
            found.update(statement.slots.values())
    return found
