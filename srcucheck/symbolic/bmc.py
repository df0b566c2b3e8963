# SPDX-License-Identifier: MIT
"""Bounded model checking (Biere, Cimatti, Clarke & Zhu 1999): shortest runs to a bad state.

A run may idle at its end, so one question covers all lengths up to a depth.  Of runs that differ
only in the order of neighbours that do not touch each other one is looked at, the one whose
threads are in order (peephole partial order reduction: Wang, Yang, Kahlon & Gupta 2008).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import z3

from srcucheck.ir.expr import Expr
from srcucheck.symbolic.encode import Encoding, suited
from srcucheck.symbolic.machine import Machine
from srcucheck.symbolic.solve import Sat, Solver, Unknown, Unsat
from srcucheck.symbolic.support import support
from srcucheck.symbolic.terms import Term

DEEPEST = 100


@dataclass(frozen=True, slots=True)
class Run:
    """Rules taken, and the values of the machine's variables (that matter) at each moment."""

    rules: tuple[int, ...]
    slots: tuple[int, ...]
    moments: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Clear:
    """No bad state within so many steps; ``why`` no more were tried."""

    depth: int
    why: str


def depths() -> Iterator[int]:
    """How deep to look, each time."""
    depth = 0
    while depth < DEEPEST:
        yield depth
        depth += max(4, depth // 3)
    yield DEEPEST


def shortest(machine: Machine, bad: Expr, solver: Solver, limit: int = DEEPEST) -> Run | Clear:
    """A shortest run to a bad state, or how far there is none."""
    unrolled = Unrolled(suited(machine, [bad], solver.look), bad)
    clear = -1
    for depth in depths():
        depth = min(depth, limit)
        answer = unrolled.ask(depth, solver)
        match answer:
            case Sat():
                return _narrowed(unrolled, unrolled.run(answer, depth), clear, solver)
            case Unknown(why):
                return Clear(clear, why)
            case Unsat():
                clear = depth
        if depth == limit:
            break
    return Clear(clear, f"looked no deeper than {clear} steps")


def _narrowed(unrolled: "Unrolled", run: Run, clear: int, solver: Solver) -> Run:
    """A run as short as there is one, or as short as was found in time."""
    while len(run.rules) > clear + 1:
        answer = unrolled.ask(len(run.rules) - 1, solver)
        if not isinstance(answer, Sat):
            break
        run = unrolled.run(answer, len(run.rules) - 1)
    return run


class Unrolled:
    """A machine's runs as one formula per depth."""

    def __init__(self, encoding: Encoding, bad: Expr) -> None:
        self.encoding = encoding
        self.step = encoding.chosen_step()
        self.first = encoding.initial()
        self.bad = encoding.truth(bad)
        self.order = _order(encoding)
        self.logic = encoding.logic

    def ask(self, depth: int, solver: Solver) -> Sat | Unsat | Unknown:
        """Whether a bad state is reached within ``depth`` steps."""
        e = self.encoding
        moments = [e.moment(k) for k in range(depth + 1)]
        facts = [e.at(self.first, moments[0]), e.at(self.bad, moments[depth])]
        for k in range(depth):
            facts.append(e.between(self.step, moments[k], moments[k + 1], e.act_at(k)))
        idle = len(e.machine.rules)
        other = z3.BitVec("then", e.act.size())
        for k in range(depth - 1):
            one, two = e.act_at(k), e.act_at(k + 1)
            facts.append(z3.Implies(one == idle, two == idle))
            facts.append(z3.substitute(self.order, [(e.act, one), (other, two)]))
        wanted = [e.act_at(k) for k in range(depth)]
        for moment in moments:
            wanted += e.numbers(moment)
        return solver.check(facts, wanted, logic=self.logic)

    def run(self, answer: Sat, depth: int) -> Run:
        """The run of a model."""
        e = self.encoding
        acts = answer.values[:depth]
        rules = tuple(a for a in acts if a != len(e.machine.rules))
        width = len(e.slots)
        values = [e.signed(v) for v in answer.values[depth:]]
        moments = tuple(tuple(values[k * width : (k + 1) * width]) for k in range(len(rules) + 1))
        return Run(rules, e.slots, moments)


def _order(encoding: Encoding) -> Term:
    """After ``act`` no rule of an earlier thread may follow at once that it does not touch."""
    rules = encoding.machine.rules
    memo: dict[int, frozenset[int]] = {}
    writes = [frozenset(slot for slot, _ in rule.writes) for rule in rules]
    reads = [
        support(rule.enabled, memo).union(*(support(v, memo) for _, v in rule.writes))
        for rule in rules
    ]
    other = z3.BitVec("then", encoding.act.size())
    facts: list[Term] = []
    for one, rule in enumerate(rules):
        before = [
            z3.Not(other == two)
            for two, late in enumerate(rules)
            if rule.thread is not None
            and late.thread is not None
            and late.thread < rule.thread
            and not writes[one] & (reads[two] | writes[two])
            and not writes[two] & reads[one]
        ]
        if before:
            facts.append(z3.Implies(encoding.act == one, z3.And(before)))
    return z3.And(facts)
