# SPDX-License-Identifier: MIT
"""Names and ranges that another language can take, for slots of a system."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from srcucheck.ir.system import Slot, System

UNBOUND = 1 << 17
"""Beyond what a plain int of a model can hold (16 bits, doubled for unsigned)."""


class TooWide(Exception):
    """A set of the system has more members than an int of the other language has bits."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A slot as a variable: its name and the least and greatest value it can have."""

    name: str
    low: int
    high: int


def variables(system: System) -> tuple[Variable, ...]:
    """One variable per slot, in order."""
    locations = {t.pc: t.locations for t in system.threads}
    taken: set[str] = set()
    found: list[Variable] = []
    for number, slot in enumerate(system.slots):
        name = distinct(slot.name, taken)
        if number in locations:
            found.append(Variable(name, 0, max(locations[number], default=0)))
        else:
            found.append(Variable(name, *_range(slot)))
    return tuple(found)


def _range(slot: Slot) -> tuple[int, int]:
    if slot.kind == "local":  # shared by locals of several types that never live together
        return -UNBOUND, UNBOUND
    if slot.boolean or slot.kind == "poison":
        return 0, 1
    if slot.kind == "life":
        return 0, 2
    if slot.set_of:
        return 0, (1 << len(slot.set_of)) - 1
    return -UNBOUND, UNBOUND


def distinct(text: str, taken: set[str]) -> str:
    """An identifier that reads like the text and is nobody else's."""
    plain = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_") or "x"
    if plain[0].isdigit():
        plain = f"x{plain}"
    name, number = f"{plain}_", 1
    while name.lower() in taken:
        number += 1
        name = f"{plain}_{number}_"
    taken.add(name.lower())
    return name


def one_line(text: str) -> str:
    """A comment or a string of the other language: no line ends, no quotes, no delimiters."""
    return re.sub(r"\s+", " ", text).replace('"', "'").replace("*/", "* /").replace("--", "- -")


def clusters(values: Iterable[int]) -> list[tuple[int, int]]:
    """Runs of neighbouring numbers, as (first, last)."""
    found: list[tuple[int, int]] = []
    for value in sorted(values):
        if found and found[-1][1] + 1 == value:
            found[-1] = found[-1][0], value
        else:
            found.append((value, value))
    return found
