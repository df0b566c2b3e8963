# SPDX-License-Identifier: MIT
"""What all statements of a thread are made with: expressions over slots, and places in the text."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from srcucheck.ir import expr as ir
from srcucheck.ir.expr import (
    Binary,
    Const,
    Expr,
    Get,
    Ite,
    Lookup,
    Temp,
    Unary,
)
from srcucheck.ir.system import Deed, Location, Site, SiteKind
from srcucheck.lower.analyse.cells import Cells
from srcucheck.lower.analyse.constants import Constants
from srcucheck.lower.build.graph import (
    Alloc,
    AwaitOp,
    CallOp,
    Code,
    Free,
    Load,
    Node,
    Ref,
    ReturnOp,
    Store,
)
from srcucheck.lower.emit.slots import Slots
from srcucheck.lower.memory import Cell
from srcucheck.lower.values import binary, ite, lookup, negate
from srcucheck.lower.world import World


@dataclass(slots=True)
class Shared:
    """What the emitters of all threads have in common."""

    world: World
    cells: Cells
    constants: Constants
    slots: Slots
    mortal: frozenset[int]
    """Objects that may be freed."""
    poisoned: frozenset[Cell]
    sites: list[Site] = field(default_factory=list)
    reported: set[str] = field(default_factory=set)


class Emitter(ABC):
    """Expressions, places in the text and ways out, for what emits one thread's graph."""

    def __init__(self, shared: Shared, code: Code, kind: str, cuts: set[int], pc: int) -> None:
        self.shared = shared
        self.world = shared.world
        self.slots = shared.slots
        self.constants = shared.constants
        self.code = code
        self.kind = kind
        self.cuts = cuts
        self.pc = pc
        self.locations: dict[int, Location] = {}
        self._numbers: dict[object, int] = {}
        self._sites: dict[tuple[int, str], int] = {}
        self._next_temp = len(code.variables)
        self.live: dict[int, int] = {}
        self.colour: dict[int, int] = {}
        self.heading = False
        """Whether the local head is being emitted."""
        self.loaded: int | None = None
        """Locals that are temps in the update being made; None in a guard."""
        self.start_live = 0
        self.standing: dict[int, int] = {}
        """The live locals of a location, where some may be."""
        self.used: set[int] = set()

    @abstractmethod
    def arrive(self, number: int, live: int, assigned: int) -> list[ir.Statement]:
        """Goes to a location."""

    @abstractmethod
    def dead_end(self, node: Node) -> int:
        """The location where a thread ends that a bug stops here."""

    def temp(self, var: int) -> Temp:
        """A local, as a temp that is loaded or written before."""
        self.used.add(var)
        return Temp(var)

    def resolve(self, expr: Expr) -> Expr:
        """The expression over slots; locals are temps, or slots in a guard."""
        match expr:
            case Const():
                return expr
            case Temp(number=var):
                if self.loaded is None:
                    return Get(self.colour[var])
                return self.temp(var)
            case Ref():
                value = self.constants.ref_value(expr)
                if not isinstance(value, Ref):
                    return self.resolve(value)
                address = self.resolve(value.address) if value.address is not None else None
                index = self.resolve(value.index) if value.index is not None else None
                return self.slots.expr(
                    Ref(value.key, address, index, value.count, value.own, value.type, value.shadow)
                )
            case Binary(op=op, left=left, right=right):
                return binary(op, self.resolve(left), self.resolve(right))
            case Unary(operand=operand):
                return negate(self.resolve(operand))
            case Ite(condition=condition, then=then, other=other):
                return ite(self.resolve(condition), self.resolve(then), self.resolve(other))
            case Lookup(index=index, entries=entries, default=default):
                return lookup(self.resolve(index), entries, default)
            case _:
                return self.resolve(self.constants.fold(expr))

    def site(self, node: Node, kind: SiteKind, text: str = "") -> int:
        """The number of a place in the text; made when first asked for."""
        known = self._sites.get((node.number, kind + text))
        if known is not None:
            return known
        number = len(self.shared.sites)
        callee = node.op.frame.number if isinstance(node.op, CallOp | ReturnOp) else None
        body = self.code.thread if node.frame.parent is None else -1
        where = text or self.world.text(node.span, body)
        frame = node.frame.number
        deed, member = _deed(node)
        in_spec = node.span.file != self.world.program.model.name
        self.shared.sites.append(
            Site(number, kind, frame, node.span, where, callee, deed, member, in_spec)
        )
        self._sites[node.number, kind + text] = number
        return number

    def _fresh(self) -> int:
        self._next_temp += 1
        return self._next_temp - 1

    def _if_available(self, value: Expr, available: int) -> Expr | None:
        """For traces only: the value, if it can be had without keeping a local for it."""
        match value:
            case Const():
                return value
            case Temp(number=var):
                return self.temp(var) if available >> var & 1 else None
            case _:
                return None

    def _marked(self, node: Node) -> list[ir.Statement]:
        return [ir.Mark(self.site(node, "step"))]

    def _halt(self, node: Node, property_: str) -> list[ir.Statement]:
        self.shared.reported.add(property_)
        report = ir.Report(property_, self.site(node, "step"))
        return [report, *self.arrive(self.dead_end(node), 0, 0)]


def _deed(node: Node) -> tuple[Deed, str]:
    """What a step does at a node, and to which member."""
    match node.op:
        case Load(ref=ref):
            return "read", ref.key.field if ref.address is not None else ""
        case Store(ref=ref):
            return "write", ref.key.field if ref.address is not None else ""
        case Alloc():
            return "make", ""
        case Free():
            return "free", ""
        case AwaitOp():
            return "wait", ""
        case _:
            return "", ""


def branch_code(
    condition: Expr, then: list[ir.Statement], other: list[ir.Statement]
) -> list[ir.Statement]:
    """``if`` with what can be left out left out."""
    if isinstance(condition, Const):
        return then if condition.value else other
    if not then and not other:
        return []
    if not then:
        return [ir.If(negate(condition), tuple(other), ())]
    return [ir.If(condition, tuple(then), tuple(other))]
