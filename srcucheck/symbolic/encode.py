# SPDX-License-Identifier: MIT
"""A machine as Z3 terms: initial states, the step relation in two shapes, predicates.

Terms are made once over two vectors, before and after a step, and put at other moments by
substitution.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import z3

from srcucheck.ir.expr import Expr
from srcucheck.ir.system import State
from srcucheck.symbolic.clock import Look, at_leisure
from srcucheck.symbolic.exact import Watched, watched
from srcucheck.symbolic.machine import Machine, equals, expressions
from srcucheck.symbolic.terms import Arithmetic, Bits, Integers, Term, Terms, bits

Vector = tuple[Term, ...]


@dataclass(slots=True)
class Encoding:
    """Terms of one machine.  ``before`` and ``after`` hold the variables that matter, in order."""

    machine: Machine
    arithmetic: Arithmetic
    look: Look = at_leisure
    slots: tuple[int, ...] = field(init=False)
    before: Vector = field(init=False)
    after: Vector = field(init=False)
    act: Term = field(init=False)
    terms: Terms = field(init=False)
    later: Terms = field(init=False)

    def __post_init__(self) -> None:
        self.slots = tuple(sorted(self.machine.kept))
        self.before = self.vector("x")
        self.after = self.vector("y")
        count = max(1, len(self.machine.rules))
        self.act = z3.BitVec("act", count.bit_length())
        before = dict(zip(self.slots, self.before, strict=True))
        after = dict(zip(self.slots, self.after, strict=True))
        self.terms = Terms(self.arithmetic, before, self.look)
        self.later = Terms(self.arithmetic, after, self.look)

    @property
    def logic(self) -> str:
        """The solver for it: finite domains, or whatever Z3 takes."""
        exact = self.arithmetic
        inner = exact.inner if isinstance(exact, Watched) else exact
        return "" if isinstance(inner, Integers) else "QF_FD"

    def lost(self) -> Term:
        """Some number that was made so far is not the mathematical one."""
        return z3.Or(self.arithmetic.lost if isinstance(self.arithmetic, Watched) else [])

    def vector(self, name: str) -> Vector:
        """Fresh variables for one moment."""
        return tuple(self.arithmetic.variable(f"{name}!{k}", k) for k in self.slots)

    def moment(self, k: int) -> Vector:
        """The variables of a moment of an unrolled run."""
        return self.vector(f"s{k}")

    def act_at(self, k: int) -> Term:
        """Which rule is taken at a moment."""
        return z3.BitVec(f"act!{k}", self.act.size())

    def initial(self, which: Iterable[State] | None = None) -> Term:
        """It is an initial state."""
        states = self.machine.initial if which is None else which
        return z3.Or([self.terms.truth(equals(self.machine, one)) for one in states])

    def fires(self) -> list[Term]:
        """Where each rule can be taken."""
        return [self.terms.truth(rule.enabled) for rule in self.machine.rules]

    def written(self) -> list[dict[int, Term]]:
        """What each rule writes, as numbers."""
        return [
            {slot: self.terms.number(value) for slot, value in rule.writes}
            for rule in self.machine.rules
        ]

    def chosen_step(self) -> Term:
        """The step of the rule that ``act`` names, or of none: one chain of cases per variable."""
        fires, written = self.fires(), self.written()
        idle = self.act == len(fires)
        facts = [z3.Or([idle, *(z3.And(self.act == k, f) for k, f in enumerate(fires))])]
        for slot, x, y in zip(self.slots, self.before, self.after, strict=True):
            self.look()
            value = x
            for k, writes in enumerate(written):
                if slot in writes:
                    kept = self.arithmetic.kept(writes[slot], slot)
                    value = z3.If(self.act == k, kept, value)
            facts.append(y == value)
        return z3.simplify(z3.And(facts))

    def some_step(self) -> Term:
        """A step of some rule: one disjunct per rule."""
        found = []
        for fires, writes in zip(self.fires(), self.written(), strict=True):
            self.look()
            frame = [
                y == (self.arithmetic.kept(writes[slot], slot) if slot in writes else x)
                for slot, x, y in zip(self.slots, self.before, self.after, strict=True)
            ]
            found.append(z3.And(fires, *frame))
        return z3.simplify(z3.Or(found))

    def overflow(self) -> Term:
        """Some rule that can be taken writes a number outside of a variable's range."""
        found = []
        for fires, writes in zip(self.fires(), self.written(), strict=True):
            outside = []
            for slot, number in writes.items():
                low, high = self.machine.ranges[slot]
                if low is not None:
                    outside.append(number < self.arithmetic.constant(low))
                if high is not None:
                    outside.append(number > self.arithmetic.constant(high))
            found.append(z3.And(fires, z3.Or(outside)))
        return z3.simplify(z3.Or(found))

    def truth(self, expr: Expr) -> Term:
        """An expression before the step."""
        return self.terms.truth(expr)

    def truth_after(self, expr: Expr) -> Term:
        """An expression after the step."""
        return self.later.truth(expr)

    def at(self, term: Term, moment: Sequence[Term]) -> Term:
        """A term over the state before a step, at some moment."""
        return z3.substitute(term, list(zip(self.before, moment, strict=True)))

    def between(self, step: Term, one: Sequence[Term], two: Sequence[Term], act: Term) -> Term:
        """A step from one moment to another."""
        pairs = [*zip(self.before, one, strict=True), *zip(self.after, two, strict=True)]
        return z3.substitute(step, [*pairs, (self.act, act)])

    def signed(self, value: int) -> int:
        """The number that a vector of the calculating width means."""
        exact = self.arithmetic
        inner = exact.inner if isinstance(exact, Watched) else exact
        if not isinstance(inner, Bits) or value < 1 << (inner.width - 1):
            return value
        return value - (1 << inner.width)

    def numbers(self, moment: Sequence[Term]) -> list[Term]:
        """The values of the variables at a moment, as numbers."""
        return [
            self.arithmetic.number(term, slot)
            for slot, term in zip(self.slots, moment, strict=True)
        ]


def in_bits(machine: Machine, asked: Sequence[Expr], look: Look) -> Encoding:
    """An encoding in bit vectors, wide enough for the rules and what is asked.

    Raises:
        Refused: some number has no range.
    """
    ranges = [r if k in machine.kept else (0, 0) for k, r in enumerate(machine.ranges)]
    return Encoding(machine, bits(ranges, [*asked, *expressions(machine)]), look)


def in_integers(machine: Machine, look: Look) -> Encoding:
    """An encoding in integers."""
    return Encoding(machine, Integers(machine.ranges), look)


def exactly(machine: Machine, look: Look = at_leisure) -> Encoding:
    """An encoding that is not believed but asked whether it is exact (``exact``)."""
    return Encoding(machine, watched(machine.ranges, machine.kept), look)


def suited(machine: Machine, asked: Sequence[Expr], look: Look = at_leisure) -> Encoding:
    """Bits if all numbers have a range, else integers."""
    from srcucheck.symbolic.flat import Refused

    try:
        return in_bits(machine, asked, look)
    except Refused:
        return in_integers(machine, look)
