# SPDX-License-Identifier: MIT
"""The machine of the second meaning: threads as stacks of what is still to do.

A thread is a stack of items (evaluate this, then add, then store there), a stack of values and its
local variables; all can be copied and compared.  Running it executes items until one would be the
next step: a shared access, an ``atomic`` block, a wait, an entry, a turn of a loop that took none.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from srcucheck.lang.meaning_memory import DEAD, Layout, ThreadPlace
from srcucheck.lang.meaning_names import Names
from srcucheck.lang.meaning_values import (
    KIND,
    ArrayShape,
    Code,
    Died,
    Elements,
    OutOfRange,
    Path,
    Ref,
    Shape,
    StructShape,
    Value,
    Variable,
    convert,
)

Item = tuple[str, Code | None, int, Any]
"""What to do, with which text, in whose frame, and whatever else that takes."""

Todo = tuple[Item, Any] | None
"""A linked list of items, so that copies cost nothing."""

TURNS = 10_000

_STOPS = frozenset(
    [
        "store_all",
        "free",
        "allocate",
        "touch",
        "live",
        "poison",
        "quantify",
        "any",
        "await",
        "atomic",
        "enter",
    ]
)


class EndlessLoop(Exception):
    """More than TURNS turns of a loop within one step."""


class Blocked(Exception):
    """This way of a step is not there: a wait inside it does not end."""

    def __init__(self, idle: bool) -> None:
        super().__init__()
        self.idle = idle


class Cut(Exception):
    """A bound of the model."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Task:
    """A thread between two steps."""

    __slots__ = (
        "atomic",
        "dead",
        "depth",
        "locals",
        "moved",
        "place",
        "started",
        "todo",
        "values",
    )

    def __init__(self, place: ThreadPlace | None) -> None:
        self.place = place
        self.todo: Todo = None
        self.values: list[Value] = []
        self.locals: list[Value] = []
        self.atomic = 0
        self.depth = 0
        """Functions entered."""
        self.moved = True
        """A step was taken since the turn of the innermost loop began."""
        self.started = False
        self.dead = False

    def copy(self) -> "Task":
        other = Task(self.place)
        other.todo, other.atomic, other.depth = self.todo, self.atomic, self.depth
        other.values, other.locals = list(self.values), list(self.locals)
        other.moved, other.started, other.dead = self.moved, self.started, self.dead
        return other

    def key(self) -> Hashable:
        if self.todo is None:
            return None
        flags = self.depth, self.moved, self.started, self.dead
        return self.todo, tuple(self.values), tuple(self.locals), flags

    @property
    def kind(self) -> str:
        return self.place.info.kind if self.place is not None else "thread"

    @property
    def own_level(self) -> bool:
        """The level of a user or of hardware that is outside of every kernel function."""
        return self.kind in ("user", "hardware") and self.depth == 0


class World:
    """A state: memory, lives, and all threads."""

    __slots__ = ("lives", "memory", "poisoned", "tasks")

    def __init__(self, memory: dict[Path, Value], lives: dict[Path, int]) -> None:
        self.memory = memory
        self.lives = lives
        self.poisoned: frozenset[Path] = frozenset()
        self.tasks: dict[str, Task] = {}

    def copy(self) -> "World":
        other = World(dict(self.memory), dict(self.lives))
        other.poisoned, other.tasks = self.poisoned, dict(self.tasks)
        return other

    def key(self) -> Hashable:
        tasks = tuple(task.key() for task in self.tasks.values())
        memory, lives = tuple(self.memory.values()), tuple(self.lives.values())
        return memory, lives, self.poisoned, tasks


@dataclass(slots=True)
class Look:
    """What a guard came across that taking the step would be an access to."""

    dead: bool = False
    died: str | None = None
    """The property that says why the thread ends, if it does."""


@dataclass(slots=True)
class Labels:
    """What a step does besides its update."""

    reports: set[str] = field(default_factory=set)
    bound: str | None = None
    signal: bool = False
    blocked: bool = False
    idle: bool = False


class Machine:
    """One thread on its way to its next stop."""

    def __init__(self, names: Names, layout: Layout, world: World, task: Task) -> None:
        self.names = names
        self.layout = layout
        self.world = world
        self.task = task
        self.labels = Labels()
        self.looking: Look | None = None
        self.turns = 0
        self.forks: list[Machine] | None = None

    def copy(self) -> "Machine":
        task = self.task.copy()
        world = self.world.copy()
        if task.place is not None:
            world.tasks[task.place.name] = task
        other = Machine(self.names, self.layout, world, task)
        other.labels = Labels(set(self.labels.reports), None, self.labels.signal)
        other.turns = self.turns
        return other

    def fork(self, count: int) -> "list[Machine]":
        """Go on in several ways; the caller tells each what is special about it."""
        assert self.looking is None, "a look has one outcome"
        self.forks = [self.copy() for _ in range(count)]
        return self.forks

    # --- running --------------------------------------------------------------------------------

    def push(self, op: str, node: object = None, base: int = 0, extra: Any = None) -> None:
        """One more thing to do, before all others."""
        code = None if node is None else self.names.code(node)
        self.task.todo = ((op, code, base, extra), self.task.todo)

    def pop(self) -> Value:
        return self.task.values.pop()

    def give(self, value: Value) -> None:
        self.task.values.append(value)

    def execute(self) -> None:
        """Do the next thing."""
        assert self.task.todo is not None
        item, self.task.todo = self.task.todo
        HANDLERS[item[0]](self, item)

    def run(self, *, step: bool) -> None:
        """On to the next stop; with ``step``, do what it stands at first."""
        task = self.task
        if step:
            task.moved = task.started = True
        try:
            while task.todo is not None and self.forks is None:
                if not step and self.at_stop():
                    return
                step = False
                self.execute()
        except OutOfRange:
            self.labels.bound = "a number left its range"
        except Cut as cut:
            self.labels.bound = cut.text
        except Blocked as blocked:
            self.labels.blocked, self.labels.idle = True, blocked.idle
        except Died as died:
            self.labels.reports.add(died.broken)
            task.dead, task.atomic = True, 0

    def head(self) -> None:
        """The local head of a thread: up to its first stop, or the first thing with a label."""
        while self.task.todo is not None and not self.at_stop():
            before = self.copy()
            try:
                self.execute()
            except (OutOfRange, Cut, Died):
                self.labels.bound = "restart"
            if self.labels.bound or self.labels.reports:
                self.world, self.task = before.world, before.task
                self.labels = Labels()
                return
            if self.forks is not None:
                return

    def at_stop(self) -> bool:
        """Whether the next thing to do is a step of its own."""
        task = self.task
        if task.atomic or task.todo is None:
            return False
        op = task.todo[0][0]
        match op:
            case "load" | "load_too" | "store":
                return self.is_shared(task.values[-1])
            case "turn" | "jump":
                return not task.moved and bool(task.todo[0][3])
            case _:
                return op in _STOPS

    def is_shared(self, place: Value) -> bool:
        """Whether a place is memory, and not a whole array or object."""
        match place:
            case Variable():
                return False
            case Ref(path=path):
                return not isinstance(self.layout.shape_at(path), ArrayShape | StructShape) and (
                    self.layout.shape_at(path) is not KIND
                )
            case _:
                return True

    def now(self, code: Code, base: int, hint: Shape | None = None) -> Value:
        """The value of an expression, worked out within the present step."""
        task = self.task
        todo, task.todo = task.todo, None
        task.atomic += 1
        self.push("eval", code.node, base, hint)
        while task.todo is not None:
            assert self.forks is None, "choose() inside a condition"
            self.execute()
        task.atomic -= 1
        task.todo = todo
        return self.pop()

    def look(self, code: Code, base: int) -> tuple[bool, Look]:
        """The value of a guard: nothing is touched, nothing entered."""
        assert self.looking is None
        task = self.task
        saved = task.todo, task.atomic, list(task.values), list(task.locals), task.depth
        self.looking = found = Look()
        try:
            value = self.now(code, base)
        except Died as died:
            found.died, value = found.died or died.broken, 0
        finally:
            self.looking = None
            task.todo, task.atomic, task.values, task.locals, task.depth = saved
        return value != 0, found

    # --- memory ---------------------------------------------------------------------------------

    def report(self, broken: str) -> None:
        """The step violates a property."""
        if self.looking is None:
            self.labels.reports.add(broken)

    def used_dead(self) -> None:
        """An access to what is not there any more."""
        if self.looking is not None:
            self.looking.dead = True
        else:
            self.report("no_use_after_free")

    def alive(self, root: Path) -> bool:
        """Whether an object may be touched: not once it is dead, unless its place is recycled."""
        struct = self.layout.roots[root]
        pool = self.names.program.pools.get(struct)
        recycled = pool is not None and pool.recycle and root in self.layout.allocated(struct)
        return self.world.lives[root] != DEAD or recycled

    def access(self, path: Path) -> None:
        """Memory is touched."""
        root = self.layout.root(path)
        if root is not None and not self.alive(root):
            self.used_dead()

    def read(self, place: Value) -> Value:
        """What stands at a place."""
        match place:
            case Variable(number=number):
                return self.task.locals[number]
            case Ref(path=path):
                return self._read(path)
            case _:
                return self.null()

    def _read(self, path: Path) -> Value:
        shape = self.layout.shape_at(path)
        match shape:
            case ArrayShape(length=length):
                return Elements(path, length, length == -1)
            case StructShape():
                return Ref(path)
            case _:
                pass
        if shape is KIND:
            return self.layout.kind(str(path[0]))
        self.access(path)
        if path in self.world.poisoned:
            self.used_dead()
        return self.world.memory[path]

    def null(self) -> Value:
        """An access through NULL: the end of the thread, but a look goes on."""
        if self.looking is None:
            raise Died("no_null_dereference")
        self.looking.died = self.looking.died or "no_null_dereference"
        return 0

    def write(self, place: Value, value: Value) -> Value:
        """Store a value; yields what was stored."""
        match place:
            case Variable(number=number, shape=shape):
                stored = self.task.locals[number] = convert(value, shape, self.layout.shape_at)
                return stored
            case Ref(path=path):
                stored = convert(value, self.layout.shape_at(path), self.layout.shape_at)
                self.access(path)
                self.world.memory[path] = stored
                self.world.poisoned -= {path}
                return stored
            case Elements(path=path):
                for cell, _ in self.layout.cells(path):
                    self.write(Ref(cell), value)
                return value
            case _:
                return self.null()


Handler = Callable[[Machine, Item], None]
HANDLERS: dict[str, Handler] = {}


def handles(op: str) -> Callable[[Handler], Handler]:
    """Registers what does an item."""

    def register(handler: Handler) -> Handler:
        assert op not in HANDLERS, op
        HANDLERS[op] = handler
        return handler

    return register
