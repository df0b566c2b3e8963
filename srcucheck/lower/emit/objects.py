# SPDX-License-Identifier: MIT
"""Objects that live and die: what is reported of an access, and what making and freeing does."""

from collections.abc import Sequence

from srcucheck.ir import expr as ir
from srcucheck.ir.expr import (
    FALSE,
    TRUE,
    Const,
    Expr,
    Get,
    Lookup,
    Pick,
    Temp,
)
from srcucheck.lower.analyse.cells import LIFE
from srcucheck.lower.build.graph import (
    Access,
    Demand,
    Node,
    Ref,
    leaf,
)
from srcucheck.lower.emit.emitter import Emitter, branch_code
from srcucheck.lower.memory import DEAD, LIVE, UNBORN, Key
from srcucheck.lower.values import binary, negate


class Objects(Emitter):
    """Accesses, stores, allocation and the end of objects, as statements."""

    def _access_checks(self, node: Node, ref: Ref, loads: bool) -> list[ir.Statement]:
        """NULL ends the thread; a dead object, or a poisoned member, is reported."""
        if ref.address is None or ref.key.field == LIFE:
            return []
        code: list[ir.Statement] = []
        address = self.resolve(ref.address)
        if isinstance(address, Const):
            if address.value == 0:
                return self._halt(node, "no_null_dereference")
        else:
            null = binary("==", address, FALSE)
            code.append(ir.If(null, tuple(self._halt(node, "no_null_dereference")), ()))
        if ref.shadow:
            return code
        dead = self.is_dead(address, ref.key.struct)
        if loads:
            dead = binary("or", dead, self._is_poisoned(address, ref.key))
        if dead != FALSE:
            self.shared.reported.add("no_use_after_free")
            report = ir.Report("no_use_after_free", self.site(node, "step"))
            code += branch_code(dead, [report], [])
        return code

    def is_dead(self, address: Expr, struct: str) -> Expr:
        """Whether the object at an address was freed."""
        if isinstance(address, Const):
            thing = self.world.memory.at(address.value).object
            if thing.number not in self.shared.mortal or thing.recycle:
                return FALSE
            return binary("==", Get(self.slots.life(thing.number)), Const(DEAD))
        table = self.slots.life_table(struct, self.shared.mortal)
        return binary("==", Pick(address, table), Const(DEAD)) if table else FALSE

    def _is_poisoned(self, address: Expr, key: Key) -> Expr:
        table = self.slots.poison_table(key, self.shared.poisoned)
        if not table:
            return FALSE
        if isinstance(address, Const):
            return Get(table[address.value]) if address.value in table else FALSE
        return Pick(address, table)

    def _look_checks(self, node: Node, accesses: Sequence[Access | Demand]) -> list[ir.Statement]:
        found: list[ir.Statement] = []
        done: set[tuple[object, ...]] = set()
        for access in accesses:
            if isinstance(access, Demand):
                condition, test = self.resolve(access.condition), self.resolve(access.test)
                bad = binary("and", condition, negate(test))
                found += branch_code(bad, self._halt(node, access.property), [])
                continue
            ref = access.ref
            assert isinstance(ref, Ref)
            if ref.address is None or ref.key.field == LIFE:
                continue
            key = (id(ref.address) if not isinstance(ref.address, Const) else ref.address.value,
                   ref.key, repr(access.condition))  # fmt: skip
            if key in done:
                continue
            done.add(key)
            checks = self._access_checks(node, ref, loads=True)
            if checks and access.condition != TRUE:
                checks = [ir.If(self.resolve(access.condition), tuple(checks), ())]
            found += checks
        return found

    def _store(self, node: Node, ref: Ref, value: Expr) -> list[ir.Statement]:
        code = self._access_checks(node, ref, loads=False)
        target = self.resolve(leaf(ref))
        wanted = self.resolve(value)
        match target:
            case Get(slot=slot):
                code.append(ir.Set(slot, wanted))
            case Pick(index=index, slots=slots):
                code.append(ir.SetPick(index, slots, wanted))
            case _:
                pass
        poison = self.slots.poison_table(ref.key, self.shared.poisoned)
        if poison and ref.address is not None:
            address = self.resolve(ref.address)
            if not isinstance(address, Const):
                code.append(ir.SetPick(address, poison, FALSE))
            elif address.value in poison:
                code.append(ir.Set(poison[address.value], FALSE))
        return code

    def _poison(self, node: Node, ref: Ref) -> list[ir.Statement]:
        code = self._access_checks(node, ref, loads=False)
        assert ref.address is not None
        address = self.resolve(ref.address)
        table = self.slots.poison_table(ref.key, self.shared.poisoned)
        return [*code, ir.SetPick(address, table, TRUE)]

    def _alloc(self, node: Node, var: int, struct: str) -> list[ir.Statement]:
        places = self.world.memory.pools.get(struct, [])
        if places and places[0].recycle:
            options = tuple(
                (binary("!=", Get(self.slots.life(p.number)), Const(LIVE)), Const(p.number))
                for p in places
            )
            full: Expr = TRUE
            for condition, _ in options:
                full = binary("and", full, negate(condition))
            number = self._fresh()
            lives = {p.number: self.slots.life(p.number) for p in places}
            names = {p.number: p.address for p in places}
            return [
                ir.If(full, (self._full(node, struct),), ()),
                ir.Choose(number, options),
                ir.SetPick(Temp(number), lives, Const(LIVE)),
                ir.Let(var, Lookup(Temp(number), names, 0)),
            ]
        code: list[ir.Statement] = [self._full(node, struct)]
        for place in reversed(places):
            life = self.slots.life(place.number)
            unborn = binary("==", Get(life), Const(UNBORN))
            born = (ir.Set(life, Const(LIVE)), ir.Let(var, Const(place.address)))
            code = [ir.If(unborn, born, tuple(code))]
        return code

    def _full(self, node: Node, struct: str) -> ir.Statement:
        count = len(self.world.memory.pools.get(struct, []))
        return ir.Bound(f"pool struct {struct} {count}", self.site(node, "step"))

    def _free(self, node: Node, address: Expr) -> list[ir.Statement]:
        where = self.resolve(address)
        memory = self.world.memory
        whole = {
            a.number: self.slots.life(a.object.number)
            for a in memory.addresses
            if a is not None and a.parent == 0 and a.object.number in self.shared.mortal
        }
        site = self.site(node, "step")
        if isinstance(where, Const):
            if where.value == 0:
                return []
            if where.value not in whole:
                self.shared.reported.add("no_bad_free")
                return [ir.Report("no_bad_free", site)]
            slot = whole[where.value]
            self.shared.reported.add("no_double_free")
            again = ir.Report("no_double_free", site)
            dead = binary("==", Get(slot), Const(DEAD))
            return [ir.If(dead, (again,), (ir.Set(slot, Const(DEAD)),))]
        temp = self._fresh()
        known = Lookup(Temp(temp), dict.fromkeys(whole, 1), 0)
        self.shared.reported |= {"no_double_free", "no_bad_free"}
        kill: tuple[ir.Statement, ...] = (
            ir.If(
                binary("==", Pick(Temp(temp), whole), Const(DEAD)),
                (ir.Report("no_double_free", site),),
                (ir.SetPick(Temp(temp), whole, Const(DEAD)),),
            ),
        )
        bad = ir.If(binary("!=", Temp(temp), FALSE), (ir.Report("no_bad_free", site),), ())
        return [ir.Let(temp, where), ir.If(known, kill, (bad,))]
