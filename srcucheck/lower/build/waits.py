# SPDX-License-Identifier: MIT
"""Waits: every kind of ``await``, and who holds it up."""

from abc import abstractmethod

from srcucheck.ir.expr import FALSE, TRUE, Const, Expr, Temp
from srcucheck.lang import tree
from srcucheck.lang.types import (
    BOOL,
    Pointer,
    SetOf,
    Struct,
)
from srcucheck.lower.build.graph import (
    Access,
    AwaitOp,
    Demand,
    Look,
    Nop,
    Release,
    SetLocal,
)
from srcucheck.lower.build.graph_builder import LookMode
from srcucheck.lower.build.words import Words
from srcucheck.lower.values import (
    ArrayPlace,
    Env,
    StructPlace,
    Val,
    binary,
    fail,
    ite,
)


class Waits(Words):
    """Adds waits."""

    def wait(self, expr: tree.Await, env: Env) -> Val:
        """Any ``await``; its value is whether the condition came."""
        if self.look is not None:
            raise fail("E321", "A guard or a check does not wait.", expr.span)
        guard = self.looking(expr.condition, env)
        holders = tuple(self._holder(h, env) for h in expr.held_by)
        kind = expr.kind
        way = "timeout" if kind == "await_timeout" else "signal" if "interruptible" in kind else ""
        if isinstance(guard.value, Const) and guard.value.value and expr.block is None and not way:
            return Val(TRUE, BOOL)
        self.span = expr.condition.span
        op = AwaitOp(
            # way is one of the literals above
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
                accesses, self.look = self.look.accesses, outer
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

    def _holder_array(
        self, place: ArrayPlace, accesses: list[Access | Demand], expr: tree.Expr
    ) -> Look:
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
                    # indices of an array by task are constants
                    else ite(element.expr, Const(1 << self.memory.bit(index.expr.value)), FALSE)  # type: ignore[union-attr]
                )
                total = binary("|", total, bits)
            return Look(total, accesses)
        finally:
            self.look = outer

    @abstractmethod
    def turn_begins(self) -> None:
        """Called where the block of an ``await`` starts."""

    @abstractmethod
    def statement(self, statement: tree.Statement, env: Env) -> None:
        """Lowers a statement."""
