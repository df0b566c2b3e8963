# SPDX-License-Identifier: MIT
"""A sentence with the line that it speaks of."""

from collections.abc import Mapping

from srcucheck.base.source import SourceFile
from srcucheck.base.span import Span


def located(text: str, span: Span | None, sources: Mapping[str, SourceFile]) -> str:
    """``text at file:line``, or the text alone."""
    source = sources.get(span.file) if span is not None else None
    if span is None or source is None:
        return text
    return f"{text} at {span.file}:{source.position(span.start)[0]}"
