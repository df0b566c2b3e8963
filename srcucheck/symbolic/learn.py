# SPDX-License-Identifier: MIT
"""An invariant from states that are known to be reached: clauses that they all meet.

Begin with "nothing bad".  While a step leads from inside to outside, its first state should not
be there.  Some of its values, mostly two, never come together in the sample: that becomes a
clause, stated as widely as the sample allows ("where x is 2, y is 0 or 1").  Where all states are
known that goes on until the conjunction is inductive; else a state that no small clause excludes
is taken for one that is reached, and clauses that exclude what follows are dropped again.  So
learns ICE (Garg, Loeding, Madhusudan & Neider 2014); that two values of a state at a time are
nearly always enough was seen by Bradley (2011) and in thread-modular proofs.

Nothing here has to be right: what comes out is re-checked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import prod

import z3

from srcucheck.ir.expr import Const, Expr, Get
from srcucheck.ir.system import State
from srcucheck.symbolic import simplify as s
from srcucheck.symbolic.compiled import truths
from srcucheck.symbolic.encode import Encoding, suited
from srcucheck.symbolic.machine import Machine, in_ranges
from srcucheck.symbolic.sample import Sample, Walker
from srcucheck.symbolic.solve import Sat, Session, Solver, Unknown, Unsat

AT_ONCE = 6
"""Clauses learned from one state."""

SMALL = 3
"""Values in a clause, where not all states are known."""

ROUNDS = 4_000
"""Questions."""

FOLLOWED = 200
"""States that are looked at behind one that is taken for reached."""


@dataclass(frozen=True, slots=True)
class Learned:
    """A formula that seems to be inductive, and which of the bad predicates it excludes."""

    formula: Expr
    excluded: frozenset[int]


@dataclass(frozen=True, slots=True, eq=False)
class Clause:
    """Where ``given`` have these values, ``slot`` has one of ``allowed``."""

    given: tuple[tuple[int, int], ...]
    slot: int
    allowed: frozenset[int]
    formula: Expr

    def meets(self, state: State) -> bool:
        """Whether a state is not against it."""
        return state[self.slot] in self.allowed or any(state[k] != v for k, v in self.given)


@dataclass(slots=True)
class Known:
    """States by the values of their variables: a mask of states for each value of a variable."""

    slots: Sequence[int]
    pcs: frozenset[int]
    count: int = 0
    masks: dict[int, dict[int, int]] = field(default_factory=dict)

    def add(self, state: State) -> None:
        """One more."""
        bit = 1 << self.count
        self.count += 1
        for slot in self.slots:
            of = self.masks.setdefault(slot, {})
            of[state[slot]] = of.get(state[slot], 0) | bit

    def against(self, state: State, small: int | None) -> list[Clause]:
        """Clauses that exclude a state and none that is known; few, and the shortest there are."""
        mine = {k: self.masks[k].get(state[k], 0) for k in self.slots}
        alone = [k for k in self.slots if not mine[k]]
        if alone:
            return [self.clause((), k) for k in alone[:AT_ONCE]]
        pairs = [(a, b) for a, b in combinations(self.slots, 2) if not mine[a] & mine[b]]
        if pairs:
            pairs.sort(key=self.score)
            return [self.cube(pair, state, mine) for pair in pairs[:AT_ONCE]]
        threes = list(self.threes(mine))
        if threes:
            threes.sort(key=self.score)
            return [self.cube(three, state, mine) for three in threes[:AT_ONCE]]
        if small is not None:
            return []
        rare = sorted(self.slots, key=lambda k: mine[k].bit_count())[:AT_ONCE]
        more = dict.fromkeys(cube for k in rare if (cube := self.more(k, mine)))
        return [self.cube(one, state, mine) for one in more]

    def more(self, first: int, mine: dict[int, int]) -> tuple[int, ...]:
        """Some variables more, none of which can be left out; none at all if all states have it."""
        cube, left = [first], mine[first]
        while left:
            best = min(self.slots, key=lambda k: (left & mine[k]).bit_count())
            if (left & mine[best]) == left:
                return ()
            left &= mine[best]
            cube.append(best)
        for slot in cube[:-1]:
            rest = (1 << self.count) - 1
            for other in cube:
                rest &= mine[other] if other != slot else -1
            if not rest:
                cube.remove(slot)
        return tuple(sorted(cube))

    def threes(self, mine: dict[int, int]) -> Iterator[tuple[int, ...]]:
        """Three variables whose values do not come together, nor do two of them fail to."""
        for n, a in enumerate(self.slots):
            for m, b in enumerate(self.slots[n + 1 :], n + 1):
                both = mine[a] & mine[b]
                for c in self.slots[m + 1 :]:
                    if not both & mine[c]:
                        yield a, b, c

    def score(self, slots: tuple[int, ...]) -> tuple[int, int]:
        """Less is better: where threads stand first, then what has few values."""
        return -len(self.pcs & {*slots}), prod(len(self.masks[k]) for k in slots)

    def cube(self, slots: tuple[int, ...], state: State, mine: dict[int, int]) -> Clause:
        """Of values that do not come together the rarest one is what the clause speaks of."""
        *given, last = sorted(slots, key=lambda k: -mine[k].bit_count())
        return self.clause(tuple((k, state[k]) for k in given), last)

    def clause(self, given: tuple[tuple[int, int], ...], slot: int) -> Clause:
        """What a variable may be where others have some values."""
        there = (1 << self.count) - 1
        for other, value in given:
            there &= self.masks[other].get(value, 0)
        allowed = frozenset(v for v, mask in self.masks[slot].items() if mask & there)
        absent = [s.binary("!=", Get(k), Const(v)) for k, v in given]
        return Clause(given, slot, allowed, s.any_of(*absent, among(slot, allowed)))


def among(slot: int, allowed: frozenset[int]) -> Expr:
    """A variable has one of some values."""
    runs: list[list[int]] = []
    for value in sorted(allowed):
        if runs and runs[-1][1] == value - 1:
            runs[-1][1] = value
        else:
            runs.append([value, value])
    parts: list[Expr] = []
    for low, high in runs:
        if low == high:
            parts.append(s.binary("==", Get(slot), Const(low)))
        else:
            above = s.binary(">=", Get(slot), Const(low))
            parts.append(s.both(above, s.binary("<=", Get(slot), Const(high))))
    return s.any_of(*parts)


def learned(
    machine: Machine, bads: Sequence[Expr], sample: Sample, walker: Walker, solver: Solver
) -> Learned | Unknown:
    """A formula that excludes as many of the bad predicates as can be.

    Raises:
        Refused: an expression is beyond the encoding.
    """
    return _Learner(machine, list(bads), sample, walker, solver).run()


class _Learner:
    """The clauses so far, and the solver that knows them."""

    def __init__(
        self, machine: Machine, bads: list[Expr], sample: Sample, walker: Walker, solver: Solver
    ) -> None:
        self.machine, self.bads, self.solver, self.walker = machine, bads, solver, walker
        self.complete = sample.complete
        self.bad = truths(bads)
        self.out: set[int] = set()
        pcs = frozenset(t.pc for t in machine.system.threads)
        self.known = Known(sorted(machine.kept), pcs)
        self.seen = set(sample.states)
        for state in sample.states:
            self.known.add(state)
        self.clauses: list[Clause] = []
        self.encoding: Encoding = suited(machine, [*bads, in_ranges(machine)], solver.look)
        self.step = self.encoding.some_step()
        self.session: Session | None = None
        self.broken: list[z3.BoolRef] = []

    def run(self) -> Learned | Unknown:
        """Until no step leads out."""
        e = self.encoding
        wanted = [*e.numbers(e.before), *e.numbers(e.after)]
        for _ in range(ROUNDS):
            session = self.session or self.begun()
            answer = session.check([z3.Or(self.broken)], wanted)
            match answer:
                case Unsat():
                    kept = [b for n, b in enumerate(self.bads) if n not in self.out]
                    formula = [*(c.formula for c in self.clauses), *map(s.negation, kept)]
                    excluded = frozenset(range(len(self.bads))) - self.out
                    return Learned(s.all_of(*formula), excluded)
                case Unknown():
                    return answer
                case Sat(values):
                    numbers = [e.signed(v) for v in values]
                    half = len(e.slots)
                    self.exclude(self.state(numbers[:half]), self.state(numbers[half:]))
        return Unknown("too many clauses")

    def begun(self) -> Session:
        """A solver that knows what is left of the clauses."""
        e = self.encoding
        inside = [e.truth(in_ranges(self.machine)), self.step]
        self.session = self.solver.session(inside, e.logic)
        self.broken = []
        for number, bad in enumerate(self.bads):
            if number not in self.out:
                self.session.add(z3.Not(e.truth(bad)))
                self.broken.append(e.truth_after(bad))
        for clause in self.clauses:
            self.tell(clause)
        return self.session

    def tell(self, clause: Clause) -> None:
        """The solver learns a clause."""
        assert self.session is not None
        self.session.add(self.encoding.truth(clause.formula))
        self.broken.append(z3.Not(self.encoding.truth_after(clause.formula)))

    def state(self, numbers: Sequence[int]) -> State:
        """A state of the machine; what was sliced away is as at the start."""
        state = list(self.machine.initial[0])
        for slot, number in zip(self.encoding.slots, numbers, strict=True):
            state[slot] = number
        return tuple(state)

    def exclude(self, state: State, after: State) -> None:
        """A state from which a step leads out should not be there, or where it leads should."""
        clauses = self.known.against(state, None if self.complete else SMALL)
        if clauses:
            self.clauses += clauses
            for clause in clauses:
                self.tell(clause)
            return
        self.session = None
        todo = [after]
        while todo and len(todo) < FOLLOWED:
            one = todo.pop(0)
            if one not in self.seen:
                self.seen.add(one)
                self.known.add(one)
                self.clauses = [c for c in self.clauses if c.meets(one)]
                self.out |= {n for n, value in enumerate(self.bad(one)) if value}
                todo += [next_ for _, next_ in self.walker.after(one)]
            elif one is after:  # nothing new: give up what it breaks
                self.out |= set(range(len(self.bads)))
