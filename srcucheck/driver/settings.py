# SPDX-License-Identifier: MIT
"""What the user asked for on the command line."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class Settings:
    """Options of ``check``; all of them pass unchanged to worker processes."""

    definitions: tuple[tuple[str, str], ...] = ()
    """``-D`` as pairs (name, value)."""
    substitutes: tuple[tuple[str, str], ...] = ()
    """``-S`` as pairs (spec, other)."""
    spec_folders: tuple[Path, ...] = ()
    properties: tuple[str, ...] = ()
    seconds: float | None = None
    states: int | None = None
    megabytes: int | None = None
    reductions: bool = True
    native: bool | None = None
    """Whether compiled code explores; None: where a model is large."""
    jobs: int | None = None
    engine: Literal["explicit", "bmc", "induction", "pdr"] = "explicit"
    cross_check: bool = False
    """Whether all engines judge, and have to agree."""
    any_number: str | None = None
    """``--any``: the param of which every number is to be judged."""
    why: bool = False
    """``--why``: which assumptions each proof needs."""
    keep_systems: bool = True
    """Whether reports carry all of a system, as replaying a trace needs, or its names only."""
    certificate: Path | None = None
    """Where certificates go, if they were asked for: a file, or a folder for several."""
