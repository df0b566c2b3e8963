# SPDX-License-Identifier: MIT
"""What compiled code says when it stops, and the cells through which it is told and tells."""

from collections.abc import Mapping
from enum import IntEnum


class Stop(IntEnum):
    """Why compiled code came back; those below 0 come from the expansion of one state."""

    DONE = 0
    """All states are expanded."""
    PAUSE = 1
    """As many states were expanded as were asked for."""
    ROOM = 2
    """An array or the table is full."""
    LIMIT = 3
    """There are as many states as the budget allows."""
    FULL = -1
    """One state has more successors than there is room for."""
    KINDS = -2
    """The table of kinds is full."""
    RANGE = -3
    """Slot ``DETAIL`` got the value ``VALUE``, for which there are no bits."""
    OVERFLOW = -4
    """A result takes more than 64 bits."""
    ENDLESS = -5
    """A loop at site ``DETAIL`` does not end."""
    MIXED = -6
    """Thread ``DETAIL`` has owed and unowed actions enabled."""
    NOWHERE = -7
    """Thread ``DETAIL`` stands at no location."""
    DEEP = -8
    """One step makes more choices than there is room for."""


class Cell(IntEnum):
    """Places in the array that a search and its code share."""

    HERE = 0
    """States that are expanded."""
    TOTAL = 1
    EDGES = 2
    STATE_ROOM = 3
    EDGE_ROOM = 4
    TABLE_ROOM = 5
    """So many states, and the table has to grow."""
    KINDS = 6
    """Kinds of edges that are known."""
    KIND_ROOM = 7
    DETAIL = 8
    VALUE = 9
    LEVELS = 10
    """How many levels have begun."""
    LEVEL_ROOM = 11
    LIMIT = 12
    """As many states as there may be."""
    LEVEL_END = 13
    """The first state of the level after the one that is expanded."""
    KEEP = 14
    """Whether edges are kept; if not, going through the states again makes them."""
    OWED = 15
    """Whether the state that is expanded has an owed action enabled."""
    SIZE = 16


CONSTANTS: Mapping[str, int] = {
    **{member.name: member.value for member in Stop},
    **{f"C_{member.name}": member.value for member in Cell},
}
"""As kernels call them."""
