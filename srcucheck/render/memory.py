# SPDX-License-Identifier: MIT
"""Where memory came from and went, as KASAN says it."""

import textwrap
from collections.abc import Iterator, Mapping

from srcucheck.base.source import SourceFile
from srcucheck.check.trace import Trace
from srcucheck.ir.system import Heap, Site, System
from srcucheck.render.chain import WIDTH, line_of
from srcucheck.render.lanes import short
from srcucheck.render.marks import freed_slot
from srcucheck.render.story import pseudo
from srcucheck.render.words import LIVE

Sources = Mapping[str, SourceFile]


def freed_struct(system: System, trace: Trace) -> str:
    """`` of struct T``, for the object that was freed last."""
    found = freed_slot(system, trace)
    struct = system.slots[found[1]].struct if found is not None else ""
    return f" of struct {struct}" if struct else ""


def memory_places(system: System, trace: Trace, sources: Sources) -> list[str]:
    """Where the freed object was used, freed and allocated; where a leaked one was allocated."""
    if trace.leaked:
        made = [
            _made(system, trace, h.life, sources) for h in system.heap if h.name in trace.leaked
        ]
        return [line for text in made for line in _place("allocated", text)]
    found = freed_slot(system, trace)
    if found is None:
        return []
    number, slot = found
    return [
        *_access(system, trace, sources),
        *_place("freed", _step(system, trace, number, slot, sources)),
        *_place("allocated", _made(system, trace, slot, sources)),
    ]


def _place(what: str, text: str) -> list[str]:
    lead = f"  {what:9}  "
    return textwrap.wrap(text, WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead))


def _access(system: System, trace: Trace, sources: Sources) -> Iterator[str]:
    """The use, if it stands in a spec: the rows show the driver's own."""
    step = trace.steps[-1]
    for name, number in step.reports:
        site = system.sites[number]
        if name == trace.property and site.in_spec and site.deed in ("read", "write"):
            who = short(system, system.threads[step.thread])
            what = f"{'reads' if site.deed == 'read' else 'writes'} {site.member or 'it'}"
            yield from _place("used", f"by {who}{_at(system, site, sources)}: {what}")
            return


def _at(system: System, site: Site, sources: Sources) -> str:
    """The function and line; in a spec, with its callers up to the model's call."""
    line = line_of(site.span, sources, in_spec=site.in_spec)
    frame = system.frames[site.frame]
    names = [frame.function]
    while site.in_spec and frame.in_spec and frame.parent is not None:
        frame = system.frames[frame.parent]
        names.append(frame.function if not pseudo(frame) else "")
    body = frame.parent is None
    shown = [n for n in (names[:-1] if body and len(names) > 1 else names) if n]
    return f" in {' <- '.join(shown)}{line}" if shown else line


def _made(system: System, trace: Trace, slot: int, sources: Sources) -> str:
    for number, step in enumerate(trace.steps):
        if any(k == slot and after == LIVE for k, _, after in step.changes):
            return _step(system, trace, number, slot, sources)
    heap: Heap | None = next((h for h in system.heap if h.life == slot), None)
    if heap is None:
        return f"before the run: {system.slots[slot].owner} is a variable of the model"
    if heap.born is None:
        return "before the run"
    own = {s.span.file for s in system.sites if not s.in_spec}
    return f"in init{line_of(heap.born, sources, in_spec=heap.born.file not in own)}"


def _step(system: System, trace: Trace, number: int, slot: int, sources: Sources) -> str:
    step = trace.steps[number]
    name = short(system, system.threads[step.thread])
    for events, written, _ in step.writes:
        if written == slot and events:
            site = system.sites[step.events[events - 1].site]
            return f"by {name}{_at(system, site, sources)}"
    return f"by {name}"
