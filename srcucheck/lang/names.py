# SPDX-License-Identifier: MIT
"""The common name space: who may define what, and what each side sees of it.

A name belongs to specs, hidden (``static``) or not, or to the model.  The model may not define a
name that specs show, but it may give a body to what they only declare, and a value to their params.
"""

from dataclasses import dataclass
from typing import assert_never

from srcucheck.base.diagnostic import Note
from srcucheck.lang import tree
from srcucheck.lang.builtin import CALLS, LIVENESS_PROPERTIES, MEMORY_PROPERTIES, RETURN_TO_USER
from srcucheck.lang.declared import show
from srcucheck.lang.findings import Findings
from srcucheck.lang.program import (
    ChoiceInfo,
    FunctionInfo,
    GlobalInfo,
    ParamInfo,
    PropertyInfo,
    Symbol,
    ThreadInfo,
)
from srcucheck.lang.types import Array, Bool, Enum, Func, Int, Pasted, Pointer, Type

RESERVED = frozenset({"true", "false", "NULL", "current"})


@dataclass(slots=True)
class _Entry:
    """A name as one side defines it; ``only_declared``: its body or its place is elsewhere."""

    symbol: Symbol
    only_declared: bool
    static: bool = False


class Names:
    """Definitions so far, specs' first."""

    __slots__ = ("_findings", "_model", "_specs", "_threads")

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._specs: dict[str, _Entry] = {}
        self._model: dict[str, _Entry] = {}
        self._threads: dict[str, ThreadInfo] = {}

    def define(
        self, symbol: Symbol, in_spec: bool, *, static: bool = False, only_declared: bool = False
    ) -> bool:
        """Enter a definition; False if it was refused."""
        name = symbol.name
        if not self._allowed(symbol):
            return False
        side = self._specs if in_spec else self._model
        entry = _Entry(symbol, only_declared, static)
        earlier = side.get(name)
        if earlier is not None:
            return self._again(side, earlier, entry)
        if not in_spec:
            shown = self._specs.get(name)
            if shown is not None and not shown.static and not self._may_replace(shown, entry):
                return False
        if isinstance(symbol, ThreadInfo):
            self._threads[name] = symbol
        side[name] = entry
        return True

    def _again(self, side: dict[str, _Entry], earlier: _Entry, entry: _Entry) -> bool:
        """A second definition on one side: a prototype and its body, a thread and a function."""
        old, new = earlier.symbol, entry.symbol
        if isinstance(new, ThreadInfo) and isinstance(old, FunctionInfo):
            if new.name in self._threads:
                return self._twice(self._threads[new.name], new)
            self._threads[new.name] = new
            return True
        if isinstance(old, ThreadInfo) and isinstance(new, FunctionInfo):
            side[new.name] = entry
            return True
        if not (earlier.only_declared or entry.only_declared):
            return self._twice(old, new)
        if not self._agree(old, new):
            return False
        if earlier.only_declared:
            entry.static = entry.static or earlier.static
            side[new.name] = entry
        return True

    def _may_replace(self, shown: _Entry, entry: _Entry) -> bool:
        """A model's definition of a name that specs show."""
        old, new = shown.symbol, entry.symbol
        if isinstance(old, ParamInfo) and isinstance(new, ParamInfo | ChoiceInfo):
            return True
        if isinstance(new, ThreadInfo) and isinstance(old, FunctionInfo):
            return True
        if isinstance(old, ThreadInfo) and isinstance(new, FunctionInfo):
            return True
        if shown.only_declared or entry.only_declared:
            return self._agree(old, new)
        return self._twice(old, new)

    def _allowed(self, symbol: Symbol) -> bool:
        name = symbol.name
        called = isinstance(symbol, FunctionInfo | tree.EventDecl | ChoiceInfo)
        judged = isinstance(symbol, PropertyInfo)
        if (
            name in RESERVED
            or (called and (name in CALLS or name == RETURN_TO_USER))
            or (judged and (name in MEMORY_PROPERTIES or name in LIVENESS_PROPERTIES))
        ):
            message = f"'{name}' is a word of the language."
            self._findings.add("E209", message, symbol.span)
            return False
        return True

    def _twice(self, old: Symbol, new: Symbol) -> bool:
        self._findings.add(
            "E204",
            f"'{new.name}' is defined twice.",
            new.span,
            Note(f"the other one, {_what(old)}", old.span),
        )
        return False

    def _agree(self, old: Symbol, new: Symbol) -> bool:
        match old, new:
            case FunctionInfo(), FunctionInfo():
                theirs = (old.result, *(t for _, t in old.parameters))
                ours = (new.result, *(t for _, t in new.parameters))
                if len(theirs) == len(ours) and all(map(same, theirs, ours)):
                    return True
            case GlobalInfo(), GlobalInfo():
                if same(old.type, new.type):
                    return True
            case _:
                return self._twice(old, new)
        self._findings.add(
            "E205",
            f"'{new.name}' was declared differently elsewhere.",
            new.span,
            Note("declared here", old.span),
        )
        return False

    def views(self) -> tuple[dict[str, Symbol], dict[str, Symbol]]:
        """What specs see, and what the model sees."""
        spec_names = {name: entry.symbol for name, entry in self._specs.items()}
        model_names = {n: e.symbol for n, e in self._specs.items() if not e.static}
        for name, entry in self._model.items():
            shown = self._specs.get(name)
            if shown is None or shown.static:
                model_names[name] = entry.symbol
            elif not isinstance(entry.symbol, ThreadInfo) and (
                shown.only_declared or not entry.only_declared
            ):
                model_names[name] = entry.symbol
                if not isinstance(shown.symbol, ThreadInfo):
                    spec_names[name] = entry.symbol
        return spec_names, model_names


def same(a: Type, b: Type) -> bool:
    """Types of two declarations of one thing: numbers of all kinds are as good as one another."""
    match a, b:
        case (Int() | Bool() | Enum(), Int() | Bool() | Enum()):
            return True
        case (Pasted(), _) | (_, Pasted()):
            return True
        case Pointer(), Pointer():
            return same(a.target, b.target)
        case Array(), Array():
            return same(a.element, b.element)
        case Func(), Func():
            return (
                len(a.parameters) == len(b.parameters)
                and same(a.result, b.result)
                and all(map(same, a.parameters, b.parameters))
            )
        case _:
            return a == b


def _what(symbol: Symbol) -> str:
    match symbol:
        case GlobalInfo():
            return f"a variable of type {show(symbol.type)}"
        case FunctionInfo():
            return "a function"
        case ThreadInfo():
            return f"a {symbol.kind}"
        case ParamInfo():
            return "a param"
        case ChoiceInfo():
            return "a choice"
        case PropertyInfo():
            return "a property"
        case tree.EventDecl():
            return "an event"
        case _:
            assert_never(symbol)
