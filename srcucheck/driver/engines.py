# SPDX-License-Identifier: MIT
"""Which engine judges, and what several of them know together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, assert_never

from srcucheck.base.budget import Budget, Listener
from srcucheck.check.door import accept
from srcucheck.check.engine import Answers, Engine
from srcucheck.check.replay import InternalError
from srcucheck.check.trace import Trace
from srcucheck.check.verdict import (
    Certificate,
    ClosedSet,
    Contradiction,
    Fails,
    Holds,
    HoldsUpTo,
    SymbolicProof,
    Unknown,
    Verdict,
    word,
)
from srcucheck.ir.system import Check, System

Name = Literal["explicit", "bmc", "induction", "pdr"]
NAMES: tuple[Name, ...] = ("explicit", "bmc", "induction", "pdr")

FOLDER = "srcucheck-contradiction"
"""Beside the working directory: what the engines said that contradict each other."""

PATIENCE = 5.0
"""Seconds for each goal of a symbolic engine that gives a second opinion."""


def engine(name: Name, *, proofs: bool = False, native: bool | None = None) -> Engine:
    """The engine of this name; Z3 is imported when one needs it.

    With ``proofs`` the explicit one makes what a certificate needs; ``native`` says whether it
    compiles.
    """
    match name:
        case "explicit":
            from srcucheck.explicit.engine import NATIVE, Explicit

            return Explicit(proofs=proofs, native=NATIVE[native])
        case "bmc" | "induction" | "pdr":
            from srcucheck.symbolic.engine import Symbolic

            return Symbolic(name)
        case _:
            assert_never(name)


def agreed(one: Verdict, two: Verdict) -> Verdict:
    """What two verdicts on one check say together: the first, unless only the second says it.

    Raises:
        Contradiction: they differ.  What is unknown agrees with all, what is vacuous with nothing
            that was proved or refuted.
    """
    if isinstance(one, Unknown) and not one.vacuous:
        return two
    if isinstance(two, Unknown) and not two.vacuous:
        return one
    if word(one) != word(two):
        raise Contradiction(f"one engine says {_said(one)}, another {_said(two)}")
    return one


def _said(verdict: Verdict) -> str:
    vacuous = isinstance(verdict, Unknown) and verdict.vacuous
    return "vacuous" if vacuous else word(verdict).replace("_", " ")


@dataclass(frozen=True, slots=True)
class Crossed:
    """Several engines, one after the other, the explicit one first; they have to agree."""

    engines: tuple[Engine, ...]
    folder: Path = Path(FOLDER)

    @property
    def name(self) -> str:
        """Of all of them."""
        return ", ".join(one.name for one in self.engines)

    def judge(self, system: System, budget: Budget, listener: Listener) -> Answers:
        """What they know together, with the figures of the first.

        Raises:
            InternalError: they contradict each other; what each said is in the folder.
        """
        first, *others = self.engines
        all_ = accept(system, first.judge(system, budget, listener))
        said = {first.name: all_}
        for one in others:
            answers = accept(system, one.judge(system, budget, listener))
            said[one.name] = answers
            together: dict[int, Verdict] = {}
            for place, check in enumerate(system.checks):
                try:
                    together[place] = agreed(all_.verdicts[place], answers.verdicts[place])
                except Contradiction as error:
                    kept = self.keep(check, {k: v.verdicts[place] for k, v in said.items()})
                    raise InternalError(f"{check.name}: {error}; see {kept}") from error
            all_ = replace(all_, verdicts=together)
        return all_

    def keep(self, check: Check, said: dict[str, Verdict]) -> Path:
        """Writes what each engine said of a check."""
        self.folder.mkdir(parents=True, exist_ok=True)
        plain = "".join(c if c.isalnum() or c in "-_" else "_" for c in check.name)
        for name, verdict in said.items():
            text = "\n".join(_artefact(check, verdict)) + "\n"
            (self.folder / f"{plain}.{name}.txt").write_text(text, encoding="utf-8")
        return self.folder


def second_opinions() -> Crossed:
    """The explicit engine and all symbolic ones."""
    from srcucheck.symbolic.engine import Symbolic
    from srcucheck.symbolic.judge import Way

    names: tuple[Way, ...] = ("bmc", "induction", "pdr")
    others = tuple(Symbolic(name, PATIENCE) for name in names)
    return Crossed((engine("explicit"), *others))


def _artefact(check: Check, verdict: Verdict) -> list[str]:
    """A verdict with all that it rests on."""
    lines = [f"{check.name}: {_said(verdict)}"]
    match verdict:
        case Holds(certificate, witness):
            return [*lines, *_certificate(certificate), *_runs([witness])]
        case HoldsUpTo(bounds, certificate):
            return [*lines, *(f"bound: {b}" for b in bounds), *_certificate(certificate)]
        case Fails(trace, _, more, certificate):
            return [*lines, *_certificate(certificate), *_runs([trace, *more])]
        case Unknown(why):
            return [*lines, why]
        case _:
            assert_never(verdict)


def _certificate(certificate: Certificate | None) -> list[str]:
    match certificate:
        case None:
            return []
        case ClosedSet(states):
            return [f"closed set of {len(states)} states", *(str(s) for s in sorted(states))]
        case SymbolicProof(parts):
            return [f"invariant over {one.names}, k={one.k}: {one.formula}" for one in parts]
        case _:
            assert_never(certificate)


def _runs(traces: Sequence[Trace | None]) -> list[str]:
    return [f"run: {one.schedule}" for one in traces if one is not None]
