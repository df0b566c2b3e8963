# SPDX-License-Identifier: MIT
"""Statements, and the bodies of functions."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import assert_never

from srcucheck.base.span import Span
from srcucheck.ir.expr import FALSE, Const, Expr, Temp
from srcucheck.lang import tree
from srcucheck.lang.program import FunctionInfo
from srcucheck.lang.types import Struct, Void
from srcucheck.lower.build.control import Body, Control
from srcucheck.lower.build.graph import (
    Branch,
    Enclose,
    Nop,
    Passed,
    Release,
    SetLocal,
)
from srcucheck.lower.types_of import resolve_type
from srcucheck.lower.values import Binding, Env, Known, Local, Val, fail, truth


class Statements(Control):
    """Adds statements."""

    def assigned(self, function: FunctionInfo) -> frozenset[str]:
        """Names that a function assigns, increments or takes the address of."""
        if function.body is None:
            return frozenset()
        known = self.world.assigned.get(id(function.body))
        if known is None:
            known = self.world.assigned[id(function.body)] = assigned_names(function.body)
        return known

    def body(self, function: FunctionInfo, bindings: dict[str, Binding]) -> Expr:
        """Lowers a function's body here; gives its value."""
        assert function.body is not None
        end = self.node(Nop())
        result = self.variable("", function.result)
        outer_turns, self.turns = self.turns, []
        self.bodies.append(Body(result, function.result, end, self.assigned(function)))
        loops = self.loops
        self.block(function.body, Env(function.in_spec, None, bindings))
        if self.cur is not None and not isinstance(function.result, Void):
            self.emit(SetLocal(result, FALSE))  # no return: C leaves the value open
        self.loops = loops
        self.bodies.pop()
        self.turns = outer_turns
        self.link(end)
        self.cur = end
        self.singles.add(result)
        return Temp(result)

    def block(self, block: tree.Block, env: Env) -> None:
        """``{ ... }``."""
        inner = env.inner()
        for name, label in _labels(block):
            if name not in self.bodies[-1].labels:
                self._declare_label(name, label)
        for statement in block.statements:
            self.statement(statement, inner)

    def statement(self, statement: tree.Statement, env: Env) -> None:
        """Lowers a statement."""
        self.span = statement.span
        match statement:
            case tree.Block():
                self.block(statement, env)
            case tree.ExprStatement(expression=expression):
                self._passed(env, statement.span)
                self.value(expression, env)
            case tree.Declare(declarators=declarators):
                for declarator in declarators:
                    self._declare(declarator, env)
            case tree.If():
                self._if(statement, env)
            case tree.While():
                self._while(statement.condition, statement.body, None, env)
            case tree.DoWhile():
                self._do_while(statement, env)
            case tree.For():
                inner = env.inner()
                if statement.start is not None:
                    self.statement(statement.start, inner)
                self._while(statement.condition, statement.body, statement.step, inner)
            case tree.ForEach():
                self._for_each(statement, env)
            case tree.Goto():
                self._passed(env, statement.span)
                self._goto(statement)
            case tree.Label():
                self._label(statement, env)
            case tree.Break():
                self._passed(env, statement.span)
                self.link(self.turns[-1].exit)
            case tree.Continue():
                self._passed(env, statement.span)
                back = next(t.back for t in reversed(self.turns) if t.back is not None)
                self.link(back)
            case tree.Return():
                self._return(statement, env)
            case tree.Switch():
                self._switch(statement, env)
            case tree.Atomic(body=body):
                self.emit(Enclose())
                self.atomic += 1
                self.statement(body, env)
                self.atomic -= 1
                self.emit(Release())
            case tree.Empty():
                pass
            case _:
                assert_never(statement)

    def _passed(self, env: Env, span: Span) -> None:
        """Coverage and traces want to know of the model's own statements."""
        if not env.in_spec:
            self.span = span
            self.emit(Passed())

    def _declare(self, declarator: tree.Declarator, env: Env) -> None:
        if declarator.dimensions:
            raise fail("E310", "There are no local arrays.", declarator.span)
        type_ = resolve_type(declarator.type, self.world.program)
        if isinstance(type_, Struct):
            raise fail("E310", "There are no local structs: use a pointer.", declarator.span)
        if declarator.value is not None:
            self._passed(env, declarator.span)
            value = self.value(declarator.value, env, type_)
            expr = self.convert(value, type_, declarator.span)
            value = Val(expr, type_)
        else:
            value = Val(FALSE, type_)
        single = declarator.name not in self.bodies[-1].assigned
        if single and isinstance(value.expr, Const):
            env.names[declarator.name] = Known(value)
            return
        var = self.variable(declarator.name, type_)
        self.emit(SetLocal(var, value.expr))
        self.flow_into(("v", self.thread, var), value)
        if single:
            self.singles.add(var)
        env.names[declarator.name] = Local(var, type_, single)

    def _if(self, statement: tree.If, env: Env) -> None:
        self._passed(env, statement.condition.span)
        condition = truth(self.value(statement.condition, env).expr)
        if isinstance(condition, Const):
            arm = statement.then if condition.value else statement.other
            if arm is not None:
                self.statement(arm, env.inner())
            return
        self.span = statement.condition.span
        branch = self.emit(Branch(condition))
        end = self.node(Nop())
        yes = self.node(Nop())
        branch.succ.append(yes)
        self.cur = yes
        self.statement(statement.then, env.inner())
        self.link(end)
        if statement.other is None:
            branch.succ.append(end)
        else:
            no = self.node(Nop())
            branch.succ.append(no)
            self.cur = no
            self.statement(statement.other, env.inner())
            self.link(end)
        self.cur = end


def _labels(block: tree.Block) -> Iterator[tuple[str, tree.Label]]:
    """Labels of a function, those of inner blocks included."""
    stack: list[object] = list(block.statements)
    while stack:
        item = stack.pop()
        match item:
            case tree.Label():
                yield item.name, item
                stack.append(item.statement)
            case tree.Block():
                stack.extend(item.statements)
            case tree.If():
                stack += [item.then, item.other]
            case tree.While() | tree.DoWhile() | tree.For() | tree.Atomic() | tree.ForEach():
                stack.append(item.body)
            case tree.Switch():
                for case in item.cases:
                    stack.extend(case.body)
            case _:
                pass


def assigned_names(block: tree.Block) -> frozenset[str]:
    """Names that some statement of a body assigns, increments, or passes as an out parameter."""
    names: set[str] = set()
    _collect(block, names)
    return frozenset(names)


def _collect(item: object, names: set[str]) -> None:
    match item:
        case tree.Assign(target=target) | tree.Increment(target=target):
            root = target.operand if isinstance(target, tree.Deref) else target
            if isinstance(root, tree.Name):
                names.add(root.name)
        case tree.AddressOf(operand=tree.Name(name=name)):
            names.add(name)
        case _:
            pass
    if isinstance(item, tuple):
        for one in item:
            _collect(one, names)
    elif is_dataclass(item) and not isinstance(item, type):
        for f in fields(item):
            if f.name not in ("span", "name_span"):
                _collect(getattr(item, f.name), names)
