# SPDX-License-Identifier: MIT
"""A machine and an invariant as SMT-LIB 2 text, for any solver (Barrett, Fontaine & Tinelli 2017).

Logic QF_BV: every variable is a signed vector of 64 bits, and one question is whether any operator
leaves them.  The text is made of expressions without Z3, and always the same for the same system:
whoever checks a file makes it anew and compares.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from srcucheck.ir.expr import Binary, Const, Expr, Get, Ite, Lookup, Pick, Temp, Unary
from srcucheck.symbolic import simplify as s
from srcucheck.symbolic.flat import Refused
from srcucheck.symbolic.machine import Machine, equals, in_ranges

BV = "(_ BitVec 64)"
INVARIANT = "(define-fun inv "
"""How the line begins that holds the invariant, all of it."""

_COMPARE = {"<": "bvslt", "<=": "bvsle", ">": "bvsgt", ">=": "bvsge", "==": "=", "!=": "distinct"}
_PLAIN = {"+": "bvadd", "-": "bvsub", "*": "bvmul", "&": "bvand", "|": "bvor", "^": "bvxor"}


def number(value: int) -> str:
    """A constant.

    Raises:
        Refused: it does not fit.
    """
    if not -(1 << 62) <= value < 1 << 62:
        raise Refused("a constant that is too wide")
    return f"(_ bv{value} 64)" if value >= 0 else f"(bvneg (_ bv{-value} 64))"


@dataclass(slots=True)
class _Body:
    """The body of a function: parts have names, by nested ``let``s in the order they were met."""

    lets: list[tuple[str, str]] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    _numbers: dict[int, str] = field(default_factory=dict)
    _truths: dict[int, str] = field(default_factory=dict)
    _alive: list[Expr] = field(default_factory=list)

    def closed(self, result: str) -> str:
        """The whole of it."""
        text = "".join(f"(let (({name} {value})) " for name, value in self.lets)
        return f"{text}{result}{')' * len(self.lets)}"

    def named(self, text: str) -> str:
        """A name for a part."""
        self.lets.append((f"t{len(self.lets)}", text))
        return self.lets[-1][0]

    def number(self, expr: Expr) -> str:
        """An expression as a vector."""
        known = self._numbers.get(id(expr))
        if known is None:
            known = self._numbers[id(expr)] = self._number(expr)
            self._alive.append(expr)
        return known

    def truth(self, expr: Expr) -> str:
        """Where an expression is not 0."""
        known = self._truths.get(id(expr))
        if known is None:
            known = self._truths[id(expr)] = self._truth(expr)
            self._alive.append(expr)
        return known

    def _truth(self, expr: Expr) -> str:
        match expr:
            case Const(value):
                return "true" if value else "false"
            case Unary("not", operand):
                return self.named(f"(not {self.truth(operand)})")
            case Binary("and" | "or" as op, left, right):
                return self.named(f"({op} {self.truth(left)} {self.truth(right)})")
            case Binary("==" | "!=" | "<" | "<=" | ">" | ">=" as op, left, right):
                return self.named(f"({_COMPARE[op]} {self.number(left)} {self.number(right)})")
            case _:
                return self.named(f"(distinct {self.number(expr)} {number(0)})")

    def _number(self, expr: Expr) -> str:
        match expr:
            case Const(value):
                return number(value)
            case Get(slot):
                return f"x{slot}"
            case Pick():
                slots = {key: f"x{slot}" for key, slot in expr.slots.items()}
                return self.table(self.number(expr.index), slots, number(0))
            case Lookup():
                entries = {key: number(to) for key, to in expr.entries.items()}
                return self.table(self.number(expr.index), entries, number(expr.default))
            case Unary("-", operand):
                negated = self.number(operand)
                self.lost.append(f"(= {negated} {_LEAST})")
                return self.named(f"(bvneg {negated})")
            case Unary("~", operand):
                return self.named(f"(bvnot {self.number(operand)})")
            case Binary("+" | "-" | "*" | "/" | "%" | "<<" | ">>" | "&" | "|" | "^"):
                return self.binary(expr.op, self.number(expr.left), self.number(expr.right))
            case Ite(condition, then, other):
                parts = self.truth(condition), self.number(then), self.number(other)
                return self.named("(ite {} {} {})".format(*parts))
            case Unary() | Binary():
                return self.named(f"(ite {self.truth(expr)} {number(1)} {number(0)})")
            case Temp():
                raise Refused("a temp outside of an update")
            case _:
                assert_never(expr)

    def table(self, index: str, entries: dict[int, str], default: str) -> str:
        """One of some values, by a number."""
        found = default
        for key, entry in entries.items():
            found = f"(ite (= {index} {number(key)}) {entry} {found})"
        return self.named(found)

    def binary(self, op: str, one: str, two: str) -> str:
        """An operator, and where it is not exact."""
        zero = number(0)
        match op:
            case "+" | "-" | "*":
                wide = [f"((_ sign_extend 64) {part})" for part in (one, two)]
                found = self.named(f"({_PLAIN[op]} {one} {two})")
                true = "({} {} {})".format(_PLAIN[op], *wide)
                self.lost.append(f"(distinct ((_ sign_extend 64) {found}) {true})")
                return found
            case "/":
                self.lost.append(f"(and (= {one} {_LEAST}) (= {two} {number(-1)}))")
                return self.named(f"(ite (= {two} {zero}) {zero} (bvsdiv {one} {two}))")
            case "%":
                return self.named(f"(ite (= {two} {zero}) {zero} (bvsrem {one} {two}))")
            case "<<":
                moved = f"(bvshl {one} {two})"
                back = f"(distinct (bvashr {moved} {two}) {one})"
                far = f"(bvsge {two} {number(64)})"
                self.lost.append(f"(and (bvsge {two} {zero}) (or {far} {back}))")
                return self.named(f"(ite (bvslt {two} {zero}) {zero} {moved})")
            case ">>":
                return self.named(f"(ite (bvslt {two} {zero}) {zero} (bvashr {one} {two}))")
            case _:
                return self.named(f"({_PLAIN[op]} {one} {two})")


_LEAST = "(bvshl (_ bv1 64) (_ bv63 64))"


def invariant(machine: Machine, formula: Expr) -> str:
    """The line that defines the invariant."""
    return f"{INVARIANT}{params(machine)} Bool {truth(formula)})"


def params(machine: Machine, letters: str = "x") -> str:
    """The parameters of a function of one state, or of two."""
    names = [f"{letter}{k}" for letter in letters for k in range(len(machine.names))]
    return f"({' '.join(f'({name} {BV})' for name in names)})"


def truth(formula: Expr) -> str:
    """A formula as the body of a function."""
    body = _Body()
    return body.closed(body.truth(formula))


def script(machine: Machine, bad: Expr, header: Iterable[str], line: str) -> str:
    """The file: comments, variables, functions, four questions that all are to be ``unsat``."""
    count = range(len(machine.names))
    one, two = (" ".join(f"{letter}{k}" for k in count) for letter in "xy")
    first = s.any_of(*(equals(machine, state) for state in machine.initial))
    here, there = (f"(ranges {v}) (inv {v}) (not (bad {v}))" for v in (one, two))
    questions = (
        ("an initial state is outside of the invariant", f"(init {one}) (not (and {here}))"),
        ("a step leads out of it", f"{here} (step {one} {two}) (not (and {there}))"),
        ("something bad is in it", f"{here} (bad {one})"),
        ("a number needs more than 64 bits", f"(ranges {one}) (lost {one})"),
    )
    return "\n".join([
        *(f"; {text}" for text in header),
        "(set-logic QF_BV)",
        *(f"; {name.replace(chr(10), ' ')}: x{k}, after a step y{k}\n"
          f"(declare-const x{k} {BV})\n(declare-const y{k} {BV})"
          for k, name in enumerate(machine.names)),
        "; runs begin here",
        f"(define-fun init {params(machine)} Bool {truth(first)})",
        "; a step of some thread",
        f"(define-fun step {params(machine, 'xy')} Bool {step(machine)})",
        "; what must not be reached",
        f"(define-fun bad {params(machine)} Bool {truth(bad)})",
        "; between what numbers the variables stay: part of the invariant, proved with it",
        f"(define-fun ranges {params(machine)} Bool {truth(in_ranges(machine))})",
        "; an operator whose result is not the mathematical one",
        f"(define-fun lost {params(machine)} Bool {_lost(machine, bad)})",
        "; the invariant is what follows, and that nothing bad can happen, and the ranges",
        line,
        *(f"; {what}\n(push 1)\n(assert (and {facts}))\n(check-sat)\n(pop 1)"
          for what, facts in questions),
        "",
    ])  # fmt: skip


def step(machine: Machine) -> str:
    """All rules as the body of a function of two states."""
    body, ways = _Body(), []
    for rule in machine.rules:
        writes = dict(rule.writes)
        values = (body.number(writes.get(k, Get(k))) for k in range(len(machine.names)))
        after = " ".join(f"(= y{k} {value})" for k, value in enumerate(values))
        ways.append(f"(and {body.truth(rule.enabled)} {after})")
    return body.closed(f"(or false {' '.join(ways)})")


def _lost(machine: Machine, bad: Expr) -> str:
    body = _Body()
    body.truth(bad)
    for rule in machine.rules:
        body.truth(rule.enabled)
        for _, value in rule.writes:
            body.number(value)
    return body.closed(f"(or false {' '.join(body.lost)})")


def names(machine: Machine) -> Sequence[str]:
    """The variables that an invariant may speak of."""
    return tuple(f"x{k}" for k in range(len(machine.names)))
