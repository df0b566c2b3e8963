# SPDX-License-Identifier: MIT
"""What ``check`` prints on a terminal: verdicts, the runs behind them, what was assumed."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import assert_never

from srcucheck.check.report import (
    AnyNumber,
    FileReport,
    Judgement,
    Report,
    Unwritten,
    VariantReport,
    Written,
)
from srcucheck.check.verdict import Fails, Holds, HoldsUpTo, Unknown, Verdict
from srcucheck.render.diagnostics import place
from srcucheck.render.kept import kept
from srcucheck.render.reasons import reasons

WIDTH = 100
MANY = 10
"""So many statements that never run are listed, no more."""
COLUMNS = 8
"""Variants side by side in one table."""
RUNS = 3
"""So many runs are shown; ``--format mail`` has them all."""


def render(report: Report, *, quiet: bool = False) -> str:
    """The whole run: one file at length, or a summary table where there are several."""
    if len(report.files) == 1:
        return _file(report.files[0], quiet)
    blocks = [_file(f, quiet=True) for f in report.files]
    text = "".join(b + "\n" for b in blocks if b)
    if quiet:
        return text
    return text + _summary(report)


def surprising(judgement: Judgement) -> bool:
    """Whether a reader has to look: not as expected, or open where nothing was expected."""
    if judgement.met is not None:
        return not judgement.met
    if judgement.expected is not None:
        return True
    return not judgement.standing and not isinstance(judgement.verdict, Holds)


def sentence(verdict: Verdict, certificate: Written | Unwritten | None = None) -> str:
    """The verdict, and why or how far, and where its proof is."""
    match verdict:
        case Holds(witness=None):
            return f"holds ({kept(certificate)})"
        case Holds(witness=witness):
            assert witness is not None
            return f"holds: a run of {len(witness.steps)} steps shows it"
        case HoldsUpTo(bounds=bounds):
            where = f" ({kept(certificate)}, so far)" if certificate is not None else ""
            return f"holds up to: {'; '.join(bounds)}{where}"
        case Fails(trace=None):
            where = f" ({kept(certificate)})" if certificate is not None else ""
            return f"fails: no run reaches it, by a complete search{where}"
        case Fails(trace=trace, only_after=after):
            assert trace is not None
            behind = f", only after a report of {after}" if after else ""
            return f"fails in {len(trace.steps)} steps{behind}"
        case Unknown(why=why, vacuous=vacuous):
            none = " (no certificate)" if certificate is not None else ""
            return f"unknown{' (vacuous)' if vacuous else ''}: {why}{none}"
        case _:
            assert_never(verdict)


def cell(judgement: Judgement) -> str:
    """The verdict in a table; ``!`` if it is not as expected."""
    match judgement.verdict:
        case Holds():
            text = "holds"
        case HoldsUpTo():
            text = "up to"
        case Fails(trace=None):
            text = "fails"
        case Fails(trace=trace):
            assert trace is not None
            text = f"fails {len(trace.steps)}"
        case Unknown():
            text = "unknown"
        case _:
            assert_never(judgement.verdict)
    return text + ("!" if surprising(judgement) else "")


def variant_name(variant: VariantReport) -> str:
    """``WAIT=outside SRCU=srcu``, or empty."""
    return " ".join(f"{name}={value}" for name, value in variant.values.items())


def _file(file: FileReport, quiet: bool) -> str:
    if file.diagnostics and not file.variants:
        return ""  # they go elsewhere: to stderr
    lines: list[str] = []
    if quiet:
        for variant in file.variants:
            rows = [_row(j) for j in variant.judgements if surprising(j)]
            lines += [f"{file.path} {variant_name(variant)}".rstrip(), *rows] if rows else []
    else:
        lines += [file.path + (f": {file.title.splitlines()[0]}" if file.title else ""), ""]
        lines += _matrix(file.variants) if len(file.variants) > 1 else _list(file.variants)
        lines += _reasons(file.variants)
        lines += _never_ran(file)
    lines += _runs(file, quiet)
    if not quiet and file.variants:
        lines += ["", *_assumptions(file.variants)]
    return "\n".join(lines) + "\n" if lines else ""


def _list(variants: Sequence[VariantReport]) -> Iterator[str]:
    for variant in variants:
        yield f"  {_figures(variant)}"
        yield ""
        yield from (_row(j) for j in variant.judgements if _worth_a_row([j]))


def _matrix(variants: Sequence[VariantReport]) -> Iterator[str]:
    labels = [f"[{n}]" for n in range(1, len(variants) + 1)]
    width = max(len(variant_name(v)) for v in variants)
    for label, variant in zip(labels, variants, strict=True):
        yield f"  {label:>5} {variant_name(variant):{width}}  {_figures(variant)}"
    for start in range(0, len(variants), COLUMNS):
        yield ""
        yield from _table(variants[start : start + COLUMNS], labels[start : start + COLUMNS])
    yield ""
    yield from _remarks(variants, labels)
    for label, variant in zip(labels, variants, strict=True):
        if variant.certificate is not None:
            yield f"  {label} {kept(variant.certificate)}"


def _table(variants: Sequence[VariantReport], labels: Sequence[str]) -> Iterator[str]:
    names = dict.fromkeys(j.name for v in variants for j in v.judgements)
    rows: list[tuple[str, list[str]]] = []
    for name in names:
        found = [[j for j in v.judgements if j.name == name] for v in variants]
        if _worth_a_row([j for one in found for j in one]):
            rows.append((name, ["/".join(cell(j) for j in one) for one in found]))
    width = max([24, *(len(name) for name, _ in rows)])
    columns = [max([len(label), *(len(r[n]) for _, r in rows)]) for n, label in enumerate(labels)]
    for name, cells in [("", list(labels)), *rows]:
        shown = "  ".join(c.ljust(w) for c, w in zip(cells, columns, strict=True))
        yield f"  {name:{width}}  {shown}".rstrip()


def _worth_a_row(judgements: Sequence[Judgement]) -> bool:
    """Whether to show a property: it was asked for, or it is standing and needs a look."""
    return any(not j.standing or surprising(j) for j in judgements)


def _reasons(variants: Sequence[VariantReport]) -> Iterator[str]:
    """With ``--why``: what each proof rests on, equal ones together."""
    where: dict[str, list[str]] = {}
    for number, variant in enumerate(variants, 1):
        for text in filter(None, map(reasons, variant.judgements)):
            where.setdefault(text, []).append(f"[{number}]")
    if where:
        yield ""
    for text, which in where.items():
        label = " ".join(which) + " " if len(variants) > 1 else ""
        yield from textwrap.wrap(
            label + text, WIDTH, initial_indent="  ", subsequent_indent="      "
        )


def _remarks(variants: Sequence[VariantReport], labels: Sequence[str]) -> Iterator[str]:
    """What a cell is too small for: bounds, reasons, what was expected instead."""
    odd = expected = 0
    where: dict[str, list[str]] = {}
    for variant, label in zip(variants, labels, strict=True):
        for j in variant.judgements:
            expected += j.met is True
            if surprising(j) or (not j.standing and isinstance(j.verdict, HoldsUpTo | Unknown)):
                none = None if isinstance(j.certificate, Written) else j.certificate
                told = f"{j.name} {sentence(j.verdict, none)}{_number(j)}{_note(j)}"
                where.setdefault(told, []).append(label)
            odd += surprising(j)
    for text, which in where.items():
        yield from textwrap.wrap(
            f"{' '.join(which)} {text}", WIDTH, initial_indent="  ", subsequent_indent="      "
        )
    if not odd and expected:
        found = [j.verdict for v in variants for j in v.judgements if not j.standing]
        steps = [len(f.trace.steps) for f in found if isinstance(f, Fails) and f.trace is not None]
        legend = f"; 'fails {steps[0]}': in {steps[0]} steps, a shortest run" if steps else ""
        yield f"  All as expected{legend}."


def _vacuous(judgement: Judgement) -> bool:
    return isinstance(judgement.verdict, Unknown) and judgement.verdict.vacuous


def _any(variant: VariantReport, found: AnyNumber) -> str:
    """What was judged for every number, and how far the instances go."""
    tried = ", ".join(map(str, found.instances)) or "none"
    full = f"{found.param} = {tried} in full: {variant.figures.states:,} states"
    if not found.pairs:
        return f"any {found.param}: NO VIEWS; {full}"
    runs = "its threads go on for ever" if found.for_ever else "each runs once"
    return f"every finite {found.param} >= 0, {runs}: views: {found.pairs:,} pairs; {full}"


def _figures(variant: VariantReport) -> str:
    figures, every = variant.figures, variant.any_number
    if every is not None and every.param not in variant.params:
        return _any(variant, every)
    how = "" if figures.complete else ", NOT COMPLETE"
    if not figures.states and variant.engine in ("bmc", "induction", "pdr"):
        open_ = [j for j in variant.judgements if isinstance(j.verdict, Unknown)]
        how = ", NOT COMPLETE" if any(not _vacuous(j) for j in open_) else ""
        return f"{variant.engine}, {figures.seconds:.2f} s{how}"
    if not figures.states:
        found = [j.verdict.why for j in variant.judgements if isinstance(j.verdict, Unknown)]
        return f"NOT COMPLETE ({found[0]})" if found else "NOT COMPLETE"
    more = f"; for any {every.param}: {every.pairs:,} pairs" if every is not None else ""
    return (
        f"{figures.states:,} states, {figures.transitions:,} steps, depth {figures.depth}, "
        f"{figures.seconds:.2f} s{how}{more}"
    )


def _row(judgement: Judgement) -> str:
    told = f"{sentence(judgement.verdict, judgement.certificate)}{_number(judgement)}"
    return f"  {judgement.name:24} {told}{_note(judgement)}"


def _number(judgement: Judgement) -> str:
    """Of how many cells it speaks, where that is not the number that the model names."""
    if judgement.for_any is None:
        return ""
    if judgement.number is not None:
        return f", with {judgement.for_any} = {judgement.number}"
    return f", for any {judgement.for_any}" if isinstance(judgement.verdict, Holds) else ""


def _note(judgement: Judgement) -> str:
    if judgement.met is True:
        return "  [as expected]"
    if judgement.met is None and judgement.expected is not None:
        return f"  [not finished; expected {judgement.expected}]"
    if judgement.expected is not None:
        return f"  [EXPECTED {judgement.expected}]"
    return "  [NOBODY ASKED]" if judgement.met is False else ""


def _never_ran(file: FileReport) -> Iterator[str]:
    for span in file.never_ran[:MANY]:
        yield f"{place(span, file.sources)}: warning: this never runs in any variant"
    if len(file.never_ran) > MANY:
        yield f"... and {len(file.never_ran) - MANY:,} more statements never run"


def _runs(file: FileReport, quiet: bool) -> Iterator[str]:
    """The runs that refute something: all, or where only surprises are asked for, those."""
    failing = [
        v
        for v in file.variants
        if any(
            isinstance(j.verdict, Fails) and (surprising(j) or not (quiet or j.standing))
            for j in v.judgements
        )
    ]
    if not failing:
        return
    from srcucheck.render.mail import runs

    shown, more = 0, 0
    for variant in failing:
        for text in runs(file, variant, odd_only=quiet, room=RUNS - shown):
            if text is None:
                more += 1
            else:
                shown += 1
                yield ""
                yield text.rstrip("\n")
    if more:
        yield ""
        yield f"  ... and {more} more runs: --format mail shows all, -D one variant's."


def _assumptions(variants: Sequence[VariantReport]) -> list[str]:
    told = variants[0].assumptions
    reached = dict.fromkeys(b for v in variants for b in v.assumptions.bounds)
    specs = dict.fromkeys(s for v in variants for s in v.assumptions.specs)
    items = [
        *dict.fromkeys(f for v in variants for f in v.assumptions.fairness),
        *dict.fromkeys(t for v in variants if (t := v.assumptions.timeouts)),
        told.memory_model,
        f"threads: {', '.join(dict.fromkeys(t for v in variants for t in v.assumptions.threads))}",
        f"bounds: {', '.join(reached) or 'none'}",
        f"specs: {', '.join(specs) or 'none'}",
    ]
    return textwrap.wrap("Assuming: " + "; ".join(items) + ".", WIDTH, subsequent_indent="  ")


def _summary(report: Report) -> str:
    rows = [("model", "variants", "states", "as expected", "seconds")]
    for file in report.files:
        error = f"error {file.diagnostics[0].code}" if file.diagnostics else ""
        if error and not file.variants:
            rows.append((file.path, "-", "-", error, f"{file.seconds:.2f}"))
            continue
        judged = [j for v in file.variants for j in v.judgements]
        odd = sum(surprising(j) for j in judged)
        states = sum(v.figures.states for v in file.variants)
        seconds = sum(v.figures.seconds for v in file.variants)
        verdict = error or ("yes" if not odd else f"NO: {odd}")
        rows.append((file.path, str(len(file.variants)), f"{states:,}", verdict, f"{seconds:.2f}"))
    widths = [max(len(r[n]) for r in rows) for n in range(5)]
    lines = [
        "  ".join(
            part.ljust(width) if n in (0, 3) else part.rjust(width)
            for n, (part, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    variants = sum(len(f.variants) for f in report.files)
    lines.append(f"{len(report.files)} files, {variants} variants, {report.seconds:.1f} s")
    return "\n".join(lines) + "\n"
