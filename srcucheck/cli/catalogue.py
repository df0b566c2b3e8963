# SPDX-License-Identifier: MIT
"""``srcucheck catalogue``."""

import click

from srcucheck.base.diagnostic import ModelError
from srcucheck.cli.output import complain, say
from srcucheck.driver.cache import Cache, cache_folder
from srcucheck.driver.library import Library
from srcucheck.driver.offers import Offer, offer
from srcucheck.driver.outcome import BAD_MODEL, OK
from srcucheck.lang.suggest import did_you_mean
from srcucheck.render.diagnostics import render


def run_catalogue(names: tuple[str, ...]) -> int:
    """Lists specs with their titles, or what some of them offer."""
    library = Library((), Cache(cache_folder()))
    known = library.known()
    for name in names:
        if name not in known:
            hint, _ = did_you_mean(name, known)
            raise click.UsageError(f"There is no spec '{name}'.{hint}")
    try:
        found = [o for o in (offer(library, name) for name in names or known) if o is not None]
    except ModelError as error:
        complain(render(error.diagnostics, {}))
        return BAD_MODEL
    if names:
        say("\n".join(_whole(o) for o in found))
    else:
        width = max(len(o.name) for o in found)
        say("".join(f"{o.name:{width}}  {_first(o)}\n" for o in found))
    return OK


def _first(one: Offer) -> str:
    return one.title.splitlines()[0] if one.title else ""


def _whole(one: Offer) -> str:
    head = [f"{one.name}: {_first(one)}"]
    if one.uses:
        head.append(f"  use {', '.join(one.uses)};")
    return "\n".join([*head, *(f"  {line}" for line in one.lines)]) + "\n"
