# SPDX-License-Identifier: MIT
"""Values: operators, assignments."""

from abc import abstractmethod
from typing import assert_never

from srcucheck.ir.expr import FALSE, TRUE, Const, Expr, Temp
from srcucheck.lang import tree
from srcucheck.lang.program import (
    ChoiceInfo,
    FunctionInfo,
    GlobalInfo,
    ParamInfo,
)
from srcucheck.lang.types import (
    BOOL,
    INT,
    TASK,
    VOID,
    Pointer,
    SetOf,
    Struct,
    Type,
)
from srcucheck.lower.build.graph import (
    Branch,
    ChooseValue,
    Node,
    Nop,
    SetLocal,
)
from srcucheck.lower.build.named import NULL, Named
from srcucheck.lower.memory import is_reference
from srcucheck.lower.values import (
    Env,
    StructPlace,
    Val,
    VarPlace,
    binary,
    fail,
    ite,
    lookup,
    negate,
    struct_name,
    truth,
)
from srcucheck.lower.world import KINDS, TASK_KIND

COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")


class Expressions(Named):
    """Adds the values of expressions."""

    def value(self, expr: tree.Expr, env: Env, want: Type | None = None) -> Val:
        """What an expression is worth.  ``want``: the type of the other side, for bare words."""
        match expr:
            case tree.Number(value=number):
                return Val(Const(number), INT)
            case tree.Name():
                return self.name_value(expr, env, want)
            case tree.Member(name="kind", base=tree.Name(name="current"), arrow=True):
                return Val(Const(KINDS[self.kind]), TASK_KIND)
            case tree.Member() | tree.Index() | tree.Deref():
                return self.place_value(expr, env)
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
                raise fail("E329", "An initialiser stands only in a declaration.", expr.span)
            case _:
                assert_never(expr)

    def condition(self, expr: tree.Expr, env: Env) -> Expr:
        """A value as a truth."""
        return truth(self.value(expr, env).expr)

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
            # the operators of both trees are spelt alike
            return Val(binary(op, left.expr, right.expr), BOOL)  # type: ignore[arg-type]
        self._sound(op, right.expr)
        # the operators of both trees are spelt alike
        return Val(binary(op, left.expr, right.expr), INT)  # type: ignore[arg-type]

    def _sound(self, op: str, right: Expr) -> None:
        """Division by zero, or a shift by less than nothing, ends the thread."""
        if op in ("/", "%"):
            self.require(binary("!=", right, FALSE), "no_bug")
        if op in ("<<", ">>"):
            self.require(binary(">=", right, FALSE), "no_bug")

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
            "E308",
            "Only structs have pointers: scalars are passed to out parameters.",
            operand.span,
        )

    def _assign(self, expr: tree.Assign, env: Env) -> Val:
        if isinstance(expr.target, tree.Index) and expr.target.index is None:
            return self.store_all(expr, env)
        place_type = self.type_of(expr.target, env)
        if isinstance(place_type, SetOf) and expr.op in ("+", "-"):
            return self._change_set(expr, place_type, env)
        value = self.value(expr.value, env, place_type)
        if has_effects(expr.target):
            value = Val(self.keep(value.expr, value.type), value.type)
        place = self.target(expr.target, env)
        if expr.op:
            before = self.load_place(place, expr.target.span)
            self._sound(expr.op, value.expr)
            # the operators of both trees are spelt alike
            value = Val(binary(expr.op, before.expr, value.expr), before.type)  # type: ignore[arg-type]
        return Val(self.store(place, value, expr.span), place_type)

    def _increment(self, expr: tree.Increment, env: Env) -> Val:
        place = self.target(expr.target, env)
        before = self.load_place(place, expr.target.span)
        old = before.expr
        if not expr.prefix and isinstance(place, VarPlace):
            old = self.keep(old, before.type)
        after = binary("+" if expr.op == "++" else "-", old, TRUE)
        stored = self.store(place, Val(after, before.type), expr.span)
        return Val(stored if expr.prefix else old, before.type)

    def _container_of(self, expr: tree.ContainerOf, env: Env) -> Val:
        pointer = self.value(expr.pointer, env)
        struct = struct_name(expr.type)
        at, memory = pointer.expr, self.memory
        if not isinstance(at, Const | Temp) and self.look is None:
            at = self.keep(at, pointer.type)
        holder = self._later(lambda: lookup(at, memory.container_table(struct, expr.path)))
        null, found = binary("==", at, FALSE), binary("!=", holder, FALSE)
        self.require(binary("or", null, found), "no_bug")
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

    # --- what the floors above add --------------------------------------------------------------

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
    def store_all(self, expr: tree.Assign, env: Env) -> Val:
        """``a[*] = v``."""


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
