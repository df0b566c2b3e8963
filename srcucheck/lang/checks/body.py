# SPDX-License-Identifier: MIT
"""Statements: declarations, jumps, returns, waits."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from srcucheck.base.diagnostic import Note
from srcucheck.base.span import Span
from srcucheck.lang import tree
from srcucheck.lang.checks.atomic import await_span, misplaced_awaits
from srcucheck.lang.checks.expr import Expressions
from srcucheck.lang.scope import Local, Scope, Value
from srcucheck.lang.suggest import did_you_mean
from srcucheck.lang.types import BOOL, PASTED, Array, Pasted, Pointer, SetOf, Struct, Type, Void
from srcucheck.lang.walk import walk

_WITH_VALUE = ("await_timeout", "await_interruptible", "await_strong_interruptible")


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose body it is: ``what`` for messages; ``result`` is None where nothing is returned."""

    what: str
    result: Type | None = None
    may_wait: bool = True


class BodyChecker:
    """Checks one body."""

    __slots__ = ("_breakable", "_expressions", "_labels", "_loops", "_owner", "_scope")

    def __init__(self, scope: Scope, owner: Owner) -> None:
        self._scope = scope
        self._owner = owner
        self._expressions = Expressions(scope, self._await)
        self._labels: dict[str, Span] = {}
        self._loops = 0
        self._breakable = 0

    def check(self, body: tree.Block, parameters: Iterable[tuple[str, Type, Span]] = ()) -> None:
        """Check it, with the parameters or the replicated thread's variable in scope."""
        for name, found, span in parameters:
            if name:
                self._scope.declare(name, Local(found, span, parameter=True))
        waits = False
        for node in walk(body):
            match node:
                case tree.Label(name=name):
                    if name in self._labels:
                        note = Note("the other one", self._labels[name])
                        message = f"There are two labels '{name}'."
                        self._scope.add("E315", message, _start(node.span, name), note)
                    self._labels[name] = _start(node.span, name)
                case tree.Await():
                    waits = True
                    if not self._owner.may_wait:
                        message = f"{self._owner.what} is one step: it cannot wait."
                        self._scope.add("E327", message, await_span(node))
                case _:
                    pass
        for statement in body.statements:
            self._statement(statement)
        if waits:
            misplaced_awaits(self._scope, body, [name for name, _, _ in parameters])

    def check_initial(self, value: tree.Expr, target: Type, what: str) -> None:
        """An initialiser, of a local or at top level."""
        self._initial(value, target, what)

    # --- statements -----------------------------------------------------------------------------

    def _statement(self, s: tree.Statement) -> None:
        match s:
            case tree.ExprStatement(expression=expression):
                self._expression(expression)
            case tree.Block(statements=statements):
                self._scope.blocks.append({})
                for inner in statements:
                    self._statement(inner)
                self._scope.blocks.pop()
            case tree.Declare(declarators=declarators):
                for declarator in declarators:
                    self._declare(declarator)
            case tree.If(condition=condition, then=then, other=other):
                self._expressions.condition(condition)
                self._nested(then)
                if other is not None:
                    self._nested(other)
            case tree.Return():
                self._return(s)
            case tree.Atomic(body=body):
                self._nested(body)
            case tree.While(condition=condition, body=body):
                self._expressions.condition(condition)
                self._loop(body)
            case tree.DoWhile(condition=condition, body=body):
                self._loop(body)
                self._expressions.condition(condition)
            case tree.For():
                self._for(s)
            case tree.ForEach():
                self._for_each(s)
            case tree.Goto(label=label):
                if label not in self._labels and self._scope.once(f"goto {label}"):
                    hint, fix = did_you_mean(label, self._labels)
                    fix = f"goto {fix};" if fix else None
                    self._scope.add("E315", f"There is no label '{label}'.{hint}", s.span, fix=fix)
            case tree.Label(statement=statement):
                self._statement(statement)
            case tree.Break():
                if not self._breakable:
                    self._scope.add("E314", "There is no loop or switch to break.", s.span)
            case tree.Continue():
                if not self._loops:
                    self._scope.add("E314", "There is no loop to continue.", s.span)
            case tree.Switch():
                self._switch(s)
            case tree.Empty():
                pass
            case _:
                assert_never(s)

    def _nested(self, s: tree.Statement) -> None:
        self._scope.blocks.append({})
        self._statement(s)
        self._scope.blocks.pop()

    def _loop(self, body: tree.Statement) -> None:
        self._loops += 1
        self._breakable += 1
        self._nested(body)
        self._loops -= 1
        self._breakable -= 1

    def _for(self, s: tree.For) -> None:
        self._scope.blocks.append({})
        if s.start is not None:
            self._statement(s.start)
        if s.condition is not None:
            self._expressions.condition(s.condition)
        if s.step is not None:
            self._expression(s.step)
        self._loop(s.body)
        self._scope.blocks.pop()

    def _for_each(self, s: tree.ForEach) -> None:
        struct = self._scope.types.struct(s.type, f"'for ({s.variable} : ...)'")
        variable = PASTED if struct is None else Pointer(struct)
        self._scope.blocks.append({s.variable: Local(variable, s.span, fixed=True)})
        self._loop(s.body)
        self._scope.blocks.pop()

    def _switch(self, s: tree.Switch) -> None:
        subject = self._expressions.value(s.subject)
        seen: dict[str, Span] = {}
        default: Span | None = None
        self._breakable += 1
        self._scope.blocks.append({})
        for case in s.cases:
            for value in case.values:
                self._expressions.want(value, subject, f"'{self._scope.text(s.subject)}'")
                text = self._scope.text(value)
                if text in seen:
                    note = Note("the other one", seen[text])
                    self._scope.add("E326", f"There are two cases '{text}'.", value.span, note)
                seen[text] = value.span
            if case.is_default:
                if default is not None:
                    note = Note("the other one", default)
                    self._scope.add("E326", "There are two defaults.", case.span, note)
                default = case.span
            for inner in case.body:
                self._statement(inner)
        self._scope.blocks.pop()
        self._breakable -= 1

    def _return(self, s: tree.Return) -> None:
        result = self._owner.result
        if s.value is None:
            if result is not None and not isinstance(result, Void):
                self._scope.add("E313", f"{self._owner.what} returns a value.", s.span)
        elif result is None or isinstance(result, Void):
            if isinstance(self._expressions.value(s.value), Void):
                message = f"{self._owner.what} returns nothing: call it, then return."
            else:
                message = f"{self._owner.what} returns nothing."
            self._scope.add("E313", message, s.span, fix="return;")
        else:
            self._expressions.want(s.value, result, f"What {self._owner.what} returns")

    def _expression(self, expr: tree.Expr) -> None:
        """An expression whose value is not used."""
        if isinstance(expr, tree.Await):
            self._wait(expr)
        else:
            self._expressions.value(expr)

    # --- variables ------------------------------------------------------------------------------

    def _declare(self, d: tree.Declarator) -> None:
        scope = self._scope
        found = scope.types.of(d.type, "local", scope.in_spec, d.dimensions)
        if d.value is not None:
            self._initial(d.value, found, f"'{d.name}'")
        scope.declare(d.name, Local(found, d.span))

    def _initial(self, value: tree.Expr, target: Type, what: str) -> None:
        """``= { ... }`` member by member, or a plain value."""
        if isinstance(value, tree.EmptySet) and not isinstance(target, SetOf):
            return
        if not isinstance(value, tree.Initializer):
            self._expressions.want(value, target, what)
            return
        match target:
            case Struct(name=tag):
                self._members(value, tag)
            case Array(element=element, length=length):
                count = length.value if isinstance(length, tree.Number) else None
                for at, (name, item) in enumerate(value.items):
                    if name is not None:
                        message = "Elements of an array are listed without names."
                        self._scope.add("E303", message, item.span)
                    elif count is not None and at == count:
                        message = f"{what} has {count} elements only."
                        self._scope.add("E307", message, item.span)
                    self._initial(item, element, f"An element of {what}")
            case _:
                if not value.items:
                    return
                if not isinstance(target, Pasted):
                    self._scope.add("E309", f"{what} has no members to initialise.", value.span)

    def _members(self, value: tree.Initializer, tag: str) -> None:
        info = self._scope.program.structs.get(tag)
        fields = list(info.fields.values()) if info is not None else []
        seen: set[str] = set()
        for at, (name, item) in enumerate(value.items):
            if name is None:
                if at >= len(fields):
                    message = f"'struct {tag}' has {len(fields)} members only."
                    self._scope.add("E307", message, item.span)
                    continue
                found = fields[at]
            else:
                known = self._scope.field_of(tag, name)
                if known is None:
                    self._scope.unknown_member(tag, name, item.span)
                    continue
                found = known
            if found.name in seen:
                message = f"'.{found.name}' is initialised twice."
                self._scope.add("E326", message, item.span)
            seen.add(found.name)
            self._initial(item, found.type, f"'.{found.name}'")

    # --- waits ----------------------------------------------------------------------------------

    def _await(self, expr: tree.Await) -> Value:
        """One whose value is used."""
        self._wait(expr)
        if expr.kind in _WITH_VALUE:
            return BOOL
        message = f"'{expr.kind}' has no value: it does not end before its condition is true."
        self._scope.add("E329", message, await_span(expr))
        return PASTED

    def _wait(self, expr: tree.Await) -> None:
        before, self._scope.mode = self._scope.mode, "guard"
        self._expressions.condition(expr.condition)
        for holder in expr.held_by:
            found = self._expressions.value(holder)
            if not isinstance(found, Pointer | SetOf | Array | Struct | Pasted):
                text = self._scope.text(holder)
                message = f"'{text}' can hold nothing up: name a task, a set or an object."
                self._scope.add("E308", message, holder.span)
        self._scope.mode = before
        if expr.block is not None:
            self._statement(expr.block)


def _start(span: Span, word: str) -> Span:
    return Span(span.file, span.start, span.start + len(word))
