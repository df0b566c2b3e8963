# SPDX-License-Identifier: MIT
"""Every C block of ``docs/language.md``: whole models meet their ``expect``, fragments parse."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from srcucheck.base.budget import Silent
from srcucheck.base.diagnostic import ModelError
from srcucheck.base.source import SourceFile
from srcucheck.check.verdict import word
from srcucheck.driver.jobs import Interrupt, run
from srcucheck.driver.outcome import OK, of_report
from srcucheck.driver.settings import Settings
from srcucheck.lang.parser import parse

PAGE = Path(__file__).parents[2] / "docs" / "language.md"
_FENCE = re.compile(r"^```c( fragment)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A C block of the page."""

    line: int
    fragment: bool
    text: str


def blocks() -> list[Block]:
    page = PAGE.read_text()
    return [
        Block(page.count("\n", 0, m.start()) + 2, bool(m[1]), m[2]) for m in _FENCE.finditer(page)
    ]


def _name(block: Block) -> str:
    return f"line {block.line}"


def test_the_page_has_examples() -> None:
    assert len(blocks()) > 15


@pytest.mark.parametrize("block", [b for b in blocks() if not b.fragment], ids=_name)
def test_models(block: Block, tmp_path: Path) -> None:
    path = tmp_path / "example.srcu"
    path.write_text(block.text)
    report = run([str(path)], Settings(seconds=60), Silent(), [], Interrupt())
    (file,) = report.files
    assert [d.message for d in file.diagnostics] == []
    for variant in file.variants:
        for judgement in variant.judgements:
            verdict = word(judgement.verdict)
            assert judgement.standing or judgement.met, (variant.values, judgement.name, verdict)
    assert of_report(report) == OK


@pytest.mark.parametrize("block", [b for b in blocks() if b.fragment], ids=_name)
def test_fragments(block: Block) -> None:
    text = re.sub(r"\bP;", "no_hang;", block.text)
    text = re.sub(r"\b[VWU]\b", "holds", text)
    try:
        parse(SourceFile("fragment.srcu", text))
    except ModelError:
        parse(SourceFile("fragment.srcu", f"void f(void)\n{{\n{text}\n}}\n"))
