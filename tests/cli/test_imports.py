# SPDX-License-Identifier: MIT
"""What is not needed is not imported: a cold start is mostly imports."""

import json
import subprocess
import sys

import pytest

from tests.cli.conftest import ROOT

HEAVY = {"lark", "rich", "z3", "multiprocessing", "concurrent.futures", "jsonschema", "asyncio"}
FLOORS = {
    f"srcucheck.{floor}"
    for floor in ("lang", "ir", "lower", "check", "explicit", "render", "driver")
}


def imported(program: str) -> set[str]:
    """Modules that are there when the program has run, twice so that caches are warm."""
    program += "\nimport json, sys\nprint(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
        )
    return set(json.loads(done.stderr))


def test_the_command_line_alone_imports_nothing_heavy() -> None:
    assert not imported("import srcucheck.cli.main") & (HEAVY | FLOORS)


@pytest.mark.parametrize("style", ["text", "mail", "json"])
def test_a_check_with_a_warm_cache_imports_neither_parser_nor_progress(style: str) -> None:
    path = "models/lifetime/flush_work_on_delayed_work.srcu"
    program = f"""
import sys
from srcucheck.cli.main import cli
try:
    cli.main(["check", "-j1", "{path}", "--format", "{style}"], standalone_mode=False)
except SystemExit as done:
    assert done.code == 0
"""
    found = imported(program)
    assert not found & HEAVY
    assert "srcucheck.lang.parser" not in found
    assert "srcucheck.lang.fmt" not in found
