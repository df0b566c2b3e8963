# SPDX-License-Identifier: MIT
"""Breadth-first search over the states of a system.

Labels belong to edges: every generated action is looked at, self-loops and edges into known states
included.  A label is registered when it is first seen, so in breadth-first order.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any, assert_never

from srcucheck.base.budget import Budget, Listener, Progress, resident_megabytes
from srcucheck.check.replay import InternalError
from srcucheck.explicit.compile import Code, Label, compile_action, passed
from srcucheck.explicit.graph import EdgeLabel, Graph
from srcucheck.ir.expr import Begin, Bound, End, Mark, Report
from srcucheck.ir.system import Action, System, Thread

_STRIDE = 1000
"""States between two looks at the budget."""

_Entry = tuple[Callable[..., Any], bool, dict[int, int], int, int, int, Code, Action, int]
"""run, many, kind by label bits, owed bit, unowed bit, strong bit, and whence."""


def search(system: System, budget: Budget, listener: Listener) -> Graph:
    """Explores everything, or what the budget allows.

    Raises:
        ModelError: a loop inside ``atomic`` does not end.
        InternalError: at one state a thread has owed and unowed actions enabled.
    """
    return Search(system).run(budget, listener)


class Search:
    """One search, which can rest on its way and be taken up again."""

    def __init__(self, system: System) -> None:
        shift = max(1, len(system.threads).bit_length())
        states = list(dict.fromkeys(initial.state for initial in system.initial))
        index = {state: number for number, state in enumerate(states)}
        starts: dict[int, int] = {}
        for number, initial in enumerate(system.initial):
            starts.setdefault(index[initial.state], number)
        nothing = EdgeLabel(frozenset(), frozenset(), frozenset(), None)
        self.graph = Graph(system, states, index, starts, shift, labels=[nothing], found=[0])
        self.graph.level = [0] * len(states)
        self.numbers = {nothing: 0}
        self.tables: list[tuple[int, dict[int, tuple[_Entry, ...]], Thread]] = [
            (thread.pc, {}, thread) for thread in system.threads
        ]
        self.over = False

    def run(self, budget: Budget, listener: Listener, rest: int | None = None) -> Graph:
        """The search itself: one long loop, because calls are what costs time here.

        With ``rest`` it stops when so many states are found, and ``over`` says whether it is.
        """
        graph = self.graph
        states, index = graph.states, graph.index
        level, owe_of = graph.level, graph.owe
        strong_of, free_of = graph.strong, graph.free
        push_edge, push_kind = graph.targets.append, graph.kinds.append
        push_first, push_state = graph.first.append, states.append
        push_level, push_owe = level.append, owe_of.append
        number_of, back, quiet = index.setdefault, graph.back, graph.quiet
        tables = self.tables
        limit = budget.states if budget.states is not None else 1 << 62
        told, look = time.monotonic(), 0
        here, total, edges = graph.expanded, len(states), len(graph.targets)
        pause = limit if rest is None else min(limit, rest)
        self.over = False
        while here < total:
            if here >= look or total >= pause:
                if rest is not None and limit > total >= rest:
                    break
                look = here + _STRIDE
                why = budget.exceeded(total)
                if why is not None:
                    graph.stopped = why
                    break
                now = time.monotonic()
                if now - told > 0.1:
                    told = now
                    listener.progress(self.progress(here, edges, now - budget.started))
            state = states[here]
            deeper = level[here] + 1
            owe = free = strong = 0
            for pc, table, thread in tables:
                entries = table.get(state[pc])
                if entries is None:
                    entries = table[state[pc]] = self.prepare(thread, state[pc])
                for entry in entries:
                    run, many, kinds, owed_bit, free_bit, strong_bit, _, _, _ = entry
                    result = run(state)
                    if not result:
                        continue
                    owe |= owed_bit
                    free |= free_bit
                    strong |= strong_bit
                    for after, bits in result if many else (result,):
                        edges += 1
                        kind = kinds.get(bits)
                        if kind is None:
                            kind = kinds[bits] = self.register(here, entry, bits)
                        push_kind(kind)
                        if after is None:
                            push_edge(-1)
                            continue
                        target = number_of(after, total)
                        if target == total:
                            total += 1
                            push_state(after)
                            push_level(deeper)
                        elif target <= here:
                            back.add(target)
                        push_edge(target)
            if owe & free:
                raise InternalError(self.mixed(here, owe & free))
            push_first(edges)
            push_owe(owe)
            if not owe:
                quiet.append(here)
            if strong:
                strong_of[here] = strong
            if free:
                free_of[here] = free
            here += 1
        self.over = here == total or graph.stopped is not None
        graph.transitions = edges
        graph.depth = level[-1]
        return graph

    def prepare(self, thread: Thread, number: int) -> tuple[_Entry, ...]:
        """The compiled actions of a location, when it is first visited."""
        location = thread.locations.get(number)
        if location is None:
            raise InternalError(f"{thread.name} has no location {number}")
        return tuple(self.entry(thread, action) for action in location.actions)

    def entry(self, thread: Thread, action: Action) -> _Entry:
        """One compiled action and its masks."""
        code = compile_action(self.graph.system, action)
        bit = 1 << thread.number
        owed, free = (bit, 0) if action.owed else (0, bit)
        strong = bit if action.strong else 0
        return code.run, code.many, {}, owed, free, strong, code, action, thread.number

    def register(self, state: int, entry: _Entry, bits: int) -> int:
        """The kind of an edge, when its action first shows these bits."""
        code, action, thread = entry[6:]
        label = shown(action, passed(code.labels, bits), self.graph.executed)
        number = self.numbers.setdefault(label, len(self.graph.labels))
        if number == len(self.graph.labels):
            self.graph.labels.append(label)
            self.graph.found.append(state)
        return number << self.graph.shift | thread

    def mixed(self, state: int, threads: int) -> str:
        """The message for a thread with owed and unowed actions enabled at once."""
        who = self.graph.system.threads[threads.bit_length() - 1]
        pc = self.graph.states[state][who.pc]
        return f"{who.name} has owed and unowed actions enabled at location {pc}"

    def progress(self, here: int, edges: int, seconds: float) -> Progress:
        """The figures so far."""
        states = len(self.graph.states)
        depth = self.graph.level[here]
        return Progress(states, edges, depth, states - here, seconds, resident_megabytes())


def shown(action: Action, labels: Iterable[Label], executed: set[int]) -> EdgeLabel:
    """What an edge shows that passed these labels; ``executed`` gets the sites."""
    reports: set[str] = set()
    begins: set[int] = set()
    ends: set[int] = set()
    bound: str | None = None
    executed.add(action.site)
    for item in labels:
        match item:
            case Report(name, site):
                reports.add(name)
                executed.add(site)
            case Begin(frame):
                begins.add(frame)
            case End(frame):
                ends.add(frame)
            case Bound(text, site):
                bound = text
                executed.add(site)
            case Mark(site):
                executed.add(site)
            case _:
                assert_never(item)
    return EdgeLabel(frozenset(reports), frozenset(begins), frozenset(ends), bound)
