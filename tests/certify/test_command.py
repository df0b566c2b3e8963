# SPDX-License-Identifier: MIT
"""``check --certificate`` and ``certify``, as they are called."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from srcucheck.base.budget import Progress
from srcucheck.cli.progress import Meter
from tests.cli.conftest import ROOT, Tool, model, process, tool

__all__ = ["model", "tool"]

POOL = """
struct n { bool x; };
pool struct n 1;
thread t { for (;;) { struct n *p = kzalloc(n); } }
bool y;
check fine: never(y);
"""
HANG = """
bool go;
thread t { await (go); }
hardware h { go = true; }
check c: completes(t);
check r: reachable(go);
"""


def test_one_variant_is_one_file(tool: Tool, model: Path, tmp_path: Path) -> None:
    path = tmp_path / "new" / "c.cert"
    model.write_text("bool x;\nthread t { x = true; }\ncheck c: never(x && !x);\n")
    found = tool("check", model, "--certificate", path)
    assert f"holds (certificate: {path})" in found.out
    assert found.status == 0
    found = tool("certify", path, model)
    assert found.out.startswith(f"{path}: accepted, 2 states\n  holds: c, no_use_after_free")
    assert (found.status, found.err) == (0, "")


def test_several_variants_are_a_folder(tool: Tool, tmp_path: Path) -> None:
    path, folder = ROOT / "examples" / "4_unplug.srcu", tmp_path / "c"
    found = tool("check", path, "--certificate", folder)
    assert f"[1] certificate: {folder}/4_unplug,SECTION=" in found.out
    assert len(list(folder.iterdir())) == found.out.count("certificate: ") == 3
    found = tool("certify", folder, path)
    assert found.out.count(": accepted, ") == 3
    assert found.status == 0
    one, other, _ = sorted(folder.iterdir())
    assert tool("certify", one, path).status == 0
    assert "no certificate of" not in found.out
    other.unlink()
    found = tool("certify", folder, path)
    assert f"  no certificate of: {other.stem.partition(',')[2]}\n" in found.out


def test_several_models_share_a_folder(tool: Tool, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "m.srcu").write_text(f"bool x;\ncheck {name}: never(x);\n")
    assert (
        tool("check", tmp_path / "a", tmp_path / "b", "--certificate", tmp_path / "c").status == 0
    )
    assert len(list((tmp_path / "c").iterdir())) == 2
    other = tool("certify", tmp_path / "c", tmp_path / "a" / "m.srcu")
    assert "the text of the model is another one" in other.out and other.status == 1
    assert other.out.count(": accepted") == 1


def test_in_processes_side_by_side(tmp_path: Path) -> None:
    folder = tmp_path / "c"
    found = process("check", "examples", "-j", "2", "--certificate", folder)
    assert found.status == 0, found.err
    assert len(list(folder.glob("*.cert"))) == len(list(folder.iterdir())) == 12


def test_mail_and_json(tool: Tool, tmp_path: Path) -> None:
    path, cert = tmp_path / "hang.srcu", tmp_path / "x.cert"
    path.write_text(HANG)
    found = tool("check", path, "--certificate", cert, "--format", "json")
    data = json.loads(found.out)
    schema = json.loads((ROOT / "srcucheck" / "render" / "schema.json").read_text())
    jsonschema.validate(data, schema)
    named = {p["name"]: p["certificate"] for p in data["files"][0]["variants"][0]["properties"]}
    assert named["c"] == named["r"] == str(cert)
    again = tool("certify", cert, path)
    assert "  fails: c, no_hang\n" in again.out
    assert "  holds: r" in again.out
    path.write_text("bool x;\ncheck c: never(x);\n")
    found = tool("check", path, "--certificate", cert, "--format", "mail")
    assert f"(certificate:{cert}):c" in "".join(found.out.split())


def test_up_to_a_bound(tool: Tool, tmp_path: Path) -> None:
    path, cert = tmp_path / "pool.srcu", tmp_path / "x.cert"
    path.write_text(POOL)
    found = tool("check", path, "--certificate", cert)
    assert found.status == 2
    assert f"(certificate: {cert}, so far)" in found.out
    again = tool("certify", cert, path)
    assert again.status == 0
    assert "  holds up to (" in again.out
    lines = [json.loads(line) for line in cert.read_text().splitlines()[:-1]]
    for claim in lines[0]["claims"]:
        if claim["verdict"] == "holds_up_to":
            claim.update(verdict="holds", bounds=[])
    from tests.certify.test_tampering import sealed

    cert.write_bytes(sealed(lines))
    again = tool("certify", cert, path)
    assert again.status == 1
    assert "REFUSED: fine holds: a bound of the model is reached" in again.out


def test_what_is_unknown_has_none(tool: Tool, tmp_path: Path) -> None:
    cert = tmp_path / "x.cert"
    path = ROOT / "models" / "fences" / "fence_wait_in_section.srcu"
    options = ("-D", "WAIT=outside", "--max-states", "50", "--certificate", cert)
    found = tool("check", path, *options)
    assert found.status == 3
    assert "(no certificate)" in found.out
    again = tool("certify", cert, path, "-D", "WAIT=outside")
    assert "  holds: unplug_meets_section" in again.out  # which a run has shown
    assert "nothing is claimed of: unplug_returns, waiters_return" in again.out


def test_the_options_are_those_of_the_check(tool: Tool, tmp_path: Path) -> None:
    cert = tmp_path / "x.cert"
    path = ROOT / "models" / "fences" / "fence_wait_in_section.srcu"
    options = ("-D", "WAIT=outside", "-D", "IOCTLS=1", "-S", "srcu=srcu_counters")
    assert tool("check", path, *options, "--certificate", cert).status == 0
    assert tool("certify", cert, path, *options).status == 0
    found = tool("certify", cert, path, *options[:4])
    assert found.status == 1
    assert "REFUSED: it is not about" in found.out
    assert "the text of srcu is another one" in found.out


def test_a_folder_without_one_is_no_proof(tool: Tool, model: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    found = tool("certify", tmp_path / "empty", model)
    assert found.status == 1
    assert "REFUSED: this folder has no certificate of" in found.out


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("nothing", "model.srcu"), 64, "nothing: there is no such file"),
        (("model.srcu", "nothing"), 64, "nothing: there is no such file"),
        (("model.srcu", "model.srcu", "--specs", "nowhere"), 64, "there is no such folder"),
        (("model.srcu", "model.srcu", "-D", "X"), 64, "NAME=VALUE is wanted"),
        (("model.srcu", "model.srcu"), 1, ""),
        (("model.srcu", "broken.srcu"), 65, "broken.srcu:1:"),
        (("/dev/null", "model.srcu"), 1, ""),
        (("/dev/zero", "model.srcu"), 1, ""),
    ],
)
def test_trouble(
    arguments: tuple[str, ...],
    status: int,
    said: str,
    tool: Tool,
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.srcu").write_text("thread {")
    found = tool("certify", *arguments)
    assert found.status == status
    assert said in found.err
    assert ("REFUSED" in found.out) == (status == 1)


def test_a_definition_that_is_none(tool: Tool, model: Path, tmp_path: Path) -> None:
    cert = tmp_path / "x.cert"
    tool("check", model, "--certificate", cert)
    found = tool("certify", cert, model, "-D", "NOBODY=1")
    assert found.status == 65
    assert "E520" in found.err


def test_where_it_cannot_be_written(tool: Tool, model: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    model.write_text("bool x;\ncheck c: never(x);\n")
    found = tool("check", model, "--certificate", tmp_path / "file" / "x.cert")
    assert found.status == 70
    assert "holds (no certificate written: " in found.out
    assert "no certificate of" in found.err
    found = tool("check", model, ROOT / "examples", "--certificate", tmp_path / "file")
    assert found.status == 64


def test_ctrl_c(tool: Tool, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cert = tmp_path / "x.cert"
    model.write_text("bool x;\ncheck c: never(x);\n")
    tool("check", model, "--certificate", cert)

    def interrupt(meter: Meter, progress: Progress) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(Meter, "progress", interrupt)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        found = tool("certify", cert, model)
    finally:
        signal.signal(signal.SIGINT, before)
    assert found.status == 130
    assert (found.out, found.err) == ("", "")


def test_progress(tool: Tool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cert = tmp_path / "x.cert"
    path = ROOT / "models" / "unplug" / "nested_enter_same_idx.srcu"
    tool("check", path, "--certificate", cert)
    told: list[Progress] = []
    monkeypatch.setattr(Meter, "progress", lambda meter, progress: told.append(progress))
    assert tool("certify", cert, path).status == 0
    assert sorted((p.states, p.frontier) for p in told) == [(0, 139), (0, 142)]


def test_neither_engine_nor_cache_has_a_part_in_it(tmp_path: Path) -> None:
    cert = tmp_path / "x.cert"
    assert process("check", "examples/4_unplug.srcu", "--certificate", cert).status == 0
    program = f"""
import sys
sys.argv = ["srcucheck", "certify", "{cert}", "examples/4_unplug.srcu"]
from srcucheck.cli.main import cli
try:
    cli.main(sys.argv[1:], standalone_mode=False)
except SystemExit as done:
    assert done.code == 0, done.code
else:
    raise AssertionError
print(*sorted(m for m in sys.modules if m.split(".")[0] in ("z3", "srcucheck")), file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT, env=os.environ | {"XDG_CACHE_HOME": str(tmp_path / "cache")},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    there = done.stderr.split()
    assert "srcucheck.certify.checker" in there and "srcucheck.lang.parser" in there
    engines = "srcucheck.explicit", "srcucheck.views", "srcucheck.symbolic", "z3"
    assert not [m for m in there if m.startswith(engines)]
    assert not list((tmp_path / "cache").rglob("*.tree"))


def test_the_room_is_small() -> None:
    """What has to be believed is to be read in one sitting."""
    room = sorted((ROOT / "srcucheck" / "certify").glob("*.py"))
    assert all(len(path.read_text().splitlines()) < 300 for path in room)
