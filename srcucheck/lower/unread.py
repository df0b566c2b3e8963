# SPDX-License-Identifier: MIT
"""Drops what nobody reads: a variable that only feeds itself must not hide a lasso.

Strong liveness over members and locals at once: a store matters if its member is read by a load
that matters, or by a guard or a check.
"""

from collections.abc import Sequence

from srcucheck.ir.expr import Const
from srcucheck.lower.constants import LIFE, Constants, reachable, temps
from srcucheck.lower.graph import (
    Code,
    Limit,
    Load,
    Node,
    Nop,
    Ref,
    SetLocal,
    Store,
    leaf,
)
from srcucheck.lower.liveness import used
from srcucheck.lower.memory import Cell, Key
from srcucheck.lower.sharing import reads


def drop_unread(codes: Sequence[Code], constants: Constants, checked: Sequence[Ref]) -> None:
    """Turns stores to members that nobody reads, and loads nobody needs, into nothing."""
    nodes = [(code.thread, node) for code in codes for node in reachable(code)]
    keys: set[Key] = {r.key for r in checked}
    variables: set[tuple[int, int]] = set()
    changed = True
    while changed:
        before = len(keys) + len(variables)
        for thread, node in nodes:
            _mark(thread, node, keys, variables, constants)
        changed = len(keys) + len(variables) > before
    for thread, node in nodes:
        op = node.op
        match op:
            case Store(ref=ref) if ref.key not in keys and _harmless(ref, constants):
                node.op = Nop()
            case Load(var=var, ref=ref) if (thread, var) not in variables and _harmless(
                ref, constants
            ):
                node.op = Nop()
            case Limit(target=Key() as key) if key not in keys:
                node.op = Nop()
            case Limit(target=int() as var) if (thread, var) not in variables:
                node.op = Nop()
            case SetLocal(var=var) if (thread, var) not in variables:
                node.op = Nop()
            case _:
                pass


def _mark(
    thread: int,
    node: Node,
    keys: set[Key],
    variables: set[tuple[int, int]],
    constants: Constants,
) -> None:
    op = node.op
    match op:
        case SetLocal(var=var, value=value):
            if (thread, var) in variables:
                variables.update((thread, v) for v in temps(value))
        case Limit(target=Key() as key) if key not in keys:
            pass
        case Limit(target=int() as var) if (thread, var) not in variables:
            pass
        case Load(var=var, ref=ref):
            needed = (thread, var) in variables
            if needed:
                keys.add(ref.key)
            if needed or not _harmless(ref, constants):
                variables.update((thread, v) for v in temps(leaf(ref)))
        case Store(ref=ref, value=value):
            if ref.key in keys:
                variables.update((thread, v) for v in temps(value))
            if ref.key in keys or not _harmless(ref, constants):
                variables.update((thread, v) for v in used(node) if v in set(temps(leaf(ref))))
                if not _harmless(ref, constants):
                    variables.update((thread, v) for v in temps(value))
        case _:
            variables.update((thread, v) for v in used(node))
            keys.update(r.key for r in reads(node))


def _harmless(ref: Ref, constants: Constants) -> bool:
    """Whether the access itself can be no violation."""
    if ref.key.field == LIFE or ref.address is None:
        return True
    if not isinstance(ref.address, Const) or ref.address.value == 0:
        return False
    thing = constants.cells.memory.at(ref.address.value).object
    return Cell("life", thing.number, "", 0) not in constants.written
