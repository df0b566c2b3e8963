# SPDX-License-Identifier: MIT
"""Traces that were stored as JSON, run again on the model as it is now."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from srcucheck.base.diagnostic import Diagnostic, ModelError
from srcucheck.check.trace import Schedule, Trace
from srcucheck.driver.cache import Cache, cache_folder
from srcucheck.driver.library import Library
from srcucheck.driver.settings import Settings
from srcucheck.driver.stages import Model, load_model
from srcucheck.driver.variant import Lowered
from srcucheck.ir.system import System
from srcucheck.lang.constant import Value


@dataclass(frozen=True, slots=True)
class Stored:
    """A trace as it was stored: what it refutes (or shows), and which steps it takes."""

    check: str
    property: str
    schedule: Schedule
    threads: tuple[str, ...]
    """Who takes each step."""
    changes: tuple[tuple[tuple[str, int, int], ...], ...]
    """(variable, before, after) of each step."""
    culprits: tuple[str, ...]
    leaked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredVariant:
    """The variant that traces belong to, as its definitions."""

    definitions: tuple[tuple[str, str], ...]
    substitutes: tuple[tuple[str, str], ...]
    reductions: bool
    traces: tuple[Stored, ...]


@dataclass(frozen=True, slots=True)
class Replayed:
    """A stored trace, accepted, or refused for a reason."""

    variant: str
    stored: Stored
    refused: str | None


def read(text: str, name: str, model: str) -> tuple[StoredVariant, ...]:
    """The traces that a JSON report has of a model.

    Raises:
        ModelError: it is no report, or has no trace of the model (E527).
    """
    try:
        files = json.loads(text)["files"]
        if len(files) > 1:
            files = [f for f in files if Path(f["path"]).name == Path(model).name]
        found = tuple(s for f in files for v in f["variants"] for s in _variants(v))
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError):
        message = f"{name} is not what `srcucheck check --format json` prints."
        raise ModelError(Diagnostic("E527", message, None)) from None
    if not any(v.traces for v in found):
        raise ModelError(Diagnostic("E527", f"{name} has no trace of {model}.", None))
    return found


def _variants(data: Mapping[str, Any]) -> Iterator[StoredVariant]:
    """A variant, once for each number of cells that traces of it have."""
    definitions = {str(k): str(v) for k, v in (data["choices"] | data["params"]).items()}
    stands_in = [str(s).split(" as ") for s in data["assumptions"]["specs"] if " as " in s]
    numbers = dict.fromkeys(p.get("number") for p in data["properties"])
    for number in numbers:
        more = {} if number is None else {str(data["any_number"]["param"]): str(int(number))}
        traces = tuple(
            _trace(p["name"], t)
            for p in data["properties"]
            if p.get("number") == number
            for t in p["traces"]
        )
        if traces or number is None:
            yield StoredVariant(
                tuple((definitions | more).items()),
                tuple((role, other) for other, role in stands_in),
                bool(data["reductions"]),
                traces,
            )


def _trace(check: str, data: Mapping[str, Any]) -> Stored:
    schedule = data["schedule"]
    cycle = schedule["cycle"]
    return Stored(
        str(check),
        str(data["property"]),
        Schedule(
            int(schedule["initial"]),
            tuple((int(thread), int(choice)) for thread, choice in schedule["steps"]),
            None if cycle is None else int(cycle),
        ),
        tuple(str(s["thread"]) for s in data["steps"]),
        tuple(
            tuple((str(c["variable"]), int(c["before"]), int(c["after"])) for c in s["changed"])
            for s in data["steps"]
        ),
        tuple(map(str, data["culprits"])),
        tuple(map(str, data["leaked"])),
    )


def replays(
    variants: tuple[StoredVariant, ...], model: Path, name: str, folders: tuple[Path, ...]
) -> Iterator[Replayed]:
    """Every stored trace, run again by the reference interpreter.

    Raises:
        ModelError: the model cannot be run.
    """
    library = Library(folders, Cache(cache_folder()))
    loaded = load_model(library, model, name)
    for variant in variants:
        settings = Settings(
            variant.definitions, variant.substitutes, folders, reductions=variant.reductions
        )
        title = " ".join(f"{n}={v}" for n, v in variant.definitions)
        made = Model(library, loaded, settings)
        lowered = made.lowered(_the_variant(made, name, title))
        for stored in variant.traces:
            yield Replayed(title, stored, why_not(lowered, stored))


def _the_variant(model: Model, name: str, title: str) -> dict[str, Value]:
    """The one that the stored definitions leave.

    Raises:
        ModelError: the model does not resolve, or has no such variant (E527).
    """
    try:
        found = list(model.variants())
    except ModelError as error:
        if {d.code for d in error.diagnostics} - {"E520", "E521"}:
            raise
        found = []
    if len(found) != 1:
        message = f"{name} has no variant {title or 'without choices'}: the traces are not its own."
        raise ModelError(Diagnostic("E527", message, None))
    return found[0]


def why_not(lowered: Lowered, stored: Stored) -> str | None:
    """Why a stored trace is refused, or None if it is what the model does."""
    from srcucheck.check.replay import InternalError, check_refutes, replay

    system = lowered.system
    check = next((c for c in system.checks if c.name == stored.check), None)
    if check is None:
        return "the model has no such check"
    try:
        trace = replay(system, stored.schedule, stored.property)
        differs = _difference(system, trace, stored)
        if differs is not None:
            return differs
        check_refutes(system, check.question, _explained(system, trace, stored))
    except InternalError as error:
        return str(error)
    return None


def _difference(system: System, trace: Trace, stored: Stored) -> str | None:
    """The first step that is not as it was stored."""
    if len(stored.threads) != len(trace.steps):
        return f"{len(stored.threads)} steps are told, {len(trace.steps)} are in the schedule"
    for number, step in enumerate(trace.steps):
        if system.threads[step.thread].name != stored.threads[number]:
            return f"step {number} is not taken by {stored.threads[number]}"
        changes = tuple((system.slots[slot].name, old, new) for slot, old, new in step.changes)
        if changes != stored.changes[number]:
            return f"step {number} changes other variables, or to other values"
    return None


def _explained(system: System, trace: Trace, stored: Stored) -> Trace:
    """With the threads and leaks that the stored trace names, which the check looks at."""
    numbers = {t.name: t.number for t in system.threads}
    culprits = tuple(numbers.get(name, -1) for name in stored.culprits)
    return replace(trace, culprits=culprits, leaked=stored.leaked)
