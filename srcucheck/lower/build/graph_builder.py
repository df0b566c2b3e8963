# SPDX-License-Identifier: MIT
"""Growing the graph of a thread: nodes, locals, reads, writes, ranges.

In a *look* (a guard, a quantifier, a check) a read is no operation: it stays inside of the
expression and is noted beside it.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from srcucheck.base.span import NOWHERE, Span
from srcucheck.ir.expr import Binary, Const, Expr, Ite, Temp
from srcucheck.lang import tree
from srcucheck.lang.types import (
    INT,
    Bool,
    Func,
    Int,
    Pointer,
    Struct,
    Type,
    Void,
)
from srcucheck.lower.build.graph import (
    Access,
    Demand,
    FrameInfo,
    Later,
    Limit,
    Load,
    Node,
    Op,
    Ref,
    Require,
    SetLocal,
    Store,
    Variable,
    leaf,
)
from srcucheck.lower.memory import Key
from srcucheck.lower.values import (
    ArrayPlace,
    Env,
    OneElement,
    Place,
    StructPlace,
    Val,
    VarPlace,
    binary,
    fail,
    lookup,
    truth,
)
from srcucheck.lower.world import World

WIDTH = 1 << 15
"""A plain ``int`` is bounded by this, an ``unsigned`` by twice this."""


@dataclass(slots=True)
class LookMode:
    """Where a look notes its accesses, and under which condition it does now."""

    accesses: list[Access | Demand]
    condition: Expr


class GraphBuilder(ABC):
    """The graph of one thread while it grows, and the place where it does."""

    def __init__(self, world: World, thread: int, task: int, kind: str) -> None:
        self.world = world
        self.memory = world.memory
        self.thread = thread
        self.task = task
        self.kind = kind
        self.nodes: list[Node] = []
        self.variables: list[Variable] = []
        self.cur: Node | None = None
        self.span: Span = NOWHERE
        self.frame: FrameInfo | None = None
        self.loops: tuple[int, ...] = ()
        self.atomic = 0
        self.look: LookMode | None = None

    def node(self, op: Op) -> Node:
        """A new node, not yet linked."""
        if self.frame is None:
            raise AssertionError("code outside of a frame")
        made = Node(len(self.nodes), op, [], self.span, self.frame, self.loops, self.atomic > 0)
        self.nodes.append(made)
        return made

    def emit(self, op: Op) -> Node:
        """Appends an operation here; unreachable code gets a node that nobody leads to."""
        made = self.node(op)
        if self.cur is not None:
            self.cur.succ.append(made)
        self.cur = made
        return made

    def link(self, target: Node) -> None:
        """Goes on at a node that exists; what follows here is unreachable."""
        if self.cur is not None:
            self.cur.succ.append(target)
        self.cur = None

    def variable(self, name: str, type_: Type) -> int:
        """A new local variable."""
        self.variables.append(Variable(len(self.variables), name, type_))
        return len(self.variables) - 1

    def keep(self, expr: Expr, type_: Type, name: str = "") -> Expr:
        """The value now, whatever becomes of what it was computed from."""
        if isinstance(expr, Const):
            return expr
        var = self.variable(name, type_)
        self.emit(SetLocal(var, expr))
        self.flow_into(("v", self.thread, var), Val(expr, type_))
        return Temp(var)

    def flow_into(self, point: object, value: Val) -> None:
        """Function values of an expression flow to a point."""
        if not isinstance(value.type, Func):
            return
        self._flow_expr(point, value.expr)

    def _flow_expr(self, point: object, expr: Expr) -> None:
        match expr:
            case Const(value=0):
                pass
            case Const(value=number):
                self.world.flow.put(point, number)
            case Temp(number=var):
                self.world.flow.edge(("v", self.thread, var), point)
            case Ite(then=then, other=other):
                self._flow_expr(point, then)
                self._flow_expr(point, other)
            case Ref():
                self.world.flow.edge(self.world.read_point(expr), point)
            case _:
                pass

    def read(self, ref: Ref) -> Expr:
        """The value of a cell."""
        if self.look is not None:
            self.look.accesses.append(Access(self.look.condition, ref))
            return leaf(ref)
        var = self.variable("", ref.type)
        self.emit(Load(var, ref))
        if isinstance(ref.type, Func):
            self.world.flow.edge(self.world.read_point(ref), ("v", self.thread, var))
        return Temp(var)

    def store(self, place: Place, value: Val, span: Span) -> Expr:
        """Writes a scalar place; gives the value as stored."""
        if self.look is not None:
            raise fail("E321", "A guard or a check writes nothing.", span)
        match place:
            case VarPlace(var=var, type=type_):
                expr = self.convert(value, type_, span, var)
                self.emit(SetLocal(var, expr))
                self.flow_into(("v", self.thread, var), Val(expr, type_))
                return Temp(var)
            case Ref():
                expr = self.convert(value, place.type, span, place.key)
                if isinstance(place.type, Func):
                    self.flow_into(self.world.write_point(place), Val(expr, place.type))
                self.emit(Store(place, expr))
                return expr
            case OneElement(place=inner):
                return self.store(inner, value, span)
            case StructPlace():
                raise fail("E309", "Structs are not assigned: assign their members.", span)
            case ArrayPlace():
                raise fail("E309", "An array is not assigned: a[*] = v stores to all.", span)
            case _:
                assert_never(place)

    def convert(self, value: Val, type_: Type, span: Span, target: Key | int | None = None) -> Expr:
        """The value as one of this type: ranges kept, ``void *`` looked at."""
        expr = value.expr
        match type_:
            case Bool():
                return truth(expr)
            case Int():
                return self._into_range(value, type_, span, target)
            case Pointer(target=Struct(name=name)):
                if isinstance(value.type, Pointer) and isinstance(value.type.target, Void):
                    self._check_type(expr, name)
                return expr
            case _:
                return expr

    def _check_type(self, expr: Expr, struct: str) -> None:
        if isinstance(expr, Const):
            address = self.memory.addresses[expr.value]
            if address is None or address.struct == struct:
                return
        world = self.world

        def right_type() -> tuple[Expr, list[Access | Demand]]:
            table = dict.fromkeys(world.memory.places(struct), 1)
            table[0] = 1
            return lookup(expr, table), []

        later = Later(right_type)
        world.later.append(later)
        self.require(leaf(later), "no_bug")

    def _into_range(self, value: Val, type_: Int, span: Span, target: Key | int | None) -> Expr:
        expr = value.expr
        if type_.low is None or type_.high is None:
            return self._plain_int(value, type_, target)
        low, high = self.world.constant(type_.low), self.world.constant(type_.high)
        if isinstance(expr, Const):
            if low <= expr.value <= high:
                return expr
            if type_.wraps:
                return Const((expr.value - low) % (high - low + 1) + low)
        elif value.type == type_ and not isinstance(expr, Binary):
            return expr
        if self.look is not None:
            return expr
        expr = self.keep(expr, INT)
        if type_.wraps:
            size = Const(high - low + 1)
            shifted = binary("-", expr, Const(low))
            modulo = binary("%", binary("+", binary("%", shifted, size), size), size)
            return self.keep(binary("+", modulo, Const(low)), INT)
        inside = binary("and", binary(">=", expr, Const(low)), binary("<=", expr, Const(high)))
        text = f"a value outside of int[{low}..{high}] at {self.line_of(span)}"
        self.bound(inside, text, target)
        return expr

    def _plain_int(self, value: Val, type_: Int, target: Key | int | None) -> Expr:
        expr = value.expr
        if not isinstance(expr, Binary) or self.look is not None:
            return expr
        grows = expr.op == "+" and isinstance(expr.right, Const) and expr.right.value >= 0
        shrinks = expr.op == "-" and isinstance(expr.right, Const) and expr.right.value >= 0
        expr = self.keep(expr, type_)
        low, high = (0, 2 * WIDTH) if type_.unsigned else (-WIDTH, WIDTH)
        if not grows:
            what = "an unsigned below 0" if type_.unsigned else "16 bits of an int"
            text = f"{what} at {self.line_of(self.span)}"
            self.bound(binary(">=", expr, Const(low)), text, target, far=not type_.unsigned)
        if not shrinks:
            text = f"16 bits of an int at {self.line_of(self.span)}"
            self.bound(binary("<", expr, Const(high)), text, target, far=True)
        return expr

    def line_of(self, span: Span) -> str:
        """A place as ``file:line``."""
        source = self.world.program.sources.get(span.file)
        return f"{span.file}:{source.position(span.start)[0]}" if source else span.file

    def bound(
        self, inside: Expr, text: str, target: Key | int | None = None, far: bool = False
    ) -> None:
        """The model's own bound: the run is cut unless ``inside`` holds."""
        if isinstance(inside, Const) and inside.value:
            return
        self.emit(Limit(inside, text, target, far))

    def require(self, condition: Expr, property_: str) -> None:
        """The thread ends here with a report unless the condition holds."""
        if isinstance(condition, Const) and condition.value:
            return
        if self.look is not None:
            self.look.accesses.append(Demand(self.look.condition, condition, property_))
        else:
            self.emit(Require(condition, property_))

    def _later(self, make: Callable[[], Expr]) -> Expr:
        later = Later(lambda: (make(), []))
        self.world.later.append(later)
        return leaf(later)

    # --- what the floors above add --------------------------------------------------------------

    @abstractmethod
    def value(self, expr: tree.Expr, env: Env, want: Type | None = None) -> Val:
        """What an expression is worth."""
