# SPDX-License-Identifier: MIT
"""Terms in both arithmetics against the reference evaluation."""

import pytest
import z3
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_flat import SLOTS, expression

from srcucheck.ir.evaluate import evaluate
from srcucheck.ir.expr import Binary, Const, Expr, Get, Ite, Lookup, Pick, Unary
from srcucheck.symbolic.flat import Refused
from srcucheck.symbolic.terms import Arithmetic, Integers, Terms, bits

RANGES = [(-3, 4)] * SLOTS


@st.composite
def expressions(draw: st.DrawFn) -> Expr:
    return expression(draw, 3, [])


def value(arithmetic: Arithmetic, expr: Expr, state: tuple[int, ...]) -> tuple[int, bool]:
    variables = {k: arithmetic.variable(f"v{k}", k) for k in range(SLOTS)}
    terms = Terms(arithmetic, variables)
    pairs = [
        (v, z3.simplify(arithmetic.kept(arithmetic.constant(number), k)))
        for k, (v, number) in enumerate(zip(variables.values(), state, strict=True))
    ]
    number = z3.simplify(z3.substitute(terms.number(expr), pairs))
    truth = z3.simplify(z3.substitute(terms.truth(expr), pairs))
    got = number.as_signed_long() if z3.is_bv(number) else number.as_long()
    return got, z3.is_true(truth)


@given(expressions(), st.tuples(*[st.integers(-3, 4)] * SLOTS))
@settings(max_examples=300, deadline=None)
def test_both_arithmetics_calculate_as_the_interpreter(expr: Expr, state: tuple[int, ...]) -> None:
    want = evaluate(expr, state, {})
    try:
        narrow = bits(RANGES, [expr])
        wide = Integers(RANGES)
        got = value(narrow, expr, state)
        assert got == (want, want != 0)
        assert value(wide, expr, state) == got
    except Refused:
        assume(False)


X, WIDE = Get(0), Const(32768)
PLACES = [
    Unary("not", Binary("<", X, WIDE)),
    Ite(Binary("<", X, WIDE), X, Const(1)),
    Binary("and", Binary("<", X, WIDE), Const(1)),
    Lookup(Binary("<", X, WIDE), {0: 3, 1: 2}, 1),
    Pick(Binary("/", WIDE, Const(32768)), {1: 0}),
    Unary("not", Unary("not", Binary(">", WIDE, X))),
]


@pytest.mark.parametrize("expr", PLACES)
def test_the_width_counts_every_part(expr: Expr) -> None:
    """A constant cut short turned ``x < 32768`` into ``x < 0``, and proofs about it were wrong."""
    want = evaluate(expr, (1, 0, 0, 0), {})
    assert value(bits(RANGES, [expr]), expr, (1, 0, 0, 0)) == (want, want != 0)
