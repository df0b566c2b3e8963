# SPDX-License-Identifier: MIT
"""What a model expects of a variant, what came, and the exit status that makes of it."""

from pathlib import Path

import pytest

from srcucheck.base.budget import Silent
from srcucheck.check.report import Judgement, Report, VariantReport
from srcucheck.check.verdict import word
from srcucheck.driver.jobs import Interrupt, run
from srcucheck.driver.outcome import of_report
from srcucheck.driver.settings import Settings

HANG = "bool never; thread t { await (never) ; }\n"
LIMITED = 'int n; thread t { limit(n == 1, "one"); }\n'
FREED = """
struct job { bool done; };
thread t { struct job *j = kzalloc(struct job); kfree(j); j->done = true; }
"""
FAMILY = """
property late in no_access_after_release "late";
thread t { WARN_ON(true, late); }
"""


def checked(folder: Path, text: str, **settings: object) -> Report:
    path = folder / "model.srcu"
    path.write_text(text)
    made = Settings(**settings)  # type: ignore[arg-type]
    report = run([str(path)], made, Silent(), [], Interrupt())
    assert [d.message for d in report.files[0].diagnostics] == []
    return report


def variants(report: Report) -> tuple[VariantReport, ...]:
    return report.files[0].variants


def judgement(report: Report, name: str, variant: int = 0) -> Judgement:
    return next(j for j in variants(report)[variant].judgements if j.name == name)


@pytest.mark.parametrize(
    ("model", "status"),
    [
        ("bool x; thread t { x = true; }", 0),
        (HANG, 1),
        (HANG + "check no_hang;", 1),
        (HANG + "check no_hang; expect fails;", 0),
        (HANG + "check no_hang; expect holds;", 1),
        (HANG + "check completes(t); expect fails;", 0),
        (HANG + "check no_deadlock; expect fails;", 0),
        (HANG + "check no_bug; expect holds;", 1),
        (FREED, 1),
        (FREED + "check no_use_after_free; expect fails;", 0),
        (FREED + "check no_double_free; expect holds;", 1),
        (FAMILY, 1),
        (FAMILY + "check no_access_after_release; expect fails;", 0),
        (FAMILY + "check no_access_after_release; expect holds;", 1),
        (FAMILY + "check late; expect fails;", 0),
        (LIMITED, 2),
        (LIMITED + "check no_hang;", 2),
        (LIMITED + "check no_hang; expect holds_up_to;", 0),
        (LIMITED + "check no_hang; expect holds;", 1),
        (LIMITED + "check no_hang; expect fails;", 1),
        ("thread t { } check completes(never_called); void never_called(void) { }", 3),
        ("thread t { } check completes(f); expect unknown; void f(void) { }", 0),
        ("thread t { } check completes(f); expect holds; void f(void) { }", 1),
        ("bool x; thread t { } check reachable(x);", 1),
        ("bool x; thread t { } check reachable(x); expect fails;", 0),
        ("bool x; thread t { x = true; } check reachable(x); expect fails;", 1),
    ],
)
def test_exit_status(model: str, status: int, tmp_path: Path) -> None:
    assert of_report(checked(tmp_path, model)) == status


MATRIX = """
choice WAIT = here | there | nowhere;
bool go;
thread t { if (WAIT == here) await (go) ; if (WAIT == there) go = true; }
check c: completes(t); expect %s;
"""


@pytest.mark.parametrize(
    ("expectation", "expected"),
    [
        ("holds when WAIT != here", ["fails", "holds", "holds"]),
        ("fails when WAIT == here", ["fails", "holds", "holds"]),
        ("fails when WAIT == here, unknown when WAIT == there, holds otherwise",
         ["fails", "unknown", "holds"]),
        ("fails when WAIT == here, holds when WAIT == there", ["fails", "holds", None]),
        ("holds", ["holds", "holds", "holds"]),
        ("fails when WAIT == here || WAIT == there, holds otherwise",
         ["fails", "fails", "holds"]),
    ],
)  # fmt: skip
def test_the_first_condition_that_is_true(
    expectation: str, expected: list[str | None], tmp_path: Path
) -> None:
    report = checked(tmp_path, MATRIX % expectation)
    assert [judgement(report, "c", n).expected for n in range(3)] == expected
    came = [word(judgement(report, "c", n).verdict) for n in range(3)]
    assert came == ["fails", "holds", "holds"]
    met = [judgement(report, "c", n).met for n in range(3)]
    pairs = zip(expected, came, strict=True)
    assert met == [None if want is None else want == got for want, got in pairs]


def test_a_standing_property_that_nobody_named_is_not_met(tmp_path: Path) -> None:
    assert judgement(checked(tmp_path, HANG), "no_hang").met is False
    named = judgement(checked(tmp_path, HANG + "check completes(t);"), "no_hang")
    assert named.met is None
    assert named.standing


def test_only_a_failing_completes_names_no_hang(tmp_path: Path) -> None:
    text = HANG + "thread other { } check completes(other);"
    assert judgement(checked(tmp_path, text), "no_hang").met is False


RACE = """
int x;
thread a { x = 1; x = 2; }
thread b { x = 3; x = 4; }
check c: never(x == 7);
"""


@pytest.mark.parametrize("wanted", ["holds", "fails"])
def test_a_cut_search_meets_and_misses_nothing(wanted: str, tmp_path: Path) -> None:
    report = checked(tmp_path, RACE + f"expect {wanted};", states=3)
    found = judgement(report, "c")
    assert (found.expected, found.met, word(found.verdict)) == (wanted, None, "unknown")
    assert of_report(report) == 3


def test_an_expected_unknown_may_come_of_a_cut_search(tmp_path: Path) -> None:
    report = checked(tmp_path, RACE + "expect unknown;", states=3)
    assert judgement(report, "c").met is True
    assert judgement(checked(tmp_path, RACE + "expect unknown;"), "c").met is False


def test_only_the_properties_that_were_asked_for(tmp_path: Path) -> None:
    text = FREED + "check c: completes(t); expect holds; check d: no_leak; expect fails;"
    assert of_report(checked(tmp_path, text)) == 1
    report = checked(tmp_path, text, properties=("c", "no_use_after_free"))
    assert [j.name for j in variants(report)[0].judgements] == ["c", "no_use_after_free"]
    assert judgement(report, "c").met is True
    assert of_report(checked(tmp_path, text, properties=("c",))) == 0
