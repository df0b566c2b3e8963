# SPDX-License-Identifier: MIT
"""What a certificate holds: claims about the checks of one variant, and what shows each of them.

``docs/proofs.md`` says how it stands in a file.  Engines make proofs, ``certify`` judges them, and
neither knows the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from srcucheck.check.trace import Schedule
from srcucheck.ir.system import State

FORMAT = 1
"""Raised when a reader of the file would have to change."""

Why = Literal["just", "comp", "good"]


@dataclass(frozen=True, slots=True)
class Node:
    """Why no fair run stays in some states for ever; no step inside is one of ``thread``.

    ``just``: it is owed a step in all of them.  ``comp``: a lock could be granted to it in those of
    the node itself, and the nodes below see to the others.  ``good`` (``settles``): they are good.
    """

    parent: int
    """The node above, which is a ``comp``; -1 at the top."""
    why: Why
    thread: int
    """-1 for ``good``."""


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """That no fair run stays in a region: a node for each of its states.

    A step inside the region never leads to a later node of the same level, and where it stays
    in a node it is not a step of the node's thread.
    """

    frame: int | None
    """Whose activation the region is; None where the check has one region only."""
    nodes: tuple[Node, ...]
    of: Sequence[int]
    """For each state of the certificate its node, counted from 1; 0 outside of the region."""

    def way_to(self, node: int) -> tuple[int, ...]:
        """The nodes from the top to one of them, itself included."""
        way: list[int] = []
        while node >= 0:
            way.append(node)
            node = self.nodes[node].parent
        return tuple(way[::-1])


@dataclass(frozen=True, slots=True)
class Closed:
    """All reachable states are among the states of the certificate, and none of them is bad.

    ``witness`` leads to what there was to judge, where a check could be vacuous.
    """

    witness: Schedule | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """That, and in none of the regions a fair run stays for ever."""

    trees: tuple[Tree, ...]
    witness: Schedule | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A run that refutes the check, or shows what ``reachable`` asks for."""

    property: str
    schedule: Schedule


Proof = Closed | Progress | Run
"""Closed: the proofs of another engine are further cases."""


@dataclass(frozen=True, slots=True)
class Proofs:
    """Proofs by the place of their check, over these states, in any order."""

    states: Sequence[State]
    of: Mapping[int, Proof]


Claimed = Literal["holds", "holds_up_to", "fails"]


@dataclass(frozen=True, slots=True)
class Claim:
    """The verdict of a check, and its proof."""

    check: str
    text: str
    verdict: Claimed
    bounds: tuple[str, ...]
    proof: Proof


@dataclass(frozen=True, slots=True)
class Identity:
    """Which system the claims are about.

    ``digest`` is the SHA-256 of all that follows, but for the model's name; ``texts`` are the
    hashes of all files by the role they play (the model's is empty).
    """

    model: str
    digest: str
    semantics: int
    texts: Mapping[str, str]
    values: Mapping[str, str]
    """Params and choices, those of the specs included."""
    reductions: bool
    """Whether accesses that nobody can tell apart share a step."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """All that is claimed of a variant; in a file ``states`` are sorted, each once."""

    identity: Identity
    claims: tuple[Claim, ...]
    states: Sequence[State]
    assuming: tuple[str, ...] = ()
    """Fairness, bounds and the like, for people: ``certify`` says again what it finds itself."""
