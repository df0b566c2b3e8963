# SPDX-License-Identifier: MIT
"""Rumur and Spin agree on a sample of variants: numbers of states, and every safety verdict.

``python -m tests.peers.compare`` does the same for all of them.
"""

import shutil
from pathlib import Path

import pytest

from tests.peers.compare import ROOT, differences, lowered

PEERS = all(shutil.which(tool) for tool in ("rumur", "spin", "gcc"))
STEMS = (
    "1_first_deadlock", "2_lost_update", "3_use_after_free", "exit_order",
    "flush_misses_rcu_work", "publish_before_get", "flush_work_on_delayed_work",
    "nested_enter_same_idx",
)  # fmt: skip


def _sample() -> list[Path]:
    found = [p for folder in ("models", "examples") for p in (ROOT / folder).rglob("*.srcu")]
    return sorted(p for p in found if p.stem in STEMS)


def test_the_sample_is_there() -> None:
    assert len(_sample()) == len(STEMS)


@pytest.mark.slow
@pytest.mark.skipif(not PEERS, reason="rumur, spin or gcc is not installed")
@pytest.mark.parametrize("path", _sample(), ids=lambda path: str(path.stem))
def test_they_agree(path: Path) -> None:
    for one in lowered(path):
        assert list(differences(one.system, path.name)) == []
