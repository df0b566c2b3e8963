# SPDX-License-Identifier: MIT
"""Rankings of pairs: that no fair run of any size stays in a region, as facts about single steps.

As ``explicit.progress`` does it: components come children first, each gets the lowest key that its
steps allow, and components with the same key share a node.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from srcucheck.check.components import strongly_connected
from srcucheck.check.pairs import Pair, Pairs, Ranking, Rung, Step
from srcucheck.check.replay import InternalError
from srcucheck.views.live import Claim, Liveness, Owed
from srcucheck.views.reach import Edge, Reached

Allowed = Callable[[Edge], bool]
Good = Callable[[int], bool]

_KINDS = ("just", "left", "good", "count")
_Reason = tuple[int, int]
"""Place in ``_KINDS``, and of whom; a number of its own for one that no other component shares."""
_Key = tuple[int, _Reason]


@dataclass(slots=True)
class Region:
    """Pairs in which no fair run stays; ``rungs``: the claims that may be used."""

    nodes: Sequence[int]
    allowed: Allowed
    owed: Owed
    rungs: Sequence[Claim]
    good: Good | None = None


@dataclass(slots=True)
class _Tree:
    """A ranking that grows from its top."""

    live: Liveness
    region: Region
    nodes: list[Step] = field(default_factory=list)
    of: dict[int, int] = field(default_factory=dict)
    fresh: "count[int]" = field(default_factory=count)

    def level(self, states: set[int], parent: int, banned: frozenset[int]) -> None:
        """Gives a node to each of the states, the nodes below included."""
        edges, allowed = self.live.reached.edges, self.region.allowed
        inner = {
            n: [
                e
                for e in edges[n]
                if e.target in states and allowed(e) and not banned.intersection(e.up)
            ]
            for n in states
        }
        key_of: dict[int, _Key] = {}
        below: dict[_Key, tuple[int, set[int]]] = {}
        for members in strongly_connected(sorted(states), lambda n: [e.target for e in inner[n]]):
            here = set(members)
            inside = [e for n in members for e in inner[n] if e.target in here]
            leaving = [
                (e, key_of[e.target]) for n in members for e in inner[n] if e.target not in here
            ]
            reasons = self._reasons(members, {e.who for e in inside})
            if reasons:
                key = min((self._layer(leaving, reason), reason) for reason in reasons)
            else:
                counter = self._counter(inside)
                alone = _KINDS.index("count"), next(self.fresh)
                key = self._layer(leaving, alone), alone
                below[key] = counter, here
            key_of.update(dict.fromkeys(members, key))
        numbers = {k: n for n, k in enumerate(sorted(set(key_of.values())), len(self.nodes))}
        for key in numbers:
            kind, whose = key[1]
            whose = below[key][0] if key in below else whose
            self.nodes.append(Step(parent, _KINDS[kind], whose))  # type: ignore[arg-type]
        self.of.update((n, numbers[key]) for n, key in key_of.items())
        for key, (counter, here) in below.items():
            self.level(here, numbers[key], banned | {counter})

    def _reasons(self, members: Sequence[int], taken: set[int]) -> list[_Reason]:
        """Why no fair run stays in a component."""
        live, region = self.live, self.region
        found = [
            (0, who)
            for who in (*live.rest, *live.own)
            if who not in taken and all(region.owed(who, n) for n in members)
        ]
        found += [
            (1, rung)
            for rung, (who, location) in enumerate(region.rungs)
            if who not in taken and all(live.location(who, n) == location for n in members)
        ]
        if region.good is not None and all(map(region.good, members)):
            found.append((2, -1))
        return found

    def _layer(self, leaving: Iterable[tuple[Edge, _Key]], reason: _Reason) -> int:
        """The lowest layer for a component with this reason, given the steps that leave it."""
        lowest = 0
        for edge, (layer, other) in leaving:
            lowest = max(lowest, layer + (other > reason or self._breaks(edge, other, reason)))
        return lowest

    def _breaks(self, edge: Edge, other: _Reason, reason: _Reason) -> bool:
        """Whether a step between two components cannot be inside of one node."""
        kind, whose = reason
        if other != reason or kind == _KINDS.index("good"):
            return False
        return edge.who == (whose if kind == 0 else self.region.rungs[whose][0])

    def _counter(self, inside: Sequence[Edge]) -> int:
        """A counter that only goes up in a component.

        Raises:
            InternalError: there is none, and so a fair run may stay.
        """
        counting = {s for e in inside for s in e.up} - {s for e in inside for s in e.reset}
        if not counting:
            raise InternalError("a fair run may stay where a check was said to hold")
        return min(counting)


def ranking(live: Liveness, region: Region) -> Ranking:
    """The ranking of a region.

    Raises:
        InternalError: a fair run may stay there.
    """
    tree = _Tree(live, region)
    tree.level(set(region.nodes), -1, frozenset())
    of = [0] * len(live.reached.nodes)
    for node, number in tree.of.items():
        of[node] = number + 1
    return Ranking(tuple(tree.nodes), of)


def pairs(
    reached: Reached,
    live: Liveness | None,
    rankings: Mapping[int, Mapping[int, Ranking]],
) -> Pairs:
    """The closed set in order, with the rungs that are needed and the rankings of checks."""
    places = sorted(reached.places.values(), key=lambda place: place.base)
    number = {place.base: k for k, place in enumerate(places)}

    def pair(node: int) -> Pair:
        place, at = reached.nodes[node]
        return Pair(number[place.base], place.views[at].relations, place.views[at].cell)

    every = list(map(pair, range(len(reached.nodes))))
    order = sorted(
        range(len(every)), key=lambda n: (every[n].base, every[n].relations, every[n].cell)
    )
    rungs = _needed(live, rankings)
    renumbered = {old: new for new, old in enumerate(rungs)}

    def put(one: Ranking) -> Ranking:
        nodes = tuple(replace(n, of=renumbered[n.of]) if n.why == "left" else n for n in one.nodes)
        return Ranking(nodes, [one.of[n] for n in order])

    proved = [] if live is None else list(live.proved)
    return Pairs(
        [place.base for place in places],
        [every[n] for n in order],
        tuple(Rung(*proved[k], put(one)) for k, one in rungs.items()),
        {at: {f: put(one) for f, one in own.items()} for at, own in rankings.items()},
    )


def _needed(
    live: Liveness | None, rankings: Mapping[int, Mapping[int, Ranking]]
) -> dict[int, Ranking]:
    """The rungs that rankings rest on, and those that these rest on, in order."""
    if live is None:
        return {}
    used = {n.of for own in rankings.values() for one in own.values() for n in one.nodes
            if n.why == "left"}  # fmt: skip
    claims, found = list(live.proved), {}
    for number in reversed(range(len(claims))):
        if number in used:
            found[number] = ranking(live, Region(*live.waiting(claims[number]), claims[:number]))
            used |= {n.of for n in found[number].nodes if n.why == "left"}
    return dict(sorted(found.items()))
