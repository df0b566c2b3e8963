# SPDX-License-Identifier: MIT
"""Whole threads and ``init``: the last part of building a graph."""

from dataclasses import replace

from srcucheck.base.span import Span
from srcucheck.lang import tree
from srcucheck.lang.types import INT
from srcucheck.lower.build.control import Body, Turn
from srcucheck.lower.build.graph import (
    CallOp,
    Code,
    Ended,
    FrameInfo,
    Node,
    Nop,
    ReturnOp,
)
from srcucheck.lower.build.statements import Statements, assigned_names
from srcucheck.lower.values import Env


class Builder(Statements):
    """Builds the graph of one thread."""

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
