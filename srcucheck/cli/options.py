# SPDX-License-Identifier: MIT
"""Options that several commands have."""

from collections.abc import Sequence

import click


def pairs(texts: Sequence[str], option: str) -> tuple[tuple[str, str], ...]:
    """NAME=VALUE, each name once."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name or not value:
            raise click.UsageError(f"{option} {text}: NAME=VALUE is wanted.")
        if name in found:
            raise click.UsageError(f"{option} {name} is given twice.")
        found[name] = value
    return tuple(found.items())
