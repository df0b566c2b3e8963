# SPDX-License-Identifier: MIT
"""Statements and whole bodies: the last third of building a thread's graph."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import assert_never

from srcucheck.base.span import Span
from srcucheck.ir.expr import FALSE, Const, Expr, Temp
from srcucheck.lang import tree
from srcucheck.lang.program import FunctionInfo
from srcucheck.lang.types import INT, Pointer, Struct, Type, Void
from srcucheck.lower.build.graph import (
    Branch,
    CallOp,
    Code,
    Enclose,
    Ended,
    FrameInfo,
    LoopBack,
    LoopHead,
    Node,
    Nop,
    Passed,
    Release,
    ReturnOp,
    SetLocal,
)
from srcucheck.lower.build.waits import Waits
from srcucheck.lower.types_of import resolve_type
from srcucheck.lower.values import Binding, Env, Known, Local, Val, binary, fail, struct_name, truth
from srcucheck.lower.world import World


@dataclass(slots=True)
class Body:
    """The function being lowered: where ``return`` goes, its labels, its assigned names."""

    result: int
    type: Type
    end: Node
    assigned: frozenset[str]
    labels: dict[str, tuple[Node, int, Node]] = field(default_factory=dict)
    """Label -> (entry from before, its loop, entry from a turn)."""
    passed: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Turn:
    """A loop or switch: where ``break`` and ``continue`` go."""

    exit: Node
    back: Node | None


class Builder(Waits):
    """Builds the graph of one thread."""

    def __init__(self, world: World, thread: int, task: int, kind: str) -> None:
        super().__init__(world, thread, task, kind)
        self.singles: set[int] = set()
        self.own_loops = 0
        self.bodies: list[Body] = []
        self.turns: list[Turn] = []
        self.turn_frame: FrameInfo | None = None
        self.last_turn: FrameInfo | None = None
        self.tops: dict[int, Node] = {}

    # --- whole threads --------------------------------------------------------------------------

    def thread_code(self, name: str, block: tree.Block, env: Env, span: Span) -> Code:
        """The code of a thread: its body once, or for ever."""
        self.span = span
        endless = self._endless(block)
        process = self.kind in ("thread", "kworker", "softirq", "hardirq")
        frame = self.world.frame(
            self.thread, None, name, name, span, env.in_spec, process and endless is None,
            env.in_spec, ("thread",),
        )  # fmt: skip
        self.frame = frame
        entry = self.node(Nop())
        self.cur = entry
        self.emit(CallOp(frame, cut=False))
        end = self.node(Nop())
        body = Body(-1, INT, end, assigned_names(block))
        self.bodies.append(body)
        if endless is not None and process:
            self._endless_body(block, endless, env)
        else:
            self.block(block, env)
        self.link(end)
        self.cur = end
        if self.kind == "thread" and self.thread >= 0:
            self.event("return_to_user", span)
        self.bodies.pop()
        self.span = span
        self.frame = frame
        self.emit(ReturnOp(frame, None, ()))
        self.emit(Ended())
        return Code(self.thread, self.nodes, self.variables, entry)

    def _endless(self, block: tree.Block) -> tree.For | None:
        """The endless loop at top level that ends a thread's body, if there is one."""
        last = block.statements[-1] if block.statements else None
        if isinstance(last, tree.For) and not (last.start or last.condition or last.step):
            return last
        if isinstance(last, tree.While) and last.condition == tree.Number(last.condition.span, 1):
            return tree.For(last.span, None, None, None, last.body)
        return None

    def _endless_body(self, block: tree.Block, endless: tree.For, env: Env) -> None:
        """What comes before the loop is one activation, each turn another."""
        body_frame = self.frame
        assert body_frame is not None
        before = block.statements[:-1]
        real = [s for s in before if not isinstance(s, tree.Declare | tree.Empty)]
        if not real:
            for statement in before:
                self.statement(statement, env)
        else:
            left = self._returning()
            self._open("start")
            start = self.frame
            for statement in before:
                self.statement(statement, env)
            self._close()
            self._leave(start, left)
        leave, out = self._returning(), self.node(Nop())
        leading = self._leading_idle(endless.body)
        loop, exit_, back = self._loop_start()
        name = f"turn of {body_frame.function}"
        if leading:
            self.turn_frame = self._pseudo(name)
        else:
            self._open(name)
        inner = self.frame
        self.turns.append(Turn(out, back))
        self.statement(endless.body, env)
        self.turns.pop()
        self.link(back)
        self.cur = back
        self.turn_frame = None
        turn = self.last_turn if leading else inner
        self.frame = turn
        self._close()
        self.frame = body_frame
        self._turn_back(loop)
        self.loops = self.loops[:-1]
        self._leave(turn, leave)
        self.cur, self.frame = out, turn
        self._close()
        self.link(exit_)
        self.cur = exit_
        self.frame = body_frame

    def _returning(self) -> Node:
        """From now on a ``return`` goes to a node of its own, behind which ``_leave`` goes on."""
        leave = self.node(Nop())
        self.bodies.append(replace(self.bodies[-1], end=leave))
        return leave

    def _leave(self, frame: FrameInfo | None, leave: Node) -> None:
        """A ``return`` out of a part of a thread's body ends that activation, then the thread."""
        self.bodies.pop()
        here, inside = self.cur, self.frame
        self.cur, self.frame = leave, frame
        self._close()
        self.link(self.bodies[-1].end)
        self.cur, self.frame = here, inside

    def _pseudo(self, name: str) -> FrameInfo:
        assert self.frame is not None
        return self.world.frame(
            self.thread, self.frame, name, name, self.span, True, True, True, ("turn", name)
        )

    def _open(self, name: str) -> None:
        frame = self._pseudo(name)
        self.emit(CallOp(frame, cut=False))
        self.frame = frame

    def _close(self) -> None:
        frame = self.frame
        if frame is None or frame.parent is None:
            return
        self.emit(ReturnOp(frame, None, ()))
        self.frame = frame.parent

    def _leading_idle(self, body: tree.Statement) -> bool:
        statements = body.statements if isinstance(body, tree.Block) else (body,)
        for statement in statements:
            if isinstance(statement, tree.Declare | tree.Empty):
                continue
            return (
                isinstance(statement, tree.ExprStatement)
                and isinstance(statement.expression, tree.Await)
                and statement.expression.kind == "await_idle"
            )
        return False

    def turn_begins(self) -> None:
        """The block of a leading ``await_idle``: the turn's activation begins in this step."""
        if self.turn_frame is not None:
            frame, self.turn_frame = self.turn_frame, None
            self.emit(CallOp(frame, cut=False))
            self.frame = self.last_turn = frame

    def init_code(self, blocks: tuple[tuple[tree.Block, bool], ...], span: Span) -> Code:
        """``init``: one step before all threads."""
        self.span = span
        self.frame = self.world.frame(
            self.thread, None, "init", "init", span, False, False, False, ("init",)
        )
        entry = self.node(Nop())
        self.cur = entry
        self.atomic = 1
        for block, in_spec in blocks:
            end = self.node(Nop())
            self.bodies.append(Body(-1, INT, end, assigned_names(block)))
            self.block(block, Env(in_spec))
            self.bodies.pop()
            self.link(end)
            self.cur = end
        self.emit(Ended())
        return Code(self.thread, self.nodes, self.variables, entry)

    # --- functions ------------------------------------------------------------------------------

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

    # --- statements -----------------------------------------------------------------------------

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

    def _loop_start(self) -> tuple[int, Node, Node]:
        """Enters a loop; gives its number, where it ends, where a turn ends."""
        self.world.loops += 1
        loop = self.world.loops
        exit_ = self.node(Nop())
        self.emit(LoopHead(loop, exit_))
        self.loops = (*self.loops, loop)
        self.tops[loop] = self.emit(Nop())
        return loop, exit_, self.node(Nop())

    def _turn_back(self, loop: int) -> None:
        """The end of a turn: back to the top."""
        self.emit(LoopBack(loop))
        self.link(self.tops[loop])

    def _while(
        self, condition: tree.Expr | None, body: tree.Statement, step: tree.Expr | None, env: Env
    ) -> None:
        loop, exit_, back = self._loop_start()
        if condition is not None:
            self._passed(env, condition.span)
            test = truth(self.value(condition, env).expr)
            if isinstance(test, Const) and not test.value:
                self.link(exit_)
            elif not isinstance(test, Const):
                branch = self.emit(Branch(test))
                inside = self.node(Nop())
                branch.succ += [inside, exit_]
                self.cur = inside
        self.turns.append(Turn(exit_, back))
        self.statement(body, env.inner())
        self.turns.pop()
        self.link(back)
        self.cur = back
        if step is not None:
            self.value(step, env)
        self._turn_back(loop)
        self.loops = self.loops[:-1]
        self.cur = exit_

    def _do_while(self, statement: tree.DoWhile, env: Env) -> None:
        loop, exit_, back = self._loop_start()
        self.turns.append(Turn(exit_, back))
        self.statement(statement.body, env.inner())
        self.turns.pop()
        self.link(back)
        self.cur = back
        self._passed(env, statement.condition.span)
        test = truth(self.value(statement.condition, env).expr)
        if isinstance(test, Const) and not test.value:
            self.link(exit_)
        elif not isinstance(test, Const):
            branch = self.emit(Branch(test))
            again = self.node(Nop())
            branch.succ += [again, exit_]
            self.cur = again
        if self.cur is not None:
            self._turn_back(loop)
        self.loops = self.loops[:-1]
        self.cur = exit_

    def _for_each(self, statement: tree.ForEach, env: Env) -> None:

        struct = struct_name(statement.type)
        if not self.atomic:
            raise fail(
                "E511", "A sweep over all places is one step: put it into atomic.", statement.span
            )
        bodies, turns = list(self.bodies), list(self.turns)
        end = self.node(Nop())

        def build() -> None:
            outer = (self.bodies, self.turns)
            self.bodies, self.turns = list(bodies), list(turns)
            for number in self.quantified(struct):
                inner = env.inner()
                inner.names[statement.variable] = Known(
                    Val(Const(number), Pointer(Struct(struct)), number == self.task)
                )
                following = self.node(Nop())
                self.turns.append(Turn(end, following))
                self.statement(statement.body, inner)
                self.turns.pop()
                self.link(following)
                self.cur = following
            self.bodies, self.turns = outer

        self.expand(build)
        self.link(end)
        self.cur = end

    def _declare_label(self, name: str, label: tree.Label) -> None:
        before = self.node(Nop())
        self.world.loops += 1
        self.bodies[-1].labels[name] = (before, self.world.loops, self.node(Nop()))

    def _label(self, statement: tree.Label, env: Env) -> None:
        entry, loop, top = self.bodies[-1].labels[statement.name]
        self.link(entry)
        self.cur = entry
        self.emit(LoopHead(loop, None))
        self.loops = (*self.loops, loop)
        top.loops = self.loops
        top.atomic = self.atomic > 0
        self.link(top)
        self.cur = top
        self.bodies[-1].passed.add(statement.name)
        self.statement(statement.statement, env)

    def _goto(self, statement: tree.Goto) -> None:
        found = self.bodies[-1].labels.get(statement.label)
        if found is None:
            raise fail("E315", f"There is no label '{statement.label}' here.", statement.span)
        entry, loop, top = found
        if statement.label in self.bodies[-1].passed:
            if self.atomic:
                raise fail("E512", "A goto backwards in atomic: use a loop.", statement.span)
            self.emit(LoopBack(loop))
            self.link(top)
        else:
            self.link(entry)

    def _return(self, statement: tree.Return, env: Env) -> None:
        self._passed(env, statement.span)
        body = self.bodies[-1]
        if statement.value is not None and body.result >= 0:
            value = self.value(statement.value, env, body.type)
            self.span = statement.span
            expr = self.convert(value, body.type, statement.value.span)
            self.emit(SetLocal(body.result, expr))
            self.flow_into(("v", self.thread, body.result), Val(expr, body.type))
        self.link(body.end)

    def _switch(self, statement: tree.Switch, env: Env) -> None:
        self._passed(env, statement.subject.span)
        subject = self.value(statement.subject, env)
        if not isinstance(subject.expr, Const):
            subject = Val(self.keep(subject.expr, subject.type), subject.type)
        exit_ = self.node(Nop())
        starts = [self.node(Nop()) for _ in statement.cases]
        default = exit_
        for case, start in zip(statement.cases, starts, strict=True):
            if case.is_default:
                default = start
            for value in case.values:
                test = binary("==", subject.expr, self.value(value, env, subject.type).expr)
                branch = self.emit(Branch(test))
                following = self.node(Nop())
                branch.succ += [start, following]
                self.cur = following
        self.link(default)
        self.turns.append(Turn(exit_, None))
        for case, start in zip(statement.cases, starts, strict=True):
            self.link(start)
            self.cur = start
            inner = env.inner()
            for one in case.body:
                self.statement(one, inner)
        self.turns.pop()
        self.link(exit_)
        self.cur = exit_


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
