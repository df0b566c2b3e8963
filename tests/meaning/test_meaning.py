# SPDX-License-Identifier: MIT
"""The second meaning by itself: what each construct does, and the verdicts of the mistakes."""

from pathlib import Path

import pytest

from tests.meaning.observed import OBJ, last, observed, values

MISTAKES = Path(__file__).parents[1] / "mistakes"


# --- steps --------------------------------------------------------------------------------------


def test_an_increment_is_a_load_and_a_store() -> None:
    text = "int x; thread a { x++; } thread b { x++; }"
    assert values(text, "x") == {0, 1, 2}
    assert observed(text).steps == 14


def test_atomic_is_one_step() -> None:
    text = "int x; thread a { atomic x++; } thread b { atomic { x++; x++; } }"
    assert values(text, "x") == {0, 1, 2, 3}
    assert observed(text).states == 4


def test_the_local_head_runs_before_time() -> None:
    text = "bool x; thread t { int k = choose(1, 2); k++; if (k == 3) x = true; }"
    assert observed(text).states == 3


def test_a_report_in_the_head_waits_for_the_first_step() -> None:
    found = observed('property p "p"; bool x; thread t { WARN_ON(true, p); x = true; }')
    assert found.states == 3 and found.reports == {"p"}


def test_a_turn_without_an_access_is_a_step() -> None:
    found = observed("thread t { for (;;) ; }")
    assert found.steps and not found.stuck


def test_await_and_its_block_are_one_step() -> None:
    text = "bool a, b; thread t { await (a) { a = false; b = true; } } thread u { a = true; }"
    seen = observed(text).observations
    assert not any(dict(o)["a"] and dict(o)["b"] for o in seen)
    assert any(dict(o)["b"] for o in seen)


def test_a_user_may_stop_and_hardware_need_not_act() -> None:
    calls = "bool x; void f(void) { x = true; } thread t { await (x); } "
    assert observed(calls + "user u { f(); }").stuck
    assert observed(calls + "hardware u { f(); }").stuck
    assert not observed(calls + "thread u { f(); }").stuck


def test_entering_a_system_call_is_a_step() -> None:
    found = observed("bool x; void f(void) { x = true; } user u { f(); }")
    assert found.steps == 2


def test_interrupts_out_of_the_blue_are_not_owed() -> None:
    waits = "bool x, r; thread t { r = true; await (x); } "
    assert observed(waits + "hardirq i { x = true; }").stuck
    assert not observed(waits + "hardirq i { await (r) { x = true; } }").stuck


def test_ways_out_of_a_wait() -> None:
    text = "bool x; int y; thread t { if (%s (x) { y = 1; }) y = 2; else y = 3; }"
    assert values(text % "await_timeout", "y") == {0, 3}
    assert not observed(text % "await_timeout").stuck
    assert values(text % "await_interruptible", "y") == {0, 3}
    assert observed(text % "await_interruptible").stuck
    assert not observed("bool x; kworker t { await_idle (x); }").stuck
    assert observed("bool x; kworker t { await_strong (x); }").stuck


# --- expressions and statements -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("-7 / 2", -3), ("-7 % 2", -1), ("5 / 0", 0), ("1 << 3", 8), ("6 & 3", 2), ("6 ^ 3", 5),
        ("~0", -1), ("+4", 4), ("2 > 1 && !0", 1), ("0 || 3", 1), ("1 ? 5 : 6", 5),
        ("-ENODEV", -19), ("ARRAY_SIZE(arr)", 3), ("2 - 3", -1),
    ],
)  # fmt: skip
def test_arithmetic(expression: str, value: int) -> None:
    assert last(f"int x; bool arr[3]; thread t {{ x = {expression}; }}", "x") == (value,)


def test_increments_and_assignments_have_values() -> None:
    text = "int a, b, c, d; thread t { a = b++; a = a + ++b; c = d = 3; c -= d -= 1; }"
    assert last(text, "a", "b", "c", "d") == (2, 2, 1, 2)


def test_conversions() -> None:
    text = (
        "bool b; int[0..2] wraps w = 2; enum e { A, B }; enum e e; thread t { b = 2; w++; e = B; }"
    )
    assert last(text, "b", "w", "e") == (1, 0, 1)


@pytest.mark.parametrize(
    "statement", ["r = 3;", "u--;", "int[0..1] k = 1; k++;", 'limit(r == 1, "no");']
)
def test_bounds(statement: str) -> None:
    found = observed(f"int[0..2] r; unsigned u; thread t {{ {statement} r = 1; }}")
    assert found.bounds and not any(dict(o)["r"] == 1 for o in found.observations)


def test_control() -> None:
    text = """
    int x;
    int f(int n)
    {
        int i, sum = 0;

        for (i = 0; i < 9; i++) {
            if (i == 1)
                continue;
            if (i == n)
                break;
            sum += i;
        }
        do sum++; while (sum < 3);
        switch (sum) {
        case 3: sum = 10;
        case 4: sum++; break;
        default: sum = 99;
        }
        while (1) {
            if (sum-- == 7)
                goto out;
        }
        sum = 77;
    out:
        return sum;
    }
    thread t { x = f(3); }
    """
    assert last(text, "x") == (6,)


def test_goto_backwards_and_into_a_loop() -> None:
    text = """
    int x;
    thread t {
        int i = 0;
    again:
        i++;
        if (i < 3)
            goto again;
        goto inside;
        while (i < 5) {
            i = 9;
    inside:
            i++;
        }
        x = i;
    }
    """
    assert values(text, "x") == {0, 10}


def test_choose() -> None:
    text = (
        OBJ + "struct obj a, b, c; struct obj *p; thread t { atomic p = choose(x : obj; x != &b); }"
    )
    assert values(text, "p") == {0, "a", "c"}
    assert values("int x; init { x = choose(1, 2); } thread t { }", "x") == {1, 2}
    none = (
        OBJ
        + "struct obj a; bool x = true; thread t { atomic x = choose(o : obj; !live(o)) != NULL; }"
    )
    assert values(none, "x") == {0, 1}


def test_quantifiers_and_sets() -> None:
    text = (
        OBJ
        + """
    struct obj a, b;
    set of obj s, r;
    bool all_in, some_in, flags[2], f[3];
    thread t {
        s += &a;
        r = s;
        s += &b;
        s -= &a;
        some_in = some(x : obj; x in s);
        all_in = all(x : obj; x in s);
        f[0] = none(flags);
        atomic flags[*] = true;
        f[1] = any(flags);
        f[2] = empty(s);
        atomic { for (x : obj) { if (x == &a) continue; x->v = 7; break; } }
    }
    """
    )
    names = ("s", "r", "some_in", "all_in", "f[0]", "f[1]", "f[2]", "a.v", "b.v")
    assert last(text, *names) == (frozenset({"b"}), frozenset({"a"}), 1, 0, 1, 1, 0, 0, 7)


def test_structs_initialisers_and_paths() -> None:
    text = """
    enum e { A, B };
    void g(void) { }
    struct in { int k = 4; int l; };
    struct out { struct in one = { .l = 1 }; struct in two[2]; enum e e; void (*f)(void); };
    struct out x = { .two = { { 7, 8 } }, .e = B, .f = g };
    struct out *p = &x;
    int n[2] = { 5, 6 };
    thread t {
        struct in *i = &p->two[1];
        struct out *o = container_of(&x.one, struct out, one);

        n[o->e] = i->k;
    }
    """
    names = ("x.one.k", "x.one.l", "x.two[0].k", "x.two[0].l", "x.e", "x.f", "p", "n[0]", "n[1]")
    assert last(text, *names) == (4, 1, 7, 8, 1, "g", "x", 5, 4)


@pytest.mark.parametrize(
    ("name", "reports", "stuck"),
    [
        ("M01", set(), False), ("M02", set(), False), ("M05", set(), True),
        ("M06", {"no_use_after_free"}, True), ("M07", {"no_use_after_free"}, False),
        ("M10", set(), True), ("M13", set(), False), ("M15", set(), False), ("M17", set(), False),
        ("M18", {"p"}, False), ("M19", set(), False), ("M20", set(), False),
    ],
)  # fmt: skip
def test_mistakes(name: str, reports: set[str], stuck: bool) -> None:
    path = next(MISTAKES.glob(f"{name}_*.srcu"))
    text = "".join(
        line for line in path.read_text().splitlines(keepends=True) if not line.startswith("use ")
    )
    if name in ("M11", "M19"):
        text += "void cpu_relax(void) { }\n"
    found = observed(text)
    assert found.reports == reports
    assert found.stuck == stuck
