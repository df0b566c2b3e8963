# SPDX-License-Identifier: MIT
"""From the graph of a thread to its locations and actions."""

from collections.abc import Callable, Mapping, Sequence

from srcucheck.ir import expr as ir
from srcucheck.ir.expr import (
    FALSE,
    TRUE,
    Const,
    Expr,
    Update,
)
from srcucheck.ir.system import Action, Location, Rest, Wait
from srcucheck.lower.analyse.cells import LIFE
from srcucheck.lower.analyse.cuts import atomic_region
from srcucheck.lower.analyse.liveness import bits, live_variables
from srcucheck.lower.analyse.region import START, Region, Vertex
from srcucheck.lower.build.graph import (
    AwaitOp,
    BoundOp,
    CallOp,
    Demand,
    Enclose,
    Ended,
    Limit,
    LoopBack,
    Node,
    Nop,
    Ref,
)
from srcucheck.lower.emit.updates import Updates
from srcucheck.lower.values import binary, lookup, negate


class Emitter(Updates):
    """Emits one thread (or ``init``, which has no locations)."""

    def head(self) -> Update:
        """The local head: what runs before time starts.  Call first."""
        self.heading = True
        start = Vertex(self.code.entry, frozenset((START,)))
        region = Region(start, self._is_head_cut)
        firsts = region.cuts()
        if self.kind == "hardirq" and any(isinstance(n.op, Ended) for n in firsts):
            self.cuts.add(self.code.entry.succ[0].succ[0].number)  # it comes all the same
            region = Region(start, self._is_head_cut)
            firsts = region.cuts()
        self.heading = False
        stops = self._all_stops(firsts)
        self.live = live_variables(self.code)
        self._paint(stops)
        self.heading = True
        update = self.update(region, start, 0)
        self.heading = False
        if self.kind == "hardirq":
            update = self._out_of_the_blue(update, firsts)
        for node in stops:
            self._location(node)
        return update

    def is_cut(self, node: Node) -> bool:
        """Whether a step ends before this node."""
        return node.number in self.cuts

    def _is_head_cut(self, node: Node) -> bool:
        """The head ends before what others see, and before what might be reported."""
        if self.pc < 0:
            return False
        if node.number in self.cuts:
            return True
        if node.atomic:
            return False
        if isinstance(node.op, Enclose | AwaitOp):
            return any(self.constants.may_report(n) for n in atomic_region(node))
        return self.constants.may_report(node)

    def _all_stops(self, firsts: Sequence[Node]) -> list[Node]:
        """All nodes where a step may begin, breadth first."""
        found = {n.number: n for n in firsts}
        work = list(firsts)
        for node in work:
            region = Region(self._start(node), self.is_cut)
            for stop in region.cuts():
                over = self.is_final(stop) and not self.is_cut(stop)
                if stop.number not in found and not over:
                    found[stop.number] = stop
                    work.append(stop)
        return [n for n in found.values() if not isinstance(n.op, Ended)]

    @staticmethod
    def _start(node: Node) -> Vertex:
        loops = set(node.loops)
        if isinstance(node.op, LoopBack):
            loops.discard(node.op.loop)
        return Vertex(node, frozenset((*loops, START)))

    def _paint(self, stops: Sequence[Node]) -> None:
        """Gives each local that lives across a step a slot, shared if never live together."""
        name = self.thread_name()
        slots: list[int] = []
        users: list[int] = []
        beside: dict[int, int] = {}
        for node in stops:
            mask = self.live.get(node.number, 0)
            for var in bits(mask):
                beside[var] = beside.get(var, 0) | mask
        for var in sorted(beside):
            type_ = self.code.variables[var].type
            for at, slot in enumerate(slots):
                if not beside[var] & users[at]:
                    self.colour[var] = slot
                    users[at] |= 1 << var
                    break
            else:
                label = self.code.variables[var].name or "value"
                slot = self.slots.add(f"{name}.{label}", "local", type_)
                self.slots.locals[slot] = self.code.thread
                slots.append(slot)
                users.append(1 << var)
                self.colour[var] = slot

    def thread_name(self) -> str:
        """Its name as checks write it."""
        number = self.code.thread
        return self.world.threads[number].name if number >= 0 else "init"

    def number(self, key: object) -> int:
        """The number of a location; made when first asked for."""
        return self._numbers.setdefault(key, len(self._numbers))

    def _out_of_the_blue(self, update: Update, firsts: Sequence[Node]) -> Update:
        """An interrupt owes nothing before its first step, and is at rest, unless it awaits."""
        irqs: dict[int, tuple[int, tuple[int, ...]]] = {}
        for first in firsts:
            if isinstance(first.op, AwaitOp | Ended):
                continue
            frames = first.frame.chain()
            begins = tuple(ir.Begin(f) for f in frames)
            actions = self._actions(first, owed=False, before=begins)
            number = self.number(("irq", first.number))
            irqs[self.number(first.number)] = number, frames
            self.locations[number] = Location(
                number, (), actions, "irq", False, None, self.site(first, "step"), ()
            )
        return self._arriving(update, irqs)

    def _arriving(self, update: Update, irqs: Mapping[int, tuple[int, tuple[int, ...]]]) -> Update:
        """The head, going to the locations of ``irqs``, whose frames are yet to begin."""
        begun = tuple(s for s in update if isinstance(s, ir.Begin))
        moved: list[ir.Statement] = []
        for statement in update:
            match statement:
                case ir.Begin():
                    pass
                case ir.If(condition, then, other):
                    arms = [self._arriving((*begun, *arm), irqs) for arm in (then, other)]
                    moved.append(ir.If(condition, arms[0], arms[1]))
                case ir.Set(slot=self.pc, value=Const(value=number)):
                    number, later = irqs.get(number, (number, ()))
                    moved += [b for b in begun if b.frame not in later]
                    moved.append(ir.Set(self.pc, Const(number)))
                case _:
                    moved.append(statement)
        return tuple(moved)

    def _own_level(self, node: Node) -> bool:
        return self.kind in ("user", "hardware") and node.frame.parent is None

    def _location(self, node: Node) -> None:
        number = self.number(node.number)
        op = node.op
        own = self._own_level(node)
        rest: Rest = "no"
        wait = None
        if own:
            rest = "own"
        if isinstance(op, AwaitOp):
            if op.idle:
                rest = "idle"
            wait = self._wait(node, op)
        frames = node.frame.chain()
        live = self.live.get(node.number, 0)
        named = tuple(
            (self.code.variables[v].name, self.colour[v])
            for v in bits(live)
            if self.code.variables[v].name
        )
        self.standing[number] = live
        actions = self._actions(node, owed=not own, before=())
        self.locations[number] = Location(
            number, frames, actions, rest, False, wait, self.site(node, "step"), named
        )

    def dead_end(self, node: Node) -> int:
        """The location where a thread ends that a bug stops here."""
        key = ("dead", node.frame.number)
        known = key in self._numbers
        number = self.number(key)
        if not known:
            self.locations[number] = Location(
                number, node.frame.chain(), (), "no", True, None, self.site(node, "step"), ()
            )
        return number

    def ended(self, node: Node) -> int:
        """The location where the thread is over."""
        known = "ended" in self._numbers
        number = self.number("ended")
        if not known:
            self.locations[number] = Location(
                number, (), (), "ended", False, None, self.site(node, "step"), ()
            )
        return number

    def _wait(self, node: Node, op: AwaitOp) -> Wait:
        holders = tuple((self._holder(look.value, kind), kind) for look, kind, _ in op.holders)
        threads: dict[int, tuple[int, ...]] = {}
        if any(kind == "object" for _, kind, _ in op.holders):
            threads = self._object_threads()
        return Wait(
            self.resolve(op.guard.value), op.text, self.site(node, "step"), holders, threads
        )

    def _holder(self, value: Expr, kind: str) -> Expr:
        """Init's task is number 0 in memory; threads count from 0 in the system."""
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
        region = Region(start, self.is_cut)
        live = self.live.get(node.number, 0)
        site = self.site(node, "step")
        op = node.op
        if isinstance(op, AwaitOp):
            return self._await_actions(node, op, region, owed, live, before)
        way = "plain"
        if isinstance(op, CallOp):
            way, owed = "enter", False
        elif isinstance(op, LoopBack):
            way = "turn"
        elif isinstance(op, Nop | Limit | BoundOp):
            before = (*before, ir.Mark(site))  # else the step would pass nothing in the text
        update = self.update(region, start, live, before)
        # way is one of the literals above
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
        plain = self.update(
            region, Vertex(node.succ[0], loops), live,
            (*before, ir.Mark(site)), self._guard_checks(node, op),
        )  # fmt: skip
        guard, danger = self._guard(op)
        strong = op.strong and owed
        found = [Action(binary("or", guard, danger), plain, owed, strong, "plain", site)]
        if len(node.succ) > 1 and op.way:
            other = self.update(
                region, Vertex(node.succ[1], loops), live,
                (*before, ir.Mark(site)), self._guard_checks(node, op),
            )  # fmt: skip
            due = owed and op.way == "timeout"
            out = negate(binary("or", guard, danger))
            found.append(Action(out, other, due, False, op.way, site))
        return tuple(found)

    def _guard(self, op: AwaitOp) -> tuple[Expr, Expr]:
        """The guard, and whether looking at it ends the thread: NULL, a bad index."""
        loaded, used = self.loaded, self.used
        self.loaded, self.used = None, set()
        guard = self.resolve(op.guard.value)
        danger: Expr = FALSE
        for access in op.guard.accesses:
            if isinstance(access, Demand):
                condition, test = self.resolve(access.condition), self.resolve(access.test)
                danger = binary("or", danger, binary("and", condition, negate(test)))
                continue
            ref = access.ref
            assert isinstance(ref, Ref)
            if ref.address is None or ref.key.field == LIFE:
                continue
            null = binary("==", self.resolve(ref.address), FALSE)
            danger = binary("or", danger, binary("and", self.resolve(access.condition), null))
        self.loaded, self.used = loaded, used
        return guard, danger

    def _guard_checks(self, node: Node, op: AwaitOp) -> Callable[[], list[ir.Statement]]:
        """The lives of what the guard read, looked at once, when the step is taken."""

        def make() -> list[ir.Statement]:
            return self._look_checks(node, op.guard.accesses)

        return make
