# SPDX-License-Identifier: MIT
"""Every room of the package gets to the user; ``tests/cli/test_wheel.py`` builds the wheel."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_no_part_of_the_package_is_ignored() -> None:
    """`build/` in .gitignore once kept a room out of git, of every wheel, and of ruff."""
    inside = [p.relative_to(ROOT) for p in (ROOT / "srcucheck").rglob("*.py")]
    if not (ROOT / ".git").exists():
        pytest.skip("this is no checkout")
    done = subprocess.run(
        ["git", "check-ignore", "--no-index", "--stdin"],
        cwd=ROOT,
        input="\n".join(map(str, inside)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr  # 1: none is ignored


def test_every_room_is_a_package() -> None:
    """A folder without __init__ is seen by neither mypy's strictness nor import-linter."""
    folders = {path.parent for path in (ROOT / "srcucheck").rglob("*.py")}
    assert not [str(f) for f in folders if not (f / "__init__.py").is_file()]
