# SPDX-License-Identifier: MIT
"""The mail format: what the standard asks for, on every run of every shipped model.

``SRCUCHECK_BLESS=1`` writes the expected mails anew; read the difference before you commit it.
"""

import os
import re
from collections import Counter
from pathlib import Path

import pytest

from srcucheck.check.replay import check_refutes, replay
from srcucheck.check.verdict import Fails
from srcucheck.render.fold import fold
from srcucheck.render.mail import render
from tests.render.reports import MODELS, model, report_of

EXPECTED = Path(__file__).parent / "expected"


def stable(mail: str) -> str:
    """Without what a change of the text's hash or of the version changes."""
    mail = re.sub(r"\S*/models/", "models/", mail)
    return re.sub(r"  To reproduce:.*?# model.*?\n", "  To reproduce: ...\n", mail, flags=re.DOTALL)


@pytest.mark.parametrize(
    "name",
    [
        "fence_wait_in_section",
        "missing_exit",
        "reset_calls_unplug",
        "second_kill",
        "flush_work_on_delayed_work",
        "nested_enter_same_idx",
    ],
)
def test_expected_mail(name: str) -> None:
    mail = stable(render(report_of(model(name))))
    path = EXPECTED / f"{name}.mail"
    if os.environ.get("SRCUCHECK_BLESS"):
        path.write_text(mail)
    assert mail == path.read_text()


@pytest.mark.parametrize("path", MODELS, ids=lambda p: str(p.stem))
def test_fit_to_be_pasted(path: Path) -> None:
    """ASCII, 75 columns, no tabs, no colour; quoted twice it still fits 80 columns."""
    mail = stable(render(report_of(path)))
    assert mail.isascii()
    for line in mail.splitlines():
        assert line.isprintable()
        assert len(line) <= 75, line
        assert line == line.rstrip()
        assert len("> > " + line) < 80


@pytest.mark.parametrize("path", MODELS, ids=lambda p: str(p.stem))
def test_folded_runs_are_runs(path: Path) -> None:
    """A folded run does the same steps in another order, replays, and refutes the same."""
    for variant in report_of(path).files[0].variants:
        for judgement, check in zip(variant.judgements, variant.system.checks, strict=True):
            verdict = judgement.verdict
            if not isinstance(verdict, Fails) or verdict.trace is None:
                continue
            for trace in (verdict.trace, *verdict.more):
                folded = fold(variant.system, check.question, trace)
                again = replay(variant.system, folded.schedule, folded.property)
                assert again.steps == folded.steps
                check_refutes(variant.system, check.question, folded)
                assert Counter(s.thread for s in folded.steps) == Counter(
                    s.thread for s in trace.steps
                )


@pytest.mark.parametrize("path", MODELS, ids=lambda p: str(p.stem))
def test_every_failure_is_told(path: Path) -> None:
    """Each refuted check is the headline of a run, or named under one; every hang is explained."""
    report = report_of(path)
    mail = render(report)
    for variant in report.files[0].variants:
        for judgement in variant.judgements:
            if isinstance(judgement.verdict, Fails):
                assert judgement.name in mail
    for picture in mail.split("\nsrcucheck: "):
        if "*** HANG ***" in picture:
            assert re.search(r"waits|goes round for ever", picture)
            assert re.search(r"Nobody owes a step|Every thread that owes", picture)


def test_a_hang_names_the_call_of_the_model() -> None:
    """Never the await inside a spec: B4's worker stands in drm_dev_unplug(), waits for itself."""
    mail = " ".join(render(report_of(model("reset_calls_unplug"))).split())
    assert (
        "worker reset_work in drm_dev_unplug(&card0), line 31, holds drm_unplug_srcu since "
        "drm_dev_enter(&card0, &idx), line 42; waits for itself"
    ) in mail


def test_results_and_out_parameters_stand_in_the_row() -> None:
    mail = render(report_of(model("nested_enter_same_idx")))
    assert "drm_dev_enter(d, &idx) = true, idx = 0" in mail
    assert "drm_dev_enter(d, idx) = false, idx = 1" in mail


def test_out_parameters_are_left_out_where_they_are_always_the_same() -> None:
    mail = render(report_of(model("fence_wait_in_section")))
    assert "drm_dev_enter(d, &idx) = true" in mail
    assert "idx = 0" not in mail
