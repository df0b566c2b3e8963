# SPDX-License-Identifier: MIT
"""What a model is at each stage: loaded, resolved, lowered.  Each is made from the one before."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from srcucheck.ir.system import System
from srcucheck.lang import tree
from srcucheck.lang.constant import Value
from srcucheck.lang.load import LoadedFile
from srcucheck.lang.program import Program


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model, parsed; ``bindings`` are choices that put a spec in another's place."""

    path: Path
    name: str
    file: LoadedFile
    bindings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Resolved:
    """A whole program, with the sources of all its files."""

    loaded: Loaded
    program: Program
    files: tuple[LoadedFile, ...]


@dataclass(frozen=True, slots=True)
class Lowered:
    """One variant as a transition system; ``asked`` maps a check's place to its line."""

    resolved: Resolved
    chosen: Mapping[str, Value]
    values: Mapping[str, Value]
    system: System
    asked: Mapping[int, tree.Check]
