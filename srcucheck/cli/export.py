# SPDX-License-Identifier: MIT
"""``srcucheck export``."""

from pathlib import Path

import click

from srcucheck.base.diagnostic import Diagnostic
from srcucheck.cli.check import pairs
from srcucheck.cli.output import complain, say
from srcucheck.driver.cache import Cache
from srcucheck.driver.exports import Language, export
from srcucheck.driver.guard import guarded
from srcucheck.driver.library import Library, exists
from srcucheck.driver.outcome import BAD_MODEL, INTERNAL, OK
from srcucheck.driver.settings import Settings
from srcucheck.render.diagnostics import render


def run_export(
    model: str,
    language: Language,
    define: tuple[str, ...],
    substitute: tuple[str, ...],
    specs: tuple[str, ...],
    checks: tuple[str, ...],
    output: str | None,
    no_reductions: bool,
) -> int:
    """Writes the model, and gives the exit status."""
    if not exists(model):
        raise click.UsageError(f"{model}: there is no such file.")
    if Path(model).is_dir():
        raise click.UsageError(f"{model} is a folder: one model is exported at a time.")
    for folder in specs:
        if not Path(folder).is_dir():
            raise click.UsageError(f"--specs {folder}: there is no such folder.")
    settings = Settings(
        definitions=pairs(define, "-D"),
        substitutes=pairs(substitute, "-S"),
        spec_folders=tuple(Path(s) for s in specs),
        reductions=not no_reductions,
    )
    found = guarded(model, lambda: export(Path(model), model, settings, language, checks))
    if isinstance(found, tuple):
        return _refused(found, settings, model)
    if output is None:
        say(found)
        return OK
    try:
        Path(output).write_text(found, encoding="ascii", errors="replace")
    except OSError as error:
        raise click.UsageError(
            f"--output {output}: {error.strerror or 'cannot be written'}."
        ) from None
    return OK


def _refused(found: tuple[Diagnostic, ...], settings: Settings, model: str) -> int:
    texts = Library(settings.spec_folders, Cache(None)).texts(Path(model), model)
    complain(render(found, texts))
    return INTERNAL if any(d.code == "E529" for d in found) else BAD_MODEL
