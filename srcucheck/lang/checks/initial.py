# SPDX-License-Identifier: MIT
"""Values of globals and members: known before the run, as C wants them."""

from srcucheck.lang import tree
from srcucheck.lang.program import ChoiceInfo, FunctionInfo, GlobalInfo, ParamInfo
from srcucheck.lang.scope import Scope
from srcucheck.lang.types import Array, Struct


def constant_value(scope: Scope, value: tree.Expr) -> None:
    """Report what an initialiser at top level cannot have; names and types are checked apart."""
    match value:
        case tree.Initializer(items=items):
            for _, item in items:
                constant_value(scope, item)
        case tree.Number() | tree.String() | tree.EmptySet():
            pass
        case tree.Name(name=name):
            symbol = scope.symbol(name)
            if isinstance(symbol, GlobalInfo) and not isinstance(symbol.type, Array | Struct):
                message = f"'{name}' is a variable: its value is not known before the run."
                scope.add("E220", message, value.span)
        case tree.AddressOf(operand=operand):
            _address(scope, operand)
        case tree.Unary(operand=operand):
            constant_value(scope, operand)
        case tree.Binary(op=op, left=left, right=right):
            if op in ("==", "!="):
                for side in (left, right):
                    if not isinstance(side, tree.Name) or isinstance(
                        scope.symbol(side.name), ParamInfo | ChoiceInfo | FunctionInfo
                    ):
                        constant_value(scope, side)
            else:
                constant_value(scope, left)
                constant_value(scope, right)
        case tree.Conditional(condition=condition, then=then, other=other):
            constant_value(scope, condition)
            constant_value(scope, then)
            constant_value(scope, other)
        case _:
            text = scope.text(value)
            scope.add("E220", f"'{text}' is not known before the run: set it in init.", value.span)


def _address(scope: Scope, operand: tree.Expr) -> None:
    """The address of a global, of a member or an element of one: no pointer is followed."""
    while True:
        match operand:
            case tree.Member(base=base, arrow=False):
                operand = base
            case tree.Index(base=base, index=index):
                if index is not None:
                    constant_value(scope, index)
                operand = base
            case tree.Name():
                return
            case _:
                text = scope.text(operand)
                message = f"'{text}' is not known before the run: set it in init."
                scope.add("E220", message, operand.span)
                return
