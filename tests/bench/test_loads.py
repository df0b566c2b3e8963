# SPDX-License-Identifier: MIT
"""The loads have the sizes they should have: the peers', for the one that all of them count."""

from pathlib import Path

import pytest

from srcucheck.base.budget import Silent
from srcucheck.driver.jobs import Interrupt, run
from srcucheck.driver.outcome import OK, of_report
from srcucheck.driver.settings import Settings

HERE = Path(__file__).parent


def size(load: str, n: int) -> tuple[int, int]:
    """States and transitions; every property is as expected."""
    settings = Settings(definitions=(("N", str(n)),))
    report = run([str(HERE / f"{load}.srcu")], settings, Silent(), [], Interrupt())
    assert of_report(report) == OK
    (variant,) = report.files[0].variants
    return variant.figures.states, variant.figures.transitions


@pytest.mark.parametrize(
    ("n", "states", "transitions"),
    [
        (1, 456, 1_448),
        (2, 9_448, 43_950),
        (3, 151_818, 877_204),
        pytest.param(4, 2_179_824, 14_840_308, marks=pytest.mark.slow),
    ],
)
def test_the_load_of_the_peers_has_their_counts(n: int, states: int, transitions: int) -> None:
    assert size("load", n) == (states, transitions)


@pytest.mark.parametrize(
    ("n", "states", "transitions"),
    [
        (1, 340, 808),
        (2, 6_596, 21_878),
        (3, 114_766, 481_281),
        pytest.param(4, 1_883_940, 9_500_814, marks=pytest.mark.slow),
    ],
)
def test_the_load_as_one_would_write_it(n: int, states: int, transitions: int) -> None:
    assert size("natural", n) == (states, transitions)
