# SPDX-License-Identifier: MIT
"""Constant expressions: what conditions of ``expect``, params and array lengths are worth.

A constant is an integer, a boolean, or the name of an alternative of a ``choice``.  Evaluation
follows C: division truncates towards zero, ``&&``, ``||`` and ``?:`` look no further than they
must, a comparison is a boolean.
"""

from collections.abc import Mapping
from typing import assert_never

from srcucheck.base.diagnostic import Diagnostic, ModelError
from srcucheck.base.span import Span
from srcucheck.lang import tree
from srcucheck.lang.builtin import ERRNO
from srcucheck.lang.program import ChoiceInfo, Program

Value = int | bool | str

MAX_ARRAY_LENGTH = 64
"""An array has at most so many elements: each one is a slot of the state."""

MAX_SHIFT = 256


def evaluate(expr: tree.Expr, program: Program, values: Mapping[str, Value]) -> Value:
    """The value of a constant expression where params and choices have these ``values``.

    Raises ModelError (E220 not constant, E221 has no value) with the span of the culprit.
    """
    return _Evaluator(program, values).value(expr)


def evaluate_length(expr: tree.Expr, program: Program, values: Mapping[str, Value]) -> int:
    """The value of an array length or a count of threads: an integer from 0 to 64."""
    length = evaluate(expr, program, values)
    if isinstance(length, str):
        raise _no_value(expr.span, f"'{length}' is the name of an alternative, not a length.")
    if not 0 <= length <= MAX_ARRAY_LENGTH:
        raise ModelError(
            Diagnostic(
                "E211",
                f"The length {length} is outside of what is allowed: 0 to {MAX_ARRAY_LENGTH}.",
                expr.span,
            )
        )
    return int(length)


def settle(program: Program, chosen: Mapping[str, Value]) -> dict[str, Value]:
    """Values of all params and choices, where ``chosen`` holds every choice, and -D of params.

    A param may be defined by other params and by choices; one that is defined by itself is E213.
    """
    values: dict[str, Value] = dict(chosen)
    pending: list[str] = []

    def visit(name: str) -> None:
        param = program.params.get(name)
        if param is None or name in values:
            return
        if name in pending:
            cycle = [*pending[pending.index(name) :], name]
            raise ModelError(
                Diagnostic(
                    "E213", f"A param is defined by itself: {' -> '.join(cycle)}.", param.span
                )
            )
        pending.append(name)
        for used in names_in(param.value):
            visit(used)
        pending.pop()
        values[name] = evaluate(param.value, program, values)

    for name in program.params:
        visit(name)
    return values


def names_in(expr: tree.Expr) -> tuple[str, ...]:
    """Names that a constant expression mentions, in order; nothing for other expressions."""
    match expr:
        case tree.Name(name=name):
            return (name,)
        case tree.Unary(operand=operand):
            return names_in(operand)
        case tree.Binary(left=left, right=right):
            return names_in(left) + names_in(right)
        case tree.Conditional(condition=condition, then=then, other=other):
            return names_in(condition) + names_in(then) + names_in(other)
        case _:
            return ()


class _Evaluator:
    """One walk over an expression."""

    __slots__ = ("_program", "_values")

    def __init__(self, program: Program, values: Mapping[str, Value]) -> None:
        self._program = program
        self._values = values

    def value(self, expr: tree.Expr) -> Value:
        match expr:
            case tree.Number(value=number):
                return number
            case tree.Name():
                return self._name(expr, None)
            case tree.Unary():
                return self._unary(expr)
            case tree.Binary():
                return self._binary(expr)
            case tree.Conditional(condition=condition, then=then, other=other):
                return self.value(then if self._truth(condition) else other)
            case (
                tree.String()
                | tree.AddressOf()
                | tree.Deref()
                | tree.Assign()
                | tree.Increment()
                | tree.Member()
                | tree.Index()
                | tree.Call()
                | tree.Allocate()
                | tree.ContainerOf()
                | tree.Choose()
                | tree.Quantifier()
                | tree.EmptySet()
                | tree.Initializer()
                | tree.Await()
            ):
                raise _not_constant(expr.span)
            case _:
                assert_never(expr)

    def _name(self, expr: tree.Name, choice: ChoiceInfo | None) -> Value:
        """``choice`` stands on the other side: its alternatives come first."""
        name = expr.name
        if choice is not None and name in choice.alternatives:
            return name
        if name in self._values:
            return self._values[name]
        match name:
            case "true":
                return True
            case "false":
                return False
            case _:
                pass
        if name in ERRNO:
            return ERRNO[name]
        for enum in self._program.enums.values():
            if name in enum.members:
                return enum.members.index(name)
        if choice is not None:
            listed = ", ".join(alternative(a) for a in choice.alternatives)
            raise ModelError(
                Diagnostic(
                    "E222",
                    f"'{name}' is no alternative of '{choice.name}', which has {listed}.",
                    expr.span,
                )
            )
        raise _not_constant(
            expr.span, f"'{name}' is not a constant: a param, a choice or a number is."
        )

    def _choice(self, expr: tree.Expr) -> ChoiceInfo | None:
        if isinstance(expr, tree.Name):
            return self._program.choices.get(expr.name)
        return None

    def _number(self, expr: tree.Expr) -> int:
        value = self.value(expr)
        if isinstance(value, str):
            raise _no_value(
                expr.span, f"'{value}' is the name of an alternative: it can only be compared."
            )
        return value

    def _truth(self, expr: tree.Expr) -> bool:
        return self._number(expr) != 0

    def _unary(self, expr: tree.Unary) -> Value:
        match expr.op:
            case "!":
                return not self._truth(expr.operand)
            case "-":
                return -self._number(expr.operand)
            case "~":
                return ~int(self._number(expr.operand))
            case "+":
                return self._number(expr.operand)
            case _:
                assert_never(expr.op)

    def _binary(self, expr: tree.Binary) -> Value:
        match expr.op:
            case "&&":
                return self._truth(expr.left) and self._truth(expr.right)
            case "||":
                return self._truth(expr.left) or self._truth(expr.right)
            case "==":
                return self._equal(expr)
            case "!=":
                return not self._equal(expr)
            case "in":
                raise _not_constant(expr.span)
            case _:
                return _arithmetic(expr, self._number(expr.left), self._number(expr.right))

    def _equal(self, expr: tree.Binary) -> bool:
        left, right = (
            self._name(side, self._choice(other))
            if isinstance(side, tree.Name)
            else self.value(side)
            for side, other in ((expr.left, expr.right), (expr.right, expr.left))
        )
        return left == right


def _arithmetic(expr: tree.Binary, left: int, right: int) -> Value:
    match expr.op:
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case ">=":
            return left >= right
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/" | "%":
            if right == 0:
                raise _no_value(expr.span, "This divides by zero.")
            quotient = abs(left) // abs(right)
            if (left < 0) != (right < 0):
                quotient = -quotient
            return quotient if expr.op == "/" else left - quotient * right
        case "<<" | ">>":
            if not 0 <= right <= MAX_SHIFT:
                raise _no_value(expr.span, f"A shift by {right} has no value.")
            return left << right if expr.op == "<<" else left >> right
        case "&":
            return int(left) & int(right)
        case "^":
            return int(left) ^ int(right)
        case "|":
            return int(left) | int(right)
        case _:
            raise AssertionError(expr.op)


def alternative(value: Value) -> str:
    """An alternative of a choice as it is written."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _not_constant(span: Span, message: str = "This is not a constant.") -> ModelError:
    return ModelError(Diagnostic("E220", message, span))


def _no_value(span: Span, message: str) -> ModelError:
    return ModelError(Diagnostic("E221", message, span))
