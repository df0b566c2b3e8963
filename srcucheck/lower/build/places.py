# SPDX-License-Identifier: MIT
"""Places: what an expression denotes that has an address or can be assigned."""

from typing import assert_never

from srcucheck.base.span import Span
from srcucheck.ir.expr import FALSE, Const, Expr, Temp
from srcucheck.lang import tree
from srcucheck.lang.program import (
    FunctionInfo,
    GlobalInfo,
    ThreadInfo,
)
from srcucheck.lang.types import (
    INT,
    TASK,
    Array,
    Pointer,
    Struct,
    Type,
)
from srcucheck.lower.build.graph import (
    Ref,
)
from srcucheck.lower.build.graph_builder import GraphBuilder
from srcucheck.lower.memory import Key
from srcucheck.lower.values import (
    Alias,
    ArrayPlace,
    Env,
    Known,
    Local,
    OneElement,
    PastedArgument,
    Place,
    StructPlace,
    Val,
    VarPlace,
    binary,
    fail,
    lookup,
    struct_name,
)
from srcucheck.lower.world import TASK_STRIDE


class Places(GraphBuilder):
    """Adds places to the graph builder."""

    def place(self, expr: tree.Expr, env: Env) -> Place | None:
        """The place an expression denotes, None if it denotes none."""
        match expr:
            case tree.Name(name=name):
                return self._name_place(name, env)
            case tree.Member():
                return self._member_place(expr, env)
            case tree.Index():
                return self._index_place(expr, env)
            case tree.Deref(operand=operand):
                return self.place(operand, env)
            case _:
                return None

    def _name_place(self, name: str, env: Env) -> Place | None:
        binding = env.lookup(name)
        match binding:
            case Local(var=var, type=type_):
                return VarPlace(var, type_)
            case Alias(place=place):
                return place
            case PastedArgument(expr=expr, env=where):
                return self.place(expr, where)
            case Known():
                return None
            case None:
                symbol = self.world.program.lookup(name, env.in_spec)
                return self.global_place(symbol) if isinstance(symbol, GlobalInfo) else None
            case _:
                assert_never(binding)

    def global_place(self, symbol: GlobalInfo) -> Place:
        """The place of a variable at top level."""
        type_ = symbol.type
        if isinstance(type_, Struct):
            return StructPlace(
                Const(self.memory.static_roots[symbol.name, 0]), type_.name, own=False
            )
        key = Key("", symbol.name)
        if isinstance(type_, Array):
            total = self.memory.flatten(type_)[1]
            return ArrayPlace(key, None, FALSE, type_, total, own=False, shadow=False)
        return Ref(key, None, None, 1, own=False, type=type_, shadow=False)

    def _task_place(self, base: tree.Expr, env: Env) -> Place | None:
        """A thread's name stands for its task: ``irq.rcu_nesting``, ``ioctl[0].depth``."""
        name = base.base if isinstance(base, tree.Index) else base
        if not isinstance(name, tree.Name) or env.lookup(name.name) is not None:
            return None
        if not isinstance(self.world.program.lookup(name.name, env.in_spec), ThreadInfo):
            return None
        return StructPlace(self.value(base, env).expr, "task", own=False)

    def _member_place(self, expr: tree.Member, env: Env) -> Place | None:
        if expr.arrow:
            base = self.value(expr.base, env)
            if not isinstance(base.type, Pointer) or not isinstance(base.type.target, Struct):
                raise fail("E304", "This is not a pointer to a struct.", expr.base.span)
            holder = StructPlace(base.expr, base.type.target.name, base.own)
        else:
            place = self._task_place(expr.base, env) or self.place(expr.base, env)
            if isinstance(place, OneElement):
                place = place.place
            if not isinstance(place, StructPlace):
                raise fail("E304", "This is not a struct.", expr.base.span)
            holder = place
        return self.member(holder, expr.name, expr.span)

    def member(self, holder: StructPlace, name: str, span: Span) -> Place:
        """A member of a struct in memory."""
        info = self.world.program.structs[holder.struct].fields.get(name)
        if info is None:
            raise fail("E303", f"struct {holder.struct} has no member '{name}'.", span)
        key = Key(holder.struct, name)
        type_ = info.type
        if isinstance(type_, Struct):
            inner = self.embedded(holder.address, holder.struct, name, FALSE, 1)
            return StructPlace(inner, type_.name, own=False)
        if isinstance(type_, Array):
            total = self.memory.flatten(type_)[1]
            return ArrayPlace(key, holder.address, FALSE, type_, total, holder.own, info.shadow)
        return Ref(key, holder.address, None, 1, holder.own, type_, info.shadow)

    def embedded(self, address: Expr, struct: str, name: str, index: Expr, count: int) -> Expr:
        """The address of an embedded struct."""
        at = binary("+", binary("*", address, Const(count)), index)
        if isinstance(at, Const):
            holder = self.memory.addresses[at.value // count]
            return Const(holder.members.get((name, at.value % count), 0) if holder else 0)
        memory = self.memory
        return self._later(lambda: lookup(at, memory.member_table(struct, name, count)))

    def _index_place(self, expr: tree.Index, env: Env) -> Place | None:
        base = self.place(expr.base, env)
        if expr.index is None:
            raise fail("E329", "a[*] stands only on the left of '='.", expr.span)
        if isinstance(base, OneElement):
            self.value(expr.index, env)
            return base.place
        if not isinstance(base, ArrayPlace):
            raise fail("E308", "This is not an array.", expr.base.span)
        index = self.value(expr.index, env)
        self.note_index(expr, base.type, index)
        return self.element(base, index)

    def note_index(self, expr: tree.Index, type_: Type | None, index: Val) -> None:
        """For any number of cells: what picks one of them.  Checks may name one by number."""
        noted = self.world.indexing
        assert expr.index is not None
        if noted is None or self.task == 0 or not (type_ is None or noted.sized(type_)):
            return
        if not isinstance(expr.index, tree.Name):
            noted.stop(expr.span, "one of the cells is picked by number")
        elif isinstance(index.expr, Temp):
            noted.counters.add((self.thread, index.expr.number))
            noted.names[expr.index.span] = expr.index.name
        elif self.thread < 0 or self.world.threads[self.thread].info.variable != expr.index.name:
            noted.stop(expr.span, "an index that is not the thread's own picks a cell")

    def element(self, base: ArrayPlace, index: Val) -> Place:
        """One element of an array; a bad index ends the thread."""
        type_ = base.type
        own = base.own or index.own
        if isinstance(type_.length, tree.Name) and type_.length.name == "task":
            memory, task = self.memory, index.expr
            if isinstance(task, Const):
                at: Expr = Const(memory.tasks().index(task.value))
            else:
                at = self._later(lambda: lookup(task, {t: n for n, t in enumerate(memory.tasks())}))
            length = TASK_STRIDE
        else:
            at = index.expr
            length = self.memory.length(type_)
            if isinstance(at, Const):
                if not 0 <= at.value < length:
                    self.require(FALSE, "no_bug")
                    at = FALSE
            else:
                if not isinstance(at, Temp) and self.look is None:
                    at = self.keep(at, INT)
                inside = binary("and", binary(">=", at, FALSE), binary("<", at, Const(length)))
                self.require(inside, "no_bug")
        inner = type_.element
        flat = binary("+", base.base, binary("*", at, Const(self.memory.flatten(inner)[1])))
        if isinstance(inner, Array):
            return ArrayPlace(base.key, base.address, flat, inner, base.total, own, base.shadow)
        if isinstance(inner, Struct):
            return StructPlace(self._element_address(base, flat), inner.name, own=False)
        return Ref(base.key, base.address, flat, base.total, own, inner, base.shadow)

    def _element_address(self, base: ArrayPlace, flat: Expr) -> Expr:
        if base.address is not None:
            return self.embedded(base.address, base.key.struct, base.key.field, flat, base.total)
        roots = self.memory.static_roots
        table = {n: roots[base.key.field, n] for n in range(base.total)}
        return lookup(flat, table)

    def target(self, expr: tree.Expr, env: Env) -> Place:
        """The place that an assignment writes."""
        place = self.place(expr, env)
        if place is None:
            raise fail("E320", "This cannot be assigned to.", expr.span)
        return place

    def load_place(self, place: Place, span: Span) -> Val:
        """The value of a scalar place; an array or struct gives no value."""
        match place:
            case VarPlace(var=var, type=type_):
                return Val(Temp(var), type_)
            case Ref():
                return Val(self.read(place), place.type)
            case OneElement(place=inner):
                return self.load_place(inner, span)
            case StructPlace():
                raise fail("E305", "This is a struct: write &x for a pointer to it.", span, "&")
            case ArrayPlace():
                raise fail("E329", "An array has no value: name one of its elements.", span)
            case _:
                assert_never(place)

    def type_of(self, expr: tree.Expr, env: Env) -> Type:
        """The static type of an expression that denotes a place; ``int`` where none matters."""
        match expr:
            case tree.Name(name=name):
                binding = env.lookup(name)
                match binding:
                    case Local(type=type_):
                        return type_
                    case Known(value=value):
                        return value.type
                    case Alias(place=place):
                        return _type_of_place(place)
                    case PastedArgument(expr=pasted, env=where):
                        return self.type_of(pasted, where)
                    case None:
                        symbol = self.world.program.lookup(name, env.in_spec)
                        if name == "current":
                            return Pointer(TASK)
                        return symbol.type if isinstance(symbol, GlobalInfo) else INT
                    case _:
                        assert_never(binding)
            case tree.Member(base=base, name=name):
                holder = self.type_of(base, env)
                if isinstance(holder, Pointer):
                    holder = holder.target
                if isinstance(holder, Struct):
                    info = self.world.program.structs[holder.name].fields.get(name)
                    if info is not None:
                        return info.type
                return INT
            case tree.Index(base=base):
                array = self.type_of(base, env)
                return array.element if isinstance(array, Array) else array
            case tree.Deref(operand=operand):
                return self.type_of(operand, env)
            case tree.Call(function=tree.Name(name=name)):
                symbol = self.world.program.lookup(name, env.in_spec)
                return symbol.result if isinstance(symbol, FunctionInfo) else INT
            case tree.AddressOf(operand=operand):
                return Pointer(self.type_of(operand, env))
            case tree.ContainerOf(type=type_) | tree.Allocate(type=type_):
                return Pointer(Struct(struct_name(type_)))
            case _:
                return INT


def _type_of_place(place: Place) -> Type:
    match place:
        case VarPlace(type=type_) | Ref(type=type_):
            return type_
        case StructPlace(struct=struct):
            return Struct(struct)
        case ArrayPlace(type=array):
            return array
        case OneElement(place=inner):
            return Array(_type_of_place(inner), None)
        case _:
            assert_never(place)
