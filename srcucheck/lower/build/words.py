# SPDX-License-Identifier: MIT
"""The language's own words: WARN_ON, kfree, live, kzalloc, in, ..."""

from collections.abc import Callable

from srcucheck.ir.expr import FALSE, TRUE, Const, Expr, Temp
from srcucheck.lang import tree
from srcucheck.lang.types import (
    BOOL,
    INT,
    TASK,
    Pointer,
    SetOf,
    Struct,
    Type,
)
from srcucheck.lower.analyse.cells import LIFE
from srcucheck.lower.build.calls import Calls
from srcucheck.lower.build.graph import (
    Alloc,
    ChoosePlace,
    Enclose,
    Expand,
    Free,
    Look,
    Nop,
    PcIn,
    Poison,
    Ref,
    Release,
    Require,
    Touch,
    Warn,
    leaf,
)
from srcucheck.lower.build.graph_builder import LookMode
from srcucheck.lower.memory import LIVE, Key
from srcucheck.lower.values import (
    ArrayPlace,
    Env,
    Known,
    OneElement,
    StructPlace,
    Val,
    VarPlace,
    binary,
    fail,
    negate,
    struct_name,
    truth,
)


class Words(Calls):
    """Adds the words that the language itself gives a meaning."""

    def builtin(self, expr: tree.Call, name: str, env: Env) -> Val:
        """A word of the language itself, called like a function."""
        arguments = expr.arguments
        match name:
            case "live":
                pointer = self.value(arguments[0], env)
                return Val(self._life(pointer), BOOL)
            case "empty":
                return Val(binary("==", self.value(arguments[0], env).expr, FALSE), BOOL)
            case "any" | "none":
                return self._any(arguments[0], name == "any", env)
            case "ARRAY_SIZE":
                return Val(Const(self._array_size(arguments[0], env)), INT)
            case _:
                pass
        if self.look is not None:
            raise fail("E321", f"A guard or a check does not call {name}().", expr.span)
        self.span = expr.span
        match name:
            case "kfree":
                pointer = self.value(arguments[0], env)
                self.emit(Free(pointer.expr, _pointee(pointer.type)))
            case "touch":
                pointer = self.value(arguments[0], env)
                self.emit(Touch(pointer.expr, _pointee(pointer.type)))
            case "poison":
                place = self.place(arguments[0], env)
                if not isinstance(place, Ref) or place.address is None:
                    raise fail("E325", "poison() takes a member of a struct.", arguments[0].span)
                self.emit(Poison(place))
            case "WARN_ON" | "BUG_ON":
                return self._judge(expr, name == "BUG_ON", env)
            case "assert":
                return self._assert(expr, env)
            case "limit":
                text = arguments[1]
                inside = truth(self.value(arguments[0], env).expr)
                self.bound(inside, text.value if isinstance(text, tree.String) else "limit")
            case _:
                raise AssertionError(name)
        return Val(FALSE, INT)

    def _life(self, pointer: Val) -> Expr:
        ref = Ref(Key(_pointee(pointer.type), LIFE), pointer.expr, None, 1, False, INT, True)
        return binary("==", self.read(ref), Const(LIVE))

    def _any(self, argument: tree.Expr, wanted: bool, env: Env) -> Val:
        place = self.place(argument, env)
        if isinstance(place, VarPlace | Ref):
            value = self.load_place(place, argument.span)
            if isinstance(value.type, SetOf):
                return Val(binary("!=" if wanted else "==", value.expr, FALSE), BOOL)
        if not isinstance(place, ArrayPlace):
            raise fail("E308", "any() and none() take an array of bool.", argument.span)
        total: Expr = FALSE
        for index in self._indices(place):
            element = self.element(place, index)
            total = binary("or", total, truth(self.load_place(element, argument.span).expr))
        return Val(total if wanted else negate(total), BOOL)

    def _indices(self, place: ArrayPlace) -> list[Val]:
        length = place.type.length
        if isinstance(length, tree.Name) and length.name == "task":
            return [Val(Const(t), Pointer(TASK)) for t in self.memory.tasks()]
        return [Val(Const(n), INT) for n in range(self.memory.length(place.type))]

    def _array_size(self, argument: tree.Expr, env: Env) -> int:
        place = self.place(argument, env)
        if isinstance(place, OneElement):
            return 1
        if isinstance(place, ArrayPlace):
            if self.world.indexing is not None and self.world.indexing.sized(place.type):
                self.world.indexing.sizes.add(argument.span)
            return self.memory.length(place.type)
        raise fail("E308", "This is not an array.", argument.span)

    def _judge(self, expr: tree.Call, halts: bool, env: Env) -> Val:
        """``WARN_ON`` and ``BUG_ON``."""
        condition, named = expr.arguments
        assert isinstance(named, tree.Name)
        value = truth(self.value(condition, env).expr)
        self.span = expr.span
        if isinstance(value, Const) and not value.value:
            return Val(FALSE, BOOL)
        value = self.keep(value, BOOL)
        self._report(value, named.name, halts)
        return Val(value, BOOL)

    def _report(self, value: Expr, property_: str, halts: bool) -> None:
        self.emit(Require(negate(value), property_) if halts else Warn(value, property_))

    def _assert(self, expr: tree.Call, env: Env) -> Val:
        value = negate(truth(self.value(expr.arguments[0], env).expr))
        source = self.world.program.sources.get(expr.span.file)
        line = source.position(expr.span.start)[0] if source is not None else 0
        name = f"assert_{expr.span.file.rpartition('/')[2].partition('.')[0]}_{line}"
        self.world.asserts[name] = expr.span
        if not (isinstance(value, Const) and not value.value):
            self._report(self.keep(value, BOOL), name, halts=False)
        return Val(FALSE, INT)

    def standing(self, expr: tree.Call, name: str, env: Env) -> Val:
        """``in``, ``ended``, ``started`` in checks."""
        if name not in ("in", "ended", "started") or self.look is None:
            raise fail("E411", f"{name}() stands only in a check.", expr.span)
        subject = expr.arguments[0]
        function: str | None = None
        if isinstance(subject, tree.Member) and not subject.arrow:
            function, subject = subject.name, subject.base
        threads = self.threads_named(subject, env)
        if threads is None:
            if not isinstance(subject, tree.Name):
                raise fail("E402", "A thread, a call of it, or a function is wanted.", expr.span)
            threads, function = tuple(t.number for t in self.world.threads), subject.name
        # name is one of the literals: the caller has looked it up
        where = PcIn(name, threads, function)  # type: ignore[arg-type]
        return Val(leaf(where), BOOL)

    def threads_named(self, subject: tree.Expr, env: Env) -> tuple[int, ...] | None:
        """The threads that ``ioctl``, ``ioctl[0]`` or ``worker[gfx.work]`` names, None if none."""
        index: tree.Expr | None = None
        if isinstance(subject, tree.Index):
            index, subject = subject.index, subject.base
        if not isinstance(subject, tree.Name):
            return None
        named = [t for t in self.world.threads if t.info.name == subject.name]
        if not named:
            known = any(t.name == subject.name for t in self.world.program.threads)
            return () if known else None
        if index is None:
            return tuple(t.number for t in named)
        if named[0].place is not None:
            place, _ = self.looking_place(index, env)
            return tuple(t.number for t in named if t.place == place)
        at = self.world.constant(index)
        return tuple(t.number for t in named if t.index == at)

    def looking_place(self, expr: tree.Expr, env: Env) -> tuple[int, None]:
        """The address of a struct that an index of a thread names."""
        outer, self.look = self.look, LookMode([], TRUE)
        try:
            place = self.place(expr, env)
        finally:
            self.look = outer
        if isinstance(place, StructPlace) and isinstance(place.address, Const):
            return place.address.value, None
        raise fail("E402", "The place of an object is wanted here.", expr.span)

    def allocate(self, expr: tree.Allocate) -> Val:
        """``kzalloc``: the lowest unborn place."""
        struct = struct_name(expr.type)
        self.span = expr.span
        world = self.world
        if world.indexing is not None and self.thread >= 0:
            domain = world.threads[self.thread].info.domain
            if isinstance(domain, tree.Name) and domain.name == world.indexing.param:
                world.indexing.stop(expr.span, "a replicated thread allocates memory")
        if struct not in world.sized:
            per_object = self.thread >= 0 and world.threads[self.thread].place is not None
            in_loop = len(self.loops) > self.own_loops
            if in_loop or per_object:
                reason = "in a loop" if in_loop else "in a thread per object"
                raise fail(
                    "E501",
                    f"kzalloc(struct {struct}) {reason}: the model must say how many there are.",
                    expr.span,
                    f"pool struct {struct} 4;",
                )
            self.add_place(struct, recycle=False)
        var = self.variable("", Pointer(Struct(struct)))
        self.emit(Alloc(var, struct))
        self.singles.add(var)
        return Val(Temp(var), Pointer(Struct(struct)))

    def add_place(self, struct: str, recycle: bool) -> None:
        """One more place of a heap type."""
        pool = self.memory.pools.setdefault(struct, [])
        name = f"{struct}#{len(pool) + 1}"
        pool.append(self.memory.add_object(name, struct, struct, recycle))

    def choose_place(self, expr: tree.Quantifier, struct: str, env: Env) -> Val:
        """``choose(x : T; c)``."""
        if self.look is not None:
            raise fail("E321", "A guard or a check chooses nothing.", expr.span)

        def make() -> list[tuple[int, Look]]:
            options = []
            for number in self.quantified(struct):
                inner = env.inner()
                inner.names[expr.variable] = Known(
                    Val(Const(number), Pointer(Struct(struct)), number == self.task)
                )
                options.append((number, self.looking(expr.condition, inner)))
            return options

        var = self.variable("", Pointer(Struct(struct)))
        op = ChoosePlace(var, struct, make)
        self.world.later.append(op)
        self.span = expr.span
        self.emit(op)
        self.singles.add(var)
        return Val(Temp(var), Pointer(Struct(struct)))

    def store_all(self, expr: tree.Assign, env: Env) -> Val:
        """``a[*] = v``: one step."""
        assert isinstance(expr.target, tree.Index)
        value = self.value(expr.value, env, self.type_of(expr.target, env))
        value = Val(self.keep(value.expr, value.type), value.type)
        place = self.place(expr.target.base, env)
        if not isinstance(place, ArrayPlace):
            raise fail("E308", "This is not an array.", expr.target.base.span)
        array = place

        def build() -> None:
            for index in self._indices(array):
                self.store(self.element(array, index), value, expr.span)

        self.span = expr.span
        self.emit(Enclose())
        self.atomic += 1
        self.expand(build)
        self.atomic -= 1
        self.emit(Release())
        return value

    def expand(self, build: Callable[[], None]) -> None:
        """Code that is built when all places are known, in between here and what follows."""
        before = (self.frame, self.loops, self.atomic, self.span)
        node = self.emit(Nop())
        after = self.node(Nop())
        self.cur = after

        def late() -> None:
            outer = (self.cur, self.frame, self.loops, self.atomic, self.span)
            self.frame, self.loops, self.atomic, self.span = before
            self.cur = node
            build()
            self.link(after)
            self.cur, self.frame, self.loops, self.atomic, self.span = outer

        self.world.later.append(Expand(late))


def _pointee(type_: Type) -> str:
    if isinstance(type_, Pointer) and isinstance(type_.target, Struct):
        return type_.target.name
    return ""
