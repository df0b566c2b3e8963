# SPDX-License-Identifier: MIT
"""Functions are inlined, so none may come back to itself.

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
        self._done: set[Key] = set()
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
                self._calls(thread.body, thread.in_spec, {})
        for ons in self._program.events.values():
            for on in ons:
                if self._specs_too or not on.in_spec:
                    self._stack.append(((f"on {on.event}", on.in_spec, ()), on.body.span))
                    self._calls(on.body, on.in_spec, {})
                    self._stack.pop()
        for body, in_spec in self._program.inits:
            self._calls(body, in_spec, {})

    def _visit(self, key: Key, call: Span) -> None:
        keys = [k for k, _ in self._stack]
        if key in keys:
            self._report(keys.index(key), key, call)
            return
        if key in self._done or len(self._stack) > MAX_DEPTH:
            return
        self._done.add(key)
        name, in_spec, given = key
        symbol = self._program.lookup(name, in_spec)
        if not isinstance(symbol, FunctionInfo) or symbol.body is None:
            return
        names = [n for n, t in symbol.parameters if isinstance(t, Func)]
        self._stack.append((key, call))
        self._calls(symbol.body, symbol.in_spec, dict(zip(names, given, strict=False)))
        self._stack.pop()

    def _calls(self, body: tree.Block, in_spec: bool, given: Mapping[str, Key | None]) -> None:
        hidden = declared_names(body)
        for node in walk(body):
            if not isinstance(node, tree.Call) or not isinstance(node.function, tree.Name):
                continue
            name = node.function.name
            if name in hidden:
                continue
            if name in given:
                key = given[name]
                if key is not None:
                    self._visit(key, node.span)
                continue
            symbol = self._program.lookup(name, in_spec)
            match symbol:
                case FunctionInfo():
                    self._function(node, symbol, in_spec, given)
                case ChoiceInfo():
                    for alternative in symbol.alternatives:
                        called = self._program.lookup(str(alternative), in_spec)
                        if isinstance(called, FunctionInfo):
                            self._function(node, called, in_spec, given)
                case tree.EventDecl():
                    self._event(node, name)
                case _:
                    pass

    def _function(
        self,
        call: tree.Call,
        function: FunctionInfo,
        in_spec: bool,
        given: Mapping[str, Key | None],
    ) -> None:
        lists: list[list[Key | None]] = [[]]
        for (_, wanted), argument in zip(function.parameters, call.arguments, strict=False):
            if isinstance(wanted, Func):
                values = self._values(argument, in_spec, given)
                lists = [[*done, value] for done in lists for value in values]
        for values in lists[:64]:
            self._visit((function.name, function.in_spec, tuple(values)), call.span)

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

    def _event(self, call: tree.Call, name: str) -> None:
        key: Key = (f"on {name}", False, ())
        open_events = [k[0] for k, _ in self._stack]
        if key[0] in open_events:
            self._report(open_events.index(key[0]), key, call.span)
            return
        if key in self._done:
            return
        self._done.add(key)
        self._stack.append((key, call.span))
        for on in self._program.events.get(name, ()):
            self._calls(on.body, on.in_spec, {})
        self._stack.pop()

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
