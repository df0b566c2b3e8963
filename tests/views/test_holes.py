# SPDX-License-Identifier: MIT
"""Models on which simpler rules prove what is wrong: each has its right verdict, never holds.

The holes are those that were found in simpler rules for pairs of the rest and one cell.
"""

from pathlib import Path

import pytest

from srcucheck.base.budget import Budget, Silent
from srcucheck.check.verdict import Fails, Holds, word
from srcucheck.driver.cache import Cache, cache_folder
from srcucheck.driver.library import Library
from srcucheck.driver.settings import Settings
from srcucheck.driver.stages import Model, load_model
from tests.meaning.agreement import program_of
from tests.views.agreement import instance, missing

HEAD = 'param N = 2;\nproperty p "p";\nbool flag, y, g, never_set;\n'

HOLES = {
    "two waiters, hung by different cells": (
        """
        set of task a, b;
        thread cell[i : N] {
            if (choose(false, true)) {
                atomic a += current;
                await (flag);
                atomic a -= current;
            } else {
                atomic b += current;
                await (never_set);
                atomic b -= current;
            }
        }
        thread flusher { await (empty(b)); flag = true; }
        thread remove { f(); }
        void f(void) { await (empty(a)); }
        check c: completes(remove.f);
        """,
        2,
    ),
    "an if of the rest, read on one cell": (
        """
        struct job { bool busy; };
        struct job j[N];
        thread rest { atomic { if (some(x : job; x->busy)) y = true; } }
        thread cell[i : N] {
            atomic { if (y) { WARN_ON(!j[i].busy, p); } j[i].busy = true; }
        }
        check p;
        """,
        2,
    ),
    "a cell that writes all cells": (
        """
        bool hit[task];
        thread cell[i : N] { atomic { WARN_ON(hit[current], p); hit[*] = true; } }
        check p;
        """,
        2,
    ),
    "two names, of different cells": (
        """
        struct job { bool busy; };
        struct job j[N];
        struct job *one;
        struct task *other;
        bool hit[task];
        thread cell[i : N] {
            if (choose(false, true)) one = &j[i]; else other = current;
            await (flag);
            WARN_ON(j[i].busy && !hit[current], p);
        }
        thread rest {
            await (one != NULL && other != NULL);
            atomic { one->busy = true; hit[other] = true; }
            flag = true;
        }
        check p;
        """,
        2,
    ),
    "no cell": (
        """
        thread cell[i : N] { flag = true; }
        thread rest { f(); }
        void f(void) { await (flag); }
        check c: completes(rest.f);
        """,
        0,
    ),
    "a strong waiter over all cells": (
        """
        set of task readers;
        thread cell[i : N] { for (;;) { lock(); unlock(); } }
        void lock(void) { atomic readers += current; }
        void unlock(void) { atomic readers -= current; }
        thread rest { f(); }
        void f(void) { await_strong (empty(readers)); }
        check c: completes(rest.f);
        """,
        2,
    ),
    "a family thread that waits for its family": (
        """
        set of task inside;
        thread cell[i : N] { atomic inside += current; f(); atomic inside -= current; }
        void f(void) { await (empty(inside)); }
        check c: completes(cell.f);
        """,
        1,
    ),
    "a cell that needs a rest thread which waits for all cells": (
        """
        set of task a;
        thread cell[i : N] {
            if (choose(false, true)) {
                atomic a += current;
                await (never_set);
            } else {
                f();
            }
        }
        void f(void) { await (g); }
        thread rest { await (empty(a)); g = true; }
        check c: completes(cell.f);
        """,
        2,
    ),
}
"""A model, and the least number of cells that refutes its check."""


def judged(tmp_path: Path, text: str, param: str = "N") -> dict[str, tuple[object, int | None]]:
    """Verdicts for any number, by the name of the check, with the number that a run has."""
    path = tmp_path / "model.srcu"
    path.write_text(text)
    settings = Settings(any_number=param)
    library = Library((), Cache(cache_folder()))
    model = Model(library, load_model(library, path, str(path)), settings)
    (chosen,) = model.variants()
    report = model.judged(chosen, Budget(), Silent())
    return {j.name: (j.verdict, j.number) for j in report.judgements}


@pytest.mark.parametrize("name", HOLES)
def test_no_hole_is_a_proof(name: str, tmp_path: Path) -> None:
    text, least = HOLES[name]
    found = judged(tmp_path, HEAD + text)
    verdict, number = found["c" if "check c" in text else "p"]
    assert isinstance(verdict, Fails)
    assert verdict.trace is not None
    assert number == least


def test_a_lock_held_by_a_cell(tmp_path: Path) -> None:
    """A strong waiter for an owner is granted the lock, but that is not proved."""
    text = (
        HEAD
        + """
        struct task *owner;
        void lock(void) { await_strong (!owner) { owner = current; } }
        void unlock(void) { atomic { WARN_ON(owner != current, p); owner = NULL; } }
        thread cell[i : N] { lock(); unlock(); }
        thread rest { f(); }
        void f(void) { lock(); unlock(); }
        check c: completes(rest.f);
        check p;
    """
    )
    found = judged(tmp_path, text)
    assert word(found["c"][0]) != "fails"  # type: ignore[arg-type]
    assert isinstance(found["p"][0], Holds)


REFUSED = {
    "if (i == 9) flag = true;": "an index is used as a number",
    "int k = i; j[k].busy = true;": "an index",
    "j[0].busy = true;": "picked by number",
    "if (N == 9) flag = true;": "used as a number",
    "atomic { m = 0; for (x : job) if (x->busy) m++; if (m == 7) flag = true; }": "earlier turn",
    "atomic { m = 0; for (x : job) m++; if (m == 7) flag = true; }": "earlier turn",
    "atomic { for (x : job) { if (x->busy) m = 1; if (m == 1) x->busy = false; } }":
        "earlier turn",
    "atomic { for (x : job) more(); }": "earlier turn",
    "struct job *one; atomic { one = choose(x : job; x->busy); if (one) one->busy = false; }":
        "chosen",
}  # fmt: skip


@pytest.mark.parametrize("statement", REFUSED)
def test_what_does_not_qualify(statement: str, tmp_path: Path) -> None:
    """The verdict is unknown, and says what stops it and where."""
    text = (
        HEAD
        + """
        struct job { bool busy; };
        struct job j[N];
        int[0..9] m;
        thread cell[i : N] { j[i].busy = choose(false, true); STATEMENT }
        thread rest { g = true; }
        void more(void) { m = 9 - m; }
        check c: never(flag && g && j[0].busy);
    """.replace("STATEMENT", statement)
    )
    found = judged(tmp_path, text)
    verdict = found["c"][0]
    assert word(verdict) == "unknown", verdict  # type: ignore[arg-type]
    why = verdict.why  # type: ignore[attr-defined]
    assert REFUSED[statement] in why
    assert "model.srcu:" in why


def test_a_sweep_ends(tmp_path: Path) -> None:
    """A loop over all cells counts up to a number that is finite."""
    text = (
        HEAD
        + """
        struct job { bool busy; bool done; };
        struct job j[N];
        thread cell[i : N] { j[i].busy = true; await (j[i].done); }
        thread rest {
            int i;
            for (i = 0; i < N; i++) {
                await (j[i].busy);
                j[i].done = true;
            }
            flag = true;
        }
        check c: completes(rest);
        check d: completes(cell);
        check n: never(flag && !j[0].done);
        check r: reachable(flag && j[0].done);
    """
    )
    found = judged(tmp_path, text)
    assert isinstance(found["c"][0], Holds)
    assert isinstance(found["d"][0], Holds)
    assert isinstance(found["n"][0], Holds)
    assert isinstance(found["r"][0], Holds) and found["r"][1] == 1


def test_a_sweep_that_begins_anew(tmp_path: Path) -> None:
    text = (
        HEAD
        + """
        bool x[N];
        thread cell[i : N] { x[i] = true; }
        thread rest { f(); }
        void f(void)
        {
            int i;
            while (!never_set)
                for (i = 0; i < N; i++)
                    x[i] = false;
        }
        check c: completes(rest.f);
    """
    )
    assert isinstance(judged(tmp_path, text)["c"][0], Fails)


def test_a_counter_that_begins_passes_by_a_cell_that_is_named() -> None:
    """The pair "last names me, the counter is before me" was missing: found by a walk, at random.

    A counter starts in the same step in which a variable comes to name a cell that another one
    named: that cell may be the first, or a later one.
    """
    program = program_of(
        """
        param N = 2;
        property p "p";
        struct job { bool done; };
        struct job j[N];
        struct task *owner, *last;
        user rest {
            int i;
            atomic { last = current; last = owner; }
            for (i = 0; i < N; i++) {
                WARN_ON(j[i].done, p);
            }
        }
        thread cell[k : N] {
            atomic { owner = current; j[k].done = true; }
        }
        check p;
        check never(owner == last && owner != NULL);
        """
    )
    assert missing(instance(program, "N", 3, True)) == []


def test_a_number_is_no_address() -> None:
    """-2, as a cell's own variable has it, was read as the code of an address: found by looking."""
    program = program_of(
        """
        param N = 2;
        struct job { int[-9..9] error; struct task *by; };
        struct job j[N];
        bool up;
        thread cell[i : N] {
            j[i].by = current;
            j[i].error = -2;
            atomic { if (j[i].error == -2) up = true; }
        }
        check reachable(up);
        """
    )
    assert missing(instance(program, "N", 3, True)) == []
