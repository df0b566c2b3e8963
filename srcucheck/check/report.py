# SPDX-License-Identifier: MIT
"""What a run of the tool found: the value that every renderer reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from srcucheck.base.diagnostic import Diagnostic
from srcucheck.base.source import SourceFile
from srcucheck.base.span import Span
from srcucheck.check.verdict import Verdict
from srcucheck.ir.system import System


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one variant: what was explored, how long it took."""

    states: int
    transitions: int
    depth: int
    seconds: float
    bits: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Written:
    """The file that has the certificate of a verdict, as the user would name it."""

    path: str


@dataclass(frozen=True, slots=True)
class Unwritten:
    """A certificate was asked for, and there is none."""

    why: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """A check and its verdict.  ``expected`` is what the model's ``expect`` says, if it does.

    ``met`` is None where nothing was expected: then only a standing property that fails counts.
    ``certificate`` is None where nobody asked for one.
    """

    name: str
    text: str
    verdict: Verdict
    expected: Literal["holds", "fails", "holds_up_to", "unknown"] | None
    met: bool | None
    standing: bool
    span: Span
    certificate: Written | Unwritten | None = None


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Section 9 of the semantics, as sentences for people, in order."""

    fairness: tuple[str, ...]
    timeouts: str | None
    memory_model: str
    bounds: tuple[str, ...]
    """Params, pools, limits; those reached are marked ``reached: ...``."""
    threads: tuple[str, ...]
    """``ioctl: 2``."""
    specs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VariantReport:
    """One combination of choices, judged."""

    values: Mapping[str, str]
    """Choices of this variant, in order of declaration."""
    params: Mapping[str, str]
    system: System
    judgements: tuple[Judgement, ...]
    figures: Figures
    assumptions: Assumptions
    engine: str
    never_ran: tuple[Span, ...]
    """Statements of the model that no step of this variant executed."""
    reductions: bool = True
    """Whether accesses that nobody can tell apart share a step."""
    options: tuple[str, ...] = ()
    """What else the command line said that a second run would need: ``-S srcu=srcu_counters``."""
    certificate: Written | Unwritten | None = None
    """The file that has this variant's certificate, or why it could not be written."""


@dataclass(frozen=True, slots=True)
class FileReport:
    """One model: its variants, or the diagnostics that kept it from being checked."""

    path: str
    title: str
    digest: str
    """First 8 hex digits of the hash of all texts used."""
    variants: tuple[VariantReport, ...]
    diagnostics: tuple[Diagnostic, ...]
    never_ran: tuple[Span, ...]
    """Statements of the model that ran in no variant."""
    sources: Mapping[str, SourceFile]
    seconds: float


@dataclass(frozen=True, slots=True)
class Report:
    """A whole run."""

    files: tuple[FileReport, ...]
    interrupted: bool
    seconds: float
