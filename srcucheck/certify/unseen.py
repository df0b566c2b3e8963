# SPDX-License-Identifier: MIT
"""One step while only some cells are known: what it does to all others, whatever these hold.

What it cannot do to them all alike is refused.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from srcucheck.certify.columns import MIXED, OWN, Bits, Fold, Of, Value, joined, negated
from srcucheck.certify.read import Refused
from srcucheck.certify.reader import Reader
from srcucheck.ir import expr as ir
from srcucheck.ir.evaluate import How


@dataclass(slots=True)
class Look(Reader):
    """One run of actions, and what it shows."""

    reports: list[str] = field(default_factory=list)
    begins: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    bound: str | None = None
    written: set[int] = field(default_factory=set)

    def enabled(self, guard: ir.Expr, update: ir.Update) -> bool:
        """Runs an action from the start; whether it can be taken."""
        self.slots, self.temps, self.written = list(self.start), {}, set()
        return self.sure(self.value(guard)) and self.block(update) is not How.BLOCKED

    def write(self, slot: int, value: Value) -> None:
        """Gives a slot its value."""
        self.slots[slot] = value
        self.written.add(slot)

    def block(self, update: ir.Update) -> How:
        """Executes statements in order until one leaves the block."""
        for statement in update:
            how = self.statement(statement)
            if how is not How.FELL:
                return how
        return How.FELL

    def statement(self, statement: ir.Statement) -> How:
        """Executes one statement."""
        match statement:
            case ir.Mark():
                pass
            case ir.Let(temp, value):
                self.temps[temp] = self.value(value)
            case ir.Set(slot, value):
                self.write(slot, self.value(value))
            case ir.SetPick():
                index = self.known(self.value(statement.index))
                if index in statement.slots:
                    self.write(statement.slots[index], self.value(statement.value))
            case ir.If(condition, then, other):
                found = self.truth(self.value(condition))
                if isinstance(found, Of):
                    return self.branch(found, then, other)
                return self.block(then if self.known(found) else other)
            case ir.Loop(body, _):
                for _ in range(ir.LOOP_LIMIT):
                    how = self.block(body)
                    if how is not How.FELL:
                        return How.FELL if how is How.BROKE else how
                raise Refused("a loop inside atomic does not end")
            case ir.Break():
                return How.BROKE
            case ir.Finish():
                return How.FINISHED
            case _:
                return self.label(statement)
        return How.FELL

    def label(
        self, statement: ir.Choose | ir.Assume | ir.Report | ir.Begin | ir.End | ir.Bound
    ) -> How:
        """What others see of a step, and what keeps it from being taken."""
        if self.under:
            raise Refused(OWN)
        match statement:
            case ir.Choose(temp, options):
                values = [self.value(v) for c, v in options if self.sure(self.value(c))]
                if not values:
                    return How.BLOCKED
                self.temps[temp] = values[self.fork(len(values))]
            case ir.Assume(condition):
                return How.FELL if self.sure(self.value(condition)) else How.BLOCKED
            case ir.Report(name, _):
                self.reports.append(name)
            case ir.Begin(frame):
                self.begins.append(frame)
            case ir.End(frame):
                self.ends.append(frame)
            case ir.Bound(text, _):
                self.bound = text
                return How.FINISHED
            case _:
                assert_never(statement)
        return How.FELL

    def branch(self, condition: Of, then: ir.Update, other: ir.Update) -> How:
        """``if`` on one unseen cell: both ways are gone, and what they wrote is joined."""
        before, self.under = self.under, True
        slots, temps = list(self.slots), dict(self.temps)
        one = self.block(then)
        then_slots, then_temps = self.slots, self.temps
        self.slots, self.temps = slots, temps
        two = self.block(other)
        self.under = before
        if one is not How.FELL or two is not How.FELL:
            raise Refused(OWN)
        for slot, value in enumerate(then_slots):
            if value is not self.slots[slot] and value != self.slots[slot]:
                self.slots[slot] = self.joined(slot, condition, value, self.slots[slot])
        for temp, value in then_temps.items():
            mine = self.temps.get(temp, value)
            if mine is not value and mine != value:
                self.temps[temp] = self.chosen(condition, value, mine)
            else:
                self.temps[temp] = mine
        return How.FELL

    def joined(self, slot: int, condition: Of, then: Value, other: Value) -> Value:
        """What a slot holds after a branch: one that all cells write must get one value of all."""
        cell = condition.cell
        plain = not isinstance(then, Bits) and not isinstance(other, Bits)
        if self.owner.get(slot) == cell or not plain:
            return self.chosen(condition, then, other)
        if not isinstance(then, int):
            condition, then, other = negated(condition), other, then
        if not isinstance(then, int):
            raise Refused(MIXED)
        match other:
            case int():
                return Fold("or", {cell: condition.column}, then, other)
            case Fold("or", terms, yes, no) if yes == then:
                mine = terms.get(cell, (0,) * len(condition.column))
                return Fold("or", {**terms, cell: joined("or", mine, condition.column)}, yes, no)
            case _:
                raise Refused(MIXED)


def looks(make: Callable[[Sequence[int]], Look]) -> Iterator[Look]:
    """Every run; whoever asks has to run one before asking for the next."""
    wanted: list[int] = []
    while True:
        look = make(wanted)
        yield look
        wanted = [way for way, _ in look.taken]
        ways = [number for _, number in look.taken]
        while wanted and wanted[-1] + 1 == ways[len(wanted) - 1]:
            wanted.pop()
        if not wanted:
            return
        wanted[-1] += 1
