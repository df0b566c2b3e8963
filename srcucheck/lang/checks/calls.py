# SPDX-License-Identifier: MIT
"""Calls: of functions, events, stored functions, choices, and the language's own words."""

from srcucheck.base.diagnostic import Note
from srcucheck.lang import tree
from srcucheck.lang.builtin import CALLS
from srcucheck.lang.checks.paths import Evaluator
from srcucheck.lang.checks.words import Words
from srcucheck.lang.declared import show
from srcucheck.lang.program import ChoiceInfo, FunctionInfo, GlobalInfo
from srcucheck.lang.scope import Scope, Value, show_value
from srcucheck.lang.types import BOOL, PASTED, VOID, Func, Pasted, Type

ASKED = ("in", "ended", "started")
"""What a check may ask about threads."""


class Calls:
    """Checks the calls of one body."""

    __slots__ = ("_expressions", "_scope", "_words")

    def __init__(self, scope: Scope, expressions: Evaluator) -> None:
        self._scope = scope
        self._expressions = expressions
        self._words = Words(scope, expressions)

    def call(self, call: tree.Call) -> Value:
        """The type of what a call yields."""
        callee = call.function
        if not isinstance(callee, tree.Name):
            return self._through(call, self._expressions.value(callee))
        name = callee.name
        local = self._scope.local(name)
        if local is not None:
            return self._through(call, local.type)
        symbol = self._scope.symbol(name)
        match symbol:
            case FunctionInfo():
                return self._function(call, callee, symbol)
            case tree.EventDecl():
                if call.arguments:
                    message = f"'{name}' is an event: it takes no arguments."
                    self._scope.add("E316", message, call.span, fix=f"{name}()")
                    self._skip(call)
                if self._scope.mode != "body":
                    code = "E321" if self._scope.mode == "guard" else "E407"
                    message = f"'{name}' is an event: it does not happen while one looks."
                    self._scope.add(code, message, call.span)
                return VOID
            case ChoiceInfo():
                return self._choice(call, symbol)
            case GlobalInfo(type=Func() as found):
                return self._through(call, found)
            case _ if name in CALLS:
                return self._words.call(call, name)
            case _ if name in ASKED and self._scope.mode == "check":
                return BOOL
            case None:
                self._scope.unknown_function(callee)
                self._skip(call)
                return PASTED
            case _:
                self._scope.add("E319", f"'{name}' is no function.", callee.span)
                self._skip(call)
                return PASTED

    def _skip(self, call: tree.Call) -> None:
        """Arguments of something unknown: names in them still have to exist."""
        for argument in call.arguments:
            if not isinstance(argument, tree.String):
                self._expressions.value(argument)

    def _function(self, call: tree.Call, callee: tree.Name, function: FunctionInfo) -> Value:
        scope = self._scope
        if function.body is None and not scope.in_spec and not function.in_spec:
            note = Note("declared here", function.span)
            message = f"'{function.name}' is declared, but has no body anywhere."
            scope.add("E212", message, callee.span, note)
        names = [name for name, _ in function.parameters]
        types = [found for _, found in function.parameters]
        if self._arity(call, f"{function.name}()", names, types, function):
            for at, argument in enumerate(call.arguments):
                wanted = types[at]
                if isinstance(wanted, Pasted):
                    if scope.effects.pastes(function, at):
                        self._expressions.value(argument)
                    continue
                what = f"The parameter '{names[at]}' of {function.name}()"
                self._expressions.want(argument, wanted, what)
        if scope.mode != "body" and not scope.effects.can_be_looked_at(function):
            code = "E321" if scope.mode == "guard" else "E407"
            who = "A guard" if scope.mode == "guard" else "A check"
            does = "changes something or waits"
            if scope.effects.function_only_looks(function):
                does = "is more than 'if' and 'return'"
            message = f"{who} only looks, and '{function.name}()' {does}."
            scope.add(code, message, call.span)
        return function.result

    def _through(self, call: tree.Call, found: Value) -> Value:
        text = self._scope.text(call.function)
        match found:
            case Pasted():
                self._skip(call)
                return PASTED
            case Func(result=result, parameters=parameters):
                blanks = [""] * len(parameters)
                if self._arity(call, f"'{text}'", blanks, parameters, None):
                    for at, argument in enumerate(call.arguments):
                        what = f"Argument {at + 1} of '{text}'"
                        self._expressions.want(argument, parameters[at], what)
                if self._scope.mode != "body":
                    code = "E321" if self._scope.mode == "guard" else "E407"
                    message = f"'{text}' is stored: what it would do while one looks is not known."
                    self._scope.add(code, message, call.span)
                return result
            case _:
                message = f"'{text}' is {show_value(found)}, not a function."
                self._scope.add("E319", message, call.function.span)
                self._skip(call)
                return PASTED

    def _choice(self, call: tree.Call, choice: ChoiceInfo) -> Value:
        found: Value = PASTED
        for name in choice.alternatives:
            function = self._scope.symbol(str(name))
            if not isinstance(function, FunctionInfo):
                message = f"'{choice.name}' cannot be called: '{name}' is no function."
                note = Note("the choice", choice.span)
                self._scope.add("E319", message, call.function.span, note)
                self._skip(call)
                return PASTED
        for name in choice.alternatives:
            function = self._scope.symbol(str(name))
            if isinstance(function, FunctionInfo):
                found = self._function(call, tree.Name(call.function.span, function.name), function)
        return found

    def _arity(
        self,
        call: tree.Call,
        what: str,
        names: list[str],
        types: list[Type] | tuple[Type, ...],
        function: FunctionInfo | None,
    ) -> bool:
        if len(call.arguments) == len(types):
            return True
        listed = ", ".join(
            f"{show(t)}{'' if show(t).endswith('*') else ' '}{n}".strip()
            for n, t in zip(names, types, strict=True)
        )
        takes = "no arguments" if not types else f"{len(types)} argument{'s'[: len(types) != 1]}"
        message = f"{what} takes {takes}, and is given {len(call.arguments) or 'none'}."
        notes = [Note(f"it takes ({listed})", function.span)] if function and types else []
        self._scope.add("E307", message, call.span, *notes)
        for argument, wanted in zip(call.arguments, types, strict=False):
            if not isinstance(wanted, Pasted) and not isinstance(argument, tree.String):
                self._expressions.value(argument, wanted)
        return False
