# SPDX-License-Identifier: MIT
"""What signs mean where text alone does not tell: prefix or binary, call or group."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from srcucheck.lang import tree
from srcucheck.lang.fmt_lexemes import Lexemes


@dataclass(slots=True)
class Roles:
    """Numbers of tokens by what they are."""

    prefix: set[int] = field(default_factory=set)
    """Operators and pointer stars before which a blank may stand, but none after."""
    glued: set[int] = field(default_factory=set)
    """What stands right after the token before it: the parenthesis of a call, a label's colon."""
    blocks: set[int] = field(default_factory=set)
    """Opening braces of blocks."""


def below(node: Any) -> Iterator[Any]:
    """All nodes directly below one, types included."""
    for name in node.__slots__:
        value = getattr(node, name)
        if type(value).__module__.startswith(tree.__name__):
            yield value
        elif type(value) is tuple:
            for item in value:
                if type(item) is tuple:
                    item = item[1]
                if type(item).__module__.startswith(tree.__name__):
                    yield item


def roles(file: tree.File, lexemes: Lexemes) -> Roles:
    """The roles of a file's tokens."""
    found = Roles()
    stack: list[Any] = list(file.declarations)
    while stack:
        node = stack.pop()
        _note(node, lexemes, found)
        stack.extend(below(node))
    return found


def _note(node: Any, lexemes: Lexemes, found: Roles) -> None:
    tokens = lexemes.tokens
    at = lexemes.at(node.span.start)
    match node:
        case tree.Unary() | tree.Deref() | tree.AddressOf() | tree.Increment(prefix=True):
            found.prefix.add(at)
        case tree.Increment():
            found.glued.add(lexemes.at(node.span.end) - 1)
        case tree.Call():
            opening = lexemes.at(node.function.span.end)
            while tokens[opening].text == ")":
                opening += 1
            found.glued.add(opening)
        case tree.Allocate() | tree.ContainerOf() | tree.Choose() | tree.Quantifier():
            found.glued.add(at + 1)
        case tree.Function():
            name = lexemes.at(node.name_span.start)
            found.glued.add(name + 1)
            _stars(name, lexemes, found)
        case tree.Declarator() | tree.Field():
            name = at
            while tokens[name].text != node.name:
                name += 1
            _stars(name, lexemes, found)
            if isinstance(node.type, tree.FunctionType) and node.type.stored:
                found.glued.add(name + 2)
        case tree.Parameter():
            _parameter(node, lexemes, found)
        case tree.Block():
            found.blocks.add(at)
        case tree.Label():
            found.glued.add(at + 1)
        case tree.Check() if node.name is not None:
            found.glued.add(at + 2)
        case tree.Case():
            _case_colons(node, lexemes, found)
        case _:
            pass


def _stars(name: int, lexemes: Lexemes, found: Roles) -> None:
    """The stars before a declared name."""
    at = name - 1
    while lexemes.tokens[at].text in ("*", "("):
        if lexemes.tokens[at].text == "*":
            found.prefix.add(at)
        at -= 1


def _parameter(node: tree.Parameter, lexemes: Lexemes, found: Roles) -> None:
    base: Any = node.type
    while isinstance(base, tree.PointerType | tree.FunctionType):
        base = base.result if isinstance(base, tree.FunctionType) else base.target
    at = lexemes.at(base.span.end)
    tokens = lexemes.tokens
    while tokens[at].text == "*":
        found.prefix.add(at)
        at += 1
    if not isinstance(node.type, tree.FunctionType):
        return
    if node.type.stored:
        found.prefix.add(at + 1)
        found.glued.add(at + 4)
    else:
        found.glued.add(at + 1)


def case_heads(node: tree.Case, lexemes: Lexemes) -> list[tuple[int, int]]:
    """The first token and the colon of each ``case x:`` and ``default:`` of a case."""
    heads: list[tuple[int, int]] = []
    values = list(node.values)
    at = lexemes.at(node.span.start)
    tokens = lexemes.tokens
    while at < len(tokens) and tokens[at].start < node.span.end:
        word = tokens[at].text
        if word == "default":
            heads.append((at, at + 1))
        elif word == "case" and values:
            colon = lexemes.at(values.pop(0).span.end)
            while tokens[colon].text != ":":
                colon += 1
            heads.append((at, colon))
        else:
            break
        at = heads[-1][1] + 1
    return heads


def _case_colons(node: tree.Case, lexemes: Lexemes, found: Roles) -> None:
    found.glued.update(colon for _, colon in case_heads(node, lexemes))
