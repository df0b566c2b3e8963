# SPDX-License-Identifier: MIT
"""A sample of the breakages of specs; ``python -m tests.corpus.mutants`` tries all of them."""

import pytest

from tests.corpus.mutants import SPECS, Mutant, mutants, noticed_by

CHEAP = [m for m in mutants() if m.spec in ("srcu", "kref", "completion", "wait", "locks", "rcu")]


def test_every_breakage_still_applies() -> None:
    stale = [m for m in mutants() if m.old not in (SPECS / f"{m.spec}.srcu").read_text()]
    assert not stale
    assert len(mutants()) > 200


@pytest.mark.parametrize("mutant", CHEAP[::6], ids=lambda m: f"{m.spec}: {m.what}")
def test_a_broken_spec_is_noticed(mutant: Mutant) -> None:
    assert noticed_by(mutant) is not None
