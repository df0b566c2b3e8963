# SPDX-License-Identifier: MIT
"""What is shipped: a wheel that has all it needs, and runs away from the checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built with what is installed here, from a copy: nothing is left in the checkout."""
    source = tmp_path_factory.mktemp("source")
    files = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    for name in filter(None, files):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    target = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "-w", str(target), str(source)], check=True)
    (found,) = target.glob("*.whl")
    return found


def test_it_has_all_that_is_needed(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("specs", "models"):
        for path in (ROOT / folder).rglob("*.srcu"):
            assert f"srcucheck/data/{path.relative_to(ROOT)}" in names
    for path in (ROOT / "srcucheck").rglob("*"):
        if path.suffix in (".py", ".lark", ".json") and path.is_file():
            assert str(path.relative_to(ROOT)) in names
    tables = [n for n in names if n.endswith(".tables")]
    assert len(tables) == 1
    assert tables[0].startswith("srcucheck/lang/grammar-")
    assert not [n for n in names if n.startswith(("tests/", "docs/"))]


def test_it_runs_by_itself(wheel: Path, tmp_path: Path) -> None:
    """Unpacked elsewhere: the specs and tables inside are the ones that are used."""
    unpacked = tmp_path / "unpacked"
    zipfile.ZipFile(wheel).extractall(unpacked)
    model = unpacked / "srcucheck" / "data" / "models" / "fences" / "fence_wait_in_section.srcu"
    program = """
import sys
sys.path.insert(0, sys.argv.pop(1))
import srcucheck
from srcucheck.driver.library import shipped
from srcucheck.lang.build_tables import tables_path
assert srcucheck.__file__.startswith(sys.path[0])
assert str(shipped("specs")).startswith(sys.path[0])
assert str(tables_path()).startswith(sys.path[0]) and tables_path().exists()
from srcucheck.cli.main import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(unpacked), "check", str(model)],
        cwd=tmp_path,
        env=os.environ | {"XDG_CACHE_HOME": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "WAIT=uninterruptible" in done.stdout
