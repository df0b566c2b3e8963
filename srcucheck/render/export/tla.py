# SPDX-License-Identifier: MIT
"""A system in TLA+, for TLC: one action per action, and fairness as this project means it.

A step here is a step there: with reductions off the number of states is the same.  What turns out
in the middle of a step not to be enabled, or meets a bound of the model, is just no step of TLA+.
Lamport, Specifying Systems, 2002.  A liveness question has ``temporal`` formulas, and two variables
more: ``tick_`` and, for each call that may not last for ever, whether it ended in the last step.
"""

from collections.abc import Sequence

from srcucheck.ir.system import Action, Check, Location, System, Thread
from srcucheck.render.export.integers import operators
from srcucheck.render.export.liveness import LIVENESS, NotWritten, judged
from srcucheck.render.export.names import TooWide, distinct, one_line
from srcucheck.render.export.single import BAD, BOUND, STOPPED, Single, ended
from srcucheck.render.export.temporal import PROPERTY, fairness, wanted
from srcucheck.render.export.writer import chooses

WIDEST = 30
"""Members of a set: TLC's numbers have 32 bits."""
AND, OR = " /\\ ", " \\/ "
NOTHING = "FALSE /\\ UNCHANGED vars"


def tla(system: System, checks: Sequence[Check], title: str, module: str) -> str:
    """The whole file, with what belongs into the configuration in comments.

    Raises:
        TooWide: a set has more than 30 members.
        NotWritten: a liveness check is not the only one, or is not written.
    """
    for slot in system.slots:
        if len(slot.set_of) > WIDEST:
            raise TooWide(slot.name)
    lasting = [c for c in checks if isinstance(c.question, LIVENESS)]
    if lasting and len(checks) > 1:
        raise NotWritten(f"{lasting[0].name} speaks of endless runs: it goes alone")
    ends = judged(system, lasting[0]) if lasting else ()
    return _Tla(system, checks, ends, lasting[0] if lasting else None).text(title, module)


class _Tla(Single):
    def __init__(
        self, system: System, checks: Sequence[Check], ends: Sequence[int], lasting: Check | None
    ) -> None:
        super().__init__(system, checks, ends)
        self.lasting = lasting
        self.lines: list[str] = []
        self._taken = {v.name.lower() for v in self.variables}
        self._owing: dict[int, str] = {}
        self._promised: dict[int, str] = {}
        self._extra = [f"ended_{frame}_" for frame in ends]
        if lasting is not None:
            self._extra.append("tick_")
        if self.reports:
            self._extra.append("bad_")

    def text(self, title: str, module: str) -> str:
        """All lines."""
        steps = {thread.number: self._thread(thread) for thread in self.system.threads}
        body, self.lines = self.lines, []
        self._specification(steps)
        asked, self.lines = self.lines, []
        names = [*(v.name for v in self.variables), *self._extra]
        self.lines += [f"---- MODULE {module} ----", f"\\* {one_line(title)}"]
        self.lines += [f"\\* {line}" for line in _how(module, self._asked())]
        self.lines += ["EXTENDS Integers", "", "VARIABLES"]
        for slot, var in zip(self.system.slots, self.variables, strict=True):
            words = ", ".join(f"{n} {w}" for n, w in sorted(slot.words.items())[:12])
            note = one_line(f"{slot.name}{': ' if words else ''}{words}")
            last = not self._extra and var is self.variables[-1]
            self.lines.append(f"  {var.name}{'' if last else ','}  \\* {note}")
        self.lines += [f"  {', '.join(self._extra)}"] if self._extra else []
        self.lines += [
            "",
            f"vars == <<{', '.join(names)}>>",
            "",
            *operators("\n".join([*body, *asked])),
            "",
        ]
        self._initial()
        self.lines += body
        moves = [*steps.values(), *(["Rest_"] if self.ends else [])]
        if self.ends:
            rest = [v.name for v in self.variables] + [n for n in self._extra if n == "tick_"]
            self.lines.append("\\* nothing happens: no call has just ended")
            quiet = [f"ended_{frame}_' = 0" for frame in self.ends]
            self.lines.append(f"Rest_ == {AND.join(quiet)} /\\ UNCHANGED <<{', '.join(rest)}>>\n")
        self.lines.append(f"Next == {OR.join(moves)}\n")
        self.lines += [*asked, "=" * 40]
        return "\n".join(self.lines) + "\n"

    def _asked(self) -> list[str]:
        """The lines of the configuration."""
        if self.lasting is not None:
            return ["SPECIFICATION Spec", f"PROPERTY {PROPERTY}"]
        kept = [f"INVARIANT {name}" for name, _ in self._invariants()]
        return ["INIT Init", "NEXT Next", *kept]

    def _invariants(self) -> list[tuple[str, str]]:
        taken = set(self._taken)
        self.now = {}
        found = [(distinct(name, taken), good) for name, good in self.good()]
        return [*found, *([("NothingBad_", 'bad_ = ""')] if self.reports else [])]

    def _initial(self) -> None:
        quiet = [f"ended_{frame}_ = 0" for frame in self.ends]
        quiet += [f"{n} = {v}" for n, v in (("tick_", "0"), ("bad_", '""')) if n in self._extra]
        self.lines.append("Init ==")
        for initial in self.system.initial:
            pairs = zip(self.variables, initial.state, strict=True)
            facts = [*(f"{var.name} = {value}" for var, value in pairs), *quiet]
            self.lines.append(f"  \\/ {AND.join(facts)}")
        self.lines.append("")

    def _specification(self, steps: dict[int, str]) -> None:
        if self.lasting is None:
            for name, good in self._invariants():
                self.lines.append(f"{name} == {good}\n")
            return
        fair = fairness(self._owing, self._promised, steps)
        self.lines += [f"Fair_{n} == {one}" for n, one in enumerate(fair)]
        self.lines.append("Spec == Init /\\ [][Next]_vars")
        self.lines += [f"  /\\ Fair_{n}" for n in range(len(fair))]
        self.now = {}
        self.lines += ["", f"{PROPERTY} =="]
        facts = list(wanted(self.system, self.lasting, self)) or [self.words.true]
        self.lines += [f"  /\\ {one}" for one in facts]
        self.lines.append("")

    # --- steps ----------------------------------------------------------------------------------

    def _thread(self, thread: Thread) -> str:
        """All actions of a thread, and the name of their disjunction."""
        self.lines.append(f"\\* {thread.kind} {one_line(thread.name)}")
        base = distinct(f"{thread.name} step", self._taken)
        names, owed, promised = [], [], []
        for location in thread.locations.values():
            for at, action in enumerate(location.actions):
                name = f"{base}{location.number}_{at}"
                can = self._action(thread, location, action, name)
                names.append(name)
                if action.owed:
                    owed.append(can)
                if action.strong:
                    here = f"{self.variables[thread.pc].name} = {location.number}"
                    self.now = {}
                    promised.append(f"({here} /\\ {self.truth(action.guard)})")
        self.lines.append(f"{base} == {OR.join(names) or NOTHING}")
        if self.lasting is not None:
            for word, found, known in (
                ("owes", owed, self._owing),
                ("promised", promised, self._promised),
            ):
                if found:
                    known[thread.number] = distinct(f"{thread.name} {word}", self._taken)
                    self.lines.append(f"{known[thread.number]} == {OR.join(found)}")
        self.lines.append("")
        return base

    def _action(self, thread: Thread, location: Location, action: Action, name: str) -> str:
        """Writes an action; gives the condition under which it is enabled."""
        what = one_line(self.system.sites[action.site].text)
        options = list(chooses(action.update))
        picks = {id(one): f"pick{at}" for at, one in enumerate(options)}
        self.begin(picks)
        pc = self.variables[thread.pc].name
        guard = self.truth(action.guard)
        facts = [f"{pc} = {location.number}", *([guard] if guard != self.words.true else [])]
        self.block(action.update)
        some = [f"\\E {picks[id(o)]} \\in 0..{len(o.options) - 1} :" for o in options]
        self.lines.append(f"{name} == \\* {what}")
        self.lines += [f"  /\\ {fact}" for fact in facts]
        effect = self._effect()
        needed = self.needed(effect)
        if some or needed:
            self.lines.append(f"  /\\ {' '.join([*some, *(['LET'] if needed else [])])}")
        self.lines += [f"         {line}" for line in needed]
        self.lines += ["     IN"] if needed else []
        indent = " " * (7 if some or needed else 2)
        self.lines += [f"{indent}/\\ {one}" for one in effect]
        stopped = self.value(STOPPED)
        if stopped == self.words.false:
            return f"({AND.join(facts)})"
        needed = self.needed([stopped])
        let = f"LET {' '.join(needed)} IN " if needed else ""
        return f"({AND.join(facts)} /\\ {' '.join(some)} {let}~{stopped})"

    def _effect(self) -> list[str]:
        """What the step leads to."""
        found = []
        never = self.some([self.value(STOPPED), self.value(BOUND)])
        if never != self.words.false:
            found.append(self.no(never))
        same = []
        for number, var in enumerate(self.variables):
            value = self.slot(number)
            if value == var.name:
                same.append(var.name)
            else:
                found.append(f"{var.name}' = {value}")
        found += [f"ended_{frame}_' = {self.value(ended(frame))}" for frame in self.ends]
        if self.lasting is not None:
            found.append("tick_' = 1 - tick_")
        if self.reports:
            found.append(f"bad_' = {self.value(BAD)}")
        return [*found, *([f"UNCHANGED <<{', '.join(same)}>>"] if same else [])]


def _how(module: str, asked: Sequence[str]) -> list[str]:
    return [
        f"Save as {module}.tla; what belongs into {module}.cfg stands behind 'cfg':",
        f"sed -n 's/^.. cfg: //p' {module}.tla > {module}.cfg",
        f"java -cp tla2tools.jar tlc2.TLC -deadlock {module}.tla",
        *(f"cfg: {line}" for line in asked),
    ]
