# SPDX-License-Identifier: MIT
"""Calls: functions inlined, stored functions dispatched, events, looks into functions."""

from abc import abstractmethod

from srcucheck.base.diagnostic import Diagnostic, ModelError, Note
from srcucheck.base.span import Span
from srcucheck.ir.expr import FALSE, Const, Expr, Temp
from srcucheck.lang import tree
from srcucheck.lang.builtin import CALLS, CHECK_CALLS
from srcucheck.lang.program import ChoiceInfo, FunctionInfo
from srcucheck.lang.types import (
    INT,
    Array,
    Bool,
    Func,
    Int,
    Pasted,
    Pointer,
    Struct,
    Type,
    Void,
)
from srcucheck.lower.build.expressions import Expressions
from srcucheck.lower.build.graph import (
    CallOp,
    Dispatch,
    FrameInfo,
    Nop,
    Ref,
    ReportOp,
    ReturnOp,
    SetLocal,
)
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
    """Adds calls."""

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
        body = self.thread if parent.parent is None else -1
        text = self.world.text(span, body) if expr is not None else function.name
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

    @abstractmethod
    def builtin(self, expr: tree.Call, name: str, env: Env) -> Val:
        """A word of the language itself."""

    @abstractmethod
    def standing(self, expr: tree.Call, name: str, env: Env) -> Val:
        """``in``, ``ended``, ``started`` in checks."""

    @abstractmethod
    def body(self, function: FunctionInfo, bindings: dict[str, Binding]) -> Expr:
        """Lowers a function's body; gives its value."""

    def _refuse_recursion(self, function: FunctionInfo, key: object, parent: FrameInfo) -> None:
        frame: FrameInfo | None = parent
        names = [function.name]
        while frame is not None:
            names.append(frame.function)
            if frame.key == key:
                cycle = " -> ".join(reversed(names))
                raise ModelError(
                    Diagnostic(
                        "E311",
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
            raise fail("E319", "This is not a function.", target.span)
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
                raise fail("E319", f"'{name}' does not stand for a function.", expr.span)
            case _ if name in CALLS:
                return self.builtin(expr, name, env)
            case _ if name in CHECK_CALLS:
                return self.standing(expr, name, env)
            case _:
                value = self.value(expr.function, env)
                if isinstance(value.type, Func):
                    return self._dispatch(value, expr, env)
                raise fail("E319", f"'{name}' is not a function.", expr.function.span)

    def direct(self, function: FunctionInfo, expr: tree.Call, env: Env) -> Val:
        """A call of a function that is known."""
        if function.body is None:
            raise fail("E502", f"The model must define '{function.name}()'.", expr.span)
        if len(expr.arguments) != len(function.parameters):
            raise fail(
                "E307",
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

    @abstractmethod
    def assigned(self, function: FunctionInfo) -> frozenset[str]:
        """Names that a function assigns, increments or takes the address of."""

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
        raise fail("E308", "An array is wanted here, by its name.", argument.span)

    def _out_argument(self, argument: tree.Expr, env: Env) -> Place:
        inner = argument.operand if isinstance(argument, tree.AddressOf) else argument
        place = self.place(inner, env)
        if place is None or isinstance(place, StructPlace | ArrayPlace):
            raise fail("E305", "The address of a variable is wanted here.", argument.span)
        if isinstance(place, Ref) and self.look is None:
            address = place.address
            index = place.index
            if address is not None and not self._stable(address):
                address = self.keep(address, INT)
            if index is not None and not self._stable(index):
                index = self.keep(index, INT)
            place = Ref(place.key, address, index, place.count, place.own, place.type, place.shadow)
        return place

    def _dispatch(self, value: Val, expr: tree.Call, env: Env) -> Val:
        """A call of whatever is stored: one branch per function that may be, found as they flow."""
        if self.look is not None:
            raise fail("E321", "A guard or a check calls no stored function.", expr.span)
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
        self.world.covered[function.body.span] = None
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
                        "E321",
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
