# SPDX-License-Identifier: MIT
"""What code does to the rest of the world, read off its text: does it write, wait, touch, paste?"""

from collections.abc import Callable, Collection, Mapping, Sequence

from srcucheck.lang import tree
from srcucheck.lang.program import ChoiceInfo, FunctionInfo, GlobalInfo, Symbol
from srcucheck.lang.types import Pasted
from srcucheck.lang.walk import Node, declared_names, parts, root, walk

Lookup = Callable[[str, bool], Symbol | None]

_WRITING_WORDS = frozenset({"kfree", "poison"})


class Effects:
    """Answers by function, each found once.  What is met while it is looked at adds nothing."""

    __slots__ = ("_events", "_looks", "_lookup", "_on", "_pastes", "_plain", "_touches")

    def __init__(self, lookup: Lookup, on: Mapping[str, Sequence[tuple[tree.Block, bool]]]) -> None:
        self._lookup = lookup
        self._on = on
        self._events: dict[str, bool] = {}
        self._looks: dict[tuple[str, bool], bool] = {}
        self._plain: dict[tuple[str, bool], bool] = {}
        self._touches: dict[tuple[str, bool], bool] = {}
        self._pastes: dict[tuple[str, bool, int], bool] = {}

    def only_looks(self, body: Node, own: Collection[str], in_spec: bool) -> bool:
        """It writes nothing but variables of its own (``own`` and those it declares), nor waits."""
        local = declared_names(body) | set(own)
        for node in walk(body):
            match node:
                case tree.Assign(target=target) | tree.Increment(target=target):
                    if not (isinstance(target, tree.Name) and target.name in local):
                        return False
                case tree.Await() | tree.Allocate():
                    return False
                case tree.Call():
                    if not self._call_looks(node, local, in_spec):
                        return False
                case _:
                    pass
        return True

    def function_only_looks(self, function: FunctionInfo) -> bool:
        """The same of a function; true of one that has no body."""
        key = (function.name, function.in_spec)
        if key not in self._looks:
            self._looks[key] = True
            if function.body is not None:
                own = [name for name, _ in function.parameters]
                self._looks[key] = self.only_looks(function.body, own, function.in_spec)
        return self._looks[key]

    def _event_only_looks(self, name: str) -> bool:
        """The same of all that is done on an event, which may raise it again."""
        if name not in self._events:
            self._events[name] = True
            bodies = self._on.get(name, ())
            self._events[name] = all(self.only_looks(b, (), s) for b, s in bodies)
        return self._events[name]

    def can_be_looked_at(self, function: FunctionInfo) -> bool:
        """A guard or a check can call it: it is made of ``if`` and ``return``, and only looks."""
        key = (function.name, function.in_spec)
        if key not in self._plain:
            self._plain[key] = True
            body = function.body
            self._plain[key] = self.function_only_looks(function) and (
                body is None or all(self._is_plain(n, function.in_spec) for n in walk(body))
            )
        return self._plain[key]

    def _is_plain(self, node: Node, in_spec: bool) -> bool:
        match node:
            case tree.ExprStatement(expression=expression):
                return isinstance(expression, tree.Call)
            case (
                tree.While()
                | tree.DoWhile()
                | tree.For()
                | tree.ForEach()
                | tree.Switch()
                | tree.Goto()
                | tree.Label()
                | tree.Assign()
                | tree.Increment()
                | tree.Choose()
                | tree.Quantifier(kind="choose")
            ):
                return False
            case tree.Call(function=tree.Name(name=name)):
                called = self._lookup(name, in_spec)
                return not isinstance(called, FunctionInfo) or self.can_be_looked_at(called)
            case _:
                return True

    def _call_looks(self, call: tree.Call, local: Collection[str], in_spec: bool) -> bool:
        if not isinstance(call.function, tree.Name):
            return False
        name = call.function.name
        for argument in call.arguments:
            if isinstance(argument, tree.Name) and argument.name not in local:
                given = self._lookup(argument.name, in_spec)
                if isinstance(given, FunctionInfo) and not self.function_only_looks(given):
                    return False
        if name in local:
            return True
        symbol = self._lookup(name, in_spec)
        match symbol:
            case None:
                return name not in _WRITING_WORDS
            case FunctionInfo():
                return self.function_only_looks(symbol)
            case tree.EventDecl():
                return self._event_only_looks(name)
            case ChoiceInfo():
                found = [self._lookup(str(a), in_spec) for a in symbol.alternatives]
                return all(
                    self.function_only_looks(f) for f in found if isinstance(f, FunctionInfo)
                )
            case _:
                return False

    def touches(self, node: Node, own: Collection[str], in_spec: bool) -> bool:
        """It may read or write what is not its own: a global, a member, through calls too."""
        for below in walk(node):
            match below:
                case tree.Name(name=name):
                    if name not in own and isinstance(self._lookup(name, in_spec), GlobalInfo):
                        return True
                case tree.Member():
                    start = root(below)
                    if not (isinstance(start, tree.Name) and start.name == "current"):
                        return True
                case tree.Call(function=tree.Name(name=name)):
                    symbol = self._lookup(name, in_spec)
                    if isinstance(symbol, FunctionInfo) and self._function_touches(symbol):
                        return True
                case tree.Deref() | tree.Call() | tree.Allocate() | tree.Quantifier():
                    return True
                case _:
                    pass
        return False

    def _function_touches(self, function: FunctionInfo) -> bool:
        key = (function.name, function.in_spec)
        if key not in self._touches:
            self._touches[key] = False
            if function.body is not None:
                own = declared_names(function.body) | {name for name, _ in function.parameters}
                self._touches[key] = self.touches(function.body, own, function.in_spec)
        return self._touches[key]

    def pastes(self, function: FunctionInfo, position: int) -> bool:
        """Whether the ``expr`` parameter at a position is ever pasted, and so ever looked at."""
        key = (function.name, function.in_spec, position)
        if key not in self._pastes:
            self._pastes[key] = False
            if function.body is not None:
                name = function.parameters[position][0]
                self._pastes[key] = self._uses(function.body, name, function.in_spec)
        return self._pastes[key]

    def _uses(self, node: Node, name: str, in_spec: bool) -> bool:
        if isinstance(node, tree.Name):
            return node.name == name
        if isinstance(node, tree.Call) and isinstance(node.function, tree.Name):
            callee = self._lookup(node.function.name, in_spec)
            if isinstance(callee, FunctionInfo):
                return any(
                    self.pastes(callee, at)
                    if is_dropped_or_pasted(callee, at)
                    and argument == tree.Name(argument.span, name)
                    else self._uses(argument, name, in_spec)
                    for at, argument in enumerate(node.arguments)
                )
        return any(self._uses(n, name, in_spec) for n in parts(node) if n is not None)


def is_dropped_or_pasted(function: FunctionInfo, position: int) -> bool:
    """Whether the parameter at a position is an ``expr``."""
    return position < len(function.parameters) and isinstance(
        function.parameters[position][1], Pasted
    )
