# SPDX-License-Identifier: MIT
"""Memory of the second meaning: places, what they hold, and who lives.

Memory is a dict from the path of a scalar to its value; all paths are there from the start.  The
places of a type that ``kzalloc`` gives out are made in advance; when they are used up although the
model has no ``pool`` line, Grow asks for a new start with one more.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from srcucheck.lang import tree
from srcucheck.lang.builtin import THREAD_KINDS
from srcucheck.lang.constant import evaluate_length
from srcucheck.lang.meaning_names import Names
from srcucheck.lang.meaning_values import (
    BY_TASK,
    KIND,
    ArrayShape,
    Code,
    Died,
    Path,
    Ref,
    Shape,
    StructShape,
    Value,
    convert,
    show_path,
    zero,
)
from srcucheck.lang.program import GlobalInfo, ThreadInfo

UNBORN, LIVE, DEAD = 0, 1, 2
INIT = Ref(("@init",))


class Grow(Exception):
    """One more place of this type is needed."""

    def __init__(self, struct: str) -> None:
        super().__init__(struct)
        self.struct = struct


class ThreadPlace:
    """A thread of the run: its declaration, its name and what its index stands for."""

    __slots__ = ("index", "info", "name")

    def __init__(self, info: ThreadInfo, name: str, index: Value | None) -> None:
        self.info = info
        self.name = name
        self.index = index


class Layout:
    """All places: global variables, places on the heap, tasks."""

    def __init__(self, names: Names, heap: Mapping[str, int]) -> None:
        self.names = names
        self.heap = dict(heap)
        self.roots: dict[Path, str] = {}
        """Objects that live and die, with their types: top-level ones and those on the heap."""
        self.global_names = _root_names(names.program.globals)
        self._globals = {
            self.global_names[id(g)]: names.shape(g.type) for g in names.program.globals
        }
        self._shapes: dict[Path, Shape] = {}
        self._places: dict[str, list[Ref]] = {}
        for name, shape in self._globals.items():
            self._objects((name,), shape)
        for tag, count in self.heap.items():
            for number in range(1, count + 1):
                self.roots[(f"{tag}#{number}",)] = tag
        for path, tag in list(self.roots.items()):
            self._add_places(path, StructShape(tag))
        self.threads = [t for info in names.program.threads for t in self._instances(info)]
        self._places["task"] = [Ref((f"@{t.name}",)) for t in self.threads]
        self.tasks = [*self._places["task"], INIT]
        """All that ``current`` can be; ``init`` has a task, but is no thread."""
        self._kinds = {f"@{t.name}": t.info.kind for t in self.threads}

    def _objects(self, path: Path, shape: Shape) -> None:
        match shape:
            case ArrayShape(element=element):
                for index in range(shape.length or 0):
                    self._objects((*path, index), element)
            case StructShape(struct=tag):
                self.roots[path] = tag
            case _:
                pass

    def _add_places(self, path: Path, shape: Shape) -> None:
        match shape:
            case ArrayShape(element=element, length=length):
                if length is not None and length != BY_TASK:
                    for index in range(length):
                        self._add_places((*path, index), element)
            case StructShape(struct=tag):
                self._places.setdefault(tag, []).append(Ref(path))
                for member, inner in self.names.fields[tag].items():
                    self._add_places((*path, member), inner)
            case _:
                pass

    def _instances(self, info: ThreadInfo) -> Iterator[ThreadPlace]:
        match info.domain:
            case None:
                yield ThreadPlace(info, info.name, None)
            case str():
                for place in self._places.get(info.domain, []):
                    yield ThreadPlace(info, f"{info.name}[{show_path(place.path)}]", place)
            case _:
                count = evaluate_length(info.domain, self.names.program, self.names.values)
                for index in range(count):
                    yield ThreadPlace(info, f"{info.name}[{index}]", index)

    # --- places ---------------------------------------------------------------------------------

    def places(self, struct: str) -> list[Ref]:
        """All places of a type, in order."""
        return self._places.get(struct, [])

    def allocated(self, struct: str) -> list[Path]:
        """The places that ``kzalloc`` gives out."""
        return [(f"{struct}#{number}",) for number in range(1, self.heap.get(struct, 0) + 1)]

    def kind(self, task: str) -> int:
        """``task->kind``."""
        return THREAD_KINDS.index(self._kinds.get(task, "thread"))

    def shape_at(self, path: Path) -> Shape:
        """What stands at a path."""
        found = self._shapes.get(path)
        if found is None:
            found = self._shapes[path] = self._shape_at(path)
        return found

    def _shape_at(self, path: Path) -> Shape:
        if len(path) == 1:
            name = path[0]
            assert isinstance(name, str)
            if name.startswith("@"):
                return StructShape("task")
            return StructShape(self.roots[path]) if path in self.roots else self._globals[name]
        outer = self.shape_at(path[:-1])
        match outer, path[-1]:
            case StructShape(struct="task"), "kind":
                return KIND
            case StructShape(struct=tag), str(member):
                return self.names.fields[tag][member]
            case ArrayShape(element=element), _:
                return element
            case _:
                raise AssertionError(path)

    def root(self, path: Path) -> Path | None:
        """The object that a path is memory of; None for what always lives or is ``shadow``."""
        root: Path | None = None
        for length in range(1, len(path) + 1):
            if root is None and path[:length] in self.roots:
                root = path[:length]
            outer = self.shape_at(path[: length - 1]) if length > 1 else None
            step = path[length - 1]
            if isinstance(outer, StructShape) and isinstance(step, str):
                info = self.names.program.structs[outer.struct].fields.get(step)
                if info is not None and info.shadow:
                    return None
        return root

    def owner(self, path: Path) -> Path | None:
        """The object that a path lies in, whether or not it is a ``shadow``."""
        for length in range(1, len(path) + 1):
            if path[:length] in self.roots:
                return path[:length]
        return None

    def cells(self, path: Path) -> Iterator[tuple[Path, Shape]]:
        """The scalars at and below a path."""
        shape = self.shape_at(path)
        match shape:
            case StructShape(struct=tag):
                for member in self.names.fields[tag]:
                    yield from self.cells((*path, member))
            case ArrayShape(length=length) if length == BY_TASK:
                for task in self.tasks:
                    name = task.path[0]
                    assert isinstance(name, str)
                    yield from self.cells((*path, (name,)))
            case ArrayShape(length=length):
                for index in range(length or 0):
                    yield from self.cells((*path, index))
            case _:
                yield path, shape

    # --- the start ------------------------------------------------------------------------------

    def initial(
        self, evaluate: Callable[[Code, Shape], Value]
    ) -> tuple[dict[Path, Value], dict[Path, int]]:
        """Values and lives before ``init``; ``evaluate`` works out an initialiser."""
        memory: dict[Path, Value] = {}
        lives: dict[Path, int] = {}
        for path in self.roots:
            lives[path] = UNBORN if "#" in str(path[0]) else LIVE
        for variable in self.names.program.globals:
            path = (self.global_names[id(variable)],)
            for cell, shape in self.cells(path):
                memory[cell] = zero(shape)
            self._defaults(path, memory, evaluate)
            if variable.value is not None:
                self._set(path, variable.value, memory, evaluate)
        for path in self.roots:
            if lives[path] == UNBORN:
                for cell, shape in self.cells(path):
                    memory[cell] = zero(shape)
        for task in self.tasks:
            for cell, shape in self.cells(task.path):
                memory[cell] = zero(shape)
            self._defaults(task.path, memory, evaluate)
        return memory, lives

    def _defaults(
        self,
        path: Path,
        memory: dict[Path, Value],
        evaluate: Callable[[Code, Shape], Value],
    ) -> None:
        shape = self.shape_at(path)
        match shape:
            case StructShape(struct=tag):
                for member, info in self.names.program.structs[tag].fields.items():
                    self._defaults((*path, member), memory, evaluate)
                    if info.default is not None:
                        self._set((*path, member), info.default, memory, evaluate)
            case ArrayShape(length=length) if length is not None and length != BY_TASK:
                for index in range(length):
                    self._defaults((*path, index), memory, evaluate)
            case _:
                pass

    def _set(
        self,
        path: Path,
        value: tree.Expr,
        memory: dict[Path, Value],
        evaluate: Callable[[Code, Shape], Value],
    ) -> None:
        shape = self.shape_at(path)
        match shape, value:
            case StructShape(struct=tag), tree.Initializer(items=items):
                members = list(self.names.fields[tag])
                for at, (name, item) in enumerate(items):
                    self._set((*path, name or members[at]), item, memory, evaluate)
            case ArrayShape(), tree.Initializer(items=items):
                for at, (_, item) in enumerate(items):
                    self._set((*path, at), item, memory, evaluate)
            case ArrayShape(), _:
                for cell, inner in self.cells(path):
                    memory[cell] = self._value(value, inner, evaluate)
            case _:
                memory[path] = self._value(value, shape, evaluate)

    def _value(
        self, value: tree.Expr, shape: Shape, evaluate: Callable[[Code, Shape], Value]
    ) -> Value:
        return convert(evaluate(self.names.code(value), shape), shape, self.shape_at)


def _root_names(variables: Sequence[GlobalInfo]) -> dict[int, str]:
    """A name for each variable: a spec's hidden one may share the name of the model's."""
    found: dict[int, str] = {}
    for variable in variables:
        name = variable.name
        while name in found.values():
            name += "'"
        found[id(variable)] = name
    return found


def contained(layout: Layout, value: Value, path: tuple[str, ...], struct: str) -> Value:
    """``container_of``: the object of which ``value`` is the member at ``path``."""
    if not isinstance(value, Ref):
        return value
    length = len(value.path) - len(path)
    if length < 1 or value.path[length:] != path:
        raise Died("no_bug")
    outer = value.path[:length]
    if layout.shape_at(outer) != StructShape(struct):
        raise Died("no_bug")
    return Ref(outer)
