# SPDX-License-Identifier: MIT
"""``--any`` and ``for any`` on the command line: what is printed, stored and replayed."""

import json
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from srcucheck.cli.main import cli

ROOT = Path(__file__).parents[2]
MODEL = """\
param N = 2;
choice HOW = good | bad;
set of task inside;
bool flag;

void work(void)
{
	atomic inside += current;
	if (HOW == bad)
		await (flag);
	atomic inside -= current;
}

user app[i : N] { work(); }
thread rest { f(); }
void f(void) { await (empty(inside)); }

check c: completes(rest.f)LINE;	expect fails when HOW == bad;
check two: never(ended(rest) && ended(app));
"""


def run(*arguments: str) -> str:
    """What a command prints; its exit status does not matter."""
    result = CliRunner().invoke(cli, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result
    return result.output


def model(tmp_path: Path, line: str = "") -> str:
    """A file with the model; ``line`` is added to its first check."""
    path = tmp_path / "model.srcu"
    path.write_text(MODEL.replace("LINE", line))
    return str(path)


def test_any_says_what_it_proved(tmp_path: Path) -> None:
    shown = run("check", model(tmp_path), "--any", "N", "-D", "HOW=good")
    assert "every finite N >= 0, each runs once: views: " in shown
    assert "for any N  [as expected]" in shown
    assert "bounds: N: every finite number from 0" in " ".join(shown.split())


def test_a_failure_has_its_number_and_replays(tmp_path: Path) -> None:
    path = model(tmp_path)
    out = run("check", path, "--any", "N", "-D", "HOW=bad", "--format", "json")
    found = json.loads(out)
    schema = json.loads(resources.files("srcucheck.render").joinpath("schema.json").read_text())
    jsonschema.validate(found, schema)
    (variant,) = found["files"][0]["variants"]
    assert variant["any_number"]["param"] == "N"
    assert "N" not in variant["params"]
    told = {p["name"]: p for p in variant["properties"]}
    assert (told["c"]["verdict"], told["c"]["number"], told["c"]["for_any"]) == ("fails", 1, "N")
    stored = tmp_path / "run.json"
    stored.write_text(out)
    assert "REFUSED" not in run("replay", str(stored), path)
    mail = run("check", path, "--any", "N", "-D", "HOW=bad", "--format", "mail")
    assert "-D N=1" in mail.replace("\\\n", "")


def test_for_any_of_one_check(tmp_path: Path) -> None:
    path = model(tmp_path, " for any N")
    shown = run("check", path, "-D", "HOW=good")
    assert "for any N: " in shown
    assert "N=2" in shown
    out = json.loads(run("check", path, "--format", "json"))
    for variant in out["files"][0]["variants"]:
        told = {p["name"]: p for p in variant["properties"]}
        assert told["c"]["for_any"] == "N"
        assert told["two"]["for_any"] is None
        assert told["c"]["as_expected"]


@pytest.mark.parametrize("words", [("--any", "M"), ("--any", "N", "--engine", "pdr")])
def test_what_is_refused(tmp_path: Path, words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(cli, ["check", model(tmp_path), *words])
    assert result.exit_code in (64, 65, 2)
    assert not (tmp_path / "x.cert").exists()


def test_a_budget_makes_it_unknown() -> None:
    (found,) = (ROOT / "models").rglob("fence_wait_in_section.srcu")
    path = str(found)
    shown = run("check", path, "--any", "IOCTLS", "-D", "WAIT=outside", "--max-states", "40")
    assert "unknown" in shown
    assert "for any IOCTLS" not in shown.partition("Assuming")[0].replace("for any IOCTLS: ", "")
