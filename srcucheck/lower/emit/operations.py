# SPDX-License-Identifier: MIT
"""What each operation of a graph does to slots."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field

from srcucheck.ir import expr as ir
from srcucheck.ir.expr import (
    FALSE,
    TRUE,
    Binary,
    Const,
    Expr,
    Get,
    Ite,
    Lookup,
    Pick,
    Temp,
    Unary,
)
from srcucheck.ir.system import Deed, Location, Site, SiteKind
from srcucheck.lang.types import VOID
from srcucheck.lower.analyse.cells import LIFE, Cells
from srcucheck.lower.analyse.constants import Constants
from srcucheck.lower.build.graph import (
    Access,
    Alloc,
    AwaitOp,
    CallOp,
    ChoosePlace,
    ChooseValue,
    Code,
    Demand,
    Evaluate,
    Free,
    Limit,
    Load,
    Node,
    Passed,
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
from srcucheck.lower.emit.slots import Slots
from srcucheck.lower.memory import DEAD, LIVE, UNBORN, Cell, Key
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


class Operations(ABC):
    """Turns the operations of one thread's graph into statements."""

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

    def _straight(self, node: Node, available: int) -> tuple[list[ir.Statement], int | None]:
        """The statements of an operation with one successor, and the local it writes."""
        op = node.op
        match op:
            case SetLocal(var=var, value=value):
                return [ir.Let(var, self.resolve(value))], var
            case Passed():
                return [ir.Mark(self.site(node, "begin"))], None
            case Load(var=var, ref=ref):
                code = self._access_checks(node, ref, loads=True)
                return [
                    *self._marked(node), *code, ir.Let(var, self.resolve(leaf(ref))),
                ], var  # fmt: skip
            case Store(ref=ref, value=value):
                return [*self._marked(node), *self._store(node, ref, value)], None
            case Touch(address=address, struct=struct):
                ref = Ref(Key(struct, ""), address, None, 1, False, VOID, False)
                return [*self._marked(node), *self._access_checks(node, ref, loads=False)], None
            case Alloc(var=var, struct=struct):
                return [*self._marked(node), *self._alloc(node, var, struct)], var
            case Free(address=address):
                return [*self._marked(node), *self._free(node, address)], None
            case Poison(ref=ref):
                return [*self._marked(node), *self._poison(node, ref)], None
            case Evaluate(var=var, look=look):
                checks = self._look_checks(node, look.accesses)
                return [
                    *self._marked(node), *checks, ir.Let(var, self.resolve(look.value)),
                ], var  # fmt: skip
            case ChooseValue(var=var, values=values):
                options = tuple((TRUE, self.resolve(v)) for v in values)
                return [*self._marked(node), ir.Choose(var, options)], var
            case ChoosePlace(var=var):
                return [*self._marked(node), *self._choose_place(node, op)], var
            case AwaitOp():
                checks = self._look_checks(node, op.guard.accesses)
                guard = self.resolve(op.guard.value)
                if guard == TRUE:
                    return [*self._marked(node), *checks], None
                return [*self._marked(node), ir.Assume(guard), *checks], None
            case CallOp(frame=frame):
                code = [ir.Mark(self.site(node, "call"))]
                return [*code, ir.Begin(frame.number)], None
            case ReturnOp():
                return self._return(node, op, available), None
            case Warn(condition=condition, property=property_):
                self.shared.reported.add(property_)
                report = ir.Report(property_, self.site(node, "step"))
                return branch_code(self.resolve(condition), [report], []), None
            case Require(condition=condition, property=property_):
                return branch_code(self.resolve(condition), [], self._halt(node, property_)), None
            case Limit(condition=condition, text=text):
                cut = ir.Bound(text, self.site(node, "step"))
                return branch_code(self.resolve(condition), [], [cut]), None
            case ReportOp(property=property_):
                self.shared.reported.add(property_)
                return [ir.Report(property_, self.site(node, "step"))], None
            case _:
                return [], None

    def _marked(self, node: Node) -> list[ir.Statement]:
        return [ir.Mark(self.site(node, "step"))]

    def _return(self, node: Node, op: ReturnOp, available: int) -> list[ir.Statement]:
        code: list[ir.Statement] = []
        for text, value in op.outs:
            known = self._if_available(value, available)
            if known is not None:
                code.append(ir.Mark(self.site(node, "out", text), known))
        result = self._if_available(op.value, available) if op.value is not None else None
        code.append(ir.Mark(self.site(node, "return"), result))
        code.append(ir.End(op.frame.number))
        return code

    def _if_available(self, value: Expr, available: int) -> Expr | None:
        """For traces only: the value, if it can be had without keeping a local for it."""
        match value:
            case Const():
                return value
            case Temp(number=var):
                return self.temp(var) if available >> var & 1 else None
            case _:
                return None

    def _fresh(self) -> int:
        self._next_temp += 1
        return self._next_temp - 1

    def _access_checks(self, node: Node, ref: Ref, loads: bool) -> list[ir.Statement]:
        """NULL ends the thread; a dead object, or a poisoned member, is reported."""
        if ref.address is None or ref.key.field == LIFE:
            return []
        code: list[ir.Statement] = []
        address = self.resolve(ref.address)
        if isinstance(address, Const):
            if address.value == 0:
                return self._halt(node, "no_null_dereference")
        else:
            null = binary("==", address, FALSE)
            code.append(ir.If(null, tuple(self._halt(node, "no_null_dereference")), ()))
        if ref.shadow:
            return code
        dead = self.is_dead(address, ref.key.struct)
        if loads:
            dead = binary("or", dead, self._is_poisoned(address, ref.key))
        if dead != FALSE:
            self.shared.reported.add("no_use_after_free")
            report = ir.Report("no_use_after_free", self.site(node, "step"))
            code += branch_code(dead, [report], [])
        return code

    def is_dead(self, address: Expr, struct: str) -> Expr:
        """Whether the object at an address was freed."""
        if isinstance(address, Const):
            thing = self.world.memory.at(address.value).object
            if thing.number not in self.shared.mortal or thing.recycle:
                return FALSE
            return binary("==", Get(self.slots.life(thing.number)), Const(DEAD))
        table = self.slots.life_table(struct, self.shared.mortal)
        return binary("==", Pick(address, table), Const(DEAD)) if table else FALSE

    def _is_poisoned(self, address: Expr, key: Key) -> Expr:
        table = self.slots.poison_table(key, self.shared.poisoned)
        if not table:
            return FALSE
        if isinstance(address, Const):
            return Get(table[address.value]) if address.value in table else FALSE
        return Pick(address, table)

    def _halt(self, node: Node, property_: str) -> list[ir.Statement]:
        self.shared.reported.add(property_)
        report = ir.Report(property_, self.site(node, "step"))
        return [report, *self.arrive(self.dead_end(node), 0, 0)]

    def _store(self, node: Node, ref: Ref, value: Expr) -> list[ir.Statement]:
        code = self._access_checks(node, ref, loads=False)
        target = self.resolve(leaf(ref))
        wanted = self.resolve(value)
        match target:
            case Get(slot=slot):
                code.append(ir.Set(slot, wanted))
            case Pick(index=index, slots=slots):
                code.append(ir.SetPick(index, slots, wanted))
            case _:
                pass
        poison = self.slots.poison_table(ref.key, self.shared.poisoned)
        if poison and ref.address is not None:
            address = self.resolve(ref.address)
            if not isinstance(address, Const):
                code.append(ir.SetPick(address, poison, FALSE))
            elif address.value in poison:
                code.append(ir.Set(poison[address.value], FALSE))
        return code

    def _poison(self, node: Node, ref: Ref) -> list[ir.Statement]:
        code = self._access_checks(node, ref, loads=False)
        assert ref.address is not None
        address = self.resolve(ref.address)
        table = self.slots.poison_table(ref.key, self.shared.poisoned)
        return [*code, ir.SetPick(address, table, TRUE)]

    def _alloc(self, node: Node, var: int, struct: str) -> list[ir.Statement]:
        places = self.world.memory.pools.get(struct, [])
        if places and places[0].recycle:
            options = tuple(
                (binary("!=", Get(self.slots.life(p.number)), Const(LIVE)), Const(p.number))
                for p in places
            )
            full: Expr = TRUE
            for condition, _ in options:
                full = binary("and", full, negate(condition))
            number = self._fresh()
            lives = {p.number: self.slots.life(p.number) for p in places}
            names = {p.number: p.address for p in places}
            return [
                ir.If(full, (self._full(node, struct),), ()),
                ir.Choose(number, options),
                ir.SetPick(Temp(number), lives, Const(LIVE)),
                ir.Let(var, Lookup(Temp(number), names, 0)),
            ]
        code: list[ir.Statement] = [self._full(node, struct)]
        for place in reversed(places):
            life = self.slots.life(place.number)
            unborn = binary("==", Get(life), Const(UNBORN))
            born = (ir.Set(life, Const(LIVE)), ir.Let(var, Const(place.address)))
            code = [ir.If(unborn, born, tuple(code))]
        return code

    def _full(self, node: Node, struct: str) -> ir.Statement:
        count = len(self.world.memory.pools.get(struct, []))
        return ir.Bound(f"pool struct {struct} {count}", self.site(node, "step"))

    def _free(self, node: Node, address: Expr) -> list[ir.Statement]:
        where = self.resolve(address)
        memory = self.world.memory
        whole = {
            a.number: self.slots.life(a.object.number)
            for a in memory.addresses
            if a is not None and a.parent == 0 and a.object.number in self.shared.mortal
        }
        site = self.site(node, "step")
        if isinstance(where, Const):
            if where.value == 0:
                return []
            if where.value not in whole:
                self.shared.reported.add("no_bad_free")
                return [ir.Report("no_bad_free", site)]
            slot = whole[where.value]
            self.shared.reported.add("no_double_free")
            again = ir.Report("no_double_free", site)
            dead = binary("==", Get(slot), Const(DEAD))
            return [ir.If(dead, (again,), (ir.Set(slot, Const(DEAD)),))]
        temp = self._fresh()
        known = Lookup(Temp(temp), dict.fromkeys(whole, 1), 0)
        self.shared.reported |= {"no_double_free", "no_bad_free"}
        kill: tuple[ir.Statement, ...] = (
            ir.If(
                binary("==", Pick(Temp(temp), whole), Const(DEAD)),
                (ir.Report("no_double_free", site),),
                (ir.SetPick(Temp(temp), whole, Const(DEAD)),),
            ),
        )
        bad = ir.If(binary("!=", Temp(temp), FALSE), (ir.Report("no_bad_free", site),), ())
        return [ir.Let(temp, where), ir.If(known, kill, (bad,))]

    def _choose_place(self, node: Node, op: ChoosePlace) -> list[ir.Statement]:
        options: list[tuple[Expr, Expr]] = []
        none: Expr = TRUE
        for number, look in op.options:
            condition = self.resolve(look.value)
            options.append((condition, Const(number)))
            none = binary("and", none, negate(condition))
        if none != FALSE:
            options.append((none, FALSE))
        if len(options) == 1:
            return [ir.Let(op.var, options[0][1])]
        return [ir.Choose(op.var, tuple(options))]

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

    def _look_checks(self, node: Node, accesses: Sequence[Access | Demand]) -> list[ir.Statement]:
        found: list[ir.Statement] = []
        done: set[tuple[object, ...]] = set()
        for access in accesses:
            if isinstance(access, Demand):
                condition, test = self.resolve(access.condition), self.resolve(access.test)
                bad = binary("and", condition, negate(test))
                found += branch_code(bad, self._halt(node, access.property), [])
                continue
            ref = access.ref
            assert isinstance(ref, Ref)
            if ref.address is None or ref.key.field == LIFE:
                continue
            key = (id(ref.address) if not isinstance(ref.address, Const) else ref.address.value,
                   ref.key, repr(access.condition))  # fmt: skip
            if key in done:
                continue
            done.add(key)
            checks = self._access_checks(node, ref, loads=True)
            if checks and access.condition != TRUE:
                checks = [ir.If(self.resolve(access.condition), tuple(checks), ())]
            found += checks
        return found


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
