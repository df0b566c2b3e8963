# SPDX-License-Identifier: MIT
"""Why nothing moves: one line per thread of a wait-for chain; and where memory came and went."""

import textwrap
from collections.abc import Mapping, Sequence

from srcucheck.base.source import SourceFile
from srcucheck.base.span import Span
from srcucheck.check.trace import Link, Trace
from srcucheck.ir.system import System
from srcucheck.render.lanes import short

WIDTH = 75


def line_of(span: Span, sources: Mapping[str, SourceFile]) -> str:
    """``, line 24`` for a place in the model or a spec."""
    source = sources.get(span.file)
    if source is None:
        return ""
    number, _ = source.position(span.start)
    inside = "" if not span.file.startswith("specs/") else f" of {span.file}"
    return f", line {number}{inside}"


def explain(system: System, trace: Trace, sources: Mapping[str, SourceFile]) -> list[str]:
    """The chain, a line per thread: where it stands, for whom it waits, why none of these moves."""
    names = {n: short(system, t) for n, t in enumerate(system.threads)}
    width = min(max((len(names[link.thread]) for link in trace.chain), default=4), 20)
    out: list[str] = []
    for link in trace.chain:
        text = _link(system, link, names, sources)
        lead = f"  {names[link.thread]:{width}}  "
        out += textwrap.wrap(
            text, WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead),
            break_on_hyphens=False,
        )  # fmt: skip
    return out


def _link(
    system: System, link: Link, names: Mapping[int, str], sources: Mapping[str, SourceFile]
) -> str:
    where = ""
    if link.site is not None:
        site = system.sites[link.site]
        verb = "in" if site.kind == "call" else "at"
        where = f"{verb} {site.text}{line_of(site.span, sources)}"
    on = _names(["itself" if t == link.thread else names[t] for t in link.on])
    match link.status:
        case "waits":
            if not link.on:
                return f"{where}; {link.what}" if link.what else f"{where}, waits"
            return f"{where}; waits for {on}"
        case "spins":
            what = link.what.partition("//")[0].strip()
            why = f": {what}" if what not in ("", _text(system, link)) else ""
            return f"{where}, goes round for ever{why}" + (f"; waits for {on}" if on else "")
        case "owes":
            kind = system.threads[link.thread].kind
            owner = "user space owes" if kind == "user" else f"{kind} owes"
            return f"could go on {where}, but {owner} nothing"
        case "ended":
            return "has ended"
        case "idle":
            return f"is idle {where}".rstrip()
        case "dead":
            return f"was ended by a bug {where}, and keeps what it holds".replace("  ", " ")
        case _:
            return f"{link.status} {where}"


def _text(system: System, link: Link) -> str:
    return "" if link.site is None else system.sites[link.site].text


def _names(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names)


def culprit_sentence(system: System, trace: Trace) -> str:
    """Why this goes on for ever in a fair run."""
    cycle = trace.schedule.cycle
    if cycle is not None and cycle < len(trace.steps):
        movers = sorted({system.threads[s.thread].name for s in trace.steps[cycle:]})
        text = f"Every thread that owes a step takes one ({', '.join(movers)}), and it goes on."
    else:
        clauses = []
        for link in trace.chain:
            name = short(system, system.threads[link.thread])
            clauses.append(
                f"{name} waits" if link.status == "waits"
                else f"{name} owes nothing" if link.status == "owes"
                else f"{name} has ended" if link.status == "ended"
                else f"{name} is {link.status}"
            )  # fmt: skip
        text = "Nobody owes a step" + (f": {', '.join(clauses)}." if clauses else ".")
    return "\n".join(textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="  "))


def freed_struct(system: System, trace: Trace) -> str:
    """`` of struct T``, for the object that was freed last."""
    if not trace.property.startswith(("no_use_after", "no_double_free")):
        return ""
    structs = {h.life: h.struct for h in system.heap}
    for step in reversed(trace.steps):
        for slot, _, after in step.changes:
            if system.slots[slot].kind == "life" and after == 2:
                return f" of struct {structs[slot]}" if slot in structs else ""
    return ""


def memory_places(system: System, trace: Trace, sources: Mapping[str, SourceFile]) -> list[str]:
    """Where the freed object was freed and allocated, as KASAN says it."""
    if not trace.property.startswith(("no_use_after", "no_double_free")):
        return []
    dead = [
        (number, slot)
        for number, step in enumerate(trace.steps)
        for slot, _, after in step.changes
        if system.slots[slot].kind == "life" and after == 2
    ]
    if not dead:
        return []
    number, slot = dead[-1]
    out = [f"  freed      {_step(system, trace, number, sources, 'kfree')}"]
    made = [
        n
        for n, step in enumerate(trace.steps)
        if any(k == slot and after == 1 for k, _, after in step.changes)
    ]
    if made:
        place = _step(system, trace, made[0], sources, "kzalloc")
    else:
        place = _before(system, trace, freed_struct(system, trace), sources)
    out.append(f"  allocated  {place}")
    return out


def _before(system: System, trace: Trace, struct: str, sources: Mapping[str, SourceFile]) -> str:
    """Where ``init`` made the object, if only one of its statements can have been it."""
    kind = struct.removeprefix(" of ")
    passed = [system.sites[s] for s in system.initial[trace.schedule.initial].passed]
    makers = {
        s.span: s for s in passed if s.kind == "step" and f"kzalloc({kind})" in s.text and kind
    }
    if len(makers) == 1:
        return f"in init{line_of(next(iter(makers)), sources)}"
    return "before the run"


def _step(
    system: System, trace: Trace, number: int, sources: Mapping[str, SourceFile], word: str
) -> str:
    step = trace.steps[number]
    name = short(system, system.threads[step.thread])
    for event in step.events:
        site = system.sites[event.site]
        if word in site.text and site.kind == "step":
            function = system.frames[site.frame].function
            return f"by {name} in {function}(){line_of(site.span, sources)}"
    return f"by {name}"
