# SPDX-License-Identifier: MIT
"""Runs of shipped models, and tables of what they found."""

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from srcucheck.base.budget import Silent
from srcucheck.check.report import FileReport, VariantReport
from srcucheck.check.verdict import Holds, word
from srcucheck.driver.jobs import Interrupt, run
from srcucheck.driver.settings import Settings

ROOT = Path(__file__).parents[2]
TEXTS = Path(__file__).with_name("texts")
"""What is said around the tables."""


@cache
def report(name: str, definitions: tuple[tuple[str, str], ...] = ()) -> FileReport:
    """One shipped model, judged in all its designs."""
    path = ROOT / "models" / f"{name}.srcu"
    settings = Settings(definitions=definitions, jobs=1, keep_systems=False)
    return run([str(path)], settings, Silent(), [], Interrupt()).files[0]


def verdict(variant: VariantReport, check: str) -> str:
    """What a check came to."""
    return next(word(j.verdict) for j in variant.judgements if j.name == check)


def all_hold(variant: VariantReport, checks: Iterable[str]) -> bool:
    """Whether every one of these holds."""
    found = {j.name: j.verdict for j in variant.judgements}
    return all(isinstance(found[check], Holds) for check in checks)


def asked(variant: VariantReport) -> list[str]:
    """The checks that forbid something; those that ask for a run to show are not among them."""
    return [
        j.name for j in variant.judgements if not j.standing and not j.text.startswith("reachable(")
    ]


def design(variant: VariantReport) -> str:
    """Its choices, as ``-D`` takes them."""
    return " ".join(f"{k}={v}" for k, v in variant.values.items()) or "as it is"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """In Markdown."""
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, *rows)]
    lines.insert(1, "|" + "---|" * len(head))
    return "\n".join(lines) + "\n"
