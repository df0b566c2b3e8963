# SPDX-License-Identifier: MIT
"""Which statements of a run make no difference to it, or none to another thread."""

from collections.abc import Iterable, Iterator, Sequence, Set

from srcucheck.check.interpreter import Watched, outcomes, read_by
from srcucheck.check.replay import states_of
from srcucheck.check.trace import Trace
from srcucheck.ir.evaluate import evaluate
from srcucheck.ir.expr import Expr, Mark
from srcucheck.ir.system import Invariant, LeadsTo, Question, Reachable, Settles, State, System
from srcucheck.ir.walk import expressions, slots_read, statements
from srcucheck.render.story import Act


class Idle:
    """Knows the last step that reads each variable."""

    def __init__(self, system: System, trace: Trace, questions: Sequence[Question]) -> None:
        self._system = system
        self._last: dict[int, int] = {}
        self._reads: list[frozenset[int]] = []
        self._trace = trace
        self._asked: set[int] = set()
        states = states_of(trace)
        end = len(trace.steps)
        cycle = end if trace.schedule.cycle is None else trace.schedule.cycle
        for number, step in enumerate(trace.steps):
            again = number if number < cycle else end
            read = frozenset(read_by(system.threads[step.thread], states[number], step.choice))
            self._reads.append(read)
            self._last.update(dict.fromkeys(read, again))
        for expr in [*_asked(questions), *_awaited(system, trace, states[-1])]:
            for state in states:
                watched = Watched(state)
                evaluate(expr, watched, {})
                self._last.update(dict.fromkeys(watched.read, end))
                self._asked.update(watched.read)

    def writes(self, act: Act, thread: int) -> bool:
        """Whether a statement only writes what others never read, nor its own thread later."""
        shared = [s for s, _ in act.writes if self._system.slots[s].kind in ("global", "field")]
        late = any(self._last.get(s, -1) > act.step for s in shared)
        return bool(shared) and not late and not self.crosses(act, thread)

    def crosses(self, act: Act, thread: int) -> bool:
        """Whether a statement writes what another thread reads in this run, or the reverse."""
        pairs = zip(self._trace.steps, self._reads, strict=True)
        others = [(step, read) for step, read in pairs if step.thread != thread]
        if act.writes:
            slots = {slot for slot, _ in act.writes}
            return not slots.isdisjoint(self._asked) or any(slots & read for _, read in others)
        read = self._read(act)
        return any(slot in read for step, _ in others for _, slot, _ in step.writes)

    def _read(self, act: Act) -> Set[int]:
        """What a statement reads of all that its step reads."""
        if act.step >= len(self._reads):
            return frozenset()
        step = self._trace.steps[act.step]
        before = states_of(self._trace)[act.step]
        thread = self._system.threads[step.thread]
        found = outcomes(self._system, before, step.thread)[step.choice]
        update = thread.locations[before[thread.pc]].actions[found.action].update
        at: str = ""
        own: set[int] = set()
        for statement in statements(update):
            if isinstance(statement, Mark):
                at = self._system.sites[statement.site].text
            elif at == act.site.text:
                for expr in expressions(statement):
                    own.update(slots_read(expr, before))
        return own & self._reads[act.step]


def _asked(questions: Iterable[Question]) -> Iterator[Expr]:
    for question in questions:
        match question:
            case Invariant(expr) | Settles(expr) | Reachable(expr):
                yield expr
            case LeadsTo(trigger, goal):
                yield goal
                if trigger is not None:
                    yield trigger
            case _:
                pass


def _awaited(system: System, trace: Trace, last: State) -> Iterator[Expr]:
    for link in trace.chain:
        thread = system.threads[link.thread]
        wait = thread.locations[last[thread.pc]].wait
        if wait is not None:
            yield wait.guard
