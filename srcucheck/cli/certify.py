# SPDX-License-Identifier: MIT
"""``srcucheck certify``."""

import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import click

from srcucheck.base.budget import Progress, resident_megabytes
from srcucheck.base.diagnostic import ModelError
from srcucheck.cli.check import pairs
from srcucheck.cli.output import complain, say
from srcucheck.cli.progress import Meter
from srcucheck.driver.cache import Cache
from srcucheck.driver.certified import Certifier, Judged
from srcucheck.driver.library import Library, exists
from srcucheck.driver.outcome import BAD_MODEL, FAILED, OK
from srcucheck.driver.settings import Settings
from srcucheck.render.diagnostics import render

WIDTH = 100


def run_certify(
    certificate: str,
    model: str,
    define: tuple[str, ...],
    substitute: tuple[str, ...],
    specs: tuple[str, ...],
) -> int:
    """Accepts or refuses each claim of a certificate, or of those in a folder."""
    for path in (certificate, model):
        if not exists(path):
            raise click.UsageError(f"{path}: there is no such file.")
    for folder in specs:
        if not Path(folder).is_dir():
            raise click.UsageError(f"--specs {folder}: there is no such folder.")
    settings = Settings(pairs(define, "-D"), pairs(substitute, "-S"), tuple(Path(s) for s in specs))
    try:
        with Meter(sys.stderr) as meter:
            return _judge(Path(certificate), Path(model), model, settings, meter)
    except ModelError as error:
        complain(render(error.diagnostics, Library((), Cache(None)).texts(Path(model), model)))
        return BAD_MODEL


def _judge(path: Path, model: Path, name: str, settings: Settings, meter: Meter) -> int:
    certifier = Certifier(model, name, settings)
    began = time.monotonic()

    def told(done: int, total: int) -> None:
        seconds = time.monotonic() - began
        meter.progress(Progress(done, 0, 0, total - done, seconds, resident_megabytes()))

    files = certifier.files(path)
    if not files:
        say(f"{path}: REFUSED: this folder has no certificate of {name}\n")
    status, shown = OK if files else FAILED, set()
    for file in files:
        found = certifier.judge(file, told)
        say("\n".join(_lines(found)) + "\n")
        status = status if found.accepted else FAILED
        shown.add(found.variant if found.refused is None else None)
    missing = [name for name in certifier.variants() if name not in shown] if files else []
    if missing and path.is_dir():
        say("\n".join(_wrapped(f"no certificate of: {', '.join(missing)}")) + "\n")
    return status


def _lines(found: Judged) -> Iterator[str]:
    """A file: what is accepted of it, what is not, and what it says nothing about."""
    if found.refused is not None:
        yield f"{found.path}: REFUSED: {found.refused}"
        return
    said = "accepted" if found.accepted else "REFUSED"
    by = f"{found.states:,} states" if found.states else "an invariant"
    if found.for_any:
        by = f"for {found.for_any}: {found.states:,} pairs"
    yield f"{found.path}: {said}, {by}{found.variant and ', '}{found.variant}"
    shown: dict[str, list[str]] = {}
    for claim, why in found.claims:
        verdict = claim.verdict.replace("_", " ")
        if claim.bounds:
            verdict += f" ({'; '.join(claim.bounds)})"
        if why is None:
            shown.setdefault(verdict, []).append(claim.check)
        else:
            yield from _wrapped(f"REFUSED: {claim.check} {verdict}: {why}")
    for verdict, names in shown.items():
        yield from _wrapped(f"{verdict}: {', '.join(names)}")
    if found.unclaimed:
        yield from _wrapped(f"nothing is claimed of: {', '.join(found.unclaimed)}")
    yield from _wrapped(f"assuming: {'; '.join(found.assuming)}")


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="    ")
