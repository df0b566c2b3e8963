# SPDX-License-Identifier: MIT
"""Expressions that must be worth something before the run: bounds, lengths, conditions, values."""

from contextlib import suppress
from typing import Literal

from srcucheck.base.diagnostic import ModelError, Note
from srcucheck.lang import tree
from srcucheck.lang.builtin import ERRNO
from srcucheck.lang.constant import Value, evaluate_length, settle
from srcucheck.lang.findings import Findings
from srcucheck.lang.program import (
    ChoiceInfo,
    FunctionInfo,
    GlobalInfo,
    ParamInfo,
    Program,
)
from srcucheck.lang.suggest import did_you_mean
from srcucheck.lang.types import PASTED, Array, Struct, Type

Code = Literal["E220", "E404"]

MOST_PARTS = 100_000
"""Of one variable: structs in arrays in structs multiply."""


class Constants:
    """Checks constant expressions without evaluating them, so that no variant is left out."""

    __slots__ = ("_findings", "_program", "_said")

    def __init__(self, program: Program, findings: Findings) -> None:
        self._program = program
        self._findings = findings
        self._said: set[str] = set()

    def check(self, expr: tree.Expr, in_spec: bool, code: Code = "E220") -> None:
        """Numbers, params, choices, constants of enums, and operators."""
        match expr:
            case tree.Number():
                pass
            case tree.Name():
                self._name(expr, None, in_spec, code)
            case tree.Unary(operand=operand):
                self.check(operand, in_spec, code)
            case tree.Binary(op="==" | "!=", left=left, right=right):
                if self._unknown(left, right, in_spec):
                    self.check(left, in_spec, code)
                elif self._unknown(right, left, in_spec):
                    self.check(right, in_spec, code)
                else:
                    self._side(left, right, in_spec, code)
                    self._side(right, left, in_spec, code)
            case tree.Binary(op=op, left=left, right=right) if op != "in":
                self.check(left, in_spec, code)
                self.check(right, in_spec, code)
            case tree.Conditional(condition=condition, then=then, other=other):
                self.check(condition, in_spec, code)
                self.check(then, in_spec, code)
                self.check(other, in_spec, code)
            case _:
                text = self._findings.text(expr.span)
                self._findings.add(code, f"'{text}' is not known before the run.", expr.span)

    def _unknown(self, side: tree.Expr, other: tree.Expr, in_spec: bool) -> bool:
        """A bare name that means nothing, so that a bare name beside it is no fault of its own."""
        if not isinstance(side, tree.Name) or not isinstance(other, tree.Name):
            return False
        found = self._program.lookup(other.name, in_spec)
        known = self._program.lookup(side.name, in_spec) is not None or side.name in ERRNO
        return not known and not isinstance(found, ChoiceInfo | ParamInfo)

    def _side(self, side: tree.Expr, other: tree.Expr, in_spec: bool, code: Code) -> None:
        choice = None
        if isinstance(other, tree.Name):
            found = self._program.lookup(other.name, in_spec)
            choice = found if isinstance(found, ChoiceInfo) else None
        if isinstance(side, tree.Name):
            self._name(side, choice, in_spec, code)
        else:
            self.check(side, in_spec, code)

    def _name(self, expr: tree.Name, choice: ChoiceInfo | None, in_spec: bool, code: Code) -> None:
        name = expr.name
        if choice is not None and name in choice.alternatives:
            return
        symbol = self._program.lookup(name, in_spec)
        if isinstance(symbol, ParamInfo | ChoiceInfo):
            return
        if symbol is None and (name in ("true", "false") or name in ERRNO):
            return
        if symbol is None and any(name in e.members for e in self._program.enums.values()):
            return
        if name in self._said or (isinstance(symbol, GlobalInfo) and symbol.type == PASTED):
            return
        self._said.add(name)
        if choice is not None and any(isinstance(a, str) for a in choice.alternatives):
            alternatives = [str(a) for a in choice.alternatives]
            hint, fix = did_you_mean(name, alternatives)
            listed = ", ".join(alternatives)
            message = f"'{name}' is no alternative of '{choice.name}' ({listed}).{hint}"
            self._findings.add("E222", message, expr.span, fix=fix)
            return
        spec = self._findings.spec_with(f"struct {name}") or self._findings.spec_with(name)
        if symbol is None and spec is not None:
            if self._findings.ask_for_spec(spec):
                message = f"'{name}' is in a spec that is not loaded: add 'use {spec};'."
                self._findings.add(code, message, expr.span, fix=f"use {spec};")
            return
        known = [*self._program.params, *self._program.choices]
        hint, fix = did_you_mean(name, known)
        what = {GlobalInfo: "a variable", FunctionInfo: "a function"}.get(type(symbol), "")
        if symbol is None:
            message = f"There is no param or choice '{name}'.{hint}"
        else:
            is_what = f"'{name}' is {what}" if what else f"'{name}' is no number"
            message = f"{is_what}: only params and choices are known before the run.{hint}"
        notes = () if symbol is None else (Note("declared here", symbol.span),)
        self._findings.add(code, message, expr.span, *notes, fix=fix)

    def values(self) -> dict[str, Value] | None:
        """The first variant: first alternatives, defaults of params; None if there is none."""
        chosen: dict[str, Value] = {}
        for name, choice in self._program.choices.items():
            if not choice.alternatives:
                return None
            chosen[name] = choice.alternatives[0]
        try:
            return settle(self._program, chosen)
        except ModelError as error:
            self._findings.extend(error)
            return None

    def lengths(self, values: dict[str, Value]) -> None:
        """Array lengths of the user's own declarations, in the first variant."""
        for struct in self._program.structs.values():
            for field in struct.fields.values():
                if not field.in_spec:
                    self._length(field.type, values)
        parts: dict[str, int] = {}
        for g in self._program.globals:
            if not g.in_spec:
                self._length(g.type, values)
                many = self._parts(g.type, values, parts)
                if many > MOST_PARTS:
                    message = f"'{g.name}' has {many:,} parts, more than {MOST_PARTS:,}."
                    self._findings.add("E211", message, g.span)

    def _length(self, of: Type, values: dict[str, Value]) -> None:
        while isinstance(of, Array):
            try:
                self._elements(of, values)
            except ModelError as error:
                self._findings.extend(error)
            of = of.element

    def _elements(self, of: Array, values: dict[str, Value]) -> int:
        length = of.length
        if length is None or (isinstance(length, tree.Name) and length.name == "task"):
            return 1
        return evaluate_length(length, self._program, values)

    def _parts(self, of: Type, values: dict[str, Value], known: dict[str, int]) -> int:
        """How many numbers make up a variable, those of structs in structs included."""
        many = 1
        while isinstance(of, Array):
            with suppress(ModelError):  # told already
                many *= self._elements(of, values)
            of = of.element
        if not isinstance(of, Struct) or of.name not in self._program.structs:
            return many
        if of.name not in known:
            known[of.name] = 1  # one that contains itself is told elsewhere
            fields = self._program.structs[of.name].fields.values()
            known[of.name] = sum(self._parts(field.type, values, known) for field in fields)
        return many * known[of.name]
