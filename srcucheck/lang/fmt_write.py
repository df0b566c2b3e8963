# SPDX-License-Identifier: MIT
"""Writes the lexemes of a file line by line."""

from collections.abc import Set
from dataclasses import dataclass, field

from srcucheck.lang.fmt_layout import Layout, Line
from srcucheck.lang.fmt_lexemes import TAB, Lexeme, Lexemes, indentation, width
from srcucheck.lang.fmt_space import Spaces

ALIGN_UP_TO = 60
"""Continued lines are aligned with what opens further left than this."""

MOVING = frozenset((")", "]", ",", ";"))
"""Signs that stand right after what is before them."""


@dataclass(slots=True)
class Placed:
    """A token on a written line: its number, where it ends, and where a line begun at it would."""

    at: int
    end: int
    nest: int
    start: int
    otherwise: int


@dataclass(slots=True)
class Row:
    """A written line."""

    text: str
    tokens: list[Placed] = field(default_factory=list)


@dataclass(slots=True)
class _Bracket:
    line: int
    source: int
    column: int


class Writer:
    """Writes one file; ``rows`` are its lines."""

    def __init__(self, lexemes: Lexemes, layout: Layout, spaces: Spaces, wraps: Set[int]) -> None:
        self.lexemes = lexemes
        self.layout = layout
        self.spaces = spaces
        self.wraps = wraps
        self.rows: list[Row] = []
        self.line = Line(0)
        self.line_at = 0
        self.line_column = self.row_column = 0
        self.broken = False
        self.brackets: list[_Bracket] = []
        self.opened = True
        self._write(hoisted(lexemes, layout))

    # --- columns --------------------------------------------------------------------------------

    def _column(self) -> int:
        return width(self.rows[-1].text) if self.rows else 0

    def _innermost(self) -> _Bracket | None:
        if self.brackets and self.brackets[-1].line == self.line_at:
            return self.brackets[-1]
        return None

    def _otherwise(self) -> int:
        """Where a line that continues this one begins, if its author does not say."""
        bracket = self._innermost()
        if bracket and bracket.column <= ALIGN_UP_TO and self.line.hang > 1:
            return bracket.column
        return (self.line.depth + self.line.hang) * TAB

    def _continued(self, lexeme: Lexeme) -> int:
        if lexeme.newlines:
            bracket = self._innermost()
            if bracket and lexeme.column == bracket.source:
                return bracket.column
            further = lexeme.column - self.line_column
            if further > 0:
                return self.line.depth * TAB + further
        return self._otherwise()

    # --- rows -----------------------------------------------------------------------------------

    def _new_row(self, column: int, *, blank: bool = False) -> None:
        if blank and self.rows:
            self.rows.append(Row(""))
        self.rows.append(Row(indentation(column)))

    def _put(self, text: str) -> None:
        if not self.rows:
            self.rows.append(Row(""))
        self.rows[-1].text += text

    def _gap(self, lexeme: Lexeme, *, aligned: bool) -> str:
        """The white space before a lexeme that stands apart from the one before it."""
        if not aligned or lexeme.newlines or lexeme.gap in ("", " "):
            return " "
        column = self._column()
        if lexeme.column <= column or width(lexeme.gap, column) == lexeme.column:
            return lexeme.gap
        if "\t" not in lexeme.gap:
            return " " * (lexeme.column - column)
        tabs = lexeme.column // TAB - column // TAB
        return "\t" * tabs + " " * (lexeme.column - (width("\t" * tabs, column)))

    # --- lexemes --------------------------------------------------------------------------------

    def _write(self, order: list[tuple[Lexeme, int]]) -> None:
        forced = leading = False
        for number, (lexeme, at) in enumerate(order):
            if not lexeme.is_comment:
                self._token(lexeme, at, forced=forced, leading=leading and not lexeme.newlines)
                forced = leading = False
                continue
            after = order[number + 1][0] if number + 1 < len(order) else None
            ends = lexeme.kind == "line" or after is None or after.newlines > 0
            ends = ends or "\n" in lexeme.text
            if lexeme.newlines or not self.rows or order[number - 1][0].kind == "line":
                own = ends or at in self.layout.lines or at >= len(self.lexemes.tokens)
                leading = self._own_comment(lexeme, at, own=own or forced) and not ends
                forced = forced or own
            else:
                self._trailing_comment(lexeme, at)
                leading = leading and not ends
            forced = forced or lexeme.kind == "line"

    def _token(self, lexeme: Lexeme, at: int, *, forced: bool, leading: bool) -> None:
        line = self.layout.lines.get(at)
        gap = ""
        if line is not None:
            self._begin(lexeme, at, line, leading=leading and not line.closes)
            gap = " " if leading and not line.closes else ""
        elif not leading and (
            forced or at in self.wraps or (lexeme.newlines and self.spaces.may_break(at))
        ):
            self._new_row(self._continued(lexeme))
            self.broken = True
        elif at and (self.spaces.blank(at) or self._after_comment(at)):
            gap = self._gap(lexeme, aligned=self._may_align(lexeme, at))
        self._put(gap)
        self._place(lexeme, at)
        self.opened = lexeme.text == "{"

    def _begin(self, lexeme: Lexeme, at: int, line: Line, *, leading: bool) -> None:
        if not leading:
            blank = lexeme.newlines > 1 and not self.opened and not line.tight
            self._new_row(line.depth * TAB, blank=blank)
            self.row_column = lexeme.column
        self.line, self.line_at, self.line_column = line, at, self.row_column
        self.broken = False

    def _place(self, lexeme: Lexeme, at: int) -> None:
        if lexeme.text in (")", "]", "}") and self.brackets:
            self.brackets.pop()
        start = self._column()
        nest = len(self.brackets)
        otherwise = self._otherwise()
        self._put(lexeme.text)
        end = start + len(lexeme.text)
        self.rows[-1].tokens.append(Placed(at, end, nest, start, otherwise))
        if lexeme.text in ("(", "[", "{"):
            more = 2 if lexeme.text == "{" else 1
            self.brackets.append(_Bracket(self.line_at, lexeme.column + more, start + more))

    def _after_comment(self, at: int) -> bool:
        """A comment stands right before, on the same line."""
        tight = self.lexemes.tokens[at].text in MOVING
        return self.rows[-1].text.endswith("*/") and not tight

    def _may_align(self, lexeme: Lexeme, at: int) -> bool:
        """Runs of blanks are kept where declarations line up with their neighbours."""
        if not self.line.declares:
            return False
        if lexeme.text == "expect":
            return True
        if self.broken or (self.brackets and self.brackets[-1].line == self.line_at):
            return False
        return lexeme.kind in ("word", "string") or lexeme.text in ("=", "{", "*", "(", ".")

    # --- comments -------------------------------------------------------------------------------

    def _own_comment(self, lexeme: Lexeme, at: int, *, own: bool) -> bool:
        """A comment that begins a line in the source; whether it still does."""
        tokens = self.lexemes.tokens
        line = self.layout.lines.get(at) if at < len(tokens) else Line(0)
        if line is not None:
            blank = lexeme.newlines > 1 and not self.opened
            depth = line.depth
            if line.inner and at < len(tokens):
                deeper = -(-(lexeme.column - tokens[at].column) // TAB)
                depth += max(int(line.closes), min(line.inner, deeper))
            self._new_row(depth * TAB, blank=blank)
            self.row_column = lexeme.column
            self.opened = False
        elif own or self.spaces.may_break(at):
            self._new_row(self._continued(lexeme))
            self.broken = True
        else:
            self._trailing_comment(lexeme, at)
            return False
        self._comment(lexeme)
        return True

    def _trailing_comment(self, lexeme: Lexeme, at: int) -> None:
        row = self.rows[-1].text
        if row and not row[-1].isspace() and not (row.endswith(("(", "[")) and not lexeme.gap):
            self._put(self._gap(lexeme, aligned=True))
        self._comment(lexeme)

    def _comment(self, lexeme: Lexeme) -> None:
        first, *rest = lexeme.text.split("\n")
        shift = self._column() - lexeme.column
        self._put(first.rstrip() if rest else first)
        for text in rest:
            body = text.strip()
            column = width(text[: len(text) - len(text.lstrip())]) + shift
            if shift:
                text = indentation(max(column, 0)) + body
            self.rows.append(Row(text.rstrip() if body else ""))


def hoisted(lexemes: Lexemes, layout: Layout) -> list[tuple[Lexeme, int]]:
    """All lexemes in order, with the number of the token they are or stand before.

    Signs that cannot begin a line move before the comments that end the line before them.
    """
    order: list[tuple[Lexeme, int]] = []
    at = 0
    for lexeme in lexemes.all:
        if lexeme.is_comment:
            order.append((lexeme, at))
            continue
        place = len(order)
        if _moves(lexeme, at, layout):
            ends = False
            while place and order[place - 1][0].is_comment:
                place -= 1
                ends = ends or order[place][0].newlines > 0 or order[place][0].kind == "line"
            if not ends:
                place = len(order)
        if place < len(order):
            order[place:] = [(comment, at + 1) for comment, _ in order[place:]]
            moved = Lexeme(lexeme.kind, lexeme.text, lexeme.start, "", 0, lexeme.column)
            order.insert(place, (moved, at))
        else:
            order.append((lexeme, at))
        at += 1
    return order


def _moves(lexeme: Lexeme, at: int, layout: Layout) -> bool:
    if at in layout.lines:
        return False
    if lexeme.text == "{":
        return at in layout.roles.blocks
    if lexeme.text == ";" and at > 2 and layout.lexemes.tokens[at - 2].text == "*":
        # `a * b // ...` and then the semicolon: without the comment it would declare b
        return at - 2 in layout.roles.prefix or at - 3 not in layout.lines
    return lexeme.text in MOVING
