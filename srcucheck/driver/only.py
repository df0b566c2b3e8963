# SPDX-License-Identifier: MIT
"""``--property``: a system with some of its checks only."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from srcucheck.base.diagnostic import Diagnostic, ModelError
from srcucheck.ir.system import System
from srcucheck.lang import tree
from srcucheck.lang.suggest import did_you_mean


def only(
    system: System, asked: Mapping[int, tree.Check], wanted: Sequence[str]
) -> tuple[System, dict[int, tree.Check]]:
    """The system with the checks of these names only.

    Raises:
        ModelError: there is no such check (E523).
    """
    names = [c.name for c in system.checks]
    found = []
    for missing in dict.fromkeys(p for p in wanted if p not in names):
        hint, fix = did_you_mean(missing, names)
        if not hint:
            hint = f" It has {', '.join(names)}."
        text = f"--property {missing}: the model has no check of this name.{hint}"
        found.append(Diagnostic("E523", text, None, (), fix))
    if found:
        raise ModelError(*found)
    places = [n for n, name in enumerate(names) if name in wanted]
    kept = replace(system, checks=tuple(system.checks[n] for n in places))
    return kept, {at: asked[n] for at, n in enumerate(places) if n in asked}
