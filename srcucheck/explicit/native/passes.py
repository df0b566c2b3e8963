# SPDX-License-Identifier: MIT
"""Passes over the edges of a finished search, compiled as ``kernels`` are.

Edges of state i are ``first[i] .. first[i + 1]``; ``dead[k]`` says that edges of kind k lead
nowhere (a view's bounds), ``cut[k]`` that they do not count where a region is judged.
Masks of threads take ``MASKS`` words, one row per kind.
"""

from srcucheck.explicit.native.script import I32s, I64s, U8s

MASKS = 1


def relevelled(
    first: I64s,
    targets: I32s,
    kinds: I32s,
    dead: U8s,
    expanded: int,
    starts: int,
    queue: I32s,
    level: I32s,
) -> int:
    """Levels of a view; ``queue`` begins with the initial states.  Gives the states there are."""
    head = 0
    tail = starts
    while head < tail:
        s = queue[head]
        head += 1
        if s >= expanded:
            continue
        for e in range(first[s], first[s + 1]):
            t = targets[e]
            if t >= 0 and dead[kinds[e]] == 0 and level[t] < 0:
                level[t] = level[s] + 1
                queue[tail] = t
                tail += 1
    return tail


def above(
    first: I64s,
    targets: I32s,
    kinds: I32s,
    dead: U8s,
    threads: I32s,
    expanded: int,
    shift: int,
    level: I32s,
    at: I64s,
    entries: I64s,
    fill: int,
) -> int:
    """Edges on shortest paths, by where they lead: counts them in ``at``, or fills ``entries``."""
    for s in range(expanded):
        deeper = level[s] + 1
        if deeper > 0:
            for e in range(first[s], first[s + 1]):
                t = targets[e]
                if t >= 0 and level[t] == deeper and dead[kinds[e]] == 0:
                    if fill != 0:
                        entries[at[t]] = (s << shift) | threads[kinds[e]]
                    at[t] += 1
    return 0


def components(
    first: I64s,
    targets: I32s,
    kinds: I32s,
    dead: U8s,
    cut: U8s,
    members: I32s,
    count: int,
    inside: U8s,
    number: I32s,
    low: I32s,
    comp: I32s,
    stack: I32s,
    work: I32s,
    edge: I64s,
) -> int:
    """Strongly connected components with steps among some states, by Tarjan (1972).

    ``inside`` marks the members; ``comp`` becomes the number of a component, or -1 where a state
    is alone and has no step to itself.  Gives how many there are.
    """
    for i in range(count):
        number[members[i]] = 0
        comp[members[i]] = -1
    found = 0
    next = 1
    top = 0
    for i in range(count):
        root = members[i]
        if number[root] != 0:
            continue
        depth = 0
        work[0] = root
        number[root] = next
        low[root] = next
        next += 1
        edge[root] = first[root]
        stack[top] = root
        top += 1
        while depth >= 0:
            s = work[depth]
            e = edge[s]
            if e < first[s + 1]:
                edge[s] = e + 1
                t = targets[e]
                if t < 0 or dead[kinds[e]] != 0 or cut[kinds[e]] != 0:
                    continue
                if inside[t] == 0:
                    continue
                if number[t] == 0:
                    number[t] = next
                    low[t] = next
                    next += 1
                    edge[t] = first[t]
                    stack[top] = t
                    top += 1
                    depth += 1
                    work[depth] = t
                elif number[t] < low[s]:
                    low[s] = number[t]
                continue
            depth -= 1
            if depth >= 0:
                p = work[depth]
                if low[s] < low[p]:
                    low[p] = low[s]
            if low[s] != number[s]:
                continue
            alone = 0
            if stack[top - 1] == s:
                alone = 1
                for k in range(first[s], first[s + 1]):
                    if targets[k] == s and dead[kinds[k]] == 0 and cut[kinds[k]] == 0:
                        alone = 0
            label = found
            if alone != 0:
                label = -1
            else:
                found += 1
            while 1:
                top -= 1
                t = stack[top]
                comp[t] = label
                number[t] = 2147483647
                if t == s:
                    break
    return found


def duties(
    first: I64s,
    targets: I32s,
    kinds: I32s,
    dead: U8s,
    cut: U8s,
    members: I32s,
    count: int,
    inside: U8s,
    comp: I32s,
    thread_masks: I64s,
    owed_masks: I64s,
    strong_masks: I64s,
    taken: I64s,
    always: I64s,
    could: I64s,
) -> int:
    """Of each component: who steps inside, who is owed in all its states, who could get a lock."""
    for i in range(count):
        s = members[i]
        c = comp[s]
        if c < 0:
            continue
        for w in range(MASKS):
            owe = 0
            strong = 0
            steps = 0
            for e in range(first[s], first[s + 1]):
                row = kinds[e] * MASKS + w
                owe = owe | owed_masks[row]
                strong = strong | strong_masks[row]
                t = targets[e]
                if t >= 0 and dead[kinds[e]] == 0 and cut[kinds[e]] == 0:
                    if inside[t] != 0 and comp[t] == c:
                        steps = steps | thread_masks[row]
            taken[c * MASKS + w] = taken[c * MASKS + w] | steps
            always[c * MASKS + w] = always[c * MASKS + w] & owe
            could[c * MASKS + w] = could[c * MASKS + w] | strong
    return 0


def kept(
    first: I64s,
    kinds: I32s,
    members: I32s,
    count: int,
    comp: I32s,
    fate: U8s,
    strong_masks: I64s,
    taken: I64s,
    rest: I32s,
) -> int:
    """The members to decompose again: of starved components (fate 2), who could get no lock."""
    left = 0
    for i in range(count):
        s = members[i]
        c = comp[s]
        if c < 0:
            continue
        if fate[c] != 2:
            continue
        starved = 0
        for w in range(MASKS):
            strong = 0
            for e in range(first[s], first[s + 1]):
                strong = strong | strong_masks[kinds[e] * MASKS + w]
            if (strong & ~taken[c * MASKS + w]) != 0:
                starved = 1
        if starved == 0:
            rest[left] = s
            left += 1
    return left


def hopeful(first: I64s, targets: I32s, kinds: I32s, without: U8s, expanded: int, hope: U8s) -> int:
    """One sweep: who has an edge (not one of ``without``) to a state with hope gets some."""
    changed = 0
    s = expanded - 1
    while s >= 0:
        if hope[s] == 0:
            for e in range(first[s], first[s + 1]):
                t = targets[e]
                if t >= 0 and without[kinds[e]] == 0:
                    if hope[t] != 0:
                        hope[s] = 1
            changed += hope[s]
        s -= 1
    return changed


def armed(
    first: I64s,
    targets: I32s,
    kinds: I32s,
    dead: U8s,
    expanded: int,
    starts: int,
    trigger: U8s,
    goal: U8s,
    queue: I32s,
    level: I32s,
) -> int:
    """Levels of the graph with one bit, as ``paths.Armed`` has it; gives the nodes there are."""
    head = 0
    tail = starts
    while head < tail:
        node = queue[head]
        head += 1
        s = node >> 1
        if s >= expanded:
            continue
        for e in range(first[s], first[s + 1]):
            t = targets[e]
            if t >= 0 and dead[kinds[e]] == 0:
                after = t * 2 + (((node & 1) | trigger[t]) & (goal[t] ^ 1))
                if level[after] < 0:
                    level[after] = level[node] + 1
                    queue[tail] = after
                    tail += 1
    return tail


def armed_above(
    first: I64s,
    targets: I32s,
    kinds: I32s,
    dead: U8s,
    threads: I32s,
    expanded: int,
    shift: int,
    trigger: U8s,
    goal: U8s,
    level: I32s,
    at: I64s,
    entries: I64s,
    fill: int,
) -> int:
    """Edges on shortest paths in that graph, by where they lead, as ``above``."""
    for node in range(2 * expanded):
        deeper = level[node] + 1
        if deeper > 0:
            s = node >> 1
            for e in range(first[s], first[s + 1]):
                t = targets[e]
                if t >= 0 and dead[kinds[e]] == 0:
                    after = t * 2 + (((node & 1) | trigger[t]) & (goal[t] ^ 1))
                    if level[after] == deeper:
                        if fill != 0:
                            entries[at[after]] = (node << shift) | threads[kinds[e]]
                        at[after] += 1
    return 0


def spread(words: I64s, count: int, width: int, word: int, shift: int, mask: int, seen: U8s) -> int:
    """Marks the values of one slot (those stored) that occur."""
    for i in range(count):
        seen[(words[i * width + word] >> shift) & mask] = 1
    return 0
