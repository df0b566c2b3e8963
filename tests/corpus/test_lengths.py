# SPDX-License-Identifier: MIT
"""Models are to be read: none is long, and half of them have less than 60 lines of code."""

import re
from pathlib import Path
from statistics import median

MODELS = sorted((Path(__file__).parents[2] / "models").rglob("*.srcu"))
HEADER = re.compile(r"\A// SPDX[^\n]*\n/\*.*?\*/\n", re.DOTALL)


def code(text: str) -> list[str]:
    """Lines that are neither empty nor part of the comment at the top."""
    return [line for line in HEADER.sub("", text).splitlines() if line.strip()]


def test_models_are_short() -> None:
    texts = [path.read_text() for path in MODELS]
    assert max(len(t.splitlines()) for t in texts) < 120
    assert median(len(code(t)) for t in texts) < 60
