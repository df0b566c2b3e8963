# SPDX-License-Identifier: MIT
"""Expressions in the languages of other checkers, where they are much alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from srcucheck.ir.expr import (
    Binary,
    Const,
    Expr,
    Get,
    Ite,
    Lookup,
    Pick,
    Temp,
    Unary,
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
    unequal: str = "!="
    true: str = "true"
    false: str = "false"


class Phrases:
    """Writes expressions over the variables of one system."""

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
        self.temps: set[int] = set()

    def slot(self, slot: int) -> str:
        """A variable as it is now."""
        return self.variables[slot].name

    def temp(self, number: int) -> str:
        """A temporary value."""
        self.temps.add(number)
        return f"t{number}"

    def good(self) -> list[tuple[str, str]]:
        """What has to hold in every state, by name; of a goal, that it is never reached."""
        found: list[tuple[str, str]] = []
        for check in self.checks:
            match check.question:
                case Invariant(good):
                    found.append((check.name, self.truth(good)))
                case Reachable(goal):
                    found.append((check.name, f"{self.no(self.truth(goal))}"))
                case _:
                    pass
        return found

    def number(self, expr: Expr) -> str:
        """An expression as a number."""
        match expr:
            case Const(value):
                return str(value) if value >= 0 else f"({value})"
            case Get(slot):
                return self.slot(slot)
            case Temp(number):
                return self.temp(number)
            case Pick():
                index = self.number(expr.index)
                text = "0"
                for value, slot in sorted(expr.slots.items(), reverse=True):
                    test = f"{index} {self.words.equal} {value}"
                    text = self.conditional(test, self.slot(slot), text)
                return text
            case Lookup():
                return self.lookup(expr)
            case Unary("not", _):
                return self.conditional(self.truth(expr), "1", "0")
            case Unary(op, operand):
                return self.unary(op, self.number(operand))
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

    def unary(self, op: str, operand: str) -> str:
        """An operator on one number."""
        return f"({op}{operand})"

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
                return self.words.true if value else self.words.false
            case Unary("not", operand):
                return self.no(self.truth(operand))
            case Binary("and", left, right):
                return f"({self.truth(left)} {self.words.both} {self.truth(right)})"
            case Binary("or", left, right):
                return f"({self.truth(left)} {self.words.either} {self.truth(right)})"
            case Binary(op, left, right) if op in TRUTHS:
                spelt = {"==": self.words.equal, "!=": self.words.unequal}.get(op, op)
                return f"({self.number(left)} {spelt} {self.number(right)})"
            case Lookup() if expr.default == 0 and {*expr.entries.values()} <= {1}:
                return self.within(self.number(expr.index), list(expr.entries))
            case _:
                return f"({self.number(expr)} {self.words.unequal} 0)"

    def no(self, test: str) -> str:
        """The opposite of a condition."""
        return f"(!{test})"
