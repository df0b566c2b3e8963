# SPDX-License-Identifier: MIT
"""One action in one base, with the cell that acts known: all its outcomes for all cells.

An outcome holds for every number of cells: the other cells stand in it as kinds of follower, each
with what the step does to one.  That is rules 2 to 4 of views (Abdulla, Haziza & Holik 2013; the
counting of witnesses is left to quantifiers that are taken to be true or false).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from srcucheck.ir.system import Action, State, System
from srcucheck.views.layout import AFTER, BEFORE, COUNTER, SELF, Base, Layout, View, relation
from srcucheck.views.run import Decision, Path, paths
from srcucheck.views.terms import Number, Stop, Term, Variable
from srcucheck.views.values import Every, Flag, Of, Set, Value


@dataclass(frozen=True, slots=True)
class Follower:
    """What a step does to an unseen cell.

    ``before``: what its relations must be, None where it does not matter; ``updates`` are (place
    of a variable, its new value); ``after``: its relations then, None where one stays.
    """

    before: tuple[int | None, ...]
    updates: tuple[tuple[int, Term], ...]
    after: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way to take an action, for the quantifiers being as ``decisions`` has them.

    ``base`` is None where a bound of the model is hit.  ``kept`` gives, for each slot of the new
    base that names a cell, its place among those of the old one, if it stays.  ``up`` and
    ``reset`` are counters that went to a later cell, or began anew.
    """

    decisions: tuple[Decision, ...]
    base: Base | None
    kept: tuple[int | None, ...]
    actor: View | None
    followers: tuple[Follower, ...]
    begins: tuple[int, ...]
    ends: tuple[int, ...]
    reports: tuple[tuple[str, int], ...]
    bound: tuple[str, int] | None
    up: tuple[int, ...]
    reset: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Try:
    """An action on one path: whether it is enabled there, and the outcome if it is."""

    decisions: tuple[Decision, ...]
    enabled: bool
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class Scene:
    """A base with the cell that acts, if one does, at ``place``; and where those named stand."""

    layout: Layout
    base: Base
    actor: View | None
    place: int
    owners: tuple[tuple[int, int], ...]
    """(slot, cell) for the slots of the base that name a cell, in order."""
    sure: frozenset[int]
    """Those whose cell is the actor: others stand anywhere but there."""

    def slots(self) -> tuple[list[Value], tuple[int, ...]]:
        """The slots of an instance, and its unseen cells."""
        layout = self.layout
        unseen = tuple(c for c in range(layout.count) if self.actor is None or c != self.place)
        found: list[Value] = [0] * len(layout.system.slots)
        named = dict(self.owners)
        for slot, value in zip(layout.rest, self.base, strict=True):
            if slot in named:
                cell = named[slot]
                found[slot] = cell if value == COUNTER else layout.address[value, cell]
                continue
            bits: dict[int, tuple[int, Term]] = {}
            for bit, (cell, place) in layout.bit_of.get(slot, {}).items():
                if cell in unseen:
                    bits[bit] = cell, Variable(place)
                elif self.actor is not None:
                    value |= self.actor.cell[place] << bit
            found[slot] = Set(value, bits) if bits else value
        for cell in range(layout.count):
            for place, slot in enumerate(layout.variables[cell]):
                if cell in unseen:
                    found[slot] = Of(cell, Variable(place))
                elif self.actor is not None:
                    found[slot] = self._address(self.actor.cell[place])
        return found, unseen

    def _address(self, value: int) -> int:
        """A value of the actor's own: a code gives the address of its thing."""
        if value < 0:
            return self.layout.address.get((value, self.place), value)
        return value

    def tries(self, action: Action) -> list[Try]:
        """Every path of an action from here."""
        slots, unseen = self.slots()
        found = []
        try:
            for path, enabled in paths(self.layout, slots, unseen, action.guard, action.update):
                outcome = self._outcome(path) if enabled else None
                found.append(Try(made(path), enabled, outcome))
        except Stop as stop:
            if stop.site is None and stop.span is None:
                raise Stop(stop.why, action.site) from stop
            raise
        return found

    def _outcome(self, path: Path) -> Outcome:
        labels = tuple(path.begins), tuple(path.ends), tuple(path.reports), path.bound
        if path.bound is not None:
            return Outcome(made(path), None, (), None, (), *labels, (), ())
        layout = self.layout
        after = [_plain(path, slot) for slot in range(len(path.slots))]
        if any(after[s] != 0 for s in layout.zero):
            raise Stop("a set or table would hold two cells at once", path.site)
        values: list[int] = []
        owners: list[tuple[int, int]] = []
        for slot in layout.rest:
            value = after[slot]
            known = value.known if isinstance(value, Set) else value
            if not isinstance(known, int):
                raise Stop("the rest keeps what one cell holds", path.site)
            for bit in layout.bit_of.get(slot, ()):
                known &= ~(1 << bit)
            code, cell = layout.split(slot, known, after)
            values.append(code)
            if cell >= 0:
                owners.append((slot, cell))
        base = tuple(values)
        old = dict(self.owners)
        places = {slot: n for n, (slot, _) in enumerate(self.owners)}
        codes = dict(zip(layout.rest, self.base, strict=True))
        fresh = dict(zip(layout.rest, base, strict=True))
        kept = tuple(
            places[s] if old.get(s) == cell and codes[s] == fresh[s] else None for s, cell in owners
        )
        actor = None
        if self.actor is not None:
            relations = layout.relations(self.place, owners, base)
            actor = View(
                tuple(
                    r if k is None else self.actor.relations[k]
                    for r, k in zip(relations, kept, strict=True)
                ),
                self._cell(path, after, self.place),
            )
        followers = {self._follower(path, after, cell, owners, fresh, kept) for cell in path.unseen}
        up = tuple(s for s, c in owners if fresh[s] == COUNTER and s in old and c > old[s])
        reset = tuple(
            s
            for s in {*old, *(s for s, _ in owners)}
            if COUNTER in (codes[s], fresh[s])
            and (s not in old or dict(owners).get(s, -1) < old[s])
        )
        return Outcome(
            made(path), base, kept, actor,
            tuple(sorted(followers, key=repr)), *labels, up, tuple(sorted(reset)),
        )  # fmt: skip

    def _cell(self, path: Path, after: Sequence[Value], cell: int) -> tuple[int, ...]:
        """The variables of the actor after the step."""
        layout = self.layout
        found: list[int] = []
        holding = layout.holding(cell, after)
        for place, slot in enumerate(layout.variables[cell]):
            value = after[slot]
            if not isinstance(value, int):
                raise Stop("a cell keeps what another one holds", path.site)
            found.append(layout.inside(place, cell, value, pointer=holding[place]))
        for slot, bit in layout.bits[cell]:
            value = after[slot]
            found.append((value.known if isinstance(value, Set) else _int(value)) >> bit & 1)
        return tuple(found)

    def _follower(
        self,
        path: Path,
        after: Sequence[Value],
        cell: int,
        owners: Sequence[tuple[int, int]],
        fresh: dict[int, int],
        kept: Sequence[int | None],
    ) -> Follower:
        """What the step did to one unseen cell."""
        layout = self.layout
        updates: list[tuple[int, Term]] = []
        for place, slot in enumerate(layout.variables[cell]):
            term = _term(after[slot], cell, path)
            if term != Variable(place):
                updates.append((place, term))
        for place, (slot, bit) in enumerate(layout.bits[cell], len(layout.variables[cell])):
            value = after[slot]
            if isinstance(value, Set) and bit in value.bits:
                term = value.bits[bit][1]
            else:
                known = value.known if isinstance(value, Set) else _int(value)
                term = Number(known >> bit & 1)
            if term != Variable(place):
                updates.append((place, term))
        codes = dict(zip(layout.rest, self.base, strict=True))
        before = tuple(
            relation(codes[s], named, cell) if s in self.sure else None for s, named in self.owners
        )
        relations = tuple(
            None if k is not None else relation(fresh[s], named, cell)
            for (s, named), k in zip(owners, kept, strict=True)
        )
        moved = any(k is None for k in kept) or len(kept) < len(self.owners)
        return Follower(before if moved else (None,) * len(before), tuple(updates), relations)


def _plain(path: Path, slot: int) -> Value:
    value = path.slots[slot]
    if isinstance(value, Flag):
        if set(value.terms) != set(path.unseen):
            raise Stop("this depends on some cells and not on all of them alike", path.site)
        value = path.read(slot)
    if isinstance(value, Every):
        value = path.decide(value)
    return value


def _int(value: Value) -> int:
    assert isinstance(value, int)
    return value


def _term(value: Value, cell: int, path: Path) -> Term:
    match value:
        case int():
            return Number(value)
        case Of(at, term) if at == cell:
            return term
        case _:
            raise Stop("one cell keeps what another one holds", path.site)


def made(path: Path) -> tuple[Decision, ...]:
    """The quantifiers that a path met, and what it took them to be."""
    return tuple(Decision(op, term, holds) for (op, term), holds in path.decisions.items())


def scenes(layout: Layout, base: Base, thread: int, view: View | None) -> list[Scene]:
    """Where the acting thread and the cells it names stand, in all ways that make a difference.

    ``view`` is the acting thread's cell; for a thread of the rest the cell that its own locals
    name, or None if they name none.
    """
    slots = layout.owners(base)
    codes = dict(zip(layout.rest, base, strict=True))
    mine = [s for s in slots if layout.held_by.get(s) == thread]
    if view is None:
        if mine:
            raise AssertionError("a thread that names a cell needs one")
        return [Scene(layout, base, None, -1, tuple((s, 0) for s in slots), frozenset())]
    relations = dict(zip(slots, view.relations, strict=True))
    named = {s for s in slots if relations[s] == SELF}
    counting = any(codes[s] == COUNTER for s in mine)
    found = []
    for place in range(layout.count) if counting else (1,):
        others = [c for c in range(layout.count) if c != place]
        owners = tuple(
            (s, place if s in named else others[-1] if relations[s] == AFTER else others[0])
            for s in slots
        )
        found.append(Scene(layout, base, view, place, owners, frozenset(named & set(mine))))
    return found


def own(layout: Layout, base: Base, thread: int) -> list[int]:
    """Places, among the slots of a base that name a cell, of a thread's own locals."""
    return [n for n, s in enumerate(layout.owners(base)) if layout.held_by.get(s) == thread]


def acts_on(layout: Layout, base: Base, thread: int, view: View) -> bool:
    """Whether a rest thread's own locals name this cell: all of them or none."""
    mine = [view.relations[n] == SELF for n in own(layout, base, thread)]
    if any(mine) and not all(mine):
        raise Stop("a thread goes over two cells at once", span=layout.system.threads[thread].span)
    return bool(mine) and all(mine)


def actions(system: System, layout: Layout, base: Base, thread: int) -> tuple[Action, ...]:
    """What a rest thread may do in a base."""
    who = system.threads[thread]
    return who.locations[base[layout.rest.index(who.pc)]].actions


__all__ = [
    "AFTER", "BEFORE", "SELF", "Decision", "Follower", "Outcome", "Scene", "State", "Try",
    "actions", "acts_on", "made", "own", "scenes",
]  # fmt: skip
