# SPDX-License-Identifier: MIT
"""From what the grammar recognises to expressions."""

import re
from dataclasses import replace
from typing import Any

from lark import Token, Transformer

from srcucheck.base.diagnostic import Diagnostic, ModelError
from srcucheck.base.span import Span
from srcucheck.lang import tree

Item = Any
"""A token or a node: lark leaves both untyped."""

LEVELS = {
    "||": 1, "&&": 2, "|": 3, "^": 4, "&": 5, "==": 6, "!=": 6, "<": 7, "<=": 7, ">": 7, ">=": 7,
    "in": 7, "<<": 8, ">>": 8, "+": 9, "-": 9, "*": 10, "/": 10, "%": 10,
}  # fmt: skip
"""How tightly binary operators bind, as in C."""


ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}
LONGEST_NUMBER = 19
"""Digits; more is no number that a model could count to."""


class ExpressionBuilder(Transformer[Any, Any]):
    """Builds expressions, and the spans of everything."""

    def __init__(self, name: str) -> None:
        super().__init__(visit_tokens=False)
        self.name_of_file = name

    # --- spans ----------------------------------------------------------------------------------

    def _from(self, item: Item) -> int:
        return (item.start_pos or 0) if isinstance(item, Token) else item.span.start

    def _to(self, item: Item) -> int:
        return (item.end_pos or 0) if isinstance(item, Token) else item.span.end

    def _span(self, items: list[Item]) -> Span:
        return Span(self.name_of_file, self._from(items[0]), self._to(items[-1]))

    def _at(self, token: Token) -> Span:
        return Span(self.name_of_file, token.start_pos or 0, token.end_pos or 0)

    # --- expressions ----------------------------------------------------------------------------

    def assign(self, items: list[Item]) -> tree.Assign:
        target = items[0]
        if not isinstance(target, tree.Name | tree.Member | tree.Index | tree.Deref):
            raise ModelError(
                Diagnostic("E107", "This cannot stand on the left of an assignment.", target.span)
            )
        return tree.Assign(self._span(items), target, str(items[1])[:-1], items[2])

    def empty_set(self, items: list[Item]) -> tree.EmptySet:
        return tree.EmptySet(self._span(items))

    def conditional(self, items: list[Item]) -> tree.Conditional:
        return tree.Conditional(self._span(items), items[0], items[2], items[4])

    def binary(self, items: list[Item]) -> tree.Expr:
        """Sorts out precedence in a flat list: operands and operators in turn."""
        operands: list[tree.Expr] = [items[0]]
        operators: list[str] = []
        for at in range(1, len(items), 2):
            operator = str(items[at])
            while operators and LEVELS[operators[-1]] >= LEVELS[operator]:
                self._reduce(operands, operators)
            operators.append(operator)
            operands.append(items[at + 1])
        while operators:
            self._reduce(operands, operators)
        return operands[0]

    def _reduce(self, operands: list[tree.Expr], operators: list[str]) -> None:
        right, left = operands.pop(), operands.pop()
        operands.append(tree.Binary(left.span.to(right.span), operators.pop(), left, right))

    def unary(self, items: list[Item]) -> tree.Expr:
        word, operand = str(items[0]), items[1]
        span = self._span(items)
        match word:
            case "&":
                return tree.AddressOf(span, operand)
            case "*":
                return tree.Deref(span, operand)
            case "++" | "--":
                return tree.Increment(span, operand, word, prefix=True)
            case _:
                # the grammar knows no other word
                return tree.Unary(span, word, operand)  # type: ignore[arg-type]

    def member(self, items: list[Item]) -> tree.Member:
        return tree.Member(self._span(items), items[0], str(items[2]), str(items[1]) == "->")

    def index(self, items: list[Item]) -> tree.Index:
        inner = items[2]
        return tree.Index(self._span(items), items[0], None if isinstance(inner, Token) else inner)

    def increment(self, items: list[Item]) -> tree.Increment:
        # the grammar knows no other word
        return tree.Increment(self._span(items), items[0], str(items[1]), prefix=False)  # type: ignore[arg-type]

    def call(self, items: list[Item]) -> tree.Expr:
        span, function = self._span(items), items[0]
        arguments = [i for i in items[2:-1] if not isinstance(i, Token)]
        name = function.name if isinstance(function, tree.Name) else ""
        if name == "kzalloc":
            if len(arguments) != 1:
                raise ModelError(_no_size(span))
            return tree.Allocate(span, self._as_type(arguments[0]))
        if name == "container_of":
            if len(arguments) != 3:
                message = "container_of() takes a pointer, a struct and a member of it."
                fix = "container_of(p, struct T, member)"
                raise ModelError(Diagnostic("E106", message, span, fix=fix))
            path = self._path(arguments[2])
            return tree.ContainerOf(span, arguments[0], self._as_type(arguments[1]), path)
        for argument in arguments:
            if isinstance(argument, tree.NamedType):
                raise ModelError(
                    Diagnostic("E108", "A type is no argument of this function.", argument.span)
                )
        if name == "choose" and arguments:
            return tree.Choose(span, tuple(arguments))
        return tree.Call(span, function, tuple(arguments))

    def _as_type(self, argument: Item) -> tree.TypeExpr:
        if isinstance(argument, tree.NamedType):
            return argument
        if isinstance(argument, tree.Name):
            return tree.NamedType(argument.span, argument.name, "")
        raise ModelError(_no_size(argument.span))

    def _path(self, expr: tree.Expr) -> tuple[str, ...]:
        match expr:
            case tree.Name(name=name):
                return (name,)
            case tree.Member(base=base, name=name, arrow=False):
                return (*self._path(base), name)
            case _:
                raise ModelError(
                    Diagnostic("E108", "The path of a member is wanted: a.b", expr.span)
                )

    def quantifier(self, items: list[Item]) -> tree.Quantifier:
        span, word = self._span(items), items[0]
        if not isinstance(word, tree.Name) or word.name not in ("some", "all", "choose"):
            raise ModelError(
                Diagnostic("E109", "Only some(), all() and choose() range over places.", word.span)
            )
        # the grammar knows no other word
        return tree.Quantifier(span, word.name, str(items[2]), items[4], items[6])  # type: ignore[arg-type]

    def name(self, items: list[Item]) -> tree.Name:
        return tree.Name(self._at(items[0]), str(items[0]))

    def number(self, items: list[Item]) -> tree.Number:
        text, span = str(items[0]), self._at(items[0])
        if len(text) > LONGEST_NUMBER:
            raise ModelError(Diagnostic("E118", "This number is too large.", span))
        if text[0] == "0" and text.isdigit() and text.strip("0"):
            raise ModelError(
                Diagnostic("E118", "A number that begins with 0 is octal in C.", span,
                           fix=text.lstrip("0"))
            )  # fmt: skip
        return tree.Number(span, int(text, 16 if text[1:2] in ("x", "X") else 10))

    def string(self, items: list[Item]) -> tree.String:
        return tree.String(self._span(items), "".join(unquote(t) for t in items))

    def parenthesis(self, items: list[Item]) -> tree.Expr:
        """What stands inside; its span takes the brackets in, so that texts of nodes are whole."""
        # lark leaves nodes untyped
        return replace(items[1], span=self._span(items))  # type: ignore[no-any-return]

    def await_(self, items: list[Item]) -> tree.Await:
        block = items[-1] if isinstance(items[-1], tree.Block) else None
        holders = next((i for i in items if isinstance(i, tuple)), ())
        # the grammar knows no other word
        return tree.Await(self._span_of_await(items), str(items[0]), items[2], holders, block)  # type: ignore[arg-type]

    def _span_of_await(self, items: list[Item]) -> Span:
        last = items[-1]
        if isinstance(last, tuple):
            last = last[-1]
        return Span(self.name_of_file, self._from(items[0]), self._to(last))

    def holders(self, items: list[Item]) -> tuple[tree.Expr, ...]:
        return tuple(i for i in items if not isinstance(i, Token))


def _no_size(span: Span) -> Diagnostic:
    message = "kzalloc() and container_of() take the name of a struct."
    return Diagnostic("E106", message, span, (), "kzalloc(struct T)")


def unquote(token: Token) -> str:
    """The text of a string literal."""
    return re.sub(r"\\(.)", lambda m: ESCAPES.get(m[1], m[0]), str(token)[1:-1])
