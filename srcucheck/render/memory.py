# SPDX-License-Identifier: MIT
"""Where memory came from and went, as KASAN says it."""

import re
import textwrap
from collections.abc import Iterator, Mapping

from srcucheck.base.source import SourceFile
from srcucheck.check.trace import Trace
from srcucheck.ir.system import Heap, Site, System
from srcucheck.render.chain import WIDTH, line_of
from srcucheck.render.lanes import short
from srcucheck.render.marks import freed_slot, writer
from srcucheck.render.story import pseudo
from srcucheck.render.words import LIVE

Sources = Mapping[str, SourceFile]


def freed_struct(system: System, trace: Trace) -> str:
    """`` of struct T``, for the object that was freed last."""
    found = freed_slot(system, trace)
    if found is None:
        return ""
    slot = system.slots[found[1]]
    member = re.search(r"\.(\w+)\W*$", slot.name) if slot.kind == "poison" else None
    inside = f"->{member.group(1)}" if member else ""
    return f" of struct {slot.struct}{inside}" if slot.struct else ""


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
    if system.slots[slot].kind == "poison":
        return [
            *_access(system, trace, sources),
            *_place("ended", written_by(system, trace, number, slot, sources)),
        ]
    return [
        *_access(system, trace, sources),
        *_place("freed", written_by(system, trace, number, slot, sources)),
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
    frames = [frame]
    while site.in_spec and frame.in_spec and frame.parent is not None:
        frame = system.frames[frame.parent]
        frames.append(frame)
    names = [f.function for f in frames if not pseudo(f) and f.parent is not None]
    return f" in {' <- '.join(names)}{line}" if names else line


def _made(system: System, trace: Trace, slot: int, sources: Sources) -> str:
    for number, step in enumerate(trace.steps):
        if any(k == slot and after == LIVE for k, _, after in step.changes):
            return written_by(system, trace, number, slot, sources)
    heap: Heap | None = next((h for h in system.heap if h.life == slot), None)
    if heap is None:
        return f"before the run: {system.slots[slot].owner} is a variable of the model"
    if heap.born is None:
        return "before the run"
    own = {s.span.file for s in system.sites if not s.in_spec}
    return f"in init{line_of(heap.born, sources, in_spec=heap.born.file not in own)}"


def written_by(system: System, trace: Trace, number: int, slot: int, sources: Sources) -> str:
    """``by admin in f <- g, line 9``: who wrote a slot in a step, and where."""
    name = short(system, system.threads[trace.steps[number].thread])
    site = writer(system, trace, number, slot)
    return f"by {name}" + (_at(system, site, sources) if site is not None else "")
