# SPDX-License-Identifier: MIT
"""A code and its explanation: why, a whole model that is wrong, and one that is mended."""

from dataclasses import dataclass
from textwrap import dedent, fill, indent


@dataclass(frozen=True, slots=True)
class Code:
    """A code, its title in a few words, and a paragraph with a wrong and a mended example."""

    code: str
    title: str
    explanation: str


def explained(code: str, title: str, why: str, wrong: str, mended: str) -> Code:
    """A code whose explanation ends with two models; tests run both."""
    shown = [indent(dedent(example).strip("\n"), "    ") for example in (wrong, mended)]
    text = fill(" ".join(why.split()), 76)
    return Code(code, title, f"{text}\n\nWrong:\n\n{shown[0]}\n\nMended:\n\n{shown[1]}\n")


def remark(code: str, title: str, why: str) -> Code:
    """A code about files and options, which no example model can show."""
    return Code(code, title, fill(" ".join(why.split()), 76) + "\n")
