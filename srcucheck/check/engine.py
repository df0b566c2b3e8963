# SPDX-License-Identifier: MIT
"""The door: what an engine is given and what it may answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from srcucheck.base.budget import Budget, Listener
from srcucheck.check.certificate import Proofs
from srcucheck.check.report import Figures
from srcucheck.check.verdict import Verdict
from srcucheck.ir.system import System


@dataclass(frozen=True, slots=True)
class Answers:
    """Verdict of each check by its place in ``System.checks``, and the figures of the search.

    ``executed`` are the sites that some step passed, ``bounds`` the model's own bounds that were
    hit.  ``proofs`` is what a certificate needs, if somebody asked for one.
    """

    verdicts: Mapping[int, Verdict]
    figures: Figures
    executed: frozenset[int]
    bounds: tuple[str, ...]
    proofs: Proofs | None = None


class Engine(Protocol):
    """Judges the checks of a system."""

    @property
    def name(self) -> str:
        """As reports print it."""

    def judge(self, system: System, budget: Budget, listener: Listener) -> Answers:
        """A verdict for every check; what is not known is ``Unknown``, never left out."""
