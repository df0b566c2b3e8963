# SPDX-License-Identifier: MIT
"""Values that have a name or a place."""

from typing import assert_never

from srcucheck.base.span import Span
from srcucheck.ir.expr import FALSE, TRUE, Const, Temp
from srcucheck.lang import tree
from srcucheck.lang.program import (
    ChoiceInfo,
    FunctionInfo,
    GlobalInfo,
    ParamInfo,
    ThreadInfo,
)
from srcucheck.lang.types import (
    BOOL,
    INT,
    TASK,
    VOID,
    Enum,
    Func,
    Pointer,
    Type,
)
from srcucheck.lower.build.sets import Sets
from srcucheck.lower.values import (
    Alias,
    Env,
    Known,
    Local,
    PastedArgument,
    Val,
    fail,
    lookup,
)

NULL = Val(FALSE, Pointer(VOID))


class Named(Sets):
    """Adds what names and places stand for."""

    def name_value(self, expr: tree.Name, env: Env, want: Type | None) -> Val:
        """What a name stands for: a local, an argument, something global or a word."""
        name = expr.name
        binding = env.lookup(name)
        match binding:
            case Local(var=var, type=type_):
                return Val(Temp(var), type_)
            case Known(value=value):
                return value
            case PastedArgument(expr=pasted, env=where):
                return self.value(pasted, where, want)
            case Alias(place=place):
                return self.load_place(place, expr.span)
            case None:
                return self._global_value(expr, env, want)
            case _:
                assert_never(binding)

    def _global_value(self, expr: tree.Name, env: Env, want: Type | None) -> Val:
        name = expr.name
        if isinstance(want, Enum):
            word = self.world.word(name, want)
            if word is not None:
                return Val(word, want)
        match name:
            case "true":
                return Val(TRUE, BOOL)
            case "false":
                return Val(FALSE, BOOL)
            case "NULL":
                return NULL
            case "current":
                return Val(Const(self.task), Pointer(TASK), own=True)
            case _:
                pass
        symbol = self.world.program.lookup(name, env.in_spec)
        match symbol:
            case ParamInfo():
                return self.constant_value(name)
            case ChoiceInfo():
                return self.constant_value(name)
            case GlobalInfo():
                return self.load_place(self.global_place(symbol), expr.span)
            case FunctionInfo():
                number = self.world.function_number(symbol)
                return Val(Const(number), Func(symbol.result, (), stored=True))
            case ThreadInfo():
                if not isinstance(want, Func):
                    return Val(Const(self._task_of(symbol, expr.span)), Pointer(TASK))
                raise fail("E319", f"'{name}' is a thread, not a function.", expr.span)
            case _:
                found = self.world.any_word(name)
                if found is None:
                    raise fail("E301", f"'{name}' is not defined.", expr.span)
                return Val(*found)

    def constant_value(self, name: str) -> Val:
        """The value of a param or choice in this variant."""
        value = self.world.values[name]
        if isinstance(value, str):
            choice = self.world.program.choices[name]
            return Val(Const(choice.alternatives.index(value)), Enum(f"choice {name}"))
        return Val(Const(int(value)), BOOL if isinstance(value, bool) else INT)

    def _task_of(self, symbol: ThreadInfo, span: Span) -> int:
        for thread in self.world.threads:
            if thread.info is symbol:
                return thread.task
        raise fail("E402", f"There is no thread '{symbol.name}' here.", span)

    def place_value(self, expr: tree.Member | tree.Index | tree.Deref, env: Env) -> Val:
        """What is read from a place, or the task that ``ioctl[0]`` is."""
        if isinstance(expr, tree.Index):
            thread = self._thread_element(expr, env)
            if thread is not None:
                return thread
        place = self.place(expr, env)
        if place is None:
            raise fail("E329", "This has no value.", expr.span)
        return self.load_place(place, expr.span)

    def _thread_element(self, expr: tree.Index, env: Env) -> Val | None:
        """``ioctl[0]``: a task."""
        base = expr.base
        if not isinstance(base, tree.Name) or env.lookup(base.name) is not None:
            return None
        symbol = self.world.program.lookup(base.name, env.in_spec)
        if not isinstance(symbol, ThreadInfo) or expr.index is None:
            return None
        index = self.value(expr.index, env)
        if isinstance(symbol.domain, tree.Name) and self.world.indexing is not None:
            if symbol.domain.name == self.world.indexing.param:
                self.note_index(expr, None, index)
        table = {t.index: t.task for t in self.world.threads if t.info is symbol}
        return Val(
            lookup(index.expr, {n: t for n, t in table.items() if n is not None}), Pointer(TASK)
        )
