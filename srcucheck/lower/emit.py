# SPDX-License-Identifier: MIT
"""From the graph of a thread to its locations and actions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

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
    Update,
)
from srcucheck.ir.system import Action, Location, Rest, Site, SiteKind, Wait
from srcucheck.lang.types import VOID
from srcucheck.lower.constants import LIFE, Cells, Constants
from srcucheck.lower.graph import (
    Access,
    Alloc,
    AwaitOp,
    BoundOp,
    Branch,
    CallOp,
    ChoosePlace,
    ChooseValue,
    Code,
    Dispatch,
    Ended,
    Evaluate,
    Free,
    Limit,
    Load,
    LoopBack,
    LoopHead,
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
)
from srcucheck.lower.liveness import live_variables
from srcucheck.lower.memory import DEAD, LIVE, UNBORN, Cell, Key
from srcucheck.lower.region import START, Region, Vertex
from srcucheck.lower.slots import Slots
from srcucheck.lower.values import binary, ite, lookup, negate
from srcucheck.lower.world import World

DEAD_PC, ENDED_PC = -2, -1


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


class Walked(NamedTuple):
    """Code, the locals that have a value after it and that it changed, whether control goes on."""

    code: list[ir.Statement]
    available: int
    assigned: int
    falls: bool


class Emitter:
    """Emits one thread (or ``init``, which has no locations)."""

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
        self._live: dict[int, int] = {}
        self._colour: dict[int, int] = {}
        self._heading = False
        self._checked: frozenset[tuple[str, object]] = frozenset()

    # --- the whole thread -----------------------------------------------------------------------

    def head(self) -> Update:
        """The local head: what runs before time starts.  Call first."""
        self._heading = True
        start = Vertex(self.code.entry, frozenset((START,)))
        region = Region(start, self._is_head_cut)
        firsts = region.cuts()
        self._heading = False
        stops = self._all_stops(firsts)
        self._live = live_variables(self.code)
        self._paint(stops)
        self._heading = True
        update = self._update(region, start, 0)
        self._heading = False
        first = firsts[0] if len(firsts) == 1 else None
        self._irq_first = (
            first.number
            if self.kind == "hardirq" and first is not None and not isinstance(first.op, AwaitOp)
            else None
        )
        if self._irq_first is not None:
            update = self._renumber_irq(update, first)
        for node in stops:
            self._location(node)
        return update

    def _is_cut(self, node: Node) -> bool:
        return node.number in self.cuts

    def _is_head_cut(self, node: Node) -> bool:
        if self.pc < 0:
            return False
        return node.number in self.cuts or isinstance(
            node.op, ReportOp | Warn | Require | Limit
        )

    def _all_stops(self, firsts: Sequence[Node]) -> list[Node]:
        """All nodes where a step may begin, breadth first."""
        found = {n.number: n for n in firsts}
        work = list(firsts)
        for node in work:
            region = Region(self._start(node), self._is_cut)
            for stop in region.cuts():
                if stop.number not in found and not self._final(stop):
                    found[stop.number] = stop
                    work.append(stop)
        return [n for n in found.values() if not isinstance(n.op, Ended)]

    @staticmethod
    def _final(node: Node) -> bool:
        return isinstance(node.op, Ended | BoundOp) or (
            isinstance(node.op, ReportOp) and node.op.halts
        )

    @staticmethod
    def _start(node: Node) -> Vertex:
        loops = set(node.loops)
        if isinstance(node.op, LoopBack):
            loops.discard(node.op.loop)
        return Vertex(node, frozenset((*loops, START)))

    def _paint(self, stops: Sequence[Node]) -> None:
        """Gives each local that lives across a step a slot, shared if never live together."""
        name = self.thread_name()
        slots: list[tuple[int, set[int]]] = []
        beside: dict[int, int] = {}
        for node in stops:
            mask = self._live.get(node.number, 0)
            rest = mask
            while rest:
                low = rest & -rest
                var = low.bit_length() - 1
                beside[var] = beside.get(var, 0) | mask
                rest ^= low
        for var in sorted(beside):
            type_ = self.code.variables[var].type
            for slot, users in slots:
                if not any(beside[var] >> u & 1 for u in users):
                    self._colour[var] = slot
                    users.add(var)
                    break
            else:
                label = self.code.variables[var].name or "value"
                slot = self.slots.add(f"{name}.{label}", "local", type_)
                slots.append((slot, {var}))
                self._colour[var] = slot

    def thread_name(self) -> str:
        """Its name as checks write it."""
        number = self.code.thread
        return self.world.threads[number].name if number >= 0 else "init"

    def _number(self, key: object) -> int:
        return self._numbers.setdefault(key, len(self._numbers))

    # --- locations ------------------------------------------------------------------------------

    def _renumber_irq(self, update: Update, first: Node | None) -> Update:
        """An interrupt out of the blue: before its first step it owes nothing and is at rest."""
        assert first is not None
        number = self._number(("irq", first.number))
        frame = first.frame.chain()[0]
        ordinary = self._number(first.number)
        actions = self._actions(first, owed=False, before=(ir.Begin(frame),))
        self.locations[number] = Location(
            number, (), actions, "irq", False, None, self.site(first, "step"), ()
        )
        moved: list[ir.Statement] = []
        for statement in update:
            if isinstance(statement, ir.Begin):
                continue
            if statement == ir.Set(self.pc, Const(ordinary)):
                statement = ir.Set(self.pc, Const(number))
            moved.append(statement)
        return tuple(moved)

    def _own_level(self, node: Node) -> bool:
        return self.kind in ("user", "hardware") and node.frame.parent is None

    def _location(self, node: Node) -> None:
        number = self._number(node.number)
        op = node.op
        own = self._own_level(node)
        rest: Rest = "no"
        wait = None
        if own:
            rest = "own"
        if isinstance(op, AwaitOp):
            if op.idle and not own:
                rest = "idle"
            wait = self._wait(node, op)
        frames = node.frame.chain()
        live = self._live.get(node.number, 0)
        named = tuple(
            (self.code.variables[v].name, s)
            for v, s in self._colour.items()
            if live >> v & 1 and self.code.variables[v].name
        )
        actions = self._actions(node, owed=not own, before=())
        self.locations[number] = Location(
            number, frames, actions, rest, False, wait, self.site(node, "step"), named
        )

    def _dead(self, node: Node) -> int:
        key = ("dead", node.frame.number)
        known = key in self._numbers
        number = self._number(key)
        if not known:
            self.locations[number] = Location(
                number, node.frame.chain(), (), "no", True, None, self.site(node, "step"), ()
            )
        return number

    def _ended(self, node: Node) -> int:
        known = "ended" in self._numbers
        number = self._number("ended")
        if not known:
            self.locations[number] = Location(
                number, (), (), "ended", False, None, self.site(node, "step"), ()
            )
        return number

    def _wait(self, node: Node, op: AwaitOp) -> Wait:
        holders = tuple(
            (self._holder(look.value, kind), kind) for look, kind, _ in op.holders
        )
        threads: dict[int, tuple[int, ...]] = {}
        if any(kind == "object" for _, kind, _ in op.holders):
            threads = self._object_threads()
        return Wait(
            self.resolve(op.guard.value), op.text, self.site(node, "step"), holders, threads
        )

    def _holder(self, value: Expr, kind: str) -> Expr:
        """init's task is number 0 in memory; threads count from 0 in the system."""
        expr = self.resolve(value)
        match kind:
            case "task":
                tasks = self.world.memory.tasks()
                return lookup(expr, {t: n for n, t in enumerate(tasks)})
            case "tasks":
                return binary(">>", expr, TRUE)
            case _:
                return expr

    def _object_threads(self) -> dict[int, tuple[int, ...]]:
        memory = self.world.memory
        serving: dict[int, list[int]] = {}
        for thread in self.world.threads:
            if thread.place is not None:
                serving.setdefault(thread.place, []).append(thread.number)
        found: dict[int, tuple[int, ...]] = {}
        for address in memory.addresses:
            if address is None:
                continue
            at: int = address.number
            threads: list[int] = []
            while at:
                threads += serving.get(at, [])
                at = memory.at(at).parent
            if threads:
                found[address.number] = tuple(sorted(threads))
        return found

    def _actions(
        self, node: Node, owed: bool, before: tuple[ir.Statement, ...]
    ) -> tuple[Action, ...]:
        start = self._start(node)
        region = Region(start, self._is_cut)
        live = self._live.get(node.number, 0)
        site = self.site(node, "step")
        op = node.op
        if isinstance(op, AwaitOp):
            return self._await_actions(node, op, region, owed, live, before)
        way = "plain"
        if isinstance(op, CallOp):
            way, owed = "enter", False
        elif isinstance(op, LoopBack):
            way = "turn"
        update = self._update(region, start, live, before)
        return (Action(TRUE, update, owed, False, way, site),)  # type: ignore[arg-type]

    def _await_actions(
        self,
        node: Node,
        op: AwaitOp,
        region: Region,
        owed: bool,
        live: int,
        before: tuple[ir.Statement, ...],
    ) -> tuple[Action, ...]:
        site = self.site(node, "step")
        loops = frozenset(node.loops)
        plain = self._update(
            region, Vertex(node.succ[0], loops), live,
            (*before, ir.Mark(site)), self._guard_checks(node, op),
        )  # fmt: skip
        guard, danger = self._guard(op)
        found = [Action(binary("or", guard, danger), plain, owed, op.strong, "plain", site)]
        if len(node.succ) > 1 and op.way:
            other = self._update(
                region, Vertex(node.succ[1], loops), live, (*before, ir.Mark(site))
            )
            due = owed and op.way == "timeout"
            out = negate(binary("or", guard, danger))
            found.append(Action(out, other, due, False, op.way, site))
        return tuple(found)

    def _guard(self, op: AwaitOp) -> tuple[Expr, Expr]:
        """The guard, and whether looking at it goes through NULL."""
        live, used = self._loaded, self._used
        self._loaded, self._used = None, set()
        guard = self.resolve(op.guard.value)
        danger: Expr = FALSE
        for access in op.guard.accesses:
            ref = access.ref
            assert isinstance(ref, Ref)
            if ref.address is None or isinstance(ref.address, Const):
                continue
            null = binary("==", self.resolve(ref.address), FALSE)
            danger = binary("or", danger, binary("and", self.resolve(access.condition), null))
        self._loaded, self._used = live, used
        return guard, danger

    def _guard_checks(self, node: Node, op: AwaitOp) -> Callable[[], list[ir.Statement]]:
        """The lives of what the guard read, looked at once, when the step is taken."""

        def make() -> list[ir.Statement]:
            return self._look_checks(node, op.guard.accesses)

        return make

    def _look_checks(self, node: Node, accesses: Sequence[Access]) -> list[ir.Statement]:
        found: list[ir.Statement] = []
        done: set[tuple[object, ...]] = set()
        for access in accesses:
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

    # --- updates --------------------------------------------------------------------------------

    _loaded: int | None = None
    _used: set[int]

    def _update(
        self,
        region: Region,
        first: Vertex,
        live: int,
        before: tuple[ir.Statement, ...] = (),
        checks: Callable[[], list[ir.Statement]] | None = None,
    ) -> Update:
        """The update of a step: live locals are loaded, code runs, what lives on is stored."""
        self._used = set()
        self._loaded = live
        self._start_live = live
        body: list[ir.Statement] = list(before)
        if checks is not None:
            body += checks()
        body += self._walk(region, first, None, live, 0).code
        loads = [
            ir.Let(v, Get(self._colour[v]))
            for v in sorted(self._used)
            if live >> v & 1
        ]
        self._loaded = None
        return (*loads, *body)

    def _walk(
        self, region: Region, vertex: Vertex, stop: Vertex | None, available: int, assigned: int
    ) -> Walked:
        """Code from a vertex to where its paths meet."""
        out: list[ir.Statement] = []
        while vertex != stop:
            node = vertex.node
            if region.terminal(vertex) or self._final(node):
                out += self._leaf(region, node, assigned)
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
                return self._if(self.resolve(condition), arms[0], arms[1])
            case AwaitOp():
                return self._if(self.resolve(op.guard.value), arms[0], arms[1])
            case Dispatch():
                order = {n.number: at for at, n in enumerate(node.succ)}
                code = arms[0]
                what = self.resolve(op.function)
                for number, target in sorted(op.targets.items(), reverse=True):
                    test = binary("==", what, Const(number))
                    code = self._if(test, arms[order[target.number]], code)
                return code
            case _:
                raise AssertionError(f"{type(op).__name__} does not branch")

    @staticmethod
    def _if(
        condition: Expr, then: list[ir.Statement], other: list[ir.Statement]
    ) -> list[ir.Statement]:
        if isinstance(condition, Const):
            return then if condition.value else other
        if not then and not other:
            return []
        if not then:
            return [ir.If(negate(condition), tuple(other), ())]
        return [ir.If(condition, tuple(then), tuple(other))]

    def _loop(
        self, vertex: Vertex, op: LoopHead, available: int, assigned: int
    ) -> tuple[list[ir.Statement], int]:
        """A loop inside of ``atomic``."""
        first = Vertex(vertex.node.succ[0], vertex.loops - {START})
        inner = Region(first, self._is_cut, op.loop, op.exit)
        code = self._walk(inner, first, None, available, assigned).code
        for var in _assigned_in(code):
            assigned |= 1 << var
        return [ir.Loop(tuple(code), self.site(vertex.node, "step"))], assigned

    def _leaf(self, region: Region, node: Node, assigned: int) -> list[ir.Statement]:
        op = node.op
        if isinstance(op, LoopBack) and node.atomic:
            return []
        if region.is_exit(node):
            return [ir.Break()]
        if isinstance(op, BoundOp) and not self._heading:
            return [ir.Bound(op.text, self.site(node, "step"))]
        if isinstance(op, ReportOp) and op.halts and not self._heading:
            self.shared.reported.add(op.property)
            return [
                ir.Report(op.property, self.site(node, "step")),
                *self._arrive(self._dead(node), 0, 0),
            ]
        if isinstance(op, Ended):
            return self._arrive(self._ended(node), 0, 0)
        live = self._live.get(node.number, 0)
        return self._arrive(self._number(node.number), live, assigned)

    def _arrive(self, number: int, live: int, assigned: int) -> list[ir.Statement]:
        """Goes to a location: live locals stored, the slots of dead ones back to 0."""
        if self.pc < 0:
            return [ir.Finish()]
        code: list[ir.Statement] = []
        kept: set[int] = set()
        for var, slot in self._colour.items():
            if live >> var & 1:
                kept.add(slot)
                if assigned >> var & 1 or not self._start_live >> var & 1:
                    code.append(ir.Set(slot, self._temp(var)))
        for var, slot in self._colour.items():
            if self._start_live >> var & 1 and slot not in kept:
                kept.add(slot)
                code.append(ir.Set(slot, FALSE))
        code.append(ir.Set(self.pc, Const(number)))
        code.append(ir.Finish())
        return code

    def _temp(self, var: int) -> Temp:
        self._used.add(var)
        return Temp(var)

    # --- operations -----------------------------------------------------------------------------

    def _straight(self, node: Node, available: int) -> tuple[list[ir.Statement], int | None]:
        """The statements of an operation with one successor, and the local it writes."""
        op = node.op
        match op:
            case SetLocal(var=var, value=value):
                return [ir.Let(var, self.resolve(value))], var
            case Passed():
                return [ir.Mark(self.site(node, "step"))], None
            case Load(var=var, ref=ref):
                code = self._access_checks(node, ref, loads=True)
                return [
                    *self._marked(node), *code, ir.Let(var, self.resolve(ref)),
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
                return self._if(self.resolve(condition), [report], []), None
            case Require(condition=condition, property=property_):
                return self._if(self.resolve(condition), [], self._halt(node, property_)), None
            case Limit(condition=condition, text=text):
                cut = ir.Bound(text, self.site(node, "step"))
                return self._if(self.resolve(condition), [], [cut]), None
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
        value = self._if_available(op.value, available) if op.value is not None else None
        code.append(ir.Mark(self.site(node, "return"), value))
        code.append(ir.End(op.frame.number))
        return code

    def _if_available(self, value: Expr, available: int) -> Expr | None:
        """For traces only: the value, if it can be had without keeping a local for it."""
        match value:
            case Const():
                return value
            case Temp(number=var):
                return self._temp(var) if available >> var & 1 else None
            case _:
                return None

    def _fresh(self) -> int:
        self._next_temp += 1
        return self._next_temp - 1

    def _access_checks(self, node: Node, ref: Ref, loads: bool) -> list[ir.Statement]:
        """NULL ends the thread; a dead object, or a poisoned member, is reported."""
        if ref.address is None:
            return []
        code: list[ir.Statement] = []
        address = self.resolve(ref.address)
        if isinstance(address, Const):
            if address.value == 0:
                return self._halt(node, "no_null_dereference")
        else:
            null = binary("==", address, FALSE)
            code.append(ir.If(null, tuple(self._halt(node, "no_null_dereference")), ()))
        if ref.shadow or ref.key.field == LIFE:
            return code
        dead = self.is_dead(address, ref.key.struct)
        if loads:
            dead = binary("or", dead, self._is_poisoned(address, ref.key))
        if dead != FALSE:
            self.shared.reported.add("no_use_after_free")
            report = ir.Report("no_use_after_free", self.site(node, "step"))
            code += self._if(dead, [report], [])
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
        return [report, *self._arrive(self._dead(node), 0, 0)]

    def _store(self, node: Node, ref: Ref, value: Expr) -> list[ir.Statement]:
        code = self._access_checks(node, ref, loads=False)
        target = self.resolve(ref)
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
        bad = ir.If(
            binary("!=", Temp(temp), FALSE), (ir.Report("no_bad_free", site),), ()
        )
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

    # --- expressions ----------------------------------------------------------------------------

    def resolve(self, expr: Expr) -> Expr:
        """The expression over slots; locals are temps, or slots in a guard."""
        match expr:
            case Const():
                return expr
            case Temp(number=var):
                if self._loaded is None:
                    return Get(self._colour[var])
                return self._temp(var)
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
                return lookup(self.resolve(index), entries, default)  # type: ignore[arg-type]
            case _:
                return self.resolve(self.constants.fold(expr))

    def site(self, node: Node, kind: SiteKind, text: str = "") -> int:
        """The number of a place in the text; made when first asked for."""
        known = self._sites.get((node.number, kind + text))
        if known is not None:
            return known
        number = len(self.shared.sites)
        callee = node.op.frame.number if isinstance(node.op, CallOp | ReturnOp) else None
        where = text or self.world.text(node.span)
        frame = node.frame.number
        self.shared.sites.append(Site(number, kind, frame, node.span, where, callee))
        self._sites[node.number, kind + text] = number
        return number


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
