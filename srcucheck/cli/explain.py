# SPDX-License-Identifier: MIT
"""``srcucheck explain``."""

import click

from srcucheck.base.codes import catalogue
from srcucheck.cli.output import say
from srcucheck.lang.suggest import did_you_mean


def run_explain(code: str) -> int:
    """Prints what a code means."""
    codes = catalogue()
    found = codes.get(code.upper())
    if found is None:
        hint, _ = did_you_mean(code.upper(), list(codes))
        raise click.UsageError(f"There is no code {code}.{hint}")
    say(f"{found.code}: {found.title}\n\n{found.explanation.rstrip()}\n")
    return 0
