# SPDX-License-Identifier: MIT
"""Liveness as safety (Biere, Artho & Schuppan 2002): a machine that looks for a fair loop.

At some moment, inside the activation, the state is copied.  From then on only steps count that can
lie on a loop and do not end the activation; flags collect what fairness asks for, read in the
state *before* each step, so in every state of the loop.  Bad: the state is the copy again, some
step was taken, everybody was served.  A run that stops (a loop of no steps) is no business of
this machine: that is a state where nobody owes.

It is refused where a number that can change on a loop has no range: then a run may go on for ever
though no loop closes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from srcucheck.ir.expr import FALSE, TRUE, Const, Expr, Get, Ite
from srcucheck.ir.system import Thread
from srcucheck.symbolic import predicates as p
from srcucheck.symbolic import simplify as s
from srcucheck.symbolic.flat import Branch, Flat, Refused
from srcucheck.symbolic.machine import Machine, Rule


@dataclass(frozen=True, slots=True, eq=False)
class Wish:
    """Where a run must stay to be bad.  ``region`` and ``visit`` are over the machine's variables.

    ``ends``: the frame whose end leaves the region; ``visit``: what must be true once on the loop.
    """

    region: Expr
    ends: int | None = None
    visit: Expr = TRUE


def with_promise(machine: Machine, trigger: Expr | None, goal: Expr) -> tuple[Machine, Expr]:
    """The machine with one bit more, whether a promise was open before, and where one is open now.

    Without a trigger it is open from the start.
    """
    bit = len(machine.names)
    before = s.truth(Get(bit))
    now = before if trigger is None else s.either(before, s.truth(trigger))
    open_ = s.both(now, s.negation(s.truth(goal)))
    rules = tuple(replace(r, writes=(*r.writes, (bit, open_))) for r in machine.rules)
    start = int(trigger is None)
    return (
        replace(
            machine,
            names=(*machine.names, "promise"),
            ranges=(*machine.ranges, (0, 1)),
            initial=tuple((*one, start) for one in machine.initial),
            rules=rules,
            kept=machine.kept | {bit},
        ),
        open_,
    )


def loops(flat: Flat, machine: Machine, wish: Wish) -> tuple[Machine, Expr] | None:
    """The machine that looks for a fair loop, and where it has found one; None: there is no loop.

    Raises:
        Refused: a number on a loop has no range.
    """
    inner = _on_loops(flat, machine, wish)
    if not inner:
        return None
    written = {
        slot for rule, _ in inner for slot, _ in rule.writes if slot < len(flat.system.slots)
    }
    for slot in written:
        if None in machine.ranges[slot]:
            raise Refused(f"{machine.names[slot]} has no range: no loop need close")
    return _Builder(flat, machine, wish, sorted(written)).machine(inner)


class _Builder:
    """Adds variables to a machine."""

    def __init__(self, flat: Flat, machine: Machine, wish: Wish, copied: list[int]) -> None:
        self.flat = flat
        self.base = machine
        self.wish = wish
        self.copied = copied
        self.names = list(machine.names)
        self.ranges = list(machine.ranges)
        self.start: list[int] = []
        self.saved = self.variable("copied", (0, 2))
        self.copy = {
            k: self.variable(f"copy of {machine.names[k]}", machine.ranges[k]) for k in copied
        }

    def variable(self, name: str, values: tuple[int | None, int | None]) -> int:
        """A new variable, 0 (or its least value) at the start."""
        self.names.append(name)
        self.ranges.append(values)
        low, high = values[0] or 0, values[1] or 0
        self.start.append(0 if low <= 0 <= high else low)
        return len(self.names) - 1

    def machine(self, inner: list[tuple[Rule, Expr]]) -> tuple[Machine, Expr]:
        """The machine, and where a loop is closed."""
        open_ = s.binary(">=", Get(self.saved), Const(1))
        served: dict[int, int] = {}
        notes: dict[int, Expr] = {}
        fair: list[Expr] = []
        for thread in self.flat.system.threads:
            owed = p.owed(self.flat, thread.number)
            strong = p.strong(self.flat, thread.number)
            if owed != FALSE:
                flag = served[thread.number] = self.variable(f"just to {thread.name}", (0, 1))
                notes[flag] = s.negation(owed)
                fair.append(s.truth(Get(flag)))
            if strong != FALSE:
                took = self.variable(f"{thread.name} took a step", (0, 1))
                could = self.variable(f"{thread.name} was at a lock", (0, 1))
                notes[could] = strong
                served[-1 - thread.number] = took
                fair.append(s.either(s.truth(Get(took)), s.negation(s.truth(Get(could)))))
        if self.wish.visit != TRUE:
            seen = self.variable("visited", (0, 1))
            notes[seen] = s.truth(self.wish.visit)
            fair.append(s.truth(Get(seen)))
        rules: list[Rule] = []
        for rule in self.base.rules:
            before = s.both(rule.enabled, s.negation(open_))
            rules.append(replace(rule, enabled=before))
        for rule, when in inner:
            writes = dict(rule.writes)
            writes[self.saved] = Const(2)
            for flag, note in notes.items():
                writes[flag] = s.either(s.truth(Get(flag)), note)
            for key in (rule.thread, -1 - (rule.thread or 0)):
                if rule.thread is not None and key in served:
                    writes[served[key]] = TRUE
            rules.append(Rule(s.both(when, open_), tuple(writes.items()), rule.thread, rule.branch))
        keep = tuple((copy, Get(slot)) for slot, copy in self.copy.items())
        save = s.both(self.wish.region, s.negation(open_))
        rules.append(Rule(save, ((self.saved, Const(1)), *keep), None, None))
        same = s.all_of(*(s.binary("==", Get(k), Get(c)) for k, c in self.copy.items()))
        closed = s.all_of(s.binary("==", Get(self.saved), Const(2)), same, *fair)
        start = tuple(self.start)
        return (
            replace(
                self.base,
                names=tuple(self.names),
                ranges=tuple(self.ranges),
                initial=tuple((*one, *start) for one in self.base.initial),
                rules=tuple(rules),
                kept=frozenset(range(len(self.names))),
            ),
            closed,
        )


def _on_loops(flat: Flat, machine: Machine, wish: Wish) -> list[tuple[Rule, Expr]]:
    """Rules that can lie on a loop inside the region, and where they do.

    A thread that moves on a loop moves along a loop of its own places.
    """
    found: list[tuple[Rule, Expr]] = []
    for thread in flat.system.threads:
        mine = [r for r in machine.rules if r.thread == thread.number and r.branch is not None]
        moves = {}
        for rule in mine:
            assert rule.branch is not None
            staying = s.both(rule.enabled, _not_ending(rule.branch, wish))
            if staying != FALSE:
                moves[id(rule)] = staying
        edges = {
            (r.branch.location, to): None
            for r in mine
            if r.branch is not None and id(r) in moves
            for to in _targets(r, thread)
        }
        component = _components(edges)
        for rule in mine:
            assert rule.branch is not None
            here = component.get(rule.branch.location)
            if id(rule) not in moves or here is None:
                continue
            place = dict(rule.writes).get(thread.pc, Const(rule.branch.location))
            back = s.any_of(
                *(equal(place, to) for to in _targets(rule, thread) if component.get(to) == here)
            )
            when = s.all_of(moves[id(rule)], back, wish.region)
            if when != FALSE:
                found.append((rule, when))
    return found


def _not_ending(branch: Branch, wish: Wish) -> Expr:
    return s.negation(s.any_of(*(when for frame, when in branch.ends if frame == wish.ends)))


def equal(value: Expr, number: int) -> Expr:
    """A choice of constants is this number."""
    match value:
        case Ite(condition, then, other):
            return s.ite(condition, equal(then, number), equal(other, number))
        case _:
            return s.binary("==", value, Const(number))


def _targets(rule: Rule, thread: Thread) -> Iterable[int]:
    """Where a rule can take its thread."""
    assert rule.branch is not None
    place = dict(rule.writes).get(thread.pc, Const(rule.branch.location))
    todo, found = [place], dict[int, None]()
    while todo:
        value = todo.pop()
        match value:
            case Const(number):
                found[number] = None
            case Ite(_, then, other):
                todo += [then, other]
            case _:
                return thread.locations
    return found


def _components(edges: Mapping[tuple[int, int], None]) -> dict[int, int]:
    """The component of each place that lies on a cycle, by what reaches what."""
    reach: dict[int, set[int]] = {}
    for one, two in edges:
        reach.setdefault(one, set()).add(two)
    changed = True
    while changed:
        changed = False
        for targets in reach.values():
            more = set().union(*(reach.get(t, set()) for t in targets)) - targets
            if more:
                targets |= more
                changed = True
    return {
        one: min(t for t in targets if one in reach.get(t, ()))
        for one, targets in reach.items()
        if one in targets
    }
