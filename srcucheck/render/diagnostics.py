# SPDX-License-Identifier: MIT
"""Diagnostics as a compiler prints them: place, line, caret, what mends it."""

from collections.abc import Iterable, Mapping

from srcucheck.base.diagnostic import Diagnostic
from srcucheck.base.source import SourceFile
from srcucheck.base.span import Span

WIDTH = 160
"""A longer source line is shown around the caret only."""

MOST = 50
"""More diagnostics of one run are counted, not shown: nobody mends them in one go."""


def render(diagnostics: Iterable[Diagnostic], sources: Mapping[str, SourceFile]) -> str:
    """All diagnostics, and which code to ask ``explain`` about."""
    listed = list(diagnostics)
    blocks = [_one(d, sources) for d in listed[:MOST]]
    if len(listed) > MOST:
        blocks.append(f"... and {len(listed) - MOST:,} more\n")
    codes = sorted({d.code for d in listed})
    if codes:
        blocks.append(f"srcucheck explain {codes[0]} says more\n")
    return "\n".join(blocks)


def place(span: Span, sources: Mapping[str, SourceFile]) -> str:
    """``file:line:col``, or the file alone if its text is not at hand."""
    source = sources.get(span.file)
    if source is None:
        return span.file or "srcucheck"
    line, column = source.position(min(max(span.start, 0), len(source.text)))
    return f"{span.file}:{line}:{column}"


def _one(diagnostic: Diagnostic, sources: Mapping[str, SourceFile]) -> str:
    span = diagnostic.span
    head = place(span, sources) if span is not None and span.file else "srcucheck"
    text = f"{head}: error[{diagnostic.code}]: {diagnostic.message}\n"
    if span is not None:
        text += _excerpt(span, sources)
    for note in diagnostic.notes:
        where = f"{place(note.span, sources)}: " if note.span is not None else ""
        text += f"  note: {where}{note.text}\n"
        if note.span is not None:
            text += _excerpt(note.span, sources)
    if diagnostic.fix is not None:
        text += f"  fix: {diagnostic.fix}\n"
    return text


def _excerpt(span: Span, sources: Mapping[str, SourceFile]) -> str:
    source = sources.get(span.file)
    if source is None or not 0 <= span.start <= len(source.text):
        return ""
    number, column = source.position(span.start)
    line = source.line(number)
    start = column - 1
    length = max(1, min(span.end - span.start, len(line) - start))
    if len(line) > WIDTH:
        cut = max(0, start - WIDTH // 2)
        line, start = line[cut : cut + WIDTH], start - cut
        length = max(1, min(length, len(line) - start))
    blanks = "".join("\t" if c == "\t" else " " for c in line[:start])
    return f"    {line}\n    {blanks}{'^' * length}\n"
