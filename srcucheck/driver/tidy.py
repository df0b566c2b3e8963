# SPDX-License-Identifier: MIT
"""What a search leaves behind is made small, or the next one has to answer for its memory."""

import gc
from contextlib import suppress
from dataclasses import replace

from srcucheck.check.report import VariantReport
from srcucheck.check.verdict import Holds
from srcucheck.driver.settings import Settings
from srcucheck.ir.system import System

LARGE = 20_000
"""States; less is not worth the looking."""


def give_back(states: int) -> None:
    """Frees what a search of so many states has left.

    The collector is off while searches run, so their cycles are still there; and what is freed
    the C library keeps for itself until it is asked (glibc only; others do as they like).
    """
    if states < LARGE:
        return
    gc.collect()
    with suppress(ImportError, OSError, AttributeError):
        import ctypes

        ctypes.CDLL(None).malloc_trim(0)


def light(report: VariantReport, settings: Settings) -> VariantReport:
    """The report without what no summary shows: the sets of states, and the code of threads.

    A variant that did not come as expected keeps its code, so that its traces can be folded.
    """
    judgements = tuple(
        replace(j, verdict=replace(j.verdict, certificate=None))
        if isinstance(j.verdict, Holds)
        else j
        for j in report.judgements
    )
    surprise = any(j.met is False for j in report.judgements)
    system = report.system if settings.keep_systems or surprise else _names_only(report.system)
    return replace(report, judgements=judgements, system=system)


def _names_only(system: System) -> System:
    threads = tuple(replace(t, locations={}) for t in system.threads)
    return replace(system, threads=threads)
