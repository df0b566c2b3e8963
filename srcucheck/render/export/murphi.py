# SPDX-License-Identifier: MIT
"""A system in Murphi, for Rumur (2022 or later: bit operators, conditional expressions).

One rule per action, so that a step here is a step there: with reductions off the number of states
is the same.  Dill, Drexler, Hu & Yang 1992; Rumur's doc/vs-cmurphi.rst and bitwise-operators.rst.
"""

from collections.abc import Sequence

from srcucheck.ir.expr import If, Update
from srcucheck.ir.system import Action, Check, Location, System, Thread
from srcucheck.render.export.names import UNBOUND, one_line
from srcucheck.render.export.phrases import Words
from srcucheck.render.export.writer import Writer, chooses, ends, leaves, written

WIDE = UNBOUND * UNBOUND
NUMBER = "-WIDE..WIDE"
"""Written out: the bit operators of Rumur 2022 do not look through the name of a type."""


def murphi(system: System, checks: Sequence[Check], title: str) -> str:
    """The whole file."""
    return _Murphi(system, checks).text(title)


class _Murphi(Writer):
    words = Words("=", "&", "|", "?")

    def text(self, title: str) -> str:
        self.line(f"-- {one_line(title)}")
        self.line("-- rumur --deadlock-detection off --output m.c FILE")
        self.line("-- gcc -O3 -march=native -o m m.c -lpthread && ./m")
        sets = [1 << len(slot.set_of) for slot in self.system.slots]
        wide = max([WIDE, *(2 * size for size in sets)])
        self.line(f"const WIDE: {wide};")
        self.line("var")
        self.depth += 1
        for slot, var in zip(self.system.slots, self.variables, strict=True):
            words = ", ".join(f"{n} {w}" for n, w in sorted(slot.words.items())[:12])
            note = f"{slot.name}{': ' if words else ''}{words}"
            self.line(f"{var.name}: {var.low}..{var.high};  -- {one_line(note)}")
        self.depth -= 1
        self.line()
        for number, initial in enumerate(self.system.initial):
            self.line(f'startstate "{number}" begin')
            self.depth += 1
            for var, value in zip(self.variables, initial.state, strict=True):
                self.assign(var.name, str(value))
            self.depth -= 1
            self.line("end;")
        for thread in self.system.threads:
            self.line()
            self.line(f"-- {thread.kind} {one_line(thread.name)}")
            for location in thread.locations.values():
                for action in location.actions:
                    self._rule(thread, location, action)
        for name, good in self.good():
            self.line()
            self.line(f'invariant "{one_line(name)}" {good};')
        return "\n".join(self.lines) + "\n"

    def _rule(self, thread: Thread, location: Location, action: Action) -> None:
        pc = self.variables[thread.pc].name
        what = self.system.sites[action.site].text
        name = one_line(f"{thread.name} at {location.number}: {what}")
        guard = f"{pc} = {location.number} & {self.truth(action.guard)}"
        options = list(chooses(action.update))
        self.choices = {id(one): f"c{at}_" for at, one in enumerate(options)}
        for at, one in enumerate(options):
            self.line(f"ruleset c{at}_: 0..{len(one.options) - 1} do")
        lines, self.lines = self.lines, []
        self.temps = set()
        self.saved = tuple(sorted(set(written(action.update)))) if ends(action.update) else ()
        self.depth += 1
        for slot in self.saved:
            name_of = self.variables[slot].name
            self.assign(f"old_{name_of}", name_of)
        self.block(action.update)
        self.depth -= 1
        body, self.lines = self.lines, lines
        self.line(f'rule "{name}" {guard} ==>')
        declared = [f"t{t}: {NUMBER};" for t in sorted(self.temps)]
        declared += [f"old_{self.variables[s].name}: {NUMBER};" for s in self.saved]
        declared += ["at_: 0..1;"] if any("at_" in text for text in body) else []
        if declared:
            self.line(f"var {' '.join(declared)}")
        self.line("begin")
        self.lines += body
        self.line("end;")
        for _ in options:
            self.line("end;")

    # --- statements -----------------------------------------------------------------------------

    def assign(self, name: str, value: str) -> None:
        self.line(f"{name} := {value};")

    def when(self, test: str, name: str, value: str) -> None:
        self.line(f"if {test} then {name} := {value}; end;")

    def chosen(self, name: str, value: str) -> None:
        self.assign(name, value)

    def branch(self, test: str, then: Update, other: Update) -> None:
        self.line(f"if {test} then")
        self._inner(then)
        if other:
            self.line("else")
            self._inner(other)
        self.line("end;")

    def _inner(self, block: Update) -> None:
        self.depth += 1
        self.block(block)
        self.depth -= 1

    def loop(self, body: Update) -> None:
        self.line("at_ := 0;")
        self.line("while at_ = 0 do")
        self._inner(body)
        self.line("end;")
        self.line("at_ := 0;")

    def unless(self, test: str) -> None:
        if test != "true":
            self.line(f"if !{test} then")
            self.depth += 1
            self.stop("not enabled")
            self.depth -= 1
            self.line("end;")

    def stop(self, why: str) -> None:
        self.line(f"-- {one_line(why)}: as it was")
        for slot in self.saved:
            name = self.variables[slot].name
            self.assign(name, f"old_{name}")
        self.line("return;")

    def report(self, name: str) -> None:
        self.line(f'error "{one_line(name)}";')

    def leave_loop(self) -> None:
        self.line("at_ := 1;")

    def finish(self) -> None:
        self.line("return;")

    def must_guard(self, statement: object) -> bool:
        return isinstance(statement, If) and (
            leaves(statement.then, only_loop=True) or leaves(statement.other, only_loop=True)
        )

    def guarded(self, rest: Update) -> None:
        self.line("if at_ = 0 then")
        self._inner(rest)
        self.line("end;")
