# SPDX-License-Identifier: MIT
"""Runs one action with the rest and some cells known, and all other cells standing for any.

Whatever a step does to the unseen cells it does to each of them alike, by that cell's own variables
(Q1 to Q5 of the rules in ``docs/proofs.md``); where it does not, it stops, and nothing is proved.
A quantifier over the unseen cells is taken to be true, and in another run false.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from srcucheck.ir import expr as ir
from srcucheck.ir.evaluate import How
from srcucheck.ir.expr import LOOP_LIMIT, Expr, Statement, Update
from srcucheck.views.layout import Layout
from srcucheck.views.terms import Apply2, Entry, Number, Select, Stop, Term, Variable, truth, unary
from srcucheck.views.values import (
    MIXED,
    Every,
    Flag,
    Fold,
    Of,
    Set,
    Value,
    as_truth,
    binary,
    fold,
    merge,
    negation,
)

NOBODY = Number(-(10**9))
"""An address that a variable of this cell never holds: that of another cell."""

NAMES = "a step asks which of more cells are the same than can be told apart"


@dataclass(frozen=True, slots=True)
class Decision:
    """A quantifier over the unseen cells, and what it was taken to be."""

    op: Fold
    term: Term
    holds: bool


@dataclass(slots=True)
class Path:
    """One run through an action; ``wanted`` are the ways to go at its forks."""

    layout: Layout
    slots: list[Value]
    unseen: tuple[int, ...]
    wanted: Sequence[int]
    temps: dict[int, Value] = field(default_factory=dict)
    taken: list[tuple[int, int]] = field(default_factory=list)
    """(way, number of ways) of each fork."""
    decisions: dict[tuple[Fold, Term], bool] = field(default_factory=dict)
    reports: list[tuple[str, int]] = field(default_factory=list)
    begins: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    bound: tuple[str, int] | None = None
    written: set[int] = field(default_factory=set)
    named: frozenset[int] = frozenset()
    """Slots that name an unseen cell."""
    told: set[int] = field(default_factory=set)
    """Those of them that were read."""
    under: int | None = None
    """The unseen cell on which it depends whether the statement runs at all."""
    site: int | None = None

    def enabled(self, guard: Expr, update: Update) -> bool:
        """Whether the action is enabled on this path; then it was run."""
        return self.known(as_truth(self.value(guard))) and self.block(update) is not How.BLOCKED

    # --- forks ------------------------------------------------------------------------------------

    def fork(self, ways: int) -> int:
        """Which of several ways this path goes."""
        if self.under is not None:
            raise Stop(MIXED, self.site)
        depth = len(self.taken)
        way = self.wanted[depth] if depth < len(self.wanted) else 0
        self.taken.append((way, ways))
        return way

    def decide(self, every: Every) -> int:
        """Takes a quantifier over all unseen cells to be true or false."""
        terms = set(every.terms.values())
        if set(every.terms) != set(self.unseen) or len(terms) != 1:
            raise Stop("this reads some cells and not all of them alike", self.site)
        (term,) = terms
        key = every.op, truth(term)
        dual: tuple[Fold, Term] = ("or" if every.op == "and" else "and"), unary("not", key[1])
        if key in self.decisions:
            return int(self.decisions[key])
        if dual in self.decisions:
            return int(not self.decisions[dual])
        holds = self.fork(2) == 0
        self.decisions[key] = holds
        return int(holds)

    def known(self, value: Value) -> bool:
        """A truth that does not depend on one unseen cell alone."""
        match value:
            case int():
                return bool(value)
            case Every():
                return bool(self.decide(value))
            case _:
                raise Stop("what a step does depends on one cell that is not its own", self.site)

    # --- expressions ------------------------------------------------------------------------------

    def value(self, expr: Expr) -> Value:
        """The value of an expression at this point."""
        match expr:
            case ir.Const(value):
                return value
            case ir.Get(slot):
                return self.read(slot)
            case ir.Temp(number):
                return self.settled(self.temps[number])
            case ir.Pick():
                index = self.number(self.value(expr.index))
                return self.read(expr.slots[index]) if index in expr.slots else 0
            case ir.Lookup():
                return self.lookup(expr)
            case ir.Unary("not", operand):
                return negation(self.value(operand), self.decide)
            case ir.Unary(op, operand):
                inner = self.value(operand)
                if isinstance(inner, Of):
                    return Of(inner.cell, unary(op, inner.term))
                return -self.number(inner) if op == "-" else ~self.number(inner)
            case ir.Binary("and" | "or" as op, left, right):
                one = as_truth(self.value(left))
                if isinstance(one, int) and bool(one) == (op == "or"):
                    return one
                return fold(op, one, as_truth(self.value(right)), self.decide)
            case ir.Binary(op, left, right):
                return self.operator(op, self.value(left), self.value(right))
            case ir.Ite(condition, then, other):
                return self.choice(as_truth(self.value(condition)), then, other)
            case _:
                assert_never(expr)

    def choice(self, condition: Value, then: Expr, other: Expr) -> Value:
        """``condition ? then : other``."""
        if isinstance(condition, Of):
            one, two = self.value(then), self.value(other)
            return merge(condition.cell, condition.term, one, two, own=True)
        return self.value(then if self.known(condition) else other)

    def operator(self, op: ir.BinaryOp, left: Value, right: Value) -> Value:
        """A binary operator; an address is compared as its cell writes it."""
        if op in ("==", "!="):
            for one, other in ((left, right), (right, left)):
                if isinstance(one, Of) and isinstance(other, int) and self.names(one.term):
                    number = self.address(one.cell, other)
                    return Of(one.cell, Apply2(op, one.term, number))
        return binary(op, left, right, self.decide)

    def names(self, term: Term) -> bool:
        """Whether a term gives an address."""
        match term:
            case Variable(place):
                return place in self.layout.pointers
            case Select(_, then, other):
                return self.names(then) or self.names(other)
            case _:
                return False

    def address(self, cell: int, value: int) -> Number:
        """An address as the variables of an unseen cell hold it."""
        at, name = self.layout.replicas.things.get(value, (-1, ""))
        if at < 0:
            return Number(value)
        return Number(self.layout.code[name]) if at == cell else NOBODY

    def lookup(self, expr: ir.Lookup) -> Value:
        """An entry of a table."""
        index = self.value(expr.index)
        if isinstance(index, Every):
            index = self.decide(index)
        if not isinstance(index, Of):
            return expr.entries.get(self.number(index), expr.default)
        entries = expr.entries.items()
        if self.names(index.term):
            keys = {key: self.address(index.cell, key) for key in expr.entries}
            entries = {keys[k].value: v for k, v in entries if keys[k] != NOBODY}.items()
        return Of(index.cell, Entry(index.term, tuple(sorted(entries)), expr.default))

    def number(self, value: Value) -> int:
        """A value that has to be known."""
        if isinstance(value, Every):
            return self.decide(value)
        if not isinstance(value, int):
            raise Stop("a cell is reached through what another cell holds", self.site)
        return value

    # --- slots ------------------------------------------------------------------------------------

    def read(self, slot: int) -> Value:
        """The value of a slot."""
        if slot in self.named:
            self.told.add(slot)
            if len(self.told) >= len(self.unseen):  # one must be left that nobody names
                raise Stop(NAMES, self.site)
        value = self.settled(self.slots[slot])
        if isinstance(self.slots[slot], Flag) and isinstance(value, int):
            self.slots[slot] = value
        return value

    def settled(self, value: Value) -> Value:
        """A flag that all cells, or one alone, had their say in."""
        if not isinstance(value, Flag):
            return value
        if len(value.terms) == 1 and len(self.unseen) > 1:
            ((cell, term),) = value.terms.items()
            return Of(cell, Select(term, Number(value.value), Number(value.before)))
        return value.value if self.decide(Every("or", value.terms)) else value.before

    def write(self, slot: int, value: Value) -> None:
        """Gives a slot its value."""
        if isinstance(value, Every):
            value = self.decide(value)
        at = self.layout.place_of.get(slot)
        if at is not None and at[0] in self.unseen:
            cell, place = at
            if isinstance(value, int) and place in self.layout.pointers:
                number = self.address(cell, value)
                if number == NOBODY:
                    raise Stop("one cell names another", self.site)
                value = Of(cell, number)
            if not isinstance(value, int) and not (isinstance(value, Of) and value.cell == cell):
                raise Stop("one cell gets what another one holds", self.site)
        self.slots[slot] = value
        self.written.add(slot)

    # --- statements -------------------------------------------------------------------------------

    def block(self, update: Update) -> How:
        """Executes statements in order until one leaves the block."""
        for statement in update:
            how = self.statement(statement)
            if how is not How.FELL:
                return how
        return How.FELL

    def statement(self, statement: Statement) -> How:
        """Executes one statement."""
        match statement:
            case ir.Mark(site, _):
                self.site = site
            case ir.Let(temp, value):
                self.temps[temp] = self.value(value)
            case ir.Set(slot, value):
                self.write(slot, self.value(value))
            case ir.SetPick():
                index = self.number(self.value(statement.index))
                if index in statement.slots:
                    self.write(statement.slots[index], self.value(statement.value))
            case ir.If(condition, then, other):
                truth_ = as_truth(self.value(condition))
                if isinstance(truth_, Of):
                    return self.branch(truth_, then, other)
                return self.block(then if self.known(truth_) else other)
            case ir.Loop(body, site):
                return self.loop(body, site)
            case ir.Break():
                return How.BROKE
            case ir.Finish():
                return How.FINISHED
            case _:
                return self.label(statement)
        return How.FELL

    def label(
        self,
        statement: ir.Choose | ir.Assume | ir.Report | ir.Begin | ir.End | ir.Bound,
    ) -> How:
        """What others see of a step, and what keeps it from being taken: never one cell alone."""
        if self.under is not None:
            raise Stop("what a step does depends on one cell that is not its own", self.site)
        match statement:
            case ir.Choose(temp, options):
                return self.choose(temp, options)
            case ir.Assume(condition):
                if not self.known(as_truth(self.value(condition))):
                    return How.BLOCKED
            case ir.Report(name, site):
                self.reports.append((name, site))
            case ir.Begin(frame):
                self.begins.append(frame)
            case ir.End(frame):
                self.ends.append(frame)
            case ir.Bound(text, site):
                self.bound = (text, site)
                return How.FINISHED
            case _:
                assert_never(statement)
        return How.FELL

    def branch(self, condition: Of, then: Update, other: Update) -> How:
        """``if`` on one unseen cell: both ways are gone, and what they wrote is joined."""
        outer = self.under
        self.under = condition.cell
        slots, temps = list(self.slots), dict(self.temps)
        one = self.block(then)
        then_slots, then_temps = self.slots, self.temps
        self.slots, self.temps = slots, temps
        two = self.block(other)
        self.under = outer
        if one is not How.FELL or two is not How.FELL:
            raise Stop("what a step does depends on one cell that is not its own", self.site)
        cell, term = condition.cell, condition.term
        for slot, value in enumerate(then_slots):
            if value is not self.slots[slot] and value != self.slots[slot]:
                own = self.layout.place_of.get(slot, (-1, 0))[0] == cell
                self.slots[slot] = merge(cell, term, value, self.slots[slot], own=own)
        for temp in {*then_temps, *self.temps}:
            if temp not in self.temps:  # nobody reads it but where it was given
                self.temps[temp] = then_temps[temp]
            elif temp in then_temps and then_temps[temp] != self.temps[temp]:
                both = then_temps[temp], self.temps[temp]
                self.temps[temp] = merge(cell, term, *both, own=True)
        return How.FELL

    def loop(self, body: Update, site: int) -> How:
        """Repeats the body until it is left."""
        for _ in range(LOOP_LIMIT):
            how = self.block(body)
            if how is How.BROKE:
                return How.FELL
            if how is not How.FELL:
                return how
        raise Stop("a loop inside atomic does not end", site)

    def choose(self, temp: int, options: tuple[tuple[Expr, Expr], ...]) -> How:
        """Takes one of the values whose condition holds."""
        values: list[Value] = []
        for condition, value in options:
            truth_ = as_truth(self.value(condition))
            if isinstance(truth_, Of):
                raise Stop("one of the cells is chosen here", self.site)
            if self.known(truth_):
                values.append(self.value(value))
        if not values:
            return How.BLOCKED
        self.temps[temp] = values[self.fork(len(values))]
        return How.FELL


def paths(
    layout: Layout,
    slots: Sequence[Value],
    unseen: tuple[int, ...],
    guard: Expr,
    update: Update,
    named: frozenset[int] = frozenset(),
) -> Iterator[tuple[Path, bool]]:
    """Every path through an action, and whether the action is enabled on it.

    ``named`` are slots that name an unseen cell.
    """
    wanted: list[int] = []
    while True:
        path = Path(layout, list(slots), unseen, wanted, named=named)
        enabled = path.enabled(guard, update)
        yield path, enabled
        wanted = [way for way, _ in path.taken]
        ways = [number for _, number in path.taken]
        while wanted and wanted[-1] + 1 == ways[len(wanted) - 1]:
            wanted.pop()
        if not wanted:
            return
        wanted[-1] += 1


def truths(
    layout: Layout, slots: Sequence[Value], unseen: tuple[int, ...], goal: Expr
) -> Iterator[tuple[Path, bool]]:
    """Every path through an expression, and its truth."""
    return paths(layout, slots, unseen, goal, ())


def start(value: Value) -> Set:
    """A set of the rest, before its unseen bits are put in."""
    return value if isinstance(value, Set) else Set(value if isinstance(value, int) else 0, {})
