# SPDX-License-Identifier: MIT
"""What a picture shows: rows in order of effect, marks where they belong, reasons with values."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import srcucheck.explicit
import srcucheck.render
from srcucheck.base.budget import Silent
from srcucheck.check.interpreter import outcomes
from srcucheck.check.report import Report, VariantReport
from srcucheck.check.trace import Trace
from srcucheck.check.verdict import Fails
from srcucheck.driver.jobs import Interrupt, run
from srcucheck.driver.settings import Settings
from srcucheck.ir.system import State, System
from srcucheck.render.fold import fold
from srcucheck.render.jsonout import render as to_json
from srcucheck.render.mail import render
from srcucheck.render.row import Row
from srcucheck.render.rows import Rows
from srcucheck.render.story import tell
from srcucheck.render.words import brief
from tests.render.reports import MODELS, ROOT, model, report_of


def flat(text: str) -> str:
    """Without line breaks and margins."""
    return " ".join(text.split())


def mail_of(start: str) -> str:
    """The first picture of a model's mail."""
    return render(report_of(model(start))).partition("\nsrcucheck: ")[0]


def check(path: Path, **settings: object) -> Report:
    """A report with other settings."""
    return run([str(path)], Settings(jobs=1, **settings), Silent(), [], Interrupt())  # type: ignore[arg-type]


def runs(path: Path) -> Iterator[tuple[VariantReport, Trace, list[Row]]]:
    """Every failing run of a model, folded, with its rows."""
    for variant in report_of(path).files[0].variants:
        for judgement, asked in zip(variant.judgements, variant.system.checks, strict=True):
            verdict = judgement.verdict
            if isinstance(verdict, Fails) and verdict.trace is not None:
                trace = fold(variant.system, asked.question, verdict.trace)
                rows = Rows(tell(variant.system, trace), [asked.question]).rows()
                yield variant, trace, rows


# --- the three targets ------------------------------------------------------------------------


def test_a15_says_who_holds_what_since_when() -> None:
    mail = flat(mail_of("fence_wait_in_section"))
    assert (
        "ioctl[0] in dma_fence_wait(f, false), line 27, holds drm_unplug_srcu since "
        "drm_dev_enter(d, &idx), line 22; waits for rmmod or gpu[0]: job[0].signaled = false"
    ) in mail
    assert "gpu[0] could call dma_fence_signal(&job[0]), line 44, but hardware owes" in mail


def test_a15_marks_the_point_of_no_return() -> None:
    mail = mail_of("fence_wait_in_section")
    assert re.search(r"drm_dev_enter\(d, &idx\) = true +<- \(1\)\n", mail)
    assert "(1) from here on only gpu[0] can end it, and it owes nothing" in mail


def test_a15_waits_stand_where_waiting_begins() -> None:
    mail = mail_of("fence_wait_in_section")
    assert re.search(r"    dma_fence_wait\(f, false\)\n      \.\.\.waits\n +drm_dev_unplug", mail)


def test_h1_shows_values_and_every_call_in_one_row() -> None:
    mail = mail_of("nested_enter_same_idx")
    order = [
        "drm_dev_enter(d, &idx) = true, idx = 0", "drm_dev_unplug(&card0)", "d->unplugged = true",
        "s->idx = 1 ", "<- (1)", "foo_helper(d, &idx)", "drm_dev_enter(d, idx) = false, idx = 1",
        "drm_dev_exit(idx)", "...for ever",
    ]  # fmt: skip
    picture = mail.partition("-----\n")[2]
    places = [picture.index(text) for text in order]
    assert places == sorted(places)
    assert "drm_unplug_srcu.unlock[0] = 0, lock[0] = 1" in flat(mail)
    assert (
        "ioctl has ended; left drm_unplug_srcu.lock[0] = 1 in drm_dev_enter(d, &idx), line 39"
        in flat(mail)
    )


def test_e12_shows_who_armed_freed_and_allocated() -> None:
    mail = mail_of("flush_work_on_delayed_work")
    assert re.search(r"msecs_to_jiffies\(100\)\)\s+<- armed\n", mail)
    assert re.search(r"kfree\(fb_helper\) +<- freed\n", mail)
    assert "flush_work(&fb_helper->resume_work.work) = false" in mail
    assert "freed      by resume_then_remove in fbdev_client_unregister, line 36" in mail
    assert "allocated  in init, line 43" in mail
    assert "suspended" not in mail  # nobody reads it in this run


# --- order of effect --------------------------------------------------------------------------


def test_nothing_stands_behind_the_violation() -> None:
    """E1: control comes to the next statement in the step that reads freed memory."""
    mail = mail_of("vma_destroy_reads_vm")
    assert "gt = vma->vm->gt goes on\n  *** USE AFTER FREE ***" in mail
    assert "closed_vma" not in mail


def test_a_call_stands_where_it_takes_effect() -> None:
    """In the second step of its caller control comes to writel(), which writes much later."""
    mail = render(report_of(model("4_unplug")))
    assert mail.index("iounmap(&card0)") < mail.index("writel(d)")


@pytest.mark.parametrize("path", MODELS, ids=lambda p: str(p.stem))
def test_rows_come_in_order_of_effect(path: Path) -> None:
    for _, _, rows in runs(path):
        steps = [row.step for row in rows]
        assert steps == sorted(steps)


@pytest.mark.parametrize("path", MODELS, ids=lambda p: str(p.stem))
def test_a_row_is_no_statement_of_several_lines(path: Path) -> None:
    for _, _, rows in runs(path):
        assert not [row.text for row in rows if "{" in row.text and "= {" not in row.text]


# --- the point of no return -------------------------------------------------------------------


def reachable(system: System, start: State, unless: tuple[int, ...]) -> Iterator[State]:
    """All states that others can lead to, by the reference interpreter."""
    seen = {start}
    todo = [start]
    while todo:
        state = todo.pop()
        yield state
        for thread in range(len(system.threads)):
            if thread not in unless:
                for way in outcomes(system, state, thread):
                    if way.successor is not None and way.successor not in seen:
                        seen.add(way.successor)
                        todo.append(way.successor)


@pytest.mark.parametrize(
    ("name", "stuck"),
    [
        ("nested_enter_same_idx", "rmmod"),
        ("fence_wait_in_section", "rmmod"),
        ("missing_exit", "rmmod"),
        ("reset_calls_unplug", "remove"),
        ("second_kill", "exit_files"),
    ],
)
def test_the_mark_is_the_first_step_after_which_nothing_helps(name: str, stuck: str) -> None:
    """Of the folded run, judged without the engine: can the thread that hangs still end?"""
    variant, trace, rows = next(runs(model(name)))
    system = variant.system
    (thread,) = [t for t in system.threads if t.name == stuck]

    def ends(state: State) -> bool:
        return any(
            thread.locations[s[thread.pc]].rest == "ended"
            for s in reachable(system, state, trace.unless)
        )

    point = trace.point_of_no_return
    assert point is not None
    before = trace.steps[point - 1].after if point else trace.first
    assert ends(before)
    assert not ends(trace.steps[point].after)
    assert sum("(1)" in row.note for row in rows) == 1


@pytest.mark.parametrize("path", MODELS, ids=lambda p: str(p.stem))
def test_the_mark_and_its_sentence_come_together(path: Path) -> None:
    for picture in render(report_of(path)).split("\nsrcucheck: "):
        assert picture.count("<- (1)") + picture.count(", (1)") == picture.count("(1) from here on")


# --- other places -----------------------------------------------------------------------------


def test_memory_has_its_call_stack() -> None:
    mail = flat(render(report_of(model("commit_outlives_device"))))
    assert "used by worker commit_work in drm_dev_enter, line 56 of specs/drm.srcu: reads" in mail
    assert "freed by remove in drm_dev_release <- kref_put <- drm_dev_put, line" in mail
    assert "use after free of struct drm_device" in mail


def test_specs_of_a_folder_are_specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their paths do not begin with specs/; they are still not the model's own text."""
    shutil.copytree(ROOT / "specs", tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    report = check(
        model("commit_outlives_device"),
        spec_folders=(Path("mine"),),
        definitions=(("STATE_HOLDS_DEV", "false"),),
    )
    mail = flat(render(report))
    assert "in drm_dev_enter, line 56 of mine/drm.srcu: reads unplugged" in mail
    assert "-D STATE_HOLDS_DEV=false --specs mine" in mail.replace("\\ ", "")
    first = json.loads(to_json(report))["files"][0]["variants"][0]["properties"]
    steps = [s for p in first for t in p["traces"] for s in t["steps"]]
    assert [s for s in steps if s["file"] == str(model("commit_outlives_device"))]


def test_to_reproduce_repeats_what_was_chosen() -> None:
    report = check(
        model("fence_wait_in_section"),
        definitions=(("IOCTLS", "1"), ("WAIT", "uninterruptible")),
        substitutes=(("srcu", "srcu_counters"),),
    )
    command = flat(render(report)).replace("\\ ", "").partition("To reproduce: ")[2]
    assert "-D WAIT=uninterruptible -D IOCTLS=1 -S srcu=srcu_counters # model" in command
    assert "IOCTLS" not in flat(mail_of("fence_wait_in_section")).partition("To reproduce: ")[2]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("if (d->unplugged) { return false; // no\n}", "if (d->unplugged)"),
        ("while (s->a != f(1)) // first\n\tcpu_relax();", "while (s->a != f(1))"),
        ("x = 1;", "x = 1"),
    ],
)
def test_brief(text: str, told: str) -> None:
    assert brief(text) == told


def test_python_knows_no_primitive_by_name() -> None:
    names = re.compile(r"drm_|dma_|fence|mutex|synchronize|srcu_|kref|kfree|kzalloc|_work\b")
    for package in (srcucheck.render, srcucheck.explicit):
        for path in Path(str(package.__file__)).parent.glob("*.py"):
            code = re.sub(r'"""[\s\S]*?"""|#.*', "", path.read_text())
            assert not names.search(code), path


def test_the_object_that_is_used_is_named_not_the_one_freed_after_it(tmp_path: Path) -> None:
    path = tmp_path / "two.srcu"
    path.write_text(
        """struct thing {
	int x;
};
struct thing *a, *b;
init {
	a = kzalloc(struct thing);
	b = kzalloc(struct thing);
}
thread t {
	struct thing *p = a;
	kfree(p);
	atomic {
		p->x = 1;
		kfree(b);
	}
}
"""
    )
    mail = render(report_of(path))
    assert "freed      by t, line 11\n  allocated  in init, line 6\n" in mail
