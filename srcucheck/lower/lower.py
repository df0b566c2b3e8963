# SPDX-License-Identifier: MIT
"""From a resolved program and the values of its params and choices to a transition system.

Places come from variables, pools and ``kzalloc``; threads from places; code from threads;
``kzalloc`` from code: the least fixpoint is built first.  Then constants are folded, steps are
cut, and each thread's graph becomes locations and actions.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from srcucheck.base.span import NOWHERE, Span
from srcucheck.ir import expr as ir
from srcucheck.ir.evaluate import runs
from srcucheck.ir.expr import Const, Expr
from srcucheck.ir.system import Frame, Heap, Initial, Replicas, System, Thread
from srcucheck.lang.builtin import MEMORY_PROPERTIES
from srcucheck.lang.constant import Value
from srcucheck.lang.program import Program
from srcucheck.lang.types import INT, Pointer, Struct
from srcucheck.lower.analyse.cells import Cells
from srcucheck.lower.analyse.constants import Constants
from srcucheck.lower.analyse.cuts import cut_nodes, plain_steps
from srcucheck.lower.analyse.sharing import Sharing
from srcucheck.lower.analyse.unread import drop_unread
from srcucheck.lower.build.graph import Access, ChoosePlace, Code, Expand, Later, Ref
from srcucheck.lower.build.threads import Builder
from srcucheck.lower.emit.emitter import Shared
from srcucheck.lower.emit.locations import Emitter
from srcucheck.lower.emit.slots import Slots
from srcucheck.lower.memory import LIVE, UNBORN, Cell
from srcucheck.lower.questions import Asked, Questions, ask, watched
from srcucheck.lower.statics import Statics
from srcucheck.lower.values import Env, Known, Val, fail
from srcucheck.lower.world import Options, ThreadBuild, World

__all__ = ["Options", "lower"]


def lower(program: Program, values: Mapping[str, Value], options: Options) -> System:
    """The transition system of one variant.

    Raises:
        ModelError: the model cannot be run: a missing ``pool`` line, an ``init`` that waits, ...
    """
    return _Lowering(program, values, options).system()


class _Lowering:
    """The stages, in order."""

    def __init__(self, program: Program, values: Mapping[str, Value], options: Options) -> None:
        self.world = World(program, values, options)
        self.statics = Statics(self.world)
        self.init: Code | None = None
        self.plain: dict[int, frozenset[int]] = {}
        self.born: dict[int, Span] = {}
        """Where ``init`` makes an object, by the number of the object."""

    def system(self) -> System:
        world = self.world
        self.statics.set_up()
        self._build()
        self.checker = Builder(world, -1, 0, "thread")
        asked = ask(world, self.checker)
        self._force()
        cells = Cells(world)
        initial = self._run_init(cells)
        codes = [t.code for t in world.threads if t.code is not None]
        constants = Constants(world, cells, initial)
        constants.settle(codes)
        checked = self._checked(constants, asked)
        if world.options.reductions:
            self.plain = {code.thread: plain_steps(code) for code in codes}
            drop_unread(codes, constants, checked)
        sharing = Sharing(world, cells, constants, codes, checked)
        return self._emit(cells, constants, sharing, codes, initial, asked)

    # --- building -------------------------------------------------------------------------------

    def _build(self) -> None:
        world = self.world
        self._drain()
        task = world.memory.tasks()[0]
        builder = Builder(world, -1, task, "thread")
        self.init = builder.init_code(world.program.inits, NOWHERE)
        self._drain()
        done = 0
        while done < len(world.threads):
            self._thread(world.threads[done])
            done += 1
            self._drain()
        self._expand()

    def _thread(self, thread: ThreadBuild) -> None:
        info = thread.info
        env = Env(info.in_spec)
        if info.variable:
            if thread.place is not None:
                struct = self.world.memory.at(thread.place).struct
                value = Val(Const(thread.place), Pointer(Struct(struct)))
            else:
                value = Val(Const(thread.index or 0), INT)
            env.names[info.variable] = Known(value)
        builder = Builder(self.world, thread.number, thread.task, info.kind)
        thread.code = builder.thread_code(thread.name, info.body, env, info.span)

    def _drain(self) -> None:
        while self.world.pending:
            self.world.pending.popleft()()

    def _expand(self) -> None:
        """Sweeps over all places, now that these are known."""
        at = 0
        threads = len(self.world.threads)
        while at < len(self.world.later):
            item = self.world.later[at]
            at += 1
            if isinstance(item, Expand) and item.build is not None:
                item.build()
                item.build = None
                self._drain()
        if len(self.world.threads) != threads:
            raise fail("E514", "A sweep over all places makes new ones.", NOWHERE)

    def _force(self) -> None:
        """Expressions over all places, now that these are known."""
        at = 0
        while at < len(self.world.later):
            item = self.world.later[at]
            at += 1
            if isinstance(item, Later):
                item.value, item.accesses = item.make()
            elif isinstance(item, ChoosePlace):
                item.options = item.make()

    # --- init -----------------------------------------------------------------------------------

    def _run_init(self, cells: Cells) -> list[dict[Cell, int]]:
        """All cells after ``init``, once per outcome."""
        world = self.world
        assert self.init is not None
        before = dict(self.statics.values)
        for thing in world.memory.objects:
            before[Cell("life", thing.number, "", 0)] = UNBORN if thing.pool else LIVE
        constants = Constants(world, cells, [before])
        constants.fold_only(self.init)
        slots = Slots(world, cells)
        shared = Shared(
            world, cells, constants, slots, frozenset(range(len(world.memory.objects))),
            constants.poisons([self.init]),
        )  # fmt: skip
        emitter = Emitter(shared, self.init, "thread", set(), -1)
        update = emitter.head()
        start = [0] * len(slots.slots)
        for cell, slot in slots.by_cell.items():
            start[slot] = before.get(cell, 0)
        found = []
        lives = {slot: c.owner for c, slot in slots.by_cell.items() if c.kind == "life"}
        for run in runs(update, start):
            world.covered |= dict.fromkeys(shared.sites[site].span for site, _ in run.events)
            for events, slot, value in run.writes:
                if slot in lives and value == LIVE and events:
                    maker = shared.sites[run.events[events - 1][0]]
                    self.born.setdefault(lives[slot], maker.span)
            if run.endless is not None or run.bound is not None or run.reports:
                site = run.reports[0][1] if run.reports else (run.bound or ("", run.endless))[1]
                span = shared.sites[site or 0].span
                what = "a loop that does not end"
                if run.bound is not None:
                    what = "a bound of the model"
                if run.reports:
                    what = run.reports[0][0]
                raise fail("E515", f"init meets {what}: it must set up a sound start.", span)
            after = dict(before)
            for cell, slot in slots.by_cell.items():
                after[cell] = run.slots[slot]
            found.append(after)
        if not found:
            raise fail("E327", "init waits: nobody runs before it.", self._init_span())
        return found

    def _init_span(self) -> Span:
        inits = self.world.program.inits
        return inits[0][0].span if inits else NOWHERE

    # --- what checks read -----------------------------------------------------------------------

    def _checked(self, constants: Constants, asked: Sequence[Asked]) -> list[Ref]:
        found = []
        for one in asked:
            for look in one.looks:
                for access in constants.look(look).accesses:
                    if isinstance(access, Access) and isinstance(access.ref, Ref):
                        found.append(access.ref)
        if self.world.indexing is not None:  # a check of one cell stands for all
            return [other for ref in found for other in self._everywhere(ref)]
        return found

    def _everywhere(self, ref: Ref) -> Iterator[Ref]:
        """A member or element, of all objects of the type and at all indices."""
        owners: list[Expr | None] = [ref.address]
        if isinstance(ref.address, Const) and ref.address.value:
            owners = [Const(at) for at in self.world.memory.places(ref.key.struct)]
        indices: Sequence[Expr | None] = [ref.index]
        if isinstance(ref.index, Const):
            indices = [Const(at) for at in range(ref.count)]
        for owner in owners:
            for index in indices:
                yield replace(ref, address=owner, index=index)

    # --- emitting -------------------------------------------------------------------------------

    def _emit(
        self,
        cells: Cells,
        constants: Constants,
        sharing: Sharing,
        codes: Sequence[Code],
        initial: Sequence[Mapping[Cell, int]],
        asked: Sequence[Asked],
    ) -> System:
        world = self.world
        slots = Slots(world, cells)
        mortal = frozenset(sharing.frees)
        shared = Shared(world, cells, constants, slots, mortal, constants.poisons(codes))
        pcs = [slots.add(f"pc({t.name})", "pc") for t in world.threads]
        watch = watched(asked)
        heads: list[ir.Update] = []
        threads: list[Thread] = []
        emitters: list[Emitter] = []
        for thread, code in zip(world.threads, codes, strict=True):
            info = thread.info
            plain = self.plain.get(code.thread, frozenset())
            emitter = Emitter(
                shared, code, info.kind, cut_nodes(sharing, code, watch, plain), pcs[thread.number]
            )
            heads.append(emitter.head())
            emitters.append(emitter)
            irq = any(loc.rest == "irq" for loc in emitter.locations.values())
            threads.append(
                Thread(
                    thread.number, thread.name, info.name, info.kind, pcs[thread.number],
                    emitter.locations, info.span, info.kind == "user" or irq,
                )
            )  # fmt: skip
        assert self.init is not None
        questions = Questions(
            shared, threads, self.checker, Emitter(shared, self.init, "", set(), -1)
        )
        checks = questions.checks(asked)
        heap = self._heap(slots, sharing)
        states = self._initial(slots, heads, initial)
        actions = [a for t in threads for loc in t.locations.values() for a in loc.actions]
        headlines = dict(MEMORY_PROPERTIES)
        headlines |= {p.name: p.headline for p in world.program.properties.values()}
        headlines |= dict.fromkeys(world.asserts, "assertion failed")
        return System(
            tuple(slots.slots),
            tuple(threads),
            tuple(self._frames()),
            tuple(shared.sites),
            states,
            heap,
            {0: "NULL"} | {a.number: a.name for a in world.memory.addresses if a is not None},
            checks,
            headlines,
            frozenset(shared.reported),
            any(a.strong for a in actions),
            any(a.way == "timeout" for a in actions),
            any(a.way == "signal" for a in actions),
            tuple(world.covered),
            self._replicas(shared, emitters, pcs),
        )

    def _replicas(
        self, shared: Shared, emitters: Sequence[Emitter], pcs: Sequence[int]
    ) -> Replicas | None:
        """The cells of a param, if one was asked for; few ask, so few pay for the import."""
        if self.world.indexing is None:
            return None
        from srcucheck.lower.replicas import replicas

        return replicas(shared, emitters, pcs)

    def _frames(self) -> list[Frame]:
        return [
            Frame(
                f.number, f.thread, f.parent.number if f.parent else None, f.function, f.text,
                f.span, f.in_spec, f.outermost, f.calls_spec, f.result,
            )
            for f in self.world.frames
        ]  # fmt: skip

    def _heap(self, slots: Slots, sharing: Sharing) -> tuple[Heap, ...]:
        del sharing
        found = []
        for places in self.world.memory.pools.values():
            for place in places:
                found.append(
                    Heap(
                        slots.life(place.number),
                        place.name,
                        place.pool,
                        self.born.get(place.number),
                    )
                )
        return tuple(found)

    def _initial(
        self,
        slots: Slots,
        heads: Sequence[ir.Update],
        initial: Sequence[Mapping[Cell, int]],
    ) -> tuple[Initial, ...]:
        found: dict[tuple[int, ...], Initial] = {}
        for cells in initial:
            start = [0] * len(slots.slots)
            for cell, slot in slots.by_cell.items():
                start[slot] = cells.get(cell, 0)
            partial: list[tuple[list[int], tuple[int, ...], tuple[int, ...]]] = [(start, (), ())]
            for head in heads:
                partial = [
                    (
                        run.slots,
                        begun + tuple(run.begins),
                        passed + tuple(site for site, _ in run.events),
                    )
                    for state, begun, passed in partial
                    for run in runs(head, state)
                ]
            for state, begun, passed in partial:
                found.setdefault(tuple(state), Initial(tuple(state), begun, passed))
        return tuple(found.values())
