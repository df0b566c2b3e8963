# SPDX-License-Identifier: MIT
"""Updates as blocks of statements, for languages that have such.

An update may be blocked in its middle, or cut by a bound, when it has written something already.
These languages know no such thing: what was written is put back, and the step leads from the state
to itself, which adds no state.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import assert_never

from srcucheck.ir.expr import (
    Assume,
    Begin,
    Bound,
    Break,
    Choose,
    End,
    Expr,
    Finish,
    If,
    Let,
    Loop,
    Mark,
    Report,
    Set,
    SetPick,
    Update,
)
from srcucheck.ir.system import Check, System
from srcucheck.ir.walk import statements
from srcucheck.render.export.phrases import Phrases


def chooses(update: Update) -> Iterator[Choose]:
    """All choices of an update, in order."""
    return (one for one in statements(update) if isinstance(one, Choose))


def written(update: Update) -> Iterator[int]:
    """All slots that an update may write."""
    for statement in statements(update):
        match statement:
            case Set(slot, _):
                yield slot
            case SetPick():
                yield from statement.slots.values()
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


class Writer(Phrases, ABC):
    """Writes one system; lines are collected with their indentation."""

    def __init__(self, system: System, checks: Sequence[Check]) -> None:
        super().__init__(system, checks)
        self.lines: list[str] = []
        self.depth = 0
        self.saved: tuple[int, ...] = ()
        """Slots whose values the present rule keeps, to put them back if it is stopped."""
        self.choices: dict[int, str] = {}

    def line(self, text: str = "") -> None:
        """Adds a line at the present depth."""
        self.lines.append("\t" * self.depth + text if text else "")

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
                    self.label(statement)
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

    def label(self, statement: Begin | End | Mark) -> None:
        """What only traces and questions about calls want to know."""
        del statement

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
