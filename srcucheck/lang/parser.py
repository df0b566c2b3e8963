# SPDX-License-Identifier: MIT
"""Text -> syntax tree.  The grammar is ``grammar.lark``; its tables are built once and kept."""

import re
from collections.abc import Iterator
from functools import cache

from lark import Lark, Token, UnexpectedCharacters, UnexpectedEOF, UnexpectedToken
from lark.exceptions import VisitError

from srcucheck.base.diagnostic import Diagnostic, ModelError
from srcucheck.base.source import SourceFile
from srcucheck.base.span import Span
from srcucheck.lang import tree
from srcucheck.lang.build_tables import grammar_options, grammar_text, tables_path
from srcucheck.lang.build_tree import TreeBuilder
from srcucheck.lang.slips import explain

MAX_DEPTH = 200
MAX_ERRORS = 5

TOP_WORDS = {
    "use": "USE", "param": "PARAM", "choice": "CHOICE", "task": "TASK", "event": "EVENT",
    "on": "ON", "property": "PROPERTY", "pool": "POOL", "init": "INIT", "check": "CHECK",
    "thread": "KIND", "user": "KIND", "kworker": "KIND", "softirq": "KIND", "hardirq": "KIND",
    "hardware": "KIND",
}  # fmt: skip
TYPE_FOLLOWS = re.compile(r"\s+(?!in\b)[A-Za-z_]\w*|\s*\*[\s*]*[A-Za-z_]\w*\s*(?:;|,|\[|=[^=])")
COMMENT = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', re.DOTALL)
OPENING, CLOSING = frozenset("({["), frozenset(")}]")


def parse(source: SourceFile) -> tree.File:
    """The tree of one file.

    Raises:
        ModelError: with one or several diagnostics (E1xx), in order of place.
    """
    _refuse_junk(source)
    found: list[Diagnostic] = []
    text = source.text
    while True:
        try:
            declarations = _declarations(source.name, text)
        except ModelError as error:
            found += error.diagnostics
            rest = _without(text, error.diagnostics[0].span)
            if rest is None or len(found) >= MAX_ERRORS:
                break
            text = rest
            continue
        break
    if found:
        raise ModelError(*found)
    comments = _comments(source)
    if not declarations:
        raise ModelError(Diagnostic("E101", "The file is empty: there is nothing to check.", None))
    return tree.File(source.name, _title(comments), declarations, comments)


def decode(name: str, data: bytes) -> SourceFile:
    """The text of a file as bytes.

    Raises:
        ModelError: it is no text (E102).
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        where = f"byte {error.start} is no UTF-8"
        raise ModelError(Diagnostic("E102", f"{name} is not a text file: {where}.", None)) from None
    return SourceFile(name, text.replace("\r\n", "\n"))


def _refuse_junk(source: SourceFile) -> None:
    at = next((i for i, c in enumerate(source.text) if c < " " and c not in "\n\t\f\r"), None)
    if at is not None:
        span = Span(source.name, at, at + 1)
        raise ModelError(Diagnostic("E102", "This is not a text file: control character.", span))
    if source.text.startswith("\ufeff"):
        span = Span(source.name, 0, 1)
        raise ModelError(Diagnostic("E102", "The file begins with a byte order mark.", span))


class _Words:
    """Settles what the lexer alone cannot: which words are words by position."""

    always_accept = ()

    def __init__(self) -> None:
        self.name = ""
        self.text = ""

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        """Passes tokens on, some with another type."""
        braces = depth = 0
        text = self.text
        for token in stream:
            value, type_ = token.value, token.type
            if value in OPENING:
                depth += 1
                braces += value == "{"
                if depth > MAX_DEPTH:
                    self._too_deep(token)
            elif value in CLOSING:
                depth -= 1
                braces -= value == "}"
            elif type_ == "NAME_OF_TYPE":
                if not braces:
                    token = _retyped(token, TOP_WORDS.get(value, "NAME"))
            elif braces and value in TOP_WORDS and type_ == TOP_WORDS[value]:
                follows = TYPE_FOLLOWS.match(text, token.end_pos or 0)
                token = _retyped(token, "NAME_OF_TYPE" if follows else "NAME")
            yield token

    def _too_deep(self, token: Token) -> None:
        span = Span(self.name, token.start_pos or 0, token.end_pos or 0)
        message = f"More than {MAX_DEPTH} brackets inside one another."
        raise ModelError(Diagnostic("E103", message, span))


def _retyped(token: Token, type_: str) -> Token:
    return Token(
        type_, token.value, token.start_pos, token.line, token.column, token.end_line,
        token.end_column, token.end_pos,
    )  # fmt: skip


class _Parser:
    """Lark with this project's tables; made once, as loading them takes a while."""

    def __init__(self) -> None:
        self.words = _Words()
        self.builder = TreeBuilder("")
        self.lark = Lark(
            grammar_text(), cache=str(tables_path()), transformer=self.builder,
            postlex=self.words, **grammar_options(),
        )  # fmt: skip

    def declarations(self, name: str, text: str) -> tuple[tree.Declaration, ...]:
        self.builder.name_of_file = self.words.name = name
        self.words.text = text
        # the transformer runs while parsing
        found: tuple[tree.Declaration, ...] = self.lark.parse(text)  # type: ignore[assignment]
        return found


@cache
def _parser() -> _Parser:
    return _Parser()


def _declarations(name: str, text: str) -> tuple[tree.Declaration, ...]:
    try:
        return _parser().declarations(name, text)
    except UnexpectedToken as error:
        raise ModelError(explain(name, text, error.token, error.expected)) from None
    except UnexpectedCharacters as error:
        at = int(getattr(error, "pos_in_stream", 0) or 0)
        word = re.compile(r"\w+|.|$").match(text, at)
        token = Token("?", word.group() if word else "", at)
        raise ModelError(explain(name, text, token, error.allowed or ())) from None
    except UnexpectedEOF as error:
        raise ModelError(
            explain(name, text, Token("$END", "", len(text)), error.expected)
        ) from None
    except VisitError as error:
        if isinstance(error.orig_exc, ModelError):
            raise error.orig_exc from None
        raise


def _without(text: str, span: Span | None) -> str | None:
    """The text with the declaration that is wrong blanked out; None if nothing is left."""
    if span is None:
        return None
    start = 0
    for match in re.finditer(r"^(?=[^\s}/*])", text[: span.start + 1], re.MULTILINE):
        start = match.start()
    following = re.compile(r"^(?=[^\s})/*])", re.MULTILINE).search(text, span.start + 1)
    end = following.start() if following else len(text)
    blank = re.sub(r"[^\n]", " ", text[start:end])
    if not blank.strip("\n ") and not text[start:end].strip():
        return None
    return text[:start] + blank + text[end:]


def _comments(source: SourceFile) -> tuple[tree.Comment, ...]:
    return tuple(
        tree.Comment(Span(source.name, m.start(), m.end()), m.group())
        for m in COMMENT.finditer(source.text)
        if m.group()[0] == "/"
    )


def _title(comments: tuple[tree.Comment, ...]) -> str:
    for comment in comments:
        if comment.text.startswith("/*"):
            lines = comment.text[2:-2].split("\n")
            return "\n".join(re.sub(r"^\s*\* ?", "", line).rstrip() for line in lines).strip()
    return ""
