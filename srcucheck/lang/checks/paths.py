# SPDX-License-Identifier: MIT
"""Paths to things: members, elements, addresses, and what can be assigned to."""

from typing import Protocol

from srcucheck.base.span import Span
from srcucheck.lang import tree
from srcucheck.lang.fits import complain
from srcucheck.lang.program import (
    ChoiceInfo,
    FunctionInfo,
    GlobalInfo,
    ParamInfo,
    ThreadInfo,
)
from srcucheck.lang.scope import KIND, Scope, Value, show_value
from srcucheck.lang.types import (
    PASTED,
    TASK,
    VOID,
    Array,
    Func,
    Pasted,
    Pointer,
    Struct,
    Type,
    Void,
)


class Evaluator(Protocol):
    """What ``check_expr`` does for its parts."""

    def value(self, expr: tree.Expr, expected: Value | None = None) -> Value:
        """The type of an expression."""

    def want(self, expr: tree.Expr, target: Value, what: str) -> None:
        """An expression of a wanted type."""

    def number(self, expr: tree.Expr) -> None:
        """A number."""

    def condition(self, expr: tree.Expr) -> None:
        """A condition."""


class Paths:
    """Checks the paths of one body."""

    __slots__ = ("_expressions", "_scope")

    def __init__(self, scope: Scope, expressions: Evaluator) -> None:
        self._scope = scope
        self._expressions = expressions

    # --- members --------------------------------------------------------------------------------

    def member(self, expr: tree.Member) -> Value:
        """``x.f`` and ``p->f``; the wrong one is reported and then taken for the right one."""
        thread = self._designated(expr.base)
        if thread is not None:
            if isinstance(expr.base, tree.Index):
                self.index(expr.base)
            return self._field(expr, "task")
        base = self._expressions.value(expr.base)
        text = self._scope.text(expr.base)
        match base:
            case Struct(name=name):
                if expr.arrow:
                    self._other(expr, f"'{text}' is {show_value(base)}, not a pointer", ".")
                return self._field(expr, name)
            case Pointer(target=Struct(name=name)):
                if not expr.arrow:
                    self._other(expr, f"'{text}' is a pointer", "->")
                return self._field(expr, name)
            case Pasted():
                return PASTED
            case Pointer(target=Pointer(target=Struct(name=name))):
                message = f"'{text}' is a parameter to set: write '(*{text})->{expr.name}'."
                self._scope.add("E304", message, expr.span, fix=f"(*{text})->{expr.name}")
                return self._field(expr, name)
            case Pointer(target=Void()):
                message = f"'{text}' is a 'void *': store it in a 'struct T *' first."
                self._scope.add("E304", message, expr.span)
            case Array(element=Struct(name=name)):
                op = "."
                message = f"'{text}' is an array: write '{text}[0]{op}{expr.name}' for one element."
                self._scope.add("E304", message, expr.span, fix=f"{text}[0]{op}{expr.name}")
                return self._field(expr, name)
            case _:
                message = f"'{text}' is {show_value(base)}: it has no members."
                self._scope.add("E303", message, expr.span)
        return PASTED

    def _designated(self, base: tree.Expr) -> ThreadInfo | None:
        """The thread that ``t`` or ``t[i]`` names."""
        name = base.base if isinstance(base, tree.Index) else base
        return self._scope.thread(name.name) if isinstance(name, tree.Name) else None

    def _other(self, expr: tree.Member, because: str, op: str) -> None:
        right = f"{self._scope.text(expr.base)}{op}{expr.name}"
        message = f"{because}: write '{right}'."
        self._scope.add("E304", message, expr.span, fix=right)

    def _field(self, expr: tree.Member, struct: str) -> Value:
        found = self._scope.field_of(struct, expr.name)
        if found is not None:
            return found.type
        if struct == "task" and expr.name == "kind":
            return KIND
        at = Span(expr.span.file, expr.span.end - len(expr.name), expr.span.end)
        self._scope.unknown_member(struct, expr.name, at)
        return PASTED

    # --- elements, addresses --------------------------------------------------------------------

    def index(self, expr: tree.Index) -> Value:
        """``a[i]``, ``a[task]``, ``a[*]``, and ``t[i]``: one thread of several."""
        thread = self._designated(expr.base) if isinstance(expr.base, tree.Name) else None
        if thread is not None:
            self._instance(expr, thread)
            return Pointer(TASK)
        base = self._expressions.value(expr.base)
        match base:
            case Array(element=element, length=tree.Name(name="task")):
                if expr.index is not None:
                    self._expressions.want(expr.index, Pointer(TASK), "The index, one per task,")
                return element
            case Array(element=element):
                if expr.index is not None:
                    self._expressions.number(expr.index)
                return element
            case Pasted():
                pass
            case _:
                text = self._scope.text(expr.base)
                message = f"'{text}' is {show_value(base)}, not an array."
                self._scope.add("E308", message, expr.base.span)
        if expr.index is not None:
            self._expressions.value(expr.index)
        return PASTED

    def _instance(self, expr: tree.Index, thread: ThreadInfo) -> None:
        if expr.index is None or not thread.variable:
            message = (
                f"There is one '{thread.name}' only."
                if not thread.variable
                else f"Say which '{thread.name}': '[*]' is for arrays."
            )
            self._scope.add("E318", message, expr.span)
        elif isinstance(thread.domain, str):
            found = self._expressions.value(expr.index)
            place = Struct(thread.domain)
            if found not in (place, Pointer(place), PASTED):
                text = self._scope.text(expr.index)
                message = f"'{thread.name}' is one per {show_value(place)[2:]}, not per '{text}'."
                self._scope.add("E308", message, expr.index.span)
        else:
            self._expressions.number(expr.index)

    def address(self, expr: tree.AddressOf) -> Value:
        """``&x``; ``&f`` of a function is the function."""
        operand = expr.operand
        found = self._expressions.value(operand)
        match found:
            case Pasted():
                return PASTED
            case Func(stored=False) if isinstance(operand, tree.Name):
                return found
            case _ if not isinstance(operand, tree.Name | tree.Member | tree.Index | tree.Deref):
                self._no_place(expr, "has no address")
                return PASTED
            case _ if isinstance(operand, tree.Name) and not self._is_variable(operand.name):
                self._no_place(expr, "has no address")
                return PASTED
            case Struct() | Pointer() | Array() | Func():
                return Pointer(found)
            case _:
                scalar: Type = found if isinstance(found, Type) else VOID
                return Pointer(scalar)

    def _is_variable(self, name: str) -> bool:
        return self._scope.local(name) is not None or isinstance(
            self._scope.symbol(name), GlobalInfo
        )

    def _no_place(self, expr: tree.AddressOf, why: str) -> None:
        text = self._scope.text(expr.operand)
        self._scope.add("E320", f"'{text}' {why}.", expr.span)

    def deref(self, expr: tree.Deref) -> Value:
        """``*idx`` of an out parameter; other pointers are followed by ``->``."""
        found = self._expressions.value(expr.operand)
        text = self._scope.text(expr.operand)
        match found:
            case Pasted():
                return PASTED
            case Pointer(target=Struct() | Void()):
                message = f"'{text}' points to an object: use '{text}->member'."
                self._scope.add("E323", message, expr.span)
                return PASTED
            case Pointer(target=target):
                return target
            case Func():
                return found
            case _:
                message = f"'{text}' is {show_value(found)}: '*' is for a parameter to set."
                self._scope.add("E323", message, expr.span, fix=text)
                return found

    def container_of(self, expr: tree.ContainerOf) -> Value:
        """``container_of(p, struct T, a.b)``."""
        given = self._expressions.value(expr.pointer)
        struct = self._scope.types.struct(expr.type, "container_of()")
        if struct is None:
            return PASTED
        inner: Type = struct
        for name in expr.path:
            if not isinstance(inner, Struct):
                inner = PASTED
                break
            found = self._scope.field_of(inner.name, name)
            if found is None:
                self._scope.unknown_member(inner.name, name, expr.span)
                return Pointer(struct)
            inner = found.type
        if isinstance(given, Struct):
            complain(self._scope, Pointer(inner), given, expr.pointer, "The member's address")
        elif not isinstance(given, Pointer | Pasted):
            complain(self._scope, Pointer(VOID), given, expr.pointer, "The member's address")
        elif (
            isinstance(given, Pointer)
            and isinstance(given.target, Struct)
            and not isinstance(inner, Pasted)
            and given.target != inner
        ):
            path = ".".join(expr.path)
            message = (
                f"'{path}' of 'struct {struct.name}' is {show_value(inner)}, "
                f"and '{self._scope.text(expr.pointer)}' points to {show_value(given.target)}."
            )
            self._scope.add("E308", message, expr.pointer.span)
        return Pointer(struct)

    # --- what can be assigned to ----------------------------------------------------------------

    def assigned(self, target: tree.Expr) -> Value:
        """The type of what is assigned to; PASTED, after a diagnostic, if nothing can be."""
        scope = self._scope
        match target:
            case tree.Name(name=name):
                local = scope.local(name)
                if local is not None:
                    if local.fixed:
                        scope.add("E320", f"'{name}' stays what it is here.", target.span)
                        return PASTED
                    if isinstance(local.type, Func) and not local.type.stored:
                        message = f"'{name}' is a function given to this one: it cannot be changed."
                        scope.add("E320", message, target.span)
                        return PASTED
                    if local.parameter and _to_set(local.type):
                        message = f"'{name}' is a parameter to set: write '*{name}'."
                        scope.add("E308", message, target.span, fix=f"*{name}")
                        return PASTED
                    return local.type
                symbol = scope.symbol(name)
                if isinstance(symbol, ParamInfo | ChoiceInfo):
                    message = f"'{name}' is a constant of the run: '==' compares it."
                    scope.add("E320", message, target.span)
                    return self._expressions.value(target)
                if isinstance(symbol, FunctionInfo | ThreadInfo):
                    scope.add("E320", f"'{name}' is no variable.", target.span)
                    return PASTED
                if symbol is None and name in ("true", "false", "NULL", "current"):
                    scope.add("E320", f"'{name}' is no variable.", target.span)
                    return PASTED
                return self._expressions.value(target)
            case tree.Member() | tree.Index() | tree.Deref():
                if self._designated(target) is not None:
                    scope.add("E320", "A thread is no variable.", target.span)
                    return PASTED
                return self._expressions.value(target)
            case _:
                self._expressions.value(target)
                scope.add("E320", f"'{scope.text(target)}' is no variable.", target.span)
                return PASTED


def _to_set(of: Type) -> bool:
    return isinstance(of, Pointer) and not isinstance(of.target, Struct | Void)
