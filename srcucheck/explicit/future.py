# SPDX-License-Identifier: MIT
"""What a thread can still do from here on."""

from collections.abc import Callable
from dataclasses import dataclass, field

from srcucheck.ir.expr import (
    Const,
    Expr,
    Ite,
    Lookup,
    Set,
    SetPick,
    Statement,
)
from srcucheck.ir.system import Location, Thread
from srcucheck.ir.walk import statements


@dataclass(slots=True)
class Future:
    """What a thread can still write, from each of its locations on.  Static, so it may be more."""

    thread: Thread
    _writes: dict[int, frozenset[int]] = field(default_factory=dict)

    def writes(self, start: int) -> frozenset[int]:
        """The slots written on some way on from a location."""
        if start not in self._writes:
            self._writes[start] = self.along(start, _written)
        return self._writes[start]

    def along(self, start: int, of: Callable[[Statement], set[int]]) -> frozenset[int]:
        """What ``of`` gives for the statements of all actions on some way on from a location."""
        found: set[int] = set()
        seen = {start}
        todo = [start]
        while todo:
            location = self.thread.locations[todo.pop()]
            for action in location.actions:
                for statement in statements(action.update):
                    found |= of(statement)
            for number in self.next(location):
                if number not in seen and number in self.thread.locations:
                    seen.add(number)
                    todo.append(number)
        return frozenset(found)

    def next(self, location: Location) -> set[int]:
        """The locations that the actions here can lead to."""
        found: set[int] = set()
        for action in location.actions:
            for statement in statements(action.update):
                if isinstance(statement, Set) and statement.slot == self.thread.pc:
                    values = _values(statement.value)
                    if values is None:
                        return set(self.thread.locations)
                    found |= values
        return found


def _written(statement: Statement) -> set[int]:
    if isinstance(statement, Set):
        return {statement.slot}
    if isinstance(statement, SetPick):
        return set(statement.slots.values())
    return set()


def _values(expr: Expr) -> set[int] | None:
    """The values an expression can have; None if they are not plain to see."""
    match expr:
        case Const(value):
            return {value}
        case Ite(_, then, other):
            one, two = _values(then), _values(other)
            return None if one is None or two is None else one | two
        case Lookup():
            return {*expr.entries.values(), expr.default}
        case _:
            return None
