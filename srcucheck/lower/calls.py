# SPDX-License-Identifier: MIT
"""Calls: functions inlined, stored functions dispatched, the language's own words, waits."""


from collections.abc import Callable

from srcucheck.base.diagnostic import Diagnostic, ModelError, Note
from srcucheck.base.span import Span
from srcucheck.ir.expr import FALSE, TRUE, Const, Expr, Temp
from srcucheck.lang import tree
from srcucheck.lang.builtin import CALLS, CHECK_CALLS
from srcucheck.lang.program import ChoiceInfo, FunctionInfo
from srcucheck.lang.types import (
    BOOL,
    INT,
    TASK,
    Array,
    Bool,
    Func,
    Int,
    Pasted,
    Pointer,
    SetOf,
    Struct,
    Type,
    Void,
)
from srcucheck.lower.expressions import Expressions, LookMode, struct_name
from srcucheck.lower.graph import (
    Alloc,
    AwaitOp,
    CallOp,
    ChoosePlace,
    Dispatch,
    Enclose,
    Expand,
    FrameInfo,
    Free,
    Look,
    Nop,
    PcIn,
    Poison,
    Ref,
    Release,
    ReportOp,
    Require,
    ReturnOp,
    SetLocal,
    Touch,
    Warn,
)
from srcucheck.lower.memory import LIVE, Key
from srcucheck.lower.values import (
    Alias,
    ArrayPlace,
    Binding,
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
    negate,
    truth,
)

LIFE = "#life"
"""The member that stands for an object's life where the step rules speak of members."""


def result_word(type_: Type) -> str:
    """How the value of a function is printed: bool, int, void, or other."""
    match type_:
        case Bool():
            return "bool"
        case Int():
            return "int"
        case Void():
            return "void"
        case _:
            return "other"


class Calls(Expressions):
    """Adds calls and waits to expressions."""

    def inline(
        self,
        function: FunctionInfo,
        bindings: dict[str, Binding],
        expr: tree.Expr | None,
        outs: tuple[tuple[str, Place], ...],
        key: object,
        env: Env,
    ) -> Val:
        """The body of a function, here."""
        parent = self.frame
        assert parent is not None
        self._refuse_recursion(function, key, parent)
        span = expr.span if expr is not None else function.span
        text = self.world.text(span) if expr is not None else function.name
        own_level = parent.parent is None and self.kind in ("user", "hardware")
        frame = self.world.frame(
            self.thread, parent, function.name, text, span, env.in_spec, own_level,
            function.in_spec, key, result_word(function.result),
        )  # fmt: skip
        self.emit(CallOp(frame, cut=own_level))
        self.frame = frame
        returned = self.body(function, bindings)
        if own_level and self.kind == "user":
            self.event("return_to_user", span)
        values = tuple(
            (name, self.load_place(place, span).expr)
            for name, place in outs
            if isinstance(place, VarPlace)
        )
        self.span = span
        self.emit(ReturnOp(frame, None if isinstance(function.result, Void) else returned, values))
        self.frame = parent
        return Val(returned, function.result)

    def body(self, function: FunctionInfo, bindings: dict[str, Binding]) -> Expr:
        """Lowers a function's body; gives its value."""
        raise AssertionError("statements.py has it")

    def _refuse_recursion(self, function: FunctionInfo, key: object, parent: FrameInfo) -> None:
        frame: FrameInfo | None = parent
        names = [function.name]
        while frame is not None:
            names.append(frame.function)
            if frame.key == key:
                cycle = " -> ".join(reversed(names))
                raise ModelError(
                    Diagnostic(
                        "E310",
                        f"'{function.name}' calls itself: {cycle}.",
                        self.span,
                        (Note("functions are inlined, so a call must not lead back", None),),
                    )
                )
            frame = frame.parent

    def call(self, expr: tree.Call, env: Env, want: Type | None) -> Val:
        """A call of any kind."""
        target = expr.function
        if isinstance(target, tree.Name):
            binding = env.lookup(target.name)
            if binding is None:
                return self._named_call(expr, target.name, env)
            if isinstance(binding, PastedArgument):
                pasted = binding.expr
                if isinstance(pasted, tree.Name):
                    moved = tree.Call(expr.span, pasted, expr.arguments)
                    return self.call(moved, binding.env, want)
        value = self.value(target, env)
        if not isinstance(value.type, Func):
            raise fail("E309", "This is not a function.", target.span)
        if isinstance(value.expr, Const) and value.expr.value:
            return self.direct(self.world.function(value.expr.value), expr, env)
        return self._dispatch(value, expr, env)

    def _named_call(self, expr: tree.Call, name: str, env: Env) -> Val:
        symbol = self.world.program.lookup(name, env.in_spec)
        match symbol:
            case FunctionInfo():
                return self.direct(symbol, expr, env)
            case tree.EventDecl():
                self.event(name, expr.span)
                return Val(FALSE, INT)
            case ChoiceInfo():
                chosen = self.world.program.lookup(str(self.world.values[name]), env.in_spec)
                if isinstance(chosen, FunctionInfo):
                    return self.direct(chosen, expr, env)
                raise fail("E309", f"'{name}' does not stand for a function.", expr.span)
            case None if name in CALLS:
                return self._builtin(expr, name, env)
            case None if name in CHECK_CALLS:
                return self._where(expr, name, env)
            case _:
                value = self.value(expr.function, env)
                if isinstance(value.type, Func):
                    return self._dispatch(value, expr, env)
                raise fail("E309", f"'{name}' is not a function.", expr.function.span)

    def direct(self, function: FunctionInfo, expr: tree.Call, env: Env) -> Val:
        """A call of a function that is known."""
        if function.body is None:
            raise fail("E311", f"The model must define '{function.name}()'.", expr.span)
        if len(expr.arguments) != len(function.parameters):
            raise fail(
                "E312",
                f"{function.name}() takes {len(function.parameters)} arguments, not "
                f"{len(expr.arguments)}.",
                expr.span,
            )
        bindings: dict[str, Binding] = {}
        outs: list[tuple[str, Place]] = []
        functions: list[object] = [id(function)]
        for (name, type_), argument in zip(function.parameters, expr.arguments, strict=True):
            bound = self._bind(name, type_, argument, env, function)
            bindings[name] = bound
            if isinstance(bound, Alias) and isinstance(type_, Pointer):
                outs.append((bound.text, bound.place))
            if isinstance(bound, Known) and isinstance(type_, Func):
                functions.append(bound.value.expr)
        if self.look is not None:
            return self._look_into(function, bindings)
        self.span = expr.span
        return self.inline(function, bindings, expr, tuple(outs), tuple(map(str, functions)), env)

    def _bind(
        self, name: str, type_: Type, argument: tree.Expr, env: Env, function: FunctionInfo
    ) -> Binding:
        match type_:
            case Pasted():
                return PastedArgument(argument, env)
            case Array():
                return Alias(self._array_argument(argument, env), "")
            case Pointer(target=target) if not isinstance(target, Struct | Void):
                place = self._out_argument(argument, env)
                text = argument.operand if isinstance(argument, tree.AddressOf) else argument
                return Alias(place, self.world.text(text.span))
            case _:
                value = self.value(argument, env, type_)
                expr = self.convert(value, type_, argument.span)
                if self.look is not None:
                    return Known(Val(expr, type_, value.own))
                if name in self.assigned(function) or not self._stable(expr):
                    var = self.variable(name, type_)
                    self.emit(SetLocal(var, expr))
                    self.flow_into(("v", self.thread, var), Val(expr, type_))
                    return Local(var, type_, single=name not in self.assigned(function))
                return Known(Val(expr, type_, value.own))

    def _stable(self, expr: Expr) -> bool:
        """Whether the value of an expression cannot change while the callee runs."""
        match expr:
            case Const():
                return True
            case Temp(number=var):
                return var in self.singles
            case _:
                return False

    def assigned(self, function: FunctionInfo) -> frozenset[str]:
        """Names that a function assigns, increments or takes the address of."""
        raise AssertionError("statements.py has it")

    singles: set[int]
    own_loops: int
    """How many loops stood around the stored call that led here: a table calls each row once."""

    def _array_argument(self, argument: tree.Expr, env: Env) -> Place:
        if isinstance(argument, tree.AddressOf):
            place = self.place(argument.operand, env)
            if place is not None:
                return OneElement(place)
        else:
            place = self.place(argument, env)
            if isinstance(place, ArrayPlace | OneElement):
                return place
        raise fail("E313", "An array is wanted here, by its name.", argument.span)

    def _out_argument(self, argument: tree.Expr, env: Env) -> Place:
        inner = argument.operand if isinstance(argument, tree.AddressOf) else argument
        place = self.place(inner, env)
        if place is None or isinstance(place, StructPlace | ArrayPlace):
            raise fail("E314", "The address of a variable is wanted here.", argument.span)
        if isinstance(place, Ref) and self.look is None:
            address = place.address
            index = place.index
            if address is not None and not self._stable(address):
                address = self.keep(address, INT)
            if index is not None and not self._stable(index):
                index = self.keep(index, INT)
            place = Ref(
                place.key, address, index, place.count, place.own, place.type, place.shadow
            )
        return place

    # --- stored functions -----------------------------------------------------------------------

    def _dispatch(self, value: Val, expr: tree.Call, env: Env) -> Val:
        """A call of whatever is stored: one branch per function that may be, found as they flow."""
        if self.look is not None:
            raise fail("E402", "A guard or a check calls no stored function.", expr.span)
        assert isinstance(value.type, Func)
        what = value.expr
        if not self._stable(what):
            what = self.keep(what, value.type)
        self.span = expr.span
        node = self.emit(Dispatch(what, {}))
        null = self.node(ReportOp("no_null_dereference", halts=True))
        node.succ.append(null)
        result = self.variable("", value.type.result)
        end = self.node(Nop())
        start = (self.frame, self.loops, self.atomic, self.span)
        op = node.op
        assert isinstance(op, Dispatch)

        def reached(number: int) -> None:
            def build() -> None:
                outer = (self.cur, self.frame, self.loops, self.atomic, self.span)
                outer_loops = self.own_loops
                self.frame, self.loops, self.atomic, self.span = start
                self.own_loops = len(self.loops)
                first = self.node(Nop())
                self.cur = first
                op.targets[number] = first
                node.succ.append(first)
                got = self.direct(self.world.function(number), expr, env)
                if not isinstance(got.type, Void):
                    self.emit(SetLocal(result, got.expr))
                    self.flow_into(("v", self.thread, result), got)
                self.link(end)
                self.own_loops = outer_loops
                self.cur, self.frame, self.loops, self.atomic, self.span = outer

            self.world.pending.append(build)

        point = f"dispatch {self.thread} {node.number}"
        self.flow_into(point, Val(what, value.type))
        self.world.flow.listen(point, reached)
        self.cur = end
        return Val(Temp(result), value.type.result)

    def event(self, name: str, span: Span) -> None:
        """``e();``: every ``on e`` in order."""
        if self.look is not None:
            return
        for on in self.world.program.events.get(name, ()):
            function = FunctionInfo(
                f"on {name}", self._void, (), on.body, on.in_spec, False, on.body.span
            )
            self.span = span
            self.inline(function, {}, None, (), ("on", id(on)), Env(on.in_spec))

    _void = Void()

    # --- looks into functions -------------------------------------------------------------------

    def _look_into(self, function: FunctionInfo, bindings: dict[str, Binding]) -> Val:
        """A function made of ``if`` and ``return``, as one expression."""
        env = Env(function.in_spec, None, dict(bindings))
        assert function.body is not None
        found = self._look_block(function.body.statements, env, function)
        return Val(found if found is not None else FALSE, function.result)

    def _look_block(
        self, statements: tuple[tree.Statement, ...], env: Env, function: FunctionInfo
    ) -> Expr | None:
        """The value returned; None if the end is reached without one."""
        assert self.look is not None
        for at, statement in enumerate(statements):
            match statement:
                case tree.Return(value=value):
                    if value is None:
                        return FALSE
                    got = self.value(value, env, function.result)
                    return self.convert(got, function.result, value.span)
                case tree.Block(statements=inner):
                    found = self._look_block((*inner, *statements[at + 1 :]), env.inner(), function)
                    return found
                case tree.Atomic(body=body):
                    return self._look_block((body, *statements[at + 1 :]), env, function)
                case tree.If():
                    return self._look_if(statement, statements[at + 1 :], env, function)
                case tree.Declare(declarators=declarators):
                    for one in declarators:
                        value_ = (
                            self.value(one.value, env) if one.value is not None else Val(FALSE, INT)
                        )
                        env.names[one.name] = Known(value_)
                case tree.Empty():
                    pass
                case tree.ExprStatement(expression=tree.Call()):
                    pass  # might_sleep() and its kin judge, they decide nothing
                case _:
                    raise fail(
                        "E403",
                        f"A guard or check may only call functions made of if and return; "
                        f"'{function.name}' is not.",
                        statement.span,
                    )
        return None

    def _look_if(
        self,
        statement: tree.If,
        rest: tuple[tree.Statement, ...],
        env: Env,
        function: FunctionInfo,
    ) -> Expr:
        assert self.look is not None
        condition = truth(self.value(statement.condition, env).expr)
        if isinstance(condition, Const):
            arm = statement.then if condition.value else statement.other
            found = self._look_block(((arm,) if arm else ()) + rest, env.inner(), function)
            return found if found is not None else FALSE
        before = self.look.condition
        self.look.condition = binary("and", before, condition)
        then = self._look_block((statement.then, *rest), env.inner(), function)
        self.look.condition = binary("and", before, negate(condition))
        other = self._look_block(
            ((statement.other,) if statement.other else ()) + rest, env.inner(), function
        )
        self.look.condition = before
        return ite(condition, then or FALSE, other or FALSE)

    # --- the language's own words ---------------------------------------------------------------

    def _builtin(self, expr: tree.Call, name: str, env: Env) -> Val:
        arguments = expr.arguments
        match name:
            case "live":
                pointer = self.value(arguments[0], env)
                return Val(self._life(pointer), BOOL)
            case "empty":
                return Val(binary("==", self.value(arguments[0], env).expr, FALSE), BOOL)
            case "any" | "none":
                return self._any(arguments[0], name == "any", env)
            case "ARRAY_SIZE":
                return Val(Const(self._array_size(arguments[0], env)), INT)
            case _:
                pass
        if self.look is not None:
            raise fail("E401", f"A guard or a check does not call {name}().", expr.span)
        self.span = expr.span
        match name:
            case "kfree":
                pointer = self.value(arguments[0], env)
                self.emit(Free(pointer.expr, _pointee(pointer.type)))
            case "touch":
                pointer = self.value(arguments[0], env)
                self.emit(Touch(pointer.expr, _pointee(pointer.type)))
            case "poison":
                place = self.place(arguments[0], env)
                if not isinstance(place, Ref) or place.address is None:
                    raise fail("E318", "poison() takes a member of a struct.", arguments[0].span)
                self.emit(Poison(place))
            case "WARN_ON" | "BUG_ON":
                return self._judge(expr, name == "BUG_ON", env)
            case "assert":
                return self._assert(expr, env)
            case "limit":
                text = arguments[1]
                inside = truth(self.value(arguments[0], env).expr)
                self.bound(inside, text.value if isinstance(text, tree.String) else "limit")
            case _:
                raise AssertionError(name)
        return Val(FALSE, INT)

    def _life(self, pointer: Val) -> Expr:
        ref = Ref(Key(_pointee(pointer.type), LIFE), pointer.expr, None, 1, False, INT, True)
        return binary("==", self.read(ref), Const(LIVE))

    def _any(self, argument: tree.Expr, wanted: bool, env: Env) -> Val:
        place = self.place(argument, env)
        if isinstance(place, VarPlace | Ref):
            value = self.load_place(place, argument.span)
            if isinstance(value.type, SetOf):
                return Val(binary("!=" if wanted else "==", value.expr, FALSE), BOOL)
        if not isinstance(place, ArrayPlace):
            raise fail("E303", "any() and none() take an array of bool.", argument.span)
        total: Expr = FALSE
        for index in self._indices(place):
            element = self.element(place, index)
            total = binary("or", total, truth(self.load_place(element, argument.span).expr))
        return Val(total if wanted else negate(total), BOOL)

    def _indices(self, place: ArrayPlace) -> list[Val]:
        length = place.type.length
        if isinstance(length, tree.Name) and length.name == "task":
            return [Val(Const(t), Pointer(TASK)) for t in self.memory.tasks()]
        return [Val(Const(n), INT) for n in range(self.memory.length(place.type))]

    def _array_size(self, argument: tree.Expr, env: Env) -> int:
        place = self.place(argument, env)
        if isinstance(place, OneElement):
            return 1
        if isinstance(place, ArrayPlace):
            return self.memory.length(place.type)
        raise fail("E303", "This is not an array.", argument.span)

    def _judge(self, expr: tree.Call, halts: bool, env: Env) -> Val:
        """``WARN_ON`` and ``BUG_ON``."""
        condition, named = expr.arguments
        assert isinstance(named, tree.Name)
        value = truth(self.value(condition, env).expr)
        self.span = expr.span
        if isinstance(value, Const) and not value.value:
            return Val(FALSE, BOOL)
        value = self.keep(value, BOOL)
        self._report(value, named.name, halts)
        return Val(value, BOOL)

    def _report(self, value: Expr, property_: str, halts: bool) -> None:
        self.emit(Require(negate(value), property_) if halts else Warn(value, property_))

    def _assert(self, expr: tree.Call, env: Env) -> Val:
        value = negate(truth(self.value(expr.arguments[0], env).expr))
        source = self.world.program.sources.get(expr.span.file)
        line = source.position(expr.span.start)[0] if source is not None else 0
        name = f"assert_{expr.span.file.rpartition('/')[2].partition('.')[0]}_{line}"
        self.world.asserts[name] = expr.span
        if not (isinstance(value, Const) and not value.value):
            self._report(self.keep(value, BOOL), name, halts=False)
        return Val(FALSE, INT)

    def _where(self, expr: tree.Call, name: str, env: Env) -> Val:
        """``in``, ``ended``, ``started`` in checks."""
        if name not in ("in", "ended", "started") or self.look is None:
            raise fail("E404", f"{name}() stands only in a check.", expr.span)
        subject = expr.arguments[0]
        function: str | None = None
        if isinstance(subject, tree.Member) and not subject.arrow:
            function, subject = subject.name, subject.base
        threads = self.threads_named(subject, env)
        if threads is None:
            if not isinstance(subject, tree.Name):
                raise fail("E405", "A thread, a call of it, or a function is wanted.", expr.span)
            threads, function = tuple(t.number for t in self.world.threads), subject.name
        kind = {"in": "in", "ended": "ended", "started": "started"}[name]
        leaf = PcIn(kind, threads, function)  # type: ignore[arg-type]
        return Val(leaf, BOOL)  # type: ignore[arg-type]

    def threads_named(self, subject: tree.Expr, env: Env) -> tuple[int, ...] | None:
        """The threads that ``ioctl``, ``ioctl[0]`` or ``worker[gfx.work]`` names, None if none."""
        index: tree.Expr | None = None
        if isinstance(subject, tree.Index):
            index, subject = subject.index, subject.base
        if not isinstance(subject, tree.Name):
            return None
        named = [t for t in self.world.threads if t.info.name == subject.name]
        if not named:
            known = any(t.name == subject.name for t in self.world.program.threads)
            return () if known else None
        if index is None:
            return tuple(t.number for t in named)
        if named[0].place is not None:
            place, _ = self.looking_place(index, env)
            return tuple(t.number for t in named if t.place == place)
        at = self.world.constant(index)
        return tuple(t.number for t in named if t.index == at)

    def looking_place(self, expr: tree.Expr, env: Env) -> tuple[int, None]:
        """The address of a struct that an index of a thread names."""
        outer, self.look = self.look, LookMode([], TRUE)
        try:
            place = self.place(expr, env)
        finally:
            self.look = outer
        if isinstance(place, StructPlace) and isinstance(place.address, Const):
            return place.address.value, None
        raise fail("E405", "The place of an object is wanted here.", expr.span)

    # --- objects --------------------------------------------------------------------------------

    def allocate(self, expr: tree.Allocate) -> Val:
        """``kzalloc``: the lowest unborn place."""
        struct = struct_name(expr.type)
        self.span = expr.span
        world = self.world
        if struct not in world.sized:
            per_object = self.thread >= 0 and world.threads[self.thread].place is not None
            in_loop = len(self.loops) > self.own_loops
            if in_loop or per_object:
                reason = "in a loop" if in_loop else "in a thread per object"
                raise fail(
                    "E406",
                    f"kzalloc(struct {struct}) {reason}: the model must say how many there are.",
                    expr.span,
                    f"pool struct {struct} 4;",
                )
            self.add_place(struct, recycle=False)
        var = self.variable("", Pointer(Struct(struct)))
        self.emit(Alloc(var, struct))
        self.singles.add(var)
        return Val(Temp(var), Pointer(Struct(struct)))

    def add_place(self, struct: str, recycle: bool) -> None:
        """One more place of a heap type."""
        pool = self.memory.pools.setdefault(struct, [])
        name = f"{struct}#{len(pool) + 1}"
        pool.append(self.memory.add_object(name, struct, struct, recycle))

    def choose_place(self, expr: tree.Quantifier, struct: str, env: Env) -> Val:
        """``choose(x : T; c)``."""
        if self.look is not None:
            raise fail("E401", "A guard or a check chooses nothing.", expr.span)

        def make() -> list[tuple[int, Look]]:
            options = []
            for number in self.quantified(struct):
                inner = env.inner()
                inner.names[expr.variable] = Known(
                    Val(Const(number), Pointer(Struct(struct)), number == self.task)
                )
                options.append((number, self.looking(expr.condition, inner)))
            return options

        var = self.variable("", Pointer(Struct(struct)))
        op = ChoosePlace(var, struct, make)
        self.world.later.append(op)
        self.span = expr.span
        self.emit(op)
        self.singles.add(var)
        return Val(Temp(var), Pointer(Struct(struct)))

    def store_all(self, expr: tree.Assign, env: Env) -> Val:
        """``a[*] = v``: one step."""
        assert isinstance(expr.target, tree.Index)
        value = self.value(expr.value, env, self.type_of(expr.target, env))
        value = Val(self.keep(value.expr, value.type), value.type)
        place = self.place(expr.target.base, env)
        if not isinstance(place, ArrayPlace):
            raise fail("E303", "This is not an array.", expr.target.base.span)
        array = place

        def build() -> None:
            for index in self._indices(array):
                self.store(self.element(array, index), value, expr.span)

        self.span = expr.span
        self.emit(Enclose())
        self.atomic += 1
        self.expand(build)
        self.atomic -= 1
        self.emit(Release())
        return value

    def expand(self, build: Callable[[], None]) -> None:
        """Code that is built when all places are known, in between here and what follows."""
        before = (self.frame, self.loops, self.atomic, self.span)
        node = self.emit(Nop())
        after = self.node(Nop())
        self.cur = after

        def late() -> None:
            outer = (self.cur, self.frame, self.loops, self.atomic, self.span)
            self.frame, self.loops, self.atomic, self.span = before
            self.cur = node
            build()
            self.link(after)
            self.cur, self.frame, self.loops, self.atomic, self.span = outer

        self.world.later.append(Expand(late))

    # --- waits ----------------------------------------------------------------------------------

    def wait(self, expr: tree.Await, env: Env) -> Val:
        """Any ``await``; its value is whether the condition came."""
        if self.look is not None:
            raise fail("E401", "A guard or a check does not wait.", expr.span)
        guard = self.looking(expr.condition, env)
        holders = tuple(self._holder(h, env) for h in expr.held_by)
        kind = expr.kind
        way = "timeout" if kind == "await_timeout" else "signal" if "interruptible" in kind else ""
        if isinstance(guard.value, Const) and guard.value.value and expr.block is None and not way:
            return Val(TRUE, BOOL)
        self.span = expr.condition.span
        op = AwaitOp(
            guard, way, kind == "await_idle", "strong" in kind, holders,  # type: ignore[arg-type]
            self.world.text(expr.condition.span),
        )  # fmt: skip
        node = self.emit(op)
        self.atomic += 1
        first = self.node(Nop())
        node.succ.append(first)
        self.cur = first
        self.turn_begins()
        if expr.block is not None:
            self.statement(expr.block, env)
        self.atomic -= 1
        self.emit(Release())
        if not way:
            return Val(TRUE, BOOL)
        result = self.variable("", BOOL)
        self.emit(SetLocal(result, TRUE))
        end = self.node(Nop())
        self.link(end)
        other = self.node(SetLocal(result, FALSE))
        other.succ.append(end)
        node.succ.append(other)
        self.cur = end
        return Val(Temp(result), BOOL)

    def _holder(self, expr: tree.Expr, env: Env) -> tuple[Look, object, str]:
        text = self.world.text(expr.span)
        if isinstance(expr, tree.Name | tree.Member | tree.Index):
            outer, self.look = self.look, LookMode([], TRUE)
            try:
                place = self.place(expr, env)
            finally:
                accesses, self.look = self.look.accesses, outer  # type: ignore[union-attr]
            if isinstance(place, StructPlace):
                return Look(place.address, accesses), "object", text
            if isinstance(place, ArrayPlace):
                return self._holder_array(place, accesses, expr), "tasks", text
        value, accesses = self.looking_at(expr, env)
        match value.type:
            case SetOf():
                kind = "tasks"
            case Pointer(target=Struct(name="task")):
                kind = "task"
            case _:
                kind = "object"
        return Look(value.expr, accesses), kind, text

    def _holder_array(self, place: ArrayPlace, accesses: list, expr: tree.Expr) -> Look:  # type: ignore[type-arg]
        outer, self.look = self.look, LookMode(accesses, TRUE)
        try:
            total: Expr = FALSE
            for index in self._indices(place):
                element = self.load_place(self.element(place, index), expr.span)
                bits = (
                    element.expr
                    if isinstance(element.type, SetOf)
                    else self.mask(element, "task")
                    if isinstance(element.type, Pointer)
                    else ite(element.expr, Const(1 << self.memory.bit(index.expr.value)), FALSE)  # type: ignore[union-attr]
                )
                total = binary("|", total, bits)
            return Look(total, accesses)
        finally:
            self.look = outer

    def turn_begins(self) -> None:
        """Called where the block of an ``await`` starts."""
        raise AssertionError("statements.py has it")

    def statement(self, statement: tree.Statement, env: Env) -> None:
        """Lowers a statement."""
        raise AssertionError("statements.py has it")


def _pointee(type_: Type) -> str:
    if isinstance(type_, Pointer) and isinstance(type_.target, Struct):
        return type_.target.name
    return ""
