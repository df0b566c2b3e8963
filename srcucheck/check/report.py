# SPDX-License-Identifier: MIT
"""What a run of the tool found: the value that every renderer reads."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from srcucheck.base.diagnostic import Diagnostic
from srcucheck.base.source import SourceFile
from srcucheck.base.span import Span
from srcucheck.check.verdict import Unknown, Verdict
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
    number: int | None = None
    """Judged for any number of cells: the number that the runs of the verdict have."""
    for_any: str | None = None
    """The param of which every number was judged, if that was asked of this check."""


@dataclass(frozen=True, slots=True)
class AnyNumber:
    """That a variant was judged for every number of cells, and how.

    ``pairs`` is the size of the closed set of views, 0 if there is none; ``for_ever``: replicated
    threads begin anew; ``instances`` are the numbers that were run in full.
    """

    param: str
    pairs: int
    for_ever: bool
    instances: tuple[int, ...]
    systems: Mapping[int, System]
    """The instance of each number that some run has."""


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
    any_number: AnyNumber | None = None
    """For every number of cells, not the one that ``params`` has: then it has none."""

    def instances(self) -> tuple["VariantReport", ...]:
        """The variant once for each number of cells that its runs have, with these runs only."""
        found = self.any_number
        if found is None:
            return (self,)
        parts = []
        for number in sorted({None if j.number is None else j.number for j in self.judgements},
                             key=lambda n: -1 if n is None else n):  # fmt: skip
            shown = tuple(
                j if j.number == number else replace(j, verdict=Unknown("shown elsewhere"))
                for j in self.judgements
            )
            if number is None:
                parts.append(replace(self, judgements=shown))
                continue
            params = {**self.params, found.param: str(number)}
            options = tuple(o for o in self.options if not o.startswith(f"-D {found.param}="))
            options = (*options, f"-D {found.param}={number}")
            system = found.systems[number]
            own = {c.name: c for c in system.checks}
            checks = tuple(own.get(c.name, c) for c in self.system.checks)
            system = replace(system, checks=checks)
            parts.append(
                replace(self, system=system, params=params, options=options, judgements=shown)
            )
        return tuple(parts)


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
