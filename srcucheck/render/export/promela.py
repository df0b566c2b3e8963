# SPDX-License-Identifier: MIT
"""A system in Promela, for Spin 6: one process that takes the steps of all threads.

One option per action and way to choose, in a ``d_step``: a step here is a step there, so that with
reductions off, and Spin's own off too, the number of states is the same.  Holzmann 2003.  A
liveness question comes with a never claim (``liveness``), and with who took the last step.
"""

from collections.abc import Sequence
from itertools import product

from srcucheck.ir.expr import Begin, End, If, Loop, Mark, Update
from srcucheck.ir.system import (
    Action,
    Check,
    Location,
    System,
    Thread,
)
from srcucheck.render.export.liveness import LIVENESS, Claim, NotWritten, judged
from srcucheck.render.export.names import TooWide, one_line
from srcucheck.render.export.phrases import Words
from srcucheck.render.export.writer import Writer, chooses, ends, leaves, written

WIDEST = 31
"""Bits of an int in Promela, without its sign: larger sets have no place in it."""


def promela(system: System, checks: Sequence[Check], title: str) -> str:
    """The whole file.

    Raises:
        TooWide: a set has more than 31 members.
        NotWritten: a liveness check is not the only one, or cannot be written.
    """
    lasting = [c for c in checks if isinstance(c.question, LIVENESS)]
    if lasting and len(checks) > 1:
        raise NotWritten(f"{lasting[0].name} speaks of endless runs: it goes alone")
    for slot in system.slots:
        if len(slot.set_of) > WIDEST:
            raise TooWide(slot.name)
    return _Promela(system, checks).text(title)


class _Promela(Writer):
    words = Words("==", "&&", "||", "->")

    def text(self, title: str) -> str:
        self.depth = 2
        for thread in self.system.threads:
            self.line(f"/* {thread.kind} {one_line(thread.name)} */")
            for location in thread.locations.values():
                for action in location.actions:
                    self._option(thread, location, action)
        body, self.lines, self.depth = self.lines, [], 0
        self.line(f"/* {one_line(title)} */")
        how, run = ("-DSAFETY ", "") if self.claim is None else ("", "-a ")
        self.line(f"/* spin -a FILE && gcc -O2 -DNOREDUCE {how}-o pan pan.c */")
        self.line(f"/* ./pan {run}-E -m1000000 */")
        for slot, var in zip(self.system.slots, self.variables, strict=True):
            words = ", ".join(f"{n} {w}" for n, w in sorted(slot.words.items())[:12])
            note = one_line(f"{slot.name}{': ' if words else ''}{words}")
            self.line(f"{_type(var.low, var.high)} {var.name}; /* {note} */")
        self.line("hidden int at_; /* 0: in the step, 1: out of a loop, 2: the step is over */")
        for temp in sorted(self.temps):
            self.line(f"hidden int t{temp};")
        for slot_number in sorted(self._kept):
            self.line(f"hidden int old_{self.variables[slot_number].name};")
        for choice in range(self._most):
            self.line(f"hidden int c{choice}_;")
        if self.claim is not None:
            self.line("byte took_; /* who took the last step; 0: nobody */")
            self.lines += [f"bit ended_{frame}_;" for frame in self.ends]
            self.lines += self.claim.definitions()
        self.line("active proctype steps() {")
        self.depth = 1
        self._begin()
        self.line("do")
        self.lines += body
        if self.claim is None:
            self.line(":: false -> skip")
        else:
            self.line(":: d_step { true; took_ = 0; /* nothing happens */")
            self._nothing_ended()
            self.line("}")
        self.line("od")
        self.depth = 0
        self.line("}")
        if self.claim is not None:
            self.lines += self.claim.lines()
        return "\n".join(self.lines) + "\n"

    def __init__(self, system: System, checks: Sequence[Check]) -> None:
        super().__init__(system, checks)
        self._kept: set[int] = set()
        self._most = 0
        self.claim: Claim | None = None
        self.ends: tuple[int, ...] = ()
        if checks and isinstance(checks[0].question, LIVENESS):
            pcs = [self.variables[thread.pc].name for thread in system.threads]
            self.claim = Claim(system, checks[0], self.truth, pcs)
            self.ends = judged(system, checks[0])

    def _nothing_ended(self) -> None:
        for frame in self.ends:
            self.line(f"ended_{frame}_ = 0;")

    def _begin(self) -> None:
        """One of the initial states."""
        self.line("if")
        for initial in self.system.initial:
            self.line(":: d_step {")
            self.depth += 1
            self.line("true;")
            for var, value in zip(self.variables, initial.state, strict=True):
                if value:
                    self.assign(var.name, str(value))
            self._assert()
            self.depth -= 1
            self.line("}")
        self.line("fi;")

    def _assert(self) -> None:
        for name, good in self.good():
            self.line(f"assert({good}); /* {one_line(name)} */")

    def _option(self, thread: Thread, location: Location, action: Action) -> None:
        pc = self.variables[thread.pc].name
        what = one_line(self.system.sites[action.site].text)
        options = list(chooses(action.update))
        self._most = max(self._most, len(options))
        self.choices = {id(one): f"c{at}_" for at, one in enumerate(options)}
        self.saved = tuple(sorted(set(written(action.update)))) if ends(action.update) else ()
        self._kept |= set(self.saved)
        guard = f"{pc} == {location.number} && {self.truth(action.guard)}"
        for picked in product(*(range(len(one.options)) for one in options)):
            self.line(f":: d_step {{ /* at {location.number}: {what} */")
            self.depth += 1
            self.line(f"({guard});")
            self.line("at_ = 0;")
            if self.claim is not None:
                self.line(f"took_ = {thread.number + 1};")
                self._nothing_ended()
            for at, which in enumerate(picked):
                self.line(f"c{at}_ = {which};")
            for slot in self.saved:
                name = self.variables[slot].name
                self.assign(f"old_{name}", name)
            self.block(action.update)
            self._assert()
            self.line("at_ = 0;")
            self.depth -= 1
            self.line("}")

    # --- statements -----------------------------------------------------------------------------

    def assign(self, name: str, value: str) -> None:
        self.line(f"{name} = {value};")

    def _if(self, test: str) -> None:
        self.line("if")
        self.line(f":: ({test}) ->")
        self.depth += 1

    def _else(self) -> None:
        self.depth -= 1
        self.line(":: else ->")
        self.depth += 1

    def _fi(self) -> None:
        self.depth -= 1
        self.line("fi;")

    def when(self, test: str, name: str, value: str) -> None:
        self._if(test)
        self.assign(name, value)
        self._else()
        self.line("skip;")
        self._fi()

    def chosen(self, name: str, value: str) -> None:
        self.assign(name, value)

    def branch(self, test: str, then: Update, other: Update) -> None:
        self._if(test)
        self.block(then)
        self.line("skip;")
        self._else()
        self.block(other)
        self.line("skip;")
        self._fi()

    def loop(self, body: Update) -> None:
        self.line("do")
        self.line(":: (at_ == 0) ->")
        self.depth += 1
        self.block(body)
        self.depth -= 1
        self.line(":: else -> break")
        self.line("od;")
        self._if("at_ == 1")
        self.line("at_ = 0;")
        self._else()
        self.line("skip;")
        self._fi()

    def unless(self, test: str) -> None:
        if test != "true":
            self._if(test)
            self.line("skip;")
            self._else()
            self.stop("not enabled")
            self._fi()

    def stop(self, why: str) -> None:
        self.line(f"/* {one_line(why)}: as it was */")
        for slot in self.saved:
            name = self.variables[slot].name
            self.assign(name, f"old_{name}")
        if self.claim is not None:
            self.line("took_ = 0;")
            self._nothing_ended()
        self.line("at_ = 2;")

    def label(self, statement: Begin | End | Mark) -> None:
        match statement:
            case End(frame) if frame in self.ends:
                self.line(f"ended_{frame}_ = 1;")
            case _:
                pass

    def report(self, name: str) -> None:
        self.line(f"assert(false); /* {one_line(name)} */")

    def leave_loop(self) -> None:
        self.line("at_ = 1;")

    def finish(self) -> None:
        self.line("at_ = 2;")

    def must_guard(self, statement: object) -> bool:
        match statement:
            case If(_, then, other):
                return leaves(then) or leaves(other)
            case Loop(body, _):
                return ends(body)
            case _:
                return leaves((statement,))  # type: ignore[arg-type]  # the caller has a statement

    def guarded(self, rest: Update) -> None:
        self._if("at_ == 0")
        self.block(rest)
        self._else()
        self.line("skip;")
        self._fi()


def _type(low: int, high: int) -> str:
    if low >= 0:
        for name, most in (("bit", 1), ("byte", 255)):
            if high <= most:
                return name
    return "int"
