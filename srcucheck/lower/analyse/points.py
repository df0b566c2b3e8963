# SPDX-License-Identifier: MIT
"""Which objects a pointer may denote: flow-insensitive, for ``kfree`` only."""

from collections.abc import Mapping, Sequence

from srcucheck.ir.expr import Binary, Const, Expr, Ite, Lookup, Temp
from srcucheck.lang.types import Pointer
from srcucheck.lower.analyse.locals import reachable
from srcucheck.lower.build.graph import (
    Alloc,
    ChoosePlace,
    ChooseValue,
    Code,
    Later,
    Load,
    Ref,
    SetLocal,
    Store,
    leaf,
)
from srcucheck.lower.memory import Cell, Key, Memory


class Points:
    """Address sets of local variables and members, closed by iteration."""

    def __init__(
        self, memory: Memory, codes: Sequence[Code], initial: Sequence[Mapping[Cell, int]]
    ) -> None:
        self._memory = memory
        self._variables: dict[tuple[int, int], set[int]] = {}
        self._members: dict[Key, set[int]] = {}
        for cells in initial:
            for cell, value in cells.items():
                if value and cell.kind in ("field", "global"):
                    struct = memory.at(cell.owner).struct if cell.owner else ""
                    self._members.setdefault(Key(struct, cell.field), set()).add(value)
        equations = [(code.thread, node.op) for code in codes for node in reachable(code)]
        equations = [
            (t, op)
            for t, op in equations
            if isinstance(op, SetLocal | Load | Alloc | ChoosePlace | ChooseValue)
            or (isinstance(op, Store) and isinstance(op.ref.type, Pointer))
        ]
        changed = True
        while changed:
            changed = False
            for thread, op in equations:
                changed |= self._apply(thread, op)

    def _apply(self, thread: int, op: object) -> bool:
        match op:
            case SetLocal(var=var, value=value):
                return self._add(self._variable(thread, var), self.of(thread, value))
            case Load(var=var, ref=ref):
                if not isinstance(ref.type, Pointer):
                    return False
                return self._add(self._variable(thread, var), self.of(thread, leaf(ref)))
            case Alloc(var=var, struct=struct):
                places = {p.address for p in self._memory.pools.get(struct, ())}
                return self._add(self._variable(thread, var), places)
            case ChoosePlace(var=var):
                return self._add(self._variable(thread, var), {n for n, _ in op.options})
            case ChooseValue(var=var, values=values):
                into = self._variable(thread, var)
                found = set().union(*(self.of(thread, v) for v in values))
                return self._add(into, found)
            case Store(ref=ref, value=value):
                into = self._members.setdefault(ref.key, set())
                return self._add(into, self.of(thread, value))
            case _:
                return False

    def _variable(self, thread: int, var: int) -> set[int]:
        return self._variables.setdefault((thread, var), set())

    @staticmethod
    def _add(into: set[int], values: set[int]) -> bool:
        before = len(into)
        into |= values
        return len(into) > before

    def of(self, thread: int, expr: Expr) -> set[int]:
        """Addresses that the expression may have in code of a thread."""
        match expr:
            case Const(value=value):
                return {value} if value else set()
            case Temp(number=var):
                return self._variables.get((thread, var), set())
            case Ref(key=key):
                return self._members.get(key, set())
            case Later(value=value):
                return self.of(thread, value) if value is not None else set()
            case Ite(then=then, other=other):
                return self.of(thread, then) | self.of(thread, other)
            case Lookup(index=index, entries=entries):
                if isinstance(index, Binary):
                    return {v for v in entries.values() if v}
                return {entries[i] for i in self.of(thread, index) if entries.get(i)}
            case _:
                return set()
