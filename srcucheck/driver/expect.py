# SPDX-License-Identifier: MIT
"""What the model's ``expect`` lines say of a variant, and whether it came so."""

from collections.abc import Mapping, Sequence
from typing import Literal

from srcucheck.check.report import Judgement
from srcucheck.check.verdict import Fails, Unknown, Verdict, word
from srcucheck.ir.system import Check, Completes, NoHang, Reported, System
from srcucheck.lang import tree
from srcucheck.lang.constant import Value, evaluate
from srcucheck.lang.program import Program

Expected = Literal["holds", "fails", "holds_up_to", "unknown"]


def expected(check: tree.Check, program: Program, values: Mapping[str, Value]) -> Expected | None:
    """The first expectation whose condition is true.

    A lone ``expect holds when C`` means fails in every other variant (and the reverse).
    """
    for one in check.expectations:
        if one.condition is None or evaluate(one.condition, program, values):
            return one.verdict
    if len(check.expectations) == 1:
        return "fails" if check.expectations[0].verdict == "holds" else "holds"
    return None


def judgements(
    program: Program,
    values: Mapping[str, Value],
    system: System,
    verdicts: Mapping[int, Verdict],
    asked: Mapping[int, tree.Check],
    complete: bool,
) -> tuple[Judgement, ...]:
    """Every check with what was expected of it.  ``asked``: the line of the model, by place.

    A search that was cut short (not ``complete``) neither meets nor misses an expectation, but
    that of ``unknown``.
    """
    named = _named(system.checks, verdicts)
    found = []
    for place, check in enumerate(system.checks):
        verdict = verdicts[place]
        line = asked.get(place)
        wanted = expected(line, program, values) if line is not None else None
        met: bool | None = None
        if wanted is not None:
            met = word(verdict) == wanted
            if isinstance(verdict, Unknown) and not met and (verdict.unjudged or not complete):
                met = None
        elif check.standing and isinstance(verdict, Fails):
            met = None if check.name in named else False
        found.append(
            Judgement(check.name, check.text, verdict, wanted, met, check.standing, check.span)
        )
    return tuple(found)


def _named(checks: Sequence[Check], verdicts: Mapping[int, Verdict]) -> set[str]:
    """Standing properties that the file speaks of: by name, by family, by a hang it asks about."""
    named: set[str] = set()
    for place, check in enumerate(checks):
        if check.standing:
            continue
        match check.question:
            case Reported(properties=properties):
                named.update(properties)
            case Completes():
                if isinstance(verdicts[place], Fails):
                    named.add("no_hang")
            case NoHang():
                named.add("no_hang")
            case _:
                pass
    return named
