# SPDX-License-Identifier: MIT
"""The text of a file, and its lines and columns."""

from bisect import bisect_right
from dataclasses import dataclass, field

from srcucheck.base.span import Span


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One input file: ``name`` as the user knows it, ``text`` in full."""

    name: str
    text: str
    line_starts: tuple[int, ...] = field(default=(), compare=False, repr=False)

    def __post_init__(self) -> None:
        starts = [0]
        find = self.text.find
        at = find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = find("\n", at + 1)
        object.__setattr__(self, "line_starts", tuple(starts))

    def position(self, offset: int) -> tuple[int, int]:
        """1-based line and column (in characters) of an offset."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def line(self, number: int) -> str:
        """Text of a 1-based line, without its newline."""
        start = self.line_starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start:] if end < 0 else self.text[start:end]

    def text_of(self, span: Span) -> str:
        """The characters of a span, runs of white space (newlines included) as one blank."""
        return " ".join(self.text[span.start : span.end].split())
