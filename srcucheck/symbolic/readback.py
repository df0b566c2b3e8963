# SPDX-License-Identifier: MIT
"""From a solver's formula back to ``ir.expr``, so that it can be checked, kept and read.

A bit vector becomes the number that it is without a sign; operators wrap by a mask.  What is not
known here is refused, and the proof with it: nothing is guessed.
"""

from dataclasses import dataclass, field
from functools import reduce

import z3

from srcucheck.ir.expr import FALSE, TRUE, Const, Expr, Get
from srcucheck.symbolic import simplify as s
from srcucheck.symbolic.encode import Encoding
from srcucheck.symbolic.flat import Refused
from srcucheck.symbolic.terms import Bits, Term


@dataclass(slots=True)
class Reader:
    """Reads formulas over the variables before a step of one encoding."""

    encoding: Encoding
    _memo: dict[int, Expr] = field(default_factory=dict)
    _alive: list[Term] = field(default_factory=list)

    def read(self, term: Term) -> Expr:
        """A term as an expression.

        Raises:
            Refused: it has something that is not known here.
        """
        known = self._memo.get(term.get_id())
        if known is None:
            known = self._read(term)
            self._memo[term.get_id()] = known
            self._alive.append(term)
        return known

    def variables(self) -> dict[int, Expr]:
        """By Z3's number of a variable, what it is: kept bits are the distance from the least."""
        arithmetic = self.encoding.arithmetic
        found: dict[int, Expr] = {}
        for slot, term in zip(self.encoding.slots, self.encoding.before, strict=True):
            low = arithmetic.ranges[slot][0] if isinstance(arithmetic, Bits) else 0
            value: Expr = Get(slot)
            found[term.get_id()] = s.binary("-", value, Const(low)) if low else value
        return found

    def _read(self, term: Term) -> Expr:
        if z3.is_true(term):
            return TRUE
        if z3.is_false(term):
            return FALSE
        if z3.is_bv_value(term) or z3.is_int_value(term):
            return Const(term.as_long())
        if not z3.is_app(term):
            raise Refused("the invariant has a quantifier")
        if term.num_args() == 0:
            value = self.variables().get(term.get_id())
            if value is None:
                raise Refused(f"the invariant has {term}")
            return value
        parts = [self.read(term.arg(k)) for k in range(term.num_args())]
        kind = term.decl().kind()
        match kind:
            case z3.Z3_OP_AND:
                return s.all_of(*parts)
            case z3.Z3_OP_OR:
                return s.any_of(*parts)
            case z3.Z3_OP_NOT:
                return s.negation(parts[0])
            case z3.Z3_OP_IMPLIES:
                return s.either(s.negation(parts[0]), parts[1])
            case z3.Z3_OP_XOR:
                return s.binary("!=", parts[0], parts[1])
            case z3.Z3_OP_EQ | z3.Z3_OP_IFF:
                return s.binary("==", parts[0], parts[1])
            case z3.Z3_OP_DISTINCT if len(parts) == 2:
                return s.binary("!=", parts[0], parts[1])
            case z3.Z3_OP_ITE:
                return s.ite(parts[0], parts[1], parts[2])
            case z3.Z3_OP_ULEQ | z3.Z3_OP_LE:
                return s.binary("<=", parts[0], parts[1])
            case z3.Z3_OP_UGEQ | z3.Z3_OP_GE:
                return s.binary(">=", parts[0], parts[1])
            case z3.Z3_OP_ULT | z3.Z3_OP_LT:
                return s.binary("<", parts[0], parts[1])
            case z3.Z3_OP_UGT | z3.Z3_OP_GT:
                return s.binary(">", parts[0], parts[1])
            case z3.Z3_OP_ADD:
                return reduce(lambda a, b: s.binary("+", a, b), parts)
            case z3.Z3_OP_SUB:
                return reduce(lambda a, b: s.binary("-", a, b), parts)
            case z3.Z3_OP_MUL:
                return reduce(lambda a, b: s.binary("*", a, b), parts)
            case z3.Z3_OP_UMINUS:
                return s.unary("-", parts[0])
            case _:
                return self.vectors(term, kind, parts)

    def vectors(self, term: Term, kind: int, parts: list[Expr]) -> Expr:
        """Operators of bit vectors."""
        if not z3.is_bv(term) and not z3.is_bv(term.arg(0)):
            raise Refused(f"the invariant has {term.decl()}")
        size = term.arg(0).size()
        mask = Const((1 << size) - 1)
        match kind:
            case z3.Z3_OP_SLEQ:
                return s.binary("<=", *(_signed(p, size) for p in parts))
            case z3.Z3_OP_SGEQ:
                return s.binary(">=", *(_signed(p, size) for p in parts))
            case z3.Z3_OP_SLT:
                return s.binary("<", *(_signed(p, size) for p in parts))
            case z3.Z3_OP_SGT:
                return s.binary(">", *(_signed(p, size) for p in parts))
            case z3.Z3_OP_EXTRACT:
                high, low = term.params()
                moved = s.binary(">>", parts[0], Const(low)) if low else parts[0]
                if high == size - 1:
                    return moved
                return s.binary("&", moved, Const((1 << (high - low + 1)) - 1))
            case z3.Z3_OP_CONCAT:
                value = parts[0]
                for k in range(1, len(parts)):
                    value = s.binary("<<", value, Const(term.arg(k).size()))
                    value = s.binary("|", value, parts[k])
                return value
            case z3.Z3_OP_ZERO_EXT:
                return parts[0]
            case z3.Z3_OP_BADD:
                return s.binary("&", reduce(lambda a, b: s.binary("+", a, b), parts), mask)
            case z3.Z3_OP_BMUL:
                return s.binary("&", reduce(lambda a, b: s.binary("*", a, b), parts), mask)
            case z3.Z3_OP_BSUB:
                return s.binary("&", reduce(lambda a, b: s.binary("-", a, b), parts), mask)
            case z3.Z3_OP_BNEG:
                return s.binary("&", s.unary("-", parts[0]), mask)
            case z3.Z3_OP_BNOT:
                return s.binary("-", mask, parts[0])
            case z3.Z3_OP_BAND:
                return reduce(lambda a, b: s.binary("&", a, b), parts)
            case z3.Z3_OP_BOR:
                return reduce(lambda a, b: s.binary("|", a, b), parts)
            case z3.Z3_OP_BXOR:
                return reduce(lambda a, b: s.binary("^", a, b), parts)
            case _:
                raise Refused(f"the invariant has {term.decl()}")


def _signed(part: Expr, size: int) -> Expr:
    half = Const(1 << (size - 1))
    return s.binary("-", s.binary("^", part, half), half)
