# SPDX-License-Identifier: MIT
"""Does a loop over the cells carry something from one turn to the next?  Judged on the text.

A loop inside of one step is unrolled for the few cells that lowering has, and what it counts is
folded away: ``n++`` for each of three cells is 3, whatever ``n`` is compared with.  So nothing that
a turn writes outside of its own cell may be read by another turn.
"""

from collections.abc import Iterator

from srcucheck.base.span import Span
from srcucheck.lang import tree
from srcucheck.lang.effects import Effects
from srcucheck.lang.program import FunctionInfo, Program
from srcucheck.lang.walk import Node, declared_names, root, walk

CARRIED = "a loop over the cells goes on with what an earlier turn has left"


def carried(program: Program, body: tree.Block, counters: set[str]) -> Iterator[Span]:
    """Where loops of a body do so; ``counters`` are the variables that run over the cells."""
    effects = Effects(program.lookup, {})
    atomic = {id(n) for a in walk(body) if isinstance(a, tree.Atomic) for n in walk(a)}
    for node in walk(body):
        match node:
            case tree.ForEach(variable=variable, body=inner):
                yield from _Turn(program, effects, variable, one_step=True).spans(inner)
            case tree.For(step=tree.Increment(target=tree.Name(name=name)), body=inner):
                if name in counters:
                    one_step = id(node) in atomic
                    yield from _Turn(program, effects, name, one_step=one_step).spans(inner)
            case _:
                pass


class _Turn:
    """One turn of a loop; where it is not one step, memory is read and written in steps of its own,
    and only variables can be folded away.
    """

    def __init__(
        self, program: Program, effects: Effects, variable: str, *, one_step: bool
    ) -> None:
        self.program = program
        self.effects = effects
        self.variable = variable
        self.one_step = one_step

    def spans(self, body: Node) -> Iterator[Span]:
        """What it carries."""
        declared = declared_names(body)
        targets: set[int] = set()
        written: set[str] = set()
        for node in walk(body):
            match node:
                case tree.Assign(target=target, op=op, value=value, span=span):
                    if self._own(target, declared):
                        continue
                    element = isinstance(value, tree.Name) and value.name == self.variable
                    if op and not (op in "+-" and element):
                        yield span
                    targets.add(id(target))
                    written.add(_key(target))
                case tree.Increment(target=target, span=span):
                    if not self._own(target, declared):
                        yield span
                case tree.Call(span=span) if self.one_step and not self._looks(node):
                    yield span
                case _:
                    pass
        for node in walk(body):
            if isinstance(node, tree.Name | tree.Member) and id(node) not in targets:
                if _key(node) in written:
                    yield node.span

    def _own(self, target: tree.Expr, declared: set[str]) -> bool:
        """Whether a place belongs to this turn alone: to its cell, or to the body."""
        if isinstance(target, tree.Name):
            return target.name in declared or target.name == self.variable
        if not self.one_step:
            return True
        while isinstance(target, tree.Member | tree.Index):
            inner = target.base
            match target:
                case tree.Index(index=tree.Name(name=self.variable)):
                    return True
                case tree.Member(arrow=True):
                    return isinstance(inner, tree.Name) and inner.name == self.variable
                case _:
                    target = inner
        return False

    def _looks(self, call: tree.Call) -> bool:
        """Whether a call writes nothing."""
        if not isinstance(call.function, tree.Name):
            return False
        found = [self.program.lookup(call.function.name, in_spec) for in_spec in (False, True)]
        return all(
            one is None or (isinstance(one, FunctionInfo) and self.effects.function_only_looks(one))
            for one in found
        )


def _key(target: tree.Expr) -> str:
    """What a place is called: the member, or the variable."""
    while isinstance(target, tree.Index):
        target = target.base
    if isinstance(target, tree.Member):
        return f".{target.name}"
    found = root(target)
    return found.name if isinstance(found, tree.Name) else ""
