# SPDX-License-Identifier: MIT
"""What made a report true: the last writes of what it reads, where these are not rows."""

import textwrap
from collections.abc import Iterator, Sequence

from srcucheck.check.interpreter import outcomes, read_by
from srcucheck.check.replay import states_of
from srcucheck.check.trace import Trace
from srcucheck.ir.expr import Expr, Get, If, Let, Loop, Pick, Report, Temp, Update
from srcucheck.ir.system import System
from srcucheck.ir.walk import statements, subexpressions
from srcucheck.render.chain import WIDTH
from srcucheck.render.marks import writer
from srcucheck.render.memory import Sources, written_by
from srcucheck.render.words import MEMORY, value_of

MOST = 3
"""So many are told, the latest."""


def causes(system: System, trace: Trace, sources: Sources) -> Iterator[str]:
    """A line for each variable that the report depends on and that a spec wrote in this run."""
    found: list[tuple[int, int, int]] = []
    for slot in _condition(system, trace):
        number, value = _last_write(trace, slot)
        site = writer(system, trace, number, slot) if number >= 0 else None
        if site is not None and site.in_spec and number < len(trace.steps) - 1:
            found.append((number, slot, value))
    for number, slot, value in sorted(found)[-MOST:]:
        what = f"{system.slots[slot].name} = {value_of(system, slot, value)}"
        lead = f"  {'since':9}  "
        yield from textwrap.wrap(
            f"{what}, {written_by(system, trace, number, slot, sources)}",
            WIDTH,
            initial_indent=lead,
            subsequent_indent=" " * len(lead),
        )


def _condition(system: System, trace: Trace) -> Iterator[int]:
    """The variables that the report's own condition reads."""
    if not trace.steps or trace.property.startswith(MEMORY):
        return
    step = trace.steps[-1]
    where = next((site for name, site in step.reports if name == trace.property), None)
    if where is None:
        return
    before = states_of(trace)[-2]
    thread = system.threads[step.thread]
    taken = outcomes(system, before, step.thread)[step.choice]
    update = thread.locations[before[thread.pc]].actions[taken.action].update
    read = set(read_by(thread, before, step.choice))
    for slot in sorted(_slots(update, list(_around(update, trace.property, where)))):
        if slot in read and system.slots[slot].kind in ("global", "field"):
            yield slot


def _around(update: Update, name: str, site: int) -> Iterator[Expr]:
    """The conditions directly around a report."""
    for statement in update:
        match statement:
            case If(condition, then, other):
                if any(s == Report(name, site) for s in (*then, *other)):
                    yield condition
                yield from _around(then, name, site)
                yield from _around(other, name, site)
            case Loop(body):
                yield from _around(body, name, site)
            case _:
                pass


def _slots(update: Update, conditions: Sequence[Expr]) -> set[int]:
    """Every slot that may have a part in the values of expressions of an update."""
    lets: dict[int, list[Expr]] = {}
    for statement in statements(update):
        if isinstance(statement, Let):
            lets.setdefault(statement.temp, []).append(statement.value)
    found: set[int] = set()
    todo = list(conditions)
    while todo:
        for part in subexpressions(todo.pop()):
            match part:
                case Get(slot):
                    found.add(slot)
                case Pick(_, slots):
                    found.update(slots.values())
                case Temp(number):
                    todo += lets.pop(number, [])
                case _:
                    pass
    return found


def _last_write(trace: Trace, slot: int) -> tuple[int, int]:
    """The step that gave the variable the value it has, -1 if none, and that value."""
    for number in range(len(trace.steps) - 1, -1, -1):
        values = [value for _, written, value in trace.steps[number].writes if written == slot]
        if values:
            return number, values[-1]
    return -1, 0
