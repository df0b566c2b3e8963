# SPDX-License-Identifier: MIT
"""A sample of the generated mutations; ``python -m tests.corpus.mutations`` tries all of them."""

from collections import Counter
from pathlib import Path

import pytest

from srcucheck.base.source import SourceFile
from srcucheck.lang import tree
from srcucheck.lang.parser import parse
from tests.corpus.independent import Steps
from tests.corpus.mutate import mutations
from tests.corpus.mutations import Trial, cheapest_first

ROOT = Path(__file__).parents[2]
SMALL = ("completion_reuse", "completion_waits", "kref_rules", "kref_saturated", "who_sleeps")

CODE = """
struct thing { bool a; bool b; struct thing *next; };

static void set_a(struct thing *t) { t->a = true; }

void in_one_step(struct thing *t)
{
	atomic {
		%s
		%s
	}
}
"""


def body(text: str) -> tuple[Steps, tuple[tree.Statement, ...]]:
    file = parse(SourceFile("code.srcu", text))
    function = file.declarations[-1]
    assert isinstance(function, tree.Function)
    assert function.body is not None
    (atomic,) = function.body.statements
    assert isinstance(atomic, tree.Atomic)
    assert isinstance(atomic.body, tree.Block)
    return Steps([file]), atomic.body.statements


@pytest.mark.parametrize(
    ("first", "second", "independent"),
    [
        ("t->a = true;", "t->b = true;", True),
        ("t->a = true;", "t->b = t->a;", False),
        ("t->b = t->a;", "t->a = true;", False),
        ("t->a = true;", "t->next->a = false;", False),
        ("t->next = NULL;", "t->next->a = false;", False),
        ("set_a(t);", "t->b = true;", True),
        ("set_a(t);", "t->b = t->a;", False),
        ("kfree(t);", "t->b = true;", False),
        ("unknown(t);", "t->b = true;", False),
        ("WARN_ON(t->a, odd);", "t->b = true;", True),
        ("WARN_ON(t->a, odd);", "set_a(t);", False),
    ],
)
def test_the_order_of_two_statements_in_one_step(
    first: str, second: str, independent: bool
) -> None:
    steps, statements = body(CODE % (first, second))
    touched = [steps.touched(s) for s in statements]
    assert touched[0].independent(touched[1]) == independent


def test_what_only_steps_call_is_no_step() -> None:
    file = parse(
        SourceFile(
            "code.srcu",
            """
static void inner(void) { x = true; }
static void outer(void) { inner(); }
static void alone(void) { x = true; }
static void kept(void) { x = true; }
void caller(void)
{
	atomic { outer(); call_later(kept); }
	alone();
}
""",
        )
    )
    names = ("inner", "outer", "alone", "kept", "caller")
    assert [n for n in names if Steps([file]).inside_a_step(n)] == ["inner", "outer"]


def test_all_kinds_are_made() -> None:
    found = mutations()
    kinds = Counter(m.kind for m in found)
    assert len(found) > 600
    assert set(kinds) == {"drop", "lose a count", "swap", "weaken"}
    assert len({m.key() for m in found}) == len(found)
    assert not any("limit(" in m.what for m in found if m.kind != "swap")


def test_most_of_a_sample_are_noticed(tmp_path: Path) -> None:
    paths = [ROOT / "tests" / "spectests" / f"{name}.srcu" for name in SMALL]
    trial = Trial(cheapest_first(paths, tmp_path), tmp_path)
    sample = [m for m in mutations() if m.spec in ("completion", "kref")][::4]
    outcomes = [trial.outcome(m) for m in sample]
    assert len(sample) > 8
    assert outcomes.count("") <= 1
    assert "invalid" not in outcomes
