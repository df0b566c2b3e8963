# SPDX-License-Identifier: MIT
"""How a run through an action ends in compiled code: its kind, its successor, the next run."""

from dataclasses import dataclass, field

from srcucheck.explicit.compile import contains, key_of, labels_of
from srcucheck.explicit.native.codes import Cell, Stop
from srcucheck.explicit.native.kinds import Kinds
from srcucheck.explicit.native.layout import HIGHEST, Layout
from srcucheck.explicit.native.text import Text
from srcucheck.explicit.native.values import Values
from srcucheck.ir.expr import Begin, Bound, Choose, End, Mark, Report
from srcucheck.ir.system import Action

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
class Ends:
    """What the text of one action knows of its ends.

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
