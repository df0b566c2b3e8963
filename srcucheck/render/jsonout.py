# SPDX-License-Identifier: MIT
"""The report as JSON, for tools; ``schema.json`` beside this file says what is in it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, assert_never

from srcucheck import __version__
from srcucheck.base.diagnostic import Diagnostic
from srcucheck.base.source import SourceFile
from srcucheck.base.span import Span
from srcucheck.check.report import (
    AnyNumber,
    Assumptions,
    FileReport,
    Judgement,
    Report,
    VariantReport,
    Written,
)
from srcucheck.check.trace import Link, Step, Trace
from srcucheck.check.verdict import Fails, Holds, HoldsUpTo, Unknown, word
from srcucheck.ir.system import Site, System

FORMAT = 1
"""Raised when a reader of the format would have to change."""

Sources = Mapping[str, SourceFile]
Json = dict[str, Any]


def render(report: Report) -> str:
    """One JSON object, ended by a newline."""
    found = {
        "srcucheck": __version__,
        "format": FORMAT,
        "interrupted": report.interrupted,
        "seconds": round(report.seconds, 3),
        "files": [_file(f) for f in report.files],
    }
    return json.dumps(found, indent=1) + "\n"


def place(span: Span | None, sources: Sources) -> Json:
    """``file``, ``line`` and ``column`` (from 1), or nulls."""
    source = sources.get(span.file) if span is not None else None
    if span is None or source is None:
        return {"file": span.file if span is not None else None, "line": None, "column": None}
    line, column = source.position(span.start)
    return {"file": span.file, "line": line, "column": column}


def _file(file: FileReport) -> Json:
    return {
        "path": file.path,
        "title": file.title,
        "digest": file.digest,
        "seconds": round(file.seconds, 3),
        "diagnostics": [_diagnostic(d, file.sources) for d in file.diagnostics],
        "never_ran": [place(s, file.sources) for s in file.never_ran],
        "variants": [_variant(v, file.sources) for v in file.variants],
    }


def _diagnostic(found: Diagnostic, sources: Sources) -> Json:
    return {
        "code": found.code,
        "message": found.message,
        **place(found.span, sources),
        "fix": found.fix,
        "notes": [{"text": n.text, **place(n.span, sources)} for n in found.notes],
    }


def _variant(variant: VariantReport, sources: Sources) -> Json:
    figures = variant.figures
    return {
        "choices": dict(variant.values),
        "params": dict(variant.params),
        "reductions": variant.reductions,
        "engine": variant.engine,
        "states": figures.states,
        "transitions": figures.transitions,
        "depth": figures.depth,
        "seconds": round(figures.seconds, 3),
        "bits": figures.bits,
        "complete": figures.complete,
        "assumptions": _assumptions(variant.assumptions),
        "any_number": _any_number(variant.any_number),
        "properties": [_judgement(j, _system(variant, j), sources) for j in variant.judgements],
    }


def _system(variant: VariantReport, judgement: Judgement) -> System:
    """The instance whose runs a verdict has."""
    if variant.any_number is None or judgement.number is None:
        return variant.system
    return variant.any_number.systems[judgement.number]


def _any_number(found: AnyNumber | None) -> Json | None:
    if found is None:
        return None
    return {
        "param": found.param,
        "method": "views",
        "pairs": found.pairs,
        "runs": "for ever" if found.for_ever else "once",
        "instances": list(found.instances),
    }


def _assumptions(told: Assumptions) -> Json:
    return {
        "fairness": list(told.fairness),
        "timeouts": told.timeouts,
        "memory_model": told.memory_model,
        "bounds": list(told.bounds),
        "threads": list(told.threads),
        "specs": list(told.specs),
    }


def _judgement(judgement: Judgement, system: System, sources: Sources) -> Json:
    traces: list[Trace] = []
    extra: Json = {"why": None, "vacuous": False, "bounds": [], "only_after": None}
    verdict, kept = judgement.verdict, judgement.certificate
    match verdict:
        case Holds(witness=witness):
            traces = [witness] if witness is not None else []
        case HoldsUpTo(bounds=bounds):
            extra["bounds"] = list(bounds)
        case Fails(trace=trace, only_after=after, more=more):
            traces = [t for t in (trace, *more) if t is not None]
            extra["only_after"] = after
        case Unknown(why=why, vacuous=vacuous):
            extra |= {"why": why, "vacuous": vacuous}
        case _:
            assert_never(verdict)
    return {
        "name": judgement.name,
        "text": judgement.text,
        **place(judgement.span, sources),
        "standing": judgement.standing,
        "verdict": word(verdict),
        "expected": judgement.expected,
        "as_expected": judgement.met,
        "for_any": judgement.for_any,
        "number": judgement.number,
        "certificate": kept.path if isinstance(kept, Written) else None,
        **extra,
        "traces": [trace_json(t, system, sources) for t in traces],
    }


def trace_json(trace: Trace, system: System, sources: Sources) -> Json:
    """A run: its schedule, which can be replayed, and what each step did."""
    names = [t.name for t in system.threads]
    return {
        "property": trace.property,
        "schedule": {
            "initial": trace.schedule.initial,
            "steps": [list(s) for s in trace.schedule.steps],
            "cycle": trace.schedule.cycle,
        },
        "steps": [step_json(s, system, sources) for s in trace.steps],
        "wait_for": [_link(k, system, sources, names) for k in trace.chain],
        "culprits": [names[t] for t in trace.culprits],
        "leaked": list(trace.leaked),
        "point_of_no_return": {
            "step": trace.point_of_no_return,
            "unless": [names[t] for t in trace.unless],
        }
        if trace.point_of_no_return is not None
        else None,
    }


def step_json(step: Step, system: System, sources: Sources) -> Json:
    """Who moved, where in the text, and which variables changed."""
    passed = [system.sites[e.site] for e in step.events]
    site = _foremost(passed)
    return {
        "thread": system.threads[step.thread].name,
        "text": site.text if site is not None else "",
        **place(site.span if site is not None else None, sources),
        "way": step.way,
        "changed": [
            {"variable": system.slots[slot].name, "before": before, "after": after}
            for slot, before, after in step.changes
        ],
        "reports": [
            {"property": name, "text": system.sites[at].text,
             **place(system.sites[at].span, sources)}
            for name, at in step.reports
        ],
    }  # fmt: skip


def _foremost(passed: Sequence[Site]) -> Site | None:
    """The place by which a step is known: in the model if it was there, and a statement."""
    for wanted in ("step", "begin", "call"):
        own = [s for s in passed if s.kind == wanted and not s.in_spec]
        if own:
            return own[0]
    return passed[0] if passed else None


def _link(link: Link, system: System, sources: Sources, names: Sequence[str]) -> Json:
    return {
        "thread": names[link.thread],
        "status": link.status,
        **_site(system, link.site, sources),
        "condition": link.what,
        "waits_for": [names[t] for t in link.on],
        "values": [_value(system, slot, value) for slot, value in link.values],
        "since": [
            {
                **_value(system, since.slot, since.value),
                "held": since.held,
                **_site(system, since.site, sources),
            }
            for since in link.since
        ],
        "could": _site(system, link.could, sources) if link.could is not None else None,
    }


def _value(system: System, slot: int, value: int) -> Json:
    return {"variable": system.slots[slot].name, "value": value}


def _site(system: System, number: int | None, sources: Sources) -> Json:
    site = system.sites[number] if number is not None else None
    return {
        "text": site.text if site is not None else None,
        **place(site.span if site is not None else None, sources),
    }
