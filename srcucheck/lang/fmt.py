# SPDX-License-Identifier: MIT
"""The formatter: kernel style, with what its author lined up or kept on one line left so.

Tokens and comments are never changed, only the white space between them.
"""

from itertools import pairwise

from srcucheck.base.source import SourceFile
from srcucheck.lang import tree
from srcucheck.lang.fmt_layout import Layout
from srcucheck.lang.fmt_lexemes import Lexemes
from srcucheck.lang.fmt_roles import roles
from srcucheck.lang.fmt_space import Spaces
from srcucheck.lang.fmt_write import Row, Writer

COLUMNS = 100


def format_file(file: tree.File, source: SourceFile) -> str:
    """The text of a parsed file, formatted."""
    lexemes = Lexemes(source.text)
    known = roles(file, lexemes)
    expanded: set[int] = set()
    wraps: set[int] = set()
    while True:
        layout = Layout(file, lexemes, known, expanded, wraps)
        spaces = Spaces(lexemes, known, layout)
        rows = Writer(lexemes, layout, spaces, wraps).rows
        shortened = [_shorten(row, layout, spaces, expanded, wraps) for row in rows]
        if not any(shortened):
            break
    return "\n".join(row.text.rstrip() for row in rows) + "\n"


def _shorten(row: Row, layout: Layout, spaces: Spaces, expanded: set[int], wraps: set[int]) -> bool:
    """Finds where a row that is too long shall break; whether there is such a place."""
    placed = row.tokens
    if not placed or placed[-1].end <= COLUMNS:
        return False
    tokens = spaces.tokens
    best: tuple[bool, int, int] | None = None
    base = min(p.nest for p in placed)
    for before, here in pairwise(placed):
        cost = spaces.cost(here.at)
        if cost is None or here.otherwise >= here.start or here.at in wraps:
            continue
        fits = before.end <= COLUMNS or cost < 0
        key = (not fits, cost + 2 * (here.nest - base), -here.at if fits else here.at)
        if best is None or key < best:
            best = key
    if best is None or best[1] >= 0:
        for here in placed:
            if here.at in layout.inline and tokens[here.at + 1].text != "}":
                expanded.add(here.at)
                return True
    if best is None:
        return False
    wraps.add(abs(best[2]))
    return True
