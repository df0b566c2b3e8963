# SPDX-License-Identifier: MIT
"""Names and types in expressions.

Types are best effort: what nothing is known about fits everywhere, so that one slip is reported
once.  Every expression is looked at, whatever is wrong with its neighbours.
"""

from collections.abc import Callable
from typing import assert_never

from srcucheck.lang import tree
from srcucheck.lang.checks.calls import Calls
from srcucheck.lang.checks.names import BareNames
from srcucheck.lang.checks.paths import Paths
from srcucheck.lang.fits import (
    complain,
    fits,
    function_of_choice,
    join,
)
from srcucheck.lang.program import (
    ChoiceInfo,
    GlobalInfo,
    ParamInfo,
)
from srcucheck.lang.scope import ChoiceOf, Local, NoElements, Null, Scope, Value, show_value
from srcucheck.lang.types import (
    BOOL,
    INT,
    PASTED,
    VOID,
    Array,
    Bool,
    Enum,
    Func,
    Int,
    Pasted,
    Pointer,
    SetOf,
    Struct,
    Void,
)

AwaitChecker = Callable[[tree.Await], Value]


class Expressions:
    """Checks the expressions of one body."""

    __slots__ = ("_awaited", "_calls", "_names", "_paths", "_scope")

    def __init__(self, scope: Scope, awaited: AwaitChecker) -> None:
        self._scope = scope
        self._awaited = awaited
        self._calls = Calls(scope, self)
        self._names = BareNames(scope)
        self._paths = Paths(scope, self)

    # --- what a place wants ---------------------------------------------------------------------

    def want(self, expr: tree.Expr, target: Value, what: str) -> None:
        """An expression that is stored in, given to or compared with a ``target``."""
        value = self.value(expr, target)
        if isinstance(target, Func):
            value = function_of_choice(self._scope, value)
        if not fits(target, value):
            complain(self._scope, target, value, expr, what)

    def number(self, expr: tree.Expr) -> None:
        """An expression that must be a number, a boolean or an enum's constant."""
        value = self.value(expr)
        match value:
            case _ if fits(INT, value):
                pass
            case ChoiceOf() | Void() | Func() | Pointer(target=Int() | Bool() | Enum()):
                complain(self._scope, INT, value, expr, "This")
            case _:
                text = self._scope.text(expr)
                message = f"'{text}' is {show_value(value)}, not a number."
                self._scope.add("E308", message, expr.span)

    def condition(self, expr: tree.Expr) -> None:
        """An expression that is true or false: a number, or a pointer that is not NULL."""
        value = self.value(expr)
        match value:
            case Pointer() | Null() | Pasted() | Int() | Bool() | Enum():
                return
            case Func(stored=stored) if (
                stored or not isinstance(expr, tree.Name) or self._scope.local(expr.name)
            ):
                return
            case Func():
                text = self._scope.text(expr)
                self._scope.add(
                    "E318", f"'{text}' is a function: call it.", expr.span, fix=f"{text}()"
                )
            case ChoiceOf():
                if value.named:
                    complain(self._scope, BOOL, value, expr, "A condition")
            case SetOf() | NoElements():
                text = self._scope.text(expr)
                message = f"'{text}' is a set: ask whether it is empty."
                self._scope.add("E308", message, expr.span, fix=f"!empty({text})")
            case Void():
                self._scope.add("E329", f"'{self._scope.text(expr)}' has no value.", expr.span)
            case Struct() | Array():
                message = f"'{self._scope.text(expr)}' is {show_value(value)}, not a condition."
                self._scope.add("E308", message, expr.span)
            case _:
                assert_never(value)

    # --- expressions ----------------------------------------------------------------------------

    def value(self, expr: tree.Expr, expected: Value | None = None) -> Value:
        """The type of an expression; ``expected``, of the other side, gives names their meaning."""
        match expr:
            case tree.Name():
                return self._names.name(expr, expected)
            case tree.Number():
                return INT
            case tree.Member():
                return self._paths.member(expr)
            case tree.Call():
                return self._calls.call(expr)
            case tree.AddressOf():
                return self._paths.address(expr)
            case tree.Binary():
                return self._binary(expr)
            case tree.Unary(op=op, operand=operand):
                if op == "!":
                    self.condition(operand)
                    return BOOL
                self.number(operand)
                return INT
            case tree.Index():
                return self._paths.index(expr)
            case tree.Assign():
                return self._assign(expr)
            case tree.Increment(target=target):
                self._changes(expr)
                found = self._paths.assigned(target)
                if not fits(INT, found) and not isinstance(found, Pasted):
                    complain(self._scope, INT, found, target, "What is counted")
                return found
            case tree.Conditional(condition=condition, then=then, other=other):
                self.condition(condition)
                return self._either((then, other), expected)
            case tree.Choose(values=values):
                self._changes(expr)
                return self._either(values, expected)
            case tree.Deref():
                return self._paths.deref(expr)
            case tree.Allocate(type=written):
                self._changes(expr)
                struct = self._scope.types.struct(written, "kzalloc()")
                return PASTED if struct is None else Pointer(struct)
            case tree.ContainerOf():
                return self._paths.container_of(expr)
            case tree.Quantifier():
                return self._quantifier(expr)
            case tree.EmptySet() | tree.Initializer(items=()):
                return NoElements()
            case tree.Initializer():
                message = "Members are initialised only where a variable is declared."
                self._scope.add("E309", message, expr.span)
                return PASTED
            case tree.String():
                message = "A string can stand only where an 'expr' parameter drops it."
                self._scope.add("E322", message, expr.span)
                return PASTED
            case tree.Await():
                self._changes(expr)
                return self._awaited(expr)
            case _:
                assert_never(expr)

    def _changes(self, expr: tree.Expr) -> None:
        """A guard or a check only looks."""
        match self._scope.mode:
            case "body":
                return
            case "guard":
                message = "A guard only looks: this changes something, or waits, or chooses."
                self._scope.add("E321", message, expr.span)
            case "check":
                message = "A check only looks: this changes something, or waits, or chooses."
                self._scope.add("E407", message, expr.span)
            case _:
                assert_never(self._scope.mode)

    def _either(self, values: tuple[tree.Expr, ...], expected: Value | None) -> Value:
        found: Value | None = None
        for one in values:
            value = self.value(one, expected if expected is not None else found)
            if isinstance(expected, Func):
                value = function_of_choice(self._scope, value)
            if expected is not None and not fits(expected, value):
                complain(self._scope, expected, value, one, "What is wanted here")
                value = expected
            found = value if found is None else join(found, value)
        return PASTED if found is None else found

    # --- operators ------------------------------------------------------------------------------

    def _binary(self, expr: tree.Binary) -> Value:
        match expr.op:
            case "&&" | "||":
                self.condition(expr.left)
                self.condition(expr.right)
                return BOOL
            case "==" | "!=":
                self.compare(expr.left, expr.right)
                return BOOL
            case "in":
                found = self.value(expr.right)
                match found:
                    case SetOf(element=element):
                        self.want(expr.left, Pointer(element), "What is looked for")
                    case Pasted():
                        self.value(expr.left)
                    case _:
                        self.value(expr.left)
                        text = self._scope.text(expr.right)
                        message = f"'{text}' is {show_value(found)}, not a set."
                        self._scope.add("E308", message, expr.right.span)
                return BOOL
            case _:
                self.number(expr.left)
                self.number(expr.right)
                return BOOL if expr.op in ("<", "<=", ">", ">=") else INT

    def compare(self, left: tree.Expr, right: tree.Expr) -> None:
        """``left == right``: the side with a type of its own tells what a bare name is."""
        if self._typed(left) or not self._typed(right):
            first, second = left, right
        else:
            first, second = right, left
        a = self.value(first)
        if isinstance(a, Pasted) and isinstance(second, tree.Name) and not self._known(second.name):
            return
        b = self.value(second, a)
        if isinstance(a, Func) or isinstance(b, Func):
            a, b = function_of_choice(self._scope, a), function_of_choice(self._scope, b)
        if isinstance(a, SetOf) or isinstance(b, SetOf):
            message = "Sets are not compared: ask empty(s), or x in s."
            self._scope.add(
                "E308", message, first.span.to(second.span) if first is left else left.span
            )
        elif isinstance(a, Struct | Array) and isinstance(b, Pointer | Null):
            complain(self._scope, b if isinstance(b, Pointer) else Pointer(VOID), a, first, "This")
        elif isinstance(a, Void):
            complain(self._scope, b, a, first, "This")
        elif not fits(a, b) and not fits(b, a):
            complain(self._scope, a, b, second, f"'{self._scope.text(first)}'")

    def _known(self, name: str) -> bool:
        """Beside something unknown, a bare name may be an alternative or constant of it."""
        scope = self._scope
        return scope.local(name) is not None or scope.symbol(name) is not None

    def _typed(self, expr: tree.Expr) -> bool:
        match expr:
            case tree.Name(name=name):
                if self._scope.local(name) is not None:
                    return True
                return isinstance(self._scope.symbol(name), GlobalInfo | ParamInfo | ChoiceInfo)
            case tree.Number() | tree.Conditional():
                return False
            case _:
                return True

    def _assign(self, expr: tree.Assign) -> Value:
        self._changes(expr)
        found = self._paths.assigned(expr.target)
        text = self._scope.text(expr.target)
        match found:
            case SetOf(element=element) if expr.op in ("+", "-"):
                self.want(expr.value, Pointer(element), f"An element of '{text}'")
            case _ if expr.op == "":
                self.want(expr.value, found, f"'{text}'")
            case _:
                if not fits(INT, found):
                    complain(self._scope, INT, found, expr.target, "What is counted")
                self.number(expr.value)
        return found

    def _quantifier(self, expr: tree.Quantifier) -> Value:
        if expr.kind == "choose":
            self._changes(expr)
        struct = self._scope.types.struct(expr.type, f"'{expr.kind}(...)'")
        variable = PASTED if struct is None else Pointer(struct)
        self._scope.blocks.append({expr.variable: Local(variable, expr.span, fixed=True)})
        self.condition(expr.condition)
        self._scope.blocks.pop()
        return variable if expr.kind == "choose" else BOOL
