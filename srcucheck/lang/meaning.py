# SPDX-License-Identifier: MIT
"""A second meaning of the language, naive and tree-walking: the test oracle for ``lower``.

It knows nothing of transition systems.  It executes the syntax tree, thread by thread, with Python
objects for memory, and enumerates what can be seen.  Every access to anything that is not a local
variable is a step of its own, unless it stands in ``atomic`` or in a wait (semantics 1.1, with all
short cuts off).  It is for models of a few thousand states.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeVar

# The modules that do the items register themselves.
from srcucheck.lang import (
    meaning_calls,
    meaning_expressions,  # noqa: F401
    meaning_statements,  # noqa: F401
    tree,
)
from srcucheck.lang.constant import Value as Constant
from srcucheck.lang.constant import evaluate_length
from srcucheck.lang.meaning_machine import Machine, Task, World
from srcucheck.lang.meaning_memory import LIVE, Grow, Layout, ThreadPlace
from srcucheck.lang.meaning_names import Names
from srcucheck.lang.meaning_values import (
    Code,
    IntShape,
    Path,
    PointerShape,
    Shape,
    Shown,
    Value,
    show_path,
    show_value,
)
from srcucheck.lang.program import Program
from srcucheck.lang.walk import walk

Observation = frozenset[tuple[str, Shown]]
"""Global variables, members and lives (``life of node#1``) by name."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What all runs of a program show."""

    observations: frozenset[Observation]
    reports: frozenset[str]
    bounds: frozenset[str]
    stuck: bool
    """Some state in which nobody owes a step and a living thread is not at rest."""
    leaks: frozenset[str]
    """Objects that are alive in some state of rest in which nobody may still free them."""
    checks: Mapping[str, bool]
    """``never``, ``always`` and ``reachable``, by their text, as they hold."""
    states: int
    steps: int
    complete: bool
    """All reachable states were seen."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way of a step: the state after it, None behind a bound of the model."""

    world: World | None
    reports: frozenset[str]
    bound: str | None
    owed: bool


@dataclass(frozen=True, slots=True)
class Ran:
    """Where a schedule leads."""

    observation: Observation
    reports: tuple[frozenset[str], ...]
    """Of each step."""
    enabled: tuple[tuple[str, int], ...]
    """Steps that could come next."""


def explore(program: Program, values: Mapping[str, Constant], limit: int = 20_000) -> Observed:
    """All that can happen, up to ``limit`` states."""
    return _growing(program, values, lambda meaning: meaning.explore(limit))


def run(
    program: Program,
    values: Mapping[str, Constant],
    schedule: Sequence[tuple[str, int]],
    initial: int = 0,
) -> Ran:
    """Take these steps (a thread's name, and which of its ways), from an initial state."""
    return _growing(program, values, lambda meaning: meaning.run(schedule, initial))


T = TypeVar("T")


def _growing(
    program: Program, values: Mapping[str, Constant], what: "Callable[[_Meaning], T]"
) -> T:
    names = Names(program, values)
    heap = {
        tag: evaluate_length(pool.count, program, names.values)
        for tag, pool in program.pools.items()
    }
    while True:
        try:
            return what(_Meaning(names, Layout(names, heap)))
        except Grow as grow:
            heap[grow.struct] = heap.get(grow.struct, 0) + 1


class _Meaning:
    """One program with all its places."""

    def __init__(self, names: Names, layout: Layout) -> None:
        self.names = names
        self.layout = layout
        self._shown = [
            (path, show_path(path))
            for root in self._roots()
            for path, _ in layout.cells(root)
            if path[-1] != "kind"
        ]

    def _roots(self) -> list[Path]:
        roots: list[Path] = [(name,) for name in self.layout.global_names.values()]
        roots += [path for path in self.layout.roots if "#" in str(path[0])]
        return roots + [task.path for task in self.layout.tasks]

    # --- the start ------------------------------------------------------------------------------

    def initial(self) -> list[World]:
        """The states before the first step."""

        def value_of(code: Code, shape: Shape) -> Value:
            return Machine(self.names, self.layout, World({}, {}), Task(None)).now(code, 0, shape)

        worlds = [World(*self.layout.initial(value_of))]
        for block, in_spec in self.names.program.inits:
            worlds = [after for world in worlds for after in self._init(world, block, in_spec)]
        return [start for world in worlds for start in self._heads(world)]

    def _init(self, world: World, block: tree.Block, in_spec: bool) -> Iterator[World]:
        task = Task(None)
        task.atomic = 1
        machine = Machine(self.names, self.layout, world.copy(), task)
        body = self.names.body(block, in_spec, "init")
        meaning_calls.enter_body(machine, body, "init", [])
        for done in _finish(machine, lambda m: m.run(step=False)):
            yield done.world

    def _heads(self, world: World) -> Iterator[World]:
        heads = [list(self._head(world, place)) for place in self.layout.threads]
        for tasks in product(*heads):
            start = world.copy()
            start.tasks = {
                place.name: task for place, task in zip(self.layout.threads, tasks, strict=True)
            }
            yield start

    def _head(self, world: World, place: ThreadPlace) -> Iterator[Task]:
        info = place.info
        shape: Shape = IntShape()
        if isinstance(place.index, int):
            arguments: list[Value] = [place.index]
        elif place.index is not None:
            arguments = [place.index]
            assert isinstance(info.domain, str)
            shape = PointerShape(info.domain)
        else:
            arguments = []
        body = self.names.body(
            info.body,
            info.in_spec,
            info.name,
            info.variable,
            shape if arguments else None,
        )
        machine = Machine(self.names, self.layout, world.copy(), Task(place))
        machine.push("drop")
        meaning_calls.enter_body(
            machine, body, info.name, arguments, system_call=info.kind == "thread"
        )
        for done in _finish(machine, Machine.head):
            yield done.task

    # --- steps ----------------------------------------------------------------------------------

    def outcomes(self, world: World, name: str) -> tuple[list[Outcome], bool]:
        """The ways of a thread's next step, and whether it is blocked where waiting is rest."""
        task = world.tasks[name]
        if task.todo is None or task.dead:
            return [], False
        machine = Machine(self.names, self.layout, world, task).copy()
        first = True

        def go(m: Machine) -> None:
            nonlocal first
            m.run(step=first)
            first = False

        found: list[Outcome] = []
        idle = False
        owed = self.owes(task)
        for done in _finish(machine, go):
            labels = done.labels
            if labels.blocked:
                idle = idle or labels.idle
                continue
            after = None if labels.bound is not None else done.world
            reports = frozenset(labels.reports)
            found.append(Outcome(after, reports, labels.bound, owed and not labels.signal))
        return found, idle and not found

    def owes(self, task: Task) -> bool:
        """Whether a thread that can step must do so in the end."""
        return not task.own_level and not self.out_of_the_blue(task)

    def out_of_the_blue(self, task: Task) -> bool:
        """An interrupt that nobody raised: before its first step, and that is no wait."""
        if task.kind != "hardirq" or task.started or task.todo is None:
            return False
        op, code, _, _ = task.todo[0]
        node = code.node if code is not None else None
        while isinstance(node, tree.Atomic | tree.Block | tree.ExprStatement):
            match node:
                case tree.Atomic(body=body):
                    node = body
                case tree.Block(statements=statements):
                    node = statements[0] if statements else None
                case tree.ExprStatement(expression=expression):
                    node = expression
        return op != "await" and not isinstance(node, tree.Await)

    # --- what is seen ---------------------------------------------------------------------------

    def observe(self, world: World) -> Observation:
        """What the memory of a state holds."""
        seen = {(name, show_value(world.memory[path])) for path, name in self._shown}
        seen |= {(f"life of {show_path(path)}", life) for path, life in world.lives.items()}
        return frozenset(seen)

    def explore(self, limit: int) -> Observed:
        """All reachable states."""
        watched = _Watched(self)
        frontier = self.initial()
        seen = {world.key() for world in frontier}
        while frontier and len(seen) <= limit:
            following: list[World] = []
            for world in frontier:
                for after in watched.visit(world):
                    key = after.key()
                    if key not in seen:
                        seen.add(key)
                        following.append(after)
            frontier = following
        return watched.observed(len(seen), complete=not frontier)

    def run(self, schedule: Sequence[tuple[str, int]], initial: int) -> Ran:
        """One run."""
        world = self.initial()[initial]
        reports: list[frozenset[str]] = []
        for name, way in schedule:
            outcome = self.outcomes(world, name)[0][way]
            assert outcome.world is not None, outcome.bound
            world = outcome.world
            reports.append(outcome.reports)
        enabled = tuple(
            (name, way) for name in world.tasks for way in range(len(self.outcomes(world, name)[0]))
        )
        return Ran(self.observe(world), tuple(reports), enabled)


def _finish(machine: Machine, go: Callable[[Machine], None]) -> Iterator[Machine]:
    """Run a machine and all that it forks into, in order."""
    waiting = [machine]
    while waiting:
        m = waiting.pop()
        go(m)
        if m.forks is None:
            yield m
        else:
            waiting.extend(reversed(m.forks))


class _Watched:
    """What has been seen so far."""

    def __init__(self, meaning: _Meaning) -> None:
        self._meaning = meaning
        self._observations: set[Observation] = set()
        self._reports: set[str] = set()
        self._bounds: set[str] = set()
        self._leaks: set[str] = set()
        self._stuck = False
        self._steps = 0
        self._asked = list(_invariants(meaning))
        self._found = [kind != "reachable" for kind, _, _, _ in self._asked]

    def visit(self, world: World) -> Iterator[World]:
        """Look at a state; yields those after it."""
        meaning = self._meaning
        self._observations.add(meaning.observe(world))
        for at, (kind, _, code, size) in enumerate(self._asked):
            if self._found[at] is (kind != "reachable"):
                true = _ask(meaning, world, code, size)
                if true != (kind == "always"):
                    self._found[at] = kind == "reachable"
        quiet = True
        at_rest = no_excuse = True
        for name, task in world.tasks.items():
            outcomes, idle = meaning.outcomes(world, name)
            quiet = quiet and not any(o.owed for o in outcomes)
            unborn = meaning.out_of_the_blue(task)
            ended = task.todo is None
            if not (ended or idle or task.dead or task.own_level or unborn):
                at_rest = False
            if task.dead or (not (ended or idle) and (task.kind == "user" or unborn)):
                no_excuse = False
            for outcome in outcomes:
                self._steps += 1
                self._reports |= outcome.reports  # also before a bound, in one step
                if outcome.bound is not None:
                    self._bounds.add(outcome.bound)
                    continue
                assert outcome.world is not None
                yield outcome.world
        if quiet and not at_rest:
            self._stuck = True
        if quiet and at_rest and no_excuse:
            self._leaks |= {
                show_path(path)
                for path, life in world.lives.items()
                if life == LIVE and "#" in str(path[0])
            }

    def observed(self, states: int, *, complete: bool) -> Observed:
        """The result."""
        return Observed(
            frozenset(self._observations),
            frozenset(self._reports),
            frozenset(self._bounds),
            self._stuck,
            frozenset(self._leaks),
            {text: found for (_, text, _, _), found in zip(self._asked, self._found, strict=True)},
            states,
            self._steps,
            complete,
        )


def _invariants(meaning: _Meaning) -> Iterator[tuple[str, str, Code, int]]:
    """Checks of states: what is asked, its text, the condition, how many variables that needs."""
    program = meaning.names.program
    for check in program.checks:
        subject = check.subject
        if not (isinstance(subject, tree.Call) and isinstance(subject.function, tree.Name)):
            continue
        kind = subject.function.name
        if kind not in ("never", "always", "reachable"):
            continue
        condition = subject.arguments[0]
        if _speaks_of_places(condition):
            continue
        source = program.sources[check.span.file]
        size = meaning.names.alone(condition, False)
        text = check.name or source.text_of(subject.span)
        yield kind, text, meaning.names.code(condition), size


def _speaks_of_places(expr: tree.Expr) -> bool:
    """``in``, ``started`` and ``ended`` are about locations, which differ between meanings."""
    words = ("in", "started", "ended")
    return any(
        isinstance(node, tree.Call)
        and isinstance(node.function, tree.Name)
        and node.function.name in words
        for node in walk(expr)
    )


def _ask(meaning: _Meaning, world: World, code: Code, size: int) -> bool:
    task = Task(None)
    task.locals = [0] * size
    machine = Machine(meaning.names, meaning.layout, world, task)
    true, _ = machine.look(code, 0)
    return true
