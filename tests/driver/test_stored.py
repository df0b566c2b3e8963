# SPDX-License-Identifier: MIT
"""Stored traces: accepted if the model still does that, refused if one bit of them is wrong."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from srcucheck.base.budget import Silent
from srcucheck.base.diagnostic import ModelError
from srcucheck.driver.jobs import Interrupt, run
from srcucheck.driver.library import shipped
from srcucheck.driver.settings import Settings
from srcucheck.driver.stored import Replayed, read, replays
from srcucheck.render.jsonout import render

A15 = "fences/fence_wait_in_section"
KINDS = [
    A15,
    "unplug/nested_enter_same_idx",
    "module/early_success_leaks_globals",
    "lifetime/flush_work_on_delayed_work",
    "unplug/ioctl_scoping_policies",
]

Trace = dict[str, Any]


def stored(name: str, **settings: object) -> Any:
    made = Settings(**settings)  # type: ignore[arg-type]
    report = run([str(model(name))], made, Silent(), [], Interrupt())
    return json.loads(render(report))


def model(name: str) -> Path:
    return shipped("models") / f"{name}.srcu"


def again(data: Any, path: Path) -> list[Replayed]:
    found = read(json.dumps(data), "trace.json", str(path))
    return list(replays(found, path, str(path), ()))


def traces(data: Any) -> list[Trace]:
    return [
        t
        for v in data["files"][0]["variants"]
        for p in v["properties"]
        for t in p["traces"]
    ]  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_every_trace_is_accepted(name: str) -> None:
    data = stored(name)
    found = again(data, model(name))
    assert len(found) == len(traces(data)) > 0
    assert [one.refused for one in found] == [None] * len(found)


@pytest.mark.parametrize(
    "settings",
    [
        {"definitions": (("IOCTLS", "3"), ("WAIT", "interruptible"))},
        {"definitions": (("WAIT", "uninterruptible"),), "reductions": False},
        {
            "definitions": (("WAIT", "uninterruptible"),),
            "substitutes": (("srcu", "srcu_counters"),),
        },
        {"definitions": (("WAIT", "uninterruptible"), ("MMIO_IN_SECTION", "true"))},
        {"properties": ("unplug_returns",)},
    ],
)
def test_it_is_run_as_it_was_found(settings: dict[str, object]) -> None:
    found = again(stored(A15, **settings), model(A15))
    assert found
    assert all(one.refused is None for one in found)


def another_thread(trace: Trace) -> None:
    trace["steps"][0]["thread"] = "rmmod"


def another_change(trace: Trace) -> None:
    step = next(s for s in trace["steps"] if s["changed"])
    step["changed"][0]["after"] += 1


def one_step_less(trace: Trace) -> None:
    trace["schedule"]["steps"].pop()
    trace["steps"].pop()


def a_step_less_told(trace: Trace) -> None:
    trace["steps"].pop()


def no_such_choice(trace: Trace) -> None:
    trace["schedule"]["steps"][0][1] = 99


def no_such_thread(trace: Trace) -> None:
    trace["schedule"]["steps"][0][0] = 99


def another_culprit(trace: Trace) -> None:
    trace["culprits"] = ["delayed_fput"]


def a_cycle_that_is_none(trace: Trace) -> None:
    trace["schedule"]["cycle"] = 0


def no_cycle(trace: Trace) -> None:
    trace["schedule"]["cycle"] = None


@pytest.mark.parametrize(
    "harm",
    [
        another_thread,
        another_change,
        one_step_less,
        a_step_less_told,
        no_such_choice,
        no_such_thread,
        another_culprit,
        a_cycle_that_is_none,
        no_cycle,
    ],
)
def test_a_trace_with_one_thing_wrong_is_refused(harm: Callable[[Trace], None]) -> None:
    data = stored(A15, definitions=(("WAIT", "uninterruptible"),), properties=("unplug_returns",))
    (trace,) = traces(data)
    harm(trace)
    (found,) = again(data, model(A15))
    assert found.refused


def test_a_trace_of_another_design_is_refused(tmp_path: Path) -> None:
    data = stored(A15, definitions=(("WAIT", "uninterruptible"),))
    path = tmp_path / "mended.srcu"
    text = model(A15).read_text()
    mended = text.replace("if (WAIT == outside)", "if (WAIT == uninterruptible)", 1)
    mended = mended.replace("if (WAIT == uninterruptible)", "if (WAIT == outside)", 1)
    assert mended != text
    path.write_text(mended)
    found = {one.stored.check: one.refused for one in again(data, path)}
    assert found["unplug_returns"]


def test_a_check_that_is_gone(tmp_path: Path) -> None:
    data = stored(A15, properties=("unplug_returns",))
    path = tmp_path / "renamed.srcu"
    path.write_text(model(A15).read_text().replace("check unplug_returns:", "check returns:"))
    assert {one.refused for one in again(data, path)} == {"the model has no such check"}


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"files": 3}', '{"files": [{"path": "x"}]}', "null", "[" * 100_000],
)
def test_what_is_no_stored_trace(text: str) -> None:
    with pytest.raises(ModelError) as caught:
        read(text, "trace.json", "model.srcu")
    assert [d.code for d in caught.value.diagnostics] == ["E527"]


def test_a_run_without_a_trace_of_the_model() -> None:
    data = stored(A15, definitions=(("WAIT", "outside"),), properties=("no_hang",))
    with pytest.raises(ModelError, match="has no trace of"):
        again(data, model(A15))


@pytest.mark.parametrize(
    "choices", [{}, {"WAIT": "never"}, {"WEIGHT": "outside"}, {"STOP": "cancel_sync"}]
)
def test_traces_of_a_variant_that_there_is_not(choices: dict[str, str]) -> None:
    data = stored(A15, definitions=(("WAIT", "uninterruptible"),), properties=("no_hang",))
    data["files"][0]["variants"][0]["choices"] = choices
    with pytest.raises(ModelError, match="the traces are not its own") as caught:
        again(data, model(A15))
    assert [d.code for d in caught.value.diagnostics] == ["E527"]
