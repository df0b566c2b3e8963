# SPDX-License-Identifier: MIT
"""Of several exit statuses, the one that matters most."""

import itertools

import pytest

from srcucheck.base.diagnostic import Diagnostic
from srcucheck.check.report import FileReport, Report
from srcucheck.driver.outcome import of_report, worst


def file(*codes: str) -> FileReport:
    found = tuple(Diagnostic(code, "wrong", None) for code in codes)
    return FileReport("m.srcu", "", "", (), found, (), {}, 0.0)


def test_the_order_is_that_of_the_design() -> None:
    order = [70, 130, 65, 1, 3, 2, 0]
    for one, two in itertools.combinations(order, 2):
        assert worst([two, one]) == worst([one, two]) == one
    assert worst([]) == 0


@pytest.mark.parametrize(
    ("codes", "interrupted", "status"),
    [
        ((), False, 0),
        (("E101",), False, 65),
        (("E524",), False, 3),
        (("E529",), False, 70),
        (("E101", "E529"), False, 70),
        ((), True, 130),
        (("E101",), True, 130),
        (("E529",), True, 70),
    ],
)
def test_diagnostics(codes: tuple[str, ...], interrupted: bool, status: int) -> None:
    assert of_report(Report((file(), file(*codes)), interrupted, 0.0)) == status
