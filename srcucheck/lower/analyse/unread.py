# SPDX-License-Identifier: MIT
"""Drops what nobody reads: a variable that only feeds itself must not hide a lasso.

Strong liveness over members and locals at once: a store matters if its member is read by a load
that matters, or by a guard or a check.
"""

from collections.abc import Sequence, Set

from srcucheck.ir.expr import Const
from srcucheck.lower.analyse.cells import LIFE
from srcucheck.lower.analyse.constants import NOP, Constants
from srcucheck.lower.analyse.liveness import used
from srcucheck.lower.analyse.locals import reachable, temps
from srcucheck.lower.analyse.sharing import reads
from srcucheck.lower.build.graph import (
    Code,
    Limit,
    Load,
    Node,
    Nop,
    Ref,
    ReturnOp,
    SetLocal,
    Store,
    leaf,
)
from srcucheck.lower.memory import Cell, Key

Needed = Key | tuple[int, int]
"""A member or variable, or a local: (thread, number)."""


def drop_unread(codes: Sequence[Code], constants: Constants, checked: Sequence[Ref]) -> None:
    """Turns stores to members that nobody reads, and loads nobody needs, into nothing."""
    nodes = [(code.thread, node) for code in codes for node in reachable(code)]
    needs: dict[Needed, list[Needed]] = {}
    work: list[Needed] = [r.key for r in checked]
    for thread, node in nodes:
        work += _needs(thread, node, needs, constants)
    found: set[Needed] = set()
    while work:
        item = work.pop()
        if item not in found:
            found.add(item)
            work += needs.get(item, ())
    told = _told(nodes)
    for thread, node in nodes:
        match node.op:
            case SetLocal(var=var, value=Const()) if (thread, var) in told:
                pass
            case _:
                _drop(thread, node, found, constants)


def _told(nodes: Sequence[tuple[int, Node]]) -> Set[tuple[int, int]]:
    """Results that traces show.  Those that are constants live in no state, so they cost none."""
    return {
        (thread, var)
        for thread, node in nodes
        if isinstance(node.op, ReturnOp) and node.op.value is not None
        for var in temps(node.op.value)
    }


def _drop(thread: int, node: Node, needed: Set[Needed], constants: Constants) -> None:
    match node.op:
        case Store(ref=ref) if ref.key not in needed and _harmless(ref, constants):
            node.op = NOP
        case Load(var=var, ref=ref) if (thread, var) not in needed and _harmless(ref, constants):
            node.op = NOP
        case Limit(target=Key() as key) if key not in needed:
            node.op = NOP
        case Limit(target=int() as var) if (thread, var) not in needed:
            node.op = NOP
        case SetLocal(var=var) if (thread, var) not in needed:
            node.op = NOP
        case _:
            pass


def _needs(
    thread: int, node: Node, needs: dict[Needed, list[Needed]], constants: Constants
) -> list[Needed]:
    """Notes what an operation needs if its target is needed; gives what it needs anyhow."""
    op = node.op
    match op:
        case Nop():
            return []
        case SetLocal(var=var, value=value):
            needs.setdefault((thread, var), []).extend((thread, v) for v in temps(value))
            return []
        case Limit(condition=condition, target=target) if target is not None:
            key: Needed = (thread, target) if isinstance(target, int) else target
            needs.setdefault(key, []).extend((thread, v) for v in temps(condition))
            return []
        case Load(var=var, ref=ref):
            wanted: list[Needed] = [(thread, v) for v in temps(leaf(ref))]
            needs.setdefault((thread, var), []).extend((ref.key, *wanted))
            return [] if _harmless(ref, constants) else wanted
        case Store(ref=ref, value=value):
            wanted = [(thread, v) for v in (*temps(leaf(ref)), *temps(value))]
            needs.setdefault(ref.key, []).extend(wanted)
            return [] if _harmless(ref, constants) else wanted
        case _:
            return [*((thread, v) for v in used(node)), *(r.key for r in reads(node))]


def _harmless(ref: Ref, constants: Constants) -> bool:
    """Whether the access itself can be no violation."""
    if ref.key.field == LIFE or ref.address is None:
        return True
    if not isinstance(ref.address, Const) or ref.address.value == 0:
        return False
    thing = constants.cells.memory.at(ref.address.value).object
    if Cell("life", thing.number, "", 0) in constants.written:
        return False
    cells = constants.cells.table(ref).values()
    return not any(Cell("poison", c.owner, c.field, c.place) in constants.written for c in cells)
