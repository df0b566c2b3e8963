# SPDX-License-Identifier: MIT
"""Expressions with what is known put in, and what an access could still be reported of."""

from collections.abc import Mapping, Sequence

from srcucheck.ir.evaluate import evaluate
from srcucheck.ir.expr import (
    FALSE,
    Binary,
    Const,
    Expr,
    Ite,
    Lookup,
    Temp,
    Unary,
)
from srcucheck.lang.types import VOID
from srcucheck.lower.analyse.cells import LIFE, Cells
from srcucheck.lower.analyse.locals import plain, temps
from srcucheck.lower.build.graph import (
    Access,
    Alloc,
    AwaitOp,
    BoundOp,
    ChoosePlace,
    Demand,
    Evaluate,
    Free,
    Later,
    Limit,
    Load,
    Look,
    LoopHead,
    Node,
    Poison,
    Ref,
    ReportOp,
    Require,
    Store,
    Touch,
    Warn,
    leaf,
)
from srcucheck.lower.memory import LIVE, Cell, Key
from srcucheck.lower.values import binary, ite, lookup, negate
from srcucheck.lower.world import World


class Folding:
    """Folds expressions by what is known to be constant so far."""

    def __init__(self, world: World, cells: Cells, initial: Sequence[dict[Cell, int]]) -> None:
        self.world = world
        self.cells = cells
        self.initial = initial
        self.enabled = False
        self.written: set[Cell] = set()
        self.known: dict[int, Const] = {}
        self.values: Mapping[int, frozenset[int]] = {}

    def fold(self, expr: Expr) -> Expr:
        """The expression with constants put in; ``Later`` is gone afterwards."""
        match expr:
            case Const():
                return expr
            case Temp(number=number):
                return self.known.get(number, expr)
            case Ref():
                return self.ref_value(expr)
            case Later():
                assert expr.value is not None
                return self.fold(expr.value)
            case Binary(op=op, left=left, right=right):
                new_left = self.fold(left)
                if isinstance(new_left, Const):
                    if op == "and" and not new_left.value:
                        return FALSE
                    if op == "or" and new_left.value:
                        return Const(1)
                new_right = self.fold(right)
                if new_left is left and new_right is right:
                    return expr
                return binary(op, new_left, new_right)
            case Unary(operand=operand):
                folded = self.fold(operand)
                return expr if folded is operand else negate(folded)
            case Ite(condition=condition, then=then, other=other):
                test = self.fold(condition)
                if isinstance(test, Const):
                    return self.fold(then if test.value else other)
                return ite(test, self.fold(then), self.fold(other))
            case Lookup(index=index, entries=entries, default=default):
                folded = self.fold(index)
                return expr if folded is index else lookup(folded, entries, default)
            case _:
                return expr

    def ref(self, ref: Ref) -> Ref:
        """The reference with its address and index folded."""
        address = self.fold(ref.address) if ref.address is not None else None
        index = self.fold(ref.index) if ref.index is not None else None
        if address is ref.address and index is ref.index:
            return ref
        return Ref(ref.key, address, index, ref.count, ref.own, ref.type, ref.shadow)

    def ref_value(self, ref: Ref) -> Expr:
        """What reading it gives, if that never changes."""
        ref = self.ref(ref)
        if not self.enabled:
            return leaf(ref)
        if isinstance(ref.address, Const) and ref.address.value == 0:
            return FALSE
        cell = self.cells.exact(ref)
        if cell is not None:
            value = self.constant(cell)
            return leaf(ref) if value is None else Const(value)
        table = self.cells.table(ref)
        values = {}
        for at, one in table.items():
            value = self.constant(one)
            if value is None:
                return leaf(ref)
            values[at] = value
        return lookup(self.cells.position(ref), values)

    def constant(self, cell: Cell) -> int | None:
        """The value that a cell has in all initial states and for ever."""
        if cell in self.written:
            return None
        value = self.initial[0].get(cell, 0)
        if any(other.get(cell, 0) != value for other in self.initial[1:]):
            return None
        return value

    def look(self, look: Look) -> Look:
        """A look with its accesses folded; those that cannot happen are dropped."""
        accesses: list[Access | Demand] = []
        self._accesses(look.accesses, Const(1), accesses)
        return Look(self.fold(look.value), accesses)

    def _accesses(
        self, found: Sequence[Access | Demand], under: Expr, into: list[Access | Demand]
    ) -> None:
        for access in found:
            condition = binary("and", under, self.fold(access.condition))
            if isinstance(condition, Const) and not condition.value:
                continue
            if isinstance(access, Demand):
                test = self.fold(access.test)
                if not (isinstance(test, Const) and test.value):
                    into.append(Demand(condition, test, access.property))
            elif isinstance(access.ref, Later):
                self._accesses(access.ref.accesses, condition, into)
            else:
                into.append(Access(condition, self.ref(access.ref)))

    def decide(self, test: Expr) -> Expr:
        """A condition on one local whose few possible values all give the same."""
        if isinstance(test, Const):
            return test
        names = set(temps(test))
        if len(names) != 1 or not plain(test):
            return test
        (var,) = names
        values = self.values.get(var)
        if not values:
            return test
        results = {bool(evaluate(test, (), {var: v})) for v in values}
        return Const(int(results.pop())) if len(results) == 1 else test

    # --- reports -------------------------------------------------------------------------------

    def may_report(self, node: Node) -> bool:
        """Whether an operation of a local head might report something, hit a bound or never end.

        What others free is shared and so in no head; ``kfree`` and ``poison`` end a head.
        """
        op = node.op
        match op:
            case ReportOp() | Warn() | Require() | Limit() | BoundOp() | Alloc() | Poison():
                return True
            case Free(address=address):
                return not (isinstance(address, Const) and address.value == 0)
            case Load(ref=ref) | Store(ref=ref):
                return self._bad_at_first(ref)
            case Touch(address=address, struct=struct):
                ref = Ref(Key(struct, ""), address, None, 1, False, VOID, False)
                return self._bad_at_first(ref)
            case Evaluate(look=look) | AwaitOp(guard=look):
                return self._look_bad_at_first(look)
            case ChoosePlace(options=options):
                return any(self._look_bad_at_first(look) for _, look in options)
            case LoopHead():
                return node.atomic
            case _:
                return False

    def _look_bad_at_first(self, look: Look) -> bool:
        return any(
            isinstance(a, Demand) or isinstance(a.ref, Later) or self._bad_at_first(a.ref)
            for a in look.accesses
        )

    def _bad_at_first(self, ref: Ref) -> bool:
        """Whether an access before anything else happened may go through NULL or to the dead."""
        if ref.address is None or ref.key.field == LIFE:
            return False
        address = self.ref(ref).address
        if not isinstance(address, Const) or not address.value:
            return True
        life = Cell("life", self.cells.memory.at(address.value).object.number, "", 0)
        poison = Cell("poison", address.value, ref.key.field, 0)
        return any(one.get(life, LIVE) != LIVE or one.get(poison, 0) for one in self.initial)

    def _may_die(self, ref: Ref) -> bool:
        """Whether reading a constant member could still be a use after free, or go through NULL."""
        if ref.address is None or ref.key.field == LIFE:
            return False
        address = self.ref(ref).address
        if isinstance(address, Const) and address.value:
            life = Cell("life", self.cells.memory.at(address.value).object.number, "", 0)
            poisoned = any(
                Cell("poison", c.owner, c.field, c.place) in self.written
                for c in self.cells.table(ref).values()
            )
            return life in self.written or poisoned or not self.enabled
        return True

    def may_end_badly(self, access: Access | Demand) -> bool:
        """Whether looking might be a report: of a dead object, NULL, a bad index."""
        return not isinstance(access, Access) or (
            isinstance(access.ref, Ref) and self._may_die(access.ref)
        )
