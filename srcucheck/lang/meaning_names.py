# SPDX-License-Identifier: MIT
"""Names of the second meaning: which variable a name in a body denotes, and what has which shape.

Every variable of a body has a number of its own, so that ``goto`` needs no care: a function's
frame holds all of them, parameters first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from srcucheck.lang import constant, tree, types
from srcucheck.lang.builtin import CALLS, ERRNO, THREAD_KINDS
from srcucheck.lang.meaning_values import (
    KIND,
    TASK,
    ArrayShape,
    ChoiceShape,
    Code,
    EnumShape,
    FnShape,
    PointerShape,
    Shape,
    StructShape,
    VoidShape,
    shape_of,
)
from srcucheck.lang.program import (
    ChoiceInfo,
    FunctionInfo,
    GlobalInfo,
    ParamInfo,
    Program,
    ThreadInfo,
)
from srcucheck.lang.walk import Node, parts


@dataclass(slots=True)
class Body:
    """A body and its variables; ``code`` is what runs."""

    code: Code
    parameters: tuple[Shape, ...]
    result: Shape
    name: str
    variables: list[Shape] = field(default_factory=list)


class Names:
    """All names of a program with its params and choices settled."""

    def __init__(self, program: Program, values: Mapping[str, constant.Value]) -> None:
        self.program = program
        self.values = constant.settle(program, values)
        self.threads = {t.name: t for t in program.threads}
        self.offset: dict[int, int] = {}
        """Of a name, a declarator, a quantifier or a for-each: the number in its frame."""
        self.local_shape: dict[int, Shape] = {}
        self.in_spec: dict[int, bool] = {}
        self._types: dict[int, Shape | None] = {}
        self._codes: dict[int, Code] = {}
        self._functions: dict[tuple[str, bool], Body] = {}
        self._bodies: dict[int, Body] = {}
        self.fields = {
            tag: {f.name: self.shape(f.type) for f in info.fields.values()}
            for tag, info in program.structs.items()
        }
        for info in program.structs.values():
            for member in info.fields.values():
                if member.default is not None:
                    self.alone(member.default, member.in_spec)
        for variable in program.globals:
            if variable.value is not None:
                self.alone(variable.value, variable.in_spec)

    # --- constants and shapes -------------------------------------------------------------------

    def number(self, expr: tree.Expr) -> int:
        """The value of a constant expression."""
        return int(constant.evaluate(expr, self.program, self.values))

    def shape(self, resolved: types.Type) -> Shape:
        """The shape of a type."""
        return shape_of(resolved, self.number)

    def written(self, expr: tree.TypeExpr) -> Shape:
        """The shape of a type as written."""
        return self.shape(self._type(expr))

    def _type(self, expr: tree.TypeExpr) -> types.Type:
        match expr:
            case tree.NamedType(name="int"):
                return types.INT
            case tree.NamedType(name="unsigned"):
                return types.Int(unsigned=True)
            case tree.NamedType(name="bool"):
                return types.BOOL
            case tree.NamedType(name="void"):
                return types.VOID
            case tree.NamedType(name=name, keyword=keyword):
                if keyword == "enum" or (not keyword and name in self.program.enums):
                    return types.Enum(name)
                return types.Struct(name)
            case tree.RangeType(low=low, high=high, wraps=wraps):
                return types.Int(low, high, wraps)
            case tree.PointerType(target=target):
                return types.Pointer(self._type(target))
            case tree.SetType(element=element):
                inner = self._type(element)
                assert isinstance(inner, types.Struct)
                return types.SetOf(inner)
            case tree.FunctionType(stored=stored):
                return types.Func(types.VOID, (), stored)

    def struct(self, expr: tree.TypeExpr) -> str:
        """The tag of a struct type as written."""
        shape = self.written(expr)
        assert isinstance(shape, StructShape), expr
        return shape.struct

    # --- bodies ---------------------------------------------------------------------------------

    def code(self, node: object) -> Code:
        """The one Code of a node."""
        found = self._codes.get(id(node))
        if found is None:
            found = self._codes[id(node)] = Code(node)
        return found

    def function(self, name: str, in_spec: bool) -> Body | None:
        """The body of a function; None if there is none of that name."""
        info = self.program.lookup(name, in_spec)
        if not isinstance(info, FunctionInfo) or info.body is None:
            return None
        key = (name, info.in_spec)
        found = self._functions.get(key)
        if found is None:
            shapes = tuple(self.shape(t) for _, t in info.parameters)
            found = Body(self.code(info.body), shapes, self.shape(info.result), name)
            self._functions[key] = found
            names = [n for n, _ in info.parameters]
            self._bind(found, info.body, info.in_spec, names)
        return found

    def body(
        self,
        block: tree.Block,
        in_spec: bool,
        name: str,
        variable: str = "",
        of: Shape | None = None,
    ) -> Body:
        """The body of a thread, an ``on`` or an ``init``; ``variable`` is a thread's index."""
        found = self._bodies.get(id(block))
        if found is None:
            shapes = () if of is None else (of,)
            found = Body(self.code(block), shapes, VoidShape(), name)
            self._bodies[id(block)] = found
            self._bind(found, block, in_spec, [variable] if shapes else [])
        return found

    def alone(self, expr: tree.Expr, in_spec: bool) -> int:
        """Bind an expression that stands in no body; yields how many variables it needs."""
        body = Body(self.code(expr), (), VoidShape(), "")
        self._bind(body, expr, in_spec, [])
        return len(body.variables)

    def _bind(self, body: Body, root: Node, in_spec: bool, names: Sequence[str]) -> None:
        scope: dict[str, int] = {}
        for name, shape in zip(names, body.parameters, strict=True):
            scope[name] = len(body.variables)
            body.variables.append(shape)
        self._visit(root, body, in_spec, scope)

    def _visit(self, node: Node | None, body: Body, in_spec: bool, scope: dict[str, int]) -> None:
        match node:
            case None:
                return
            case tree.Name(name=name):
                self.in_spec[id(node)] = in_spec
                if name in scope:
                    self.offset[id(node)] = scope[name]
                    self.local_shape[id(node)] = body.variables[scope[name]]
                return
            case tree.Declarator(name=name):
                self._visit(node.value, body, in_spec, scope)
                self._declare(node, name, self.written(node.type), body, scope)
                return
            case tree.Quantifier(variable=name) | tree.ForEach(variable=name):
                scope = dict(scope)
                shape = PointerShape(self.struct(node.type))
                self._declare(node, name, shape, body, scope)
            case tree.Block() | tree.For() | tree.Switch():
                scope = dict(scope)
            case _:
                pass
        for part in parts(node):
            self._visit(part, body, in_spec, scope)

    def _declare(
        self, node: Node, name: str, shape: Shape, body: Body, scope: dict[str, int]
    ) -> None:
        scope[name] = self.offset[id(node)] = len(body.variables)
        self.local_shape[id(node)] = shape
        body.variables.append(shape)

    # --- what a name that is no variable stands for -----------------------------------------------

    def meaning(
        self, expr: tree.Name, hint: Shape | None
    ) -> int | str | GlobalInfo | ThreadInfo | FunctionInfo | None:
        """A constant, or what a name denotes where ``hint`` is wanted; None for ``current``."""
        name = expr.name
        match hint:
            case ChoiceShape(name=wanted):
                if name in self.program.choices[wanted].alternatives:
                    return name
            case EnumShape(name="kind"):
                if name in THREAD_KINDS:
                    return THREAD_KINDS.index(name)
            case EnumShape(name=wanted):
                if name in self.program.enums[wanted].members:
                    return self.program.enums[wanted].members.index(name)
            case _:
                pass
        if name == "current":
            return None
        if name in ("true", "false", "NULL"):
            return int(name == "true")
        symbol = self.program.lookup(name, self.in_spec[id(expr)])
        match symbol:
            case GlobalInfo() | ThreadInfo():
                return symbol
            case FunctionInfo():
                thread = self.threads.get(name)
                return thread if thread is not None and not isinstance(hint, FnShape) else symbol
            case ParamInfo() | ChoiceInfo():
                value = self.values[name]
                return value if isinstance(value, str) else int(value)
            case _:
                pass
        if name in ERRNO:
            return ERRNO[name]
        for enum in self.program.enums.values():
            if name in enum.members:
                return enum.members.index(name)
        raise AssertionError(f"{name} means nothing")

    def callee(self, expr: tree.Call) -> tuple[str, bool] | str | tree.EventDecl | None:
        """A function (and where its name was looked up), a word, an event; None if it is stored."""
        if not isinstance(expr.function, tree.Name) or id(expr.function) in self.offset:
            return None
        name = expr.function.name
        in_spec = self.in_spec[id(expr.function)]
        symbol = self.program.lookup(name, in_spec)
        match symbol:
            case FunctionInfo():
                return name, in_spec
            case ThreadInfo():
                return name, in_spec
            case ChoiceInfo():
                return str(self.values[name]), in_spec
            case tree.EventDecl():
                return symbol
            case _:
                return name if name in CALLS else None

    # --- shapes of expressions, for names on the other side of == and = ---------------------------

    def type_of(self, expr: tree.Expr) -> Shape | None:
        """The shape of an expression, None where nobody needs it."""
        if id(expr) not in self._types:
            self._types[id(expr)] = self._type_of(expr)
        return self._types[id(expr)]

    def _type_of(self, expr: tree.Expr) -> Shape | None:
        match expr:
            case tree.Name(name=name):
                if id(expr) in self.local_shape:
                    return self.local_shape[id(expr)]
                if name == "current":
                    return TASK
                symbol = self.program.lookup(name, self.in_spec[id(expr)])
                match symbol:
                    case GlobalInfo():
                        return self.shape(symbol.type)
                    case ChoiceInfo():
                        return ChoiceShape(name)
                    case ThreadInfo():
                        return TASK
                    case _:
                        return None
            case tree.Member(base=base, name=name):
                return self._member(self.type_of(base), name)
            case tree.Index(base=base):
                inner = self.type_of(base)
                return inner.element if isinstance(inner, ArrayShape) else TASK
            case tree.Call():
                found = self.callee(expr)
                body = self.function(*found) if isinstance(found, tuple) else None
                return body.result if body is not None else None
            case tree.Assign(target=target) | tree.Increment(target=target):
                return self.type_of(target)
            case tree.Conditional(then=then, other=other):
                return self.type_of(then) or self.type_of(other)
            case tree.ContainerOf(type=named) | tree.Allocate(type=named):
                return PointerShape(self.struct(named))
            case tree.AddressOf(operand=operand):
                inner = self.type_of(operand)
                return PointerShape(inner.struct) if isinstance(inner, StructShape) else None
            case tree.Quantifier(kind="choose", type=named):
                return PointerShape(self.struct(named))
            case _:
                return None

    def _member(self, base: Shape | None, name: str) -> Shape | None:
        match base:
            case StructShape(struct=tag):
                pass
            case PointerShape(struct=pointed) if pointed is not None:
                tag = pointed
            case _:
                return None
        if tag == "task" and name == "kind":
            return KIND
        return self.fields[tag].get(name)
