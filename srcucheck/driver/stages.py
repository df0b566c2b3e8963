# SPDX-License-Identifier: MIT
"""The stages of one model: Loaded, Resolved, Lowered, Judged.  Each is made from the one before."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from srcucheck.base.budget import Budget, Listener
from srcucheck.base.diagnostic import Diagnostic, ModelError
from srcucheck.base.source import SourceFile
from srcucheck.base.span import Span
from srcucheck.check.report import VariantReport
from srcucheck.driver.assume import assumptions
from srcucheck.driver.coverage import never_ran
from srcucheck.driver.expect import judgements
from srcucheck.driver.library import Library
from srcucheck.driver.matrix import variants, written
from srcucheck.driver.settings import Settings
from srcucheck.ir.system import System
from srcucheck.lang import tree
from srcucheck.lang.constant import Value, settle
from srcucheck.lang.load import LoadedFile, choice_uses, load
from srcucheck.lang.program import Program


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model, parsed; ``bindings`` are choices that put a spec in another's place."""

    path: Path
    name: str
    file: LoadedFile
    bindings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Resolved:
    """A whole program, with the sources of all its files."""

    loaded: Loaded
    program: Program
    files: tuple[LoadedFile, ...]


@dataclass(frozen=True, slots=True)
class Lowered:
    """One variant as a transition system; ``asked`` maps a check's place to its line."""

    resolved: Resolved
    chosen: Mapping[str, Value]
    values: Mapping[str, Value]
    system: System
    asked: Mapping[int, tree.Check]


def load_model(library: Library, path: Path, name: str) -> Loaded:
    """Reads and parses a model.

    Raises:
        ModelError: it cannot be read or does not parse.
    """
    file = library.model(path, name)
    return Loaded(path, name, file, choice_uses(file.tree))


def resolve_model(
    library: Library, loaded: Loaded, settings: Settings, chosen: Mapping[str, Value]
) -> Resolved:
    """Binds all names; ``chosen`` decides choices that name a spec.

    Raises:
        ModelError: with everything that is wrong.
    """
    from srcucheck.lang.resolve import names_in_specs, resolve

    substitutes = dict(settings.substitutes)
    for choice, role in loaded.bindings:
        if choice in chosen:
            substitutes.setdefault(role, written(chosen[choice]))
    files = load(loaded.file, library.find(loaded.path.parent), substitutes, library.known())
    program = resolve(files, elsewhere=lambda: names_in_specs(library.all_specs()))
    return Resolved(loaded, program, files)


class Model:
    """A model and its variants; programs are resolved once per set of specs."""

    def __init__(self, library: Library, loaded: Loaded, settings: Settings) -> None:
        self.library = library
        self.loaded = loaded
        self.settings = settings
        self._resolved: dict[tuple[str, ...], Resolved] = {}

    def resolved(self, chosen: Mapping[str, Value]) -> Resolved:
        """The program for a combination of choices."""
        key = tuple(written(chosen[c]) for c, _ in self.loaded.bindings if c in chosen)
        known = self._resolved.get(key)
        if known is None:
            known = resolve_model(self.library, self.loaded, self.settings, chosen)
            self._resolved[key] = known
        return known

    def variants(self) -> Iterator[dict[str, Value]]:
        """All combinations of choices that are to be judged."""
        return variants(self.resolved({}).program, dict(self.settings.definitions))

    def lowered(self, chosen: Mapping[str, Value]) -> Lowered:
        """One variant as a transition system."""
        from srcucheck.lower.lower import Options, lower

        resolved = self.resolved(chosen)
        values = settle(resolved.program, chosen)
        system = lower(resolved.program, values, Options(self.settings.reductions))
        asked = dict(enumerate(resolved.program.checks))
        if self.settings.properties:
            system, asked = self._only(system, asked)
        return Lowered(resolved, chosen, values, system, asked)

    def _only(
        self, system: System, asked: Mapping[int, tree.Check]
    ) -> tuple[System, dict[int, tree.Check]]:
        wanted = self.settings.properties
        names = {c.name for c in system.checks}
        missing = [p for p in wanted if p not in names]
        if missing:
            text = f"--property {missing[0]}: the model has no check of this name."
            raise ModelError(Diagnostic("E523", text, None))
        places = [n for n, c in enumerate(system.checks) if c.name in wanted]
        kept = replace(system, checks=tuple(system.checks[n] for n in places))
        return kept, {at: asked[n] for at, n in enumerate(places) if n in asked}

    def judged(
        self, chosen: Mapping[str, Value], budget: Budget, listener: Listener
    ) -> VariantReport:
        """One variant, explored and judged.

        Raises:
            ModelError: the model cannot be run.
            InternalError: an engine contradicts the replay.
        """
        from srcucheck.check.door import accept
        from srcucheck.explicit.engine import Explicit

        lowered = self.lowered(chosen)
        system, program = lowered.system, lowered.resolved.program
        engine = Explicit()
        answers = accept(system, engine.judge(system, budget, listener))
        found = judgements(program, lowered.values, system, answers.verdicts, lowered.asked)
        return VariantReport(
            {name: written(chosen[name]) for name in program.choices},
            {
                name: written(lowered.values[name])
                for name, param in program.params.items()
                if not param.in_spec
            },
            system,
            found,
            answers.figures,
            assumptions(program, lowered.values, system, answers.bounds),
            engine.name,
            never_ran(self.loaded.file.tree, system, answers.executed),
        )

    def sources(self) -> dict[str, SourceFile]:
        """Texts of all files used by some variant, by name."""
        found = {self.loaded.file.source.name: self.loaded.file.source}
        for resolved in self._resolved.values():
            found |= {f.source.name: f.source for f in resolved.files}
        return found

    def digest(self) -> str:
        """First 8 hex digits over all texts, definitions and substitutions."""
        state = hashlib.sha256()
        for name, source in sorted(self.sources().items()):
            state.update(f"{name}\0{source.text}\0".encode())
        for name, value in sorted(self.settings.definitions):
            state.update(f"-D {name}={value}\0".encode())
        for name, value in sorted(self.settings.substitutes):
            state.update(f"-S {name}={value}\0".encode())
        return state.hexdigest()[:8]

    def title(self) -> str:
        """The model's title."""
        return self.loaded.file.tree.title


def in_no_variant(found: list[tuple[Span, ...]]) -> tuple[Span, ...]:
    """Statements that are in every variant's list."""
    if not found:
        return ()
    common = set(found[0]).intersection(*found[1:])
    return tuple(span for span in found[0] if span in common)
