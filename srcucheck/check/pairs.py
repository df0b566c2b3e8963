# SPDX-License-Identifier: MIT
"""What a certificate for any number of cells holds: a set of pairs, and why no fair run stays.

A pair is everything outside of the cells, the *base*, and one cell.  ``docs/proofs.md`` says how
it stands in a file.  ``views`` finds it, ``certify`` judges it, and neither knows the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from srcucheck.check.certificate import Certificate, Claim, Identity

CELLS = 3
"""Of the system in whose slots and numbers the pairs are written: one that acts and two that stand
for all others."""

Row = tuple[int, ...]

SELF, BEFORE, AFTER = 0, 1, 2
"""How a cell stands to one that the base names: it is that one, or another; for a counter that
goes over the cells: the one named stands before it, after it."""

COUNTER, BEYOND, THINGS = -1, -(10**6), -2
"""In a base: a counter that names a cell, one that has gone over all of them; ``THINGS - n``: an
address of the n-th thing of a cell, by the names that all cells give their things."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A base by its number, and a cell: how it stands to those that the base names, its values."""

    base: int
    relations: Row
    cell: Row


Reason = Literal["just", "left", "good", "count"]


@dataclass(frozen=True, slots=True)
class Step:
    """Why no fair run stays in some pairs for ever.

    ``just``: thread ``of`` is owed a step in all of them, and takes none that stays.  ``left``: it
    stands at the wait of rung ``of``, which is left.  ``good`` (``settles``): they are good.
    ``count``: the counter in slot ``of`` only goes up here, and the nodes below see to what is left
    without the steps that count.
    """

    parent: int
    """The node above, a ``count``; -1 at the top."""
    why: Reason
    of: int


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """A node for each pair of a region; a step that stays never leads to a later one."""

    nodes: tuple[Step, ...]
    of: Sequence[int]
    """For each pair its node, counted from 1; 0 outside of the region."""

    def way_to(self, node: int) -> tuple[int, ...]:
        """The nodes from the top to one of them, itself included."""
        way: list[int] = []
        while node >= 0:
            way.append(node)
            node = self.nodes[node].parent
        return tuple(way[::-1])


@dataclass(frozen=True, slots=True)
class Rung:
    """That no fair run of any size has a thread of the rest waiting at a location for ever.

    It may rest on rungs before it.
    """

    thread: int
    location: int
    ranking: Ranking


@dataclass(frozen=True, slots=True)
class Pairs:
    """A closed set of pairs, and what it shows of the checks that speak of what happens in the end:
    by the place of the check, a ranking for each frame (-1: there is one region only).
    """

    bases: Sequence[Row]
    pairs: Sequence[Pair]
    rungs: Sequence[Rung] = ()
    rankings: Mapping[int, Mapping[int, Ranking]] | None = None


@dataclass(frozen=True, slots=True)
class AnyClaim:
    """A verdict for every number of cells.

    ``number`` is that of the instance whose run shows it, None where all of them are to hold.
    """

    claim: Claim
    number: int | None
    rankings: Mapping[int, int]
    """By frame the number of a ranking in the certificate."""


@dataclass(frozen=True, slots=True)
class AnyCertificate:
    """Claims for every number of cells: the pairs, and the certificates of small instances."""

    identity: Identity
    param: str
    claims: tuple[AnyClaim, ...]
    bases: Sequence[Row]
    pairs: Sequence[Pair]
    rungs: Sequence[Rung]
    rankings: Sequence[Ranking]
    instances: Mapping[int, Certificate]
    assuming: tuple[str, ...] = ()
