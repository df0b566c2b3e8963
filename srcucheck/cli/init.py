# SPDX-License-Identifier: MIT
"""``srcucheck init``."""

from pathlib import Path

import click

from srcucheck.base.diagnostic import ModelError
from srcucheck.cli.output import complain, say
from srcucheck.driver.library import SUFFIX
from srcucheck.driver.outcome import BAD_MODEL, OK
from srcucheck.driver.patterns import begin, called, patterns
from srcucheck.lang.suggest import did_you_mean
from srcucheck.render.diagnostics import render


def run_init(name: str, pattern: str) -> int:
    """Starts a model from a pattern; what is there already stays as it is."""
    path = Path(name if name.endswith(SUFFIX) else name + SUFFIX)
    if path.name == SUFFIX or not path.stem.isidentifier():
        raise click.UsageError(f"{name}: a model's name is a word, as of a function in C.")
    known = patterns()
    found = called(pattern, known)
    if not found:
        names = [*(p.stem for p in known), *(p.name for p in known)]
        hint, _ = did_you_mean(pattern, names)
        raise click.UsageError(
            f"There is no pattern '{pattern}'.{hint} `srcucheck catalogue WORD` searches them."
        )
    if len(found) > 1:
        names = [p.name for p in found]
        raise click.UsageError(f"'{pattern}' is {len(found)} patterns: {', '.join(names)}.")
    try:
        begin(path, str(path), found[0])
    except FileExistsError:
        raise click.UsageError(f"{path} is there already; it is left as it is.") from None
    except ModelError as error:
        complain(render(error.diagnostics, {}))
        return BAD_MODEL
    say(f"{path}: begun from {found[0].name}; next: srcucheck check {path}\n")
    return OK
