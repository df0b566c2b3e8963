# SPDX-License-Identifier: MIT
"""Where a piece of text stands."""

from typing import NamedTuple


class Span(NamedTuple):
    """A half-open range of characters in one file; ``file`` is the name the user knows it by.

    Line and column are not stored: ``base.source.SourceFile`` computes them when somebody asks.
    """

    file: str
    start: int
    end: int

    def to(self, other: "Span") -> "Span":
        """The range from the start of this span to the end of the other."""
        return Span(self.file, self.start, other.end)


NOWHERE = Span("", 0, 0)
