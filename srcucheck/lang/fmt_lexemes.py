# SPDX-License-Identifier: MIT
"""The lexemes of a file for the formatter: words, signs and comments, with the gaps between."""

import re
from bisect import bisect_left
from dataclasses import dataclass

TAB = 8
_LEXEME = re.compile(
    r"""(?P<block>/\*.*?\*/)|(?P<line>//[^\n]*)|(?P<string>"(?:\\.|[^"\\\n])*")
    |(?P<word>[A-Za-z_]\w*)|(?P<number>0[xX][0-9a-fA-F]+|\d+)
    |(?P<sign><<=|>>=|->|\+\+|--|\.\.|\|\||&&|[-+*/%&|^=!<>]=|<<|>>|.)""",
    re.DOTALL | re.VERBOSE,
)
COMMENTS = ("block", "line")


def width(text: str, column: int = 0) -> int:
    """The column (from 0) after a text that starts at ``column``."""
    for char in text:
        column = (column // TAB + 1) * TAB if char == "\t" else column + 1
    return column


def indentation(column: int) -> str:
    """White space up to a column: tabs, then blanks."""
    return "\t" * (column // TAB) + " " * (column % TAB)


@dataclass(slots=True)
class Lexeme:
    """A word, a sign or a comment; ``newlines`` counts the line breaks in the ``gap`` before it.

    ``column`` is where it starts in the source, counted from 0, tabs being 8 wide.
    """

    kind: str
    text: str
    start: int
    gap: str
    newlines: int
    column: int

    @property
    def is_comment(self) -> bool:
        return self.kind in COMMENTS


class Lexemes:
    """All lexemes of a text: those with meaning by number, and the comments among them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.all: list[Lexeme] = []
        end = column = 0
        for match in _LEXEME.finditer(text):
            found = match.group()
            if found.isspace():
                continue
            gap = text[end : match.start()]
            newlines = gap.count("\n")
            column = width(gap.rpartition("\n")[2], 0 if newlines else column)
            if match.lastgroup == "line":
                found = found.rstrip()
            self.all.append(
                Lexeme(match.lastgroup or "", found, match.start(), gap, newlines, column)
            )
            end = match.start() + len(found)
            column = width(found.rpartition("\n")[2], 0 if "\n" in found else column)
        self.tokens = [lexeme for lexeme in self.all if not lexeme.is_comment]
        self._starts = [token.start for token in self.tokens]

    def at(self, offset: int) -> int:
        """The number of the first token that starts at or after an offset."""
        return bisect_left(self._starts, offset)

    def between(self, at: int) -> str:
        """The white space and comments between a token and the one before it."""
        before = self.tokens[at - 1]
        return self.text[before.start + len(before.text) : self.tokens[at].start]
