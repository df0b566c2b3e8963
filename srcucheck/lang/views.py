# SPDX-License-Identifier: MIT
"""The two views of the common name space, and what can be told once both are complete."""

from collections.abc import Sequence
from typing import TypeVar

from srcucheck.base.diagnostic import Note
from srcucheck.base.span import Span
from srcucheck.lang import tree
from srcucheck.lang.builtin import BUILTIN_FAMILY_MEMBERS, RETURN_TO_USER
from srcucheck.lang.effects import Effects
from srcucheck.lang.findings import Findings
from srcucheck.lang.program import GlobalInfo, OnInfo, PropertyInfo, Symbol
from srcucheck.lang.suggest import did_you_mean

S = TypeVar("S", bound=Symbol)


class Views:
    """What code in a spec sees, and what the model's own code sees."""

    __slots__ = ("model", "specs")

    def __init__(self, specs: dict[str, Symbol], model: dict[str, Symbol]) -> None:
        self.specs = specs
        self.model = model

    def lookup(self, name: str, in_spec: bool) -> Symbol | None:
        """What a name means on one side."""
        return (self.specs if in_spec else self.model).get(name)

    def all_of(self, kind: type[S]) -> dict[str, S]:
        """All symbols of a kind, specs' first."""
        views = (*self.specs.items(), *self.model.items())
        return {name: symbol for name, symbol in views if isinstance(symbol, kind)}

    def in_order(self, kind: type[S], findings: Findings) -> dict[str, S]:
        """All symbols of a kind as they are written, the model's first."""
        found = self.all_of(kind)
        return dict(sorted(found.items(), key=lambda item: findings.place(item[1].span)))

    def globals(self, declared: Sequence[GlobalInfo]) -> tuple[GlobalInfo, ...]:
        """The model's first; ``extern`` ones that nobody defines are not among them."""
        kept = [g for g in declared if self.lookup(g.name, g.in_spec) is g]
        return tuple(sorted(kept, key=lambda g: g.in_spec))

    def events(
        self, ons: Sequence[tuple[tree.On, bool]], findings: Findings
    ) -> dict[str, tuple[OnInfo, ...]]:
        """Bodies by event: specs' in order of use, then the model's; those that only judge last."""
        bodies: dict[str, list[tuple[tree.Block, bool]]] = {RETURN_TO_USER: []}
        for name in self.all_of(tree.EventDecl):
            bodies[name] = []
        for on, in_spec in ons:
            if on.event in bodies:
                bodies[on.event].append((on.body, in_spec))
                continue
            span = _event_span(on, findings)
            spec = findings.spec_with(on.event)
            if spec is not None:
                if findings.ask_for_spec(spec):
                    message = f"'{on.event}' is in a spec that is not loaded: add 'use {spec};'."
                    findings.add("E215", message, span, fix=f"use {spec};")
                continue
            hint, near = did_you_mean(on.event, bodies)
            findings.add("E215", f"There is no event '{on.event}'.{hint}", span, fix=near)
        effects = Effects(self.lookup, bodies)
        events: dict[str, tuple[OnInfo, ...]] = {}
        for event, listed in bodies.items():
            found = [OnInfo(event, b, s, effects.only_looks(b, (), s)) for b, s in listed]
            events[event] = tuple(sorted(found, key=lambda o: o.judges_only))
        return events

    def families(self, findings: Findings) -> dict[str, tuple[str, ...]]:
        """Families and their members, the language's own first."""
        families: dict[str, tuple[str, ...]] = {}
        for p in self.all_of(PropertyInfo).values():
            if p.family is None:
                continue
            members = families.get(p.family, BUILTIN_FAMILY_MEMBERS.get(p.family, ()))
            families[p.family] = (*members, p.name)
            clash = self.specs.get(p.family) or self.model.get(p.family)
            if isinstance(clash, PropertyInfo):
                note = Note("the property", clash.span)
                message = f"'{p.family}' cannot be both a family and a property."
                findings.add("E204", message, p.span, note)
        return families


def _event_span(on: tree.On, findings: Findings) -> Span:
    """The event's name in ``on name { ... }``."""
    source = findings.sources.get(on.span.file)
    at = -1 if source is None else source.text.find(on.event, on.span.start + 2, on.span.end)
    return on.span if at < 0 else Span(on.span.file, at, at + len(on.event))
