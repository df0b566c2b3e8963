# SPDX-License-Identifier: MIT
"""The search itself, the same for all models; ``script`` compiles it, for each number of words.

A batch of states is expanded, and the places of their successors in the table are asked for before
the first of them is looked up.  An entry of the table is 0, or the upper half of a state's hash and
the state's number plus one; the states themselves stand in order of discovery.
"""

from srcucheck.explicit.native.codes import Cell, Stop
from srcucheck.explicit.native.script import I32s, I64s, U8s, below, expand, prefetch

WORDS = 1
"""Words of a state: another number in compiled code, as those below."""
KIND_WORDS = 1
STRIDE = 3

BATCH = 64
"""States that are expanded together."""
OUT = 4096
"""Successors there is room for."""

MIX = -7046029254386353131
MIX2 = -4265267296055464877
UPPER = -4294967296
LOWER = 4294967295

PAUSE: int = Stop.PAUSE
DONE: int = Stop.DONE
ROOM: int = Stop.ROOM
LIMIT: int = Stop.LIMIT
C_HERE, C_TOTAL, C_EDGES, C_KINDS = Cell.HERE, Cell.TOTAL, Cell.EDGES, Cell.KINDS
C_STATE_ROOM, C_EDGE_ROOM, C_TABLE_ROOM = Cell.STATE_ROOM, Cell.EDGE_ROOM, Cell.TABLE_ROOM
C_KIND_ROOM, C_LIMIT, C_LEVELS, C_LEVEL_ROOM = (
    Cell.KIND_ROOM, Cell.LIMIT, Cell.LEVELS, Cell.LEVEL_ROOM,
)  # fmt: skip
C_LEVEL_END, C_KEEP, C_OWED = Cell.LEVEL_END, Cell.KEEP, Cell.OWED


def hashed(state: I64s) -> int:
    """A hash of a packed state."""
    h = state[0] * MIX
    h = h ^ (h >> 32)
    for i in range(1, WORDS):
        h = (h ^ state[i]) * MIX
        h = h ^ (h >> 29)
    h = h * MIX2
    return h ^ (h >> 31)


def intern(control: I64s, kinds: I64s, heads: I64s, action: int, bits: I64s) -> int:
    """The kind of an edge of this action with these label bits; -1 if there is no room for it."""
    kind = heads[action]
    while kind >= 0:
        same = 1
        for i in range(KIND_WORDS):
            if kinds[kind * STRIDE + 2 + i] != bits[i]:
                same = 0
        if same != 0:
            return kind
        kind = kinds[kind * STRIDE + 1]
    kind = control[C_KINDS]
    if kind >= control[C_KIND_ROOM]:
        return -1
    kinds[kind * STRIDE] = action
    kinds[kind * STRIDE + 1] = heads[action]
    for i in range(KIND_WORDS):
        kinds[kind * STRIDE + 2 + i] = bits[i]
    heads[action] = kind
    control[C_KINDS] = kind + 1
    return kind


def explore(
    control: I64s,
    words: I64s,
    table: I64s,
    mask: int,
    first: I64s,
    targets: I32s,
    edge_kinds: I32s,
    quiet: U8s,
    seen: I64s,
    seen_at: I64s,
    levels: I64s,
    out: I64s,
    tags: I32s,
    hashes: I64s,
    counts: I64s,
    kinds: I64s,
    heads: I64s,
    pause: int,
) -> int:
    """Goes on with the search until ``pause`` states are expanded, or something has to be done.

    ``seen[k]`` becomes the first edge of kind k plus one, ``seen_at[k]`` its state; ``levels[d]``
    the first state of a level.
    """
    here = control[C_HERE]
    total = control[C_TOTAL]
    edges = control[C_EDGES]
    level_end = control[C_LEVEL_END]
    limit = control[C_LIMIT]
    keep = control[C_KEEP]
    why = PAUSE
    while 1:
        if here >= total:
            why = DONE
            break
        if here >= pause:
            why = PAUSE
            break
        if total >= limit:
            why = LIMIT
            break
        if (
            total + OUT > control[C_STATE_ROOM]
            or edges + OUT > control[C_EDGE_ROOM]
            or total + OUT > control[C_TABLE_ROOM]
            or control[C_LEVELS] + BATCH > control[C_LEVEL_ROOM]
        ):
            why = ROOM
            break
        ahead = here
        filled = 0
        while ahead < total and ahead < pause and ahead - here < BATCH:
            control[C_OWED] = 0
            got = expand(
                below(words, ahead * WORDS),
                below(out, filled * WORDS),
                below(tags, filled),
                OUT - filled,
                control,
                kinds,
                heads,
            )
            if got < 0:
                if ahead == here:
                    why = got
                break
            counts[ahead - here] = got * 2 + control[C_OWED]
            for i in range(filled, filled + got):
                h = hashed(below(out, i * WORDS))
                hashes[i] = h
                prefetch(table, h & mask)
            filled += got
            ahead += 1
        if why < 0:
            break
        for i in range(filled):
            entry = table[hashes[i] & mask]
            if ((entry ^ hashes[i]) & UPPER) == 0:
                prefetch(words, ((entry & LOWER) - 1) * WORDS)
        done = 0
        turn = 0
        stop = 0
        while here < ahead and stop == 0:
            if here == level_end:
                levels[control[C_LEVELS]] = total
                control[C_LEVELS] += 1
                level_end = total
            last = done + (counts[turn] >> 1)
            for i in range(done, last):
                tag = tags[i]
                target = -1
                if tag < 0:
                    tag = ~tag
                else:
                    h = hashes[i]
                    at = h & mask
                    while 1:
                        entry = table[at]
                        if entry == 0:
                            table[at] = (h & UPPER) | (total + 1)
                            for k in range(WORDS):
                                words[total * WORDS + k] = out[i * WORDS + k]
                            target = total
                            total += 1
                            break
                        if ((entry ^ h) & UPPER) == 0:
                            target = (entry & LOWER) - 1
                            same = 1
                            for k in range(WORDS):
                                if words[target * WORDS + k] != out[i * WORDS + k]:
                                    same = 0
                            if same != 0:
                                break
                        at = (at + 1) & mask
                if seen[tag] == 0:
                    seen[tag] = edges + 1
                    seen_at[tag] = here
                if keep != 0:
                    targets[edges] = target
                    edge_kinds[edges] = tag
                edges += 1
            quiet[here] = (counts[turn] & 1) ^ 1
            done = last
            turn += 1
            here += 1
            if keep != 0:
                first[here] = edges
            if total >= limit:
                stop = 1
    control[C_HERE] = here
    control[C_TOTAL] = total
    control[C_EDGES] = edges
    control[C_LEVEL_END] = level_end
    return why


def entered(words: I64s, start: int, stop: int, table: I64s, mask: int) -> int:
    """Puts states that are all different into a table that has room for them."""
    ahead = start
    for number in range(start, stop):
        while ahead < stop and ahead < number + BATCH:
            prefetch(table, hashed(below(words, ahead * WORDS)) & mask)
            ahead += 1
        h = hashed(below(words, number * WORDS))
        at = h & mask
        while table[at] != 0:
            at = (at + 1) & mask
        table[at] = (h & UPPER) | (number + 1)
    return 0


def number_of(state: I64s, words: I64s, table: I64s, mask: int) -> int:
    """The number of a state, or -1."""
    h = hashed(state)
    at = h & mask
    while table[at] != 0:
        entry = table[at]
        if ((entry ^ h) & UPPER) == 0:
            target = (entry & LOWER) - 1
            same = 1
            for k in range(WORDS):
                if words[target * WORDS + k] != state[k]:
                    same = 0
            if same != 0:
                return target
        at = (at + 1) & mask
    return -1
