# SPDX-License-Identifier: MIT
"""The four verdicts, and how those of two engines are joined."""

from collections.abc import Set
from dataclasses import dataclass
from typing import assert_never

from srcucheck.check.trace import Trace
from srcucheck.ir.expr import Expr
from srcucheck.ir.system import State


@dataclass(frozen=True, slots=True)
class ClosedSet:
    """Certificate of the explicit engine: every reachable state.  Kept in memory, not written."""

    states: Set[State]


@dataclass(frozen=True, slots=True, eq=False)
class InductiveInvariant:
    """A formula over ``names`` (slots first) that no run leaves, and nothing bad is in it.

    With ``k`` > 1 it is a lemma: what is bad does not come within ``k`` steps, nor after ``k``
    steps without it on a path (``simple``: without a state twice) where the lemma holds.  With
    ``k`` 0 no state at all is bad.  Ranges of the slots are part of it, unsaid.
    """

    formula: Expr
    k: int
    names: tuple[str, ...]
    simple: bool = False


@dataclass(frozen=True, slots=True)
class SymbolicProof:
    """Certificate of a symbolic engine: for each thing that must not be reached an invariant.

    Each was checked by plain questions to a solver before it came here.
    """

    parts: tuple[InductiveInvariant, ...]


Certificate = ClosedSet | SymbolicProof


@dataclass(frozen=True, slots=True)
class Holds:
    """Proved.  ``witness`` is the run that shows a ``reachable`` goal, if that was asked.

    ``certificate`` is None where the witness alone is the proof, and in reports of runs that are
    over: nothing but memory is let go there, the engine door has looked at it before.
    """

    certificate: Certificate | None
    witness: Trace | None = None


@dataclass(frozen=True, slots=True)
class HoldsUpTo:
    """No violation in all runs that stay within the model's own bounds, which are ``bounds``."""

    bounds: tuple[str, ...]
    certificate: Certificate | None = None
    """None from an engine that explored all states."""


@dataclass(frozen=True, slots=True)
class Fails:
    """Refuted by a run that the reference interpreter has replayed.

    ``only_after``: the property whose report must come first, or None.  ``trace`` is None only
    for ``reachable``: no run does it, by a complete search.  ``more``: for a family, the traces of
    its other failing members.
    """

    trace: Trace | None
    only_after: str | None = None
    more: tuple[Trace, ...] = ()
    certificate: Certificate | None = None
    """For ``reachable``: the proof that no run does it; None from a complete search."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Neither.  ``why`` is a sentence; ``vacuous`` if nothing was there to judge.

    ``unjudged``: a budget ended before this question was looked at, whatever the search did.
    """

    why: str
    vacuous: bool = False
    unjudged: bool = False


Verdict = Holds | HoldsUpTo | Fails | Unknown


class Contradiction(Exception):
    """Two engines, or an engine and a replay, disagree: an internal error, never a verdict."""


def join(one: Verdict, two: Verdict) -> Verdict:
    """What two engines know together.

    Raises:
        Contradiction: one proves what the other refutes.
    """
    match one:
        case Unknown():
            return two
        case HoldsUpTo():
            match two:
                case Unknown():
                    return one
                case Holds() | HoldsUpTo() | Fails():
                    return two
                case _:
                    assert_never(two)
        case Holds():
            match two:
                case Fails():
                    raise Contradiction("one engine proves what another refutes")
                case Holds() | HoldsUpTo() | Unknown():
                    return one
                case _:
                    assert_never(two)
        case Fails():
            match two:
                case Holds():
                    raise Contradiction("one engine proves what another refutes")
                case HoldsUpTo() | Fails() | Unknown():
                    return one
                case _:
                    assert_never(two)
        case _:
            assert_never(one)


def word(verdict: Verdict) -> str:
    """The verdict as ``expect`` and JSON write it."""
    match verdict:
        case Holds():
            return "holds"
        case HoldsUpTo():
            return "holds_up_to"
        case Fails():
            return "fails"
        case Unknown():
            return "unknown"
        case _:
            assert_never(verdict)
