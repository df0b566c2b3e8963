# SPDX-License-Identifier: MIT
"""Where steps end: at what others see, at entries that a check names, before a bound."""

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass

from srcucheck.ir.expr import Const
from srcucheck.lower.analyse.locals import reachable
from srcucheck.lower.analyse.sharing import Sharing, fresh_objects
from srcucheck.lower.build.graph import (
    Alloc,
    AwaitOp,
    BoundOp,
    CallOp,
    ChoosePlace,
    Code,
    Enclose,
    Ended,
    Evaluate,
    Free,
    Limit,
    Load,
    Node,
    Nop,
    Passed,
    Poison,
    ReturnOp,
    SetLocal,
    Store,
)


@dataclass(frozen=True, slots=True)
class Watch:
    """Where threads are, as far as checks ask: ``in(f)``, ``ended(t)``, ``started(t)``."""

    functions: frozenset[str]
    ends: frozenset[int]
    starts: frozenset[int]


def plain_steps(code: Code) -> frozenset[int]:
    """What would be a step if nothing were fused or left out; asked before anything is."""
    kinds = Load | Store | Poison | Evaluate | ChoosePlace | Enclose | AwaitOp
    return frozenset(n.number for n in reachable(code) if isinstance(n.op, kinds) and not n.atomic)


def cut_nodes(sharing: Sharing, code: Code, watch: Watch, plain: Set[int]) -> set[int]:
    """Numbers of the nodes before which a step may end, loop turns and ends left out.

    A call of a function that is watched has a step inside at the least.  ``plain``: ``plain_steps``
    of the code, empty if nothing was left out.
    """
    nodes = sharing.nodes[code.thread]
    fresh = fresh_objects(code, nodes) if sharing.world.options.reductions else {}
    none: frozenset[int] = frozenset()
    shared = {n.number for n in nodes if sharing.shared(code.thread, n, fresh.get(n.number, none))}
    cuts: set[int] = set()
    may_report = sharing.constants.may_report
    kind = sharing.world.threads[code.thread].info.kind
    for node in nodes:
        if node.atomic:
            continue
        match node.op:
            case Enclose():
                first = _first_await(node)
                if first is not None:
                    cuts.add(first.number)
                elif _region_matters(node, shared) or not sharing.world.options.reductions:
                    cuts.add(node.number)
            case AwaitOp(guard=guard):
                open_ = isinstance(guard.value, Const) and guard.value.value
                if any(sharing.constants.may_end_badly(a) for a in guard.accesses):
                    open_ = False
                # whether the first step of an interrupt is an await says whether it is owed
                if not open_ or kind == "hardirq" or _region_matters(node, shared):
                    cuts.add(node.number)
            case CallOp(cut=True):
                cuts.add(node.number)
            case _ if node.number in shared:
                cuts.add(node.number)
            case _ if kind == "hardware" and node.frame.parent is None and may_report(node):
                cuts.add(node.number)  # it may stop before, which is a rest: something may leak
            case _:
                pass
    cuts |= _watched(code, nodes, cuts, watch, plain)
    cuts |= _seen_calls(nodes, cuts, watch.functions)
    return cuts | _bounds_behind_writes(code, cuts, shared)


def _watched(
    code: Code, nodes: Sequence[Node], cuts: Set[int], watch: Watch, plain: Set[int]
) -> set[int]:
    """Steps that nobody else could tell, but that keep a thread from where a check looks for it.

    Those behind the last step, before a thread has ended or left a function; those before the
    first, before it has started.
    """
    left = [
        n
        for n in nodes
        if (isinstance(n.op, Ended) and code.thread in watch.ends)
        or (isinstance(n.op, ReturnOp) and n.op.frame.function in watch.functions)
    ]
    found: set[int] = set()
    if left:
        before: dict[int, list[Node]] = {}
        for node in nodes:
            for after in node.succ:
                before.setdefault(after.number, []).append(node)
        found = _until(left, lambda n: before.get(n.number, []), cuts) & plain
    if code.thread in watch.starts:
        found |= _until([code.entry], lambda n: n.succ, cuts) & plain
    begins = [n for n in nodes if n.number in cuts] + [code.entry]
    first = {
        after.number
        for node in _nodes(begins, lambda n: n.succ, cuts | found)
        for after in node.succ
    }
    return found & first  # one step between two that others see is enough


def _until(start: list[Node], follow: Callable[[Node], list[Node]], cuts: Set[int]) -> set[int]:
    """Numbers of what is reached without passing a cut."""
    return {n.number for n in _nodes(start, follow, cuts)}


def _nodes(start: list[Node], follow: Callable[[Node], list[Node]], cuts: Set[int]) -> list[Node]:
    found = {n.number: n for n in start}
    work = list(found.values())
    for one in work:
        for node in follow(one):
            if node.number not in found and node.number not in cuts:
                found[node.number] = node
                work.append(node)
    return work


def _bounds_behind_writes(code: Code, cuts: Set[int], shared: Set[int]) -> set[int]:
    """Bounds that a step would hit after it wrote: what it wrote can be seen before the run is cut.

    Inside of ``atomic`` nobody sees it.
    """
    found: set[int] = set()
    wrote: set[int] = set()
    work = [code.entry]
    seen: set[int] = set()
    while work:
        node = work.pop()
        writes = node.number in shared and isinstance(node.op, Store | Free | Alloc | Poison)
        after = writes or node.number in wrote
        for following in node.succ:
            number = following.number
            if after and number not in cuts and number not in wrote and number not in found:
                op = following.op
                bound = isinstance(op, BoundOp) or (isinstance(op, Limit) and not op.far)
                if bound and not following.atomic:
                    found.add(number)
                else:
                    wrote.add(number)
                    work.append(following)
            if number not in seen:
                seen.add(number)
                work.append(following)
    return found


def _seen_calls(nodes: Sequence[Node], cuts: set[int], named: Set[str]) -> set[int]:
    """Where steps are cut inside of calls that a check names and that would have none."""
    calls = {
        n.op.frame.number: n
        for n in nodes
        if isinstance(n.op, CallOp) and n.op.frame.function in named and not n.atomic
    }
    for node in nodes:
        if node.number in cuts:
            for frame in node.frame.chain():
                calls.pop(frame, None)
    return {n.succ[0].number for n in calls.values() if n.succ}


def _first_await(enclose: Node) -> Node | None:
    """The ``await`` that stands first in ``atomic``."""
    node = enclose
    while True:
        if len(node.succ) != 1:
            return None
        node = node.succ[0]
        if isinstance(node.op, AwaitOp):
            return node
        if isinstance(node.op, Enclose) or _local_only(node):
            continue
        return None


def _region_matters(start: Node, shared: set[int]) -> bool:
    """Whether the atomic region that starts here has a shared access or a wait."""
    return any(
        node.number in shared or isinstance(node.op, AwaitOp)
        for node in atomic_region(start)
        if node is not start
    )


def atomic_region(start: Node) -> Iterator[Node]:
    """The start of ``atomic``, or an ``await``, and what happens in one step with it."""
    yield start
    seen = {start.number}
    stack = list(start.succ)
    while stack:
        node = stack.pop()
        if node.number in seen or not node.atomic:
            continue
        seen.add(node.number)
        yield node
        stack.extend(node.succ)


def _local_only(node: Node) -> bool:
    """Whether an operation touches no memory and decides nothing."""
    return isinstance(node.op, Nop | Passed | SetLocal | CallOp | ReturnOp) and not (
        isinstance(node.op, CallOp) and node.op.cut
    )
