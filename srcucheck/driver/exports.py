# SPDX-License-Identifier: MIT
"""A variant of a model, in the language of another checker."""

import re
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Literal, assert_never, get_args

from srcucheck.base.diagnostic import Diagnostic, ModelError
from srcucheck.driver.cache import Cache, cache_folder
from srcucheck.driver.library import Library
from srcucheck.driver.settings import Settings
from srcucheck.driver.stages import Model, load_model
from srcucheck.ir.system import Check, Invariant, Reachable, Reported, System
from srcucheck.lang.constant import Value
from srcucheck.lang.suggest import did_you_mean
from srcucheck.render.export.liveness import LIVENESS, NotWritten
from srcucheck.render.export.murphi import murphi
from srcucheck.render.export.names import TooWide
from srcucheck.render.export.promela import promela
from srcucheck.render.export.tla import tla

Language = Literal["murphi", "promela", "tla", "smt2"]
LANGUAGES: tuple[str, ...] = get_args(Language)


def export(
    path: Path, name: str, settings: Settings, language: Language, checks: Sequence[str]
) -> str:
    """The text of one variant, with the checks that it is to judge, by name.

    Raises:
        ModelError: something is wrong with the model; it has several variants (E540); the check is
            none, or none that the other language is given (E541).
    """
    library = Library(settings.spec_folders, Cache(cache_folder()))
    model = Model(library, load_model(library, path, name), settings)
    found = list(islice(model.variants(), 2))
    if len(found) > 1:
        names = [n for n in found[0] if found[0][n] != found[1].get(n)]
        message = f"{name} has several variants: say which with -D, {names[-1]} for one."
        raise ModelError(Diagnostic("E540", message, None))
    lowered = model.lowered(found[0])
    asked = [_asked(lowered.system, check, language) for check in checks]
    try:
        title = _title(name, found[0], asked)
        return _written(lowered.system, asked, language, title, _module(name))
    except TooWide as wide:
        message = f"{wide} has more members than an int of {language} has bits."
        raise ModelError(Diagnostic("E541", message, None)) from None
    except NotWritten as why:
        raise ModelError(Diagnostic("E541", f"Not for {language}: {why}.", None)) from None


def _written(
    system: System, checks: Sequence[Check], language: Language, title: str, module: str
) -> str:
    match language:
        case "murphi":
            return murphi(system, checks, title)
        case "promela":
            return promela(system, checks, title)
        case "tla":
            return tla(system, checks, title, module)
        case "smt2":
            return _horn(system, checks, title)
        case _:
            assert_never(language)


def _horn(system: System, checks: Sequence[Check], title: str) -> str:
    from srcucheck.symbolic.flat import Refused
    from srcucheck.symbolic.horn import horn

    if len(checks) != 1:
        raise NotWritten("a file asks one question, name it with --property")
    try:
        return horn(system, checks[0], title)
    except Refused as why:
        raise NotWritten(str(why)) from None


def _asked(system: System, name: str, language: Language) -> Check:
    known = {check.name: check for check in system.checks}
    if name not in known:
        hint, fix = did_you_mean(name, known)
        message = f"--property {name}: the model has no check of this name.{hint}"
        raise ModelError(Diagnostic("E541", message, None, (), fix))
    check = known[name]
    if language == "smt2":
        return check
    lasting = language != "murphi" and isinstance(check.question, LIVENESS)
    if not (lasting or isinstance(check.question, Reported | Invariant | Reachable)):
        if isinstance(check.question, LIVENESS):
            message = f"--property {name} speaks of endless runs: murphi is not told of those."
        else:
            message = f"--property {name}: only what one state or one step shows can be exported."
        raise ModelError(Diagnostic("E541", message, None))
    return check


def _title(name: str, chosen: dict[str, Value], checks: Sequence[Check]) -> str:
    values = "".join(f", {key}={value}" for key, value in chosen.items())
    judged = "".join(f"; {check.name}: {check.text}" for check in checks)
    return f"{name}{values}{judged}. Written by srcucheck export."


def _module(name: str) -> str:
    """The file's name without its ending, as a name."""
    plain = re.sub(r"\W", "_", Path(name).stem, flags=re.ASCII)
    return plain if plain[:1].isalpha() else f"model_{plain}"
