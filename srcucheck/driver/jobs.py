# SPDX-License-Identifier: MIT
"""Many files and variants: one after the other, or side by side in processes."""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from srcucheck.base.budget import Budget, Listener, Silent
from srcucheck.base.diagnostic import Diagnostic, ModelError
from srcucheck.check.report import FileReport, Report, VariantReport
from srcucheck.check.verdict import ClosedSet, Holds
from srcucheck.driver.cache import Cache, cache_folder
from srcucheck.driver.library import SUFFIX, Library
from srcucheck.driver.settings import Settings
from srcucheck.driver.stages import Model, in_no_variant, load_model
from srcucheck.ir.system import System
from srcucheck.lang.constant import Value

FEW = 8
"""So many variants are not worth starting processes for."""


@dataclass(frozen=True, slots=True)
class Input:
    """A file to check and what the user calls it."""

    path: Path
    name: str


@dataclass(slots=True)
class Interrupt:
    """Set when the user wants to stop; every budget made here looks at it."""

    seen: bool = False


def inputs(paths: Sequence[str]) -> tuple[list[Input], list[FileReport]]:
    """The models that paths name, folders searched; and a report for each path without one."""
    found: list[Input] = []
    wrong: list[FileReport] = []
    for text in paths:
        path = Path(text)
        if path.is_dir():
            inside = sorted(path.rglob("*" + SUFFIX))
            found += [Input(p, str(p)) for p in inside]
            if not inside:
                message = f"{text}: the folder has no models (*{SUFFIX})."
                wrong.append(_failed(text, (Diagnostic("E526", message, None),), 0.0))
        else:
            found.append(Input(path, text))
    return found, wrong


def _failed(name: str, diagnostics: tuple[Diagnostic, ...], seconds: float) -> FileReport:
    return FileReport(name, "", "", (), diagnostics, (), {}, seconds)


def _library(settings: Settings) -> Library:
    return Library(settings.spec_folders, Cache(cache_folder()))


def _budget(settings: Settings, interrupt: Interrupt) -> Budget:
    made = Budget(settings.seconds, settings.states, settings.megabytes)
    made.interrupted = interrupt.seen
    return made


def check_alone(
    one: Input, settings: Settings, listener: Listener, budgets: list[Budget], interrupt: Interrupt
) -> FileReport:
    """One file, all variants in this process; ``budgets`` gets each budget for Ctrl-C to find."""
    began = time.monotonic()
    library = _library(settings)
    try:
        model = Model(library, load_model(library, one.path, one.name), settings)
    except ModelError as error:
        return _with_sources(one, error, began, library)
    found: list[VariantReport] = []
    try:
        for chosen in model.variants():
            budget = _budget(settings, interrupt)
            budgets.append(budget)
            found.append(model.judged(chosen, budget, listener))
            if interrupt.seen or budget.interrupted:
                interrupt.seen = True
                break
    except ModelError as error:
        return replace(
            _failed(one.name, error.diagnostics, time.monotonic() - began),
            sources=model.sources(),
            title=model.title(),
        )
    return _whole(one, model, found, began)


def _with_sources(one: Input, error: ModelError, began: float, library: Library) -> FileReport:
    report = _failed(one.name, error.diagnostics, time.monotonic() - began)
    return replace(report, sources=library.texts(one.path, one.name))


def _whole(one: Input, model: Model, found: list[VariantReport], began: float) -> FileReport:
    return FileReport(
        one.name,
        model.title(),
        model.digest(),
        tuple(found),
        (),
        in_no_variant([v.never_ran for v in found]),
        model.sources(),
        time.monotonic() - began,
    )


# --- side by side ---------------------------------------------------------------------------------


@cache
def _worker_model(one: Input, settings: Settings) -> Model:
    library = _library(settings)
    return Model(library, load_model(library, one.path, one.name), settings)


def _start_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _judge_in_worker(one: Input, settings: Settings, chosen: dict[str, Value]) -> VariantReport:
    model = _worker_model(one, settings)
    return light(model.judged(chosen, _budget(settings, Interrupt()), Silent()), settings)


def light(report: VariantReport, settings: Settings) -> VariantReport:
    """The report without what no summary shows: the sets of states, and the code of threads.

    A variant that did not come as expected keeps its code, so that its traces can be folded.
    """
    judgements = tuple(
        replace(j, verdict=replace(j.verdict, certificate=ClosedSet(frozenset())))
        if isinstance(j.verdict, Holds)
        else j
        for j in report.judgements
    )
    surprise = any(j.met is False for j in report.judgements)
    system = report.system if settings.keep_systems or surprise else _names_only(report.system)
    return replace(report, judgements=judgements, system=system)


def _names_only(system: System) -> System:
    threads = tuple(replace(t, locations={}) for t in system.threads)
    return replace(system, threads=threads)


def check_many(
    files: Iterable[Input],
    settings: Settings,
    listener: Listener,
    budgets: list[Budget],
    interrupt: Interrupt,
) -> list[FileReport]:
    """All files, in order; in processes if there is enough to do."""
    todo = list(files)
    workers = settings.jobs or os.cpu_count() or 1
    if workers == 1 or (settings.jobs is None and len(todo) == 1 and _few(todo[0], settings)):
        found = []
        for one in todo:
            if interrupt.seen:
                break
            found.append(check_alone(one, settings, listener, budgets, interrupt))
        return found
    return _side_by_side(todo, settings, workers, interrupt)


def _few(one: Input, settings: Settings) -> bool:
    library = _library(settings)
    try:
        model = Model(library, load_model(library, one.path, one.name), settings)
        return sum(1 for _ in model.variants()) <= FEW
    except ModelError:
        return True


def _side_by_side(
    todo: list[Input], settings: Settings, workers: int, interrupt: Interrupt
) -> list[FileReport]:
    context = multiprocessing.get_context("fork")
    pool = ProcessPoolExecutor(workers, context, _start_worker)
    started: list[
        tuple[Input, Model | None, FileReport | None, list[Future[VariantReport]], float]
    ] = []
    try:
        for one in todo:
            started.append(_submit(pool, one, settings))
        return [_collect(*item) for item in started]
    except KeyboardInterrupt:
        interrupt.seen = True
        for _, _, _, futures, _ in started:
            for future in futures:
                future.cancel()
        for process in pool._processes.values():
            process.terminate()
        return [_collect(*item) for item in started]
    finally:
        pool.shutdown(wait=not interrupt.seen, cancel_futures=True)


def _submit(
    pool: ProcessPoolExecutor, one: Input, settings: Settings
) -> tuple[Input, Model | None, FileReport | None, list[Future[VariantReport]], float]:
    began = time.monotonic()
    library = _library(settings)
    model: Model | None = None
    try:
        model = Model(library, load_model(library, one.path, one.name), settings)
        futures = [pool.submit(_judge_in_worker, one, settings, dict(c)) for c in model.variants()]
    except ModelError as error:
        report = _with_sources(one, error, began, library)
        if model is not None:
            report = replace(report, sources=model.sources())
        return one, model, report, [], began
    return one, model, None, futures, began


def _collect(
    one: Input,
    model: Model | None,
    done: FileReport | None,
    futures: list[Future[VariantReport]],
    began: float,
) -> FileReport:
    if done is not None or model is None:
        return done or _failed(one.name, (), 0.0)
    found = []
    for future in futures:
        if future.cancelled():
            continue
        try:
            found.append(future.result())
        except ModelError as error:
            return replace(
                _failed(one.name, error.diagnostics, time.monotonic() - began),
                sources=model.sources(),
            )
        except BrokenProcessPool:
            text = f"{one.name}: a worker process died, perhaps out of memory."
            return _failed(one.name, (Diagnostic("E524", text, None),), time.monotonic() - began)
    return _whole(one, model, found, began)


def run(
    paths: Sequence[str],
    settings: Settings,
    listener: Listener,
    budgets: list[Budget],
    interrupt: Interrupt,
) -> Report:
    """Checks everything that the paths name."""
    began = time.monotonic()
    files, wrong = inputs(paths)
    found = check_many(files, settings, listener, budgets, interrupt)
    return Report(tuple(wrong + found), interrupt.seen, time.monotonic() - began)
