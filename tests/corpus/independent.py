# SPDX-License-Identifier: MIT
"""Which statements of the specs are steps, and which two of one step do not feel their order.

Two statements that stand in one ``atomic`` (or ``await``) block are one step, so nobody can see
which came first.  Their order means something only if one writes what the other reads or writes,
or ends the step.  What they touch is told by names: two members of one name are taken for one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from srcucheck.lang import tree
from srcucheck.lang.walk import Node, parts, walk

LOOKS = frozenset({"WARN_ON", "touch", "live", "empty", "any", "none", "ARRAY_SIZE", "limit"})
"""Calls of the language that write nothing: a report is no write, and the run goes on; behind a
limit there is no state that one could look at."""


@dataclass(frozen=True, slots=True)
class Touched:
    """Names read and written; ``anything`` if that cannot be told."""

    reads: frozenset[str]
    writes: frozenset[str]
    anything: bool = False

    def __or__(self, other: "Touched") -> "Touched":
        return Touched(
            self.reads | other.reads,
            self.writes | other.writes,
            self.anything or other.anything,
        )

    def independent(self, other: "Touched") -> bool:
        """Whether neither can tell if the other came first."""
        return not (
            self.anything
            or other.anything
            or self.writes & (other.reads | other.writes)
            or other.writes & self.reads
        )


ANYTHING = Touched(frozenset(), frozenset(), anything=True)


class Steps:
    """Answers about statements of all specs together."""

    def __init__(self, files: Sequence[tree.File]) -> None:
        bodies = list(_bodies(files))
        self._functions: dict[str, list[tree.Block]] = {}
        """By name; several specs may have one of the same name."""
        for name, body, _ in bodies:
            if name:
                self._functions.setdefault(name, []).append(body)
        self._inner = {n for n, _, static in bodies if static} - self._called_alone(bodies)
        self._busy: set[str] = set()

    def inside_a_step(self, function: str) -> bool:
        """All of a function stands in the step of its caller."""
        return function in self._inner

    def _called_alone(self, bodies: Sequence[tuple[str, tree.Block, bool]]) -> set[str]:
        """Functions with a use that is no part of somebody's step, directly or not."""
        alone: dict[str, set[str]] = {}
        for name, body, static in bodies:
            for used in _used_outside_of_steps(body):
                if used in self._functions:
                    alone.setdefault(used, set()).add(name if static else "")
        found = {n for n, users in alone.items() if "" in users}
        while more := {n for n, users in alone.items() if users & found} - found:
            found |= more
        return found

    def touched(self, node: Node) -> Touched:
        """What a statement or expression reads and writes."""
        match node:
            case tree.Assign(target=target, op=op, value=value):
                read = self.touched(target) if op else self._parts(target)
                return read | self.touched(value) | _writes(target)
            case tree.Increment(target=target):
                return self.touched(target) | _writes(target)
            case tree.Call(function=tree.Name(name=name), arguments=arguments):
                found = self._called(name)
                for argument in arguments:
                    found |= self.touched(argument)
                return found
            case tree.Call() | tree.Allocate() | tree.Await() | tree.Return() | tree.Break():
                return ANYTHING
            case tree.Continue() | tree.Goto():
                return ANYTHING
            case tree.Name(name=name):
                return Touched(frozenset({name}), frozenset())
            case tree.Member(base=base, name=name):
                return self.touched(base) | Touched(frozenset({name}), frozenset())
            case tree.Declarator(name=name):
                return self._parts(node) | Touched(frozenset(), frozenset({name}))
            case _:
                return self._parts(node)

    def _parts(self, node: Node) -> Touched:
        found = _NOTHING
        for part in parts(node):
            if part is not None:
                found |= self.touched(part)
        return found

    def _called(self, name: str) -> Touched:
        if name in LOOKS:
            return _NOTHING
        if name not in self._functions or name in self._busy:
            return ANYTHING
        self._busy.add(name)
        found = _NOTHING
        for body in self._functions[name]:
            for node in _flat(body):  # a return ends the function, not the step
                found |= self.touched(node)
        self._busy.discard(name)
        return found


_NOTHING = Touched(frozenset(), frozenset())


def _writes(target: tree.Expr) -> Touched:
    match target:
        case tree.Name(name=name) | tree.Member(name=name):
            return Touched(frozenset(), frozenset({name}))
        case tree.Index(base=base):
            return _writes(base)
        case _:
            return ANYTHING


def _flat(node: Node) -> Iterator[Node]:
    """A statement in pieces, with its returns turned into what they compute."""
    match node:
        case tree.Return(value=value):
            if value is not None:
                yield value
        case tree.Block() | tree.If() | tree.ForEach() | tree.Atomic():
            for part in parts(node):
                if part is not None:
                    yield from _flat(part)
        case _:
            yield node


def _bodies(files: Sequence[tree.File]) -> Iterator[tuple[str, tree.Block, bool]]:
    """All code: the name of a function (or nothing), its body, whether models cannot call it."""
    for file in files:
        for declared in file.declarations:
            match declared:
                case tree.Function(name=name, body=body, static=static) if body is not None:
                    yield name, body, static
                case tree.Thread(body=body) | tree.On(body=body) | tree.Init(body=body):
                    yield "", body, False
                case _:
                    pass


def _used_outside_of_steps(node: Node) -> Iterator[str]:
    """Names of functions that are called where a step may end, or kept for later."""
    match node:
        case tree.Atomic():
            yield from _kept(node)
        case tree.Await(condition=condition, held_by=held_by, block=block):
            for part in (condition, *held_by, *(() if block is None else (block,))):
                yield from _kept(part)
        case tree.Name(name=name):
            yield name
        case _:
            for part in parts(node):
                if part is not None:
                    yield from _used_outside_of_steps(part)


def _kept(node: Node) -> Iterator[str]:
    """Functions that a step does not call, but hands on by name."""
    called = {id(n.function) for n in walk(node) if isinstance(n, tree.Call)}
    for below in walk(node):
        if isinstance(below, tree.Name) and id(below) not in called:
            yield below.name
