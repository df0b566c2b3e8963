# SPDX-License-Identifier: MIT
"""When an engine did not come back: every check is unknown, with the figures last heard."""

from srcucheck.base.budget import Budget, Listener, Progress
from srcucheck.check.engine import Answers
from srcucheck.check.report import Figures
from srcucheck.check.verdict import Unknown
from srcucheck.ir.system import System


class LastSeen:
    """A listener that passes everything on and keeps the last figures."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self.last: Progress | None = None

    def progress(self, progress: Progress) -> None:
        """Called with the figures so far."""
        self.last = progress
        self._listener.progress(progress)


class Lost:
    """Stands in for an engine that died: answers unknown, and why."""

    name = "none"

    def __init__(self, why: str, last: Progress | None = None) -> None:
        self._why = why
        self._last = last

    def judge(self, system: System, budget: Budget, listener: Listener) -> Answers:
        """Unknown for every check."""
        del budget, listener
        last = self._last or Progress(0, 0, 0, 0, 0.0, 0)
        seen = (
            f": {last.states:,} states and {last.transitions:,} steps seen" if last.states else ""
        )
        verdict = Unknown(self._why + seen)
        figures = Figures(last.states, last.transitions, last.depth, last.seconds, 0, False)
        return Answers(dict.fromkeys(range(len(system.checks)), verdict), figures, frozenset(), ())
