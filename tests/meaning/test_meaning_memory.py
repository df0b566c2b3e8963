# SPDX-License-Identifier: MIT
"""The second meaning by itself: objects that live and die, pools, leaks, checks of states."""

import pytest

from tests.meaning.observed import OBJ, observed, values


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
