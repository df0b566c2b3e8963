# SPDX-License-Identifier: MIT
"""Expressions as LLVM values, each with the range it can have.

``ir.evaluate`` counts in integers without end, the machine in 64 bits.  Where ranges show that a
result fits, the plain instruction is taken; elsewhere the checked one, which gives the model back
to the other engine.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from srcucheck.explicit.native.layout import HIGHEST, LOWEST, Layout, Slice, Unfit
from srcucheck.explicit.native.text import Text
from srcucheck.ir.evaluate import apply
from srcucheck.ir.expr import (
    Binary,
    BinaryOp,
    Const,
    Expr,
    Get,
    Ite,
    Lookup,
    Pick,
    Table,
    Temp,
    Unary,
)

_COMPARE = {"==": "eq", "!=": "ne", "<": "slt", "<=": "sle", ">": "sgt", ">=": "sge"}
_CHECKED = {"+": "sadd", "-": "ssub", "*": "smul"}
_PLAIN = {"+": "add", "-": "sub", "*": "mul"}
_BITS = {"&": "and", "|": "or", "^": "xor"}

SHORT = 4
"""Tables of so few entries are chains of ``select``."""


@dataclass(frozen=True, slots=True)
class Value:
    """An ``i64`` and its range."""

    text: str
    low: int
    high: int

    @property
    def constant(self) -> int | None:
        """The value, if there is only one."""
        return self.low if self.low == self.high else None


def const(value: int) -> Value:
    """A constant.

    Raises:
        Unfit: it takes more than 64 bits.
    """
    if not LOWEST <= value <= HIGHEST:
        raise Unfit("a constant takes more than 64 bits")
    return Value(str(value), value, value)


@dataclass(slots=True)
class Values:
    """Writes expressions over a packed state.

    ``written`` are the slots that an update has on the stack, ``temps`` the places of temporaries;
    ``overflow`` is the label for results that do not fit.
    """

    out: Text
    layout: Layout
    state: str
    overflow: str
    written: dict[int, str] = field(default_factory=dict)
    temps: dict[int, str] = field(default_factory=dict)
    slot_range: dict[int, tuple[int, int]] = field(default_factory=dict)
    temp_range: dict[int, tuple[int, int]] = field(default_factory=dict)

    def value(self, expr: Expr) -> Value:
        """An expression."""
        match expr:
            case Const(value):
                return const(value)
            case Get(slot):
                return self.slot(slot)
            case Temp(number):
                low, high = self.temp_range[number]
                if low == high:
                    return const(low)
                return Value(self.out.load(self.temps[number]), low, high)
            case Pick():
                return self.table(
                    self.value(expr.index), expr.slots, lambda slot: self.slot(slot), const(0)
                )
            case Lookup():
                return self.table(self.value(expr.index), expr.entries, const, const(expr.default))
            case Unary("not", _) | Binary("and" | "or", _, _):
                return self.flag(self.truth(expr))
            case Unary(op, operand):
                inner = self.value(operand)
                if op == "-":
                    return self.arithmetic("-", const(0), inner)
                text = self.out.op(f"xor i64 {inner.text}, -1")
                return self.made(text, ~inner.high, ~inner.low)
            case Binary(op, left, right):
                if op in _COMPARE:
                    return self.flag(self.truth(expr))
                return self.binary(op, self.value(left), self.value(right))
            case Ite(condition, then, other):
                return self.choice(condition, then, other)
            case _:
                assert_never(expr)

    # --- conditions ---------------------------------------------------------------------------

    def truth(self, expr: Expr) -> str:
        """Whether an expression is not 0, as an ``i1``."""
        out = self.out
        match expr:
            case Unary("not", operand):
                inner = self.truth(operand)
                if inner in ("true", "false"):
                    return "false" if inner == "true" else "true"
                return out.op(f"xor i1 {inner}, true")
            case Binary("and" | "or" as op, left, right):
                return self.logic(op, left, right)
            case Binary(op, left, right) if op in _COMPARE:
                one, two = self.value(left), self.value(right)
                if one.constant is not None and two.constant is not None:
                    return "true" if apply(op, one.constant, two.constant) else "false"
                return out.op(f"icmp {_COMPARE[op]} i64 {one.text}, {two.text}")
            case _:
                value = self.value(expr)
                if value.constant is not None:
                    return "true" if value.constant else "false"
                return out.op(f"icmp ne i64 {value.text}, 0")

    def logic(self, op: str, left: Expr, right: Expr) -> str:
        """``and`` and ``or``; without a branch where the right side is harmless and short."""
        out = self.out
        one = self.truth(left)
        if one in ("true", "false"):
            return self.truth(right) if (one == "true") == (op == "and") else one
        if harmless(right):
            two = self.truth(right)
            return out.op(f"{op} i1 {one}, {two}")
        place = out.place("i1")
        out.do(f"store i1 {one}, ptr {place}")
        more, after = out.label(), out.label()
        out.branch(one, *((more, after) if op == "and" else (after, more)))
        out.begin(more)
        out.do(f"store i1 {self.truth(right)}, ptr {place}")
        out.jump(after)
        out.begin(after)
        return out.op(f"load i1, ptr {place}")

    def flag(self, bit: str) -> Value:
        """An ``i1`` as 1 or 0."""
        if bit in ("true", "false"):
            return const(int(bit == "true"))
        return Value(self.out.op(f"zext i1 {bit} to i64"), 0, 1)

    def choice(self, condition: Expr, then: Expr, other: Expr) -> Value:
        """One of two; only that one is worked out, unless both are harmless."""
        out = self.out
        bit = self.truth(condition)
        if bit in ("true", "false"):
            return self.value(then if bit == "true" else other)
        if harmless(then) and harmless(other):
            one, two = self.value(then), self.value(other)
            text = out.op(f"select i1 {bit}, i64 {one.text}, i64 {two.text}")
            return self.made(text, min(one.low, two.low), max(one.high, two.high))
        place = out.place()
        yes, no, after = out.label(), out.label(), out.label()
        out.branch(bit, yes, no)
        found = []
        for label, expr in ((yes, then), (no, other)):
            out.begin(label)
            value = self.value(expr)
            out.store(value.text, place)
            out.jump(after)
            found.append(value)
        out.begin(after)
        low, high = min(v.low for v in found), max(v.high for v in found)
        return self.made(out.load(place), low, high)

    # --- arithmetic ---------------------------------------------------------------------------

    def binary(self, op: BinaryOp, left: Value, right: Value) -> Value:
        """An operator that is no comparison."""
        if left.constant is not None and right.constant is not None:
            if op in ("<<",) and right.constant > 64 and left.constant:
                raise Unfit("a constant takes more than 64 bits")
            return const(apply(op, left.constant, right.constant))
        match op:
            case "+" | "-" | "*":
                return self.arithmetic(op, left, right)
            case "/" | "%":
                return self.quotient(op, left, right)
            case "<<" | ">>":
                return self.shift(op, left, right)
            case "&" | "|" | "^":
                text = self.out.op(f"{_BITS[op]} i64 {left.text}, {right.text}")
                return self.made(text, *_bit_range(op, left, right))
            case _:
                raise AssertionError(op)

    def arithmetic(self, op: str, left: Value, right: Value) -> Value:
        """Sum, difference, product."""
        corners = [
            apply(op, a, b)  # type: ignore[arg-type]  # one of three
            for a in (left.low, left.high)
            for b in (right.low, right.high)
        ]
        low, high = min(corners), max(corners)
        if low >= LOWEST and high <= HIGHEST:
            return self.made(self.out.op(f"{_PLAIN[op]} i64 {left.text}, {right.text}"), low, high)
        name = f"@llvm.{_CHECKED[op]}.with.overflow.i64"
        both = self.out.op(f"call {{i64, i1}} {name}(i64 {left.text}, i64 {right.text})")
        self.leave_if(self.out.op(f"extractvalue {{i64, i1}} {both}, 1"))
        text = self.out.op(f"extractvalue {{i64, i1}} {both}, 0")
        return self.made(text, max(low, LOWEST), min(high, HIGHEST))

    def quotient(self, op: str, left: Value, right: Value) -> Value:
        """Towards 0; by 0 it is 0."""
        out = self.out
        if left.low == LOWEST and right.low <= -1 <= right.high:
            self.leave_if(out.op(f"icmp eq i64 {left.text}, {LOWEST}"))
        zero = out.op(f"icmp eq i64 {right.text}, 0")
        safe = out.op(f"select i1 {zero}, i64 1, i64 {right.text}")
        text = out.op(f"{'sdiv' if op == '/' else 'srem'} i64 {left.text}, {safe}")
        text = out.op(f"select i1 {zero}, i64 0, i64 {text}")
        most = max(abs(left.low), abs(left.high))
        return self.made(text, max(-most, LOWEST), min(most, HIGHEST))

    def shift(self, op: str, left: Value, right: Value) -> Value:
        """By a negative count it gives 0; what is lost to the left does not fit."""
        out = self.out
        negative = out.op(f"icmp slt i64 {right.text}, 0")
        far = out.op(f"icmp sgt i64 {right.text}, 63")
        near = out.op(f"select i1 {far}, i64 63, i64 {right.text}")
        near = out.op(f"select i1 {negative}, i64 0, i64 {near}")
        count = Value(near, max(0, min(63, right.low)), max(0, min(63, right.high)))
        if op == ">>":
            text = out.op(f"ashr i64 {left.text}, {near}")
            text = out.op(f"select i1 {negative}, i64 0, i64 {text}")
            return self.made(text, min(left.low, 0), max(left.high, 0))
        shifted = out.op(f"shl i64 {left.text}, {near}")
        low = min(left.low << count.high, left.low << count.low, 0)
        high = max(left.high << count.high, left.high << count.low, 0)
        if right.high > 63 or low < LOWEST or high > HIGHEST:
            back = out.op(f"ashr i64 {shifted}, {near}")
            lost = out.op(f"icmp ne i64 {back}, {left.text}")
            some = out.op(f"icmp ne i64 {left.text}, 0")
            beyond = out.op(f"and i1 {far}, {some}")
            lost = out.op(f"or i1 {lost}, {beyond}")
            positive = out.op(f"xor i1 {negative}, true")
            self.leave_if(out.op(f"and i1 {lost}, {positive}"))
        text = out.op(f"select i1 {negative}, i64 0, i64 {shifted}")
        return self.made(text, max(low, LOWEST), min(high, HIGHEST))

    def leave_if(self, bit: str) -> None:
        """Gives up where a result does not fit."""
        after = self.out.label()
        self.out.branch(bit, self.overflow, after)
        self.out.begin(after)

    def made(self, text: str, low: int, high: int) -> Value:
        """A value that was just made; a constant if there is only one that it can be."""
        return const(low) if low == high else Value(text, low, high)

    # --- slots and tables ---------------------------------------------------------------------

    def slot(self, slot: int) -> Value:
        """The value of a slot at this point."""
        if slot in self.written:
            low, high = self.slot_range[slot]
            if low == high:
                return const(low)
            return Value(self.out.load(self.written[slot]), low, high)
        return self.packed(self.layout.slices[slot])

    def packed(self, part: Slice) -> Value:
        """The value of a slot as the state before the step has it."""
        out = self.out
        if part.width == 0:
            return const(part.base)
        text = self.word(part.word)
        if part.shift:
            text = out.op(f"lshr i64 {text}, {part.shift}")
        if part.shift + part.width < 64:
            text = out.op(f"and i64 {text}, {part.mask}")
        if part.base:
            text = out.op(f"add i64 {text}, {part.base}")
        return Value(text, part.base, part.top)

    def word(self, number: int) -> str:
        """A word of the state before the step."""
        where = self.state
        if number:
            where = self.out.op(f"getelementptr i64, ptr {self.state}, i64 {number}")
        return self.out.load(where)

    def table(
        self, index: Value, table: Table, read: Callable[[int], Value], default: Value
    ) -> Value:
        """What a table has for an index."""
        out = self.out
        entries = {k: v for k, v in table.items() if index.low <= k <= index.high}
        if index.constant is not None:
            return read(entries[index.constant]) if entries else default
        whole = len(entries) == index.high - index.low + 1
        if len(entries) <= SHORT:
            found = default
            for place, (key, entry) in enumerate(entries.items()):
                value = read(entry)
                if place == 0 and whole:
                    found = value
                    continue
                bit = out.op(f"icmp eq i64 {index.text}, {key}")
                text = out.op(f"select i1 {bit}, i64 {value.text}, i64 {found.text}")
                found = self.made(text, min(value.low, found.low), max(value.high, found.high))
            return found
        return self.switched(index, entries, read, default, whole=whole)

    def switched(
        self,
        index: Value,
        entries: Mapping[int, int],
        read: Callable[[int], Value],
        default: Value,
        *,
        whole: bool,
    ) -> Value:
        """The same for long tables; entries with the same content share a block."""
        out = self.out
        place, other, after = out.place(), out.label(), out.label()
        labels = {entry: out.label() for entry in entries.values()}
        cases = " ".join(f"i64 {key}, label %{labels[e]}" for key, e in entries.items())
        out.do(f"switch i64 {index.text}, label %{other} [{cases}]")
        ranges = [] if whole else [default]
        for label, value in ((other, None), *((la, e) for e, la in labels.items())):
            out.begin(label)
            got = default if value is None else read(value)
            if value is not None:
                ranges.append(got)
            out.store(got.text, place)
            out.jump(after)
        out.begin(after)
        return self.made(out.load(place), min(v.low for v in ranges), max(v.high for v in ranges))


def _bit_range(op: str, left: Value, right: Value) -> tuple[int, int]:
    if op == "&":
        if left.low >= 0 and right.low >= 0:
            return 0, min(left.high, right.high)
        if left.low >= 0:
            return 0, left.high
        if right.low >= 0:
            return 0, right.high
    width = max(v.bit_length() for v in (left.low, left.high, right.low, right.high))
    if left.low >= 0 and right.low >= 0:
        return 0, (1 << width) - 1
    return max(-(1 << width), LOWEST), min((1 << width) - 1, HIGHEST)


def harmless(expr: Expr) -> bool:
    """Whether it can be worked out for nothing: it is short, and never too large."""
    match expr:
        case Const() | Get() | Temp():
            return True
        case Unary("not" | "~", operand):
            return harmless(operand)
        case Binary("and" | "or" | "&" | "|" | "^", left, right):
            return harmless(left) and harmless(right)
        case Binary(op, left, right):
            return op in _COMPARE and harmless(left) and harmless(right)
        case _:
            return False
