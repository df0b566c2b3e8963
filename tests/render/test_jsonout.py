# SPDX-License-Identifier: MIT
"""The JSON format: valid by its own schema, and nothing left out."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import srcucheck.render
from srcucheck.check.verdict import Fails, word
from srcucheck.render.jsonout import render
from tests.render.reports import MODELS, model, report_of

SCHEMA = json.loads((Path(srcucheck.render.__file__).parent / "schema.json").read_text())


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", MODELS, ids=lambda p: str(p.stem))
def test_valid_and_complete(path: Path) -> None:
    report = report_of(path)
    found: dict[str, Any] = json.loads(render(report))
    jsonschema.validate(found, SCHEMA)
    for variant, shown in zip(report.files[0].variants, found["files"][0]["variants"], strict=True):
        assert shown["choices"] == dict(variant.values)
        assert shown["states"] == variant.figures.states
        for judgement, line in zip(variant.judgements, shown["properties"], strict=True):
            assert line["verdict"] == word(judgement.verdict)
            if isinstance(judgement.verdict, Fails) and judgement.verdict.trace is not None:
                trace = line["traces"][0]
                assert len(trace["steps"]) == len(trace["schedule"]["steps"])
                assert all(step["text"] for step in trace["steps"])


def test_a_hang_says_why_and_since_when() -> None:
    variant = json.loads(render(report_of(model("fence_wait_in_section"))))["files"][0]["variants"][
        0
    ]
    (trace,) = variant["properties"][0]["traces"]
    assert trace["point_of_no_return"] == {"step": 2, "unless": ["gpu[0]"]}
    links = {link["thread"]: link for link in trace["wait_for"]}
    assert links["ioctl[0]"]["values"] == [{"variable": "job[0].signaled", "value": 0}]
    (since,) = links["ioctl[0]"]["since"]
    assert (since["text"], since["line"], since["held"]) == ("drm_dev_enter(d, &idx)", 22, True)
    assert links["gpu[0]"]["could"]["text"] == "dma_fence_signal(&job[0])"


def test_a_mutated_report_is_refused() -> None:
    """The schema can fail."""
    found = json.loads(render(report_of(MODELS[0])))
    found["files"][0]["variants"][0]["properties"][0]["verdict"] = "probably"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(found, SCHEMA)


def test_a_bad_model_has_diagnostics(tmp_path: Path) -> None:
    path = tmp_path / "bad.srcu"
    path.write_text("thread t { x = 1; }")
    found = json.loads(render(report_of(path)))
    jsonschema.validate(found, SCHEMA)
    (one,) = found["files"][0]["diagnostics"]
    assert (one["code"][0], one["line"], one["column"]) == ("E", 1, 12)
