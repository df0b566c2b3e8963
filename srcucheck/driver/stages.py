# SPDX-License-Identifier: MIT
"""How one model goes from stage to stage (``variant``), and is judged."""

import hashlib
import shlex
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from srcucheck.base.budget import Budget, Listener
from srcucheck.base.diagnostic import Diagnostic, ModelError
from srcucheck.base.source import SourceFile
from srcucheck.base.span import Span
from srcucheck.check.engine import Answers, Engine
from srcucheck.check.report import VariantReport
from srcucheck.driver.assume import assumptions
from srcucheck.driver.coverage import never_ran
from srcucheck.driver.expect import judgements
from srcucheck.driver.library import Library
from srcucheck.driver.lost import LastSeen, Lost
from srcucheck.driver.matrix import combinations, variants, written
from srcucheck.driver.only import only
from srcucheck.driver.settings import Settings
from srcucheck.driver.variant import Loaded, Lowered, Resolved
from srcucheck.ir.system import System
from srcucheck.lang.constant import Value, settle
from srcucheck.lang.load import LoadedFile, choice_uses, load
from srcucheck.lang.suggest import did_you_mean


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
    find = library.find(loaded.path.parent, tuple(dict(settings.substitutes).values()))
    files = load(loaded.file, find, substitutes, library.known())
    _no_such_roles(settings, files, library)
    program = resolve(files, elsewhere=lambda: names_in_specs(library.all_specs()))
    return Resolved(loaded, program, files)


def _no_such_roles(settings: Settings, files: Sequence[LoadedFile], library: Library) -> None:
    """A model need not use what ``-S`` replaces, but then it has to be a spec.

    Raises:
        ModelError: it is none (E201).
    """
    roles = {file.role.rpartition(" as ")[2] for file in files}
    for role, other in settings.substitutes:
        if role not in roles and role not in library.known():
            hint, fix = did_you_mean(role, library.known())
            text = f"-S {role}={other}: there is no spec '{role}'.{hint}"
            raise ModelError(Diagnostic("E201", text, None, (), fix))


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
        """All combinations of choices that are to be judged; the last choice varies fastest.

        A choice that names a spec decides which program the others belong to.

        Raises:
            ModelError: something is wrong with the program, or with a ``-D``.
        """
        definitions = dict(self.settings.definitions)
        program = self.resolved({}).program
        if not self.loaded.bindings:
            yield from variants(program, definitions)
            return
        substitutes = dict(self.settings.substitutes)
        for choice, role in self.loaded.bindings:
            words = [written(v) for v in program.choices[choice].alternatives]
            if substitutes.get(role) in words:
                definitions.setdefault(choice, substitutes[role])
        bound = tuple(program.choices[choice] for choice, _ in self.loaded.bindings)
        found: list[dict[str, Value]] = []
        for chosen in combinations(bound, definitions):
            fixed = {name: written(value) for name, value in chosen.items()}
            found += variants(self.resolved(chosen).program, definitions | fixed)
        order = {n: c.alternatives.index for n, c in program.choices.items()}
        yield from sorted(found, key=lambda v: [at(v[n]) for n, at in order.items() if n in v])

    def lowered(self, chosen: Mapping[str, Value]) -> Lowered:
        """One variant as a transition system.

        Raises:
            ModelError: the model cannot be run.
        """
        from srcucheck.lower.lower import Options, lower

        resolved = self.resolved(chosen)
        values = settle(resolved.program, chosen)
        system = lower(resolved.program, values, Options(self.settings.reductions))
        asked = dict(enumerate(resolved.program.checks))
        if self.settings.properties:
            system, asked = only(system, asked, self.settings.properties)
        return Lowered(resolved, chosen, values, system, asked)

    def judged(
        self,
        chosen: Mapping[str, Value],
        budget: Budget,
        listener: Listener,
        engine: Engine | None = None,
        certificate: Path | None = None,
    ) -> VariantReport:
        """One variant, judged; by the engine of the settings if no other is given.

        What was found goes to the file ``certificate``, if there is to be one.

        Raises:
            ModelError: the model cannot be run.
            Spent: lowering took longer than the budget allows.
            InternalError: an engine contradicts the replay.
        """

        def run(system: System, limits: Budget) -> Answers:
            proofs = certificate is not None and self.settings.any_number is not None
            engine = _engine(self.settings, limits.exceeded(0), proofs=proofs)
            return _answers(engine, system, limits, listener)

        if engine is None and self.settings.any_number is not None:
            from srcucheck.driver.anyreport import judged_for_any

            resolved, options = self.resolved(chosen), self.options
            return judged_for_any(
                self.settings, resolved, chosen, budget, run, options, certificate
            )
        with budget.enforced():
            lowered = self.lowered(chosen)
        given = engine is not None
        late = budget.exceeded(0)
        engine = engine or _engine(self.settings, late, proofs=certificate is not None)
        answers = _answers(engine, lowered.system, budget, listener)
        report = self._report(lowered, answers, engine.name)
        if self.settings.why and not given:
            report = _with_reasons(report, lowered.system, run, budget)
        if certificate is not None:
            if self.settings.engine == "explicit":
                from srcucheck.driver.certificates import keep
            else:
                from srcucheck.driver.certified_smt import keep
            report = keep(lowered, answers, report, certificate)
        if given or not any(c.for_any for c in lowered.asked.values()):
            return report
        from srcucheck.driver.anyreport import with_for_any

        return with_for_any(report, self.settings, lowered.resolved.program, chosen, budget, run)

    def _report(self, lowered: Lowered, answers: Answers, engine: str) -> VariantReport:
        """What an engine answered, against what was expected."""
        program, values, chosen = lowered.resolved.program, lowered.values, lowered.chosen
        return VariantReport(
            {name: written(chosen[name]) for name in program.choices},
            {
                name: written(values[name])
                for name, param in program.params.items()
                if not param.in_spec or name in dict(self.settings.definitions)
            },
            lowered.system,
            judgements(
                program,
                values,
                lowered.system,
                answers.verdicts,
                lowered.asked,
                answers.figures.complete,
            ),
            answers.figures,
            assumptions(program, values, lowered.system, answers.bounds),
            engine,
            never_ran(self.loaded.file.tree, lowered.system, answers.executed),
            self.settings.reductions,
            self.options(program.params),
        )

    def options(self, params: Container[str]) -> tuple[str, ...]:
        """What the command line chose beside the variant."""
        settings = self.settings
        return (
            *(f"-D {name}={value}" for name, value in settings.definitions if name in params),
            *(f"-S {name}={other}" for name, other in settings.substitutes),
            *(f"--specs {shlex.quote(str(folder))}" for folder in settings.spec_folders),
            *(() if settings.reductions else ("--no-reductions",)),
            *(() if settings.engine == "explicit" else (f"--engine {settings.engine}",)),
            *(("--cross-check",) if settings.cross_check else ()),
        )

    def sources(self) -> dict[str, SourceFile]:
        """Texts of all files used by some variant, by name."""
        found = {self.loaded.file.source.name: self.loaded.file.source}
        for resolved in self._resolved.values():
            found |= {f.source.name: f.source for f in resolved.files}
        return found

    def every_variant(self) -> bool:
        """Whether the definitions leave all choices open."""
        choices = self.resolved({}).program.choices
        return not any(name in choices for name, _ in self.settings.definitions)

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


def _with_reasons(
    report: VariantReport, system: System, run: Callable[[System, Budget], Answers], budget: Budget
) -> VariantReport:
    """With what each property that holds, and was asked about, rests on."""
    from srcucheck.driver.why import needs

    told = [
        j if j.standing else replace(j, needs=needs(system, check, j.verdict, run, budget))
        for j, check in zip(report.judgements, system.checks, strict=True)
    ]
    return replace(report, judgements=tuple(told))


def _engine(settings: Settings, late: str | None, *, proofs: bool) -> Engine:
    """The engine asked for; ``late`` is why there is no more to do, after a long lowering."""
    if late is not None:
        return Lost(f"{late}: the search had not begun")
    from srcucheck.driver.engines import engine, second_opinions

    if settings.cross_check:
        return second_opinions()
    return engine(settings.engine, proofs=proofs, native=settings.native)


def _answers(engine: Engine, system: System, budget: Budget, listener: Listener) -> Answers:
    """What an engine answers, so far as it can be believed; unknown where memory runs out."""
    from srcucheck.check.door import accept

    seen = LastSeen(listener)
    try:
        return accept(system, engine.judge(system, budget, seen))
    except MemoryError:
        return Lost("out of memory", seen.last).judge(system, budget, listener)


def in_no_variant(found: list[tuple[Span, ...]]) -> tuple[Span, ...]:
    """Statements that are in every variant's list."""
    if not found:
        return ()
    common = set(found[0]).intersection(*found[1:])
    return tuple(span for span in found[0] if span in common)
