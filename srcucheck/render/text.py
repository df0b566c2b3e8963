# SPDX-License-Identifier: MIT
"""What ``check`` prints on a terminal."""

import textwrap
from typing import assert_never

from srcucheck.check.report import FileReport, Judgement, Report, VariantReport
from srcucheck.check.verdict import Fails, Holds, HoldsUpTo, Unknown, Verdict
from srcucheck.render.diagnostics import place
from srcucheck.render.diagnostics import render as render_diagnostics

MANY = 10
"""So many statements that never run are listed, no more."""


def render(report: Report, *, quiet: bool = False) -> str:
    """The whole run: each file, or a summary table where there are several."""
    if len(report.files) == 1:
        return _file(report.files[0], quiet, alone=True)
    blocks = [_file(f, quiet=True, alone=False) for f in report.files]
    text = "".join(b + "\n" for b in blocks if b)
    if quiet:
        return text
    return text + _summary(report)


def surprising(judgement: Judgement) -> bool:
    """Whether a reader has to look: not as expected, or open where nothing was expected."""
    if judgement.met is not None:
        return not judgement.met
    return not judgement.standing and not isinstance(judgement.verdict, Holds)


def sentence(verdict: Verdict) -> str:
    """The verdict, and why or how far."""
    match verdict:
        case Holds(witness=witness):
            shown = f", shown by a run of {len(witness.steps)} steps" if witness else ""
            return f"holds (no certificate written){shown}"
        case HoldsUpTo(bounds=bounds):
            return f"holds up to: {'; '.join(bounds)}"
        case Fails(trace=None):
            return "fails: no run reaches it, by a complete search"
        case Fails(trace=trace, only_after=after):
            assert trace is not None
            behind = f", only after a report of {after}" if after else ""
            return f"fails in {len(trace.steps)} steps{behind}"
        case Unknown(why=why, vacuous=vacuous):
            return f"unknown{' (vacuous)' if vacuous else ''}: {why}"
        case _:
            assert_never(verdict)


def variant_name(variant: VariantReport) -> str:
    """``WAIT=outside SRCU=srcu``, or empty."""
    return " ".join(f"{name}={value}" for name, value in variant.values.items())


def _file(file: FileReport, quiet: bool, alone: bool) -> str:
    if file.diagnostics:
        return render_diagnostics(file.diagnostics, file.sources)
    lines: list[str] = []
    if not quiet:
        lines += [file.path + (f": {file.title.splitlines()[0]}" if file.title else ""), ""]
    for variant in file.variants:
        lines += _variant(file, variant, quiet)
    if not quiet or alone:
        for span in file.never_ran[:MANY]:
            lines.append(f"{place(span, file.sources)}: warning: this never runs in any variant")
        if len(file.never_ran) > MANY:
            lines.append(f"... and {len(file.never_ran) - MANY:,} more statements never run")
    if not quiet and file.variants:
        lines += ["", *_assumptions(file.variants[0])]
    return "\n".join(lines) + "\n" if lines else ""


def _variant(file: FileReport, variant: VariantReport, quiet: bool) -> list[str]:
    figures = variant.figures
    name = variant_name(variant)
    how = "complete" if figures.complete else "not complete"
    head = (
        f"{name or 'one variant'}: {figures.states:,} states, {figures.transitions:,} steps, "
        f"depth {figures.depth}, {how}, {figures.seconds:.2f} s"
    )
    rows = []
    for judgement in variant.judgements:
        odd = surprising(judgement)
        if quiet and not odd:
            continue
        if judgement.standing and not odd and isinstance(judgement.verdict, Holds | Unknown):
            continue
        if judgement.standing and not odd:
            continue
        rows.append(_row(judgement, odd))
    if quiet:
        return [f"{file.path} {name}".rstrip(), *rows] if rows else []
    return [head, *rows]


def _row(judgement: Judgement, odd: bool) -> str:
    note = ""
    if judgement.met is True:
        note = "  [as expected]"
    elif judgement.met is False and judgement.expected is not None:
        note = f"  [EXPECTED {judgement.expected}]"
    elif judgement.met is False:
        note = "  [NOBODY ASKED]"
    del odd
    return f"  {judgement.name:24} {sentence(judgement.verdict)}{note}"


def _assumptions(variant: VariantReport) -> list[str]:
    told = variant.assumptions
    items = [
        *told.fairness,
        *([told.timeouts] if told.timeouts else []),
        told.memory_model,
        f"threads: {', '.join(told.threads)}",
        f"bounds: {', '.join(told.bounds) or 'none'}",
        f"specs: {', '.join(told.specs) or 'none'}",
    ]
    return textwrap.wrap("Assuming: " + "; ".join(items) + ".", 100, subsequent_indent="  ")


def _summary(report: Report) -> str:
    rows = [("model", "variants", "states", "as expected", "seconds")]
    for file in report.files:
        if file.diagnostics:
            rows.append((file.path, "-", "-", "bad model", f"{file.seconds:.1f}"))
            continue
        judged = [j for v in file.variants for j in v.judgements]
        odd = sum(surprising(j) for j in judged)
        states = sum(v.figures.states for v in file.variants)
        seconds = sum(v.figures.seconds for v in file.variants)
        verdict = "yes" if not odd else f"NO: {odd}"
        rows.append((file.path, str(len(file.variants)), f"{states:,}", verdict, f"{seconds:.2f}"))
    widths = [max(len(r[n]) for r in rows) for n in range(5)]
    lines = [
        "  ".join(
            cell.ljust(width) if n in (0, 3) else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    variants = sum(len(f.variants) for f in report.files)
    lines.append(f"{len(report.files)} files, {variants} variants, {report.seconds:.1f} s")
    return "\n".join(lines) + "\n"
