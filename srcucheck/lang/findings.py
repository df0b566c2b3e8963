# SPDX-License-Identifier: MIT
"""What the passes of ``resolve`` find wrong, collected; raised all at once, in order of place."""

from collections.abc import Callable, Mapping, Sequence

from srcucheck.base.diagnostic import Diagnostic, ModelError, Note
from srcucheck.base.source import SourceFile
from srcucheck.base.span import Span

Elsewhere = Mapping[str, str] | Callable[[], Mapping[str, str]]
"""Names that specs not loaded define -> which; ``struct T``, ``enum T`` for tags."""


class Findings:
    """Diagnostics so far, and the texts they are about."""

    __slots__ = ("_elsewhere", "_items", "_order", "_seen", "_specs_asked_for", "sources")

    def __init__(self, sources: Sequence[SourceFile], elsewhere: Elsewhere | None = None) -> None:
        self.sources = {source.name: source for source in sources}
        self._order = {source.name: at for at, source in enumerate(sources)}
        self._items: list[Diagnostic] = []
        self._seen: set[tuple[str, Span | None]] = set()
        self._specs_asked_for: set[str] = set()
        self._elsewhere = elsewhere

    def add(
        self, code: str, message: str, span: Span, *notes: Note, fix: str | None = None
    ) -> None:
        """One more; the same code at the same place counts once."""
        if (code, span) not in self._seen:
            self._seen.add((code, span))
            self._items.append(Diagnostic(code, message, span, notes, fix))

    @property
    def found(self) -> bool:
        """Whether anything is wrong so far."""
        return bool(self._items)

    def extend(self, error: ModelError) -> None:
        """Those of an error that was caught."""
        for item in error.diagnostics:
            if (item.code, item.span) not in self._seen:
                self._seen.add((item.code, item.span))
                self._items.append(item)

    def spec_with(self, name: str) -> str | None:
        """The spec, not loaded, that defines a name (``struct T`` for a tag)."""
        if callable(self._elsewhere):
            self._elsewhere = self._elsewhere()
        return self._elsewhere.get(name) if self._elsewhere else None

    def ask_for_spec(self, spec: str) -> bool:
        """True the first time: one line per spec that is not loaded, not one per name of it."""
        if spec in self._specs_asked_for:
            return False
        self._specs_asked_for.add(spec)
        return True

    def text(self, span: Span) -> str:
        """What was written there."""
        source = self.sources.get(span.file)
        return source.text_of(span) if source else ""

    def finish(self) -> None:
        """Raise ModelError with all that was found, if anything was."""
        if self._items:
            raise ModelError(*sorted(self._items, key=lambda item: self.place(item.span)))

    def place(self, span: Span | None) -> tuple[int, int, int]:
        """To sort by: files in order of use, then as written."""
        if span is None:
            return (-1, 0, 0)
        return (self._order.get(span.file, len(self._order)), span.start, span.end)
