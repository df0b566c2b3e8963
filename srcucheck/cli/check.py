# SPDX-License-Identifier: MIT
"""``srcucheck check``."""

import gc
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import click

from srcucheck.base.budget import Budget, Listener
from srcucheck.check.report import Report
from srcucheck.cli.progress import Meter
from srcucheck.driver.jobs import Interrupt, run
from srcucheck.driver.outcome import of_report
from srcucheck.driver.settings import Settings


def run_check(
    paths: tuple[str, ...],
    define: tuple[str, ...],
    substitute: tuple[str, ...],
    specs: tuple[str, ...],
    properties: tuple[str, ...],
    timeout: float | None,
    max_states: int | None,
    max_memory: int | None,
    style: str,
    quiet: bool,
    jobs: int | None,
    no_reductions: bool,
) -> int:
    """Checks, prints, and gives the exit status."""
    for path in paths:
        if not Path(path).exists():
            raise click.UsageError(f"{path}: there is no such file or folder.")
    for folder in specs:
        if not Path(folder).is_dir():
            raise click.UsageError(f"--specs {folder}: there is no such folder.")
    many = len(paths) > 1 or Path(paths[0]).is_dir()
    settings = Settings(
        definitions=_pairs(define, "-D"),
        substitutes=_pairs(substitute, "-S"),
        spec_folders=tuple(Path(s) for s in specs),
        properties=properties,
        seconds=timeout,
        states=max_states,
        megabytes=max_memory,
        reductions=not no_reductions,
        jobs=jobs,
        keep_systems=style == "mail" or not many,
    )
    gc.freeze()
    gc.disable()  # a search makes millions of tuples and no cycles
    interrupt, budgets = Interrupt(), []
    _watch(interrupt, budgets)
    with Meter(sys.stderr) as meter:
        report = _run(paths, settings, meter, budgets, interrupt)
    sys.stdout.write(_rendered(report, style, quiet))
    sys.stdout.flush()
    return of_report(report)


def _run(
    paths: Sequence[str],
    settings: Settings,
    listener: Listener,
    budgets: list[Budget],
    interrupt: Interrupt,
) -> Report:
    return run(paths, settings, listener, budgets, interrupt)


def _pairs(texts: Sequence[str], option: str) -> tuple[tuple[str, str], ...]:
    pairs: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name or not value:
            raise click.UsageError(f"{option} {text}: NAME=VALUE is wanted.")
        if name in pairs:
            raise click.UsageError(f"{option} {name} is given twice.")
        pairs[name] = value
    return tuple(pairs.items())


def _watch(interrupt: Interrupt, budgets: list[Budget]) -> None:
    """The first Ctrl-C asks for figures so far, the second ends at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        if interrupt.seen or not budgets:
            interrupt.seen = True
            raise KeyboardInterrupt
        interrupt.seen = True
        for budget in budgets:
            budget.interrupted = True

    signal.signal(signal.SIGINT, stop)


def _rendered(report: Report, style: str, quiet: bool) -> str:
    match style:
        case "json":
            from srcucheck.render.jsonout import render as as_json

            return as_json(report)
        case "mail":
            from srcucheck.render.mail import render as as_mail

            return as_mail(report)
        case _:
            from srcucheck.render.text import render as as_text

            return as_text(report, quiet=quiet)
