# SPDX-License-Identifier: MIT
"""The steps that a pair of the rest and one cell can see, for any number of other cells.

A step is run with the rest and, if a cell acts, that cell known.  The others have pairs of the same
rest: what a step does to one of them is looked at for each.  So if all pairs of a state are in the
set, then all pairs of the next one are, however many cells there are.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from srcucheck.certify.around import Around, Scene
from srcucheck.certify.cells import Placed, relation
from srcucheck.certify.columns import Bits, Fold, Names, Of, Value, as_bits
from srcucheck.certify.read import Refused
from srcucheck.certify.unseen import Look, looks
from srcucheck.check.pairs import COUNTER, Row

OTHERS = -1
"""Who takes a step that is not one of the rest or of the cell that is followed."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step as one pair sees it: ``source`` and ``target`` are numbers of pairs, the latter None
    where a bound of the model is hit; ``up`` and ``reset`` are counters over the cells.
    """

    source: int
    who: int
    target: int | None
    ends: frozenset[int]
    up: tuple[int, ...]
    reset: tuple[int, ...]


@dataclass(slots=True)
class Steps:
    """The steps of all pairs of one base, what they report, and the bounds that they hit.

    ``ids`` are the numbers of the pairs; ``number`` gives that of any pair, None if it is not in
    the set.
    """

    around: Around
    ids: Sequence[int]
    number: Callable[[Row, Row, Row], int | None]
    reports: set[str] = field(default_factory=set)
    bounds: set[str] = field(default_factory=set)
    _done: set[object] = field(default_factory=set)
    """What has been done to those that look on."""

    def all(self) -> Iterator[Step]:
        """All steps of all pairs of the base.

        Raises:
            Refused: one leads out of the set, or does what cannot be followed.
        """
        for thread, actor in self.around.actors():
            for scene in self.around.scenes(thread, actor):
                for action in self.around.actions(thread, scene):
                    for look in looks(self.around.look(scene)):
                        if look.enabled(action.guard, action.update):
                            yield from self.taken(thread, scene, look)

    def taken(self, thread: int, scene: Scene, look: Look) -> Iterator[Step]:
        """One step, as the acting cell sees it and as all others do."""
        after = After(self.around, scene, look)
        cells = self.around.cells
        own = cells.replicas.threads[thread] >= 0
        ends = frozenset(cells.frames[f] for f in look.ends)
        if scene.actor is not None and self.around.can(look, scene.actor):
            target = self._target(after, None, scene.place, thread)
            yield Step(self.ids[scene.actor], thread, target, ends, after.up, after.reset)
        who = OTHERS if own else thread
        ends = frozenset() if own else ends
        for cell in scene.unseen:
            does = who, ends, after.does(cell)
            if does in self._done:
                continue
            self._done.add(does)
            for view, number in enumerate(self.ids):
                if after.fits(view, cell) and self.around.can(look, scene.actor, view):
                    target = self._target(after, view, cell, thread)
                    yield Step(number, who, target, ends, after.up, after.reset)

    def _target(self, after: "After", view: int | None, cell: int, thread: int) -> int | None:
        """The pair after a step that can be taken; what the step shows is kept."""
        self.reports.update(after.look.reports)
        if after.look.bound is not None:
            self.bounds.add(after.look.bound)
            return None
        target = self.number(after.base, *after.pair(view, cell))
        if target is None:
            name = self.around.cells.system.threads[thread].name
            raise Refused(f"a step of {name} leads out of the set")
        return target


class After:
    """What a step leads to."""

    def __init__(self, around: Around, scene: Scene, look: Look) -> None:
        self.around, self.scene, self.look = around, scene, look
        cells = around.cells
        before: Placed = {
            s: scene.place for s in around.named if not isinstance(scene.start[s], Names)
        } | look.placed
        self.old = before
        self.up: tuple[int, ...] = ()
        self.reset: tuple[int, ...] = ()
        if look.bound is not None:
            return
        self._settle()
        at, placed = dict(around.at), dict(before)
        for slot in self._changed():
            value = look.slots[slot]
            if isinstance(value, Names):
                if cells.kind(slot, self._pc) == "plain":
                    raise Refused("a step forgets a name that it has not read")
                continue
            known = value.known if isinstance(value, Bits) else value
            if not isinstance(known, int):
                raise Refused("the rest keeps what one cell holds")
            code, cell = cells.coded(slot, known & ~cells.mask.get(slot, 0), self._pc)
            at[slot] = code
            placed.pop(slot, None)
            if cell >= 0:
                placed[slot] = cell
        self.base = tuple(at.values())
        self.placed = placed
        self.named = around.named if self.base == around.base else cells.named(self.base)
        self.at = at
        self.kept = {s: n for n, s in enumerate(around.named) if s not in before}
        counters = [s for s in {*before, *placed} if COUNTER in (around.at[s], at[s])]
        last = cells.count
        self.up = tuple(s for s in counters if s in before and placed.get(s, -1) > before[s])
        self.reset = tuple(s for s in counters if placed.get(s, -1) < before.get(s, last))

    def _settle(self) -> None:
        """What was written has its value now; each bit its owner."""
        cells, look = self.around.cells, self.look
        for slot in sorted(look.written):
            value = look.settled(look.slots[slot])
            if isinstance(value, Fold):
                value = look.decide(value)
            if slot in cells.zero and value != 0:
                raise Refused("something would belong to two cells")
            if isinstance(value, Bits):
                owners = cells.replicas.bits.get(slot, ())
                if any(
                    at >= len(owners) or owners[at] != one.cell for at, one in value.bits.items()
                ):
                    raise Refused("a set keeps for one cell what another one holds")
            look.slots[slot] = value

    def _changed(self) -> set[int]:
        """Slots of the rest that hold something else, or are read in another way."""
        cells, written = self.around.cells, self.look.written
        moved = {t.number for t in cells.system.threads if t.pc in written}
        return {s for s in cells.rest if s in written or cells.keeper.get(s) in moved}

    def _pc(self, slot: int) -> int:
        value = self.look.slots[slot]
        if not isinstance(value, int):
            raise Refused("where a thread of the rest stands depends on one cell")
        return value

    def does(self, cell: int) -> object:
        """All that decides what an unseen cell sees of the step."""
        around, cells, look = self.around, self.around.cells, self.look
        actor = self.scene.actor
        before = tuple((s, relation(around.at[s], at, cell)) for s, at in self.old.items())
        beside = -1 if actor is None else around.beside[actor]
        seen = before, beside, look.all_, tuple(look.some), tuple(look.reports), look.bound
        if look.bound is not None:
            return seen
        now = tuple((s, relation(self.at[s], at, cell)) for s, at in self.placed.items())
        own = tuple((s, look.slots[s]) for s in look.written if cells.cell_of.get(s) == cell)
        bits = []
        for at, (slot, n) in enumerate(cells.bits[cell]):
            if slot in look.written:
                value = as_bits(look.slots[slot])
                one = value.bits.get(n)
                bits.append((at, value.known >> n & 1 if one is None else one.column))
        whose = cell if own else -1  # an address is another thing for another cell
        return seen, self.base, now, whose, own, tuple(bits), self.up, self.reset

    def fits(self, view: int, cell: int) -> bool:
        """Whether an unseen cell can have this view, by the names of cells that are known."""
        around, relations = self.around, self.around.views[view][0]
        return all(
            relations[n] == relation(around.at[s], self.old[s], cell)
            for n, s in enumerate(around.named)
            if s in self.old
        )

    def pair(self, view: int | None, cell: int) -> tuple[Row, Row]:
        """Relations and values of a cell after the step; ``view`` is None for the one that acts."""
        around, cells, look = self.around, self.around.cells, self.look
        source = self.scene.actor if view is None else view
        assert source is not None
        relations, values = around.views[source]
        after = tuple(
            relations[self.kept[s]]
            if s in self.kept and s not in self.placed
            else relation(self.at[s], self.placed[s], cell)
            for s in self.named
        )

        if not any(s in cells.mask or cells.cell_of.get(s) == cell for s in look.written):
            return after, values

        def get(slot: int) -> int:
            return self._seen(look.slots[slot], cell, view)

        def bit(slot: int, at: int) -> int:
            value = look.slots[slot]
            if isinstance(value, Bits):
                return self._seen(value.bits.get(at, value.known >> at & 1), cell, view)
            return self._seen(value, cell, view) >> at & 1

        return after, cells.cell(cell, get, bit)

    def _seen(self, value: Value, cell: int, view: int | None) -> int:
        """What a value is for the cell that has this view."""
        match value:
            case int():
                return value
            case Of(owner, column) if owner == cell and view is not None:
                return column[view]
            case _:
                raise Refused("a cell keeps what another one holds")
