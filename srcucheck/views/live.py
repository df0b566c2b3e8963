# SPDX-License-Identifier: MIT
"""Does every fair run of every size leave a region?  Asked of the pairs, one cell followed.

The run of an instance is, seen from one cell, a path through the pairs; what it sees for ever is
strongly connected.  A component is dismissed if a thread is owed a step in all of it, whatever the
unseen cells hold, and takes none (Lichtenstein & Pnueli 1985); if all it does is to count up over
the cells, of which there are finitely many; and if it lies at a wait that a *claim* says is left.

Claims are the rungs of a ladder.  "No fair run has thread w waiting here for ever": if one does,
it is not owed again and again, so some one cell is in its way again and again, as there are
finitely many; that cell is followed, and w counts as owed where this cell is not in its way.  Only
for one quantifier in the wait; and a claim speaks of all runs, so that others may rest on it.
"""

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from srcucheck.check.components import strongly_connected
from srcucheck.views.layout import Base, View
from srcucheck.views.reach import Edge, Moves, Place, Reached, beside
from srcucheck.views.run import Decision
from srcucheck.views.scene import Try, acts_on, own
from srcucheck.views.terms import Term
from srcucheck.views.values import Fold

Owed = Callable[[int, int], bool]
"""Whether a thread (as edges name it) is owed a step at a node."""

Claim = tuple[int, int]
"""A thread of the rest and where it waits."""

MOST = 5
"""Quantifiers in the actions of one location."""


@dataclass(slots=True)
class Liveness:
    """Fair components of a closed set of pairs."""

    reached: Reached
    proved: dict[Claim, None] = field(default_factory=dict)
    """In the order in which they rest on one another."""
    rest: list[int] = field(init=False)
    own: list[int] = field(init=False)
    pc_of: dict[int, int] = field(init=False)
    own_pc: dict[int, int] = field(init=False)
    _must: dict[tuple[int, int], bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        layout = self.reached.layout
        self.rest = [t for t, cell in enumerate(layout.thread_cell) if cell < 0]
        self.own = list(layout.threads[0])
        self.pc_of = {t: layout.rest.index(layout.system.threads[t].pc) for t in self.rest}
        self.own_pc = {t: layout.variables[0].index(layout.system.threads[t].pc) for t in self.own}

    def location(self, who: int, node: int) -> int:
        """Where a thread stands at a node."""
        place, at = self.reached.nodes[node]
        if who in self.pc_of:
            return place.base[self.pc_of[who]]
        return place.views[at].cell[self.own_pc[who]]

    # --- who is owed ------------------------------------------------------------------------------

    def must(self, who: int, node: int) -> bool:
        """Whether a thread is owed a step, whatever the cells are that this pair does not show."""
        known = self._must.get((who, node))
        if known is None:
            known = self._must[who, node] = self._owed(who, node, alone=False)
        return known

    def _owed(self, who: int, node: int, *, alone: bool) -> bool:
        place, at = self.reached.nodes[node]
        view = place.views[at]
        moves = place.acting.get((at, who))
        if moves is not None:
            return self._sure(place, moves, view, unseen=False, alone=alone)
        moves = place.moves.get(who)
        if moves is not None:
            return self._sure(place, moves, view, unseen=True, alone=alone)
        found = False
        for other, one in enumerate(place.views):
            moves = place.acting.get((other, who))
            if moves is not None and beside(view, one):
                found = True
                if not self._sure(place, moves, view, unseen=True, alone=False):
                    return False
        return found

    def _sure(self, place: Place, moves: Moves, view: View, *, unseen: bool, alone: bool) -> bool:
        """Whether some owed action is enabled however the quantifiers turn out.

        ``alone``: only this cell may be in the way.
        """
        owed = [tries for action, tries in moves if action.owed]
        atoms = list(dict.fromkeys((d.op, d.term) for ts in owed for t in ts for d in t.decisions))
        if not owed or len(atoms) > MOST:
            return False
        ways: list[list[bool]] = []
        for op, term in atoms:
            possible = [
                holds
                for holds in (True, False)
                if self._may(place, Decision(op, term, holds), view, unseen=unseen, alone=alone)
            ]
            ways.append(possible)
        for way in itertools.product(*ways):
            truth = dict(zip(atoms, way, strict=True))
            if not any(_enabled(tries, truth) for tries in owed):
                return False
        return True

    def _may(
        self, place: Place, decision: Decision, view: View, *, unseen: bool, alone: bool
    ) -> bool:
        if alone and unseen and decision.holds == (decision.op == "or"):
            return self.reached.holds(decision.term, view) == decision.holds
        return self.reached.may(place, (decision,), view, unseen=unseen)

    # --- fair components --------------------------------------------------------------------------

    def fair(
        self,
        nodes: Iterable[int],
        allowed: Callable[[Edge], bool],
        owed: Owed | None = None,
        wanted: Callable[[int], bool] | None = None,
    ) -> list[int] | None:
        """A component in which a run may stay for ever, for all that is known; or None.

        ``wanted``: a node of this kind must be in it.
        """
        todo: list[tuple[set[int], frozenset[int]]] = [(set(nodes), frozenset())]
        while todo:
            region, banned = todo.pop()
            inner = {
                n: [
                    e
                    for e in self.reached.edges[n]
                    if e.target in region and allowed(e) and not banned.intersection(e.up)
                ]
                for n in region
            }
            for members in strongly_connected(
                sorted(region),
                lambda n, inner=inner: [e.target for e in inner[n]],  # type: ignore[misc]
            ):
                here = set(members)
                if wanted is not None and not any(map(wanted, members)):
                    continue
                inside = [e for n in members for e in inner[n] if e.target in here]
                counting = {s for e in inside for s in e.up} - {s for e in inside for s in e.reset}
                if counting:
                    todo.append((here, banned | counting))
                elif not self._dismissed(members, {e.who for e in inside}, owed or self.must):
                    return members
        return None

    def _dismissed(self, members: Sequence[int], taken: Collection[int], owed: Owed) -> bool:
        """Whether no fair run stays in a component."""
        for who in (*self.rest, *self.own):
            if who not in taken and all(owed(who, n) for n in members):
                return True
        for who, location in self.proved:
            if who not in taken and all(self.location(who, n) == location for n in members):
                return True
        return False

    # --- the ladder -------------------------------------------------------------------------------

    def climb(self) -> None:
        """Proves claims until no more can be."""
        left = list(dict.fromkeys(self.waits()))
        while True:
            new = [claim for claim in left if self._claim(claim)]
            if not new:
                return
            self.proved |= dict.fromkeys(new)
            left = [c for c in left if c not in self.proved]

    def waits(self) -> Iterator[Claim]:
        """Where a thread of the rest may, or may not, be kept waiting by a cell."""
        for node in range(len(self.reached.nodes)):
            place, _ = self.reached.nodes[node]
            for who in self.rest:
                moves = place.moves.get(who)
                if moves is None or any(t.decisions for a, ts in moves if a.owed for t in ts):
                    yield who, self.location(who, node)

    def _claim(self, claim: Claim) -> bool:
        """Whether no fair run has this thread waiting there for ever."""
        return self.fair(*self.waiting(claim)) is None

    def waiting(self, claim: Claim) -> tuple[list[int], Callable[[Edge], bool], Owed]:
        """Where it waits, which steps let it, and who is owed a step there."""
        who, location = claim
        nodes = [n for n in range(len(self.reached.nodes)) if self.location(who, n) == location]
        naming = [n for n in nodes if own(self.reached.layout, self._base(n), who)]
        alone = not naming and self._one_quantifier(who, nodes)
        if naming:  # the cell that it names is followed: it stays the same one
            beside_it = {n for n in naming if not self._on_it(who, n)}
            nodes = [n for n in nodes if n not in beside_it]

        def owed(other: int, node: int) -> bool:
            if other == who and alone:
                return self._owed(who, node, alone=True)
            return self.must(other, node)

        return nodes, lambda e: e.who != who, owed

    def _base(self, node: int) -> Base:
        return self.reached.nodes[node][0].base

    def _on_it(self, who: int, node: int) -> bool:
        place, at = self.reached.nodes[node]
        return acts_on(self.reached.layout, place.base, who, place.views[at])

    def _one_quantifier(self, who: int, nodes: Sequence[int]) -> bool:
        """Whether the wait reads the cells by one quantifier, the same one throughout."""
        found: set[object] = set()
        for node in nodes:
            moves = self.reached.nodes[node][0].moves.get(who, [])
            found.update(d.term for a, ts in moves if a.owed for t in ts for d in t.decisions)
        return len(found) <= 1


def _enabled(tries: Sequence[Try], truth: Mapping[tuple[Fold, Term], bool]) -> bool:
    """Whether an action is enabled, the quantifiers being so."""
    found = False
    for one in tries:
        if all(truth[d.op, d.term] == d.holds for d in one.decisions):
            if not one.enabled:
                return False
            found = True
    return found
