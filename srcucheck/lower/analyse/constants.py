# SPDX-License-Identifier: MIT
"""What never changes: folded away, with all code that it makes unreachable.

A cell that no reachable code outside of ``init`` writes has its initial value for ever.  Knowing
that prunes branches, and with them writes, so it is done again until nothing more comes of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

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
from srcucheck.lower.analyse.locals import definitions, local_values, plain, reachable, temps
from srcucheck.lower.analyse.points import Points
from srcucheck.lower.build.graph import (
    Access,
    Alloc,
    AwaitOp,
    BoundOp,
    Branch,
    ChoosePlace,
    ChooseValue,
    Code,
    Demand,
    Dispatch,
    Evaluate,
    Free,
    Later,
    Limit,
    Load,
    Look,
    LoopHead,
    Node,
    Nop,
    Op,
    Poison,
    Ref,
    ReportOp,
    Require,
    ReturnOp,
    SetLocal,
    Store,
    Touch,
    Warn,
    leaf,
)
from srcucheck.lower.memory import LIVE, Cell, Key
from srcucheck.lower.values import binary, ite, lookup, negate
from srcucheck.lower.world import World

NOP = Nop()


class Constants:
    """Folds expressions by what is known to be constant so far."""

    def __init__(self, world: World, cells: Cells, initial: Sequence[dict[Cell, int]]) -> None:
        self.world = world
        self.cells = cells
        self.initial = initial
        self.enabled = False
        self.written: set[Cell] = set()
        self.known: dict[int, Const] = {}
        self.codes: Sequence[Code] = ()
        self._points: Points | None = None
        self.values: Mapping[int, frozenset[int]] = {}

    # --- expressions ----------------------------------------------------------------------------

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

    # --- operations -----------------------------------------------------------------------------

    def settle(self, codes: Sequence[Code]) -> None:
        """Finds what is constant, and rewrites all code by it.

        Optimistic: at first every cell is taken for constant; a store of another value in code
        that is reachable under that assumption revokes it, until nothing more is revoked.
        """
        self.codes = codes
        self.enabled = True
        counts = [definitions(code) for code in codes]
        values = [local_values(self.world, reachable(code)) for code in codes]
        while True:
            before = len(self.written)
            self._points = None
            scans = []
            for code, count, value in zip(codes, counts, values, strict=True):
                self.values = value
                scans.append(self._scan(code, count))
            if len(self.written) == before:
                break
        for code, scan in zip(codes, scans, strict=True):
            for number, (op, succ) in scan.items():
                code.nodes[number].op = op
                code.nodes[number].succ = succ

    def fold_only(self, code: Code) -> None:
        """Puts in what is known without knowing of any cell: for ``init``."""
        self.enabled = False
        self.values = local_values(self.world, reachable(code))
        for number, (op, succ) in self._scan(code, definitions(code)).items():
            code.nodes[number].op = op
            code.nodes[number].succ = succ

    def poisons(self, codes: Sequence[Code]) -> frozenset[Cell]:
        """Cells that tell whether a member is poisoned."""
        found: set[Cell] = set()
        for code in codes:
            for node in reachable(code):
                if isinstance(node.op, Poison):
                    found |= {
                        Cell("poison", c.owner, c.field, c.place) for c in self._cells(node.op.ref)
                    }
        return frozenset(found)

    def _scan(self, code: Code, counts: Mapping[int, int]) -> dict[int, tuple[Op, list[Node]]]:
        """Walks what is reachable by what is known; notes writes; gives folded operations."""
        self.known = {}
        found: dict[int, tuple[Op, list[Node]]] = {}
        stack = [code.entry]
        seen = {code.entry.number}
        while stack:
            node = stack.pop()
            op, succ = self._folded(node, counts)
            found[node.number] = (op, succ)
            self._writes(code.thread, op)
            for after in reversed(succ):
                if after.number not in seen:
                    seen.add(after.number)
                    stack.append(after)
        self.known = {}
        return found

    def _learn(self, var: int, value: Expr, counts: Mapping[int, int]) -> bool:
        if isinstance(value, Const) and counts[var] == 1:
            self.known[var] = value
            return True
        return False

    def _folded(self, node: Node, counts: Mapping[int, int]) -> tuple[Op, list[Node]]:
        """An operation with constants put in, and where it then leads."""
        op, succ = node.op, node.succ
        match op:
            case SetLocal(var=var, value=value):
                folded = self.fold(value)
                if self._learn(var, folded, counts):
                    return NOP, succ
                return (op if folded is value else SetLocal(var, folded)), succ
            case Load(var=var, ref=ref):
                value = self.ref_value(ref)
                if isinstance(value, Ref):
                    return (op if value is ref else Load(var, value)), succ
                known = self._learn(var, value, counts)
                if self._may_die(ref):
                    return Load(var, self.ref(ref)), succ
                return (NOP if known else SetLocal(var, value)), succ
            case Store(ref=ref, value=value):
                return Store(self.ref(ref), self.fold(value)), succ
            case Touch(address=address, struct=struct):
                return Touch(self.fold(address), struct), succ
            case Free(address=address, struct=struct):
                return Free(self.fold(address), struct), succ
            case Poison(ref=ref):
                return Poison(self.ref(ref)), succ
            case Evaluate(var=var, look=look):
                seen = self.look(look)
                if isinstance(seen.value, Const):
                    known = self._learn(var, seen.value, counts)
                    risky = [a for a in seen.accesses if self.may_end_badly(a)]
                    if risky:
                        return Evaluate(var, Look(seen.value, risky)), succ
                    return (NOP if known else SetLocal(var, seen.value)), succ
                return Evaluate(var, seen), succ
            case Branch(condition=condition):
                test = self.decide(self.fold(condition))
                if isinstance(test, Const):
                    return NOP, [succ[0 if test.value else 1]]
                return Branch(test), succ
            case Warn(condition=condition, property=property_):
                test = self.decide(self.fold(condition))
                if isinstance(test, Const):
                    return (ReportOp(property_, halts=False) if test.value else NOP), succ
                return Warn(test, property_), succ
            case Require(condition=condition, property=property_):
                test = self.decide(self.fold(condition))
                if not isinstance(test, Const):
                    return Require(test, property_), succ
                return (NOP, succ) if test.value else (ReportOp(property_, halts=True), [])
            case Limit(condition=condition, text=text, target=target, far=far):
                test = self.decide(self.fold(condition))
                if not isinstance(test, Const):
                    return Limit(test, text, target, far), succ
                return (NOP, succ) if test.value else (BoundOp(text), [])
            case Dispatch(function=function, targets=targets):
                what = self.fold(function)
                if isinstance(what, Const):
                    return NOP, [targets.get(what.value, succ[0])]
                return Dispatch(what, targets), succ
            case ChooseValue(var=var, values=values):
                return ChooseValue(var, tuple(self.fold(v) for v in values)), succ
            case ChoosePlace(var=var, struct=struct, make=make, options=options):
                looks = [(n, self.look(look)) for n, look in options]
                kept = [(n, look) for n, look in looks if look.value != FALSE]
                if not kept:
                    return (NOP if self._learn(var, FALSE, counts) else SetLocal(var, FALSE)), succ
                return ChoosePlace(var, struct, make, kept), succ
            case AwaitOp():
                guard = self.look(op.guard)
                holders = tuple((self.look(h), k, t) for h, k, t in op.holders)
                if isinstance(guard.value, Const) and len(succ) > 1:
                    succ = succ[:1] if guard.value.value else succ
                return replace(op, guard=guard, holders=holders), succ
            case ReturnOp(frame=frame, value=value, outs=outs):
                returned = self.fold(value) if value is not None else None
                return ReturnOp(frame, returned, tuple((t, self.fold(e)) for t, e in outs)), succ
            case _:
                return op, succ

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

    def _writes(self, thread: int, op: Op) -> None:
        match op:
            case Store(ref=ref, value=value):
                for cell in self._cells(ref):
                    if not (isinstance(value, Const) and self.constant(cell) == value.value):
                        self.written.add(cell)
            case Poison(ref=ref):
                for cell in self._cells(ref):
                    self.written.add(Cell("poison", cell.owner, cell.field, cell.place))
            case Alloc(struct=struct):
                for place in self.cells.memory.pools.get(struct, ()):
                    self.written.add(Cell("life", place.number, "", 0))
            case Free(address=address):
                for number in self.freed_by(thread, address):
                    self.written.add(Cell("life", number, "", 0))
            case _:
                pass

    def _cells(self, ref: Ref) -> list[Cell]:
        cell = self.cells.exact(ref)
        if cell is not None:
            return [cell]
        if isinstance(ref.address, Const) and ref.address.value == 0:
            return []
        return list(self.cells.table(ref).values())

    def freed_by(self, thread: int, address: Expr) -> list[int]:
        """Numbers of the objects that a ``kfree`` may end."""
        memory = self.cells.memory
        if isinstance(address, Const):
            numbers = [address.value]
        else:
            if self._points is None:
                self._points = Points(memory, self.codes, self.initial)
            numbers = sorted(self._points.of(thread, address))
        found = (memory.addresses[n] for n in numbers)
        return [
            at.object.number
            for at in found
            if at is not None and at.parent == 0 and at.struct != "task"
        ]
