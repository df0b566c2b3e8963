# SPDX-License-Identifier: MIT
"""Which local variables are alive before each operation: bit masks, backwards to a fixpoint."""

from collections.abc import Iterator

from srcucheck.lower.analyse.locals import defined, reachable, temps
from srcucheck.lower.build.graph import (
    AwaitOp,
    Branch,
    ChoosePlace,
    ChooseValue,
    Code,
    Demand,
    Dispatch,
    Evaluate,
    Free,
    Limit,
    Load,
    Look,
    Node,
    Poison,
    Ref,
    Require,
    SetLocal,
    Store,
    Touch,
    Warn,
    leaf,
)


def used(node: Node) -> Iterator[int]:
    """Locals that an operation reads.  What a call returns to a trace does not count."""
    op = node.op
    match op:
        case SetLocal(value=value):
            yield from temps(value)
        case Load(ref=ref) | Poison(ref=ref):
            yield from temps(leaf(ref))
        case Store(ref=ref, value=value):
            yield from temps(leaf(ref))
            yield from temps(value)
        case Touch(address=address) | Free(address=address):
            yield from temps(address)
        case (
            Branch(condition=condition)
            | Warn(condition=condition)
            | Require(condition=condition)
            | Limit(condition=condition)
        ):
            yield from temps(condition)
        case Dispatch(function=function):
            yield from temps(function)
        case ChooseValue(values=values):
            for value in values:
                yield from temps(value)
        case Evaluate(look=look):
            yield from _in_look(look)
        case ChoosePlace(options=options):
            for _, look in options:
                yield from _in_look(look)
        case AwaitOp(guard=guard, holders=holders):
            yield from _in_look(guard)
            for look, _, _ in holders:
                yield from _in_look(look)
        case _:
            pass


def _in_look(look: Look) -> Iterator[int]:
    yield from temps(look.value)
    for access in look.accesses:
        yield from temps(access.condition)
        if isinstance(access, Demand):
            yield from temps(access.test)
        elif isinstance(access.ref, Ref):
            yield from temps(leaf(access.ref))


def bits(mask: int) -> Iterator[int]:
    """Numbers of the bits that are set, from the lowest."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def live_variables(code: Code) -> dict[int, int]:
    """Mask of the locals alive before each reachable node."""
    nodes = reachable(code)
    uses: dict[int, int] = {}
    kills: dict[int, int] = {}
    for node in nodes:
        mask = 0
        for var in used(node):
            mask |= 1 << var
        uses[node.number] = mask
        killed = 0
        for var in defined(node):
            killed |= 1 << var
        kills[node.number] = killed
    live = dict.fromkeys(uses, 0)
    changed = True
    while changed:
        changed = False
        for node in reversed(nodes):
            after = 0
            for to in node.succ:
                after |= live[to.number]
            number = node.number
            before = uses[number] | (after & ~kills[number])
            if before != live[number]:
                live[number] = before
                changed = True
    return live
