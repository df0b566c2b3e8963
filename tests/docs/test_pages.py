# SPDX-License-Identifier: MIT
"""Generated pages say what specs, models and runs say; ``python -m tests.pages`` writes them."""

import re

import pytest

from srcucheck.driver.patterns import patterns
from tests.pages.all import quick, slow
from tests.pages.runs import ROOT


def test_pages_of_specs_are_up_to_date() -> None:
    for path, text in quick().items():
        assert (ROOT / path).read_text() == text, path
    there = {p.relative_to(ROOT).as_posix() for p in (ROOT / "docs/specs").iterdir()}
    assert there == set(quick())


@pytest.mark.slow
def test_pages_of_runs_are_up_to_date() -> None:
    for path, text in slow().items():
        assert (ROOT / path).read_text() == text, path


def test_the_index_names_every_model() -> None:
    """What does not take a run: titles, rows, sources."""
    text = (ROOT / "models" / "README.md").read_text()
    for pattern in patterns():
        link, rows = f"[{pattern.stem}]({pattern.name}.srcu)", ", ".join(pattern.rows)
        row = f"| {link} | {pattern.title} | {rows} |"
        assert row in text
        assert f"| {pattern.source} |" in text
    assert text.count(".srcu)") == len(patterns())


def test_every_row_of_the_seeds_is_modelled_or_said_not_to_be() -> None:
    text = (ROOT / "models" / "README.md").read_text()
    modelled = {row for pattern in patterns() for row in pattern.rows if row.startswith("A")}
    left_out = set(re.findall(r"^\| (A\d+) \| ", text.partition("have no model")[2], re.MULTILINE))
    assert modelled | left_out == {f"A{n}" for n in range(1, 33)}
    assert not modelled & left_out
    assert len(modelled) >= 29


@pytest.mark.parametrize("page", ["docs/findings.md", *(f"docs/debates/{n}.md" for n in
                                  ("README", "force-complete-and-scope", "remove-release-devm",
                                   "rcu-of-the-address-space"))])  # fmt: skip
def test_models_that_pages_name_exist(page: str) -> None:
    text = (ROOT / page).read_text()
    for path in re.findall(r"`(models/[\w/]+\.srcu)`", text):
        assert (ROOT / path).is_file()
    stems = {p.stem for p in patterns()}
    for name in re.findall(r"\| `(\w+_\w+)`[,`| ]", text):
        assert name in stems or f"`{name}`" in text
