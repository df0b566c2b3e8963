# SPDX-License-Identifier: MIT
"""A fix that can be deleted without harm was none, and a race that cannot happen proves nothing."""

import re

import pytest

from srcucheck.driver.patterns import patterns
from tests.corpus.keylines import KeyLine, failing, judged, keylines, target, unreached

LINES = keylines()


def named(line: KeyLine) -> str:
    return f"{line.pattern}: {line.what}"


@pytest.mark.parametrize("line", LINES, ids=named)
def test_without_its_key_line_a_fix_fails_again(line: KeyLine) -> None:
    assert target(line).read_text().count(line.old) >= 1
    mended = judged(line, broken=False)
    assert not failing(mended) - UNRELATED.get(named(line), set())
    assert not unreached(mended)
    assert failing(judged(line, broken=True)) - failing(mended)


UNRELATED = {
    "scheduler/tdr_after_unplug: the handler looks": {"no_use_after_free"},  # `cancel` mends that
}
"""What fails in a design all the same, and is mended by another line."""


def test_every_model_has_a_key_line() -> None:
    assert {line.pattern for line in LINES} == {p.name for p in patterns()}


def test_every_model_asks_for_the_race_it_is_about() -> None:
    for pattern in patterns():
        assert re.search(r"^check \w+:\s+reachable\(", pattern.text, re.MULTILINE), pattern.name
