# SPDX-License-Identifier: MIT
"""What stands before the run: variables at top level with their values, tasks, pools, threads."""

from collections.abc import Callable

from srcucheck.ir.expr import Const
from srcucheck.lang import tree
from srcucheck.lang.program import GlobalInfo, ThreadInfo
from srcucheck.lang.types import Array, Func, Struct, Type
from srcucheck.lower.build.threads import Builder
from srcucheck.lower.memory import LIVE, UNBORN, Cell, Key
from srcucheck.lower.values import Env, fail
from srcucheck.lower.world import MAX_THREADS, ThreadBuild, World

Values = dict[Cell, int]


class Statics:
    """Sets up memory; ``values`` are the cells that do not start as 0."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.values: Values = {}
        self.started: Callable[[ThreadBuild], None] = lambda _: None
        world.memory.new_address.append(self._new_address)
        self._served: set[tuple[int, int]] = set()

    def set_up(self) -> None:
        """Tasks first (init's is number 0), then variables, pools, threads."""
        world = self.world
        world.memory.add_object("init", "task")
        for info in world.program.threads:
            if not isinstance(info.domain, str):
                self._family(info)
        for variable in world.program.globals:
            self._objects(variable)
        for pool in world.program.pools.values():
            world.sized[pool.struct] = True
            for _ in range(world.count(pool.count)):
                self._place(pool.struct, pool.recycle)
        self.builder = Builder(world, -1, world.memory.tasks()[0], "thread")
        for variable in world.program.globals:
            self._initial(variable)

    def _place(self, struct: str, recycle: bool) -> None:
        memory = self.world.memory
        places = memory.pools.setdefault(struct, [])
        name = f"{struct}#{len(places) + 1}"
        places.append(memory.add_object(name, struct, struct, recycle))

    # --- threads --------------------------------------------------------------------------------

    def _family(self, info: ThreadInfo) -> None:
        if info.domain is None:
            self._thread(info, info.name, None, None)
            return
        assert not isinstance(info.domain, str)
        for index in range(self.world.count(info.domain)):
            self._thread(info, f"{info.name}[{index}]", index, None)

    def _thread(self, info: ThreadInfo, name: str, index: int | None, place: int | None) -> None:
        world = self.world
        number = len(world.threads)
        if number >= MAX_THREADS:
            raise fail("E513", f"More than {MAX_THREADS} threads.", info.span)
        made = ThreadBuild(number, info, name, index, place, 0)
        world.threads.append(made)
        made.task = world.memory.add_object(name, "task").address
        self.started(made)

    def _new_address(self, address: object) -> None:
        # a place, seen as an object here
        struct, number = address.struct, address.number  # type: ignore[attr-defined]
        for info in self.world.program.threads:
            if info.domain == struct:
                # the default binds the loop's value
                self.world.pending.append(lambda info=info: self._serve(info, number))  # type: ignore[misc]

    def _serve(self, info: ThreadInfo, number: int) -> None:
        name = self.world.memory.at(number).name
        self._thread(info, f"{info.name}[{name}]", None, number)

    # --- variables ------------------------------------------------------------------------------

    def _objects(self, variable: GlobalInfo) -> None:
        memory = self.world.memory
        element, count = memory.flatten(variable.type)
        if not isinstance(element, Struct):
            return
        for index in range(count):
            suffix = f"[{index}]" if isinstance(variable.type, Array) else ""
            made = memory.add_object(variable.name + suffix, element.name)
            memory.static_roots[variable.name, index] = made.address

    def _initial(self, variable: GlobalInfo) -> None:
        type_, value = variable.type, variable.value
        env = Env(variable.in_spec)
        element, count = self.world.memory.flatten(type_)
        if isinstance(element, Struct):
            for index in range(count):
                address = self.world.memory.static_roots[variable.name, index]
                self._defaults(address)
            if value is not None:
                self._struct_array(variable.name, type_, value, env, 0)
        elif value is not None:
            self._scalar(Key("", variable.name), 0, type_, value, env, 0)

    def _struct_array(self, name: str, type_: Type, value: tree.Expr, env: Env, start: int) -> None:
        if isinstance(type_, Array):
            if not isinstance(value, tree.Initializer):
                raise fail("E308", "An array starts with { ... }.", value.span)
            size = self.world.memory.flatten(type_.element)[1]
            for at, (_, one) in enumerate(value.items):
                self._struct_array(name, type_.element, one, env, start + at * size)
        else:
            self._members(self.world.memory.static_roots[name, start], value, env)

    def _defaults(self, address: int) -> None:
        memory = self.world.memory
        at = memory.at(address)
        struct = self.world.program.structs[at.struct]
        for inner in at.members.values():
            self._defaults(inner)
        for name, info in struct.fields.items():
            if info.default is not None:
                self._member(address, name, info.default, Env(info.in_spec))

    def _members(self, address: int, value: tree.Expr, env: Env) -> None:
        if not isinstance(value, tree.Initializer):
            raise fail("E308", "A struct starts with { ... }.", value.span)
        struct = self.world.program.structs[self.world.memory.at(address).struct]
        names = list(struct.fields)
        for at, (name, one) in enumerate(value.items):
            if name is None and at >= len(names):
                raise fail("E308", f"struct {struct.name} has {len(names)} members.", one.span)
            self._member(address, name if name is not None else names[at], one, env)

    def _member(self, address: int, name: str, value: tree.Expr, env: Env) -> None:
        at = self.world.memory.at(address)
        info = self.world.program.structs[at.struct].fields.get(name)
        if info is None:
            raise fail("E303", f"struct {at.struct} has no member '{name}'.", value.span)
        element, _ = self.world.memory.flatten(info.type)
        if isinstance(element, Struct):
            if isinstance(info.type, Array):
                if not isinstance(value, tree.Initializer):
                    raise fail("E308", "An array starts with { ... }.", value.span)
                for index, (_, one) in enumerate(value.items):
                    self._members(at.members[name, index], one, env)
            else:
                self._members(at.members[name, 0], value, env)
        else:
            self._scalar(Key(at.struct, name), address, info.type, value, env, 0)

    def _scalar(
        self, key: Key, owner: int, type_: Type, value: tree.Expr, env: Env, index: int
    ) -> None:
        if isinstance(type_, Array):
            if not isinstance(value, tree.Initializer):
                raise fail("E308", "An array starts with { ... }.", value.span)
            size = self.world.memory.flatten(type_.element)[1]
            for at, (_, one) in enumerate(value.items):
                self._scalar(key, owner, type_.element, one, env, index + at * size)
            return
        got = self.builder.looking_as(value, env, type_)
        if not isinstance(got, Const):
            raise fail("E220", "What a variable starts with must be a constant.", value.span)
        number = got.value
        cell = Cell("field" if owner else "global", owner, key.field, index)
        self.values[cell] = number
        if isinstance(type_, Func) and number:
            self.world.flow.put(self.world.cell_point(key, owner, index), number)

    def life(self, number: int) -> int:
        """The life of an object before ``init``."""
        return UNBORN if self.world.memory.objects[number].pool else LIVE
