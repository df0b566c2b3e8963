# SPDX-License-Identifier: MIT
"""What the symbolic engines work on: a vector of numbers, guarded rules, predicates over it.

A system gives one machine; liveness gives another, with more variables (``l2s``).  All of it is
``ir.expr``, so nothing here knows a solver, and an invariant can be read by people.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from srcucheck.ir.expr import FALSE, Const, Expr, Get
from srcucheck.ir.system import State, System
from srcucheck.symbolic import simplify as s
from srcucheck.symbolic.clock import Look, at_leisure
from srcucheck.symbolic.flat import Branch, Flat, flatten
from srcucheck.symbolic.intervals import Range
from srcucheck.symbolic.ranges import ranges
from srcucheck.symbolic.support import support


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A step: where it can be taken, and what it writes.  ``thread`` is None for no step at all.

    ``branch`` is the branch of the system that it is.
    """

    enabled: Expr
    writes: tuple[tuple[int, Expr], ...]
    thread: int | None
    branch: Branch | None


@dataclass(frozen=True, slots=True, eq=False)
class Machine:
    """Variables (slots of the system first), their ranges, initial vectors, rules."""

    system: System
    names: tuple[str, ...]
    ranges: tuple[Range, ...]
    initial: tuple[State, ...]
    rules: tuple[Rule, ...]
    kept: frozenset[int]
    """The variables that matter; the others were sliced away."""


def machine(flat: Flat, look: Look = at_leisure) -> Machine:
    """The machine of a system."""
    system = flat.system
    rules = tuple(
        Rule(s.both(b.enabled, s.negation(b.bound)), b.writes, b.thread, b) for b in flat.branches
    )
    return Machine(
        system,
        tuple(slot.name for slot in system.slots),
        ranges(system, look),
        tuple(initial.state for initial in system.initial),
        tuple(rule for rule in rules if rule.enabled != FALSE),
        frozenset(range(len(system.slots))),
    )


def of_system(system: System, look: Look = at_leisure) -> tuple[Flat, Machine]:
    """Branches and machine.

    Raises:
        Refused: an update is too large.
        Spent: time was up.
    """
    flat = flatten(system, look)
    return flat, machine(flat, look)


def sliced(whole: Machine, asked: Iterable[Expr]) -> Machine:
    """Without the variables that neither rules nor what is asked depend on."""
    memo: dict[int, frozenset[int]] = {}
    kept: set[int] = set()
    todo: set[int] = set()
    for expr in [*asked, *(rule.enabled for rule in whole.rules)]:
        todo |= support(expr, memo)
    written: dict[int, list[Expr]] = {}
    for rule in whole.rules:
        for slot, value in rule.writes:
            written.setdefault(slot, []).append(value)
    while todo:
        slot = todo.pop()
        if slot not in kept:
            kept.add(slot)
            for value in written.get(slot, ()):
                todo |= support(value, memo) - kept
    rules = tuple(
        replace(r, writes=tuple((slot, v) for slot, v in r.writes if slot in kept))
        for r in whole.rules
    )
    return replace(whole, rules=rules, kept=frozenset(kept))


def expressions(of: Machine) -> Iterator[Expr]:
    """All expressions of its rules."""
    for rule in of.rules:
        yield rule.enabled
        for _, value in rule.writes:
            yield value


def in_ranges(of: Machine) -> Expr:
    """Every variable that matters is within its range."""
    found: list[Expr] = []
    for slot in sorted(of.kept):
        low, high = of.ranges[slot]
        if low is not None:
            found.append(s.binary(">=", Get(slot), Const(low)))
        if high is not None:
            found.append(s.binary("<=", Get(slot), Const(high)))
    return s.all_of(*found)


def equals(of: Machine, state: Sequence[int]) -> Expr:
    """The state is this one, so far as it matters."""
    return s.all_of(*(s.binary("==", Get(k), Const(state[k])) for k in sorted(of.kept)))
