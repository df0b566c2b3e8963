# SPDX-License-Identifier: MIT
"""Types as written, resolved: for local declarations, which no symbol table lists."""

from typing import assert_never

from srcucheck.lang import tree
from srcucheck.lang.program import Program
from srcucheck.lang.types import (
    BOOL,
    INT,
    PASTED,
    VOID,
    Enum,
    Func,
    Int,
    Pointer,
    SetOf,
    Struct,
    Type,
)
from srcucheck.lower.values import fail

WORDS: dict[str, Type] = {
    "int": INT, "bool": BOOL, "unsigned": Int(unsigned=True), "void": VOID, "expr": PASTED,
}  # fmt: skip


def resolve_type(written: tree.TypeExpr, program: Program) -> Type:
    """The type that a declaration means."""
    match written:
        case tree.NamedType(name=name, keyword=keyword):
            if not keyword and name in WORDS:
                return WORDS[name]
            if keyword == "enum" or (not keyword and name in program.enums):
                return Enum(name)
            if name in program.structs:
                return Struct(name)
            raise fail("E206", f"There is no type '{name}'.", written.span)
        case tree.RangeType(low=low, high=high, wraps=wraps):
            return Int(low, high, wraps)
        case tree.PointerType(target=target):
            return Pointer(resolve_type(target, program))
        case tree.SetType(element=element):
            inner = resolve_type(element, program)
            assert isinstance(inner, Struct)
            return SetOf(inner)
        case tree.FunctionType(result=result, stored=stored):
            return Func(resolve_type(result, program), (), stored)
        case _:
            assert_never(written)
