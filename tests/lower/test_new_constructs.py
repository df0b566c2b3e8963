# SPDX-License-Identifier: MIT
"""What no spec or model uses yet, each with a model whose ``expect`` lines say what it means."""

from pathlib import Path

import pytest

from srcucheck.base.diagnostic import ModelError
from tests.lower.judge import judge, surprises, words

MODELS = {
    "array_of_one": """
        use dma_fence;
        struct dma_fence f;
        init { f.emitted = true; }
        thread t { dma_fence_force_complete(&f); }
        check forced: never(ended(t) && !f.signaled);   expect holds;
        """,
    "store_to_all": """
        bool seen[3];
        thread t { seen[*] = true; }
        check at_once: never(seen[0] != seen[2]);       expect holds;
        check all: settles(seen[1]);                    expect holds;
        """,
    "store_to_all_by_task": """
        bool hit[task];
        thread a { hit[*] = true; }
        thread b { await (hit[current]); }
        check ends: completes(b);                       expect holds;
        """,
    "any_and_none": """
        bool busy[2];
        thread t[i : 2] { busy[i] = true; busy[i] = false; }
        thread w { await (none(busy)); }
        check some: reachable(any(busy));               expect holds;
        check both: reachable(busy[0] && busy[1]);      expect holds;
        check ends: completes(w);                       expect holds;
        """,
    "switch_falls_through": """
        int[0..9] got;
        choice N = 0 | 1 | 2 | 3;
        void pick(int n)
        {
                switch (n) {
                case 0:
                        got += 1;
                case 1:
                case 2:
                        got += 2;
                        break;
                default:
                        got = 9;
                }
        }
        thread t { int n = N; pick(n); }
        check zero: reachable(got == 3);   expect holds when N == 0;
        check two: settles(got == 2);      expect holds when N == 1 || N == 2;
        check other: settles(got == 9);    expect holds when N == 3;
        """,
    "goto_forwards_and_back": """
        int[0..5] n;
        bool failed;
        thread t {
                int i = 0;
        again:
                n++;
                i++;
                if (i < 3)
                        goto again;
                if (i == 3)
                        goto out;
                failed = true;
        out:
                i = 0;
        }
        check three: settles(n == 3);      expect holds;
        check clean: never(failed);        expect holds;
        """,
    "goto_for_ever": """
        use context;
        bool ready;
        thread t {
        again:
                cpu_relax();
                if (!ready)
                        goto again;
        }
        check ends: completes(t);          expect fails;
        """,
    "a_choice_of_functions": """
        use completion;
        choice HOW = complete | complete_all;
        struct completion done;
        thread s { HOW(&done); }
        thread a { wait_for_completion(&done); }
        thread b { wait_for_completion(&done); }
        check both: reachable(ended(a) && ended(b));    expect holds when HOW == complete_all;
        check no_hang;                                  expect holds when HOW == complete_all;
        """,
    "a_choice_of_specs": """
        choice SRCU = srcu | srcu_counters;
        use SRCU as srcu;
        struct srcu_struct s;
        thread r { int k = srcu_read_lock(&s); srcu_read_unlock(&s, k); }
        thread u { synchronize_srcu(&s); }
        check ends: completes(u);          expect holds;
        """,
    "recycled_memory": """
        struct req { bool mine; };
        pool struct req 1 recycle;
        struct req *p;
        property stale "a stale pointer hit the next life";
        thread t {
                struct req *old;
                struct req *next;

                old = kzalloc(struct req);
                kfree(old);
                next = kzalloc(struct req);
                old->mine = true;
                WARN_ON(next->mine, stale);
                kfree(next);
        }
        check no_use_after_free;           expect holds;
        check stale;                       expect fails;
        """,
    "left_behind_by_intent": """
        struct thing { bool x; };
        struct thing *kept, *lost;
        choice FREE = both | one | none_at_all;
        thread t {
                kept = kzalloc(struct thing);
                lost = kzalloc(struct thing);
                if (FREE == both || FREE == one)
                        kfree(lost);
                if (FREE == both)
                        kfree(kept);
        }
        check most: no_leak except kept;   expect holds when FREE != none_at_all;
        """,
    "started": """
        bool go;
        hardirq irq { go = true; }
        user app { go = false; }
        thread t { go = true; }
        check at_once: always(started(t));              expect holds;
        check late: always(started(irq));               expect fails;
        """,
    "eventually_and_leads_to": """
        bool asked, answered;
        choice ANSWERS = false | true;
        thread a { asked = true; }
        thread b {
                await (asked);
                if (ANSWERS)
                        answered = true;
        }
        check in_the_end: eventually(answered);         expect holds when ANSWERS;
        check each: leads_to(asked, answered);          expect holds when ANSWERS;
        check never_asked: leads_to(asked && answered && !asked, answered);  expect unknown;
        """,
    "asserts_have_their_own_names": """
        bool x;
        thread t { assert(!x); }
        thread u { x = true; }
        """,
    "numbers_wrap_and_are_bounded": """
        int[0..3] wraps w = 3;
        int[0..3] b = 3;
        choice MORE = false | true;
        thread t { w++; if (MORE) b++; }
        check wrapped: settles(w == 0);    expect holds when !MORE, holds_up_to otherwise;
        """,
}


@pytest.mark.parametrize("name", MODELS)
def test_a_new_construct_means_what_the_reference_says(name: str, tmp_path: Path) -> None:
    found = [s for s in surprises(tmp_path, MODELS[name]) if "assert_" not in s]
    assert not found


def test_an_assert_is_a_property_named_by_its_line(tmp_path: Path) -> None:
    (report,) = judge(tmp_path, MODELS["asserts_have_their_own_names"])
    assert words(report)["assert_model_3"] == "fails"


def test_a_file_of_ones_own_can_be_used_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "mine.srcu").write_text("bool mine;\nvoid set_mine(void) { mine = true; }\n")
    text = 'use "mine.srcu";\nthread t { set_mine(); }\ncheck s: settles(mine);  expect holds;\n'
    assert not surprises(tmp_path, text)


REPORT_THEN_BOUND = """
property broken "it broke";
bool x;
thread t {
	x = true;
	WARN_ON(x, broken);
	limit(false, "the end of the world");
}
check broken;	expect fails;
check no_hang;	expect holds_up_to;
"""


def test_a_report_before_a_bound_counts(tmp_path: Path) -> None:
    """Also where both come in one step: the run up to the report is a run of the model."""
    assert surprises(tmp_path, REPORT_THEN_BOUND) == []
    atomic = REPORT_THEN_BOUND.replace("\tx = true;", "\tatomic { x = true;").replace(
        'world");\n', 'world"); }\n'
    )
    assert surprises(tmp_path, atomic) == []


def test_a_thread_has_the_members_of_its_task(tmp_path: Path) -> None:
    text = """
    task { unsigned depth; }
    thread a { current->depth++; }
    thread b[i : 2] { current->depth++; }
    check one: reachable(a.depth == 1 && b[1].depth == 1);	expect holds;
    check none: always(a.depth < 2);				expect holds;
    """
    assert surprises(tmp_path, text) == []


def test_hardware_may_stop_before_it_frees(tmp_path: Path) -> None:
    text = """
    struct obj { bool f; };
    struct obj *p;
    bool a;
    init { p = kzalloc(struct obj); }
    hardware h { a = true; kfree(p); }
    thread t { if (a) a = false; }
    check no_leak;	expect fails;
    """
    assert surprises(tmp_path, text) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("thread t { atomic { while (!go) ; } }", "E516"),
        ("thread t { int n = 1; atomic { for (;;) n = 1 - n; } }", "E516"),
        ("thread t { x = true; atomic { while (!go) ; } } thread u { go = x; }", "E516"),
        ("void f(void) { while (!go) ; } thread t { await (!go) { f(); } }", "E516"),
        ("init { while (!go) ; } thread t { go = true; }", "E515"),
    ],
)
def test_a_step_that_never_ends_is_an_error(tmp_path: Path, text: str, code: str) -> None:
    """Wherever it stands: the head of a thread runs before time starts, yet is no way out."""
    with pytest.raises(ModelError) as caught:
        judge(tmp_path, "bool go, x; " + text)
    assert caught.value.diagnostics[0].code == code
