# SPDX-License-Identifier: MIT
"""``catalogue WORD`` and ``init``: finding a shipped model, and starting one's own from it."""

from pathlib import Path

import pytest

from srcucheck.driver.patterns import Pattern, called, patterns
from tests.cli.conftest import Tool

KNOWN = patterns()


@pytest.mark.parametrize("pattern", KNOWN, ids=lambda p: str(p.name))
def test_a_header_says_all_that_the_index_needs(pattern: Pattern) -> None:
    assert 10 < len(pattern.title) < 96
    assert not pattern.title.endswith(".")
    assert pattern.rows
    assert pattern.source
    assert pattern.text.startswith("// SPDX-License-Identifier: MIT\n/*\n")


def test_no_two_patterns_share_a_name() -> None:
    assert len({p.stem for p in KNOWN}) == len(KNOWN)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["A15"], "fences/fence_wait_in_section"),
        (["a15"], "fences/fence_wait_in_section"),
        (["livelock"], "rcu/get_unless_zero_livelock"),
        (["buffer", "POOL"], "unplug/buffer_pool_flush"),
        (["module/"], "module/exit_order"),
    ],
)
def test_words_find_patterns(tool: Tool, words: list[str], name: str) -> None:
    found = tool("catalogue", *words)
    assert found.status == 0
    assert name in [line.split()[0] for line in found.out.splitlines()]
    assert len(found.out.splitlines()) < len(KNOWN)


def test_a_row_is_found_as_a_whole(tool: Tool) -> None:
    assert "fence_wait_in_section" not in tool("catalogue", "A1").out


def test_words_that_find_nothing(tool: Tool) -> None:
    found = tool("catalogue", "dma_fense")
    assert found.status == 64
    assert "Did you mean 'dma_fence'" in found.err


@pytest.mark.parametrize("start", ["fence_wait_in_section", "fences/fence_wait_in_section", "A15"])
def test_init_starts_a_model(
    tool: Tool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: str
) -> None:
    monkeypatch.chdir(tmp_path)
    found = tool("init", "mine", "--from", start)
    assert found.status == 0
    text = (tmp_path / "mine.srcu").read_text()
    assert "mine: say in one line what goes wrong here." in text
    assert "Begun from models/fences/fence_wait_in_section.srcu (row A15)." in text
    assert tool("check", "mine.srcu", "-q").status == 0
    assert tool("fmt", "--check", "mine.srcu").status == 0


def test_init_overwrites_nothing(tool: Tool, tmp_path: Path) -> None:
    path = tmp_path / "mine.srcu"
    path.write_text("mine")
    found = tool("init", path, "--from", "A15")
    assert found.status == 64
    assert "is there already" in found.err
    assert path.read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "start", "said"),
    [
        ("mine", "fence_wait_in_sektion", "Did you mean 'fence_wait_in_section'?"),
        ("mine", "nothing_like_it", "srcucheck catalogue WORD"),
        ("mine", "A26", "is 2 patterns: rcu/chained_rcu_works, rcu/drain_of_today"),
        (".srcu", "A15", "a model's name is a word"),
        ("two words", "A15", "a model's name is a word"),
    ],
)
def test_init_refuses(tool: Tool, tmp_path: Path, name: str, start: str, said: str) -> None:
    found = tool("init", tmp_path / name, "--from", start)
    assert found.status == 64
    assert said in found.err
    assert not list(tmp_path.iterdir())


def test_init_where_nothing_can_be_written(tool: Tool, tmp_path: Path) -> None:
    found = tool("init", tmp_path / "missing" / "mine", "--from", "A15")
    assert found.status == 65
    assert "E525" in found.err


def test_init_wants_a_pattern(tool: Tool) -> None:
    assert tool("init", "mine").status == 64


def test_every_pattern_can_be_named() -> None:
    for pattern in KNOWN:
        assert called(pattern.name, KNOWN) == called(pattern.stem, KNOWN) == [pattern]
