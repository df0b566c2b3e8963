# SPDX-License-Identifier: MIT
"""Calls of the language's own words: kfree, WARN_ON, ARRAY_SIZE and their like."""

from srcucheck.lang import tree
from srcucheck.lang.checks.paths import Evaluator
from srcucheck.lang.fits import complain
from srcucheck.lang.scope import NoElements, Scope, Value, show_value
from srcucheck.lang.types import (
    BOOL,
    INT,
    PASTED,
    VOID,
    Array,
    Pasted,
    Pointer,
    SetOf,
    Struct,
    Void,
)

_USAGE = {
    "kfree": "kfree(p)",
    "touch": "touch(p)",
    "poison": "poison(p->member)",
    "live": "live(p)",
    "empty": "empty(s)",
    "any": "any(a)",
    "none": "none(a)",
    "ARRAY_SIZE": "ARRAY_SIZE(a)",
    "WARN_ON": "WARN_ON(condition, property)",
    "BUG_ON": "BUG_ON(condition, property)",
    "assert": "assert(condition)",
    "limit": 'limit(condition, "text")',
}

_CHANGING = frozenset({"kfree", "poison", "touch", "WARN_ON", "BUG_ON", "assert", "limit"})
"""Words that report, cut or end something, which a look must not."""


class Words:
    """Checks calls of the language's own words in one body."""

    __slots__ = ("_expressions", "_scope")

    def __init__(self, scope: Scope, expressions: Evaluator) -> None:
        self._scope = scope
        self._expressions = expressions

    def call(self, call: tree.Call, name: str) -> Value:
        """The type of what such a call yields."""
        if self._scope.mode != "body" and name in _CHANGING:
            code = "E321" if self._scope.mode == "guard" else "E407"
            who = "A guard" if self._scope.mode == "guard" else "A check"
            self._scope.add(code, f"{who} only looks: no {name}() in it.", call.span)
        given = call.arguments
        wanted = 2 if name in ("WARN_ON", "BUG_ON", "limit") else 1
        if len(given) != wanted:
            self._usage(call, name)
            return BOOL if name == "WARN_ON" else PASTED
        match name:
            case "kfree" | "touch":
                self._object(given[0], name)
                return VOID
            case "live":
                self._object(given[0], name)
                return BOOL
            case "poison":
                if not isinstance(given[0], tree.Member):
                    message = "Only a member can be poisoned."
                    self._scope.add("E325", message, given[0].span)
                self._expressions.value(given[0])
                return VOID
            case "empty":
                found = self._expressions.value(given[0])
                if not isinstance(found, SetOf | Pasted | NoElements):
                    self._wrong(given[0], found, "a set")
                return BOOL
            case "any" | "none":
                found = self._expressions.value(given[0])
                element = found.element if isinstance(found, Array) else found
                if element not in (PASTED, BOOL) or found == BOOL:
                    self._wrong(given[0], found, "an array of bool")
                return BOOL
            case "ARRAY_SIZE":
                found = self._expressions.value(given[0])
                if not isinstance(found, Array | Pasted):
                    self._wrong(given[0], found, "an array")
                return INT
            case "WARN_ON" | "BUG_ON":
                self._expressions.condition(given[0])
                self._scope.property(given[1])
                return BOOL if name == "WARN_ON" else VOID
            case "limit":
                self._expressions.condition(given[0])
                if not isinstance(given[1], tree.String):
                    self._scope.add("E325", "The bound needs a text in quotes.", given[1].span)
                return VOID
            case _:
                self._expressions.condition(given[0])
                return VOID

    def _usage(self, call: tree.Call, name: str) -> None:
        message = f"It is {_USAGE[name]}."
        fix = None
        if name == "WARN_ON" and len(call.arguments) == 1:
            text = self._scope.text(call.arguments[0])
            message = "WARN_ON() names the property that it reports: WARN_ON(condition, property)."
            fix = f"assert(!({text}))"
        self._scope.add("E307", message, call.span, fix=fix)
        for argument in call.arguments[:1]:
            self._expressions.value(argument)

    def _object(self, expr: tree.Expr, name: str) -> None:
        found = self._expressions.value(expr)
        match found:
            case Pointer(target=Struct() | Void()) | Pasted():
                return
            case Struct() | Array():
                complain(self._scope, Pointer(VOID), found, expr, f"What {name}() is given")
            case _:
                if name != "kfree" or not (isinstance(expr, tree.Name) and expr.name == "NULL"):
                    self._wrong(expr, found, "a pointer to an object")

    def _wrong(self, expr: tree.Expr, found: Value, wanted: str) -> None:
        text = self._scope.text(expr)
        message = f"'{text}' is {show_value(found)}, not {wanted}."
        fix = None
        if isinstance(expr, tree.AddressOf):
            fix = self._scope.text(expr.operand)
        self._scope.add("E325", message, expr.span, fix=fix)
