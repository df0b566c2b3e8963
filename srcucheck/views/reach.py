# SPDX-License-Identifier: MIT
"""The set of views that instances of any size can show, and the steps between them.

Views of size one (Abdulla, Haziza & Holik, "All for the price of few", VMCAI 2013): a pair of the
rest and one cell is in the set if it may be seen in some instance.  A step of the rest or of a cell
leads from a pair to those of the cell that acts, and of every other cell that may stand beside it.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from srcucheck.base.budget import Budget
from srcucheck.ir.system import Action, System
from srcucheck.views.layout import SELF, Base, Layout, View
from srcucheck.views.run import Decision
from srcucheck.views.scene import Outcome, Scene, Try, actions, acts_on, own, scenes
from srcucheck.views.terms import Stop, Term, function

OTHERS = -1
"""Who takes a step that belongs to no thread that is followed."""

CHUNK = 256

SAMPLE = 3
"""So many times the threads of all cells are compared at a location."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A step as one pair sees it.

    ``who``: a thread of the rest by its number, one of the cell's own as ``own_tag`` has it, or
    ``OTHERS``.  ``target`` is -1 where a bound is hit.  ``ends``: activations that end.
    """

    who: int
    target: int
    ends: frozenset[int]
    up: tuple[int, ...]
    reset: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """A step of one base, without the cell that took it: what it does to all others."""

    who: int
    decisions: tuple[Decision, ...]
    outcome: Outcome
    selves: frozenset[int]
    """Places of relations in which the acting cell is the one named."""


Moves = list[tuple[Action, list[Try]]]


@dataclass(slots=True)
class Place:
    """All that is known of one base."""

    base: Base
    views: list[View] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    known: dict[View, int] = field(default_factory=dict)
    effects: dict[object, Effect] = field(default_factory=dict)
    done: set[tuple[int, int]] = field(default_factory=set)
    """(number of an effect, of a view) that have become an edge."""
    moves: dict[int, Moves] = field(default_factory=dict)
    """What rest threads that name no cell may do."""
    acting: dict[tuple[int, int], Moves] = field(default_factory=dict)
    """By view and tag: what the cell's own threads, and rest threads that name it, may do."""
    own_done: set[tuple[int, int, int]] = field(default_factory=set)
    started: int = 0
    """So many views have had their own steps looked at."""


@dataclass(slots=True)
class Reached:
    """The closed set, or why it was not closed."""

    system: System
    layout: Layout
    nodes: list[tuple[Place, int]] = field(default_factory=list)
    edges: list[list[Edge]] = field(default_factory=list)
    places: dict[Base, Place] = field(default_factory=dict)
    reports: dict[str, int] = field(default_factory=dict)
    begun: set[int] = field(default_factory=set)
    bounds: dict[str, None] = field(default_factory=dict)
    stopped: str | None = None
    frames: dict[int, int] = field(default_factory=dict)
    functions: dict[Term, Callable[[tuple[int, ...]], Any]] = field(default_factory=dict)

    def own_tag(self, thread: int) -> int:
        """How edges name a cell's own thread: by that thread of cell 0."""
        cell = self.layout.thread_cell[thread]
        if cell < 0:
            return thread
        return self.layout.threads[0][self.layout.threads[cell].index(thread)]

    def frame(self, frame: int) -> int:
        """A frame as that of cell 0."""
        if not self.frames:
            of: dict[int, list[int]] = {}
            for one in self.system.frames:
                of.setdefault(one.thread, []).append(one.number)
            for thread, numbers in of.items():
                self.frames.update(
                    zip(numbers, of[self.own_tag(thread) if thread >= 0 else thread], strict=True)
                )
        return self.frames[frame]

    def holds(self, term: Term, view: View) -> bool:
        """A term on one cell."""
        made = self.functions.get(term)
        if made is None:
            made = self.functions[term] = function(term)
        return bool(made(view.cell))

    def may(self, place: Place, decisions: Iterable[Decision], view: View, *, unseen: bool) -> bool:
        """Whether quantifiers can be as decided, with this cell there; ``unseen``: one of many.

        What all cells must have, an unseen one has; what some cell must have, it or another has.
        """
        for decision in decisions:
            wanted = decision.op == "or"  # what some cell must have
            if decision.holds != wanted:  # none has it
                wanted = not wanted
                if unseen and self.holds(decision.term, view) != wanted:
                    return False
                continue
            if unseen and self.holds(decision.term, view) == wanted:
                continue
            if not any(
                self.holds(decision.term, other) == wanted
                for other in place.views
                if beside(view, other)
            ):
                return False
        return True


def _told(one: Try) -> object:
    """What a step does, without what says whose it is."""
    found = one.outcome
    if found is None:
        return one.decisions, one.enabled
    return one.decisions, found.base, found.actor, found.followers, [n for n, _ in found.reports]


def beside(one: View, other: View) -> bool:
    """Whether two cells can be there at once: nobody names both."""
    return not any(
        a == SELF and b == SELF for a, b in zip(one.relations, other.relations, strict=True)
    )


def reach(system: System, budget: Budget) -> Reached:
    """The closed set of pairs.

    Raises:
        Stop: the system does not qualify.
    """
    layout = Layout(system)
    return _Search(Reached(system, layout), budget).run()


class _Search:
    """The fixpoint: bases with something new wait in a queue."""

    def __init__(self, reached: Reached, budget: Budget) -> None:
        self.reached = reached
        self.system, self.layout = reached.system, reached.layout
        self.budget = budget
        self.queue: deque[Place] = deque()
        self.waiting: set[int] = set()
        self.looked = 0
        self.seen: dict[tuple[int, int], int] = {}
        self.rest = [t for t, cell in enumerate(self.layout.thread_cell) if cell < 0]

    def run(self) -> Reached:
        for initial in self.system.initial:
            base, views = self.layout.views(initial.state)
            for view in views:
                self.node(base, view)
            self.reached.begun.update(map(self.reached.frame, initial.begun))
        while self.queue:
            place = self.queue.popleft()
            self.waiting.discard(id(place))
            self.expand(place)
            late = self.budget.exceeded(len(self.reached.nodes))
            if late is not None:
                self.reached.stopped = late
                break
        return self.reached

    def node(self, base: Base, view: View) -> int:
        """The number of a pair."""
        place = self.reached.places.get(base)
        if place is None:
            place = self.reached.places[base] = Place(base)
        known = place.known.get(view)
        if known is not None:
            return place.ids[known]
        number = len(self.reached.nodes)
        place.known[view] = len(place.views)
        self.reached.nodes.append((place, len(place.views)))
        self.reached.edges.append([])
        place.views.append(view)
        place.ids.append(number)
        if id(place) not in self.waiting:
            self.waiting.add(id(place))
            self.queue.append(place)
        return number

    # --- one base ---------------------------------------------------------------------------------

    def expand(self, place: Place) -> None:
        """Everything that can happen in a base, as far as it was not known."""
        if not place.moves:
            for thread in self.rest:
                if not own(self.layout, place.base, thread):
                    self.rest_moves(place, thread, None)
        while place.started < len(place.views):
            self.own_moves(place, place.started)
            place.started += 1
        self.acts(place)
        for number, effect in enumerate(list(place.effects.values())):
            for at in range(len(place.views)):
                if (number, at) not in place.done:
                    self.follow(place, number, effect, at)

    def rest_moves(self, place: Place, thread: int, at: int | None) -> None:
        """What a thread of the rest may do, on the cell that it names, if any."""
        view = None if at is None else place.views[at]
        around = scenes(self.layout, place.base, thread, view)
        moves = self.moves(around, actions(self.system, self.layout, place.base, thread))
        for _, tries in moves:
            for one in tries:
                if one.outcome is not None:
                    self.effect(place, thread, one.outcome, view)
        if at is None:
            place.moves[thread] = moves
        else:
            place.acting[at, thread] = moves

    def own_moves(self, place: Place, at: int) -> None:
        """What a cell's own threads may do."""
        view = place.views[at]
        for thread in self.rest:
            if own(self.layout, place.base, thread) and acts_on(
                self.layout, place.base, thread, view
            ):
                self.rest_moves(place, thread, at)
        if not self.layout.threads[0]:
            return
        around = scenes(self.layout, place.base, self.layout.threads[1][0], view)
        for number, tag in enumerate(self.layout.threads[0]):
            who = self.system.threads[self.layout.threads[1][number]]
            location = view.cell[self.layout.variables[1].index(who.pc)]
            moves = self.moves(around, who.locations[location].actions)
            place.acting[at, tag] = moves
            for _, tries in moves:
                for one in tries:
                    if one.outcome is not None:
                        self.effect(place, OTHERS, one.outcome, view)
            if self.seen.setdefault((tag, location), 0) < SAMPLE and not view.relations:
                self.seen[tag, location] += 1
                self.same(place, number, location, view, moves)

    def moves(self, around: Sequence[Scene], todo: Sequence[Action]) -> Moves:
        """What some actions do in several scenes."""
        found = [scene.tries(todo) for scene in around]
        return [(action, [t for s in found for t in s[n]]) for n, action in enumerate(todo)]

    def same(self, place: Place, number: int, location: int, view: View, moves: Moves) -> None:
        """Looks whether the threads of other cells do the same, now and then.

        Raises:
            Stop: they do not.
        """
        for cell in range(self.layout.count):
            who = self.system.threads[self.layout.threads[cell][number]]
            scene = Scene(self.layout, place.base, view, cell, (), frozenset())
            other = scene.tries(who.locations[location].actions)
            mine = [tries for _, tries in moves]
            if [list(map(_told, ts)) for ts in mine] != [list(map(_told, ts)) for ts in other]:
                raise Stop("its cells are not all alike", span=who.span)

    def effect(self, place: Place, who: int, outcome: Outcome, view: View | None) -> None:
        """What a step does to cells that did not take it: once for all that do the same."""
        selves: frozenset[int] = frozenset()
        if view is not None:
            selves = frozenset(n for n, r in enumerate(view.relations) if r == SELF)
        ends = tuple(sorted(set(outcome.ends))) if who >= 0 else ()
        moved = (outcome.up, outcome.reset)
        shows = (outcome.reports, outcome.bound)
        key = (
            who, outcome.decisions, outcome.base, outcome.kept, outcome.followers, ends, selves,
            moved, shows,
        )  # fmt: skip
        place.effects.setdefault(key, Effect(who, outcome.decisions, outcome, selves))

    def acts(self, place: Place) -> None:
        """The steps of the acting cells, as they see them themselves."""
        for (at, who), moves in list(place.acting.items()):
            view = place.views[at]
            count = 0
            for _, tries in moves:
                for one in tries:
                    count += 1
                    key = at, who, count
                    if one.outcome is None or key in place.own_done:
                        continue
                    if not self.reached.may(place, one.decisions, view, unseen=False):
                        continue
                    place.own_done.add(key)
                    target = -1
                    if one.outcome.base is not None:
                        assert one.outcome.actor is not None
                        target = self.node(one.outcome.base, one.outcome.actor)
                    self.edge(place.ids[at], who, target, one.outcome)

    def follow(self, place: Place, number: int, effect: Effect, at: int) -> None:
        """What a step does to one cell that did not take it."""
        view = place.views[at]
        self.looked += 1
        if self.looked % CHUNK == 0 and self.reached.stopped is None:
            self.reached.stopped = self.budget.exceeded(len(self.reached.nodes))
        if any(view.relations[n] == SELF for n in effect.selves):
            return
        if not self.reached.may(place, effect.decisions, view, unseen=True):
            return
        place.done.add((number, at))
        outcome = effect.outcome
        if outcome.base is None:
            self.edge(place.ids[at], effect.who, -1, outcome)
            return
        for follower in outcome.followers:
            if any(
                b is not None and b != r
                for b, r in zip(follower.before, view.relations, strict=True)
            ):
                continue
            relations = tuple(
                view.relations[k] if k is not None else after
                for k, after in zip(outcome.kept, follower.after, strict=True)
            )
            cell = list(view.cell)
            for where, term in follower.updates:
                cell[where] = self.value(term, view)
            seen = View(tuple(r for r in relations if r is not None), tuple(cell))
            self.edge(place.ids[at], effect.who, self.node(outcome.base, seen), outcome)

    def value(self, term: Term, view: View) -> int:
        """The value of a term on one cell."""
        made = self.reached.functions.get(term)
        if made is None:
            made = self.reached.functions[term] = function(term)
        return int(made(view.cell))

    def edge(self, source: int, who: int, target: int, outcome: Outcome) -> None:
        """A step that a pair sees."""
        for name, site in outcome.reports:
            self.reached.reports.setdefault(name, site)
        self.reached.begun.update(map(self.reached.frame, outcome.begins))
        if outcome.bound is not None:
            self.reached.bounds[outcome.bound[0]] = None
        if who == OTHERS and target == source:
            return
        ends = frozenset(map(self.reached.frame, outcome.ends)) if who != OTHERS else frozenset()
        edge = Edge(who, target, ends, outcome.up, outcome.reset)
        if edge not in self.reached.edges[source]:
            self.reached.edges[source].append(edge)


__all__ = ["OTHERS", "Edge", "Place", "Reached", "Scene", "Stop", "beside", "reach"]
