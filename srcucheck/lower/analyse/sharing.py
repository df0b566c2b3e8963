# SPDX-License-Identifier: MIT
"""Which operations are steps of their own: shared accesses, less those nobody can tell.

Exempt are constants, private slots, own reads of what nobody else writes, and objects that no one
else can know yet.  The test is on the text, per member or variable and whether it is reached by
``current``, so that state counts never depend on a solver.
"""

from collections.abc import Sequence

from srcucheck.ir.expr import Const, Expr, Lookup, Temp
from srcucheck.lower.analyse.cells import LIFE, Cells
from srcucheck.lower.analyse.constants import Constants
from srcucheck.lower.analyse.locals import defined, reachable, temps
from srcucheck.lower.build.graph import (
    Access,
    Alloc,
    AwaitOp,
    ChoosePlace,
    Code,
    Demand,
    Evaluate,
    Free,
    Load,
    Node,
    Poison,
    Ref,
    ReturnOp,
    SetLocal,
    Store,
    Touch,
)
from srcucheck.lower.memory import Cell, Key
from srcucheck.lower.world import World


def reads(node: Node) -> Sequence[Ref]:
    """Cells that an operation reads, looks included."""
    op = node.op
    match op:
        case Load(ref=ref):
            return (ref,)
        case Evaluate(look=look):
            return _refs(look.accesses)
        case AwaitOp(guard=guard):
            return _refs(guard.accesses)
        case ChoosePlace():
            return [r for _, look in op.options for r in _refs(look.accesses)]
        case _:
            return ()


def _refs(accesses: Sequence[Access | Demand]) -> list[Ref]:
    return [a.ref for a in accesses if isinstance(a, Access) and isinstance(a.ref, Ref)]


class Users:
    """Which threads use which cells in one way (read, write)."""

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self._exact: dict[Cell, set[int]] = {}
        self._anywhere: dict[Key, set[int]] = {}
        self._all: dict[Key, set[int]] = {}

    def add(self, ref: Ref, thread: int) -> None:
        """A thread uses what the reference means."""
        self._all.setdefault(ref.key, set()).add(thread)
        cells = self._of(ref)
        if cells is None:
            self._anywhere.setdefault(ref.key, set()).add(thread)
        else:
            for cell in cells:
                self._exact.setdefault(cell, set()).add(thread)

    def of(self, ref: Ref) -> set[int]:
        """Threads that may use what the reference means."""
        cells = self._of(ref)
        if cells is None:
            return self._all.get(ref.key, set())
        found = set(self._anywhere.get(ref.key, ()))
        for cell in cells:
            found |= self._exact.get(cell, set())
        return found

    def _of(self, ref: Ref) -> list[Cell] | None:
        """The cells, if the object is known; None if it may be any."""
        cell = self._cells.exact(ref)
        if cell is not None:
            return [cell]
        if ref.address is None:
            return list(self._cells.table(ref).values())
        if isinstance(ref.address, Const) and ref.address.value:
            owner = ref.address.value
            return [c for c in self._cells.table(ref).values() if c.owner == owner]
        return None


class Sharing:
    """Who reads and writes what, for all threads of a system."""

    def __init__(
        self,
        world: World,
        cells: Cells,
        constants: Constants,
        codes: Sequence[Code],
        checked: Sequence[Ref],
    ) -> None:
        self.world = world
        self.memory = world.memory
        self.cells = cells
        self.constants = constants
        self.codes = codes
        self.checks = Users(cells)
        for ref in checked:
            self.checks.add(ref, -1)
        self.checked_lives = {r.key.struct for r in checked if r.key.field == LIFE}
        self.readers = Users(cells)
        self.writers = Users(cells)
        self.frees: dict[int, set[int]] = {}
        """Object -> threads that may free it."""
        self.handles: dict[int, set[int]] = {}
        """Object that may be freed or allocated -> threads that touch, free or allocate it."""
        self.nodes = {code.thread: reachable(code) for code in codes}
        self._objects: dict[str, frozenset[int]] = {}
        for code in codes:
            for node in self.nodes[code.thread]:
                self._frees(code.thread, node)
        for code in codes:
            for node in self.nodes[code.thread]:
                self._note(code.thread, node)

    # --- gathering ------------------------------------------------------------------------------

    def _frees(self, thread: int, node: Node) -> None:
        op = node.op
        if isinstance(op, Free):
            for number in self.constants.freed_by(thread, op.address):
                self.frees.setdefault(number, set()).add(thread)
                self.handles.setdefault(number, set()).add(thread)
        elif isinstance(op, Alloc):
            for place in self.memory.pools.get(op.struct, ()):
                self.handles.setdefault(place.number, set()).add(thread)

    def _note(self, thread: int, node: Node) -> None:
        op = node.op
        for ref in reads(node):
            if ref.key.field != LIFE:
                self.readers.add(ref, thread)
            self._touch(thread, ref.address, ref.key.struct, ref.shadow)
        match op:
            case Store(ref=ref) | Poison(ref=ref):
                self.writers.add(ref, thread)
                self._touch(thread, ref.address, ref.key.struct, ref.shadow)
            case Touch(address=address, struct=struct):
                self._touch(thread, address, struct, shadow=False)
            case _:
                pass

    def _touch(self, thread: int, address: Expr | None, struct: str, shadow: bool) -> None:
        if address is None or shadow:
            return
        for number in self.objects(address, struct):
            if number in self.handles:
                self.handles[number].add(thread)

    def objects(self, address: Expr, struct: str) -> frozenset[int]:
        """Objects that an access may concern."""
        if isinstance(address, Const):
            at = self.memory.addresses[address.value]
            return frozenset((at.object.number,)) if at is not None else frozenset()
        known = self._objects.get(struct)
        if known is None:
            places = self.memory.places(struct) if struct else range(1, len(self.memory.addresses))
            known = frozenset(self.memory.at(p).object.number for p in places)
            self._objects[struct] = known
        return known

    # --- judging --------------------------------------------------------------------------------

    def shared(self, thread: int, node: Node, fresh: frozenset[int]) -> bool:
        """Whether the operation is a step of its own; ``fresh``: locals whose object is unknown."""
        op = node.op
        match op:
            case Load(ref=ref):
                return self._reads_shared(thread, ref, fresh)
            case Evaluate(look=look):
                return any(self._reads_shared(thread, r, fresh) for r in _refs(look.accesses))
            case ChoosePlace():
                return any(self._reads_shared(thread, r, fresh) for r in reads(node))
            case Store(ref=ref) | Poison(ref=ref):
                return self._writes_shared(thread, ref, fresh)
            case Touch(address=address, struct=struct):
                return not self.is_fresh(address, fresh) and self._may_be_freed(
                    thread, address, struct
                )
            case Free(address=address):
                freed = self.constants.freed_by(thread, address)
                return not self.is_fresh(address, fresh) and (
                    self._others(thread, freed, self.handles) or self._life_checked(freed)
                )
            case Alloc(struct=struct):
                places = [p.number for p in self.memory.pools.get(struct, ())]
                return self._others(thread, places, self.handles) or self._life_checked(places)
            case _:
                return False

    def _life_checked(self, objects: Sequence[int]) -> bool:
        return any(
            self.memory.at(self.memory.objects[n].address).struct in self.checked_lives
            for n in objects
        )

    @staticmethod
    def _others(thread: int, objects: Sequence[int], who: dict[int, set[int]]) -> bool:
        return any(who.get(n, set()) - {thread} for n in objects)

    def is_fresh(self, address: Expr, fresh: frozenset[int]) -> bool:
        """Whether an address belongs to an object that only this activation knows."""
        root = root_variable(address)
        return root is not None and root in fresh

    def _may_be_freed(self, thread: int, address: Expr, struct: str) -> bool:
        return any(self.frees.get(n, set()) - {thread} for n in self.objects(address, struct))

    def _private(self, thread: int, ref: Ref) -> bool:
        """Whether nobody else reads or writes what the reference means, checks included."""
        return not (
            self.checks.of(ref)
            or self.readers.of(ref) - {thread}
            or self.writers.of(ref) - {thread}
        )

    def _reads_shared(self, thread: int, ref: Ref, fresh: frozenset[int]) -> bool:
        if not self.world.options.reductions:
            return True
        key = ref.key
        if ref.address is not None:
            if self.is_fresh(ref.address, fresh):
                return False
            if key.field == LIFE:
                objects = list(self.objects(ref.address, key.struct))
                return self._others(thread, objects, self.handles)
            if not ref.shadow and self._may_be_freed(thread, ref.address, key.struct):
                return True
        return bool(self.writers.of(ref) - {thread})

    def _writes_shared(self, thread: int, ref: Ref, fresh: frozenset[int]) -> bool:
        if not self.world.options.reductions:
            return True
        if ref.address is not None and self.is_fresh(ref.address, fresh):
            return False
        if (
            ref.address is not None
            and not ref.shadow
            and self._may_be_freed(thread, ref.address, ref.key.struct)
        ):
            return True
        return not self._private(thread, ref)


def root_variable(expr: Expr) -> int | None:
    """The one local variable an address is computed from, if there is exactly one."""
    found = set(temps(expr))
    return found.pop() if len(found) == 1 else None


def fresh_objects(code: Code, nodes: Sequence[Node]) -> dict[int, frozenset[int]]:
    """Per node: locals that surely hold an object from ``kzalloc`` that nobody else knows yet.

    A forward must-analysis: pairs (variable, allocation); storing a number anywhere publishes it.
    """
    if not any(isinstance(n.op, Alloc) for n in nodes):
        return {}
    pairs: dict[int, frozenset[tuple[int, int]]] = {code.entry.number: frozenset()}
    work = [code.entry]
    while work:
        node = work.pop()
        after = _transfer(node, pairs[node.number])
        for to in node.succ:
            before = pairs.get(to.number)
            joined = after if before is None else before & after
            if joined != before:
                pairs[to.number] = joined
                work.append(to)
    return {n: frozenset(v for v, _ in p) for n, p in pairs.items() if p}


def _transfer(node: Node, state: frozenset[tuple[int, int]]) -> frozenset[tuple[int, int]]:
    op = node.op
    match op:
        case Alloc(var=var):
            kept = {(v, s) for v, s in state if s != node.number and v != var}
            return frozenset(kept | {(var, node.number)})
        case SetLocal(var=var, value=value):
            kept = {(v, s) for v, s in state if v != var}
            root = root_variable(value)
            kept |= {(var, s) for v, s in state if v == root and _is_address(value)}
            return frozenset(kept)
        case Store(value=value) if state:
            used = set(temps(value))
            gone = {s for v, s in state if v in used}
            return frozenset((v, s) for v, s in state if s not in gone)
        case Free(address=address) if state:
            used = set(temps(address))
            gone = {s for v, s in state if v in used}
            return frozenset((v, s) for v, s in state if s not in gone)
        case ReturnOp(frame=frame) if frame.outermost:
            return frozenset()
        case _:
            written = defined(node)
            if written and state:
                return frozenset((v, s) for v, s in state if v not in written)
            return state


def _is_address(value: Expr) -> bool:
    return isinstance(value, Temp | Lookup)
