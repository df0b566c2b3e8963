# SPDX-License-Identifier: MIT
"""Updates: the code of a step, its paths put into ``if``s and loops."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import NamedTuple

from srcucheck.ir import expr as ir
from srcucheck.ir.expr import (
    FALSE,
    Const,
    Get,
    Update,
)
from srcucheck.lower.analyse.liveness import bits
from srcucheck.lower.analyse.region import START, Region, Vertex
from srcucheck.lower.build.graph import (
    AwaitOp,
    BoundOp,
    Branch,
    Dispatch,
    Ended,
    LoopBack,
    LoopHead,
    Node,
    ReportOp,
)
from srcucheck.lower.emit.emitter import branch_code
from srcucheck.lower.emit.operations import Operations
from srcucheck.lower.values import binary


class Walked(NamedTuple):
    """Code, the locals that have a value after it and that it changed, whether control goes on."""

    code: list[ir.Statement]
    available: int
    assigned: int
    falls: bool


class Updates(Operations):
    """Walks the region of a step."""

    @abstractmethod
    def is_cut(self, node: Node) -> bool:
        """Whether a step ends before this node."""

    @abstractmethod
    def ended(self, node: Node) -> int:
        """The location where the thread is over."""

    @abstractmethod
    def number(self, key: object) -> int:
        """The number of a location."""

    @staticmethod
    def is_final(node: Node) -> bool:
        """Whether nothing of this thread comes after the node."""
        return isinstance(node.op, Ended | BoundOp) or (
            isinstance(node.op, ReportOp) and node.op.halts
        )

    def update(
        self,
        region: Region,
        first: Vertex,
        live: int,
        before: tuple[ir.Statement, ...] = (),
        checks: Callable[[], list[ir.Statement]] | None = None,
    ) -> Update:
        """The update of a step: live locals are loaded, code runs, what lives on is stored."""
        self.used = set()
        self.loaded = live
        self.start_live = live
        body: list[ir.Statement] = list(before)
        if checks is not None:
            body += checks()
        body += self._walk(region, first, None, live, 0).code
        loads = [ir.Let(v, Get(self.colour[v])) for v in sorted(self.used) if live >> v & 1]
        if self.heading:  # what has no value yet is 0
            born = self.live.get(self.code.entry.number, 0)
            loads += [ir.Let(v, FALSE) for v in sorted(self.used) if born >> v & 1]
        self.loaded = None
        return (*loads, *body)

    def _walk(
        self, region: Region, vertex: Vertex, stop: Vertex | None, available: int, assigned: int
    ) -> Walked:
        """Code from a vertex to where its paths meet."""
        out: list[ir.Statement] = []
        while vertex != stop:
            node = vertex.node
            if region.terminal(vertex) or self.is_final(node):
                out += self._leaf(region, vertex, assigned)
                return Walked(out, available, assigned, region.turns_back(node))
            op = node.op
            if isinstance(op, LoopHead) and node.atomic and op.exit is not None:
                code, assigned = self._loop(vertex, op, available, assigned)
                out += code
                vertex = Vertex(op.exit, vertex.loops - {START})
                continue
            after = region.after(vertex)
            if len(after) == 1:
                code, var = self._straight(node, available)
                out += code
                if var is not None:
                    available |= 1 << var
                    assigned |= 1 << var
                vertex = after[0]
                continue
            join = region.join(vertex)
            arms = [self._walk(region, one, join, available, assigned) for one in after]
            out += self._branch(node, [a.code for a in arms])
            going = [a for a in arms if a.falls]
            if join is None:
                return Walked(out, available, assigned, bool(going))
            available = going[0].available
            for arm in going:
                available &= arm.available
                assigned |= arm.assigned
            vertex = join
        return Walked(out, available, assigned, True)

    def _branch(self, node: Node, arms: list[list[ir.Statement]]) -> list[ir.Statement]:
        op = node.op
        match op:
            case Branch(condition=condition):
                return branch_code(self.resolve(condition), arms[0], arms[1])
            case AwaitOp():
                return branch_code(self.resolve(op.guard.value), arms[0], arms[1])
            case Dispatch():
                order = {n.number: at for at, n in enumerate(node.succ)}
                code = arms[0]
                what = self.resolve(op.function)
                for number, target in sorted(op.targets.items(), reverse=True):
                    test = binary("==", what, Const(number))
                    code = branch_code(test, arms[order[target.number]], code)
                return code
            case _:
                raise AssertionError(f"{type(op).__name__} does not branch")

    def _loop(
        self, vertex: Vertex, op: LoopHead, available: int, assigned: int
    ) -> tuple[list[ir.Statement], int]:
        """A loop inside of ``atomic``."""
        first = Vertex(vertex.node.succ[0], vertex.loops - {START})
        inner = Region(first, self.is_cut, op.loop, op.exit)
        code = self._walk(inner, first, None, available, assigned).code
        for var in _assigned_in(code):
            assigned |= 1 << var
        return [ir.Loop(tuple(code), self.site(vertex.node, "step"))], assigned

    def _leaf(self, region: Region, vertex: Vertex, assigned: int) -> list[ir.Statement]:
        node = vertex.node
        op = node.op
        away = self.heading or (START not in vertex.loops and self.is_cut(node))
        if isinstance(op, LoopBack) and node.atomic:
            return []
        if region.is_exit(node):
            return [ir.Break()]
        if isinstance(op, BoundOp) and not away:
            return [ir.Bound(op.text, self.site(node, "step"))]
        if isinstance(op, ReportOp) and op.halts and not self.heading:
            self.shared.reported.add(op.property)
            return [
                ir.Report(op.property, self.site(node, "step")),
                *self.arrive(self.dead_end(node), 0, 0),
            ]
        if isinstance(op, Ended):
            return self.arrive(self.ended(node), 0, 0)
        live = self.live.get(node.number, 0)
        return self.arrive(self.number(node.number), live, assigned)

    def arrive(self, number: int, live: int, assigned: int) -> list[ir.Statement]:
        """Goes to a location: live locals stored, the slots of dead ones back to 0."""
        if self.pc < 0:
            return [ir.Finish()]
        code: list[ir.Statement] = []
        kept: set[int] = set()
        for var in bits(live):
            slot = self.colour[var]
            kept.add(slot)
            if assigned >> var & 1 or not self.start_live >> var & 1:
                code.append(ir.Set(slot, self.temp(var)))
        for var in bits(self.start_live & ~live):
            slot = self.colour[var]
            if slot not in kept:
                kept.add(slot)
                code.append(ir.Set(slot, FALSE))
        code.append(ir.Set(self.pc, Const(number)))
        code.append(ir.Finish())
        return code


def _assigned_in(code: Sequence[ir.Statement]) -> set[int]:
    found: set[int] = set()
    for statement in code:
        match statement:
            case ir.Let(temp=temp) | ir.Choose(temp=temp):
                found.add(temp)
            case ir.If(then=then, other=other):
                found |= _assigned_in(then) | _assigned_in(other)
            case ir.Loop(body=body):
                found |= _assigned_in(body)
            case _:
                pass
    return found
