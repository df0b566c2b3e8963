# SPDX-License-Identifier: MIT
"""Control within a body: loops, jumps, switches."""

from abc import abstractmethod
from dataclasses import dataclass, field

from srcucheck.base.span import Span
from srcucheck.ir.expr import Const
from srcucheck.lang import tree
from srcucheck.lang.types import Pointer, Struct, Type
from srcucheck.lower.build.graph import (
    Branch,
    FrameInfo,
    LoopBack,
    LoopHead,
    Node,
    Nop,
    SetLocal,
)
from srcucheck.lower.build.waits import Waits
from srcucheck.lower.values import Env, Known, Val, binary, fail, struct_name, truth
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


class Control(Waits):
    """Adds loops and jumps."""

    def __init__(self, world: World, thread: int, task: int, kind: str) -> None:
        super().__init__(world, thread, task, kind)
        self.singles: set[int] = set()
        self.own_loops = 0
        self.bodies: list[Body] = []
        self.turns: list[Turn] = []
        self.turn_frame: FrameInfo | None = None
        self.last_turn: FrameInfo | None = None
        self.tops: dict[int, Node] = {}

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

    @abstractmethod
    def _passed(self, env: Env, span: Span) -> None:
        """Coverage and traces want to know of the model's own statements."""
