# SPDX-License-Identifier: MIT
"""A run: trouble of any kind becomes unknown, a diagnostic or an exit status, never a pass."""

import gc
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from srcucheck.base.budget import Budget, Listener, Progress, Silent, resident_megabytes
from srcucheck.check.engine import Answers
from srcucheck.check.report import Report
from srcucheck.check.verdict import ClosedSet, Holds, Unknown
from srcucheck.driver.jobs import Interrupt, run
from srcucheck.driver.outcome import of_report
from srcucheck.driver.settings import Settings
from srcucheck.driver.stages import Model
from srcucheck.driver.variant import Lowered
from srcucheck.explicit.engine import Explicit
from srcucheck.ir.system import System
from srcucheck.lang.constant import Value
from srcucheck.render.jsonout import render as as_json
from srcucheck.render.text import render as as_text

MODEL = """
choice X = a | b | c;
int n;
thread t { if (X == a) n = 1; if (X == b) n = 2; }
check never(n == 3); expect holds;
"""

Judge = Callable[[Explicit, System, Budget, Listener], Answers]
real = Explicit.judge


@pytest.fixture
def model(tmp_path: Path) -> str:
    path = tmp_path / "model.srcu"
    path.write_text(MODEL)
    return str(path)


def checked(model: str, interrupt: Interrupt | None = None, **settings: object) -> Report:
    made = Settings(**settings)  # type: ignore[arg-type]
    return run([model], made, Silent(), [], interrupt or Interrupt())


def replace_engine(monkeypatch: pytest.MonkeyPatch, judge: Judge) -> None:
    monkeypatch.setattr(Explicit, "judge", judge)


def reasons(report: Report) -> set[str]:
    verdicts = [j.verdict for v in report.files[0].variants for j in v.judgements]
    assert all(isinstance(v, Unknown) for v in verdicts)
    return {v.why for v in verdicts if isinstance(v, Unknown)}


def test_what_is_reported(model: str) -> None:
    report = checked(model)
    (file,) = report.files
    assert (file.path, file.diagnostics, report.interrupted) == (model, (), False)
    assert [dict(v.values) for v in file.variants] == [{"X": "a"}, {"X": "b"}, {"X": "c"}]
    assert len(file.digest) == 8
    assert set(file.digest) <= set("0123456789abcdef")
    assert file.digest != checked(model, definitions=(("X", "a"),)).files[0].digest
    assert of_report(report) == 0


def test_no_memory_is_unknown_with_the_last_figures(
    model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def judge(self: Explicit, system: System, budget: Budget, listener: Listener) -> Answers:
        listener.progress(Progress(1234, 5678, 9, 10, 1.5, 11))
        raise MemoryError

    replace_engine(monkeypatch, judge)
    report = checked(model)
    assert reasons(report) == {"out of memory: 1,234 states and 5,678 steps seen"}
    figures = report.files[0].variants[0].figures
    assert (figures.states, figures.depth, figures.complete) == (1234, 9, False)
    assert of_report(report) == 3


def test_an_exception_is_an_internal_error_of_that_file(
    model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def judge(self: Explicit, system: System, budget: Budget, listener: Listener) -> Answers:
        raise KeyError("surprise")

    replace_engine(monkeypatch, judge)
    monkeypatch.delenv("SRCUCHECK_DEBUG", raising=False)
    report = checked(model)
    (found,) = report.files[0].diagnostics
    assert found.code == "E529"
    assert "KeyError: 'surprise'" in found.message
    assert not report.files[0].variants
    assert of_report(report) == 70
    monkeypatch.setenv("SRCUCHECK_DEBUG", "1")
    assert "Traceback" in checked(model).files[0].diagnostics[0].notes[0].text


def test_an_answer_that_contradicts_is_an_internal_error(
    model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def judge(self: Explicit, system: System, budget: Budget, listener: Listener) -> Answers:
        found = real(self, system, budget, listener)
        verdicts = dict(found.verdicts) | {99: found.verdicts[0]}
        return Answers(verdicts, found.figures, found.executed, found.bounds)

    replace_engine(monkeypatch, judge)
    assert of_report(checked(model)) == 70


def test_too_deep_is_a_diagnostic(tmp_path: Path) -> None:
    calls = "".join(f"void f{n}(void) {{ f{n + 1}(); }}\n" for n in range(500))
    path = tmp_path / "deep.srcu"
    path.write_text(calls + "int x; void f500(void) { x = 1; }\nthread t { f0(); }\n")
    report = checked(str(path))
    assert {d.code for d in report.files[0].diagnostics} <= {"E528", "E223"}
    assert of_report(report) == 65


def test_an_interrupt_ends_after_the_variant_at_work(
    model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt, budgets = Interrupt(), list[Budget]()

    def judge(self: Explicit, system: System, budget: Budget, listener: Listener) -> Answers:
        if len(budgets) == 2:
            interrupt.seen = True
            for one in budgets:
                one.interrupted = True
        return real(self, system, budget, listener)

    replace_engine(monkeypatch, judge)
    report = run([model, model], Settings(), Silent(), budgets, interrupt)
    assert report.interrupted
    (file,) = report.files
    first, second = file.variants
    assert first.figures.complete
    assert not second.figures.complete
    assert of_report(report) == 130


def test_an_interrupt_before_all_else_still_has_a_report(model: str) -> None:
    report = checked(model, Interrupt(seen=True))
    assert len(report.files[0].variants) == 1
    assert reasons(report) == {"interrupted: the search had not begun"}
    assert of_report(report) == 130


def test_what_ends_while_lowering_has_searched_nothing(
    model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    budgets: list[Budget] = []
    lowered = Model.lowered

    def interrupted(self: Model, chosen: Mapping[str, Value]) -> Lowered:
        for budget in budgets:
            budget.interrupted = True
        return lowered(self, chosen)

    monkeypatch.setattr(Model, "lowered", interrupted)
    report = run([model], Settings(definitions=(("X", "a"),)), Silent(), budgets, Interrupt())
    assert reasons(report) == {"interrupted: the search had not begun"}
    (variant,) = report.files[0].variants
    assert (variant.figures.states, variant.figures.complete) == (0, False)
    assert "NOT COMPLETE (interrupted: the search had not begun)" in as_text(report)
    (told,) = json.loads(as_json(report))["files"][0]["variants"]
    assert (told["states"], told["complete"], told["engine"]) == (0, False, "none")
    assert {p["why"] for p in told["properties"]} == {"interrupted: the search had not begun"}


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"states": 1}, "state budget of 1 spent: 1 states and 0 steps seen"),
        ({"seconds": 0.0}, "time budget of 0 s spent: the search had not begun"),
        ({"megabytes": 1}, "memory budget of 1 MB spent: the search had not begun"),
    ],
)
def test_a_budget_that_is_spent(settings: dict[str, object], why: str, model: str) -> None:
    report = checked(model, definitions=(("X", "a"),), **settings)
    assert all(r.startswith(why) for r in reasons(report))
    assert of_report(report) == 3


def test_a_large_variant_leaves_room_for_the_next(
    model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def judge(self: Explicit, system: System, budget: Budget, listener: Listener) -> Answers:
        seen.append(resident_megabytes())
        much: list[object] = [b"x" * (100 << 20)]
        much.append(much)  # a cycle: the collector is off while a search runs
        found = real(self, system, budget, listener)
        states = Holds(ClosedSet(frozenset([(n, n + 1) for n in range(200_000)])))
        return replace(
            found,
            verdicts=dict.fromkeys(found.verdicts, states),
            figures=replace(found.figures, states=200_000),
        )

    replace_engine(monkeypatch, judge)
    monkeypatch.setattr("srcucheck.check.door.accept", lambda system, answers: answers)
    gc.disable()
    try:
        report = checked(model, jobs=1)
    finally:
        gc.enable()
    assert [v.figures.states for v in report.files[0].variants] == [200_000] * 3
    assert seen[2] < seen[0] + 50


@pytest.mark.parametrize(
    ("megabytes", "jobs", "shares"), [(None, 2, 2), (1000, 2, 2), (1000, 1, 1), (200, 2, 1)]
)
def test_processes_share_the_memory(
    megabytes: int | None, jobs: int, shares: int, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def judge(self: Explicit, system: System, budget: Budget, listener: Listener) -> Answers:
        found = real(self, system, budget, listener)
        verdict = Unknown(f"{budget.megabytes} MB for {budget.processes}")
        return replace(found, verdicts=dict.fromkeys(found.verdicts, verdict))

    replace_engine(monkeypatch, judge)
    # what other tests have made this process keep is no part of the question
    monkeypatch.setattr("srcucheck.base.budget.resident_megabytes", lambda: 1)
    report = checked(model, jobs=jobs, megabytes=megabytes)
    assert reasons(report) == {f"{megabytes} MB for {shares}"}


def test_statements_that_run_in_no_variant(tmp_path: Path) -> None:
    path = tmp_path / "model.srcu"
    text = """
choice X = a | b;
bool once, twice, never;
thread t {
	if (X == a)
		once = true;
	if (X == b)
		twice = true;
	if (never)
		never = false;
}
check never(once && twice && never);
"""
    path.write_text(text)
    (file,) = checked(str(path)).files
    assert [text[s.start : s.end] for s in file.never_ran] == ["never = false;"]
    (fixed,) = checked(str(path), definitions=(("X", "a"),)).files
    assert fixed.never_ran == ()
    (cut,) = checked(str(path), states=1).files
    assert cut.never_ran == ()


def test_what_init_runs_has_run(tmp_path: Path) -> None:
    path = tmp_path / "model.srcu"
    text = """
int n;
void start(int by)
{
	if (by > 5)
		n = by;
	if (by > 9)
		n = 0;
}
init {
	start(2);
	start(7);
}
thread t {
	n = 3;
}
check never(n == 9);
"""
    path.write_text(text)
    (file,) = checked(str(path)).files
    assert [text[s.start : s.end] for s in file.never_ran] == ["n = 0;"]


def test_all_that_is_wrong_with_variants_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "model.srcu"
    text = (
        "choice X = a | b; bool go; thread t { atomic { while (!go) ; } } thread u { go = true; }"
    )
    path.write_text(text + " check reachable(go);")
    (file,) = checked(str(path)).files
    assert [d.code for d in file.diagnostics] == ["E516"]
    assert file.sources[str(path)].text.startswith("choice")
