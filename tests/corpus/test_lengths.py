# SPDX-License-Identifier: MIT
"""Models are to be read: 20 to 80 lines of code, no file long, and half of the files short."""

import re
from pathlib import Path
from statistics import median

import pytest

MODELS = sorted((Path(__file__).parents[2] / "models").rglob("*.srcu"))
HEADER = re.compile(r"\A// SPDX[^\n]*\n/\*.*?\*/\n", re.DOTALL)


def code(text: str) -> list[str]:
    """Lines that are neither blank nor a comment of their own."""
    lines = [line.strip() for line in HEADER.sub("", text).splitlines()]
    return [line for line in lines if line and not line.startswith("//")]


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_a_model_has_20_to_80_lines_of_code(path: Path) -> None:
    text = path.read_text()
    assert 20 <= len(code(text)) <= 80
    assert len(text.splitlines()) < 120


def test_half_of_the_models_are_short() -> None:
    """The files, comments and blank lines included."""
    assert median(len(path.read_text().splitlines()) for path in MODELS) < 60
