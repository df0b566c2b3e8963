# SPDX-License-Identifier: MIT
"""One action in one base, with the cell that acts known: all its outcomes for all cells.

An outcome holds for every number of cells: the other cells stand in it as kinds of follower, each
with what the step does to one.  That is rules 2 to 4 of views (Abdulla, Haziza & Holik 2013; the
counting of witnesses is left to quantifiers that are taken to be true or false).
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from srcucheck.ir.system import Action, State, System
from srcucheck.views.layout import (
    AFTER,
    BEFORE,
    COUNTER,
    SELF,
    Base,
    Layout,
    View,
    relation,
)
from srcucheck.views.run import Decision, Path, paths
from srcucheck.views.terms import Cell, Number, Stop, Term, Variable
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
        seen = -1 if self.actor is None else self.place
        found, unseen = layout.rest_slots(self.base, self.owners, seen), layout.but[seen]
        if self.actor is None:
            return found, unseen
        own = layout.variables[self.place]
        for slot, value in zip(own, self.actor.cell, strict=False):
            found[slot] = value
        holding = layout.holding(self.place, found)
        for at, slot in enumerate(own):
            code = self.actor.cell[at]
            if holding[at] and code < 0:
                found[slot] = layout.address[code, self.place]
        for (slot, bit), value in zip(
            layout.bits[self.place], self.actor.cell[len(own) :], strict=True
        ):
            if value:
                before = found[slot]
                if isinstance(before, Set):
                    found[slot] = Set(before.known | 1 << bit, before.bits)
                else:
                    found[slot] = _int(before) | 1 << bit
        return found, unseen

    def tries(self, actions: Sequence[Action]) -> list[list[Try]]:
        """Every path of each of some actions from here."""
        slots, unseen = self.slots()
        named = frozenset(s for s, cell in self.owners if cell in unseen)
        found = []
        for action in actions:
            tries = []
            try:
                for path, enabled in paths(
                    self.layout, slots, unseen, action.guard, action.update, named
                ):
                    outcome = self._outcome(path) if enabled else None
                    tries.append(Try(made(path), enabled, outcome))
            except Stop as stop:
                if stop.site is None and stop.span is None:
                    raise Stop(stop.why, action.site) from stop
                raise
            found.append(tries)
        return found

    def _outcome(self, path: Path) -> Outcome:
        labels = tuple(path.begins), tuple(path.ends), tuple(path.reports), path.bound
        if path.bound is not None:
            return Outcome(made(path), None, (), None, (), *labels, (), ())
        layout = self.layout
        for slot in sorted(path.written):
            path.slots[slot] = _plain(path, slot)
            if slot in layout.zero and path.slots[slot] != 0:
                raise Stop("a set or table would hold two cells at once", path.site)
        base, owners = self._base(path)
        places = {slot: n for n, (slot, _) in enumerate(self.owners)}
        old = dict(self.owners)
        kept = tuple(places[s] if s in old and s not in path.written else None for s in owners)
        new = tuple(owners.items())
        actor = None
        if self.actor is not None:
            relations = layout.relations(self.place, new, base)
            actor = View(
                tuple(
                    r if k is None else self.actor.relations[k]
                    for r, k in zip(relations, kept, strict=True)
                ),
                self._cell(path),
            )
        followers = {self._follower(path, cell, new, base, kept) for cell in path.unseen}
        counted = [s for s in {*old, *owners} if self._counts(s, base)]
        up = tuple(sorted(s for s in counted if s in old and owners.get(s, -1) > old[s]))
        reset = tuple(sorted(s for s in counted if owners.get(s, -1) < old.get(s, layout.count)))
        return Outcome(
            made(path), base, kept, actor,
            tuple(sorted(followers, key=repr)), *labels, up, reset,
        )  # fmt: skip

    def _counts(self, slot: int, base: Base) -> bool:
        """Whether a slot is a counter over the cells, before or after."""
        at = self.layout.at[slot]
        return COUNTER in (self.base[at], base[at])

    def _base(self, path: Path) -> tuple[Base, dict[int, int]]:
        """The base after the step, and the cells that it names."""
        layout = self.layout
        touched = path.written & layout.at.keys()
        for slot in tuple(touched):
            touched |= layout.locals_of.get(slot, frozenset())
        if not touched:
            return self.base, dict(self.owners)
        values, owners = list(self.base), dict(self.owners)
        for slot in touched:
            value = path.slots[slot]
            known = value.known if isinstance(value, Set) else value
            if not isinstance(known, int):
                raise Stop("the rest keeps what one cell holds", path.site)
            for bit in layout.bit_of.get(slot, ()):
                known &= ~(1 << bit)
            code, cell = layout.split(slot, known, path.slots)
            values[layout.at[slot]] = code
            owners.pop(slot, None)
            if cell >= 0:
                owners[slot] = cell
        return tuple(values), dict(sorted(owners.items()))

    def _cell(self, path: Path) -> Cell:
        """The variables of the actor after the step."""
        layout, cell = self.layout, self.place
        assert self.actor is not None
        found = list(self.actor.cell)
        own = [s for s in path.written if layout.place_of.get(s, (-1, 0))[0] == cell]
        holding = layout.holding(cell, path.slots) if own else ()
        for slot in own:
            value, place = path.slots[slot], layout.place_of[slot][1]
            if not isinstance(value, int):
                raise Stop("a cell keeps what another one holds", path.site)
            found[place] = layout.inside(cell, value, pointer=holding[place])
        for slot in path.written & layout.bit_of.keys():
            value = path.slots[slot]
            known = value.known if isinstance(value, Set) else _int(value)
            for bit, (at, place) in layout.bit_of[slot].items():
                if at == cell:
                    found[place] = known >> bit & 1
        return tuple(found)

    def _follower(
        self,
        path: Path,
        cell: int,
        owners: Sequence[tuple[int, int]],
        base: Base,
        kept: Sequence[int | None],
    ) -> Follower:
        """What the step did to one unseen cell."""
        layout = self.layout
        updates: list[tuple[int, Term]] = []
        for slot in path.written:
            at, place = layout.place_of.get(slot, (-1, 0))
            if at == cell:
                updates.append((place, _term(path.slots[slot], cell, path)))
            elif slot in layout.bit_of:
                value = path.slots[slot]
                known = value.known if isinstance(value, Set) else _int(value)
                bits = value.bits if isinstance(value, Set) else {}
                for bit, (at, place) in layout.bit_of[slot].items():
                    if at == cell:
                        term = bits[bit][1] if bit in bits else Number(known >> bit & 1)
                        updates.append((place, term))
        changes = tuple(sorted((u for u in updates if u[1] != Variable(u[0])), key=repr))
        before = tuple(
            relation(self.base[layout.at[s]], named, cell) if s in self.sure else None
            for s, named in self.owners
        )
        relations = tuple(
            None if k is not None else relation(base[layout.at[s]], named, cell)
            for (s, named), k in zip(owners, kept, strict=True)
        )
        moved = any(k is None for k in kept) or len(kept) < len(self.owners)
        return Follower(before if moved else (None,) * len(before), changes, relations)


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
    name, or None if they name none.  Two that may name the same cell do so in one scene, and name
    two in another.
    """
    slots = layout.owners(base)
    mine = {s for s in slots if layout.held_by.get(s) == thread}
    if view is None:
        assert not mine, "a thread that names a cell needs one"
        away = placements(layout, base, None, -1, spread=thread in layout.counting)
        return [Scene(layout, base, None, -1, at, frozenset()) for at in away]
    relations = dict(zip(slots, view.relations, strict=True))
    named = frozenset(s for s in slots if relations[s] == SELF)
    counting = any(base[layout.at[s]] == COUNTER for s in mine)
    found = []
    for place in range(layout.count) if counting else (1,):
        for owners in placements(layout, base, view, place, spread=thread in layout.counting):
            found.append(Scene(layout, base, view, place, owners, named & mine))
    return found


def placements(
    layout: Layout, base: Base, view: View | None, place: int, *, spread: bool = False
) -> Iterator[tuple[tuple[int, int], ...]]:
    """Where the cells stand that slots name: at ``place`` if it is the cell of this view.

    ``spread``: anywhere else, as a counter that moves may come to name them, or pass them by.
    """
    slots = layout.owners(base)
    codes = {s: base[layout.at[s]] for s in slots}
    relations = dict(zip(slots, view.relations, strict=True)) if view is not None else {}
    ways: list[tuple[int, ...]] = []
    others = layout.but[place]
    for slot in slots:
        if relations.get(slot) == SELF:
            ways.append((place,))
        elif relations.get(slot) == AFTER:
            ways.append(others[-1:])
        elif codes[slot] == COUNTER and not spread:  # no step reads one that is not its own
            ways.append(others[:1])
        else:
            ways.append(others)
    for way in itertools.product(*ways):
        yield tuple(zip(slots, way, strict=True))


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
    "actions", "acts_on", "made", "own", "placements", "scenes",
]  # fmt: skip
