# SPDX-License-Identifier: MIT
"""Functions are inlined, so none may come back to itself, and all calls together have an end.

The key is (function, its function-valued arguments): ``kref_put`` inside a release that
``kref_put`` called is legal.  Calls through stored pointers are known only later: ``lower`` looks
at those.
"""

from collections.abc import Mapping

from srcucheck.base.diagnostic import Note
from srcucheck.base.span import Span
from srcucheck.lang import tree
from srcucheck.lang.findings import Findings
from srcucheck.lang.program import ChoiceInfo, FunctionInfo, Program
from srcucheck.lang.types import Func
from srcucheck.lang.walk import declared_names, walk

Key = tuple[str, bool, tuple["Key | None", ...]]
"""Name, whether it is a spec's, and the functions given for its function parameters."""

MAX_DEPTH = 200
"""Function arguments that nest deeper than this grow for ever."""


MOST_CALLS = 100_000
"""Functions that call two others double what is inlined; more than this would never be lowered."""


class Recursion:
    """Follows calls from the model's own code."""

    __slots__ = ("_cycles", "_done", "_findings", "_own_files", "_program", "_specs_too", "_stack")

    def __init__(
        self, program: Program, findings: Findings, specs_too: bool, own_files: frozenset[str]
    ) -> None:
        self._own_files = own_files
        self._program = program
        self._findings = findings
        self._specs_too = specs_too
        self._stack: list[tuple[Key, Span]] = []
        self._done: dict[Key, int] = {}
        """How many calls each makes, with those of what it calls."""
        self._cycles: set[frozenset[str]] = set()

    def check(self) -> None:
        """Report each cycle once, at the call that closes it."""
        for symbol in (*self._program.model_names.values(), *self._program.spec_names.values()):
            if not isinstance(symbol, FunctionInfo) or symbol.body is None:
                continue
            if self._specs_too or not symbol.in_spec:
                unknown = tuple(None for _, t in symbol.parameters if isinstance(t, Func))
                self._visit((symbol.name, symbol.in_spec, unknown), symbol.span)
        for thread in self._program.threads:
            if self._specs_too or not thread.in_spec:
                calls = self._calls(thread.body, thread.in_spec, {})
                if calls > MOST_CALLS and not self._cycles:
                    message = f"'{thread.name}' makes {calls:,} calls, and all are inlined."
                    self._findings.add("E528", message, thread.span)
        for ons in self._program.events.values():
            for on in ons:
                if self._specs_too or not on.in_spec:
                    self._stack.append(((f"on {on.event}", on.in_spec, ()), on.body.span))
                    self._calls(on.body, on.in_spec, {})
                    self._stack.pop()
        for body, in_spec in self._program.inits:
            self._calls(body, in_spec, {})

    def _visit(self, key: Key, call: Span) -> int:
        keys = [k for k, _ in self._stack]
        if key in keys:
            self._report(keys.index(key), key, call)
            return 0
        if key in self._done or len(self._stack) > MAX_DEPTH:
            return self._done.get(key, 0)
        self._done[key] = 0
        name, in_spec, given = key
        symbol = self._program.lookup(name, in_spec)
        if not isinstance(symbol, FunctionInfo) or symbol.body is None:
            return 0
        names = [n for n, t in symbol.parameters if isinstance(t, Func)]
        self._stack.append((key, call))
        calls = self._calls(symbol.body, symbol.in_spec, dict(zip(names, given, strict=False)))
        self._stack.pop()
        self._done[key] = calls
        return calls

    def _calls(self, body: tree.Block, in_spec: bool, given: Mapping[str, Key | None]) -> int:
        hidden = declared_names(body)
        calls = 0
        for node in walk(body):
            if not isinstance(node, tree.Call) or not isinstance(node.function, tree.Name):
                continue
            name = node.function.name
            if name in hidden:
                continue
            calls += 1
            if name in given:
                key = given[name]
                if key is not None:
                    calls += self._visit(key, node.span)
                continue
            symbol = self._program.lookup(name, in_spec)
            match symbol:
                case FunctionInfo():
                    calls += self._function(node, symbol, in_spec, given)
                case ChoiceInfo():
                    found = [self._program.lookup(str(a), in_spec) for a in symbol.alternatives]
                    functions = [f for f in found if isinstance(f, FunctionInfo)]
                    each = [self._function(node, f, in_spec, given) for f in functions]
                    calls += max(each, default=0)
                case tree.EventDecl():
                    calls += self._event(node, name)
                case _:
                    pass
        return calls

    def _function(
        self,
        call: tree.Call,
        function: FunctionInfo,
        in_spec: bool,
        given: Mapping[str, Key | None],
    ) -> int:
        lists: list[list[Key | None]] = [[]]
        for (_, wanted), argument in zip(function.parameters, call.arguments, strict=False):
            if isinstance(wanted, Func):
                values = self._values(argument, in_spec, given)
                lists = [[*done, value] for done in lists for value in values]
        name, spec = function.name, function.in_spec
        return max(self._visit((name, spec, tuple(values)), call.span) for values in lists[:64])

    def _values(
        self, argument: tree.Expr, in_spec: bool, given: Mapping[str, Key | None]
    ) -> list[Key | None]:
        """The functions that an argument may be."""
        match argument:
            case tree.Name(name=name):
                if name in given:
                    return [given[name]]
                symbol = self._program.lookup(name, in_spec)
                names = [name]
                if isinstance(symbol, ChoiceInfo):
                    names = [str(a) for a in symbol.alternatives]
                found = [self._program.lookup(n, in_spec) for n in names]
                functions = [f for f in found if isinstance(f, FunctionInfo)]
                keys: list[Key | None] = [
                    (f.name, f.in_spec, tuple(None for _, t in f.parameters if isinstance(t, Func)))
                    for f in functions
                ]
                return keys or [None]
            case tree.AddressOf(operand=operand):
                return self._values(operand, in_spec, given)
            case tree.Conditional(then=then, other=other):
                return self._values(then, in_spec, given) + self._values(other, in_spec, given)
            case _:
                return [None]

    def _event(self, call: tree.Call, name: str) -> int:
        key: Key = (f"on {name}", False, ())
        open_events = [k[0] for k, _ in self._stack]
        if key[0] in open_events:
            self._report(open_events.index(key[0]), key, call.span)
            return 0
        if key not in self._done:
            self._done[key] = 0
            self._stack.append((key, call.span))
            ons = self._program.events.get(name, ())
            self._done[key] = sum(self._calls(on.body, on.in_spec, {}) for on in ons)
            self._stack.pop()
        return self._done[key]

    def _report(self, start: int, key: Key, call: Span) -> None:
        cycle = [*(k for k, _ in self._stack[start:]), key]
        names = frozenset(k[0] for k in cycle)
        if names in self._cycles:
            return
        self._cycles.add(names)
        shown = " -> ".join(_show(k) for k in cycle)
        calls = [*self._stack[start + 1 :], (key, call)]
        own = [span for _, span in calls if span.file in self._own_files]
        call = own[-1] if own else call
        notes = [Note(f"calls {_show(k)}", span) for k, span in calls if span != call]
        message = f"Functions are inlined, and these call each other for ever: {shown}."
        self._findings.add("E311", message, call, *notes)


def _show(key: Key) -> str:
    name, _, given = key
    if name.startswith("on "):
        return f"'{name}'"
    known = ", ".join(k[0] for k in given if k is not None)
    return f"{name}({known})" if known else name
