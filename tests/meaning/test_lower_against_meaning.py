# SPDX-License-Identifier: MIT
"""``lower`` against the second meaning: the same text, two readings, one answer."""

import os
from itertools import product
from pathlib import Path

import pytest
from hypothesis import Phase, assume, given, settings

from srcucheck.base.diagnostic import ModelError
from srcucheck.driver.cache import Cache
from srcucheck.driver.library import Library
from srcucheck.driver.settings import Settings
from srcucheck.driver.stages import Model, load_model
from tests.meaning.agreement import TooLarge, disagreements, program_of
from tests.meaning.generate import models

ROOT = Path(__file__).parents[2]
SMALL = 4_000

PHASES = [Phase.generate, Phase.shrink] if os.environ.get("SRCUCHECK_SHRINK") else [Phase.generate]
"""A failure is made small only on demand: that takes minutes."""

OBJ = "struct obj { int[0..2] v; bool f; struct obj *next; }; struct obj *p, *q; struct obj top; "
OBJ += "bool a; int[0..2] wraps n; "

FOUND = {
    "NULL in the head": OBJ + "thread t { struct obj *l = NULL; l->f = true; }",
    "a NULL that nobody writes": OBJ + "thread t { p->v++; } thread u { }",
    "one of two initial states": OBJ
    + "init { if (choose(false, true)) p = &top; } thread t { atomic { n += 1; p->f = a; } }",
    "a bad free in the head": "struct in { int k; }; struct out { bool b; struct in i; }; "
    "struct out *p; init { p = kzalloc(struct out); } thread t { kfree(&p->i); }",
    "use after free in the head": OBJ + "thread t { kfree(&top); top.f = a; }",
    "touch of NULL": OBJ + "thread t { touch(p); a = true; }",
    "live of NULL": OBJ + "thread t { if (live(p)) a = true; else n = 1; }",
    "a wait through a constant NULL": OBJ + "thread t { await (p->v == 1); a = true; }",
    "a wait through NULL": OBJ
    + "init { p = kzalloc(struct obj); } thread t { p = q; await (p->v == 1); a = true; }",
    "time ran out on a dead object": OBJ
    + "init { p = kzalloc(struct obj); } "
    + "thread t { kfree(p); if (await_timeout (p->f) { }) a = true; else n = 2; }",
    "a recycled place is touched": OBJ
    + "pool struct obj 2 recycle; init { p = kzalloc(struct obj); } "
    + "thread t { p->v = 0; } thread u { kfree(p); }",
    "a bound in the head": OBJ
    + "pool struct obj 1; init { p = kzalloc(struct obj); } "
    + "thread t { struct obj *l = kzalloc(struct obj); l->f = true; }",
    "a bound behind a report": 'bool x; property bad "bad"; '
    'thread t { WARN_ON(!x, bad); limit(x, "no"); }',
    "hardware that need not free": OBJ
    + "init { p = kzalloc(struct obj); } hardware h { kfree(p); a = true; }",
    "a user that idles": OBJ
    + "init { p = kzalloc(struct obj); } user u { await_idle (a) { } n = 1; } thread t { n = 2; }",
    "hardware at a lock": "bool a, go; struct task *owner; thread t { await (go); } "
    "hardware h { await_strong (!owner) { owner = current; } a = true; }",
    "a bad index in a guard": "int[0..2] wraps n; bool f[2]; "
    "thread t { await (f[n]); } thread u { n--; }",
    "another type in a guard": OBJ
    + "struct in { bool b; }; struct in i; void *any; init { any = &i; } "
    "bool is(struct obj *o) { return o->f; } "
    "thread t { await (is(any)); }",
    "no member of that": "struct in { bool b; }; struct out { bool a; struct in i; }; "
    "struct out o; struct in alone, *p; init { p = &alone; } "
    "thread t { struct out *q = container_of(p, struct out, i); if (q) q->a = true; }",
    "an interrupt that begins with a choice": "bool a, b, go; hardirq h { if (choose(false, true)) "
    "{ a = true; go = a; } else b = true; go = true; } thread t { await (go); if (a) b = false; }",
    "an interrupt that spins": "bool b = true, go; int[0..2] n; "
    "hardirq h { while (b) { } n++; } softirq t { await (go); }",
    "an interrupt that awaits what is true": "bool b = true, go, x; "
    "hardirq h { await (b); go = true; } thread t { await (go); x = true; }",
    "a constant member of the dead, in a quantifier": OBJ
    + "init { p = &top; } thread t { kfree(p); } thread u { a = all(x : obj; x->v == 1); }",
    "a constant member of the dead, in a guard": OBJ
    + "init { p = &top; } thread t { kfree(p); } thread u { await (p->v == 0) { a = true; } }",
    "a poisoned member in a guard": OBJ
    + "init { p = &top; } thread t { poison(top.v); } thread u { await (p->v == 0); }",
    "what is yet unborn": OBJ + "pool struct obj 2; thread t { p = kzalloc(struct obj); } "
    "thread u { a = some(x : obj; x->v); }",
    "hardware that may not end": "int[0..2] n, m; hardware h { n = m; } thread t { m = 1; } "
    "check one: leads_to(true, ended(h)); check two: never(!ended(h) && m == 1);",
    "a thread that has not ended yet": "bool a; int[0..2] n, m; thread t { a = true; n = m; } "
    "thread u { m = 1; } check one: never(a && !ended(t));",
    "a call that is not over yet": "bool a; int[0..2] n, m; void f(void) { a = true; n = m; } "
    "thread t { f(); } thread u { m = 1; } check one: never(a && in(t.f));",
    "an interrupt that has begun": "bool a; int[0..2] n, m; hardirq h { n = m; a = true; } "
    "thread u { m = 1; if (a) m = 0; } check one: never(started(h) && !a);",
    "division by zero": OBJ + "int[0..2] m; thread t { n = 1 / m; } thread u { m = n; }",
    "division by zero in a guard": OBJ
    + "int[0..2] m; thread t { await (1 % m == 0); a = true; } thread u { m = n; } "
    "check c: reachable(a);",
    "division by zero, assigned": OBJ + "int[0..2] m; thread t { n /= m; a = true; }",
    "a shift by less than nothing": OBJ + "int[0..2] m; thread t { n = 1 << (m - 1); a = true; }",
    "seen before a bound": OBJ + 'thread t { p = &top; limit(q, "cut"); } check one: never(p);',
    "live of NULL in a check": OBJ
    + "thread t { q = &top; } check c: never(live(q)); check d: reachable(!live(p));",
    "an endless loop that returns": "bool a; thread u { a = true; } "
    "thread t { for (;;) { await_idle (a) { } return; } }",
    "a loop in atomic": OBJ + "thread t { atomic { for (int j = 0; j < 2; j++) { p = &top; } } }",
    "a task in a check": OBJ
    + "task { bool holds; } thread t { current->holds = true; } check c: reachable(t.holds);",
    "all elements at once": "bool f[2]; thread t { atomic f[*] = true; } "
    "check c: never(f[0] && !f[1]);",
    "a stored function as a condition": "bool a; void g(void) { a = true; } void (*h)(void); "
    "thread t { if (h) h(); h = g; h(); }",
}
"""What random models have found, as small as it gets."""


@pytest.mark.parametrize("name", FOUND)
def test_found(name: str) -> None:
    assert disagreements(program_of(FOUND[name]), {}) == []


def _corpus() -> list[Path]:
    found = [p for p in sorted((ROOT / "tests" / "mistakes").glob("*.srcu")) if "M22" not in p.name]
    found += [ROOT / "examples" / f"{name}.srcu" for name in ("1_first_deadlock", "4_unplug")]
    found += [ROOT / "examples" / f"{name}.srcu" for name in ("2_lost_update", "3_use_after_free")]
    names = ("flush_chain", "queue_twice", "fence_callbacks", "kref_rules", "srcu_cookie")
    found += [ROOT / "tests" / "spectests" / f"{name}.srcu" for name in names]
    return found


@pytest.mark.parametrize("path", _corpus(), ids=lambda path: str(path.stem))
def test_corpus(path: Path) -> None:
    library = Library((), Cache(None))
    model = Model(library, load_model(library, path, path.name), Settings())
    for chosen in model.variants():
        program = model.resolved(chosen).program
        assert disagreements(program, chosen) == []


@settings(max_examples=60, phases=PHASES)
@given(models())
def test_random_models(text: str) -> None:
    try:
        found = disagreements(program_of(text), {}, SMALL)
    except TooLarge:
        assume(False)
    except ModelError as error:
        assert {d.code for d in error.diagnostics} == {"E408"}, text  # a check asks the dead
        return
    assert found == [], text


def test_random_models_are_well_formed() -> None:
    """Nearly all: the rest of the tests would say nothing otherwise."""
    counted = {"fine": 0, "refused": 0}

    @settings(max_examples=60)
    @given(models())
    def count(text: str) -> None:
        try:
            program_of(text)
        except ModelError:
            counted["refused"] += 1
        else:
            counted["fine"] += 1

    count()
    assert counted["fine"] > 10 * counted["refused"]


def test_the_comparison_notices() -> None:
    """A reading that sees less, or more, does not agree."""
    program = program_of("choice HOW = one | two; int x; thread t { x = HOW == one ? 1 : 2; }")
    kinds = list(product(("one", "two"), repeat=2))
    same = [not disagreements(program, {"HOW": a}, other={"HOW": b}) for a, b in kinds]
    assert same == [a == b for a, b in kinds]
