# SPDX-License-Identifier: MIT
"""What is wrong with a token that does not fit, in the reader's words."""

import re
from collections.abc import Iterable
from typing import get_args

from lark import Token

from srcucheck.base.diagnostic import Diagnostic
from srcucheck.base.span import Span
from srcucheck.lang.builtin import THREAD_KINDS
from srcucheck.lang.suggest import nearest
from srcucheck.lang.tree import AwaitKind

TYPES = {"float", "double", "char", "long", "short", "signed", "size_t", "u8", "u16", "u32", "u64",
         "s32", "s64", "uint32_t", "int32_t"}  # fmt: skip


RESERVED = frozenset(
    (
        "auto",
        "break",
        "case",
        "const",
        "continue",
        "default",
        "do",
        "else",
        "enum",
        "extern",
        "for",
        "goto",
        "if",
        "inline",
        "int",
        "register",
        "restrict",
        "return",
        "sizeof",
        "static",
        "struct",
        "switch",
        "typedef",
        "union",
        "unsigned",
        "void",
        "volatile",
        "while",
        "bool",
        "atomic",
        "await",
    )
)

CASTS = frozenset(("bool", "enum", "int", "struct", "unsigned", "void"))
AWAITS = frozenset(get_args(AwaitKind))
MOST_OF_A_FIX = 60
"""Characters of a statement that are repeated in what mends it."""
THREAD_HEAD = re.compile(r"([A-Za-z_]\w*)[ \t]+([A-Za-z_]\w*)[ \t]*(?:\{|\[[ \t]*\w+[ \t]*:)")
"""At the start of a line: what would be a thread if its first word were a kind of one."""


def explain(name: str, text: str, token: Token, expected: Iterable[str]) -> Diagnostic:
    """The diagnostic for a token where parsing could not go on."""
    at = token.start_pos or 0
    word = str(token)
    span = Span(name, at, at + max(len(word), 1))
    line_start = text.rfind("\n", 0, at) + 1
    line_end = text.find("\n", at)
    line = text[line_start : line_end if line_end >= 0 else len(text)]
    before = text[:at].rstrip()
    wanted = set(expected)
    if line.lstrip().startswith("#"):
        return Diagnostic("E110", "There is no preprocessor.", span, (),
                          "`use drm;` for #include, `param N = 2;` for #define")  # fmt: skip
    if "sizeof" in line:
        return Diagnostic("E106", "There is no sizeof: kzalloc() takes the name of a struct.", span,
                          (), "kzalloc(struct T)")  # fmt: skip
    if word == '"' or word.startswith('"'):
        closed = word.count('"') > 1
        message = "No string stands here." if closed else "The string does not end on its line."
        return Diagnostic("E105", message, span)
    if word == "/" and text[at : at + 2] == "/*":
        return Diagnostic("E104", "The comment does not end.", span)
    if token.type == "$END":
        return Diagnostic("E111", _at_end(text), Span(name, len(before), len(before) + 1))
    previous = re.search(r"([A-Za-z_]\w*)\s*$", text[:at])
    if previous and previous.group(1) == "unsigned" and word in ("int", *TYPES):
        return Diagnostic("E112", "An unsigned number is 'unsigned'.", span, (), "unsigned")
    if word in TYPES or (previous and previous.group(1) in TYPES):
        named = word if word in TYPES or previous is None else previous.group(1)
        fix = "int, unsigned, bool, int[0..7], an enum or a struct"
        return Diagnostic("E112", f"There is no type '{named}'.", span, (), fix)
    kind = THREAD_HEAD.match(text, line_start)
    if kind and kind.end(2) <= at < kind.end():
        span = Span(name, kind.start(1), kind.end(1))
        return Diagnostic("E120", f"There is no kind of thread '{kind[1]}'.", span, (),
                          ", ".join(THREAD_KINDS))  # fmt: skip
    if before.endswith("(") and word in CASTS and "NAME" in wanted:
        message = "There are no casts: a pointer's type is checked when it is used."
        return Diagnostic("E119", message, span, (), "leave it out")
    awaited = _after_await(name, text, before, at, span) if "SEMICOLON" in wanted else None
    if awaited is not None:
        return awaited
    if "SEMICOLON" in wanted and _new_line(before, text, at):
        end = len(before)
        return Diagnostic("E113", "A ';' is missing.", Span(name, end - 1, end), (), ";")
    if re.search(r"\bexpect\b", line) and word == "=":
        return Diagnostic("E114", "A condition compares with '=='.", span, (), "==")
    if word in RESERVED and "NAME" in wanted:
        return Diagnostic("E115", f"'{word}' is a word of C and no name.", span)
    return Diagnostic("E116", f"'{word}' does not fit here{_wanted(wanted)}.", span)


def _after_await(name: str, text: str, before: str, at: int, span: Span) -> Diagnostic | None:
    """For ``await (c) x = 1;``, and for an await that is none; None if it is neither."""
    opening = _opening(before)
    head = re.search(r"\b(await(?:_\w+)?)\s*$", before[: opening or 0])
    if head is None:
        return None
    if head[1] not in AWAITS:
        near = nearest(head[1], sorted(AWAITS))
        hint = f" Did you mean '{near}'?" if near else ""
        where = Span(name, head.start(1), head.end(1))
        return Diagnostic("E116", f"There is no '{head[1]}'.{hint}", where, (), near)
    if _new_line(before, text, at) and _indent(text, at) <= _indent(text, head.start()):
        return None  # a statement of its own: a ';' is missing
    statement = re.compile(r"[^;{}]*;").match(text, at)
    update = " ".join(statement.group().split()) if statement is not None else "...;"
    condition = before[head.start(1) :]
    if len(condition) + len(update) > MOST_OF_A_FIX:
        condition, update = f"{head[1]} (...)", "...;"
    message = "What an await does once its condition is true stands in braces."
    simple = text[span.start : span.end] not in RESERVED
    return Diagnostic("E116", message, span, (), f"{condition} {{ {update} }}" if simple else None)


def _opening(before: str) -> int | None:
    """Where the parenthesis opens that ends the text, if one does."""
    depth = 0
    for at in range(len(before) - 1, -1, -1):
        depth += (before[at] == ")") - (before[at] == "(")
        if depth == 0:
            return at if before[at] == "(" else None
    return None


def _indent(text: str, at: int) -> int:
    line = text[text.rfind("\n", 0, at) + 1 :].expandtabs()
    return len(line) - len(line.lstrip())


def _new_line(before: str, text: str, at: int) -> bool:
    return "\n" in text[len(before) : at]


def _at_end(text: str) -> str:
    missing = text.count("{") - text.count("}")
    if missing > 0:
        return f"The file ends while {missing} '{{' {'is' if missing == 1 else 'are'} still open."
    return "The file ends in the middle of a declaration."


READER_WORDS = {
    "SEMICOLON": "';'", "COMMA": "','", "RPAR": "')'", "LPAR": "'('", "LBRACE": "'{'",
    "RBRACE": "'}'", "NAME": "a name", "COLON": "':'", "EQUAL": "'='", "RSQB": "']'",
    "NUMBER": "a number", "STRING": "a string",
}  # fmt: skip


def _wanted(wanted: set[str]) -> str:
    names = [READER_WORDS[w] for w in READER_WORDS if w in wanted]
    if not names or len(names) > 3:
        return ""
    return f": {' or '.join(names)} is wanted"
