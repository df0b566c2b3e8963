# SPDX-License-Identifier: MIT
"""The native explorer does what the one in Python does, and what ``ir.evaluate`` says."""

import sys
from dataclasses import replace

import pytest
from both import explored, same_answers, same_graph
from build import Builder, Get, n, op, straight
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_compile import SLOTS, blocks, expressions, states
from test_search import systems

from srcucheck.base.budget import Budget, Progress, Silent
from srcucheck.base.diagnostic import ModelError
from srcucheck.check.replay import InternalError
from srcucheck.check.verdict import Unknown
from srcucheck.explicit.engine import Explicit
from srcucheck.explicit.native import values
from srcucheck.explicit.native.layout import Unfit
from srcucheck.explicit.native.search import Explorer
from srcucheck.ir.expr import (
    TRUE,
    Binary,
    Bound,
    Choose,
    Const,
    Expr,
    If,
    Let,
    Loop,
    Mark,
    Report,
    Set,
    Statement,
    Temp,
    Update,
)
from srcucheck.ir.system import Action, Initial, Invariant, Reachable, System


@given(systems())
@settings(max_examples=20, deadline=None)
def test_random_systems(b: Builder) -> None:
    system = b.system()
    same_graph(system)
    same_answers(system)


@given(systems())
@settings(max_examples=8, deadline=None)
def test_random_systems_cut_short(b: Builder) -> None:
    system = b.system()
    same_graph(system, states=7)
    same_answers(system, states=7)


def of_updates(
    some: list[tuple[Expr, Update]], starts: list[tuple[int, ...]], width: int = SLOTS
) -> System:
    """A thread for each update, over the same slots."""
    b = Builder()
    for k in range(width):
        b.slot(f"x{k}")
    for k, (guard, update) in enumerate(some):
        t = b.thread(f"t{k}")
        update = (Let(0, Const(0)), Let(1, Const(2)), *update)
        t.at(0, Action(guard, update, True, False, "plain", b.site("s")))
    rest = (0,) * len(some)
    initial = tuple(Initial((*start, *rest), ()) for start in starts)
    return replace(b.system(), initial=initial)


def test_a_choice_reads_the_temp_that_it_chooses() -> None:
    """Its conditions mean the old value, also those after the option that is taken."""
    first = Choose(0, ((n(1), n(1)), (n(0), n(0))))
    again = Choose(0, ((n(3), n(0)), (Temp(0), n(0)), (op(Temp(0), "==", 1), n(2))))
    update: Update = (first, again, Set(0, op(Get(0), "+", Temp(0))))
    found = same_graph(of_updates([(n(1), update)], [(0,) * SLOTS]), states=20)
    assert found is not None and len(list(found.edges(0))) == 3


@given(
    st.lists(st.tuples(expressions(temps=False), blocks(2)), min_size=3, max_size=6),
    st.lists(states, min_size=1, max_size=4),
    st.sampled_from([0, 0, 2]),
)
@settings(max_examples=30, deadline=None)
def test_random_updates(
    some: list[tuple[Expr, Update]], starts: list[tuple[int, ...]], level: int
) -> None:
    updates_agree(some, starts, level)


@pytest.mark.slow
@given(
    st.lists(st.tuples(expressions(temps=False), blocks(2)), min_size=6, max_size=12),
    st.lists(states, min_size=1, max_size=4),
    st.sampled_from([0, 2]),
)
@settings(max_examples=150, deadline=None)
def test_many_random_updates(
    some: list[tuple[Expr, Update]], starts: list[tuple[int, ...]], level: int
) -> None:
    updates_agree(some, starts, level)


def updates_agree(
    some: list[tuple[Expr, Update]], starts: list[tuple[int, ...]], level: int
) -> None:
    try:
        same_graph(of_updates(some, starts), states=60, level=level)
    except Unfit:
        assume(False)


@given(st.lists(expressions(temps=False), min_size=4, max_size=8), st.data())
@settings(max_examples=25, deadline=None)
def test_random_predicates(exprs: list[Expr], data: st.DataObject) -> None:
    b = Builder()
    for k in range(SLOTS):
        b.slot(f"x{k}", 0)
    t = b.thread("t")
    t.at(0)
    for expr in exprs:
        b.check(Invariant(expr))
        b.check(Reachable(expr))
    some = data.draw(st.lists(states, min_size=1, max_size=6))
    same_answers(replace(b.system(), initial=tuple(Initial((*s, 0), ()) for s in some)))


@pytest.mark.parametrize("slots", [1, 40, 70, 140, 260])
def test_wide_states(slots: int) -> None:
    """Over 64, 128, 256 bits: each thread counts modulo seven in a slot of its own."""
    b = Builder()
    for k in range(slots):
        b.slot(f"ballast{k}", k % 2)
    wide = [b.slot(f"wide{k}") for k in range(3)]
    for k, slot in enumerate(wide):
        t = b.thread(f"t{k}")
        value = op(op(Get(slot), "*", 3), "+", 1)
        step = op(value, "%", 97)
        t.at(0, t.go(0, Set(slot, step), Set(k % slots, op(step, "&", 1)), guard=TRUE))
    ballast = [
        t.go(0, Set(k, op(1, "-", Get(k))), guard=op(Get(wide[0]), "==", k % 5))
        for t in [b.thread("toggle")]
        for k in range(3, slots, max(1, slots // 3))
    ]
    b.threads[-1].at(0, *ballast)
    b.check(Invariant(op(Get(wide[0]), "!=", 13)))
    system = b.system()
    native = same_graph(system, states=3_000)
    assert native is not None
    same_answers(system, states=3_000)


@pytest.mark.parametrize(("slots", "words"), [(5, 1), (11, 2), (30, 5), (47, 8)])
def test_states_of_many_words(slots: int, words: int) -> None:
    b = Builder()
    all_ = [b.slot(f"x{k}") for k in range(slots)]
    t = b.thread("t")
    large = [Set(x, op(Get(x), "^", (1 << 10) - 1 - k)) for k, x in enumerate(all_)]
    t.at(0, t.go(0, *large), *(t.go(0, Set(x, op(Get(x), "^", 1))) for x in all_[:8]))
    native = same_graph(b.system(), states=2_000)
    assert native is not None
    assert native.rows.shape[1] == words


def test_too_wide_is_for_the_other_engine() -> None:
    b = Builder()
    t = b.thread("t")
    t.at(0, t.go(1, *(Set(b.slot(f"x{k}"), n(1 << 40)) for k in range(20))))
    t.at(1, rest="ended")
    system = b.system()
    with pytest.raises(Unfit):
        Explorer(system, ())
    same_answers(system)


@pytest.mark.parametrize(
    "value",
    [1 << 63, 1 << 70, -(1 << 64)],
)
def test_a_number_that_does_not_fit_is_for_the_other_engine(value: int) -> None:
    b = Builder()
    x = b.slot("x")
    t = b.thread("t")
    t.at(0, t.go(1, Set(x, n(value))))
    t.at(1, t.go(2, Set(x, n(1))))
    b.check(Reachable(op(Get(x), "==", value)))
    with pytest.raises(Unfit):
        explored(b.system())
    t.at(2, rest="ended")
    same_answers(b.system())


@pytest.mark.parametrize("by", ["*", "+", "-", "<<"])
def test_a_result_that_does_not_fit_is_for_the_other_engine(by: str) -> None:
    b = Builder()
    x = b.slot("x", (1 << 62) - 5)
    t = b.thread("t")
    big = op(Get(x), "-", 5) if by == "-" else op(Get(x), by, 7)  # type: ignore[arg-type]
    again = op(op(n(-(1 << 62)), "-", big), "-", Get(x)) if by == "-" else big
    t.at(0, t.go(1, Set(x, op(op(again, ">>", 60), "&", 3))))
    t.at(1, t.go(0, Set(x, n((1 << 62) - 6))))
    same_answers(b.system())
    if by in ("*", "<<"):
        with pytest.raises(Unfit):
            explored(b.system())


def test_ranges_grow_as_they_are_needed() -> None:
    b = Builder()
    x, y = b.slot("x"), b.slot("y", -3)
    t = b.thread("t")
    t.at(0, t.go(0, Set(x, op(Get(x), "+", 37)), guard=op(Get(x), "<", 100_000)),
         t.go(0, Set(y, op(Get(y), "-", 11)), guard=op(Get(y), ">", -300)))  # fmt: skip
    b.check(Reachable(op(Get(x), "==", 37 * 900)))
    native = same_graph(b.system(), states=4_000)
    assert native is not None
    same_answers(b.system(), states=4_000)


def test_more_labels_than_a_word_has_bits() -> None:
    b = Builder()
    x = b.slot("x")
    t = b.thread("t")
    marks: list[Statement] = []
    for k in range(150):
        marks.append(If(op(op(Get(x), "%", k + 2), "==", 0), (Report(f"p{k}", k), Mark(k)), ()))
    t.at(0, t.go(0, *marks, Set(x, op(Get(x), "+", 1)), guard=op(Get(x), "<", 400)))
    same_graph(b.system())


def test_more_threads_than_a_word_has_bits() -> None:
    b = Builder()
    x = b.slot("x")
    for k in range(70):
        guard = op(op(Get(x), "==", k), "or", op(Get(x), "==", 71))
        straight(b, f"t{k}", [(guard, [Set(x, n(k + 1))])])
    system = b.system()
    same_graph(system, states=2_000)
    same_answers(system, states=2_000)


def test_many_choices_in_one_step() -> None:
    b = Builder()
    x = b.slot("x")
    t = b.thread("t")
    one = tuple((op(Get(x), "!=", k), n(k)) for k in range(3))
    updates: list[Statement] = []
    for _ in range(4):
        updates += [Choose(0, one), Set(x, Temp(0))]
    t.at(0, t.go(0, *updates))
    same_graph(b.system())


def test_a_loop_that_does_not_end_is_an_error() -> None:
    b = Builder()
    x = b.slot("x")
    t = b.thread("t")
    site = b.site("loop")
    t.at(0, t.go(1, Set(x, n(1))))
    t.at(1, Action(TRUE, (Loop((Set(x, op(n(1), "-", Get(x))),), site),), True, False, "plain", 0))
    assert same_graph(b.system()) is None
    with pytest.raises(ModelError) as caught:
        Explicit(native="always").judge(b.system(), Budget(), Silent())
    assert caught.value.diagnostics[0].code == "E516"


def test_owed_and_unowed_at_once_is_an_internal_error() -> None:
    b = Builder()
    t = b.thread("t")
    t.at(0, t.go(0), t.go(0, owed=False))
    messages = []
    for native in ("never", "always"):
        with pytest.raises(InternalError) as caught:
            Explicit(native=native).judge(b.system(), Budget(), Silent())  # type: ignore[arg-type]
        messages.append(str(caught.value))
    assert messages[0] == messages[1]


def test_a_bound_leads_nowhere() -> None:
    b = Builder()
    x = b.slot("x")
    t = b.thread("t")
    full = If(op(Get(x), "==", 5), (Bound("five", b.site("b")),), ())
    t.at(0, t.go(0, full, Set(x, op(Get(x), "+", 1))))
    b.check(Invariant(op(Get(x), "<", 6)))
    same_graph(b.system())
    same_answers(b.system())


# --- budgets --------------------------------------------------------------------------------------


def large() -> System:
    b = Builder()
    for k in range(7):
        x = b.slot(f"x{k}")
        t = b.thread(f"t{k}")
        t.at(0, t.go(0, Set(x, op(op(Get(x), "+", 1), "%", 7))))
    b.check(Invariant(op(Get(0), "<", 7)))
    return b.system()


def test_a_time_budget_is_honoured() -> None:
    answers = Explicit(native="always").judge(large(), Budget(seconds=0.2), Silent())
    assert not answers.figures.complete
    verdict = answers.verdicts[0]
    assert isinstance(verdict, Unknown) and "time budget of 0.2 s spent" in verdict.why
    assert answers.figures.seconds < 5


def test_a_memory_budget_is_honoured() -> None:
    from srcucheck.base.budget import resident_megabytes

    budget = Budget(megabytes=resident_megabytes() + 10)
    answers = Explicit(native="always").judge(large(), budget, Silent())
    assert not answers.figures.complete
    verdict = answers.verdicts[0]
    assert isinstance(verdict, Unknown) and "memory budget" in verdict.why


def test_progress_is_told() -> None:
    told: list[Progress] = []

    class Listener:
        def progress(self, progress: Progress) -> None:
            told.append(progress)

    answers = Explicit(native="always").judge(large(), Budget(), Listener())
    assert answers.figures.complete
    assert answers.figures.states == 7**7
    assert told and all(0 < p.states <= 7**7 and p.depth <= answers.figures.depth for p in told)


# --- where there is no compiler -------------------------------------------------------------------


def test_without_a_compiler_the_other_engine_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [m for m in sys.modules if m.startswith("srcucheck.explicit.native")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "llvmlite", None)
    monkeypatch.setitem(sys.modules, "llvmlite.binding", None)
    b = Builder()
    x = b.slot("x")
    t = b.thread("t")
    t.at(0, t.go(0, Set(x, op(Get(x), "+", 1)), guard=op(Get(x), "<", 40_000)))
    answers = Explicit().judge(b.system(), Budget(), Silent())
    assert answers.figures.complete
    assert answers.figures.states == 40_001


# --- and the comparison notices -------------------------------------------------------------------


@pytest.mark.parametrize(("opcode", "other"), [("<", "sle"), ("!=", "eq"), ("==", "ne")])
def test_a_wrong_opcode_is_noticed(
    monkeypatch: pytest.MonkeyPatch, opcode: str, other: str
) -> None:
    b = Builder()
    x = b.slot("x")
    t = b.thread("t")
    guard = Binary(opcode, Get(x), Const(3))  # type: ignore[arg-type]
    t.at(0, t.go(0, If(guard, (Set(x, op(Get(x), "+", 1)),), (Set(x, n(1)),))))
    same_graph(b.system())
    monkeypatch.setitem(values._COMPARE, opcode, other)
    with pytest.raises(AssertionError):
        same_graph(b.system())


@pytest.mark.parametrize(("opcode", "other"), [("&", "or"), ("|", "xor"), ("^", "and")])
def test_a_wrong_bit_operator_is_noticed(
    monkeypatch: pytest.MonkeyPatch, opcode: str, other: str
) -> None:
    b = Builder()
    x = b.slot("x")
    t = b.thread("t")
    change = Binary(opcode, op(Get(x), "+", 3), Const(5))  # type: ignore[arg-type]
    t.at(0, t.go(0, Set(x, op(change, "%", 11))))
    same_graph(b.system())
    monkeypatch.setitem(values._BITS, opcode, other)
    with pytest.raises(AssertionError):
        same_graph(b.system())


def test_a_wrong_sum_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    b = Builder()
    x = b.slot("x")
    t = b.thread("t")
    t.at(0, t.go(0, Set(x, op(op(Get(x), "+", 3), "%", 11))))
    same_graph(b.system())
    monkeypatch.setitem(values._PLAIN, "+", "sub")
    with pytest.raises(AssertionError):
        same_graph(b.system())
