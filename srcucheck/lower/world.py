# SPDX-License-Identifier: MIT
"""What all threads of one variant share while they are lowered."""

from collections import deque
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field

from srcucheck.base.span import Span
from srcucheck.ir.expr import Const
from srcucheck.lang import tree
from srcucheck.lang.builtin import ERRNO, THREAD_KINDS
from srcucheck.lang.constant import Value, evaluate, evaluate_length
from srcucheck.lang.program import FunctionInfo, Program, ThreadInfo
from srcucheck.lang.types import Array, Enum, Func, Type
from srcucheck.lang.walk import walk
from srcucheck.lower.build.flow import Flow
from srcucheck.lower.build.graph import ChoosePlace, Code, Expand, FrameInfo, Later, Ref
from srcucheck.lower.memory import Cell, Key, Memory
from srcucheck.lower.values import fail

MAX_THREADS = 63
TASK_STRIDE = MAX_THREADS + 1

TASK_KIND = Enum("task kind")
KINDS = {word: number for number, word in enumerate(THREAD_KINDS)}


@dataclass(frozen=True, slots=True)
class Options:
    """``reductions`` off: every access to memory is a step of its own, nothing is left out.

    ``replicated``: the param whose cells are wanted, for judging any number of them.
    """

    reductions: bool = True
    replicated: str = ""


@dataclass(slots=True)
class Indexing:
    """How a program uses the indices of one param: what lowering notes while it builds.

    ``counters`` are the locals (thread, variable) that index an array of that length, ``names``
    where their text stands; ``sizes`` where the text asks for such a length.
    """

    param: str
    counters: set[tuple[int, int]] = field(default_factory=set)
    names: dict[Span, str] = field(default_factory=dict)
    sizes: set[Span] = field(default_factory=set)
    stops: dict[tuple[Span, str], None] = field(default_factory=dict)

    def sized(self, type_: Type) -> bool:
        """Whether an array has one element per cell."""
        return isinstance(type_, Array) and mentions(type_.length, self.param)

    def stop(self, span: Span, why: str) -> None:
        """Notes what keeps the param from being any number."""
        self.stops[span, why] = None


def mentions(expr: tree.Expr | None, param: str) -> bool:
    """Whether an expression names a param."""
    return expr is not None and any(
        isinstance(node, tree.Name) and node.name == param for node in walk(expr)
    )


@dataclass(slots=True)
class ThreadBuild:
    """One thread: ``place`` is the address it serves, ``index`` its number in a family."""

    number: int
    info: ThreadInfo
    name: str
    index: int | None
    place: int | None
    task: int
    code: Code | None = None


class World:
    """Program, values of params and choices, memory, flow, frames, threads."""

    def __init__(self, program: Program, values: Mapping[str, Value], options: Options) -> None:
        self.program = program
        self.values = values
        self.options = options
        self.indexing = Indexing(options.replicated) if options.replicated else None
        self.memory = Memory(program, self._length)
        self.flow = Flow()
        self.frames: list[FrameInfo] = []
        self.threads: list[ThreadBuild] = []
        self.pending: deque[Callable[[], None]] = deque()
        self.later: list[Later | ChoosePlace | Expand] = []
        self.loops = 0
        self.asserts: dict[str, Span] = {}
        self.covered: dict[Span, None] = {}
        """Bodies that guards and checks look into, and statements that init runs."""
        self.assigned: dict[int, frozenset[str]] = {}
        """Names assigned in a function, by the id of its body."""
        self._functions: list[FunctionInfo] = []
        self._function_numbers: dict[int, int] = {}
        self._points: dict[Key, list[Hashable]] = {}
        self._lengths: dict[int, int] = {}
        self.sized: dict[str, bool] = {}
        """Structs with a ``pool`` line."""
        self.allocates: dict[str, Span] = {}
        self.memory.new_address.append(self._materialise)

    # --- constants ------------------------------------------------------------------------------

    def constant(self, expr: tree.Expr) -> int:
        """An integer that params and choices determine."""
        value = evaluate(expr, self.program, self.values)
        if isinstance(value, str):
            raise fail("E221", f"'{value}' is not a number.", expr.span)
        return int(value)

    def count(self, expr: tree.Expr) -> int:
        """A length or a number of threads: 0 to 64."""
        return evaluate_length(expr, self.program, self.values)

    def _length(self, type_: Type) -> int:
        if not isinstance(type_, Array) or type_.length is None:
            return 0
        if isinstance(type_.length, tree.Name) and type_.length.name == "task":
            return TASK_STRIDE
        known = self._lengths.get(id(type_))
        if known is None:
            known = self._lengths[id(type_)] = self.count(type_.length)
        return known

    def word(self, name: str, enum: Enum) -> Const | None:
        """An enum constant or an alternative of a choice, looked up in a type."""
        if enum.name.startswith("choice "):
            alternatives = self.program.choices[enum.name[7:]].alternatives
            return Const(alternatives.index(name)) if name in alternatives else None
        if enum is TASK_KIND or enum == TASK_KIND:
            return Const(KINDS[name]) if name in KINDS else None
        members = self.program.enums[enum.name].members
        return Const(members.index(name)) if name in members else None

    def any_word(self, name: str) -> tuple[Const, Type] | None:
        """A constant of any enum, or an errno name."""
        if name in ERRNO:
            return Const(ERRNO[name]), Enum("errno")
        for enum in self.program.enums.values():
            if name in enum.members:
                return Const(enum.members.index(name)), Enum(enum.name)
        return None

    # --- function values ------------------------------------------------------------------------

    def function_number(self, function: FunctionInfo) -> int:
        """The number that stands for a function as a value; never 0."""
        number = self._function_numbers.get(id(function))
        if number is None:
            self._functions.append(function)
            number = self._function_numbers[id(function)] = len(self._functions)
        return number

    def function(self, number: int) -> FunctionInfo:
        """The function with a number."""
        return self._functions[number - 1]

    def function_words(self) -> dict[int, str]:
        """Names of all functions that were ever values."""
        return {0: "NULL"} | {n + 1: f.name for n, f in enumerate(self._functions)}

    def read_point(self, ref: Ref) -> Hashable:
        """Where the functions that a read of this cell may give arrive."""
        exact = self._exact(ref)
        return exact if exact is not None else ("read", ref.key)

    def write_point(self, ref: Ref) -> Hashable:
        """Where a function goes that is written to this cell."""
        exact = self._exact(ref)
        return exact if exact is not None else ("write", ref.key)

    def _exact(self, ref: Ref) -> Hashable | None:
        self._member_points(ref.key)
        if ref.address is not None and not isinstance(ref.address, Const):
            return None
        if ref.count > 1 and not isinstance(ref.index, Const):
            return None
        owner = ref.address.value if isinstance(ref.address, Const) else 0
        index = ref.index.value if isinstance(ref.index, Const) else 0
        return self.cell_point(ref.key, owner, index)

    def cell_point(self, key: Key, owner: int, index: int) -> Hashable:
        """The point of one cell, joined to those of its member as a whole."""
        cell = Cell("field", owner, key.field, index)
        points = self._points.setdefault(key, [])
        if cell not in points:
            points.append(cell)
            self.flow.edge(("write", key), cell)
            self.flow.edge(cell, ("read", key))
        return cell

    def _member_points(self, key: Key) -> None:
        if key in self._points:
            return
        self._points[key] = []
        for owner in self.memory.places(key.struct) if key.struct else ():
            self.cell_point(key, owner, 0)

    def _materialise(self, address: object) -> None:
        # a place, seen as an object here
        struct, number = address.struct, address.number  # type: ignore[attr-defined]
        for name, info in self.program.structs[struct].fields.items():
            if isinstance(info.type, Func) and Key(struct, name) in self._points:
                self.cell_point(Key(struct, name), number, 0)

    # --- frames ---------------------------------------------------------------------------------

    def frame(
        self,
        thread: int,
        parent: FrameInfo | None,
        function: str,
        text: str,
        span: Span,
        in_spec: bool,
        outermost: bool,
        calls_spec: bool,
        key: object,
        result: str = "void",
    ) -> FrameInfo:
        """A new inlined call."""
        made = FrameInfo(
            len(self.frames), thread, parent, function, text, span, in_spec, outermost,
            calls_spec, key, result,
        )  # fmt: skip
        self.frames.append(made)
        return made

    def text(self, span: Span, thread: int = -1) -> str:
        """Source text of a span, on one line; ``[i]`` of a family's body reads ``[0]``."""
        source = self.program.sources.get(span.file)
        text = source.text_of(span) if source is not None else ""
        if thread >= 0 and self.threads[thread].index is not None:
            one = self.threads[thread]
            text = text.replace(f"[{one.info.variable}]", f"[{one.index}]")
        return text
