# SPDX-License-Identifier: MIT
"""From paths to a report: files and variants one after the other, or side by side in processes.

Small work never pays for processes: they are started when half a second has not been enough.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from srcucheck.base.budget import Budget, Listener
from srcucheck.base.diagnostic import Diagnostic
from srcucheck.check.report import FileReport, Report, VariantReport
from srcucheck.driver.cache import Cache, cache_folder
from srcucheck.driver.guard import NO_RESULT, guarded
from srcucheck.driver.library import SUFFIX, Library, models_in, stems
from srcucheck.driver.lost import Lost
from srcucheck.driver.matrix import written
from srcucheck.driver.settings import Settings
from srcucheck.driver.stages import Model, in_no_variant, load_model
from srcucheck.driver.tidy import give_back, light
from srcucheck.lang.constant import Value

PATIENCE = 0.5
"""Seconds of work in one process before others are started."""

ENOUGH = 128
"""Megabytes: with less to share, fewer processes are started."""


@dataclass(frozen=True, slots=True)
class Input:
    """A file to check and what the user calls it."""

    path: Path
    name: str


@dataclass(slots=True)
class Interrupt:
    """Set when the user wants to stop; every budget made here looks at it."""

    seen: bool = False


@dataclass(frozen=True, slots=True)
class Ready:
    """A model that resolves, and the variants that are to be judged."""

    one: Input
    model: Model
    variants: tuple[dict[str, Value], ...]
    began: float

    def called(self, chosen: Mapping[str, Value]) -> str:
        """The name of the model, and of the variant if there are several."""
        if len(self.variants) == 1:
            return self.one.name
        choices = self.model.resolved(chosen).program.choices
        named = " ".join(f"{name}={written(chosen[name])}" for name in choices)
        return f"{self.one.name} ({named})"


Result = VariantReport | tuple[Diagnostic, ...]
"""A variant, judged, or what kept it from being judged."""


def run(
    paths: Sequence[str],
    settings: Settings,
    listener: Listener,
    budgets: list[Budget],
    interrupt: Interrupt,
) -> Report:
    """Checks everything that the paths name; ``budgets`` gets each budget, for Ctrl-C to find."""
    began = time.monotonic()
    work = _Work(settings, listener, budgets, interrupt)
    found = work.all(inputs(paths))
    return Report(tuple(found), interrupt.seen, time.monotonic() - began)


def inputs(paths: Sequence[str]) -> list[Input | FileReport]:
    """The models that paths name, each once, folders searched; a report for an empty folder."""
    found: dict[str, Input | FileReport] = {}
    for text in paths:
        path = Path(text)
        if not os.path.isdir(path):
            found.setdefault(os.path.realpath(path), Input(path, text))
            continue
        inside = models_in(path)
        for one in inside:
            found.setdefault(os.path.realpath(one), Input(one, str(one)))
        if not inside:
            message = f"{text}: the folder has no models (*{SUFFIX})."
            found[text] = _failed(text, (Diagnostic("E526", message, None),), 0.0)
    return list(found.values())


def _failed(name: str, diagnostics: tuple[Diagnostic, ...], seconds: float) -> FileReport:
    return FileReport(name, "", "", (), diagnostics, (), {}, seconds)


class _Work:
    """One run: what is asked, and how far it has got."""

    def __init__(
        self,
        settings: Settings,
        listener: Listener,
        budgets: list[Budget],
        interrupt: Interrupt,
    ) -> None:
        self._settings = settings
        self._listener = listener
        self._budgets = budgets
        self._interrupt = interrupt
        self._library = Library(settings.spec_folders, Cache(cache_folder()))
        self._stems: dict[Path, str] = {}
        """What certificates are called, by model."""
        self._workers = settings.jobs or _processors()
        if settings.megabytes is not None:
            self._workers = max(1, min(self._workers, settings.megabytes // ENOUGH))
        self._processes = 1
        """How many search at this moment, and share the memory."""
        self._begin_crew = time.monotonic() + (PATIENCE if settings.jobs is None else 0.0)

    def all(self, todo: Sequence[Input | FileReport]) -> list[FileReport]:
        """Reports in order; what was not begun when the user stopped is left out."""
        self._stems = stems([one.path for one in todo if isinstance(one, Input)])
        found: list[FileReport] = []
        for at, one in enumerate(todo):
            if found and self._interrupt.seen:
                break
            if len(todo) - at > 1 and self._worth_a_crew():
                return found + self._side_by_side(todo[at:])
            found.append(self._file(one, self._listener))
        return found

    def _worth_a_crew(self) -> bool:
        return self._workers > 1 and time.monotonic() >= self._begin_crew

    # --- in this process ----------------------------------------------------------------------

    def _file(self, one: Input | FileReport, listener: Listener) -> FileReport:
        """One file, all its variants; the rest of them side by side if there is much to do."""
        ready = self._ready(one)
        if isinstance(ready, FileReport):
            return ready
        found: list[Result] = []
        for at, chosen in enumerate(ready.variants):
            if found and self._interrupt.seen:
                break
            if len(ready.variants) - at > 1 and self._worth_a_crew():
                pieces = [(ready, chosen) for chosen in ready.variants[at:]]
                found += (r for r in self._spread(pieces) if r is not None)
                break
            found.append(self._variant(ready, chosen, listener))
        return self._report(ready, found)

    def _ready(self, one: Input | FileReport) -> Ready | FileReport:
        """A file read and resolved, or why not."""
        if isinstance(one, FileReport):
            return one
        began = time.monotonic()
        model: list[Model] = []

        def prepare() -> Ready:
            loaded = load_model(self._library, one.path, one.name)
            model.append(Model(self._library, loaded, self._settings))
            return Ready(one, model[0], tuple(model[0].variants()), began)

        ready = guarded(one.name, prepare)
        if isinstance(ready, Ready):
            return ready
        ready = tuple(_placed(d, one.name) for d in ready)
        report = _failed(one.name, ready, time.monotonic() - began)
        named = {d.span.file for d in ready if d.span is not None}
        named |= {n.span.file for d in ready for n in d.notes if n.span is not None}
        texts = self._library.texts(one.path, one.name)
        title = model[0].title() if model else ""
        return replace(report, title=title, sources={n: s for n, s in texts.items() if n in named})

    def _variant(self, ready: Ready, chosen: dict[str, Value], listener: Listener) -> Result:
        settings = self._settings
        budget = Budget(settings.seconds, settings.states, settings.megabytes, self._processes)
        budget.interrupted = self._interrupt.seen
        self._budgets.append(budget)
        kept = self._certificate(ready, chosen)
        judged = ready.model.judged
        result = guarded(
            ready.one.name,
            lambda: judged(chosen, budget, listener, certificate=kept),
            ready.called(chosen),
        )
        if isinstance(result, VariantReport):
            result = light(result, settings)
            give_back(result.figures.states)
        return result

    def _certificate(self, ready: Ready, chosen: Mapping[str, Value]) -> Path | None:
        """Where the certificate of a variant goes, if there is to be one."""
        if self._settings.certificate is None:
            return None
        from srcucheck.driver.certificates import SUFFIX, SYMBOLIC, place

        choices = ready.model.resolved(chosen).program.choices
        named = {name: written(chosen[name]) for name in choices}
        alone = len(self._stems) == len(ready.variants) == 1
        stem = self._stems[ready.one.path]
        suffix = SUFFIX if self._settings.engine == "explicit" else SYMBOLIC
        return place(self._settings.certificate, stem, named, alone=alone, suffix=suffix)

    def _report(self, ready: Ready, found: Sequence[Result]) -> FileReport:
        variants = tuple(v for v in found if isinstance(v, VariantReport))
        wrong = tuple(dict.fromkeys(d for v in found if isinstance(v, tuple) for d in v))
        if variants and self._interrupt.seen:  # the others are worth more than the one cut short
            wrong = tuple(d for d in wrong if d.code != NO_RESULT)
        whole = (
            ready.model.every_variant()
            and len(variants) == len(ready.variants)
            and all(v.figures.complete for v in variants)
        )
        return FileReport(
            ready.one.name,
            ready.model.title(),
            ready.model.digest(),
            variants if all(d.code == NO_RESULT for d in wrong) else (),
            wrong,
            in_no_variant([v.never_ran for v in variants]) if whole else (),
            ready.model.sources(),
            time.monotonic() - ready.began,
        )

    # --- side by side -------------------------------------------------------------------------

    def _side_by_side(self, todo: Sequence[Input | FileReport]) -> list[FileReport]:
        """File by file if there are many, else variant by variant."""
        if len(todo) >= 2 * self._workers:
            return self._whole_files(todo)
        ready = [self._ready(one) for one in todo]
        pieces = [(r, c) for r in ready if isinstance(r, Ready) for c in r.variants]
        results = iter(self._spread(pieces))
        found = []
        for one in ready:
            if isinstance(one, FileReport):
                found.append(one)
                continue
            of_file = [r for _ in one.variants if (r := next(results)) is not None]
            if of_file:
                found.append(self._report(one, of_file))
        return found

    def _spread(self, pieces: Sequence[tuple[Ready, dict[str, Value]]]) -> list[Result | None]:
        """Results of variants in order, None for those not begun when the user stopped."""

        def judge(piece: int, listener: Listener) -> Result:
            return self._variant(*pieces[piece], listener)

        found: list[Result | None] = [None] * len(pieces)
        for piece, result in self._crew(len(pieces), judge):
            found[piece] = self._mourned(*pieces[piece], result)
        return found

    def _mourned(self, ready: Ready, chosen: dict[str, Value], result: Any) -> Result:
        """The result, or unknown for the reason that its worker died of."""
        from srcucheck.driver.crew import Died

        if not isinstance(result, Died):
            assert isinstance(result, VariantReport | tuple)
            return result
        why = "interrupted" if self._interrupt.seen else result.why
        lost, budget = Lost(why), Budget(interrupted=self._interrupt.seen)
        judged = ready.model.judged
        return guarded(ready.one.name, lambda: judged(chosen, budget, self._listener, lost))

    def _whole_files(self, todo: Sequence[Input | FileReport]) -> list[FileReport]:
        def check(piece: int, listener: Listener) -> FileReport:
            self._workers = 1
            return self._file(todo[piece], listener)

        found: dict[int, FileReport] = {}
        for piece, result in self._crew(len(todo), check):
            if isinstance(result, FileReport):
                found[piece] = result
                continue
            ready = self._ready(todo[piece])
            if isinstance(ready, Ready):
                lost = [self._mourned(ready, chosen, result) for chosen in ready.variants]
                found[piece] = self._report(ready, lost)
            else:
                found[piece] = ready
        return [found[piece] for piece in sorted(found)]

    def _crew(self, count: int, work: Callable[[int, Listener], Any]) -> Iterator[tuple[int, Any]]:
        from srcucheck.driver.crew import side_by_side

        self._processes = min(self._workers, count)
        try:
            yield from side_by_side(
                range(count),
                self._processes,
                work,
                self._listener,
                lambda: self._interrupt.seen,
                self._stop,
            )
        finally:
            self._processes = 1

    def _stop(self) -> None:
        self._interrupt.seen = True
        for budget in self._budgets:
            budget.interrupt()


def _placed(diagnostic: Diagnostic, name: str) -> Diagnostic:
    """With the name of the model, where neither a place nor the message has it."""
    if diagnostic.span is not None or name in diagnostic.message:
        return diagnostic
    return replace(diagnostic, message=f"{name}: {diagnostic.message}")


def _processors() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1
