# SPDX-License-Identifier: MIT
"""Why nothing moves: one line per thread of a wait-for chain."""

import textwrap
from collections.abc import Mapping, Sequence

from srcucheck.base.source import SourceFile
from srcucheck.base.span import Span
from srcucheck.check.trace import Link, Since, Trace
from srcucheck.ir.system import Site, System
from srcucheck.render.lanes import short
from srcucheck.render.story import TIGHT
from srcucheck.render.words import brief, values

WIDTH = 75


def line_of(span: Span, sources: Mapping[str, SourceFile], *, in_spec: bool) -> str:
    """``, line 24`` for a place in the model, and of which file for one in a spec."""
    source = sources.get(span.file)
    if source is None:
        return ""
    number, _ = source.position(span.start)
    inside = f" of {span.file}" if in_spec else ""
    return f", line{TIGHT}{number}{inside}"


def at_line(site: Site, sources: Mapping[str, SourceFile]) -> str:
    """The text of a site and its line."""
    return brief(site.text) + line_of(site.span, sources, in_spec=site.in_spec)


def explain(system: System, trace: Trace, sources: Mapping[str, SourceFile]) -> list[str]:
    """The chain, a line per thread: where it stands, for whom it waits, why none of these moves."""
    chain = _Chain(system, trace, sources)
    width = min(max((len(chain.names[link.thread]) for link in trace.chain), default=4), 20)
    out: list[str] = []
    for link in trace.chain:
        lead = f"  {chain.names[link.thread]:{width}}  "
        out += textwrap.wrap(
            chain.line(link), WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead),
            break_on_hyphens=False,
        )  # fmt: skip
    return out


class _Chain:
    """Says what each link means."""

    def __init__(self, system: System, trace: Trace, sources: Mapping[str, SourceFile]) -> None:
        self.system = system
        self.sources = sources
        self.last = trace.steps[-1].after if trace.steps else trace.first
        self.names = {n: short(system, t) for n, t in enumerate(system.threads)}

    def line(self, link: Link) -> str:
        """The line of one thread."""
        said = self._status(link)
        held = self._sinces(link.since)
        if held and link.status in ("waits", "spins"):
            where, _, rest = said.partition(";")
            return "; ".join([", ".join([where, *held]), *([rest.strip()] if rest else [])])
        return "; ".join([said, *held])

    def _status(self, link: Link) -> str:
        where = self._where(link)
        state = values(self.system, link.values)
        both = f": {state}" if state else ""
        match link.status:
            case "waits":
                if not link.on:
                    return f"{where}; {link.what}{both}"
                return f"{where}; waits for {self._on(link)}{both}"
            case "spins":
                what = brief(link.what)
                why = "" if what in ("", self._text(link)) else f": {what}"
                said = f"{where}; goes round for ever{why}" + (f" with {state}" if state else "")
                return said + (f"; waits for {self._on(link)}" if link.on else "")
            case "owes":
                kind = self.system.threads[link.thread].kind
                owner = "user space owes" if kind == "user" else f"{kind} owes"
                if link.could is not None:
                    call = at_line(self.system.sites[link.could], self.sources)
                    return f"could call {call}, but {owner} nothing"
                return f"could go on {where}, but {owner} nothing"
            case "ended":
                return "has ended"
            case "idle":
                line = where.rpartition(f", line{TIGHT}")
                return f"is idle{both}{line[1]}{line[2]}" if both else f"is idle {where}".rstrip()
            case "dead":
                return f"was ended by a bug {where}".rstrip()
            case _:
                return f"{link.status} {where}"

    def _where(self, link: Link) -> str:
        if link.site is None:
            return ""
        site = self.system.sites[link.site]
        verb = "in" if site.kind == "call" else "at"
        return f"{verb} {at_line(site, self.sources)}"

    def _sinces(self, all_: Sequence[Since]) -> list[str]:
        """What a thread holds, or wrote last, once for each call that did it."""
        found: dict[tuple[int | None, bool], list[Since]] = {}
        for since in all_:
            found.setdefault((since.site, since.held), []).append(since)
        return [self._since(site, held, many) for (site, held), many in found.items()]

    def _since(self, site: int | None, held: bool, many: Sequence[Since]) -> str:
        place = "" if site is None else at_line(self.system.sites[site], self.sources)
        if held:
            slots = [self.system.slots[s.slot] for s in many]
            what = ", ".join(dict.fromkeys(s.owner or s.name for s in slots))
            return f"holds {what}" + (f" since {place}" if place else "")
        left = values(self.system, tuple((s.slot, s.value) for s in many))
        return f"left {left}" + (f" in {place}" if place else "")

    def _on(self, link: Link) -> str:
        names = ["itself" if t == link.thread else self.names[t] for t in link.on]
        if self._interruptible(link):
            names.append("a signal")
        return _names(names, "or" if link.values else "and")

    def _interruptible(self, link: Link) -> bool:
        thread = self.system.threads[link.thread]
        location = thread.locations[self.last[thread.pc]]
        return any(action.way == "signal" for action in location.actions)

    def _text(self, link: Link) -> str:
        return "" if link.site is None else brief(self.system.sites[link.site].text)


def _names(names: Sequence[str], joined: str) -> str:
    if len(names) > 1:
        return ", ".join(names[:-1]) + f" {joined} " + names[-1]
    return "".join(names)


def culprit_sentence(system: System, trace: Trace, *, marked: bool) -> list[str]:
    """Why this goes on for ever in a fair run; since when nothing helps, if a row is marked."""
    cycle = trace.schedule.cycle
    if cycle is not None and cycle < len(trace.steps):
        movers = dict.fromkeys(short(system, system.threads[s.thread]) for s in trace.steps[cycle:])
        text = f"Every thread that owes a step takes one ({', '.join(movers)}), and it goes on."
    else:
        text = "Nobody owes a step: nothing more happens."
    out = textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="  ")
    if marked:
        helpers = [short(system, system.threads[t]) for t in trace.unless]
        owes = "it owes" if len(helpers) == 1 else "they owe"
        said = f"only {_names(helpers, 'or')} can end it, and {owes} nothing"
        out.append(f"  (1) from here on {said if helpers else 'no fair run avoids it'}")
    return out
