# SPDX-License-Identifier: MIT
"""The command line, called in this process as the console script calls it."""

import gc
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from srcucheck.cli.main import main

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Result:
    """What a command left."""

    status: int
    out: str
    err: str


Tool = Callable[..., Result]


@pytest.fixture
def tool(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Tool:
    """``tool("check", path)``."""

    def call(*arguments: object) -> Result:
        monkeypatch.setattr(sys, "argv", ["srcucheck", *map(str, arguments)])
        with pytest.raises(SystemExit) as done:
            main()
        gc.enable()
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        code = done.value.code
        return Result(code if isinstance(code, int) else 0, out, err)

    return call


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model with one thread, of which all is well."""
    path = tmp_path / "model.srcu"
    path.write_text("bool x;\nthread t { x = true; }\ncheck c: reachable(x); expect holds;\n")
    return path


def command(*arguments: object) -> list[str]:
    """The command line of a process of its own."""
    return [sys.executable, "-m", "srcucheck", *map(str, arguments)]


def process(*arguments: object, **environment: str) -> Result:
    """A process of its own, in the root of the project."""
    done = subprocess.run(
        command(*arguments),
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return Result(done.returncode, done.stdout, done.stderr)
