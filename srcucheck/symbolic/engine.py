# SPDX-License-Identifier: MIT
"""The symbolic engines behind the door: bounded search, k-induction, property-directed proofs.

What refutes is replayed; what proves is an invariant that was re-checked.  Whatever a solver does
not say is ``Unknown``, and so is what time did not suffice for.
"""

import time
from dataclasses import dataclass

from srcucheck.base.budget import Budget, Listener, Progress, Spent
from srcucheck.check.engine import Answers
from srcucheck.check.report import Figures
from srcucheck.check.verdict import Unknown, Verdict
from srcucheck.ir.system import System
from srcucheck.symbolic import bmc
from srcucheck.symbolic.flat import Refused
from srcucheck.symbolic.judge import Judge, Way
from srcucheck.symbolic.solve import Solver, Stuck


@dataclass(frozen=True, slots=True)
class Symbolic:
    """One of the symbolic engines.  ``seconds`` is the most for one goal."""

    name: Way
    seconds: float = 30.0
    deepest: int = bmc.DEEPEST

    def judge(self, system: System, budget: Budget, listener: Listener) -> Answers:
        """A verdict for every check.

        Raises:
            ModelError: a check reads a dead object.
            InternalError: a run does not replay, or leaves what was proved.
        """
        began = time.monotonic()
        verdicts: dict[int, Verdict] = {}
        judge: Judge | None = None
        stuck: str | None = None
        try:
            judge = Judge(self.name, self.deepest, system, Solver(budget, self.seconds))
        except Spent as error:
            stuck = f"steps could not be made formulas: {error}"
        except Refused as error:
            stuck = f"not for this engine: {error}"
        except RecursionError:
            stuck = "expressions nest too deeply for this engine"
        checks = list(enumerate(system.checks))
        if judge is not None:  # those that are settled together first: time may not do for all
            checks.sort(key=judge.alone)
        for done, (place, check) in enumerate(checks):
            if judge is None or stuck is not None:
                verdicts[place] = Unknown(stuck or "the solver was lost")
                continue
            late = budget.exceeded(0)
            if late is not None:
                verdicts[place] = Unknown(late)
                continue
            seconds = time.monotonic() - began
            listener.progress(Progress(done, 0, 0, len(checks) - done, seconds, 0))
            try:
                verdicts[place] = judge.verdict(place, check)
            except Stuck as error:
                stuck = f"the solver does not stop ({error})"
                verdicts[place] = Unknown(stuck)
            except Refused as error:
                verdicts[place] = Unknown(f"not for this engine: {error}")
            except RecursionError:
                verdicts[place] = Unknown("expressions nest too deeply for this engine")
        figures = Figures(0, 0, 0, time.monotonic() - began, 0, False)
        return Answers(verdicts, figures, frozenset(), ())
