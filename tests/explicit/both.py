# SPDX-License-Identifier: MIT
"""Compares the native explorer with the one in Python, state by state and edge by edge."""

from dataclasses import replace

from srcucheck.base.budget import Budget, Silent
from srcucheck.base.diagnostic import ModelError
from srcucheck.check.door import accept
from srcucheck.check.engine import Answers
from srcucheck.check.interpreter import outcomes
from srcucheck.check.verdict import Holds, Verdict
from srcucheck.explicit.engine import Explicit, Native
from srcucheck.explicit.graph import Graph
from srcucheck.explicit.native.graph import NativeGraph
from srcucheck.explicit.native.search import Explorer
from srcucheck.explicit.search import Search
from srcucheck.ir.system import State, System

REFERENCE = 300
"""States that are compared with the reference interpreter, too."""


def explored(
    system: System, states: int | None = None, level: int = 0, *, keep: bool = True
) -> NativeGraph:
    explorer = Explorer(system, (), level, keep=keep)
    explorer.run(Budget(states=states), Silent())
    return NativeGraph(explorer)


def same_graph(system: System, states: int | None = None, level: int = 0) -> NativeGraph | None:
    """Both explore; None if the model is wrong, which both have to say in the same words."""
    try:
        plain = Search(system).run(Budget(states=states), Silent())
    except ModelError as error:
        try:
            explored(system, states, level)
        except ModelError as other:
            assert other.diagnostics == error.diagnostics
            return None
        raise AssertionError("one engine refuses what the other takes") from error
    native = explored(system, states, level)
    same(system, plain, native)
    if level == 0:  # and once more with edges that are made when they are asked for
        same(system, plain, explored(system, states, keep=False))
    return native


def same(system: System, plain: Graph, native: NativeGraph) -> None:
    """State by state, edge by edge."""
    assert list(native.states) == plain.states
    assert native.labels == plain.labels
    assert native.found == plain.found
    assert native.executed == plain.executed
    assert (native.transitions, native.depth) == (plain.transitions, plain.depth)
    assert (native.stopped, native.bounds) == (plain.stopped, plain.bounds)
    assert (native.starts, native.shift) == (plain.starts, plain.shift)
    assert list(native.level) == plain.level
    assert list(native.quiet) == plain.quiet
    assert native.expanded == plain.expanded
    assert native.bits() == plain.bits()
    for number, state in enumerate(plain.states):
        assert native.index[state] == number
        assert sorted(native.parents(number)) == sorted(plain.parents(number))
        assert native.enabled(number) == plain.enabled(number)
        assert native.strong.get(number, 0) == plain.strong.get(number, 0)
        if number < plain.expanded:
            assert native.owe[number] == plain.owe[number]
            assert list(native.edges(number)) == list(plain.edges(number))
            if number < REFERENCE:
                as_the_reference(system, native, number, state)


def as_the_reference(system: System, native: NativeGraph, number: int, state: State) -> None:
    """The edges of a state are the outcomes that the reference interpreter gives."""
    got = [
        (t, c, None if w < 0 else native.states[w], native.labels[label].reports)
        for t, c, w, label in native.edges(number)
    ]
    assert got == [
        (t, c, o.successor, frozenset(name for name, _ in o.reports))
        for t in range(len(system.threads))
        for c, o in enumerate(outcomes(system, state, t))
    ]


def judged(system: System, native: Native, states: int | None = None) -> Answers | list[str]:
    """What the engine answers, as the door has it; or what is wrong with the model."""
    try:
        answers = Explicit(native=native).judge(system, Budget(states=states), Silent())
    except ModelError as error:
        return [d.code for d in error.diagnostics]
    return accept(system, answers)


def same_answers(
    system: System, states: int | None = None, native: Native = "always"
) -> Answers | list[str]:
    """Both judge: verdicts, runs and figures are the same."""
    plain = judged(system, "never", states)
    other = judged(system, native, states)
    if isinstance(plain, list) or isinstance(other, list):
        assert plain == other
        return plain
    assert replace(plain.figures, seconds=0) == replace(other.figures, seconds=0)
    assert (plain.executed, plain.bounds) == (other.executed, other.bounds)
    for place, check in enumerate(system.checks):
        one, two = plain.verdicts[place], other.verdicts[place]
        assert bare(one) == bare(two), check.name
        if isinstance(one, Holds) and one.certificate is not None:
            assert isinstance(two, Holds) and two.certificate is not None
            assert set(two.certificate.states) == set(one.certificate.states)
    return other


def bare(verdict: Verdict) -> Verdict:
    """Without the set of states."""
    return replace(verdict, certificate=None) if isinstance(verdict, Holds) else verdict
