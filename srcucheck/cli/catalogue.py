# SPDX-License-Identifier: MIT
"""``srcucheck catalogue``."""

from collections.abc import Sequence

import click

from srcucheck.base.diagnostic import ModelError
from srcucheck.cli.output import complain, say
from srcucheck.driver.cache import Cache, cache_folder
from srcucheck.driver.library import Library
from srcucheck.driver.offers import Offer, offer
from srcucheck.driver.outcome import BAD_MODEL, OK
from srcucheck.driver.patterns import Pattern, patterns
from srcucheck.lang.suggest import did_you_mean
from srcucheck.render.diagnostics import render


def run_catalogue(words: tuple[str, ...]) -> int:
    """Lists specs and patterns with their titles, what some specs offer, or what words find."""
    library = Library((), Cache(cache_folder()))
    specs, models = library.known(), patterns()
    names = [word for word in words if word in specs]
    others = [word for word in words if word not in specs]
    if others:
        models = [p for p in models if p.has(others)]
        if not models:
            hint, _ = did_you_mean(others[0], [*specs, *(p.stem for p in patterns())])
            said = " ".join(others)
            raise click.UsageError(f"There is no spec '{said}', and no pattern that has it.{hint}")
    try:
        found = [o for o in (offer(library, name) for name in names or specs) if o is not None]
    except ModelError as error:
        complain(render(error.diagnostics, {}))
        return BAD_MODEL
    if names:
        say("\n".join(_whole(o) for o in found))
    if not words:
        say("Specs: srcucheck catalogue SPEC says what one offers\n")
        say(_table([(o.name, _first(o)) for o in found]))
        say("\nPatterns: srcucheck init NAME --from PATTERN starts a model from one\n")
    if others or not words:
        say(_patterns(models))
    return OK


def _patterns(models: Sequence[Pattern]) -> str:
    return _table([(p.name, f"{p.title} [{', '.join(p.rows)}]") for p in models])


def _table(rows: Sequence[tuple[str, str]]) -> str:
    width = max(len(name) for name, _ in rows)
    return "".join(f"  {name:{width}}  {text}\n" for name, text in rows)


def _first(one: Offer) -> str:
    return one.title.splitlines()[0] if one.title else ""


def _whole(one: Offer) -> str:
    head = [f"{one.name}: {_first(one)}"]
    if one.uses:
        head.append(f"  use {', '.join(one.uses)};")
    return "\n".join([*head, *(f"  {line}" for line in one.lines)]) + "\n"
