# SPDX-License-Identifier: MIT
"""Any number of cells: the door to it, from a variant and from a ``check .. for any``."""

from collections.abc import Mapping
from dataclasses import replace

from srcucheck.base.budget import Budget
from srcucheck.base.diagnostic import Diagnostic, ModelError
from srcucheck.base.span import Span
from srcucheck.driver.instances import Outcome, Run, Task
from srcucheck.driver.settings import Settings
from srcucheck.ir.system import System
from srcucheck.lang.constant import Value, settle
from srcucheck.lang.program import Program
from srcucheck.lang.suggest import did_you_mean
from srcucheck.lower.lower import Options, lower


def outcome_for_any(
    param: str,
    program: Program,
    chosen: Mapping[str, Value],
    settings: Settings,
    budget: Budget,
    run: Run,
    only: frozenset[Span] | None = None,
    *,
    proofs: bool = False,
) -> Outcome:
    """One variant, for every value of one param; all checks, or those that stand here.

    Raises:
        ModelError: the model has no such param, or cannot be run.
    """
    if param not in program.params:
        hint, fix = did_you_mean(param, list(program.params))
        raise ModelError(
            Diagnostic("E520", f"--any {param}: the model has no param of this name.{hint}", None,
                       (), fix)
        )  # fmt: skip

    def instance(number: int, replicated: str) -> System:
        with budget.enforced():
            values = settle(program, {**chosen, param: number})
            system = lower(program, values, Options(settings.reductions, replicated))
        if only is None:
            return system
        kept = tuple(c for c in system.checks if c.span in only and not c.standing)
        return replace(system, checks=kept)

    return Task(param, program, instance, run, budget, proofs).outcome()


def named(program: Program) -> tuple[str, frozenset[Span]] | None:
    """The param and the checks of a model that are ``for any`` number of it, if there are some."""
    lines = [c for c in program.checks if c.for_any is not None]
    if not lines:
        return None
    assert lines[0].for_any is not None
    return lines[0].for_any, frozenset(c.span for c in lines)
