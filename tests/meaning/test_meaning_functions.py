# SPDX-License-Identifier: MIT
"""The second meaning by itself: functions, events, tasks, threads per object."""

from srcucheck.lang.constant import Value
from srcucheck.lang.meaning import explore
from tests.meaning.agreement import program_of
from tests.meaning.observed import last, observed, values


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
