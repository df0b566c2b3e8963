# SPDX-License-Identifier: MIT
"""What the languages of other checkers have in common: expressions, and updates as blocks.

An update may be blocked in its middle, or cut by a bound, when it has written something already.
These languages know no such thing: what was written is put back, and the step leads from the state
to itself, which adds no state.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from srcucheck.ir.expr import (
    Assume,
    Begin,
    Binary,
    Bound,
    Break,
    Choose,
    Const,
    End,
    Expr,
    Finish,
    Get,
    If,
    Ite,
    Let,
    Lookup,
    Loop,
    Mark,
    Pick,
    Report,
    Set,
    SetPick,
    Temp,
    Unary,
    Update,
)
from srcucheck.ir.system import Check, Invariant, Reachable, Reported, System
from srcucheck.render.export.names import clusters, variables

TRUTHS = ("==", "!=", "<", "<=", ">", ">=", "and", "or")


@dataclass(frozen=True, slots=True)
class Words:
    """How a language spells operators."""

    equal: str
    both: str
    either: str
    then: str
    """Between a condition and the first value of a conditional expression."""


def chooses(update: Update) -> Iterator[Choose]:
    """All choices of an update, in order."""
    for statement in update:
        match statement:
            case Choose():
                yield statement
            case If(_, then, other):
                yield from chooses(then)
                yield from chooses(other)
            case Loop(body, _):
                yield from chooses(body)
            case _:
                pass


def written(update: Update) -> Iterator[int]:
    """All slots that an update may write."""
    for statement in update:
        match statement:
            case Set(slot, _):
                yield slot
            case SetPick():
                yield from statement.slots.values()
            case If(_, then, other):
                yield from written(then)
                yield from written(other)
            case Loop(body, _):
                yield from written(body)
            case _:
                pass


def leaves(update: Update, *, only_loop: bool = False) -> bool:
    """Whether control may not reach what follows a block: it breaks off, or is over, or stops.

    ``only_loop``: only a ``Break`` out of the loop around the block counts.
    """
    for statement in update:
        match statement:
            case Break():
                return True
            case Assume() | Bound() | Finish() | Choose():
                if not only_loop:
                    return True
            case If(_, then, other):
                if leaves(then, only_loop=only_loop) or leaves(other, only_loop=only_loop):
                    return True
            case Loop(body, _):
                if not only_loop and ends(body):
                    return True
            case _:
                pass
    return False


def ends(body: Update) -> bool:
    """Whether the step may be over, or stop, inside of a loop."""
    for statement in body:
        match statement:
            case Assume() | Bound() | Finish() | Choose():
                return True
            case If(_, then, other):
                if ends(then) or ends(other):
                    return True
            case Loop(inner, _):
                if ends(inner):
                    return True
            case _:
                pass
    return False


class Writer(ABC):
    """Writes one system; lines are collected with their indentation."""

    words: Words

    def __init__(self, system: System, checks: Sequence[Check]) -> None:
        self.system = system
        self.checks = checks
        self.reports = frozenset(
            name
            for check in checks
            if isinstance(check.question, Reported)
            for name in check.question.properties
        )
        self.variables = variables(system)
        self.lines: list[str] = []
        self.depth = 0
        self.temps: set[int] = set()
        self.saved: tuple[int, ...] = ()
        """Slots whose values the present rule keeps, to put them back if it is stopped."""
        self.choices: dict[int, str] = {}

    def line(self, text: str = "") -> None:
        """Adds a line at the present depth."""
        self.lines.append("\t" * self.depth + text if text else "")

    def good(self) -> list[tuple[str, str]]:
        """What has to hold in every state, by name; of a goal, that it is never reached."""
        found: list[tuple[str, str]] = []
        for check in self.checks:
            match check.question:
                case Invariant(good):
                    found.append((check.name, self.truth(good)))
                case Reachable(goal):
                    found.append((check.name, f"(!{self.truth(goal)})"))
                case _:
                    pass
        return found

    # --- expressions ----------------------------------------------------------------------------

    def number(self, expr: Expr) -> str:
        """An expression as a number."""
        match expr:
            case Const(value):
                return str(value) if value >= 0 else f"({value})"
            case Get(slot):
                return self.variables[slot].name
            case Temp(number):
                self.temps.add(number)
                return f"t{number}"
            case Pick():
                index = self.number(expr.index)
                text = "0"
                for value, slot in sorted(expr.slots.items(), reverse=True):
                    test = f"{index} {self.words.equal} {value}"
                    text = self.conditional(test, self.variables[slot].name, text)
                return text
            case Lookup():
                return self.lookup(expr)
            case Unary("not", _):
                return self.conditional(self.truth(expr), "1", "0")
            case Unary(op, operand):
                return f"({op}{self.number(operand)})"
            case Binary(op, left, right):
                if op in TRUTHS:
                    return self.conditional(self.truth(expr), "1", "0")
                return self.arithmetic(op, left, right)
            case Ite(condition, then, other):
                return self.conditional(
                    self.truth(condition), self.number(then), self.number(other)
                )
            case _:
                assert_never(expr)

    def arithmetic(self, op: str, left: Expr, right: Expr) -> str:
        """Division by zero and shifts by less than nothing give 0."""
        one, two = self.number(left), self.number(right)
        plain = f"({one} {op} {two})"
        known = isinstance(right, Const)
        # known says Const
        if op in ("/", "%") and not (known and right.value):  # type: ignore[union-attr]
            return self.conditional(f"{two} {self.words.equal} 0", "0", plain)
        # known says Const
        if op in ("<<", ">>") and not (known and right.value >= 0):  # type: ignore[union-attr]
            return self.conditional(f"{two} < 0", "0", plain)
        return plain

    def lookup(self, expr: Lookup) -> str:
        """A table as nested conditions, equal values together."""
        index = self.number(expr.index)
        text = str(expr.default)
        for value in sorted({*expr.entries.values()} - {expr.default}):
            keys = [k for k, v in expr.entries.items() if v == value]
            text = self.conditional(self.within(index, keys), str(value), text)
        return text

    def within(self, index: str, keys: list[int]) -> str:
        """Whether a number is one of some."""
        tests = [
            f"{index} {self.words.equal} {low}"
            if low == high
            else f"({index} >= {low} {self.words.both} {index} <= {high})"
            for low, high in clusters(keys)
        ]
        return tests[0] if len(tests) == 1 else f"({f' {self.words.either} '.join(tests)})"

    def conditional(self, test: str, then: str, other: str) -> str:
        """``test ? then : other``."""
        return f"({test} {self.words.then} {then} : {other})"

    def truth(self, expr: Expr) -> str:
        """An expression as a condition."""
        match expr:
            case Const(value):
                return "true" if value else "false"
            case Unary("not", operand):
                return f"(!{self.truth(operand)})"
            case Binary("and", left, right):
                return f"({self.truth(left)} {self.words.both} {self.truth(right)})"
            case Binary("or", left, right):
                return f"({self.truth(left)} {self.words.either} {self.truth(right)})"
            case Binary(op, left, right) if op in TRUTHS:
                spelt = self.words.equal if op == "==" else op
                return f"({self.number(left)} {spelt} {self.number(right)})"
            case Lookup() if expr.default == 0 and {*expr.entries.values()} <= {1}:
                return self.within(self.number(expr.index), list(expr.entries))
            case _:
                return f"({self.number(expr)} != 0)"

    # --- updates --------------------------------------------------------------------------------

    def block(self, update: Update) -> None:
        """Statements in order; what follows one that may leave is guarded where it must be."""
        for at, statement in enumerate(update):
            match statement:
                case Let(temp, value):
                    self.temps.add(temp)
                    self.assign(f"t{temp}", self.number(value))
                case Set(slot, value):
                    self.assign(self.variables[slot].name, self.number(value))
                case SetPick():
                    self.set_pick(statement)
                case If(condition, then, other):
                    self.branch(self.truth(condition), then, other)
                case Loop(body, _):
                    self.loop(body)
                case Choose(temp, options):
                    self.choose(statement, temp, options)
                case Assume(condition):
                    self.unless(self.truth(condition))
                case Bound(text, _):
                    self.stop(f"bound: {text}")
                case Report(name, _):
                    if name in self.reports:
                        self.report(name)
                case Break():
                    self.leave_loop()
                case Finish():
                    self.finish()
                case Begin() | End() | Mark():
                    pass
                case _:
                    assert_never(statement)
            rest = update[at + 1 :]
            if rest and self.must_guard(statement):
                self.guarded(rest)
                return
            if isinstance(statement, Bound | Break | Finish):
                return

    def set_pick(self, statement: SetPick) -> None:
        """One of several variables is written."""
        index, value = self.number(statement.index), self.number(statement.value)
        for key, slot in sorted(statement.slots.items()):
            self.when(f"{index} {self.words.equal} {key}", self.variables[slot].name, value)

    def choose(self, statement: Choose, temp: int, options: tuple[tuple[Expr, Expr], ...]) -> None:
        """The option that the rule is for, if its condition holds."""
        self.temps.add(temp)
        which = self.choices[id(statement)]
        holds, value = "false", "0"
        for number, (condition, given) in reversed(list(enumerate(options))):
            test = f"{which} {self.words.equal} {number}"
            holds = (
                f"(({test} {self.words.both} {self.truth(condition)}) {self.words.either} {holds})"
            )
            value = self.conditional(test, self.number(given), value)
        self.unless(holds)
        self.chosen(f"t{temp}", value)

    @abstractmethod
    def assign(self, name: str, value: str) -> None:
        """``name = value``."""

    @abstractmethod
    def when(self, test: str, name: str, value: str) -> None:
        """``if (test) name = value``."""

    @abstractmethod
    def chosen(self, name: str, value: str) -> None:
        """``name = value``, if the step was not stopped just before."""

    @abstractmethod
    def branch(self, test: str, then: Update, other: Update) -> None:
        """One of two blocks."""

    @abstractmethod
    def loop(self, body: Update) -> None:
        """A block again and again until it is left."""

    @abstractmethod
    def unless(self, test: str) -> None:
        """Stops the step unless the test holds."""

    @abstractmethod
    def stop(self, why: str) -> None:
        """Stops the step: everything as it was."""

    @abstractmethod
    def report(self, name: str) -> None:
        """The property is violated."""

    @abstractmethod
    def leave_loop(self) -> None:
        """Leaves the innermost loop."""

    @abstractmethod
    def finish(self) -> None:
        """The step is over."""

    @abstractmethod
    def must_guard(self, statement: object) -> bool:
        """Whether what follows a statement has to ask first whether control is still here."""

    @abstractmethod
    def guarded(self, rest: Update) -> None:
        """The rest of a block, if control is still here."""
