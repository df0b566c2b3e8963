# SPDX-License-Identifier: MIT
"""Does a param only set sizes, and an index only pick?  Judged on the text, for any number.

Lowering at a few numbers cannot tell: ``if (i == 9)`` is folded away where there are four cells.
So every use of the param, of a replicated thread's own index and of a counter that runs over the
cells must be one of a few forms.
"""

from collections.abc import Iterator

from srcucheck.base.span import Span
from srcucheck.lang import tree
from srcucheck.lang.program import FunctionInfo, Program
from srcucheck.lang.types import Array, Int, Type
from srcucheck.lang.walk import Node, walk
from srcucheck.lower.sweeps import CARRIED, carried
from srcucheck.lower.world import Indexing, mentions

NUMBER = "the number of cells is used as a number"
ORDER = "an index is used as a number, or given away"
COUNTER = "a counter that picks cells does more than run over all of them"


def stops(program: Program, indexing: Indexing) -> tuple[tuple[Span, str], ...]:
    """What keeps the param from being any number, and where."""
    checker = _Uses(program, indexing)
    checker.declarations()
    for body, variable in checker.bodies():
        checker.body(body, variable)
    return tuple(sorted(indexing.stops))


class _Uses:
    """Looks at every use."""

    def __init__(self, program: Program, indexing: Indexing) -> None:
        self.program = program
        self.indexing = indexing
        self.param = indexing.param

    def declarations(self) -> None:
        """Sizes may be the param itself; nothing else outside of bodies may name it."""
        program = self.program
        types = [(g.type, g.span) for g in program.globals]
        types += [(f.type, f.span) for s in program.structs.values() for f in s.fields.values()]
        for type_, span in types:
            self._type(type_, span)
        values = [(g.value, g.span) for g in program.globals]
        values += [(f.default, f.span) for s in program.structs.values() for f in s.fields.values()]
        values += [(p.count, p.span) for p in program.pools.values()]
        values += [(p.value, p.span) for p in program.params.values()]
        values += [(c.subject, c.span) for c in program.checks]
        for value, span in values:
            if mentions(value, self.param):
                self.indexing.stop(span, NUMBER)
        for variable in program.globals:
            if variable.value is not None and self.indexing.sized(variable.type):
                self.indexing.stop(variable.span, "elements start with values of their own")
        for thread in program.threads:
            domain = thread.domain
            if domain is not None and not isinstance(domain, str | tree.Name):
                if mentions(domain, self.param):
                    self.indexing.stop(thread.span, NUMBER)

    def _type(self, type_: Type, span: Span) -> None:
        sized = 0
        while isinstance(type_, Array):
            if mentions(type_.length, self.param):
                sized += 1
                if not isinstance(type_.length, tree.Name):
                    self.indexing.stop(span, NUMBER)
            type_ = type_.element
        if isinstance(type_, Int):
            if mentions(type_.low, self.param) or mentions(type_.high, self.param):
                self.indexing.stop(span, NUMBER)
        if sized > 1:
            self.indexing.stop(span, "this belongs to two of the cells at once")

    def bodies(self) -> Iterator[tuple[tree.Block, str]]:
        """Every body, and the index of the thread whose it is."""
        program = self.program
        for thread in program.threads:
            own = isinstance(thread.domain, tree.Name) and thread.domain.name == self.param
            yield thread.body, thread.variable if own else ""
        seen: set[int] = set()
        for symbol in (*program.model_names.values(), *program.spec_names.values()):
            if isinstance(symbol, FunctionInfo) and symbol.body is not None:
                if id(symbol.body) not in seen:
                    seen.add(id(symbol.body))
                    yield symbol.body, ""
        for events in program.events.values():
            for one in events:
                yield one.body, ""
        for block, _ in program.inits:
            yield block, ""

    def body(self, body: tree.Block, variable: str) -> None:
        """All uses in one body."""
        counters = {name for span, name in self.indexing.names.items() if _within(span, body.span)}
        allowed: set[Span] = set()
        sizes: set[Span] = set()
        for node in walk(body):
            if isinstance(node, tree.For):
                allowed |= self._header(node, counters, sizes)
            if isinstance(node, tree.Index) and isinstance(node.index, tree.Name):
                if node.index.name in counters or node.index.name == variable:
                    allowed.add(node.index.span)
        for node in walk(body):
            self._use(node, variable, counters, allowed)
        for span in carried(self.program, body, counters):
            self.indexing.stop(span, CARRIED)
        for span in self.indexing.sizes:
            if _within(span, body.span) and span not in sizes:
                self.indexing.stop(span, NUMBER)

    def _use(self, node: Node, variable: str, counters: set[str], allowed: set[Span]) -> None:
        match node:
            case tree.Name(name=name, span=span) if span not in allowed:
                if name == self.param:
                    self.indexing.stop(span, NUMBER)
                elif name == variable and variable:
                    self.indexing.stop(span, ORDER)
                elif name in counters:
                    self.indexing.stop(span, COUNTER)
            case tree.Declarator(name=name, span=span, value=value) if value is not None:
                if name in counters:
                    self.indexing.stop(span, COUNTER)
            case _:
                pass

    def _header(self, loop: tree.For, counters: set[str], sizes: set[Span]) -> set[Span]:
        """The names in ``for (i = 0; i < ARRAY_SIZE(a); i++)`` over the cells; () if it is none."""
        start, condition, step = loop.start, loop.condition, loop.step
        match start, condition, step:
            case (
                tree.ExprStatement(
                    expression=tree.Assign(
                        target=tree.Name(name=name) as first, op="", value=tree.Number(value=0)
                    )
                ),
                tree.Binary(op="<", left=tree.Name(name=second) as left, right=bound),
                tree.Increment(target=tree.Name(name=third) as last, op="++"),
            ) if name == second == third and name in counters:
                found = {first.span, left.span, last.span}
                match bound:
                    case tree.Name(name=self.param):
                        found.add(bound.span)
                    case tree.Call(function=tree.Name(name="ARRAY_SIZE"), arguments=(array,)):
                        sizes.add(array.span)
                    case _:
                        return set()
                return found
            case _:
                return set()


def _within(inner: Span, outer: Span) -> bool:
    return inner.file == outer.file and outer.start <= inner.start and inner.end <= outer.end
