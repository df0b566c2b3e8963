# SPDX-License-Identifier: MIT
"""What views prove of generated systems, no instance with up to four cells refutes.

And every view of every state that three cells reach is in the closed set.
"""

import pytest

from tests.views.agreement import compare

FEW, MANY = 100, 200


@pytest.mark.parametrize("seed", range(FEW))
def test_three_cells(seed: int) -> None:
    assert compare(seed, most=3).wrong == ()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(FEW, FEW + MANY))
def test_four_cells(seed: int) -> None:
    assert compare(seed, most=4).wrong == ()


def test_it_is_worth_it() -> None:
    """Most of them qualify, and most of what holds is proved."""
    found = [compare(seed, most=2) for seed in range(30)]
    assert sum(one.qualifies for one in found) >= 25
    assert sum(one.proved for one in found) >= 20 * sum(one.neither for one in found)
    assert sum(one.refuted for one in found) >= 20
