# SPDX-License-Identifier: MIT
"""What is known of local variables: who writes them, and which few values they may have."""

from collections.abc import Iterator, Sequence

from srcucheck.ir.expr import (
    Binary,
    Const,
    Expr,
    Ite,
    Lookup,
    Temp,
    Unary,
)
from srcucheck.lang.types import Bool, Int, Type
from srcucheck.lower.build.graph import (
    Alloc,
    ChoosePlace,
    ChooseValue,
    Code,
    Evaluate,
    Load,
    Node,
    Ref,
    SetLocal,
)
from srcucheck.lower.values import is_truth
from srcucheck.lower.world import World


def definitions(code: Code) -> dict[int, int]:
    """How many operations write each local."""
    counts: dict[int, int] = {}
    for node in reachable(code):
        for var in defined(node):
            counts[var] = counts.get(var, 0) + 1
    return counts


def plain(expr: Expr) -> bool:
    """Whether the expression is one of ``ir.expr`` throughout."""
    match expr:
        case Const() | Temp():
            return True
        case Binary(left=left, right=right):
            return plain(left) and plain(right)
        case Unary(operand=operand):
            return plain(operand)
        case _:
            return False


def temps(expr: Expr) -> Iterator[int]:
    """Local variables in an expression."""
    match expr:
        case Temp(number=number):
            yield number
        case Binary(left=left, right=right):
            yield from temps(left)
            yield from temps(right)
        case Unary(operand=operand):
            yield from temps(operand)
        case Ite(condition=condition, then=then, other=other):
            yield from temps(condition)
            yield from temps(then)
            yield from temps(other)
        case Lookup(index=index):
            yield from temps(index)
        case Ref(address=address, index=index):
            if address is not None:
                yield from temps(address)
            if index is not None:
                yield from temps(index)
        case _:
            pass


FEW = 16
"""A local with more possible values than this is not worth looking at."""


def local_values(world: World, nodes: Sequence[Node]) -> dict[int, frozenset[int]]:
    """Possible values of locals, for those that have few; flow-insensitive.

    A local that is not listed may have any value.
    """
    sets: dict[int, set[int] | None] = {}
    copies: list[tuple[int, int]] = []

    def add(var: int, values: set[int] | None) -> None:
        old = sets.setdefault(var, set())
        if old is None:
            return
        if values is None or len(old | values) > FEW:
            sets[var] = None
        else:
            old |= values

    for node in nodes:
        op = node.op
        match op:
            case SetLocal(var=var, value=Const(value=value)):
                add(var, {value})
            case SetLocal(var=var, value=Temp(number=source)):
                add(var, set())
                copies.append((var, source))
            case SetLocal(var=var, value=value):
                add(var, {0, 1} if is_truth(value) else None)
            case Load(var=var, ref=ref):
                add(var, _range(world, ref.type))
            case ChooseValue(var=var, values=values):
                for value in values:
                    add(var, {value.value} if isinstance(value, Const) else None)
            case Evaluate(var=var):
                add(var, {0, 1})
            case _:
                for var in defined(node):
                    add(var, None)
    changed = True
    while changed:
        changed = False
        for var, source in copies:
            before = sets[var]
            size = -1 if before is None else len(before)
            add(var, sets.get(source))
            after = sets[var]
            changed |= size != (-1 if after is None else len(after))
    return {var: frozenset(v) for var, v in sets.items() if v}


def _range(world: World, type_: Type) -> set[int] | None:
    match type_:
        case Bool():
            return {0, 1}
        case Int(low=low, high=high) if low is not None and high is not None:
            first, last = world.constant(low), world.constant(high)
            return set(range(first, last + 1)) if last - first < FEW else None
        case _:
            return None


def reachable(code: Code) -> list[Node]:
    """Nodes reachable from the entry, in order of creation along paths (depth first)."""
    seen = {code.entry.number}
    stack = [code.entry]
    found: list[Node] = []
    while stack:
        node = stack.pop()
        found.append(node)
        for after in reversed(node.succ):
            if after.number not in seen:
                seen.add(after.number)
                stack.append(after)
    return found


def defined(node: Node) -> tuple[int, ...]:
    """Local variables that an operation writes."""
    op = node.op
    if isinstance(op, SetLocal | Load | Alloc | Evaluate | ChooseValue | ChoosePlace):
        return (op.var,)
    return ()
