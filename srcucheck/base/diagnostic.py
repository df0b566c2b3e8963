# SPDX-License-Identifier: MIT
"""An error in a model, as a value.  Rendering it is the business of ``render.diagnostics``."""

from dataclasses import dataclass

from srcucheck.base.span import Span


@dataclass(frozen=True, slots=True)
class Note:
    """A second place, or a remark without one, that explains a diagnostic."""

    text: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: a stable code (``E101``), one short sentence, where, and what mends it.

    ``fix`` is what to write instead, or the line to add, when that is mechanical; else None.
    """

    code: str
    message: str
    span: Span | None
    notes: tuple[Note, ...] = ()
    fix: str | None = None


class ModelError(Exception):
    """The model cannot be checked as it stands; carries at least one diagnostic."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("; ".join(d.message for d in diagnostics))
        self.diagnostics = diagnostics

    def __reduce__(self) -> tuple[type["ModelError"], tuple[Diagnostic, ...]]:
        """So that it survives the way back from a worker process."""
        return ModelError, self.diagnostics
