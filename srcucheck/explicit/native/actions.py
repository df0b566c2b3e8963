# SPDX-License-Identifier: MIT
"""Actions as LLVM text: guard, update, and the packed successor at the end of each run.

As in ``explicit.compile``, an action with a ``Choose`` runs once per outcome and follows a list of
decisions; label bits are worked out in advance where the way of control tells them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from srcucheck.explicit.compile import LABELS, contains
from srcucheck.explicit.native.codes import Stop
from srcucheck.explicit.native.ends import Ends, Ranges
from srcucheck.explicit.native.layout import HIGHEST, LOWEST
from srcucheck.explicit.native.values import Value
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
from srcucheck.ir.walk import statements

DEEPEST = 64
"""Choices in one step."""

_FULL = (LOWEST, HIGHEST)


@dataclass(slots=True)
class Writer(Ends):
    """Writes one action."""

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
        # conditions may read the very temp that is chosen: until the end it keeps its old value
        number, chosen = out.place(), out.place()
        out.store("0", number)
        out.store("0", chosen)
        found: list[Value] = []
        for condition, expr in statement.options:
            here, after = out.label(), out.label()
            out.branch(values.truth(condition), here, after)
            out.begin(here)
            value = values.value(expr)
            now = out.load(number)
            mine = out.op(f"icmp eq i64 {now}, {wanted}")
            kept = out.load(chosen)
            out.store(out.op(f"select i1 {mine}, i64 {value.text}, i64 {kept}"), chosen)
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
        out.store(out.load(chosen), values.temps.setdefault(statement.temp, out.place()))
        values.temp_range[statement.temp] = (low, high)


def written(update: Sequence[Statement]) -> set[int]:
    """The slots that an update may write."""
    found: set[int] = set()
    for statement in statements(tuple(update)):
        if isinstance(statement, Set):
            found.add(statement.slot)
        elif isinstance(statement, SetPick):
            found.update(statement.slots.values())
    return found
