# SPDX-License-Identifier: MIT
"""``srcucheck fmt``."""

import os
import tempfile
from pathlib import Path

import click

from srcucheck.base.diagnostic import Diagnostic, ModelError
from srcucheck.check.report import FileReport
from srcucheck.cli.output import complain, say
from srcucheck.driver.cache import Cache
from srcucheck.driver.jobs import inputs
from srcucheck.driver.library import Library, exists
from srcucheck.driver.outcome import BAD_MODEL, FAILED, worst
from srcucheck.lang.fmt import format_file
from srcucheck.render.diagnostics import render


def run_fmt(paths: tuple[str, ...], only_check: bool) -> int:
    """Formats files in place; a file with errors is left as it is."""
    for text in paths:
        if not exists(text):
            raise click.UsageError(f"{text}: there is no such file or folder.")
    codes: list[int] = []
    library = Library((), Cache(None))
    for one in inputs(paths):
        if isinstance(one, FileReport):
            complain(render(one.diagnostics, {}))
            codes.append(BAD_MODEL)
            continue
        try:
            if _one(library, one.path, one.name, only_check) and only_check:
                codes.append(FAILED)
        except ModelError as error:
            complain(render(error.diagnostics, library.texts(one.path, one.name)))
            codes.append(BAD_MODEL)
    return worst(codes)


def _one(library: Library, path: Path, name: str, only_check: bool) -> bool:
    """Whether the file changes, or would.

    Raises:
        ModelError: it does not parse, or cannot be read or written.
    """
    file, source = library.file(path, name)
    wanted = format_file(file, source)
    if wanted.encode() == path.read_bytes():
        return False
    if not only_check:
        try:
            _replace(path, wanted)
        except OSError as error:
            message = f"{name}: {error.strerror or error}."
            raise ModelError(Diagnostic("E525", message, None)) from None
    say(f"{name}: {'would change' if only_check else 'formatted'}\n")
    return True


def _replace(path: Path, text: str) -> None:
    """All or nothing: what was there stays until the new text is safe."""
    real = Path(os.path.realpath(path))
    handle, temporary = tempfile.mkstemp(dir=real.parent, prefix=".fmt")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
            out.write(text)
        os.chmod(temporary, real.stat().st_mode)
        os.replace(temporary, real)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
