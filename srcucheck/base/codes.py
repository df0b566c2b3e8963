# SPDX-License-Identifier: MIT
"""The catalogue of diagnostic codes: stable names, and what ``srcucheck explain`` says of each."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """A code, its title in a few words, and a paragraph with a wrong and a mended example."""

    code: str
    title: str
    explanation: str


def catalogue() -> Mapping[str, Code]:
    """All codes.  Imported when asked for: a run without errors needs none of the texts."""
    from srcucheck.base.codes_model import MODEL
    from srcucheck.base.codes_names import NAMES
    from srcucheck.base.codes_syntax import SYNTAX

    return {**SYNTAX, **NAMES, **MODEL}
