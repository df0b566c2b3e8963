# SPDX-License-Identifier: MIT
"""From the calls of a run to the rows a reader needs: one per call where that can be."""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import replace
from typing import Literal

from srcucheck.check.trace import Trace
from srcucheck.ir.system import Question, Site, System
from srcucheck.render.idle import Idle
from srcucheck.render.marks import birth_sites, ending_sites, freed, marks, waits_from
from srcucheck.render.row import Row, calm, noted
from srcucheck.render.story import Act, Call, Outs, Story, acts, pseudo, result, target, title
from srcucheck.render.words import MEMORY, brief, value_of

Nested = Literal["shown", "steps", "left out"]
"""Of what a spec does: the calls that hold the model's code, its steps too, or only that code."""


class Rows:
    """Chooses what of a story is shown."""

    def __init__(self, story: Story, questions: Sequence[Question] = ()) -> None:
        self.system: System = story.system
        self.trace: Trace = story.trace
        self.roots = story.roots
        self.outs = Outs(story)
        self._bad = self._frames_around([*self._bad_sites(), *birth_sites(self.system, self.trace)])
        self._freed = freed(self.system, self.trace)
        self._ending = self._frames_around(ending_sites(self.system, self.trace))
        self._idle = Idle(self.system, self.trace, questions)
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
        found = calm(self._with_ends(found))
        found = self._with_wrong(found)
        for mark in marks(self.system, self.trace):
            found = noted(found, mark)
        return found

    def _with_ends(self, found: Sequence[Row]) -> list[Row]:
        """Whoever waits to the end says so where that begins; so does who goes round for ever."""
        rows = list(found)
        cycle, end = self.trace.schedule.cycle, len(self.trace.steps)
        if cycle is not None:
            for thread in [k.thread for k in self.trace.chain if k.status == "spins"]:
                own = [r for r in rows if r.thread == thread]
                if own and own[-1].step < cycle:
                    rows.append(Row(end, thread, own[-1].depth + 1, "...for ever", ahead=True))
        for thread, step in waits_from(self.system, self.trace):
            own = [r for r in rows if r.thread == thread]
            depth = own[-1].depth + 1 if own else 0
            place = sum(r.step <= step for r in rows)
            rows.insert(place, Row(step, thread, depth, "...waits", ahead=True))
        return rows

    def _with_wrong(self, found: list[Row]) -> list[Row]:
        """The statement that is wrong, unless the last row says it."""
        last = len(self.trace.steps) - 1
        for name, place in self.trace.steps[last].reports if self.trace.steps else ():
            if name == self.trace.property and self.trace.schedule.cycle is None:
                thread = self.trace.steps[last].thread
                text = brief(self.system.sites[place].text)
                at = max((n for n, r in enumerate(found) if r.thread == thread), default=-1)
                if at >= 0 and found[at].text in ("fires", "runs") and found[at].step == last:
                    return [*found[:at], replace(found[at], text=f"{found[at].text}: {text}")]
                if self.system.sites[place].in_spec and at >= 0 and name.startswith(MEMORY):
                    break  # said below, with the line
                if at < 0 or text not in found[at].text:
                    depth = found[at].depth + (self._opens(thread)) if at >= 0 else 0
                    return [*found, Row(last, thread, depth, text)]
                break
        return found

    def _opens(self, thread: int) -> int:
        """1 if the last row of a thread is a call that is still open, and shows nothing of it."""
        items: Sequence[Call | Act] = self.roots[thread]
        call = None
        while items and isinstance(items[-1], Call) and items[-1].last is None:
            call = items[-1] if not pseudo(items[-1].frame) else call
            items = items[-1].items
        return int(call is not None and not any(self._told(call, item) for item in call.items))

    def _told(self, call: Call, item: Call | Act) -> bool:
        if call.frame.calls_spec:
            return isinstance(item, Call) and self._matters(item)
        return (isinstance(item, Call) and not pseudo(item.frame)) or (
            isinstance(item, Act) and acts(item)
        )

    def _body_in_spec(self, thread: int) -> bool:
        body = next(f for f in self.system.frames if f.thread == thread and f.parent is None)
        return body.in_spec

    def _waits(self, thread: int) -> bool:
        return any(link.thread == thread and link.status == "waits" for link in self.trace.chain)

    def _items(
        self,
        thread: int,
        items: Sequence[Call | Act],
        depth: int,
        in_spec: bool,
        nested: Nested = "shown",
    ) -> Iterator[Row]:
        """Rows for what a call contains; ``nested`` is for what a spec does by itself."""
        before = ""
        for item in self._merged(items):
            if isinstance(item, Act):
                text = item.site.text.rstrip(";")
                if acts(item) and in_spec:
                    if nested == "steps" and self._seen(item) and self._idle.crosses(item, thread):
                        told = self._told_act(item)
                        yield Row(item.step, thread, depth, told, "", item.ahead, inner=True)
                elif acts(item) and not self._idle.writes(item, thread):
                    told = f"...{text} goes on" if text == before else text
                    yield Row(item.step, thread, depth, told, ahead=item.ahead)
                before = text
            elif pseudo(item.frame):
                event = item.frame.function.startswith("on ") and item.frame.calls_spec
                yield from self._items(thread, item.items, depth, in_spec or event)
            elif not in_spec or not item.frame.calls_spec:
                yield from self._call(thread, item, depth)
            else:
                mixed = any(self._matters(i) for i in items if isinstance(i, Call))
                yield from self._by_spec(thread, item, depth, nested, mixed)

    def _by_spec(
        self, thread: int, call: Call, depth: int, nested: Nested, mixed: bool
    ) -> Iterator[Row]:
        """A call that a spec makes: a row of its own only where that tells more.

        ``mixed``: the spec calls the model's code as well, which has rows.
        """
        spread = self._interrupted(call)
        if not self._matters(call):
            if mixed and (self._frees(call) or call.frame.number in self._bad):
                yield Row(call.first, thread, depth, title(call.frame), "", call.ahead,
                          self._end(call))  # fmt: skip
            elif nested == "steps" and call.items and (spread or call.last is None):
                yield Row(call.first, thread, depth, title(call.frame), "", call.ahead,
                          self._end(call), inner=True)  # fmt: skip
                yield from self._items(thread, call.items, depth + 1, True, "steps")
        elif nested == "shown" or (nested == "steps" and not spread):
            yield from self._call(thread, call, depth)
        else:
            yield from self._items(thread, call.items, depth, True, _nested(spread))

    def _end(self, call: Call) -> int:
        """The last step of a call, as far as the run goes."""
        return call.last if call.last is not None else len(self.trace.steps)

    def _merged(self, items: Sequence[Call | Act]) -> Iterator[Call | Act]:
        """A statement has one row for all that it reads and writes, unless others come between."""
        held: Act | None = None
        for item in items:
            if held is not None:
                if isinstance(item, Act) and _same(item, held):
                    if not self._others_between(item.site, held.step, item.step):
                        item = replace(item, writes=(*held.writes, *item.writes))
                        held = item if item.site.kind == "step" else held
                        continue
                yield held
            held = item if isinstance(item, Act) else None
            if held is None:
                yield item
        if held is not None:
            yield held

    def _matters(self, call: Call) -> bool:
        """Whether a call that a spec makes is worth a row: the model's own code, or what waits."""
        if not call.frame.calls_spec:
            return True
        return any(self._matters(inner) for inner in call.calls())

    def _call(self, thread: int, call: Call, depth: int) -> Iterator[Row]:
        text = title(call.frame)
        came = result(call, self.outs)
        last = self._end(call)
        if self._is_one_row(call):
            yield Row(call.first, thread, depth, text + came, "", call.ahead, last)
            return
        spread, in_spec = self._interrupted(call), call.frame.calls_spec
        inside = list(self._items(thread, call.items, depth + 1, in_spec, _nested(spread)))
        if call.last is not None and came and not inside:
            yield Row(call.first, thread, depth, text + came, last=last)
            return
        yield Row(call.first, thread, depth, text, "", call.ahead, last)
        yield from inside
        if call.last is not None and came and not came[2:].strip().isdigit():
            yield Row(call.last, thread, depth + 1, f"returns{came[2:]}")

    def _of_spec_thread(self, thread: int, silent: bool) -> Iterator[Row]:
        """A worker, timer or callback of a spec: when it wakes.

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

    def _seen(self, act: Act) -> bool:
        """Whether the real kernel does this too, and not only a check of a spec."""
        slots = [self.system.slots[slot] for slot, _ in act.writes]
        if act.site.deed == "write":
            return any(not s.shadow and s.kind in ("global", "field") for s in slots)
        return act.site.deed in ("read", "free", "make")

    def _told_act(self, act: Act) -> str:
        """The statement, with the value that it gives to something shared."""
        text = act.site.text.rstrip(";")
        shared = [w for w in act.writes if self.system.slots[w[0]].kind in ("global", "field")]
        if act.site.deed != "write" or len(shared) != 1 or self.system.slots[shared[0][0]].set_of:
            return text
        return f"{target(text)} = {value_of(self.system, *shared[0])}"

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

    def _others_between(self, site: Site, one: int, two: int) -> bool:
        """Whether another thread moves between two steps."""
        thread = self.system.frames[site.frame].thread
        return any(self.trace.steps[s].thread != thread for s in range(one, two))

    def _frees(self, call: Call) -> bool:
        if self._freed is None or self._freed.step not in call.steps():
            return False
        return call.frame.number in self._ending

    def _bad_sites(self) -> Iterator[Site]:
        """The statements that the run is about."""
        for step in self.trace.steps:
            for name, site in step.reports:
                if name == self.trace.property and 0 <= site < len(self.system.sites):
                    yield self.system.sites[site]

    def _frames_around(self, sites: Iterable[Site]) -> Set[int]:
        found: set[int] = set()
        for site in sites:
            at: int | None = site.frame
            while at is not None:
                found.add(at)
                at = self.system.frames[at].parent
        return found


def _nested(spread: bool) -> Nested:
    """While others move, what runs in one piece is told: it is not all of its caller."""
    return "steps" if spread else "left out"


def _same(one: Act, two: Act) -> bool:
    return one.site.text.rstrip(";") == two.site.text.rstrip(";")


def _ends_turn(system: System, site: Site) -> bool:
    return site.callee is not None and system.frames[site.callee].function.startswith("turn of ")
