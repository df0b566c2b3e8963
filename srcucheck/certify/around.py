# SPDX-License-Identifier: MIT
"""All pairs of one base: who may act there, what may be, and who is owed a step."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from srcucheck.certify.cells import Cells
from srcucheck.certify.columns import Bits, Names, Of, Value, as_bits
from srcucheck.certify.read import Refused
from srcucheck.certify.unseen import Look, looks
from srcucheck.check.pairs import COUNTER, SELF, Row
from srcucheck.ir.expr import Expr
from srcucheck.ir.system import Action


@dataclass(frozen=True, slots=True)
class Stuck:
    """A way in which a thread is owed nothing: which views all others have, and some of them."""

    all_: int
    some: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """Where the acting cell stands, and what the others are."""

    actor: int | None
    place: int
    start: Sequence[Value]
    unseen: tuple[int, ...]


@dataclass(slots=True)
class Around:
    """A base, and the views that cells have beside it: relations and values."""

    cells: Cells
    base: Row
    views: Sequence[tuple[Row, Row]]
    named: list[int] = field(init=False)
    at: dict[int, int] = field(init=False)
    beside: list[int] = field(init=False)
    """For each view a mask of those that another cell may have at the same time."""
    _stuck: dict[tuple[int, int | None], list[Stuck]] = field(default_factory=dict)
    _around: dict[int, list[Value]] = field(default_factory=dict)
    """By the place of the acting cell, -1 if none acts: the slots of all others."""

    def __post_init__(self) -> None:
        cells = self.cells
        self.at = dict(zip(cells.rest, self.base, strict=True))
        self.named = cells.named(self.base)
        selves = [{n for n, r in enumerate(rel) if r == SELF} for rel, _ in self.views]
        self.beside = [
            sum(1 << n for n, other in enumerate(selves) if mine.isdisjoint(other))
            for mine in selves
        ]
        for place in range(-1, cells.count):
            self._around[place] = self._others(place)

    def _others(self, place: int) -> list[Value]:
        """The slots with all cells unseen but the one at a place."""
        cells = self.cells
        found: list[Value] = [0] * len(cells.system.slots)
        bits: dict[int, dict[int, Of]] = {}
        for cell in range(cells.count):
            if cell == place:
                continue
            rows = [cells.slots_of(cell, values) for _, values in self.views]
            for slot in cells.own[cell]:
                found[slot] = Of(cell, tuple(row[slot] for row in rows))
            for n, (slot, bit) in enumerate(cells.bits[cell], len(cells.own[cell])):
                column = tuple(values[n] for _, values in self.views)
                bits.setdefault(slot, {})[bit] = Of(cell, column)
        for slot, code in self.at.items():
            known = cells.value(self.base, slot, code, 0) if slot not in self.named else 0
            found[slot] = Bits(known, bits[slot]) if slot in bits else known
        return found

    # --- scenes -----------------------------------------------------------------------------------

    def scene(self, actor: int | None, place: int) -> Scene:
        """The slots with one cell, or none, known at a place."""
        cells, start = self.cells, list(self._around[place])
        unseen = tuple(c for c in range(cells.count) if c != place)
        for n, slot in enumerate(self.named):
            values = {c: cells.value(self.base, slot, self.at[slot], c) for c in range(cells.count)}
            mine = actor is not None and self.views[actor][0][n] == SELF
            start[slot] = values[place] if mine else Names({c: values[c] for c in unseen})
        if actor is not None:
            held = self.views[actor][1]
            for slot, value in cells.slots_of(place, held).items():
                start[slot] = value
            for n, (slot, bit) in enumerate(cells.bits[place], len(cells.own[place])):
                if held[n]:
                    before = as_bits(start[slot])
                    known = before.known | 1 << bit
                    start[slot] = Bits(known, before.bits) if before.bits else known
        return Scene(actor, place, start, unseen)

    def mine(self, thread: int) -> list[int]:
        """Places, among the named slots, of a thread's own locals."""
        return [n for n, s in enumerate(self.named) if self.cells.keeper.get(s) == thread]

    def on(self, thread: int, view: int) -> bool:
        """Whether the cell that a thread's own locals name has this view."""
        found = {self.views[view][0][n] == SELF for n in self.mine(thread)}
        if len(found) > 1:
            raise Refused("a thread goes over two cells at once")
        return found == {True}

    def scenes(self, thread: int, actor: int | None) -> Iterator[Scene]:
        """Where the acting cell may stand: anywhere, if it is a counter that names it."""
        if actor is None:
            yield self.scene(None, -1)
            return
        own = self.cells.replicas.threads[thread] >= 0
        counts = any(self.at[self.named[n]] == COUNTER for n in self.mine(thread))
        for place in range(self.cells.count) if own or counts else (1,):
            yield self.scene(actor, place)

    def actors(self) -> Iterator[tuple[int, int | None]]:
        """Who can act: (thread, view of the acting cell or None); of a cell's own threads, those of
        the first cell.
        """
        for thread, cell in enumerate(self.cells.replicas.threads):
            if cell < 0 and not self.mine(thread):
                yield thread, None
        for view in range(len(self.views)):
            for thread, cell in enumerate(self.cells.replicas.threads):
                if cell == 0 or (cell < 0 and self.mine(thread) and self.on(thread, view)):
                    yield thread, view

    def location(self, thread: int, view: int | None) -> int:
        """Where a thread stands; one of the first cell as the view has it."""
        pc = self.cells.system.threads[thread].pc
        if self.cells.replicas.threads[thread] < 0:
            return self.at[pc]
        assert view is not None
        return self.views[view][1][self.cells.own[0].index(pc)]

    def actions(self, thread: int, scene: Scene) -> Sequence[Action]:
        """What a thread may do; ``thread`` is of the first cell, the one that acts at its place."""
        cells, at = self.cells, self.location(thread, scene.actor)
        if cells.replicas.threads[thread] >= 0:
            thread = cells.threads[scene.place][cells.threads[0].index(thread)]
        return cells.system.threads[thread].locations[at].actions

    def look(self, scene: Scene) -> Callable[[Sequence[int]], Look]:
        """A run in a scene, along given forks."""
        return lambda wanted: Look(
            scene.start, scene.unseen, self.cells.cell_of, len(self.views), wanted
        )

    # --- what may be ------------------------------------------------------------------------------

    def can(self, look: Look | Stuck, actor: int | None, view: int | None = None) -> bool:
        """Whether quantifiers can be so, with this view among the unseen ones if it is given."""
        others = look.all_
        for one in (actor, view):
            others &= -1 if one is None else self.beside[one]
        if view is not None and not look.all_ >> view & 1:
            return False
        return all(one & others or (view is not None and one >> view & 1) for one in look.some)

    def truths(self, expr: Expr, view: int) -> set[bool]:
        """What a formula may be; the first cell, if it names that, has this view."""
        found = set()
        for look in looks(self.look(self.scene(view, 0))):
            truth = look.sure(look.value(expr))
            if self.can(look, view):
                found.add(truth)
        return found

    def owed(self, thread: int, view: int, *, alone: bool = False) -> bool:
        """Whether a thread is owed a step, whatever the other cells are.

        ``alone``: as far as this cell is not itself the one that is in the way.
        """
        if self.cells.replicas.threads[thread] >= 0:
            return not any(self.can(s, view) for s in self.stuck(thread, view))
        if not self.mine(thread):
            return not any(
                self.can(s, None, view)
                and not (alone and len(s.some) == 1 and not s.some[0] >> view & 1)
                for s in self.stuck(thread, None)
            )
        if self.on(thread, view):
            return not any(self.can(s, view) for s in self.stuck(thread, view))
        named = [
            n for n in range(len(self.views)) if self.on(thread, n) and self.beside[n] >> view & 1
        ]
        return bool(named) and not any(
            self.can(s, n, view) for n in named for s in self.stuck(thread, n)
        )

    def stuck(self, thread: int, actor: int | None) -> list[Stuck]:
        """The ways in which no owed action of a thread is enabled."""
        known = self._stuck.get((thread, actor))
        if known is None:
            known = []
            for scene in self.scenes(thread, actor):
                owed = [a for a in self.actions(thread, scene) if a.owed]
                for look in looks(self.look(scene)):
                    if not any(look.enabled(a.guard, a.update) for a in owed):
                        known.append(Stuck(look.all_, tuple(look.some)))
            self._stuck[thread, actor] = known
        return known
