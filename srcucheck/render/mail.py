# SPDX-License-Identifier: MIT
"""The mail format: what one pastes into a review.  ASCII, 75 columns, no colour, no times."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from srcucheck import __version__
from srcucheck.base.source import SourceFile
from srcucheck.check.replay import InternalError, check_refutes
from srcucheck.check.report import FileReport, Judgement, Report, VariantReport
from srcucheck.check.trace import Trace
from srcucheck.check.verdict import Fails, Holds, HoldsUpTo, Unknown
from srcucheck.ir.system import Check, Reported, System
from srcucheck.render.causes import causes
from srcucheck.render.chain import culprit_sentence, explain
from srcucheck.render.fold import fold
from srcucheck.render.kept import kept
from srcucheck.render.lanes import lanes
from srcucheck.render.memory import freed_struct, memory_places
from srcucheck.render.reasons import reasons
from srcucheck.render.rows import Rows
from srcucheck.render.story import TIGHT, tell

WIDTH = 75


@dataclass(slots=True)
class Group:
    """A run and all checks that it refutes; the first is the one it was found for."""

    trace: Trace
    check: Check
    judgements: list[Judgement]
    only_after: str | None
    checks: list[Check]


def render(report: Report) -> str:
    """All files: each failing run once, and what holds in a few lines."""
    blocks: list[str] = []
    for file in report.files:
        for variant in file.variants:
            blocks += _variant(file, variant)
    return "\n".join(plain(b) for b in blocks)


def plain(text: str) -> str:
    """ASCII, and no line longer than a mail allows."""
    lines: list[str] = []
    spaced = text.replace(TIGHT, " ").replace("\t", "        ")
    for line in spaced.encode("ascii", "replace").decode("ascii").split("\n"):
        if len(line) <= WIDTH:
            lines.append(line.rstrip())
        else:
            indent = " " * (len(line) - len(line.lstrip()) + 2)
            lines += textwrap.wrap(
                line, WIDTH, subsequent_indent=indent, break_long_words=True, break_on_hyphens=False
            )
    return "\n".join(lines)


def _variant(file: FileReport, variant: VariantReport) -> Iterator[str]:
    for part in variant.instances():
        for group in _groups(part):
            yield _failure(file, part, group)
    yield _rest(file, variant)


def runs(
    file: FileReport, variant: VariantReport, *, odd_only: bool, room: int
) -> Iterator[str | None]:
    """The runs of one variant as pictures; None for each that has no room.

    ``odd_only``: only those that the model did not expect.
    """
    for part in variant.instances():
        for group in _groups(part):
            odd = any(j.met is False for j in group.judgements)
            if not odd and (odd_only or all(j.standing for j in group.judgements)):
                continue
            room -= 1
            yield plain("\n".join(_picture(file, part, group))) if room >= 0 else None


def _groups(variant: VariantReport) -> Iterator[Group]:
    """One run once, with all that it refutes."""
    groups: list[Group] = []
    pairs = zip(variant.judgements, variant.system.checks, strict=True)
    for judgement, check in pairs:
        verdict = judgement.verdict
        if not isinstance(verdict, Fails) or verdict.trace is None:
            continue
        for group in groups:
            if _refutes(variant.system, check, group.trace, verdict.trace):
                group.judgements.append(judgement)
                group.checks.append(check)
                break
        else:
            groups.append(Group(verdict.trace, check, [judgement], verdict.only_after, [check]))
            for trace in verdict.more:
                groups.append(Group(trace, check, [judgement], None, [check]))
    yield from groups


def _refutes(system: System, check: Check, trace: Trace, own: Trace) -> bool:
    """Whether a run found for something else refutes this check as well."""
    if trace.schedule == own.schedule:
        return True
    if len(trace.steps) > len(own.steps):
        return False
    try:
        found = replace(trace, property=own.property, culprits=own.culprits, leaked=own.leaked)
        check_refutes(system, check.question, found)
    except InternalError:
        return False
    return True


def _failure(file: FileReport, variant: VariantReport, group: Group) -> str:
    lines = _picture(file, variant, group)
    return "\n".join([*lines, *_assumes(variant), *_reproduce(file, variant)]) + "\n"


def _picture(file: FileReport, variant: VariantReport, group: Group) -> list[str]:
    """What fails, the run, and why."""
    system, lead = variant.system, group.judgements[0]
    trace = fold(system, group.check.question, group.trace)
    rows = Rows(tell(system, trace), [c.question for c in group.checks]).rows()
    head = _headline(system, group.check, trace)
    lines = [_ends(f"srcucheck: {head}", f"[{lead.name}]")]
    others = [j.name for j in group.judgements[1:]]
    if others:
        lines.append(f"  also refuted by this run: {', '.join(others)}")
    if group.only_after:
        lines.append(f"  only after: {_words(system, group.only_after)} [{group.only_after}]")
    lines += _where(file, variant)
    lines += ["", *lanes(system, trace, rows, _marker(system, group.check, trace)), ""]
    sources = file.sources
    if trace.schedule.cycle is not None:
        lines += explain(system, trace, sources)
        marked = any("(1)" in row.note for row in rows)
        lines += ["", *culprit_sentence(system, trace, marked=marked)]
    else:
        lines += memory_places(system, trace, sources)
        lines += causes(system, trace, sources)
    return list(_no_double_blank([*lines, ""]))


def _no_double_blank(lines: Sequence[str]) -> Iterator[str]:
    before = ""
    for line in lines:
        if line or before:
            yield line
        before = line


def _ends(left: str, right: str) -> str:
    space = WIDTH - len(left) - len(right)
    return f"{left}{' ' * space}{right}" if space >= 1 else f"{left}\n  {right}"


def _words(system: System, name: str) -> str:
    return system.headlines.get(name, name)


def _headline(system: System, check: Check, trace: Trace) -> str:
    if isinstance(check.question, Reported):
        return _words(system, trace.property) + freed_struct(system, trace)
    if trace.leaked:
        return f"{', '.join(trace.leaked)} leaked"
    if trace.schedule.cycle is not None and trace.culprits:
        where = culprit_call(system, trace)
        return f"{where} never returns"
    return f"{check.text} is refuted"


def culprit_call(system: System, trace: Trace) -> str:
    """The call that never returns, as the model writes it."""
    links = {link.thread: link for link in trace.chain}
    thread = trace.culprits[0]
    link = links.get(thread)
    if link is not None and link.site is not None and link.status in ("waits", "spins"):
        site = system.sites[link.site]
        if site.kind == "call":
            return site.text
    return system.threads[thread].name


def _marker(system: System, check: Check, trace: Trace) -> str:
    if trace.schedule.cycle is not None:
        return "*** HANG ***" if trace.culprits else "*** FOR EVER ***"
    if isinstance(check.question, Reported):
        words = {"no_use_after_free": "USE AFTER FREE", "no_double_free": "DOUBLE FREE",
                 "no_null_dereference": "NULL DEREFERENCE", "no_bad_free": "BAD FREE",
                 "no_bug": "BUG"}  # fmt: skip
        return f"*** {words.get(trace.property, 'SPLAT: ' + trace.property)} ***"
    if trace.leaked:
        return "*** LEAK ***"
    return f"*** {check.name} ***"


def _where(file: FileReport, variant: VariantReport) -> list[str]:
    name = file.path.rpartition("/")[2]
    chosen = [f"{k}={v}" for k, v in (*variant.values.items(), *variant.params.items())]
    specs = [s for s in variant.assumptions.specs if " as " in s]
    figures = variant.figures
    how = "all of them" if figures.complete else "not all of them"
    found = f"{figures.states:,} states, {how}; the run below is a shortest one"
    if not figures.states:
        found = f"engine {variant.engine}; the run below is a short one"
    return [
        f"  {', '.join([name, *chosen])}{'; specs: ' + ', '.join(specs) if specs else ''}",
        f"  {found}",
    ]


def _assumes(variant: VariantReport) -> list[str]:
    told = variant.assumptions
    items = [*told.fairness, *([told.timeouts] if told.timeouts else [])]
    items.append(told.memory_model)
    reached = [b for b in told.bounds if b.startswith("reached")]
    text = "Assumes: " + "; ".join([*items, *reached]) + "."
    return textwrap.wrap(text, WIDTH - 2, initial_indent="  ", subsequent_indent="  ")


def _reproduce(file: FileReport, variant: VariantReport) -> list[str]:
    parts = ["srcucheck check", file.path]
    parts += [f"-D {k}={v}" for k, v in variant.values.items()]
    parts += variant.options
    lines, line = [], "  To reproduce:"
    for part in parts:
        if len(line) + 1 + len(part) > WIDTH - 2:
            lines.append(line + " \\")
            line = "     "
        line += " " + part
    remark = f"  # model {file.digest}, srcucheck {__version__}"
    if len(line) + len(remark) <= WIDTH:
        return [*lines, line + remark]
    return [*lines, line, "    " + remark]


def _rest(file: FileReport, variant: VariantReport) -> str:
    """What did not fail, on the first line of each how far and why."""
    holds: dict[str, list[str]] = {}
    every: list[str] = []
    lines: list[str] = []
    for j in variant.judgements:
        match j.verdict:
            case Holds():
                if not j.standing:
                    if j.for_any is not None and j.number is None:
                        every.append(j.name)
                    else:
                        holds.setdefault(kept(j.certificate), []).append(j.name)
            case HoldsUpTo(bounds=bounds):
                if not j.standing:
                    where = f" ({kept(j.certificate)}, so far)" if j.certificate else ""
                    lines.append(f"{j.name} holds up to: {'; '.join(bounds)}{where}")
            case Unknown(why=why):
                if not j.standing:
                    none = " (no certificate)" if j.certificate else ""
                    lines.append(f"{j.name} is unknown: {why}{none}")
            case Fails(trace=None):
                lines.append(f"{j.name} fails: no run reaches it, by a complete search")
            case Fails():
                pass
    states = f"{variant.figures.states:,} states"
    lines += [f"holds, in all {states} ({k}): {', '.join(names)}" for k, names in holds.items()]
    if every and variant.any_number is not None:
        found = variant.any_number
        lines.append(
            f"holds for every finite {found.param} >= 0, by {found.pairs:,} pairs of views (no "
            f"certificate written): {', '.join(every)}"
        )
    lines += filter(None, map(reasons, variant.judgements))
    if not lines:
        return ""
    name = file.path.rpartition("/")[2]
    chosen = [f"{k}={v}" for k, v in (*variant.values.items(), *variant.params.items())]
    out = [f"srcucheck: {', '.join([name, *chosen])}"]
    for line in lines:
        out += textwrap.wrap(line, WIDTH - 2, initial_indent="  ", subsequent_indent="    ")
    out += _assumes(variant)
    return "\n".join(out) + "\n"


Sources = Mapping[str, SourceFile]
