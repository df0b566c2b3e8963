# SPDX-License-Identifier: MIT
"""From the calls of a run to the rows a reader needs: one per call where that can be."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from srcucheck.check.trace import Trace
from srcucheck.ir.system import Site, System
from srcucheck.render.story import Act, Call, Story, acts, pseudo, result, title


@dataclass(frozen=True, slots=True)
class Row:
    """A line in the lane of a thread; ``step`` orders rows, ``note`` stands at the right."""

    step: int
    thread: int
    depth: int
    text: str
    note: str = ""


class Rows:
    """Chooses what of a story is shown."""

    def __init__(self, story: Story) -> None:
        self.system: System = story.system
        self.trace: Trace = story.trace
        self.roots = story.roots
        self._parents = {f.number: f.parent for f in self.system.frames}
        self._bad = self._bad_frames()
        self._freed = self._life_steps(2)
        self._gone = {k.thread for k in self.trace.chain if k.status in ("ended", "dead")}

    def rows(self) -> list[Row]:
        """All rows, in the order of the run."""
        found: list[Row] = []
        for thread, items in self.roots.items():
            if any(s.thread == thread for s in self.trace.steps) or self._waits(thread):
                body_in_spec = self._body_in_spec(thread)
                own = list(self._items(thread, items, 0, body_in_spec))
                if body_in_spec:
                    found += self._of_spec_thread(thread, silent=bool(own))
                found += own
        found.sort(key=lambda r: r.step)
        return [*found, *self._wrong(found)]

    def _wrong(self, found: Sequence[Row]) -> Iterator[Row]:
        """The statement that is wrong, unless the last row says it."""
        for number, step in enumerate(self.trace.steps):
            for name, place in step.reports:
                if name == self.trace.property and number == len(self.trace.steps) - 1:
                    text = self.system.sites[place].text
                    own = [r for r in found if r.thread == step.thread]
                    if not own or text.rstrip(";") not in own[-1].text:
                        depth = own[-1].depth if own else 0
                        yield Row(number, step.thread, depth, text)
                    return

    def _body_in_spec(self, thread: int) -> bool:
        body = next(f for f in self.system.frames if f.thread == thread and f.parent is None)
        return body.in_spec

    def _waits(self, thread: int) -> bool:
        return any(link.thread == thread and link.status == "waits" for link in self.trace.chain)

    def _items(
        self, thread: int, items: Sequence[Call | Act], depth: int, in_spec: bool
    ) -> Iterator[Row]:
        last_act, begun = "", -1
        for item in items:
            if isinstance(item, Act):
                text = item.site.text.rstrip(";")
                if text != last_act or begun < 0:
                    begun = -1
                    if acts(item) and not in_spec:
                        begun = item.step
                        shown = item.site.text
                        yield Row(begun, thread, depth, shown, self._note(begun, shown))
                elif begun >= 0 and self._others_between(thread, begun, item.step):
                    begun = item.step  # a load, and only later the store
                    yield Row(begun, thread, depth, f"...{text} goes on")
                last_act = text
                continue
            if pseudo(item.frame):
                event = item.frame.function.startswith("on ") and item.frame.calls_spec
                yield from self._items(thread, item.items, depth, in_spec or event)
            elif not in_spec or self._matters(item):
                yield from self._call(thread, item, depth)

    def _matters(self, call: Call) -> bool:
        """Whether a call that a spec makes is worth a row: the model's own code, or what waits."""
        if not call.frame.calls_spec:
            return True
        return any(self._matters(inner) for inner in call.calls())

    def _call(self, thread: int, call: Call, depth: int) -> Iterator[Row]:
        text = title(call.frame)
        if self._is_one_row(call):
            yield Row(call.first, thread, depth, text + result(call), self._note_of(call))
            return
        yield Row(call.first, thread, depth, text)
        spread = self._interrupted(call)
        inside = list(self._items(thread, call.items, depth + 1, call.frame.calls_spec))
        if call.frame.calls_spec and spread:
            inside += self._spec_acts(thread, call, depth + 1)
        yield from sorted(inside, key=lambda r: r.step)
        if call.last is not None and result(call):
            yield Row(call.last, thread, depth + 1, f"returns{result(call)[2:]}")

    def _of_spec_thread(self, thread: int, silent: bool) -> Iterator[Row]:
        """A worker, timer or callback of a spec: when it wakes, and the statement that is wrong.

        ``silent``: the model's own function says that it runs.
        """
        kind = self.system.threads[thread].kind
        verb = "fires" if kind in ("softirq", "hardirq") else "runs"
        awake = False
        for number, step in enumerate(self.trace.steps):
            if step.thread != thread:
                continue
            for event in step.events:
                site = self.system.sites[event.site]
                body = self.system.frames[site.frame]
                if site.kind == "step" and (body.parent is None or pseudo(body)) and not awake:
                    if not silent:
                        yield Row(number, thread, 0, verb)
                    awake = True
                awake = awake and not (site.kind == "return" and _ends_turn(self.system, site))

    def _spec_acts(self, thread: int, call: Call, depth: int) -> Iterator[Row]:
        """What an opened kernel function does step by step, as others move in between."""
        before = ""
        for item in call.items:
            if isinstance(item, Act):
                if acts(item) and item.site.text != before:
                    yield Row(item.step, thread, depth, item.site.text)
                before = item.site.text
            elif not pseudo(item.frame) and not self._matters(item) and item.items:
                if self._interrupted(item) or item.last is None:
                    yield Row(item.first, thread, depth, title(item.frame))
                    yield from self._spec_acts(thread, item, depth + 1)

    def _is_one_row(self, call: Call) -> bool:
        if call.last is None or self._interrupted(call):
            return False
        if call.frame.calls_spec:
            return not any(self._matters(inner) for inner in call.calls()) or not (
                call.frame.number in self._bad or self._frees(call)
            )
        told = call.frame.number in self._bad or call.thread in self._gone
        return not told and not self._frees(call)

    def _interrupted(self, call: Call) -> bool:
        """Whether another thread moves between the first and the last step of the call."""
        last = call.last if call.last is not None else max(call.steps())
        return any(
            self.trace.steps[s].thread != call.thread for s in range(call.first, last + 1)
            if s < len(self.trace.steps)
        )  # fmt: skip

    def _others_between(self, thread: int, one: int, two: int) -> bool:
        """Whether another thread moves between two steps."""
        return any(self.trace.steps[s].thread != thread for s in range(one, two))

    def _frees(self, call: Call) -> bool:
        return bool(self._freed & call.steps())

    def _life_steps(self, value: int) -> Set[int]:
        """Steps that end a life, in a run that uses what is dead."""
        if not any(name.startswith("no_use") for s in self.trace.steps for name, _ in s.reports):
            return frozenset()
        return {
            n
            for n, step in enumerate(self.trace.steps)
            for slot, _, after in step.changes
            if self.system.slots[slot].kind == "life" and after == value
        }

    def _bad_frames(self) -> Set[int]:
        """Frames around the statement that the run is about."""
        found: set[int] = set()
        for step in self.trace.steps:
            for name, site in step.reports:
                if name == self.trace.property and 0 <= site < len(self.system.sites):
                    at: int | None = self.system.sites[site].frame
                    while at is not None:
                        found.add(at)
                        at = self._parents[at]
        return found

    def _note(self, step: int, text: str) -> str:
        return "<- freed" if step in self._freed and "kfree" in text else ""

    def _note_of(self, call: Call) -> str:
        return "<- freed" if self._freed & call.steps() else ""


def _ends_turn(system: System, site: Site) -> bool:
    return site.callee is not None and system.frames[site.callee].function.startswith("turn of ")
