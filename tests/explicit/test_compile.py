# SPDX-License-Identifier: MIT
"""Compiled code and the reference interpreter agree on all outcomes."""

from build import Builder
from hypothesis import given, settings
from hypothesis import strategies as st

from srcucheck.base.diagnostic import ModelError
from srcucheck.check.interpreter import outcomes
from srcucheck.explicit.compile import compile_action, compile_predicate, passed
from srcucheck.ir.evaluate import evaluate
from srcucheck.ir.expr import (
    TRUE,
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
    Statement,
    Temp,
    Unary,
    Update,
)
from srcucheck.ir.system import Action

SLOTS = 4
OPS = [
    "+", "-", "*", "/", "%", "<<", ">>", "&", "|", "^",
    "==", "!=", "<", "<=", ">", ">=", "and", "or",
]  # fmt: skip
small = st.integers(-3, 5)
tables = st.dictionaries(small, st.integers(0, SLOTS - 1), max_size=3)


def expressions(temps: bool) -> st.SearchStrategy[Expr]:
    leaves: list[st.SearchStrategy[Expr]] = [
        st.builds(Const, small),
        st.builds(Get, st.integers(0, SLOTS - 1)),
    ]
    if temps:
        leaves.append(st.builds(Temp, st.integers(0, 1)))
    return st.recursive(
        st.one_of(leaves),
        lambda inner: st.one_of(
            st.builds(Unary, st.sampled_from(["not", "-", "~"]), inner),
            st.builds(Binary, st.sampled_from(OPS), inner, inner),
            st.builds(Ite, inner, inner, inner),
            st.builds(Pick, inner, tables),
            st.builds(Lookup, inner, st.dictionaries(small, small, max_size=3), small),
        ),
        max_leaves=8,
    )


expr = expressions(temps=True)


def small_mod(inner: Expr) -> Expr:
    """Keeps numbers from exploding."""
    return Binary("&", inner, Const(7))


def statements(looping: bool) -> st.SearchStrategy[Statement]:
    simple: list[st.SearchStrategy[Statement]] = [
        st.builds(Let, st.integers(0, 1), expr.map(small_mod)),
        st.builds(Set, st.integers(0, SLOTS - 1), expr.map(small_mod)),
        st.builds(SetPick, expr, tables, expr.map(small_mod)),
        st.builds(Assume, expr),
        st.builds(Report, st.sampled_from(["p", "q"]), st.integers(0, 1)),
        st.builds(Begin, st.integers(0, 2)),
        st.builds(End, st.integers(0, 2)),
        st.builds(Mark, st.integers(0, 5)),
        st.builds(Bound, st.just("full"), st.integers(0, 1)),
        st.just(Finish()),
        st.builds(
            Choose,
            st.integers(0, 1),
            st.lists(st.tuples(expr, expr.map(small_mod)), max_size=3).map(tuple),
        ),
    ]
    if looping:
        simple.append(st.just(Break()))
    return st.one_of(simple)


def blocks(depth: int, looping: bool = False) -> st.SearchStrategy[Update]:
    if depth == 0:
        return st.lists(statements(looping), max_size=3).map(tuple)
    inner = st.one_of(
        statements(looping),
        st.builds(If, expr, blocks(depth - 1, looping), blocks(depth - 1, looping)),
        st.builds(
            Loop,
            blocks(depth - 1, True).map(lambda body: (Set(3, Binary("+", Get(3), Const(1))), *body,
                If(Binary(">", Get(3), Const(3)), (Break(),), ()))),
            st.just(0),
        ),
    )  # fmt: skip
    return st.lists(inner, max_size=4).map(tuple)


states = st.tuples(*[st.integers(0, 4)] * SLOTS)


@given(blocks(2), expressions(temps=False), st.lists(states, min_size=1, max_size=4))
@settings(max_examples=400, deadline=None)
def test_actions_agree(update: Update, guard: Expr, some: list[tuple[int, ...]]) -> None:
    b = Builder()
    for k in range(SLOTS):
        b.slot(f"x{k}")
    t = b.thread("t")
    update = (Let(0, Const(0)), Let(1, Const(2)), *update)
    t.at(0, Action(guard, update, True, False, "plain", b.site("s")))
    system = b.system()
    code = compile_action(system, t.locations[0].actions[0])
    for values in some:
        state = (*values, 0)
        try:
            want = outcomes(system, state, 0)
        except ModelError:
            continue
        result = code.run(state)
        got = (result if code.many else [result]) if result else []
        assert [successor for successor, _ in got] == [o.successor for o in want]
        for (successor, bits), outcome in zip(got, want, strict=True):
            assert successor is None or all(type(x) is int for x in successor)
            labels = passed(code.labels, bits)
            reports = {(x.property, x.site) for x in labels if isinstance(x, Report)}
            assert reports == set(outcome.reports)
            assert {x.frame for x in labels if isinstance(x, Begin)} == set(outcome.begins)
            assert {x.frame for x in labels if isinstance(x, End)} == set(outcome.ends)
            marks = {x.site for x in labels if isinstance(x, Mark)}
            assert marks == {e.site for e in outcome.events}
            bounds = [(x.text, x.site) for x in labels if isinstance(x, Bound)]
            assert bounds == ([outcome.bound] if outcome.bound else [])


@given(expressions(temps=False), states)
@settings(max_examples=400, deadline=None)
def test_predicates_agree(predicate: Expr, state: tuple[int, ...]) -> None:
    assert compile_predicate(predicate)(state) == evaluate(predicate, state, {})


def test_a_loop_that_does_not_end_is_an_error() -> None:
    b = Builder()
    b.slot("x")
    t = b.thread("t")
    site = b.site("loop")
    t.at(0, Action(TRUE, (Loop((), site),), True, False, "plain", site))
    system = b.system()
    code = compile_action(system, t.locations[0].actions[0])
    for run in (lambda: outcomes(system, (0, 0), 0), lambda: code.run((0, 0))):
        try:
            run()
        except ModelError as error:
            assert error.diagnostics[0].code == "E516"
        else:
            raise AssertionError


def test_deep_nesting_falls_back_to_the_interpreter() -> None:
    b = Builder()
    x = b.slot("x")
    t = b.thread("t")
    update: Update = (Set(x, Const(1)),)
    for _ in range(150):
        update = (If(Get(x), (Mark(1),), update), Report("p", 0))
    t.at(0, Action(TRUE, update, True, False, "plain", b.site("s")))
    system = b.system()
    code = compile_action(system, t.locations[0].actions[0])
    result = code.run((0, 0))
    assert [r[0] for r in (result if code.many else [result])] == [(1, 0)]
