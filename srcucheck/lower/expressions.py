# SPDX-License-Identifier: MIT
"""Expressions: places, values, looks.

The same walk serves code that runs, where each access becomes an operation, and *looks* (guards,
quantifiers, checks), where accesses stay inside of one expression and are noted beside it.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from srcucheck.base.span import NOWHERE, Span
from srcucheck.ir.expr import FALSE, TRUE, Binary, Const, Expr, Ite, Temp
from srcucheck.lang import tree
from srcucheck.lang.program import (
    ChoiceInfo,
    FunctionInfo,
    GlobalInfo,
    ParamInfo,
    ThreadInfo,
)
from srcucheck.lang.types import (
    BOOL,
    INT,
    TASK,
    VOID,
    Array,
    Bool,
    Enum,
    Func,
    Int,
    Pointer,
    SetOf,
    Struct,
    Type,
    Void,
)
from srcucheck.lower.graph import (
    Access,
    Branch,
    ChooseValue,
    Evaluate,
    FrameInfo,
    Later,
    Limit,
    Load,
    Look,
    Node,
    Nop,
    Op,
    Ref,
    Require,
    SetLocal,
    Store,
    Variable,
)
from srcucheck.lower.memory import Key, is_reference
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
    ite,
    lookup,
    negate,
    truth,
)
from srcucheck.lower.world import TASK_KIND, TASK_STRIDE, World

NULL = Val(FALSE, Pointer(VOID))
COMPARISONS = {"==": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
WIDTH = 1 << 15
"""A plain ``int`` is bounded by this where its range cannot be seen; twice this for ``unsigned``."""


@dataclass(slots=True)
class LookMode:
    """Where a look notes its accesses, and under which condition it does now."""

    accesses: list[Access]
    condition: Expr


class Expressions(ABC):
    """Builds the graph of one thread, as far as expressions go."""

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

    # --- the graph ------------------------------------------------------------------------------

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

    # --- reading and writing --------------------------------------------------------------------

    def read(self, ref: Ref) -> Expr:
        """The value of a cell."""
        if self.look is not None:
            self.look.accesses.append(Access(self.look.condition, ref))
            return ref
        var = self.variable("", ref.type)
        self.emit(Load(var, ref))
        if isinstance(ref.type, Func):
            self.world.flow.edge(self.world.read_point(ref), ("v", self.thread, var))
        return Temp(var)

    def store(self, place: Place, value: Val, span: Span) -> Expr:
        """Writes a scalar place; gives the value as stored."""
        if self.look is not None:
            raise fail("E401", "A guard or a check writes nothing.", span)
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
                raise fail("E315", "Structs are not assigned: assign their members.", span)
            case ArrayPlace():
                raise fail("E315", "An array is not assigned: a[*] = v stores to all.", span)
            case _:
                assert_never(place)

    def convert(
        self, value: Val, type_: Type, span: Span, target: Key | int | None = None
    ) -> Expr:
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
        if self.look is not None:
            return
        if isinstance(expr, Const):
            address = self.memory.addresses[expr.value]
            if address is None or address.struct == struct:
                return
        world = self.world

        def right_type() -> tuple[Expr, list[Access]]:
            table = dict.fromkeys(world.memory.places(struct), 1)
            table[0] = 1
            return lookup(expr, table), []

        later = Later(right_type)
        world.later.append(later)
        self.require(later, "no_bug")

    def _into_range(
        self, value: Val, type_: Int, span: Span, target: Key | int | None
    ) -> Expr:
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
            self.bound(binary(">=", expr, Const(low)), text, target)
        if not shrinks:
            text = f"16 bits of an int at {self.line_of(self.span)}"
            self.bound(binary("<", expr, Const(high)), text, target)
        return expr

    def line_of(self, span: Span) -> str:
        """A place as ``file:line``."""
        source = self.world.program.sources.get(span.file)
        return f"{span.file}:{source.position(span.start)[0]}" if source else span.file

    def bound(self, inside: Expr, text: str, target: Key | int | None = None) -> None:
        """The model's own bound: the run is cut unless ``inside`` holds."""
        if isinstance(inside, Const) and inside.value:
            return
        self.emit(Limit(inside, text, target))

    def require(self, condition: Expr, property_: str) -> None:
        """The thread ends here with a report unless the condition holds."""
        if isinstance(condition, Const) and condition.value:
            return
        self.emit(Require(condition, property_))

    # --- places ---------------------------------------------------------------------------------

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

    def _member_place(self, expr: tree.Member, env: Env) -> Place | None:
        if expr.arrow:
            base = self.value(expr.base, env)
            if not isinstance(base.type, Pointer) or not isinstance(base.type.target, Struct):
                raise fail("E301", "This is not a pointer to a struct.", expr.base.span)
            holder = StructPlace(base.expr, base.type.target.name, base.own)
        else:
            place = self.place(expr.base, env)
            if isinstance(place, OneElement):
                place = place.place
            if not isinstance(place, StructPlace):
                raise fail("E301", "This is not a struct.", expr.base.span)
            holder = place
        return self.member(holder, expr.name, expr.span)

    def member(self, holder: StructPlace, name: str, span: Span) -> Place:
        """A member of a struct in memory."""
        info = self.world.program.structs[holder.struct].fields.get(name)
        if info is None:
            raise fail("E302", f"struct {holder.struct} has no member '{name}'.", span)
        key = Key(holder.struct, name)
        type_ = info.type
        if isinstance(type_, Struct):
            inner = self.embedded(holder.address, holder.struct, name, FALSE, 1)
            return StructPlace(inner, type_.name, own=False)
        if isinstance(type_, Array):
            total = self.memory.flatten(type_)[1]
            return ArrayPlace(
                key, holder.address, FALSE, type_, total, holder.own, info.shadow
            )
        return Ref(key, holder.address, None, 1, holder.own, type_, info.shadow)

    def embedded(self, address: Expr, struct: str, name: str, index: Expr, count: int) -> Expr:
        """The address of an embedded struct."""
        at = binary("+", binary("*", address, Const(count)), index)
        if isinstance(at, Const):
            holder = self.memory.addresses[at.value // count]
            return Const(holder.members.get((name, at.value % count), 0) if holder else 0)
        memory = self.memory
        return self._later(lambda: lookup(at, memory.member_table(struct, name, count)))

    def _later(self, make: Callable[[], Expr]) -> Later:
        later = Later(lambda: (make(), []))
        self.world.later.append(later)
        return later

    def _index_place(self, expr: tree.Index, env: Env) -> Place | None:
        base = self.place(expr.base, env)
        if expr.index is None:
            raise fail("E317", "a[*] stands only on the left of '='.", expr.span)
        if isinstance(base, OneElement):
            self.value(expr.index, env)
            return base.place
        if not isinstance(base, ArrayPlace):
            raise fail("E303", "This is not an array.", expr.base.span)
        index = self.value(expr.index, env)
        return self.element(base, index)

    def element(self, base: ArrayPlace, index: Val) -> Place:
        """One element of an array; a bad index ends the thread."""
        type_ = base.type
        own = base.own or index.own
        if isinstance(type_.length, tree.Name) and type_.length.name == "task":
            memory, task = self.memory, index.expr
            if isinstance(task, Const):
                at: Expr = Const(memory.tasks().index(task.value))
            else:
                at = self._later(
                    lambda: lookup(task, {t: n for n, t in enumerate(memory.tasks())})
                )
            length = TASK_STRIDE
        else:
            at = index.expr
            length = self.memory.length(type_)
            if isinstance(at, Const):
                if not 0 <= at.value < length:
                    self.require(FALSE, "no_bug")
                    at = FALSE
            elif self.look is None:
                if not isinstance(at, Temp):
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

    # --- values ---------------------------------------------------------------------------------

    def value(self, expr: tree.Expr, env: Env, want: Type | None = None) -> Val:
        """What an expression is worth.  ``want``: the type of the other side, for bare words."""
        match expr:
            case tree.Number(value=number):
                return Val(Const(number), INT)
            case tree.Name():
                return self._name_value(expr, env, want)
            case tree.Member(name="kind", base=tree.Name(name="current"), arrow=True):
                return Val(Const(self._kind_number()), TASK_KIND)
            case tree.Member() | tree.Index() | tree.Deref():
                return self._place_value(expr, env)
            case tree.Unary():
                return self._unary(expr, env)
            case tree.Binary():
                return self._binary(expr, env)
            case tree.Conditional():
                return self._conditional(expr, env, want)
            case tree.AddressOf(operand=operand):
                return self._address_of(operand, env)
            case tree.Assign():
                return self._assign(expr, env)
            case tree.Increment():
                return self._increment(expr, env)
            case tree.Call():
                return self.call(expr, env, want)
            case tree.Allocate():
                return self.allocate(expr)
            case tree.ContainerOf():
                return self._container_of(expr, env)
            case tree.Choose():
                return self._choose(expr, env, want)
            case tree.Quantifier():
                return self._quantifier(expr, env)
            case tree.EmptySet():
                return Val(FALSE, want if want is not None else SetOf(TASK))
            case tree.Await():
                return self.wait(expr, env)
            case tree.String():
                return Val(FALSE, VOID)
            case tree.Initializer():
                raise fail("E316", "An initialiser stands only in a declaration.", expr.span)
            case _:
                assert_never(expr)

    def _kind_number(self) -> int:
        from srcucheck.lower.world import KINDS

        return KINDS[self.kind]

    def condition(self, expr: tree.Expr, env: Env) -> Expr:
        """A value as a truth."""
        return truth(self.value(expr, env).expr)

    def _name_value(self, expr: tree.Name, env: Env, want: Type | None) -> Val:
        name = expr.name
        binding = env.lookup(name)
        match binding:
            case Local(var=var, type=type_):
                return Val(Temp(var), type_)
            case Known(value=value):
                return value
            case PastedArgument(expr=pasted, env=where):
                return self.value(pasted, where, want)
            case Alias(place=place):
                return self.load_place(place, expr.span)
            case None:
                return self._global_value(expr, env, want)
            case _:
                assert_never(binding)

    def _global_value(self, expr: tree.Name, env: Env, want: Type | None) -> Val:
        name = expr.name
        if isinstance(want, Enum):
            word = self.world.word(name, want)
            if word is not None:
                return Val(word, want)
        match name:
            case "true":
                return Val(TRUE, BOOL)
            case "false":
                return Val(FALSE, BOOL)
            case "NULL":
                return NULL
            case "current":
                return Val(Const(self.task), Pointer(TASK), own=True)
            case _:
                pass
        symbol = self.world.program.lookup(name, env.in_spec)
        match symbol:
            case ParamInfo():
                return self.constant_value(name)
            case ChoiceInfo():
                return self.constant_value(name)
            case GlobalInfo():
                return self.load_place(self.global_place(symbol), expr.span)
            case FunctionInfo():
                number = self.world.function_number(symbol)
                return Val(Const(number), Func(symbol.result, (), stored=True))
            case ThreadInfo():
                if not isinstance(want, Func):
                    return Val(Const(self._task_of(symbol, expr.span)), Pointer(TASK))
                raise fail("E304", f"'{name}' is a thread, not a function.", expr.span)
            case _:
                found = self.world.any_word(name)
                if found is None:
                    raise fail("E201", f"'{name}' is not defined.", expr.span)
                return Val(*found)

    def constant_value(self, name: str) -> Val:
        """The value of a param or choice in this variant."""
        value = self.world.values[name]
        if isinstance(value, str):
            choice = self.world.program.choices[name]
            return Val(Const(choice.alternatives.index(value)), Enum(f"choice {name}"))
        return Val(Const(int(value)), BOOL if isinstance(value, bool) else INT)

    def _task_of(self, symbol: ThreadInfo, span: Span) -> int:
        for thread in self.world.threads:
            if thread.info is symbol:
                return thread.task
        raise fail("E304", f"There is no thread '{symbol.name}' here.", span)

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
                raise fail("E305", "An array has no value: name one of its elements.", span)
            case _:
                assert_never(place)

    def _place_value(self, expr: tree.Member | tree.Index | tree.Deref, env: Env) -> Val:
        if isinstance(expr, tree.Index):
            thread = self._thread_element(expr, env)
            if thread is not None:
                return thread
        place = self.place(expr, env)
        if place is None:
            raise fail("E305", "This has no value.", expr.span)
        return self.load_place(place, expr.span)

    def _thread_element(self, expr: tree.Index, env: Env) -> Val | None:
        """``ioctl[0]``: a task."""
        base = expr.base
        if not isinstance(base, tree.Name) or env.lookup(base.name) is not None:
            return None
        symbol = self.world.program.lookup(base.name, env.in_spec)
        if not isinstance(symbol, ThreadInfo) or expr.index is None:
            return None
        index = self.value(expr.index, env)
        table = {t.index: t.task for t in self.world.threads if t.info is symbol}
        return Val(
            lookup(index.expr, {n: t for n, t in table.items() if n is not None}), Pointer(TASK)
        )

    # --- operators ------------------------------------------------------------------------------

    def _unary(self, expr: tree.Unary, env: Env) -> Val:
        operand = self.value(expr.operand, env)
        match expr.op:
            case "!":
                return Val(negate(truth(operand.expr)), BOOL)
            case "-":
                return Val(binary("-", FALSE, operand.expr), INT)
            case "~":
                return Val(binary("-", Const(-1), operand.expr), INT)
            case "+":
                return operand
            case _:
                assert_never(expr.op)

    def _binary(self, expr: tree.Binary, env: Env) -> Val:
        op = expr.op
        if op in ("&&", "||"):
            return self._short_circuit(expr, env)
        if op == "in":
            return self._in_set(expr, env)
        left, right = self._both(expr.left, expr.right, env)
        if op in COMPARISONS:
            return Val(binary(COMPARISONS[op], left.expr, right.expr), BOOL)  # type: ignore[arg-type]
        if op in ("/", "%"):
            if self.look is None and not isinstance(right.expr, Const):
                self.require(binary("!=", right.expr, FALSE), "no_bug")
            elif isinstance(right.expr, Const) and right.expr.value == 0:
                self.require(FALSE, "no_bug")
        return Val(binary(op, left.expr, right.expr), INT)  # type: ignore[arg-type]

    def _both(self, one: tree.Expr, two: tree.Expr, env: Env) -> tuple[Val, Val]:
        """Two operands left to right; a bare word takes the type of the other side."""
        if self._is_bare_word(one, env) and not self._is_bare_word(two, env):
            right = self.value(two, env)
            return self.value(one, env, right.type), right
        left = self.value(one, env)
        if has_effects(two) and self.look is None:
            left = Val(self.keep(left.expr, left.type), left.type)
        return left, self.value(two, env, left.type)

    def _is_bare_word(self, expr: tree.Expr, env: Env) -> bool:
        return (
            isinstance(expr, tree.Name)
            and env.lookup(expr.name) is None
            and expr.name not in ("true", "false", "NULL", "current")
            and not isinstance(
                self.world.program.lookup(expr.name, env.in_spec),
                GlobalInfo | ParamInfo | ChoiceInfo,
            )
        )

    def _short_circuit(self, expr: tree.Binary, env: Env) -> Val:
        conjunction = expr.op == "&&"
        left = truth(self.value(expr.left, env).expr)
        if isinstance(left, Const):
            if bool(left.value) != conjunction:
                return Val(left, BOOL)
            return Val(truth(self.value(expr.right, env).expr), BOOL)
        if self.look is not None:
            before = self.look.condition
            taken = left if conjunction else negate(left)
            self.look.condition = binary("and", before, taken)
            right = truth(self.value(expr.right, env).expr)
            self.look.condition = before
            return Val(binary("and" if conjunction else "or", left, right), BOOL)
        return self._branching(left, expr.right, env, conjunction)

    def _branching(self, left: Expr, right: tree.Expr, env: Env, conjunction: bool) -> Val:
        branch = self.emit(Branch(left))
        count = len(self.nodes)
        start = self.node(Nop())
        self.cur = start
        value = truth(self.value(right, env).expr)
        if self.cur is start:
            del self.nodes[count:]
            self.nodes.pop()
            self._undo(branch)
            return Val(binary("and" if conjunction else "or", left, value), BOOL)
        result = self.variable("", BOOL)
        self.emit(SetLocal(result, value))
        end = self.node(Nop())
        self.link(end)
        skipped = self.node(SetLocal(result, FALSE if conjunction else TRUE))
        skipped.succ.append(end)
        branch.succ += [start, skipped] if conjunction else [skipped, start]
        self.cur = end
        return Val(Temp(result), BOOL)

    def _undo(self, branch: Node) -> None:
        """Takes back the last node of the path, which nothing follows."""
        self.cur = None
        for node in reversed(self.nodes):
            if node.succ and node.succ[-1] is branch:
                node.succ.pop()
                self.cur = node
                return
        raise AssertionError("nothing leads to the branch")

    def _conditional(self, expr: tree.Conditional, env: Env, want: Type | None) -> Val:
        condition = self.condition(expr.condition, env)
        if isinstance(condition, Const):
            return self.value(expr.then if condition.value else expr.other, env, want)
        if self.look is not None:
            before = self.look.condition
            self.look.condition = binary("and", before, condition)
            then = self.value(expr.then, env, want)
            self.look.condition = binary("and", before, negate(condition))
            other = self.value(expr.other, env, want)
            self.look.condition = before
            return Val(ite(condition, then.expr, other.expr), self._common(then, other))
        branch = self.emit(Branch(condition))
        yes = self.node(Nop())
        self.cur = yes
        then = self.value(expr.then, env, want)
        result = self.variable("", then.type)
        self.emit(SetLocal(result, then.expr))
        end = self.node(Nop())
        self.link(end)
        no = self.node(Nop())
        self.cur = no
        other = self.value(expr.other, env, want or then.type)
        type_ = self._common(then, other)
        self.variables[result].type = type_
        self.emit(SetLocal(result, other.expr))
        self.link(end)
        branch.succ += [yes, no]
        for val in (then, other):
            self.flow_into(("v", self.thread, result), val)
        self.cur = end
        return Val(Temp(result), type_)

    def _common(self, one: Val, two: Val) -> Type:
        if one.type == NULL.type and is_reference(two.type):
            return two.type
        return one.type

    def _address_of(self, operand: tree.Expr, env: Env) -> Val:
        if isinstance(operand, tree.Name) and env.lookup(operand.name) is None:
            symbol = self.world.program.lookup(operand.name, env.in_spec)
            if isinstance(symbol, FunctionInfo):
                return self.value(operand, env)
        place = self.place(operand, env)
        if isinstance(place, StructPlace):
            return Val(place.address, Pointer(Struct(place.struct)), place.own)
        raise fail(
            "E306", "Only structs have pointers: scalars are passed to out parameters.", operand.span
        )

    def _assign(self, expr: tree.Assign, env: Env) -> Val:
        if isinstance(expr.target, tree.Index) and expr.target.index is None:
            return self.store_all(expr, env)
        place_type = self._target_type(expr.target, env)
        if isinstance(place_type, SetOf) and expr.op in ("+", "-"):
            return self._change_set(expr, place_type, env)
        value = self.value(expr.value, env, place_type)
        if has_effects(expr.target):
            value = Val(self.keep(value.expr, value.type), value.type)
        place = self._target(expr.target, env)
        if expr.op:
            before = self.load_place(place, expr.target.span)
            value = Val(binary(expr.op, before.expr, value.expr), before.type)  # type: ignore[arg-type]
        return Val(self.store(place, value, expr.span), place_type)

    def _target(self, expr: tree.Expr, env: Env) -> Place:
        place = self.place(expr, env)
        if place is None:
            raise fail("E307", "This cannot be assigned to.", expr.span)
        return place

    def _target_type(self, expr: tree.Expr, env: Env) -> Type:
        """The type of an assignment's target, without evaluating it."""
        return self.type_of(expr, env)

    def type_of(self, expr: tree.Expr, env: Env) -> Type:
        """The static type of an expression that denotes a place; ``int`` where it does not matter."""
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

    def _increment(self, expr: tree.Increment, env: Env) -> Val:
        place = self._target(expr.target, env)
        before = self.load_place(place, expr.target.span)
        old = before.expr
        if not expr.prefix and isinstance(place, VarPlace):
            old = self.keep(old, before.type)
        after = binary("+" if expr.op == "++" else "-", old, TRUE)
        stored = self.store(place, Val(after, before.type), expr.span)
        return Val(stored if expr.prefix else old, before.type)

    # --- sets -----------------------------------------------------------------------------------

    def mask(self, element: Val, struct: str) -> Expr:
        """The bit of an element; none for NULL."""
        memory, expr = self.memory, element.expr
        if isinstance(expr, Const):
            if expr.value == 0:
                return FALSE
            address = expr.value
            return Const(1 << memory.bit(address))
        return self._later(
            lambda: lookup(expr, {p: 1 << n for n, p in enumerate(memory.places(struct))})
        )

    def _in_set(self, expr: tree.Binary, env: Env) -> Val:
        element = self.value(expr.left, env)
        set_ = self.value(expr.right, env)
        struct = set_.type.element.name if isinstance(set_.type, SetOf) else "task"
        bit = self.mask(element, struct)
        return Val(binary("!=", binary("&", set_.expr, bit), FALSE), BOOL)

    def _change_set(self, expr: tree.Assign, type_: SetOf, env: Env) -> Val:
        element = self.value(expr.value, env)
        if isinstance(element.type, SetOf):
            bits = element.expr
        else:
            bits = self.mask(element, type_.element.name)
        place = self._target(expr.target, env)
        before = self.load_place(place, expr.target.span)
        if expr.op == "+":
            after = binary("|", before.expr, bits)
        else:
            after = binary("&", before.expr, binary("-", Const(-1), bits))
        return Val(self.store(place, Val(after, type_), expr.span), type_)

    def _quantifier(self, expr: tree.Quantifier, env: Env) -> Val:
        struct = struct_name(expr.type)
        if expr.kind == "choose":
            return self.choose_place(expr, struct, env)
        some = expr.kind == "some"

        def make() -> tuple[Expr, list[Access]]:
            accesses: list[Access] = []
            total: Expr = FALSE if some else TRUE
            for number in self.quantified(struct):
                inner = env.inner()
                inner.names[expr.variable] = Known(
                    Val(Const(number), Pointer(Struct(struct)), number == self.task)
                )
                look = self.looking(expr.condition, inner)
                accesses += look.accesses
                total = binary("or" if some else "and", total, truth(look.value))
            return total, accesses

        later = Later(make)
        self.world.later.append(later)
        if self.look is not None:
            condition, outer = self.look.condition, self.look.accesses
            outer.append(Access(condition, later))
            return Val(later, BOOL)
        var = self.variable("", BOOL)
        self.emit(Evaluate(var, Look(later, [Access(TRUE, later)])))
        return Val(Temp(var), BOOL)

    def quantified(self, struct: str) -> list[int]:
        """The places a quantifier or sweep goes over: init's task is nobody's business."""
        places = self.memory.places(struct)
        return places[1:] if struct == "task" else list(places)

    def looking(self, expr: tree.Expr, env: Env) -> Look:
        """Evaluates without steps; nothing may be written."""
        outer, self.look = self.look, LookMode([], TRUE)
        try:
            value = self.value(expr, env)
            return Look(truth(value.expr), self.look.accesses)
        finally:
            self.look = outer

    def looking_at(self, expr: tree.Expr, env: Env) -> tuple[Val, list[Access]]:
        """The same, keeping value and type as they are."""
        outer, self.look = self.look, LookMode([], TRUE)
        try:
            return self.value(expr, env), self.look.accesses
        finally:
            self.look = outer

    def looking_as(self, expr: tree.Expr, env: Env, type_: Type) -> Expr:
        """The same, as a value of a type."""
        outer, self.look = self.look, LookMode([], TRUE)
        try:
            return self.convert(self.value(expr, env, type_), type_, expr.span)
        finally:
            self.look = outer

    # --- objects --------------------------------------------------------------------------------

    def _container_of(self, expr: tree.ContainerOf, env: Env) -> Val:
        pointer = self.value(expr.pointer, env)
        struct = struct_name(expr.type)
        at, memory = pointer.expr, self.memory
        if isinstance(at, Const):
            number = at.value
            for _ in expr.path:
                number = memory.at(number).parent if number else 0
            holder: Expr = Const(number)
        else:
            holder = self._later(lambda: lookup(at, memory.container_table(struct, expr.path)))
        return Val(holder, Pointer(Struct(struct)))

    def _choose(self, expr: tree.Choose, env: Env, want: Type | None) -> Val:
        values = [self.value(v, env, want) for v in expr.values]
        if len(values) == 1:
            return values[0]
        var = self.variable("", values[0].type)
        self.emit(ChooseValue(var, tuple(v.expr for v in values)))
        for value in values:
            self.flow_into(("v", self.thread, var), value)
        return Val(Temp(var), values[0].type)

    # --- what calls.py adds ---------------------------------------------------------------------

    @abstractmethod
    def call(self, expr: tree.Call, env: Env, want: Type | None) -> Val:
        """A call of any kind."""

    @abstractmethod
    def allocate(self, expr: tree.Allocate) -> Val:
        """``kzalloc``."""

    @abstractmethod
    def wait(self, expr: tree.Await, env: Env) -> Val:
        """Any ``await``."""

    @abstractmethod
    def choose_place(self, expr: tree.Quantifier, struct: str, env: Env) -> Val:
        """``choose(x : T; c)``."""

    @abstractmethod
    def store_all(self, expr: tree.Assign, env: Env) -> Val:
        """``a[*] = v``."""


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


def struct_name(type_: tree.TypeExpr) -> str:
    """The tag of a struct as written in ``kzalloc(T)`` and its kin."""
    if isinstance(type_, tree.NamedType):
        return type_.name
    raise fail("E308", "A struct is wanted here.", type_.span)


def has_effects(expr: tree.Expr) -> bool:
    """Whether evaluating the expression may change a local variable."""
    match expr:
        case tree.Assign() | tree.Increment() | tree.Call() | tree.Await():
            return True
        case tree.Unary(operand=a) | tree.AddressOf(operand=a) | tree.Deref(operand=a):
            return has_effects(a)
        case tree.Member(base=a) | tree.ContainerOf(pointer=a):
            return has_effects(a)
        case tree.Index(base=a, index=b):
            return has_effects(a) or (b is not None and has_effects(b))
        case tree.Binary(left=a, right=b):
            return has_effects(a) or has_effects(b)
        case tree.Conditional(condition=a, then=b, other=c):
            return has_effects(a) or has_effects(b) or has_effects(c)
        case _:
            return False
