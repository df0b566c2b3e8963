# SPDX-License-Identifier: MIT
"""The second meaning by itself: what each construct does, and the verdicts of the mistakes."""

from pathlib import Path

import pytest

from srcucheck.lang.constant import Value
from srcucheck.lang.meaning import Observed, explore, run
from tests.meaning.agreement import program_of

MISTAKES = Path(__file__).parents[1] / "mistakes"

OBJ = "struct part { int n; }; struct obj { int v; struct obj *next; struct part part; }; "


def observed(text: str) -> Observed:
    return explore(program_of(text), {})


def values(text: str, name: str) -> set[object]:
    """Every value that a variable has in some reachable state."""
    return {dict(o)[name] for o in observed(text).observations}


def last(text: str, *names: str) -> tuple[object, ...]:
    """What variables hold once the only run of a single thread has ended."""
    program = program_of(text)
    ran = run(program, {}, [])
    schedule: list[tuple[str, int]] = []
    while ran.enabled:
        assert len(ran.enabled) == 1, ran.enabled
        schedule.append(ran.enabled[0])
        ran = run(program, {}, schedule)
    seen = dict(ran.observation)
    return tuple(seen[name] for name in names)


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


# --- functions ----------------------------------------------------------------------------------


def test_parameters_of_all_kinds() -> None:
    text = """
    int got, seen, size, at[2];
    int i = 1;
    bool ready;
    void set(int *out, int value) { *out = value; i = 0; (*out)++; }
    void outer(int *out) { set(out, 3); }
    void twice(void f(int n)) { f(1); f(2); }
    void add(int n) { seen += n; }
    int count(bool a[]) { a[1] = true; return ARRAY_SIZE(a); }
    bool flags[3];
    bool later(expr cond) { ready = true; return cond; }
    bool pass(expr c) { int k = 5; return later(c) && k == 5; }
    thread t {
        int k = 2;

        outer(&at[i]);
        twice(add);
        size = count(flags);
        got = pass(ready && k == 2);
    }
    """
    names = ("at[0]", "at[1]", "seen", "size", "flags[1]", "got")
    assert last(text, *names) == (0, 4, 3, 3, 1, 1)


def test_stored_functions() -> None:
    text = """
    int x;
    struct ops { int (*get)(int n); } ;
    int one(int n) { return n + 1; }
    int two(int n) { return n + 2; }
    struct ops ops = { .get = one };
    thread t {
        int (*f)(int n) = ops.get;

        x = f(0);
        ops.get = two;
        x = x * 10 + ops.get(1);
        ops.get = NULL;
        x = ops.get(1);
        x = 99;
    }
    """
    assert last(text, "x") == (13,)
    assert observed(text).reports == {"no_null_dereference"}


def test_choices_switch_compare_and_are_called() -> None:
    program = program_of(
        "choice F = one | two; choice N = 1 | 2; int x, y; "
        "void one(int *p) { *p = N; } void two(int *p) { *p = 5; } "
        "thread t { F(&x); switch (F) { case one: y = 1; break; case two: y = 2; } "
        "if (F == one) y = y + 10; }"
    )
    ends = set()
    choices: tuple[dict[str, Value], ...] = ({"F": "one", "N": 2}, {"F": "two", "N": 1})
    for chosen in choices:
        found = explore(program, chosen)
        ends |= {(dict(o)["x"], dict(o)["y"]) for o in found.observations}
    assert {(2, 11), (5, 2)} <= ends


# --- events, tasks, threads ---------------------------------------------------------------------


def test_events_run_their_bodies_judges_last() -> None:
    text = """
    property p "p";
    event e;
    int x;
    on e { WARN_ON(x != 2, p); }
    on e { x = 1; }
    on e { x = 2; }
    thread t { e(); }
    """
    assert observed(text).reports == set() and values(text, "x") == {0, 1, 2}


def test_return_to_user() -> None:
    text = 'property p "p"; int x; on return_to_user { x = x + 1; } void f(void) { } '
    assert values(text + "user u { f(); f(); }", "x") == {0, 1, 2}
    assert values(text + "thread u { f(); return; }", "x") == {0, 1}
    assert values(text + "kworker u { f(); }", "x") == {0}


def test_tasks() -> None:
    text = """
    task { int depth = 1; }
    int per[task];
    struct task *who;
    bool irq;
    set of task all_of_them;
    hardirq h { current->depth++; }
    thread t[i : 2] { per[current] = i + 1; who = t[1]; }
    kworker k { atomic { for (x : task) all_of_them += x; } irq = current->kind == kworker; }
    """
    seen = [dict(o) for o in observed(text).observations]
    assert {o["who"] for o in seen} == {0, "t[1]"}
    assert {(o["per[t[0]]"], o["per[t[1]]"], o["per[k]"]) for o in seen} == {
        (a, b, 0) for a in (0, 1) for b in (0, 2)
    }
    assert {o["h.depth"] for o in seen} == {1, 2} and {o["irq"] for o in seen} == {0, 1}
    assert {o["all_of_them"] for o in seen} == {frozenset(), frozenset({"h", "t[0]", "t[1]", "k"})}


def test_threads_per_object() -> None:
    text = """
    struct work { shadow bool queued; bool ran; };
    struct holder { struct work inner; };
    struct work top;
    struct holder h;
    kworker worker[w : work] { await_idle (w->queued) { w->ran = true; } }
    thread t {
        struct holder *p = kzalloc(struct holder);

        p->inner.queued = true;
        top.queued = true;
    }
    """
    ran = {name for o in observed(text).observations for name, v in o if name.endswith("ran") and v}
    assert ran == {"top.ran", "holder#1.inner.ran"}


# --- memory -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "reports"),
    [
        ("kfree(p); p->v = 1;", {"no_use_after_free"}),
        ("kfree(p); touch(p);", {"no_use_after_free"}),
        ("kfree(p); kfree(p);", {"no_double_free"}),
        ("kfree(&p->part);", {"no_bad_free"}),
        ("kfree(NULL); kfree(p);", set()),
        ("struct obj *q = p; kfree(p); x = q == p; x = &q->part == NULL;", set()),
        ("p->next->v = 1; kfree(p); kfree(p);", {"no_null_dereference"}),
        ("touch(p->next); kfree(p); kfree(p);", {"no_null_dereference"}),
        ("poison(p->v); x = p->v;", {"no_use_after_free"}),
        ("poison(p->v); p->v = 1; x = p->v;", set()),
        ("kfree(p); await (p->v == 0);", {"no_use_after_free"}),
        ("kfree(p); if (await_timeout (p->v) { }) x = 1;", {"no_use_after_free"}),
        ("p->next = p; kfree(p); p->next->v = 1;", {"no_use_after_free"}),
        ("void *v = &p->part; p = v;", {"no_bug"}),
        ("p = container_of(&top.part, struct obj, part); x = p == &top;", set()),
        ("a[x + 2] = true;", {"no_bug"}),
        ("if (live(p)) kfree(p); if (live(p) || live(p->next)) kfree(p);", {"no_use_after_free"}),
        ("kfree(&top); top.v = 1;", {"no_use_after_free"}),
        ("BUG_ON(x == 0, p1); kfree(p); kfree(p);", {"p1"}),
        ("if (WARN_ON(x == 0, p1)) kfree(p); kfree(p);", {"p1", "no_double_free"}),
    ],
)
def test_reports(body: str, reports: set[str]) -> None:
    text = (
        OBJ
        + f"""
    property p1 "p1";
    struct obj top;
    int x;
    bool a[2];
    thread t {{ struct obj *p = kzalloc(struct obj); {body} }}
    """
    )
    assert observed(text).reports == reports


def test_the_run_goes_on_after_a_report() -> None:
    text = (
        OBJ
        + "int x; thread t { struct obj *p = kzalloc(struct obj); p->v = 5; kfree(p); x = p->v; }"
    )
    assert values(text, "x") == {0, 5}


def test_shadow_members_survive() -> None:
    text = """
    struct obj { shadow bool gone; };
    bool x;
    thread t { struct obj *p = kzalloc(struct obj); kfree(p); p->gone = true; x = p->gone; }
    """
    assert values(text, "x") == {0, 1} and observed(text).reports == set()


def test_pools() -> None:
    loop = (
        OBJ
        + "%s; thread t { struct obj *p; "
        + "for (int i = 0; i < 3; i++) { p = kzalloc(struct obj); %s } }"
    )
    assert observed(loop % ("pool struct obj 2", "")).bounds
    assert not observed(loop % ("pool struct obj 3", "")).bounds
    assert not observed(loop % ("pool struct obj 1 recycle", "kfree(p);")).bounds
    stale = loop % ("pool struct obj 2 recycle", "kfree(p); p->v = 1;")
    assert observed(stale).reports == set()


def test_leaks() -> None:
    kept = "struct obj { bool b; }; struct obj *p; thread t { p = kzalloc(struct obj); %s }"
    assert observed(kept % "").leaks == {"obj#1"}
    assert observed(kept % "kfree(p);").leaks == set()
    user = "struct obj { bool b; }; struct obj *p; void f(void) { p = kzalloc(struct obj); } "
    user += "void g(void) { kfree(p); } user u { f(); g(); }"
    assert observed(user).leaks == set()


def test_checks_of_states() -> None:
    text = "int x; thread t { x = 1; } "
    text += "check c: never(x == 2); check d: reachable(x); check always(!x);"
    assert observed(text).checks == {"c": True, "d": True, "always(!x)": False}


# --- the likely mistakes ------------------------------------------------------------------------


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
