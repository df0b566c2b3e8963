# SPDX-License-Identifier: MIT
"""Small Python functions over integers and arrays of integers, as LLVM text.

What is the same for all models is written in Python (``kernels``, ``passes``), and so is readable
and typed; here it is translated, statement by statement.  There is nothing but ``int``: arrays are
addresses whose annotation says how wide an element is.
"""

import ast
import inspect
from collections.abc import Mapping, MutableSequence
from dataclasses import dataclass, field
from types import ModuleType

from srcucheck.explicit.native.text import Text

I64s = MutableSequence[int]
I32s = MutableSequence[int]
U8s = MutableSequence[int]

_WIDTH = {"I64s": "i64", "I32s": "i32", "U8s": "i8"}
_BINARY: Mapping[type[ast.operator], str] = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.BitAnd: "and", ast.BitOr: "or",
    ast.BitXor: "xor", ast.LShift: "shl", ast.RShift: "lshr", ast.FloorDiv: "sdiv",
}  # fmt: skip
_COMPARE: Mapping[type[ast.cmpop], str] = {
    ast.Eq: "eq", ast.NotEq: "ne", ast.Lt: "slt", ast.LtE: "sle", ast.Gt: "sgt", ast.GtE: "sge",
}  # fmt: skip


class Untranslatable(Exception):
    """A kernel uses what this translator does not know: a mistake in the kernel."""


def prefetch(array: MutableSequence[int], index: int) -> int:
    """Asks for an element that is wanted soon (in compiled code)."""
    return 0


def below(array: MutableSequence[int], index: int) -> MutableSequence[int]:
    """The array from an element on (in compiled code)."""
    return array[index:]


def expand(
    state: I64s, out: I64s, tags: I32s, room: int, control: I64s, kinds: I64s, heads: I64s
) -> int:
    """The successors of a state (in compiled code: what ``program`` made of the model)."""
    raise NotImplementedError  # never run as Python: compiled code calls what the model became


def functions_of(module: ModuleType) -> Mapping[str, ast.FunctionDef]:
    """The functions of a module, as they are in its file now: ask when it was just imported."""
    tree = ast.parse(inspect.getsource(module))
    return {one.name: one for one in tree.body if isinstance(one, ast.FunctionDef)}


def script(functions: Mapping[str, ast.FunctionDef], constants: Mapping[str, int]) -> str:
    """The text of a module with these functions; globals that they use are ``constants``."""
    texts = [
        "declare void @llvm.prefetch.p0(ptr, i32, i32, i32)",
        "declare i64 @expand(ptr, ptr, ptr, i64, ptr, ptr, ptr)" if "explore" in functions else "",
    ]
    texts += [_Function(tree, constants, functions).text() for tree in functions.values()]
    return "\n".join(texts)


@dataclass(slots=True)
class _Function:
    """One function on its way to text."""

    tree: ast.FunctionDef
    constants: Mapping[str, int]
    known: Mapping[str, ast.FunctionDef]
    out: Text = field(default_factory=Text)
    arrays: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    loops: list[tuple[str, str]] = field(default_factory=list)

    def text(self) -> str:
        """The whole function."""
        parameters = []
        for argument in self.tree.args.args:
            assert isinstance(argument.annotation, ast.Name)
            width = _WIDTH.get(argument.annotation.id)
            if width is None:
                place = self.places[argument.arg] = self.out.place()
                self.out.store(f"%{argument.arg}", place)
                parameters.append(f"i64 %{argument.arg}")
            else:
                self.arrays[argument.arg] = width
                parameters.append(f"ptr %{argument.arg}")
        if self.block(self.tree.body):
            self.out.do("ret i64 0")
        return self.out.function(f"define i64 @{self.tree.name}({', '.join(parameters)})")

    def block(self, body: list[ast.stmt]) -> bool:
        """Statements in order; whether control gets to the end."""
        return all(self.statement(one) for one in body)

    def statement(self, one: ast.stmt) -> bool:
        """One statement; whether control gets past it."""
        out = self.out
        match one:
            case ast.Assign([ast.Name(name)], value):
                self.assign(name, self.value(value))
            case ast.Assign([ast.Subscript() as target], value):
                self.put(target, self.value(value))
            case ast.AugAssign(ast.Name(name), operator, value):
                now = out.load(self.places[name])
                self.assign(name, self.binary(operator, now, value))
            case ast.AugAssign(ast.Subscript() as target, operator, value):
                now = self.value(target)
                self.put(target, self.binary(operator, now, value))
            case ast.Expr(ast.Constant()):
                pass
            case ast.Expr(value):
                self.value(value)
            case ast.Return(value) if value is not None:
                out.do(f"ret i64 {self.value(value)}")
                return False
            case ast.Break():
                out.jump(self.loops[-1][1])
                return False
            case ast.Continue():
                out.jump(self.loops[-1][0])
                return False
            case ast.If():
                return self.branch(one)
            case ast.While():
                self.loop(one)
            case ast.For(ast.Name(name), ast.Call(ast.Name("range"), arguments), body):
                self.count(name, arguments, body)
            case _:
                raise Untranslatable(ast.unparse(one))
        return True

    def assign(self, name: str, value: str) -> None:
        """Gives a variable its value."""
        if name not in self.places:
            self.places[name] = self.out.place()
        self.out.store(value, self.places[name])

    def branch(self, one: ast.If) -> bool:
        """An ``if``."""
        out = self.out
        then, other, after = out.label(), out.label(), out.label()
        self.truth(one.test, then, other)
        falls = False
        for label, body in ((then, one.body), (other, one.orelse)):
            out.begin(label)
            if self.block(body):
                falls = True
                out.jump(after)
        if falls:
            out.begin(after)
        return falls

    def loop(self, one: ast.While) -> None:
        """A ``while``."""
        out = self.out
        head, body, after = out.label(), out.label(), out.label()
        out.jump(head)
        out.begin(head)
        self.truth(one.test, body, after)
        out.begin(body)
        self.loops.append((head, after))
        if self.block(one.body):
            out.jump(head)
        self.loops.pop()
        out.begin(after)

    def count(self, name: str, arguments: list[ast.expr], body: list[ast.stmt]) -> None:
        """A ``for`` over a range; its end is worked out once."""
        out = self.out
        first = self.value(arguments[0]) if len(arguments) == 2 else "0"
        last = self.value(arguments[-1])
        self.assign(name, first)
        head, inside, step, after = out.label(), out.label(), out.label(), out.label()
        out.jump(head)
        out.begin(head)
        now = out.load(self.places[name])
        out.branch(out.op(f"icmp slt i64 {now}, {last}"), inside, after)
        out.begin(inside)
        self.loops.append((step, after))
        if self.block(body):
            out.jump(step)
        self.loops.pop()
        out.begin(step)
        self.assign(name, out.op(f"add i64 {out.load(self.places[name])}, 1"))
        out.jump(head)
        out.begin(after)

    def truth(self, test: ast.expr, then: str, other: str) -> None:
        """Goes one way or the other."""
        out = self.out
        match test:
            case ast.BoolOp(operator, values):
                for value in values[:-1]:
                    more = out.label()
                    if isinstance(operator, ast.And):
                        self.truth(value, more, other)
                    else:
                        self.truth(value, then, more)
                    out.begin(more)
                self.truth(values[-1], then, other)
            case ast.UnaryOp(ast.Not(), operand):
                self.truth(operand, other, then)
            case ast.Compare(left, [operator], [right]):
                one, two = self.value(left), self.value(right)
                out.branch(out.op(f"icmp {_COMPARE[type(operator)]} i64 {one}, {two}"), then, other)
            case _:
                out.branch(out.op(f"icmp ne i64 {self.value(test)}, 0"), then, other)

    def value(self, one: ast.expr) -> str:
        """An expression."""
        out = self.out
        match one:
            case ast.Constant(int() as number):
                return str(int(number))
            case ast.Name(name) if name in self.places:
                return out.load(self.places[name])
            case ast.Name(name) if name in self.constants:
                return str(self.constants[name])
            case ast.Subscript(ast.Name(name), index):
                width = self.arrays[name]
                got = out.op(f"load {width}, ptr {self.address(name, index)}")
                if width == "i64":
                    return got
                return out.op(f"{'sext' if width == 'i32' else 'zext'} {width} {got} to i64")
            case ast.BinOp(left, operator, right):
                return self.binary(operator, self.value(left), right)
            case ast.UnaryOp(ast.USub(), ast.Constant(int() as number)):
                return str(-number)
            case ast.UnaryOp(ast.Invert(), operand):
                return out.op(f"xor i64 {self.value(operand)}, -1")
            case ast.Compare(left, [operator], [right]):
                first, second = self.value(left), self.value(right)
                bit = out.op(f"icmp {_COMPARE[type(operator)]} i64 {first}, {second}")
                return out.op(f"zext i1 {bit} to i64")
            case ast.Call(ast.Name(name), arguments):
                return self.call(name, arguments)
            case _:
                raise Untranslatable(ast.unparse(one))

    def binary(self, operator: ast.operator, left: str, right: ast.expr) -> str:
        """An operator on what is known already and what follows."""
        if type(operator) not in _BINARY:
            raise Untranslatable(ast.unparse(right))
        return self.out.op(f"{_BINARY[type(operator)]} i64 {left}, {self.value(right)}")

    def call(self, name: str, arguments: list[ast.expr]) -> str:
        """A call of another kernel, or of one of the few things that are built in."""
        out = self.out
        if name == "prefetch":
            assert isinstance(arguments[0], ast.Name)
            where = self.address(arguments[0].id, arguments[1])
            out.do(f"call void @llvm.prefetch.p0(ptr {where}, i32 0, i32 3, i32 1)")
            return "0"
        given = ", ".join(self.argument(one) for one in arguments)
        if name != "expand" and name not in self.known:
            raise Untranslatable(name)
        return out.op(f"call i64 @{name}({given})")

    def argument(self, one: ast.expr) -> str:
        """What is passed: an integer, an array, or an array from an element on."""
        match one:
            case ast.Name(name) if name in self.arrays:
                return f"ptr %{name}"
            case ast.Call(ast.Name("below"), [ast.Name(name), index]):
                return f"ptr {self.address(name, index)}"
            case _:
                return f"i64 {self.value(one)}"

    def put(self, target: ast.Subscript, value: str) -> None:
        """Stores into an array."""
        assert isinstance(target.value, ast.Name)
        name = target.value.id
        width = self.arrays[name]
        if width != "i64":
            value = self.out.op(f"trunc i64 {value} to {width}")
        self.out.do(f"store {width} {value}, ptr {self.address(name, target.slice)}")

    def address(self, name: str, index: ast.expr) -> str:
        """Where an element is."""
        return self.out.op(
            f"getelementptr {self.arrays[name]}, ptr %{name}, i64 {self.value(index)}"
        )
