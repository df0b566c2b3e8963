# SPDX-License-Identifier: MIT
"""Sets, quantifiers over places, and looks."""

from abc import abstractmethod

from srcucheck.ir.expr import FALSE, TRUE, Const, Expr, Temp
from srcucheck.lang import tree
from srcucheck.lang.types import (
    BOOL,
    Pointer,
    SetOf,
    Struct,
    Type,
)
from srcucheck.lower.build.graph import (
    Access,
    Demand,
    Evaluate,
    Later,
    Look,
    leaf,
)
from srcucheck.lower.build.graph_builder import LookMode
from srcucheck.lower.build.places import Places
from srcucheck.lower.values import (
    Env,
    Known,
    Val,
    binary,
    lookup,
    struct_name,
    truth,
)


class Sets(Places):
    """Adds sets and looks."""

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
        place = self.target(expr.target, env)
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

        def make() -> tuple[Expr, list[Access | Demand]]:
            accesses: list[Access | Demand] = []
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
            return Val(leaf(later), BOOL)
        var = self.variable("", BOOL)
        self.emit(Evaluate(var, Look(leaf(later), [Access(TRUE, later)])))
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

    def looking_at(self, expr: tree.Expr, env: Env) -> tuple[Val, list[Access | Demand]]:
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

    @abstractmethod
    def choose_place(self, expr: tree.Quantifier, struct: str, env: Env) -> Val:
        """``choose(x : T; c)``."""
