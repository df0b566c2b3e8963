# SPDX-License-Identifier: MIT
"""Checks: what they ask about exists, and their expectations can be decided before the run."""

from srcucheck.base.diagnostic import Note
from srcucheck.base.span import Span
from srcucheck.lang import tree
from srcucheck.lang.builtin import LIVENESS_PROPERTIES, MEMORY_PROPERTIES
from srcucheck.lang.checks.calls import ASKED
from srcucheck.lang.checks.constants import Constants
from srcucheck.lang.checks.expr import Expressions
from srcucheck.lang.program import FunctionInfo
from srcucheck.lang.scope import Scope, Value, show_value
from srcucheck.lang.suggest import did_you_mean
from srcucheck.lang.types import PASTED, Array, Pasted, Pointer, SetOf, Struct
from srcucheck.lang.walk import walk

_ARITY = {
    "completes": 1,
    "never": 1,
    "always": 1,
    "reachable": 1,
    "settles": 1,
    "eventually": 1,
    "leads_to": 2,
}

STANDING = (*MEMORY_PROPERTIES, *LIVENESS_PROPERTIES)


class CheckChecker:
    """Checks the checks of a model."""

    __slots__ = ("_any", "_constants", "_names", "_program", "_scope")

    def __init__(self, scope: Scope, constants: Constants) -> None:
        self._scope = scope
        self._program = scope.program
        self._constants = constants
        self._names: dict[str, Span] = {}
        self._any: tuple[str, Span] | None = None

    def check(self, c: tree.Check) -> None:
        """One check and its expectations."""
        self._scope.said = set()
        self._name(c)
        match c.subject:
            case tree.Name():
                self._standing(c, c.subject)
            case tree.Call(function=tree.Name(name=name)) if name in _ARITY:
                self._asked(c.subject, name)
            case _:
                message = "A check names a property, or asks completes(), never(), reachable(), ..."
                self._scope.add("E405", message, c.subject.span)
        self._excepted(c)
        self._for_any(c)
        for at, e in enumerate(c.expectations):
            if e.condition is not None:
                self._constants.check(e.condition, False, "E404")
            elif at + 1 < len(c.expectations):
                message = "Nothing after this applies: it has no condition."
                self._scope.add("E410", message, e.span)

    def _for_any(self, c: tree.Check) -> None:
        """``for any N``: a param, the same one in all checks that ask so."""
        if c.for_any is None:
            return
        params = list(self._program.params)
        if c.for_any not in params:
            hint, fix = did_you_mean(c.for_any, params)
            message = f"'for any {c.for_any}': there is no param of this name.{hint}"
            self._scope.add("E406", message, c.span, fix=fix)
        elif self._any is not None and self._any[0] != c.for_any:
            note = Note("another check is for any number of this", self._any[1])
            self._scope.add("E406", "Checks are for any number of one thing only.", c.span, note)
        else:
            self._any = c.for_any, c.span

    def _name(self, c: tree.Check) -> None:
        name = c.name
        if name is None:
            if not isinstance(c.subject, tree.Name):
                return
            name = c.subject.name
        earlier = self._names.get(name)
        if earlier is not None:
            note = Note("the other one", earlier)
            self._scope.add("E403", f"There are two checks '{name}'.", c.span, note)
        self._names[name] = c.span

    def _standing(self, c: tree.Check, subject: tree.Name) -> None:
        name = subject.name
        if name in STANDING or name in self._program.properties or name in self._program.families:
            return
        spec = self._scope.findings.spec_with(name)
        if spec is not None:
            if self._scope.findings.ask_for_spec(spec):
                message = f"'{name}' is in a spec that is not loaded: add 'use {spec};'."
                self._scope.add("E401", message, subject.span, fix=f"use {spec};")
            return
        known = [*STANDING, *self._program.properties, *self._program.families]
        hint, fix = did_you_mean(name, known)
        message = f"There is no property '{name}'.{hint}"
        if fix is None and self._program.lookup(name, False) is not None:
            message = f"'{name}' is no property: ask never({name}), completes({name}), ..."
        self._scope.add("E401", message, subject.span, fix=fix)

    def _asked(self, call: tree.Call, name: str) -> None:
        if len(call.arguments) != _ARITY[name]:
            wanted = "one argument" if _ARITY[name] == 1 else "two arguments"
            message = f"{name}() takes {wanted}, and is given {len(call.arguments) or 'none'}."
            self._scope.add("E405", message, call.span)
            return
        if name == "completes":
            self._activation(call.arguments[0], "completes")
            return
        for argument in call.arguments:
            self._condition(argument)

    def _condition(self, expr: tree.Expr) -> None:
        for node in walk(expr):
            if not isinstance(node, tree.Call) or not isinstance(node.function, tree.Name):
                continue
            name = node.function.name
            if name in _ARITY and self._program.lookup(name, False) is None:
                self._scope.add("E405", f"{name}() cannot stand inside a condition.", node.span)
                return
            if name in ASKED and not isinstance(self._program.lookup(name, False), FunctionInfo):
                if len(node.arguments) != 1:
                    self._scope.add("E405", f"{name}() asks about one thread or call.", node.span)
                else:
                    self._activation(node.arguments[0], name)
        self._expressions().condition(expr)

    def _expressions(self) -> Expressions:
        return Expressions(self._scope, _no_wait)

    # --- threads and calls ----------------------------------------------------------------------

    def _activation(self, expr: tree.Expr, what: str) -> None:
        """``t``, ``t[i]``, ``t.call``, ``t[i].call`` or, for ``in`` and ``completes``, ``f``."""
        match expr:
            case tree.Member(base=base, name=name, arrow=False):
                if self._thread(base, False) and what in ("ended", "started"):
                    message = f"{what}() asks about a thread, not about a call."
                    self._scope.add("E402", message, expr.span, fix=self._scope.text(base))
                self._call(expr, name)
            case tree.Name() | tree.Index():
                self._thread(expr, what in ("in", "completes"))
            case _:
                message = f"{what}() asks about a thread, a call 't.f', or a function."
                self._scope.add("E402", message, expr.span)

    def _thread(self, expr: tree.Expr, or_function: bool) -> bool:
        name = expr.base if isinstance(expr, tree.Index) else expr
        if not isinstance(name, tree.Name):
            self._scope.add("E402", "This must be the name of a thread.", expr.span)
            return False
        thread = self._scope.threads.get(name.name)
        if thread is not None:
            if isinstance(expr, tree.Index):
                self._expressions().value(expr)
            return True
        if or_function and isinstance(expr, tree.Name) and self._function(name.name):
            return True
        if not self._scope.once(name.name):
            return False
        known = [t.name for t in self._program.threads]
        what = "thread"
        if or_function:
            known += [
                n for n, s in self._program.model_names.items() if isinstance(s, FunctionInfo)
            ]
            what = "thread or function"
        hint, fix = did_you_mean(name.name, known)
        if self._function(name.name):
            hint, fix = f" It is a function: 't.{name.name}' is a call by a thread t.", None
        self._scope.add("E402", f"There is no {what} '{name.name}'.{hint}", name.span, fix=fix)
        return False

    def _function(self, name: str) -> bool:
        """The model's own, a spec's, or one that a spec hides: it may be what a worker runs."""
        found = (self._program.model_names.get(name), self._program.spec_names.get(name))
        return any(isinstance(symbol, FunctionInfo) for symbol in found)

    def _functions(self) -> list[str]:
        names = self._program.model_names.items()
        return [n for n, symbol in names if isinstance(symbol, FunctionInfo)]

    def _call(self, expr: tree.Member, name: str) -> None:
        if self._function(name) or not self._scope.once(f"call {name}"):
            return
        hint, fix = did_you_mean(name, self._functions())
        at = Span(expr.span.file, expr.span.end - len(name), expr.span.end)
        self._scope.add("E402", f"There is no function '{name}'.{hint}", at, fix=fix)

    def _excepted(self, c: tree.Check) -> None:
        if not c.excepted:
            return
        if not (isinstance(c.subject, tree.Name) and c.subject.name == "no_leak"):
            message = "Only 'no_leak' has exceptions: objects that live at the end by intent."
            self._scope.add("E409", message, c.excepted[0].span)
            return
        for expr in c.excepted:
            found: Value = self._expressions().value(expr)
            if not isinstance(found, Pointer | SetOf | Array | Struct | Pasted):
                text = self._scope.text(expr)
                message = f"'{text}' is {show_value(found)}: name the pointer to what survives."
                self._scope.add("E409", message, expr.span)


def _no_wait(_expr: tree.Await) -> Value:
    """A wait in a check has been reported by then."""
    return PASTED
