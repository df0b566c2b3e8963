# SPDX-License-Identifier: MIT
"""The report of a variant that was judged, or some of whose checks were, for any number."""

from collections.abc import Callable, Container, Mapping
from dataclasses import replace
from pathlib import Path

from srcucheck.base.budget import Budget
from srcucheck.check.report import Unwritten, VariantReport
from srcucheck.check.verdict import Unknown
from srcucheck.driver.anynumber import named, outcome_for_any
from srcucheck.driver.assume import assumptions, for_any
from srcucheck.driver.expect import judgements
from srcucheck.driver.instances import Run
from srcucheck.driver.matrix import written
from srcucheck.driver.only import only
from srcucheck.driver.settings import Settings
from srcucheck.driver.variant import Resolved
from srcucheck.lang.constant import Value, settle
from srcucheck.lang.program import Program

NONE = "there are none for any number yet"

Options = Callable[[Container[str]], tuple[str, ...]]


def judged_for_any(
    settings: Settings,
    resolved: Resolved,
    chosen: Mapping[str, Value],
    budget: Budget,
    run: Run,
    options: Options,
    certificate: Path | None,
) -> VariantReport:
    """One variant, judged for every number of cells (``--any``).

    What was found goes to the file ``certificate``, if there is to be one.
    """
    program = resolved.program
    param = settings.any_number
    assert param is not None
    values = settle(program, chosen)
    proofs = certificate is not None
    found = outcome_for_any(param, program, chosen, settings, budget, run, proofs=proofs)
    asked = dict(enumerate(program.checks))
    system, verdicts, numbers = found.system, found.verdicts, found.numbers
    kept = list(range(len(system.checks)))
    if settings.properties:
        kept = [n for n, c in enumerate(system.checks) if c.name in settings.properties]
        system, asked = only(system, asked, settings.properties)
        verdicts = {at: verdicts[n] for at, n in enumerate(kept)}
        numbers = {at: numbers[n] for at, n in enumerate(kept) if n in numbers}
    told = judgements(program, values, system, verdicts, asked, found.figures.complete)
    defined = dict(settings.definitions)
    report = VariantReport(
        {name: written(chosen[name]) for name in program.choices},
        {
            name: written(values[name])
            for name, p in program.params.items()
            if name != param and (not p.in_spec or name in defined)
        },
        system,
        tuple(replace(j, number=numbers.get(at), for_any=param) for at, j in enumerate(told)),
        found.figures,
        for_any(assumptions(program, values, system, found.bounds), system),
        "views and explicit",
        (),
        settings.reductions,
        options(program.params),
        any_number=found.how,
    )
    if certificate is None:
        return report
    from srcucheck.driver.anycertificates import keep

    places = {n: at for at, n in enumerate(kept)}
    return keep(resolved, values, found, places, report, certificate)


def with_for_any(
    report: VariantReport,
    settings: Settings,
    program: Program,
    chosen: Mapping[str, Value],
    budget: Budget,
    run: Run,
) -> VariantReport:
    """A report with the verdicts of its ``check .. for any`` lines for every number."""
    asked = named(program)
    assert asked is not None
    param, lines = asked
    found = outcome_for_any(param, program, chosen, settings, budget, run, lines)
    places = {c.span: at for at, c in enumerate(found.system.checks)}
    mine = {c.span: c for c in program.checks}
    values = settle(program, chosen)
    told = []
    for judgement in report.judgements:
        at = None if judgement.standing else places.get(judgement.span)
        if at is None:
            told.append(judgement)
            continue
        verdict = found.verdicts[at]
        complete = not isinstance(verdict, Unknown) or verdict.vacuous
        line = {0: mine[judgement.span]}
        alone = replace(found.system, checks=(found.system.checks[at],))
        (again,) = judgements(program, values, alone, {0: verdict}, line, complete)
        none = None if judgement.certificate is None else Unwritten(NONE)
        told.append(replace(again, number=found.numbers.get(at), for_any=param, certificate=none))
    return replace(report, judgements=tuple(told), any_number=found.how)
