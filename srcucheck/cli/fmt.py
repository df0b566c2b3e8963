# SPDX-License-Identifier: MIT
"""``srcucheck fmt``."""

import os
import sys
import tempfile
from pathlib import Path

import click

from srcucheck.base.diagnostic import ModelError
from srcucheck.driver.cache import Cache
from srcucheck.driver.library import SUFFIX, Library
from srcucheck.driver.outcome import BAD_MODEL, FAILED, OK
from srcucheck.lang.fmt import format_file
from srcucheck.render.diagnostics import render


def run_fmt(paths: tuple[str, ...], only_check: bool) -> int:
    """Formats files in place; a file with errors is left as it is."""
    status = OK
    for path in _files(paths):
        name = str(path)
        library = Library((), Cache(None))
        try:
            file, source = library.file(path, name)
        except ModelError as error:
            sys.stderr.write(render(error.diagnostics, library.texts(path, name)))
            status = BAD_MODEL
            continue
        wanted = format_file(file, source)
        if wanted == source.text:
            continue
        click.echo(f"{name}: {'would change' if only_check else 'formatted'}")
        if only_check:
            status = status or FAILED
        else:
            _replace(path, wanted)
    return status


def _files(paths: tuple[str, ...]) -> list[Path]:
    found: list[Path] = []
    for text in paths:
        path = Path(text)
        if not path.exists():
            raise click.UsageError(f"{text}: there is no such file or folder.")
        found += sorted(path.rglob("*" + SUFFIX)) if path.is_dir() else [path]
    return found


def _replace(path: Path, text: str) -> None:
    """All or nothing: what was there stays until the new text is safe."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=SUFFIX)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
        os.chmod(temporary, path.stat().st_mode)
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
