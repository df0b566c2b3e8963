# SPDX-License-Identifier: MIT
"""``srcucheck replay``."""

from pathlib import Path

import click

from srcucheck.base.diagnostic import Diagnostic, ModelError
from srcucheck.cli.output import complain, say
from srcucheck.driver.cache import Cache
from srcucheck.driver.library import Library, exists
from srcucheck.driver.outcome import BAD_MODEL, FAILED, OK
from srcucheck.driver.stored import read, replays
from srcucheck.render.diagnostics import render


def run_replay(trace: str, model: str, specs: tuple[str, ...]) -> int:
    """Accepts or refuses each trace that a JSON report has of a model."""
    for path in (trace, model):
        if not exists(path):
            raise click.UsageError(f"{path}: there is no such file.")
    for folder in specs:
        if not Path(folder).is_dir():
            raise click.UsageError(f"--specs {folder}: there is no such folder.")
    status = OK
    try:
        stored = read(_text(trace), trace, model)
        for one in replays(stored, Path(model), model, tuple(Path(s) for s in specs)):
            what = f"{one.stored.check} ({one.stored.property})"
            if one.stored.check == one.stored.property or not one.stored.property:
                what = one.stored.check
            said = "accepted" if one.refused is None else f"REFUSED: {one.refused}"
            say(f"{one.variant or model}: {what}: {said}\n")
            if one.refused is not None:
                status = FAILED
    except ModelError as error:
        texts = Library((), Cache(None)).texts(Path(model), model)
        complain(render(error.diagnostics, texts))
        return BAD_MODEL
    return status


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        message = f"{path}: {error.strerror or 'it cannot be read'}."
    except UnicodeDecodeError:
        message = f"{path} is not a text file."
    raise ModelError(Diagnostic("E527", message, None))
