# SPDX-License-Identifier: MIT
"""The exit status of a run: of several, the one that matters most."""

from collections.abc import Iterator
from typing import assert_never

from srcucheck.check.report import FileReport, Judgement, Report, Unwritten
from srcucheck.check.verdict import Fails, Holds, HoldsUpTo, Unknown
from srcucheck.driver.guard import INTERNAL_ERROR, NO_RESULT

OK, FAILED, BOUNDED, UNDECIDED = 0, 1, 2, 3
USAGE, BAD_MODEL, INTERNAL, INTERRUPTED = 64, 65, 70, 130
ORDER = (INTERNAL, INTERRUPTED, BAD_MODEL, FAILED, UNDECIDED, BOUNDED, OK)
"""From the most to the least urgent."""


def worst(codes: list[int]) -> int:
    """The most urgent of some exit statuses."""
    return min(codes, key=ORDER.index, default=OK)


def of_judgement(judgement: Judgement, alone: bool) -> int:
    """The status of one check.  ``alone``: the file asks nothing, standing properties are all.

    An expectation that a complete search does not meet is a failure, whatever came instead.
    """
    if judgement.met is not None:
        return OK if judgement.met else FAILED
    match judgement.verdict:
        case Holds():
            return OK
        case Fails():
            return OK if judgement.standing else FAILED
        case HoldsUpTo():
            return OK if judgement.standing and not alone else BOUNDED
        case Unknown(vacuous=vacuous):
            return OK if judgement.standing and vacuous else UNDECIDED
        case _:
            assert_never(judgement.verdict)


def of_file(file: FileReport) -> int:
    """The status of one file."""
    special = {INTERNAL_ERROR: INTERNAL, NO_RESULT: UNDECIDED}
    codes = [special.get(d.code, BAD_MODEL) for d in file.diagnostics]
    for variant in file.variants:
        if isinstance(variant.certificate, Unwritten):
            codes.append(INTERNAL)
        alone = all(j.standing for j in variant.judgements)
        codes += [of_judgement(j, alone) for j in variant.judgements]
    return worst(codes)


def unwritten(report: Report) -> Iterator[tuple[str, str]]:
    """The models with a certificate that could not be written, and why."""
    for file in report.files:
        for variant in file.variants:
            if isinstance(variant.certificate, Unwritten):
                yield file.path, variant.certificate.why


def of_report(report: Report) -> int:
    """The status of a whole run."""
    codes = [of_file(f) for f in report.files]
    if report.interrupted:
        codes.append(INTERRUPTED)
    return worst(codes)
