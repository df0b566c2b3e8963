# SPDX-License-Identifier: MIT
"""What never changes: folded away, with all code that it makes unreachable.

A cell that no reachable code outside of ``init`` writes has its initial value for ever.  Knowing
that prunes branches, and with them writes, so it is done again until nothing more comes of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from srcucheck.ir.expr import (
    FALSE,
    Const,
    Expr,
)
from srcucheck.lower.analyse.cells import Cells
from srcucheck.lower.analyse.folding import Folding
from srcucheck.lower.analyse.locals import definitions, local_values, reachable
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
    Limit,
    Load,
    Look,
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
)
from srcucheck.lower.memory import Cell
from srcucheck.lower.world import World

NOP = Nop()


class Constants(Folding):
    """What is constant, found by walking what is reachable, and the code rewritten by it."""

    def __init__(self, world: World, cells: Cells, initial: Sequence[dict[Cell, int]]) -> None:
        super().__init__(world, cells, initial)
        self.codes: Sequence[Code] = ()
        self._points: Points | None = None

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
                kept = [
                    (n, look)
                    for n, look in looks
                    if look.value != FALSE or any(_can_report(a) for a in look.accesses)
                ]
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


def _can_report(access: Access | Demand) -> bool:
    """Whether a look may be reported: of a dead object, or through NULL."""
    match access:
        case Access(ref=Ref(address=address, shadow=shadow)):
            return address is not None and not (shadow and isinstance(address, Const))
        case _:
            return True
