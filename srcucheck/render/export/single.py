# SPDX-License-Identifier: MIT
"""Updates for TLA+, which has no statements: each write gives a variable a new name.

What a branch did is chosen by its condition afterwards (static single assignment form, Cytron et
al. 1991), and a loop is a function that calls itself.  What control does is kept in flags: the
step is ``over``, a loop is ``broke``n off, the step turned out to be ``stopped`` (not enabled) or
met a ``bound`` of the model, a property is ``bad``.
"""

import re
from collections.abc import Iterator, Sequence

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
from srcucheck.render.export.integers import NAMES
from srcucheck.render.export.phrases import Phrases, Words
from srcucheck.render.export.writer import leaves

WORD = re.compile(r"\w+")
OVER, BROKE, STOPPED, BOUND, BAD = "over", "broke", "stopped", "bound", "bad"


def ended(frame: int) -> str:
    """The flag of a frame one of whose activations ends."""
    return f"ended{frame}v"


class Single(Phrases):
    """Collects definitions; ``now`` says by which name the present value of each thing goes."""

    words = Words("=", "/\\", "\\/", "", "#", "TRUE", "FALSE")

    def __init__(self, system: System, checks: Sequence[Check], ends: Sequence[int]) -> None:
        super().__init__(system, checks)
        self.ends = ends
        self.now: dict[str, str] = {}
        self.choices: dict[int, str] = {}
        self.definitions: list[str] = []
        self._count = 0

    def begin(self, choices: dict[int, str]) -> None:
        """A new step; which option each choice takes has the name that is given."""
        self.now, self.choices = {}, choices
        self.definitions, self._count = [], 0

    def slot(self, slot: int) -> str:
        return self.value(f"slot{slot}")

    def temp(self, number: int) -> str:
        return self.value(f"temp{number}")

    def value(self, key: str) -> str:
        """The present value of a variable, a temporary or a flag."""
        return self.now.get(key, self._first(key))

    def _first(self, key: str) -> str:
        if key.startswith("slot"):
            return self.variables[int(key[4:])].name
        if key in (OVER, BROKE, STOPPED, BOUND):
            return self.words.false
        return '""' if key == BAD else "0"

    def _new(self, key: str) -> str:
        self._count += 1
        base = self._first(key) if key.startswith("slot") else f"{key}v"
        return f"{base}{self._count}"

    def give(self, key: str, value: str) -> None:
        """A new value, under a new name unless it is short."""
        if " " not in value:
            self.now[key] = value
            return
        name = self._new(key)
        self.definitions.append(f"{name} == {value}")
        self.now[key] = name

    def conditional(self, test: str, then: str, other: str) -> str:
        yes, no = self.words.true, self.words.false
        if test in (yes, no):
            return then if test == yes else other
        if then == yes:
            return self.some([test, other])
        if other == no:
            return f"({test} {self.words.both} {then})"
        return f"(IF {test} THEN {then} ELSE {other})"

    def no(self, test: str) -> str:
        known = {self.words.true: self.words.false, self.words.false: self.words.true}
        return known.get(test, f"(~{test})")

    def arithmetic(self, op: str, left: Expr, right: Expr) -> str:
        one, two = self.number(left), self.number(right)
        if op in NAMES:
            return f"{NAMES[op]}({one}, {two})"
        return f"({one} {op} {two})"

    def unary(self, op: str, operand: str) -> str:
        return f"(-{operand} - 1)" if op == "~" else f"(-{operand})"

    def some(self, tests: Sequence[str]) -> str:
        """Whether one of the tests holds."""
        if self.words.true in tests:
            return self.words.true
        kept = [t for t in dict.fromkeys(tests) if t != self.words.false]
        if not kept:
            return self.words.false
        return kept[0] if len(kept) == 1 else f"({f' {self.words.either} '.join(kept)})"

    def needed(self, effect: Sequence[str]) -> list[str]:
        """The definitions that an effect rests on."""
        used = set(WORD.findall(" ".join(effect)))
        kept = []
        for line in reversed(self.definitions):
            name = line.removeprefix("RECURSIVE ").partition(" ")[0].partition("(")[0]
            if name in used:
                kept.append(line)
                used.update(WORD.findall(line))
        return kept[::-1]

    # --- updates --------------------------------------------------------------------------------

    def block(self, update: Update) -> None:
        """Statements in order; what follows one that may leave is done only if it did not."""
        for at, statement in enumerate(update):
            match statement:
                case Let(temp, value):
                    self.give(f"temp{temp}", self.number(value))
                case Set(slot, value):
                    self.give(f"slot{slot}", self.number(value))
                case SetPick():
                    self._pick(statement)
                case If(condition, then, other):
                    self._branch(self.truth(condition), then, other)
                case Loop(body, _):
                    self._loop(body)
                case Choose():
                    self._choose(statement)
                case Assume(condition):
                    self._stop_unless(self.truth(condition))
                case Report(name, _):
                    if name in self.reports:
                        self.give(BAD, f'"{name}"')
                case Bound():
                    self.give(BOUND, self.words.true)
                    self.give(OVER, self.words.true)
                case Finish():
                    self.give(OVER, self.words.true)
                case Break():
                    self.give(BROKE, self.words.true)
                case End(frame):
                    if frame in self.ends:
                        self.give(ended(frame), "1")
                case Begin() | Mark():
                    pass
            rest = update[at + 1 :]
            if rest and leaves((statement,)):
                self._branch(self.no(self.some([self.value(OVER), self.value(BROKE)])), rest, ())
                return

    def _pick(self, statement: SetPick) -> None:
        index, value = self._shared(statement.index), self._shared(statement.value)
        for key, slot in sorted(statement.slots.items()):
            test = f"{index} {self.words.equal} {key}"
            self.give(f"slot{slot}", self.conditional(test, value, self.slot(slot)))

    def _shared(self, expr: Expr) -> str:
        """A value that is named, as it is used more than once."""
        self.give("shared", self.number(expr))
        return self.now.pop("shared")

    def _branch(self, test: str, then: Update, other: Update) -> None:
        if test in (self.words.true, self.words.false):
            self.block(then if test == self.words.true else other)
            return
        self.give("if", test)
        test = self.now.pop("if")
        before = dict(self.now)
        self.block(then)
        one, self.now = self.now, dict(before)
        self.block(other)
        two, self.now = self.now, before
        for key in dict.fromkeys([*one, *two]):
            yes, no = one.get(key, self._first(key)), two.get(key, self._first(key))
            if yes == no:
                self.now[key] = yes
            else:
                self.give(key, self.conditional(test, yes, no))

    def _choose(self, statement: Choose) -> None:
        which = self.choices[id(statement)]
        fits, value = self.words.false, "0"
        for number, (condition, given) in reversed(list(enumerate(statement.options))):
            test = f"{which} {self.words.equal} {number}"
            holds = self.truth(condition)
            if len(statement.options) > 1:
                holds = test if holds == self.words.true else f"({test} {self.words.both} {holds})"
                value = self.conditional(test, self.number(given), value)
            else:
                value = self.number(given)
            fits = self.some([holds, fits])
        sure = all(c == self.words.true for c in map(self.truth, _conditions(statement)))
        if not sure:
            self._stop_unless(fits)
        self.give(f"temp{statement.temp}", value)

    def _stop_unless(self, test: str) -> None:
        self.give(STOPPED, self.some([self.value(STOPPED), self.no(test)]))

    def _loop(self, body: Update) -> None:
        keys = list(dict.fromkeys(self._changed(body)))
        first = [self.value(key) for key in keys]
        outer, self.definitions = self.definitions, []
        before = dict(self.now)
        names = [self._new(key) for key in keys]
        self.now.update(zip(keys, names, strict=True))
        self.now[BROKE] = self.words.false
        self.block(body)
        done = self.some([self.value(flag) for flag in (BROKE, OVER, STOPPED)])
        turn = ", ".join(self.value(key) for key in keys)
        inner, self.definitions = self.definitions, outer
        self._count += 1
        loop, result = f"loop{self._count}", f"after{self._count}"
        let = f"LET {' '.join(inner)} IN " if inner else ""
        self.definitions += [
            f"RECURSIVE {loop}({', '.join('_' for _ in keys)})",
            f"{loop}({', '.join(names)}) == {let}IF {done} THEN <<{turn}>> ELSE {loop}({turn})",
            f"{result} == {loop}({', '.join(first)})",
        ]
        self.now = before
        self.now.update({key: f"{result}[{at}]" for at, key in enumerate(keys, 1)})
        self.now[BROKE] = self.words.false

    def _changed(self, body: Update) -> Iterator[str]:
        """What a turn of a loop may change, but for whether it is broken off."""
        for statement in statements(body):
            match statement:
                case Set(slot, _):
                    yield f"slot{slot}"
                case SetPick():
                    yield from (f"slot{slot}" for slot in statement.slots.values())
                case Let(temp, _):
                    yield f"temp{temp}"
                case Choose(temp, _):
                    yield f"temp{temp}"
                    yield STOPPED
                case Assume():
                    yield STOPPED
                case Finish():
                    yield OVER
                case Bound():
                    yield from (BOUND, OVER)
                case Report(name, _):
                    if name in self.reports:
                        yield BAD
                case End(frame):
                    if frame in self.ends:
                        yield ended(frame)
                case _:
                    pass


def _conditions(statement: Choose) -> Iterator[Expr]:
    return (condition for condition, _ in statement.options)
