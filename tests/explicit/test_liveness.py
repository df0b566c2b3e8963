# SPDX-License-Identifier: MIT
"""Liveness verdicts against liveness reduced to safety (Biere, Artho & Schuppan 2002).

The oracle guesses the state where the cycle begins and carries flags: who stepped, who was not
owed, who could have had a lock.  It knows nothing of components.
"""

from collections.abc import Callable

from build import Builder
from hypothesis import given, settings
from test_search import explore, systems

from srcucheck.base.budget import Budget, Silent
from srcucheck.check.interpreter import outcomes, owed_and_strong
from srcucheck.check.verdict import Fails
from srcucheck.explicit.engine import Explicit
from srcucheck.ir.evaluate import evaluate
from srcucheck.ir.system import Completes, LeadsTo, NoHang, Settles, State, System

Node = tuple[State, bool]
Edges = list[tuple[int, Node, tuple[int, ...]]]


def fair_cycle(
    system: System,
    nodes: set[Node],
    edges: Callable[[Node], Edges],
    frame: int | None,
    visit: Callable[[State], bool] | None,
) -> bool:
    """Whether a fair run stays among the nodes for ever (and visits some state again and again)."""
    everybody = (1 << len(system.threads)) - 1
    masks = {node: owed_and_strong(system, node[0]) for node in nodes}

    def flags(
        node: Node, before: tuple[int, int, int, bool], step: int
    ) -> tuple[int, int, int, bool]:
        just, took, could, seen = before
        owed, strong = masks[node]
        return (
            just | step | (everybody & ~owed),
            took | step,
            could | strong,
            seen or visit is None or visit(node[0]),
        )

    for start in nodes:
        first = flags(start, (0, 0, 0, False), 0)
        seen = {(start, first)}
        todo = [(start, first)]
        while todo:
            node, have = todo.pop()
            just, took, could, visited = have
            if node == start and just == everybody and not could & ~took and visited:
                return True
            for thread, after, ends in edges(node):
                if after in nodes and (frame is None or frame not in ends):
                    pair = (after, flags(after, have, 1 << thread))
                    if pair not in seen:
                        seen.add(pair)
                        todo.append(pair)
    return False


def promised(system: System, plain: Callable[[Node], Edges], question: LeadsTo) -> bool:
    """Whether a fair run leaves the promise open for ever."""

    def arm(state: State, armed: bool) -> Node:
        trigger = question.trigger
        armed = armed or (trigger is not None and bool(evaluate(trigger, state, {})))
        return state, armed and not evaluate(question.goal, state, {})

    def edges(node: Node) -> Edges:
        return [(t, arm(s, node[1]), e) for t, (s, _), e in plain(node)]

    start = arm(system.initial[0].state, question.trigger is None)
    nodes, todo = {start}, [start]
    while todo:
        for _, there, _ in edges(todo.pop()):
            if there not in nodes:
                nodes.add(there)
                todo.append(there)
    return fair_cycle(system, {node for node in nodes if node[1]}, edges, None, None)


@given(systems())
@settings(max_examples=150, deadline=None)
def test_liveness(b: Builder) -> None:
    system = b.system()
    level = explore(system)
    if len(level) > 40:
        return
    answers = Explicit().judge(system, Budget(), Silent())
    memo: dict[State, Edges] = {}

    def plain(node: Node) -> Edges:
        if node[0] not in memo:
            memo[node[0]] = [
                (t, (o.successor, False), o.ends)
                for t in range(len(system.threads))
                for o in outcomes(system, node[0], t)
                if o.successor is not None
            ]
        return memo[node[0]]

    def stuck(frame: int, outside_rest: bool) -> bool:
        thread = system.threads[system.frames[frame].thread]
        nodes = set()
        for state in level:
            place = thread.locations[state[thread.pc]]
            if frame in place.frames and not (outside_rest and place.rest != "no"):
                nodes.add((state, False))
        return fair_cycle(system, nodes, plain, frame, None)

    for number, check in enumerate(system.checks):
        fails = isinstance(answers.verdicts[number], Fails)
        match check.question:
            case Completes(frames):
                assert fails == any(stuck(f, False) for f in frames)
            case NoHang(False):
                assert fails == any(stuck(f.number, True) for f in system.frames)
            case Settles(good):
                everything = {(s, False) for s in level}
                assert fails == fair_cycle(
                    system, everything, plain, None,
                    lambda s, good=good: not evaluate(good, s, {}),  # type: ignore[misc]
                )  # fmt: skip
            case LeadsTo():
                assert fails == promised(system, plain, check.question)
            case _:
                pass
