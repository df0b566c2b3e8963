# SPDX-License-Identifier: MIT
"""Reports of shipped models, made once per test process."""

from functools import cache
from pathlib import Path

from srcucheck.base.budget import Budget, Silent
from srcucheck.check.report import Report
from srcucheck.driver.jobs import Interrupt, run
from srcucheck.driver.settings import Settings

ROOT = Path(__file__).parents[2]
MODELS = sorted((ROOT / "models").rglob("*.srcu")) + sorted((ROOT / "examples").glob("*.srcu"))


@cache
def report_of(path: Path) -> Report:
    """What ``check`` finds for one file."""
    budgets: list[Budget] = []
    return run([str(path)], Settings(jobs=1), Silent(), budgets, Interrupt())


def model(start: str) -> Path:
    """The model whose name begins so."""
    return next(path for path in MODELS if path.name.startswith(start))
