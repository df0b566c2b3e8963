# SPDX-License-Identifier: MIT
"""Where lines begin: which tokens start one, and how deep it stands."""

from collections.abc import Set
from dataclasses import dataclass
from typing import Any

from srcucheck.lang import tree
from srcucheck.lang.fmt_lexemes import Lexemes
from srcucheck.lang.fmt_roles import Roles, below, case_heads

Depth = int | None
"""How many tabs; None inside what stays on one line."""


@dataclass(frozen=True, slots=True)
class Line:
    """A logical line: its depth, and the tabs by which what continues it is further in."""

    depth: int
    hang: int = 2
    closes: bool = False
    """It begins with the brace that ends a block."""
    tight: bool = False
    """No blank line stands before it."""
    inner: int = 0
    """How much deeper comments above it may stand."""
    declares: bool = False
    """It is a declaration, whose parts may be aligned with its neighbours'."""


class Layout:
    """Finds the lines of a file.

    ``lines`` maps numbers of tokens; ``inline`` has the opening braces of what stays on one line.
    """

    def __init__(
        self, file: tree.File, lexemes: Lexemes, known: Roles, expanded: Set[int], wraps: Set[int]
    ) -> None:
        self.lexemes = lexemes
        self.expanded = expanded
        self.wraps = wraps
        self.lines: dict[int, Line] = {}
        self.inline: set[int] = set()
        self.roles = known
        for declaration in file.declarations:
            self._declaration(declaration)

    def _line(self, at: int, depth: Depth, **more: Any) -> None:
        if depth is not None:
            self.lines[at] = Line(depth, **more)

    def _closing(self, at: int, depth: Depth, inner: int = 1) -> None:
        self._line(at, depth, closes=True, tight=True, inner=inner)

    def _at(self, node: Any) -> int:
        """The first token of a node; parentheses before an expression are no part of it."""
        at = self.lexemes.at(node.span.start)
        while at and self.lexemes.tokens[at - 1].text == "(":
            at -= 1
        return at

    def _last(self, node: Any) -> int:
        return self.lexemes.at(node.span.end) - 1

    def _stays(self, first: int, last: int) -> bool:
        """Braces that are on one line in the source, and shall be."""
        if first in self.expanded:
            return False
        if commented(self.lexemes, first):
            return False
        tokens = self.lexemes.tokens
        return "\n" not in self.lexemes.text[tokens[first].start : tokens[last].start]

    # --- declarations ---------------------------------------------------------------------------

    def _declaration(self, node: tree.Declaration) -> None:
        short = isinstance(node, tree.Check | tree.PropertyDecl | tree.Use)
        self._line(self._at(node), 0, hang=1 if short else 2, declares=True)
        match node:
            case tree.Function(body=body) if body is not None:
                opening = self._at(body)
                if not self._stays(opening, self._last(body)):
                    self._line(opening, 0, tight=True)
                self._parts(node, 0)
            case tree.StructDecl() | tree.TaskFields():
                self._parts(node, self._fields(node))
            case tree.EnumDecl():
                self._list(self._at(node) + 2, 0)
            case _:
                self._parts(node, 0)

    def _fields(self, node: tree.StructDecl | tree.TaskFields) -> Depth:
        tokens = self.lexemes.tokens
        opening, last = self._at(node), self._last(node)
        while opening < last and tokens[opening].text != "{":
            opening += 1
        closing = last - (tokens[last].text == ";")
        if opening >= closing or self._stays(opening, closing):
            self.inline.add(opening)
            return None
        self._closing(closing, 0)
        nest = 0
        starts = True
        for at in range(opening + 1, closing):
            if starts:
                self._line(at, 1, declares=True)
            starts = not nest and tokens[at].text == ";"
            nest += _nesting(tokens[at].text)
        return 1

    # --- expressions ----------------------------------------------------------------------------

    def _parts(self, node: Any, depth: Depth) -> None:
        for part in below(node):
            self._expression(part, depth)

    def _expression(self, node: Any, depth: Depth) -> None:
        match node:
            case None:
                pass
            case tree.Block():
                self._block(node, depth)
            case tree.Initializer():
                inner = self._list(self._at(node), depth)
                self._parts(node, inner)
            case _:
                self._parts(node, depth)

    def _list(self, opening: int, depth: Depth) -> Depth:
        """A list in braces: lines are kept if the first item stands on a line of its own."""
        tokens = self.lexemes.tokens
        if depth is None or not _breaks(self.lexemes, opening + 1):
            return depth
        nest = 0
        at = opening
        while True:
            at += 1
            text = tokens[at].text
            if text == "}" and not nest:
                break
            breaks = at in self.wraps or _breaks(self.lexemes, at)
            if breaks and not nest and tokens[at - 1].text in ("{", ","):
                self._line(at, depth + 1, declares=True)
            nest += _nesting(text)
        self._closing(at, depth)
        return depth + 1

    # --- statements -----------------------------------------------------------------------------

    def _block(self, node: tree.Block, depth: Depth, controlled: bool = False) -> None:
        """The inside of a block; its opening brace stands where it stands."""
        opening, closing = self._at(node), self._last(node)
        controlled = controlled and bool(node.statements)
        if depth is None or (not controlled and self._stays(opening, closing)):
            self.inline.add(opening)
            for statement in node.statements:
                self._statement(statement, None)
            return
        self._closing(closing, depth)
        for statement in node.statements:
            self._statement(statement, depth + 1)

    def _body(self, node: Any, depth: Depth) -> None:
        """What ``if``, ``while`` and their like govern."""
        if isinstance(node, tree.Block):
            self._block(node, depth, controlled=True)
        else:
            self._statement(node, None if depth is None else depth + 1)

    def _statement(self, node: Any, depth: Depth, *, starts: bool = True) -> None:
        if starts:
            self._line(self._at(node), depth)
        match node:
            case tree.Block():
                self._block(node, depth)
            case tree.If():
                self._expression(node.condition, depth)
                self._body(node.then, depth)
                if node.other is not None:
                    self._else(node, node.other, depth)
            case tree.While():
                self._expression(node.condition, depth)
                self._body(node.body, depth)
            case tree.DoWhile():
                self._do_while(node, depth)
            case tree.For():
                for part in (node.start, node.condition, node.step):
                    self._expression(part, depth)
                self._body(node.body, depth)
            case tree.ForEach():
                self._body(node.body, depth)
            case tree.Label():
                self._line(self._at(node), None if depth is None else 0, inner=depth or 0)
                self._statement(node.statement, depth)
            case tree.Atomic(body=body):
                if isinstance(body, tree.Block):
                    self._block(body, depth)
                else:
                    self._statement(body, depth, starts=False)
            case tree.Switch():
                self._switch(node, depth)
            case _:
                self._parts(node, depth)

    def _else(self, node: tree.If, other: Any, depth: Depth) -> None:
        word = self._at(other) - 1
        if not isinstance(node.then, tree.Block) or commented(self.lexemes, word):
            self._line(word, depth, tight=True)
        if isinstance(other, tree.If):
            self._statement(other, depth, starts=False)
        else:
            self._body(other, depth)

    def _do_while(self, node: tree.DoWhile, depth: Depth) -> None:
        self._expression(node.condition, depth)
        word = self.lexemes.at(node.body.span.end)
        if isinstance(node.body, tree.Block):
            self._block(node.body, depth)
        else:
            self._body(node.body, depth)
        if not isinstance(node.body, tree.Block) or commented(self.lexemes, word):
            self._line(word, depth, tight=True)

    def _switch(self, node: tree.Switch, depth: Depth) -> None:
        tokens = self.lexemes.tokens
        self._expression(node.subject, depth)
        opening, closing = self.lexemes.at(node.subject.span.end), self._last(node)
        while tokens[opening].text != "{":
            opening += 1
        inner: Depth = depth
        if depth is None or self._stays(opening, closing):
            self.inline.add(opening)
            inner = None
        else:
            self._closing(closing, depth, inner=2)
        for case in node.cases:
            for value in case.values:
                self._expression(value, inner)
            for word, _ in case_heads(case, self.lexemes):
                self._line(word, inner, inner=1)
            for statement in case.body:
                self._statement(statement, None if inner is None else inner + 1)


def _nesting(text: str) -> int:
    return (text in ("(", "[", "{")) - (text in (")", "]", "}"))


def _breaks(lexemes: Lexemes, at: int) -> bool:
    """Whether a line break stands between a token and the one before it."""
    if "\n" in lexemes.between(at):
        return True
    return lexemes.tokens[at - 1].text == "," and commented(lexemes, at - 1)


def commented(lexemes: Lexemes, at: int) -> bool:
    """Whether a comment that ends its line will stand right before a token.

    It may do so in the source, or because closing parentheses have moved before it.
    """
    while True:
        between = lexemes.between(at)
        if "\n" in between and not between.isspace():
            return True
        at -= 1
        if lexemes.tokens[at].text not in (")", "]"):
            return False
