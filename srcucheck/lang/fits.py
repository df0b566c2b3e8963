# SPDX-License-Identifier: MIT
"""Whether a value may stand where a type is wanted, and if not, what to write instead."""

from srcucheck.lang import tree
from srcucheck.lang.names import same
from srcucheck.lang.program import FunctionInfo
from srcucheck.lang.scope import ChoiceOf, NoElements, Null, Scope, Value, show_value
from srcucheck.lang.types import (
    PASTED,
    Array,
    Bool,
    Enum,
    Func,
    Int,
    Pasted,
    Pointer,
    SetOf,
    Struct,
    Type,
    Void,
)

Scalar = (Int, Bool, Enum)


def fits(target: Value, value: Value) -> bool:
    """Numbers, booleans and enums are as good as one another; ``void *`` is any object."""
    match target, value:
        case (Pasted(), _) | (_, Pasted()):
            return True
        case (Int() | Bool() | Enum(), Int() | Bool() | Enum()):
            return True
        case (Int() | Bool() | Enum(), ChoiceOf()):
            return not value.named
        case (ChoiceOf(), ChoiceOf()):
            return target == value or not (target.named or value.named)
        case (ChoiceOf(), Int() | Bool() | Enum()):
            return not target.named
        case (Pointer() | Func(), Null()) | (Null(), Pointer() | Func() | Null()):
            return True
        case Pointer(), Pointer():
            return _same_target(target.target, value.target)
        case Func(), Func():
            return same(target, value)
        case SetOf(), SetOf():
            return target == value
        case SetOf(), NoElements():
            return True
        case Array(element=element), Array():
            return same(element, value.element)
        case Array(element=Struct() as element), Pointer():
            return element == value.target
        case _:
            return False


def _same_target(a: Type, b: Type) -> bool:
    if isinstance(a, Void) or isinstance(b, Void):
        return isinstance(a, Void | Struct) and isinstance(b, Void | Struct)
    return same(a, b)


def function_of_choice(scope: Scope, value: Value) -> Value:
    """The type of a choice as a function, if all its alternatives are functions."""
    if not isinstance(value, ChoiceOf):
        return value
    found = [scope.symbol(str(a)) for a in value.choice.alternatives]
    functions = [f for f in found if isinstance(f, FunctionInfo)]
    if functions and len(functions) == len(found):
        first = functions[0]
        return Func(first.result, tuple(t for _, t in first.parameters), False)
    return value


def complain(scope: Scope, target: Value, value: Value, expr: tree.Expr, what: str) -> None:
    """Say why a value does not fit where ``what`` (a ``parameter 'd' of f()``) is wanted."""
    text = scope.text(expr)
    span = expr.span
    match target, value:
        case ChoiceOf(choice=choice), _ if target.named:
            listed = ", ".join(str(a) for a in choice.alternatives)
            message = f"'{text}' is no alternative of '{choice.name}' ({listed})."
            scope.add("E222", message, span)
        case _, ChoiceOf(choice=choice) if value.named:
            message = f"'{text}' has names for alternatives: compare it with one."
            scope.add("E308", message, span, fix=f"{text} == {choice.alternatives[0]}")
        case _, Void():
            scope.add("E329", f"'{text}' has no value.", span)
        case (Pointer(target=Struct() | Void()), Struct()) if fits(target, Pointer(value)):
            message = f"'{text}' is {show_value(value)}, not a pointer to one: write '&{text}'."
            scope.add("E305", message, span, fix=f"&{text}")
        case (Pointer(), Array(element=element)) if fits(target, Pointer(element)):
            message = f"'{text}' is an array: write '&{text}[0]' for its first element."
            scope.add("E305", message, span, fix=f"&{text}[0]")
        case (Pointer(target=Int() | Bool() | Enum() | Pointer()), _) if (
            not isinstance(value, Null | NoElements | ChoiceOf)
            and fits(target, Pointer(value))
            and isinstance(expr, tree.Name | tree.Member | tree.Index)
        ):
            message = f"{what} is set by the call: write '&{text}'."
            scope.add("E305", message, span, fix=f"&{text}")
        case (_, Pointer(target=inner)) if isinstance(expr, tree.AddressOf) and fits(target, inner):
            inside = scope.text(expr.operand)
            because = _already(inner)
            scope.add("E306", f"'{inside}' {because}: leave out the '&'.", span, fix=inside)
        case _, Pointer(target=Array() as inner) if fits(target, inner):
            inside = text.removeprefix("&")
            scope.add("E306", f"'{inside}' is an array: leave out the '&'.", span, fix=inside)
        case (_, Pointer(target=Int() | Bool() | Enum() | Pointer() as inner)) if fits(
            target, inner
        ):
            message = f"'{text}' is a parameter to set: its value is '*{text}'."
            scope.add("E308", message, span, fix=f"*{text}")
        case (Pointer() | Func(), _) if isinstance(expr, tree.Number) and expr.value == 0:
            scope.add("E308", f"{what} is {show_value(target)}: write NULL.", span, fix="NULL")
        case (Int() | Bool() | Enum(), Pointer(target=Struct() | Void())) if isinstance(
            target, Bool
        ):
            message = f"{what} is a bool, and '{text}' a pointer: compare it."
            scope.add("E308", message, span, fix=f"{text} != NULL")
        case (Int() | Bool() | Enum(), Func()) if isinstance(expr, tree.Name):
            scope.add("E318", f"'{text}' is a function: call it.", span, fix=f"{text}()")
        case (Struct() | Array(), _) | (_, Struct() | Array()):
            if isinstance(target, Struct) or (isinstance(target, Array) and "param" not in what):
                whole = "Structs" if isinstance(target, Struct) else "Arrays"
                scope.add("E309", f"{whole} are not assigned: copy their members.", span)
            else:
                _mismatch(scope, target, value, expr, what)
        case _:
            _mismatch(scope, target, value, expr, what)


def _already(of: Type) -> str:
    match of:
        case Pointer():
            return "is a pointer already"
        case Array():
            return "is an array"
        case _:
            return f"is wanted by value, as {show_value(of)}"


def _mismatch(scope: Scope, target: Value, value: Value, expr: tree.Expr, what: str) -> None:
    text = scope.text(expr)
    message = f"{what} is {show_value(target)}, and '{text}' {show_value(value)}."
    fix = None
    match target, value:
        case Pointer(target=Struct(name=wanted)), Pointer(target=Struct(name=given)):
            path = _path(scope, given, wanted)
            back = _path(scope, wanted, given)
            if path is not None:
                start = text[1:] + "." if text.startswith("&") else text + "->"
                fix = f"&{start}{path}"
            elif back is not None:
                fix = f"container_of({text}, struct {wanted}, {back})"
        case _:
            pass
    scope.add("E308", message, expr.span, fix=fix)


def _path(scope: Scope, outer: str, inner: str) -> str | None:
    """The member of ``struct outer``, or of a member, that is a ``struct inner``."""
    info = scope.program.structs.get(outer)
    fields = info.fields.values() if info is not None else ()
    for field in fields:
        if field.type == Struct(inner):
            return field.name
    for field in fields:
        if isinstance(field.type, Struct):
            nested = scope.program.structs.get(field.type.name)
            for below in nested.fields.values() if nested is not None else ():
                if below.type == Struct(inner):
                    return f"{field.name}.{below.name}"
    return None


def join(a: Value, b: Value) -> Value:
    """The type of ``c ? a : b`` where nothing is expected."""
    match a, b:
        case (Null(), _) | (Pasted(), _):
            return b
        case Pointer(target=Void()), Pointer():
            return b
        case (Int() | Bool() | Enum(), Int() | Bool() | Enum()) if a != b:
            return Int()
        case Void(), _:
            return PASTED
        case _:
            return a
