# SPDX-License-Identifier: MIT
"""What ``explain`` says about E4xx: checks; E5xx: what only lowering finds."""

from srcucheck.base.explained import explained

CODES = (
    explained(
        "E401",
        "no such property to check",
        """`check p;` names a property that the tool judges by itself (no_use_after_free,
        no_double_free, no_bad_free, no_null_dereference, no_bug, no_leak, no_hang,
        no_deadlock), one that a file declares, or a family of them.""",
        "check no_leaks; expect holds;",
        "check no_leak; expect holds;",
    ),
    explained(
        "E402",
        "no such thread or call",
        """completes(t), in(t), ended(t) and started(t) name a thread of the program; t.f is a call
        of the function f by it, at any depth; in(f) and completes(f) are about a function in
        any thread.""",
        """
        void unplug(void) { }
        thread rmmod { unplug(); }
        check c: completes(rmod.unplug); expect holds;
        """,
        """
        void unplug(void) { }
        thread rmmod { unplug(); }
        check c: completes(rmmod.unplug); expect holds;
        """,
    ),
    explained(
        "E403",
        "two checks of one name",
        """Reports, -D runs and JSON name a check by its name, which is the property's if none is
        written.""",
        """
        check no_leak; expect holds;
        check no_leak; expect holds;
        """,
        "check no_leak; expect holds;",
    ),
    explained(
        "E404",
        "an expectation that depends on the run",
        """`expect holds when C;` is decided before the run: C is made of params, choices and
        numbers.""",
        """
        bool late;
        check no_leak; expect holds when late;
        """,
        """
        choice LATE = false | true;
        check no_leak; expect holds when LATE;
        """,
    ),
    explained(
        "E405",
        "what a check cannot ask",
        """A check names a property, or is one of completes(t), never(e), always(e), reachable(e),
        settles(e), eventually(e), leads_to(a, b). They do not nest.""",
        """
        bool done;
        check c: never(done, done); expect holds;
        """,
        """
        bool done;
        check c: never(done); expect holds;
        """,
    ),
    explained(
        "E406",
        "'for any' what there are not many of",
        """A check for any number names the param that says how many there are of something, and all
        checks of a model that do so name the same one.""",
        """
        param N = 2;
        bool x;
        thread t[i : N] { x = true; }
        check c: completes(t) for any M; expect holds;
        """,
        """
        param N = 2;
        bool x;
        thread t[i : N] { x = true; }
        check c: completes(t) for any N; expect holds;
        """,
    ),
    explained(
        "E407",
        "a check that does something",
        """The expression of a check is looked at between steps: it cannot store, allocate, report,
        choose or wait, nor call what does.""",
        """
        bool done;
        check c: never(done = true); expect holds;
        """,
        """
        bool done;
        check c: never(done == true); expect holds;
        """,
    ),
    explained(
        "E408",
        "a check reads a dead object",
        """A check may read `shadow` members of an object that was freed, and ask live(p); its
        ordinary members mean nothing then. Ask live(p) first, ask for a shadow member
        (released(d), gone(d)), or keep what is asked for in a global.""",
        """
        struct obj { bool used; };
        struct obj *o;
        init { o = kzalloc(struct obj); }
        thread t { kfree(o); }
        check c: never(o->used); expect holds;
        """,
        """
        struct obj { bool used; };
        struct obj *o;
        init { o = kzalloc(struct obj); }
        thread t { kfree(o); }
        check c: never(live(o) && o->used); expect holds;
        """,
    ),
    explained(
        "E409",
        "'except' of what is no survivor",
        """`no_leak except p;` names pointers to objects that live at the end by intent.""",
        """
        int left;
        check no_leak except left; expect holds;
        """,
        """
        struct obj { bool used; };
        struct obj *left;
        check no_leak except left; expect holds;
        """,
    ),
    explained(
        "E410",
        "an expectation that never applies",
        """The first expectation whose condition is true applies; one without a condition, or with
        `otherwise`, comes last.""",
        """
        choice LATE = false | true;
        check no_leak; expect holds, fails when LATE;
        """,
        """
        choice LATE = false | true;
        check no_leak; expect fails when LATE, holds otherwise;
        """,
    ),
    explained(
        "E411",
        "a question for checks only",
        """in(), ended(), started(), completes() and their like look at the run from outside: code
        cannot. Keep a variable, or use `task { ... }` fields.""",
        """
        bool x;
        thread a { x = true; }
        thread b { await (ended(a)); }
        """,
        """
        bool x, a_ended;
        thread a { x = true; a_ended = true; }
        thread b { await (a_ended); }
        """,
    ),
    explained(
        "E501",
        "an allocation without a bound",
        """Each kzalloc() has a place of its own. How many are needed is clear outside loops; in a
        loop, or in a thread per object, the model says it: `pool struct T n;`. Running out of
        places is the model's bound: `holds` becomes `holds up to`.""",
        """
        struct obj { bool used; };
        struct obj *o;
        thread t { for (;;) o = kzalloc(struct obj); }
        """,
        """
        struct obj { bool used; };
        struct obj *o;
        pool struct obj 3;
        thread t { for (;;) o = kzalloc(struct obj); }
        """,
    ),
    explained(
        "E502",
        "the model must define it",
        """A spec declares `extern` what only a driver can tell; code that is reached uses it.""",
        """
        use atomic_commit;
        struct drm_device card0;
        thread t { drm_atomic_nonblocking_commit(&card0); }
        """,
        """
        use atomic_commit;
        struct drm_device card0;
        void atomic_commit_tail(struct drm_atomic_state *s) { drm_crtc_send_vblank_event(s); }
        thread t { drm_atomic_nonblocking_commit(&card0); }
        """,
    ),
)
