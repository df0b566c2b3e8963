# SPDX-License-Identifier: MIT
"""``srcucheck check``."""

import gc
import math
import resource
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Literal

import click

from srcucheck.base.budget import Budget
from srcucheck.check.report import Report
from srcucheck.cli.output import complain, say
from srcucheck.cli.progress import Meter
from srcucheck.driver.jobs import Interrupt, run
from srcucheck.driver.library import exists
from srcucheck.driver.outcome import of_report, unwritten
from srcucheck.driver.settings import Settings

_MORE_THAN_THERE_IS = 1 << 40
"""Megabytes."""


def run_check(
    paths: tuple[str, ...],
    define: tuple[str, ...],
    substitute: tuple[str, ...],
    specs: tuple[str, ...],
    properties: tuple[str, ...],
    any_number: str | None,
    timeout: float | None,
    max_states: int | None,
    max_memory: int | None,
    style: str,
    quiet: bool,
    jobs: int | None,
    no_reductions: bool,
    native: bool | None,
    engine: Literal["explicit", "bmc", "induction", "pdr"],
    cross_check: bool,
    certificate: str | None,
    why: bool,
) -> int:
    """Checks, prints, and gives the exit status."""
    for path in paths:
        if not exists(path):
            raise click.UsageError(f"{path}: there is no such file or folder.")
    for folder in specs:
        if not Path(folder).is_dir():
            raise click.UsageError(f"--specs {folder}: there is no such folder.")
    if timeout is not None and math.isnan(timeout):
        raise click.UsageError("--timeout nan: that is no number of seconds.")
    if certificate is not None and (engine == "bmc" or cross_check):
        raise click.UsageError("--certificate: bmc proves nothing, and one file has one engine's.")
    if any_number is not None and why:
        raise click.UsageError("--why is for one number of each thread yet: leave out --any.")
    if any_number is not None and (engine != "explicit" or cross_check):
        raise click.UsageError("--any has its own engines: leave out --engine and --cross-check.")
    many = len(paths) > 1 or Path(paths[0]).is_dir()
    if many and certificate is not None and Path(certificate).is_file():
        raise click.UsageError(f"--certificate {certificate}: several models need a folder.")
    settings = Settings(
        definitions=pairs(define, "-D"),
        substitutes=pairs(substitute, "-S"),
        spec_folders=tuple(Path(s) for s in specs),
        properties=properties,
        seconds=timeout,
        states=max_states,
        megabytes=max_memory,
        reductions=not no_reductions,
        native=native,
        jobs=jobs,
        engine=engine,
        cross_check=cross_check,
        any_number=any_number,
        keep_systems=style == "mail" or not many,
        certificate=Path(certificate) if certificate is not None else None,
        why=why,
    )
    interrupt = Interrupt()
    budgets: list[Budget] = []
    with _no_collector(), _memory(max_memory), _watch(interrupt, budgets):
        with Meter(sys.stderr) as meter:
            report = run(paths, settings, meter, budgets, interrupt)
        _print(report, style, quiet)
    return of_report(report)


def pairs(texts: Sequence[str], option: str) -> tuple[tuple[str, str], ...]:
    """``NAME=VALUE`` as pairs.

    Raises:
        click.UsageError: one is something else, or a name comes twice.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name or not value:
            raise click.UsageError(f"{option} {text}: NAME=VALUE is wanted.")
        if name in found:
            raise click.UsageError(f"{option} {name} is given twice.")
        found[name] = value
    return tuple(found.items())


@contextmanager
def _watch(interrupt: Interrupt, budgets: Sequence[Budget]) -> Iterator[None]:
    """The first Ctrl-C asks for the figures so far, the second ends at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        if interrupt.seen:
            raise KeyboardInterrupt
        interrupt.seen = True
        for budget in budgets:
            budget.interrupt()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _no_collector() -> Iterator[None]:
    """A search makes millions of tuples and no cycles: looking for some takes a third of it."""
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


@contextmanager
def _memory(megabytes: int | None) -> Iterator[None]:
    """Makes the system refuse what the budget, which looks now and then, was too late to see."""
    if megabytes is None or megabytes > _MORE_THAN_THERE_IS:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = (megabytes * 2 + 512) << 20
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
    try:
        yield
    finally:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _print(report: Report, style: str, quiet: bool) -> None:
    """Findings to stdout, where tools may read them; what is wrong with models to stderr."""
    if report.interrupted:
        complain("srcucheck: interrupted: what was not judged is unknown or not listed\n")
    wrong = [f for f in report.files if f.diagnostics]
    if wrong:
        from srcucheck.render.diagnostics import render as as_compiler

        complain("\n".join(as_compiler(f.diagnostics, f.sources) for f in wrong))
    for path, why in unwritten(report):
        complain(f"srcucheck: no certificate of {path}: {why}\n")
    match style:
        case "json":
            from srcucheck.render.jsonout import render as as_json

            say(as_json(report))
        case "mail":
            from srcucheck.render.mail import render as as_mail

            say(as_mail(report))
        case _:
            from srcucheck.render.text import render as as_text

            say(as_text(report, quiet=quiet))
