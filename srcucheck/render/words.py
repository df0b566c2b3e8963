# SPDX-License-Identifier: MIT
"""Values, variables and statements in the reader's words."""

import re

from srcucheck.ir.system import System

LIVE, DEAD = 1, 2
ENDED = 1
MEMORY = ("no_use_after", "no_double_free")
"""Properties that speak of an object that is gone."""


def value_of(system: System, slot: int, value: int) -> str:
    """A value as its variable's type has it."""
    kind = system.slots[slot]
    if kind.set_of:
        return "{" + ", ".join(n for k, n in enumerate(kind.set_of) if value >> k & 1) + "}"
    if kind.boolean:
        return "true" if value else "false"
    return kind.words.get(value, str(value))


def values(system: System, pairs: tuple[tuple[int, int], ...], most: int = 3) -> str:
    """``job[0].signaled = false``; members of one object name it once."""
    parts = []
    owner = ""
    shown = [p for p in pairs if system.slots[p[0]].kind not in ("life", "poison", "task")]
    for slot, value in shown[:most]:
        kind = system.slots[slot]
        same = kind.owner == owner != ""
        name = kind.name.removeprefix(f"{owner}.") if same else kind.name
        owner = kind.owner
        parts.append(f"{name} = {value_of(system, slot, value)}")
    return ", ".join(parts)


def brief(text: str) -> str:
    """A statement without the statements inside of it, and without comments."""
    first = re.sub(r"\s*//[^\n]*", "", text)
    head = re.match(r"(?:if|while|for|switch)\s*\(", first)
    if head:
        depth = 0
        for place in range(head.end() - 1, len(first)):
            depth += (first[place] == "(") - (first[place] == ")")
            if depth == 0:
                return " ".join(first[: place + 1].split())
    return " ".join(first.split()).rstrip(";")
