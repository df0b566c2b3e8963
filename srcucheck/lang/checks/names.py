# SPDX-License-Identifier: MIT
"""What a bare name is worth in an expression."""

from typing import assert_never

from srcucheck.lang import tree
from srcucheck.lang.builtin import ERRNO
from srcucheck.lang.program import (
    ChoiceInfo,
    FunctionInfo,
    GlobalInfo,
    ParamInfo,
    PropertyInfo,
    ThreadInfo,
)
from srcucheck.lang.scope import KIND, ChoiceOf, Null, Scope, Value
from srcucheck.lang.suggest import did_you_mean
from srcucheck.lang.types import BOOL, INT, PASTED, TASK, Enum, Func, Pointer


class BareNames:
    """Looks names up: in the type of the other side, the body, the program, the language."""

    __slots__ = ("_scope",)

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def name(self, expr: tree.Name, expected: Value | None) -> Value:
        """Its type; ``expected`` is that of the other side."""
        name, scope = expr.name, self._scope
        if isinstance(expected, ChoiceOf) and name in expected.choice.alternatives:
            return expected
        if isinstance(expected, Enum) and name in scope.members(expected):
            return expected
        local = scope.local(name)
        if local is not None:
            return local.type
        symbol = scope.symbol(name)
        match symbol:
            case None:
                return self._word(expr, expected)
            case GlobalInfo(type=found):
                return found
            case ParamInfo(value=value):
                truth = isinstance(value, tree.Name) and value.name in ("true", "false")
                return BOOL if truth else INT
            case ChoiceInfo():
                return ChoiceOf(symbol)
            case FunctionInfo():
                thread = scope.threads.get(name)
                if thread is not None and not isinstance(expected, Func):
                    return self._task(expr, thread)
                types = tuple(t for _, t in symbol.parameters)
                return Func(symbol.result, types, False)
            case ThreadInfo():
                return self._task(expr, symbol)
            case PropertyInfo():
                scope.add(
                    "E318", f"'{name}' is a property: WARN_ON(c, {name}) reports it.", expr.span
                )
            case tree.EventDecl():
                message = f"'{name}' is an event: call it where it happens."
                scope.add("E318", message, expr.span, fix=f"{name}()")
            case _:
                assert_never(symbol)
        return PASTED

    def _task(self, expr: tree.Name, thread: ThreadInfo) -> Value:
        if thread.variable:
            message = f"There are several '{thread.name}': say which."
            self._scope.add("E318", message, expr.span, fix=f"{thread.name}[0]")
        return Pointer(TASK)

    def _word(self, expr: tree.Name, expected: Value | None) -> Value:
        """A name that the program does not define: the language may, or an enum."""
        name, scope = expr.name, self._scope
        match name:
            case "true" | "false":
                return BOOL
            case "NULL":
                return Null()
            case "current":
                return Pointer(TASK)
            case _:
                pass
        if name in ERRNO:
            return INT
        enum = scope.enum_with(name)
        if enum is not None:
            return enum
        match expected:
            case ChoiceOf(choice=choice) if expected.named:
                alternatives = [str(a) for a in choice.alternatives]
                hint, fix = did_you_mean(name, alternatives)
                listed = ", ".join(alternatives)
                message = f"'{name}' is no alternative of '{choice.name}' ({listed}).{hint}"
                if scope.once(f"{choice.name} == {name}"):
                    scope.add("E222", message, expr.span, fix=fix)
            case Enum() if expected == KIND:
                hint, fix = did_you_mean(name, scope.members(expected))
                listed = ", ".join(scope.members(expected))
                if scope.once(f"kind == {name}"):
                    message = f"'{name}' is no kind of thread ({listed}).{hint}"
                    scope.add("E301", message, expr.span, fix=fix)
            case _:
                scope.unknown_name(expr)
        return PASTED
