# SPDX-License-Identifier: MIT
"""From actions to Python functions: source text is generated, compiled when first needed.

An action becomes ``run(s)``: None if it is not enabled, else ``(successor, bits)``; bit k of
``bits`` says that statement k of ``Code.labels`` (a report, begin, end, bound or mark) was passed,
and the successor is None where a bound was.  Updates fall through their ``If``s, so the text is as
long as the update.  An action with a ``Choose`` becomes ``run(s, path)``, run once per outcome:
``path`` holds the options left at each ``Choose`` met so far, so nothing is copied and the order is
depth-first, as the interpreter has it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn, assert_never

from srcucheck.base.diagnostic import ModelError
from srcucheck.check.interpreter import Outcome, endless_loop, ways
from srcucheck.explicit.source import Expressions, fold, indented
from srcucheck.ir.evaluate import apply, evaluate
from srcucheck.ir.expr import (
    LOOP_LIMIT,
    Assume,
    Begin,
    Bound,
    Break,
    Choose,
    Const,
    End,
    Expr,
    Finish,
    If,
    Let,
    Loop,
    Mark,
    Report,
    Set,
    SetPick,
    Statement,
    Update,
)
from srcucheck.ir.system import Action, State, System

Label = Report | Begin | End | Bound | Mark
Result = tuple[State | None, int]
Run = Callable[[State], Result | None]
RunAll = Callable[[State], list[Result]]


@dataclass(frozen=True, slots=True, eq=False)
class Code:
    """An action, ready to run.  With ``many``, ``run`` gives a list of results."""

    run: Callable[[State], Any]
    many: bool
    labels: tuple[Label, ...]


def compile_predicate(expr: Expr) -> Callable[[State], int]:
    """An expression over a state as a function."""
    namespace: dict[str, Any] = {"_apply": apply}
    text = Expressions(namespace).value(fold(expr), "s")
    try:
        function: Callable[[State], int] = eval(f"lambda s: {text}", namespace)
    except (SyntaxError, RecursionError, MemoryError):
        return lambda s: evaluate(expr, s, {})
    return function


def compile_action(system: System, action: Action) -> Code:
    """The function of an action; the interpreter stands in where Python refuses the text."""

    def endless(site: int) -> NoReturn:
        raise ModelError(endless_loop(system, site))

    writer = _Writer({"_apply": apply, "_endless": endless})
    try:
        writer.action(action)
        exec(compile("\n".join(writer.lines), "<action>", "exec"), writer.namespace)
    except (SyntaxError, RecursionError, MemoryError):
        return _interpreted(system, action)
    run = writer.namespace["run"]
    labels = tuple(writer.labels)
    return Code(_each(run), True, labels) if writer.many else Code(run, False, labels)


def _each(run: Callable[[State, list[list[int]]], Result | None]) -> RunAll:
    """Runs an action with choices once per outcome."""

    def run_all(s: State) -> list[Result]:
        path: list[list[int]] = []
        found: list[Result] = []
        while True:
            result = run(s, path)
            if result is not None:
                found.append(result)
            while path:
                options = path[-1]
                options.pop()
                if options:
                    break
                path.pop()
            else:
                return found

    return run_all


def _interpreted(system: System, action: Action) -> Code:
    """The same by the reference interpreter."""
    places: dict[tuple[object, ...], int] = {}
    labels = labels_of(action.update)
    for place, label in enumerate(labels):
        places.setdefault(key_of(label), place)

    def bits(outcome: Outcome) -> int:
        passed: list[Label] = [Report(*r) for r in outcome.reports]
        passed += [Begin(f) for f in outcome.begins]
        passed += [End(f) for f in outcome.ends]
        passed += [Mark(e.site) for e in outcome.events]
        if outcome.bound is not None:
            passed.append(Bound(*outcome.bound))
        mask = 0
        for label in passed:
            mask |= 1 << places[key_of(label)]
        return mask

    def run_all(s: State) -> list[Result]:
        return [(o.successor, bits(o)) for o in ways(system, s, action, 0)]

    return Code(run_all, True, labels)


def key_of(label: Label) -> tuple[object, ...]:
    """Equal for labels that say the same; what a call returned says nothing here."""
    match label:
        case Report(name, site):
            return ("report", name, site)
        case Begin(frame):
            return ("begin", frame)
        case End(frame):
            return ("end", frame)
        case Bound(text, site):
            return ("bound", text, site)
        case Mark(site):
            return ("mark", site)
        case _:
            assert_never(label)


def labels_of(update: Update) -> tuple[Label, ...]:
    """All labels of an update, in order."""
    found: list[Label] = []
    for statement in update:
        match statement:
            case Report() | Begin() | End() | Bound() | Mark():
                found.append(statement)
            case If(_, then, other):
                found += labels_of(then) + labels_of(other)
            case Loop(body):
                found += labels_of(body)
            case _:
                pass
    return tuple(found)


def contains(update: Update, kinds: tuple[type[Statement], ...]) -> bool:
    """Whether an update has a statement of one of these kinds, at any depth."""
    for statement in update:
        match statement:
            case If(_, then, other):
                if contains(then, kinds) or contains(other, kinds):
                    return True
            case Loop(body):
                if contains(body, kinds):
                    return True
            case _:
                if isinstance(statement, kinds):
                    return True
    return False


_WRITES = (Set, SetPick)
LABELS = (Report, Begin, End, Bound, Mark)


@dataclass(slots=True)
class _Writer:
    """Writes the function of one action.

    ``bits`` in the methods is what is known of the label bits: the number, or None once it is in
    the variable ``b``.
    """

    namespace: dict[str, Any]
    lines: list[str] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    places: dict[tuple[object, ...], int] = field(default_factory=dict)
    many: bool = False
    vector: str = "s"
    expressions: Expressions = field(init=False)
    loops: int = 0

    def __post_init__(self) -> None:
        self.expressions = Expressions(self.namespace)

    def action(self, action: Action) -> None:
        """The whole function."""
        self.many = contains(action.update, (Choose,))
        self.lines.append("def run(s, path):" if self.many else "def run(s):")
        guard = fold(action.guard)
        if not (isinstance(guard, Const) and guard.value):
            self.lines += [f" if not ({self.truth(guard)}):", "  return None"]
        if self.many:
            self.lines.append(" c = 0")
        bits: int | None = 0
        for statement in action.update:
            if self.vector == "s" and contains((statement,), _WRITES):
                self.lines.append(" v = list(s)")
                self.vector = "v"
            lines, bits, falls = self.block((statement,), 1, bits)
            self.lines += lines
            if not falls:
                return
        self.lines.append(f" return {self.result(bits)}")

    def block(
        self, update: Update, depth: int, bits: int | None
    ) -> tuple[list[str], int | None, bool]:
        """Lines of a block, the label bits after it, and whether control gets there."""
        lines: list[str] = []
        for statement in update:
            more, bits, falls = self.statement(statement, depth, bits)
            lines += more
            if not falls:
                return lines, bits, False
        return lines, bits, True

    def statement(
        self, statement: Statement, depth: int, bits: int | None
    ) -> tuple[list[str], int | None, bool]:
        """The same for one statement."""
        match statement:
            case Let(temp, value):
                return indented(depth, f"t{temp} = {self.exact(value)}"), bits, True
            case Set(slot, value):
                return indented(depth, f"v[{slot}] = {self.exact(value)}"), bits, True
            case SetPick():
                return self.set_pick(statement, depth), bits, True
            case If():
                return self.branch(statement, depth, bits)
            case Loop():
                return self.loop(statement, depth, bits)
            case Break():
                return indented(depth, "break"), bits, False
            case Choose():
                return self.choose(statement, depth), bits, True
            case Assume(condition):
                lines = [f"if not ({self.truth(fold(condition))}):", " return None"]
                return indented(depth, *lines), bits, True
            case Bound():
                bit = 1 << self.place(statement)
                total = f"b | {bit}" if bits is None else str(bits | bit)
                return indented(depth, f"return (None, {total})"), bits, False
            case Finish():
                return indented(depth, f"return {self.result(bits)}"), bits, False
            case Report() | Begin() | End() | Mark():
                bit = 1 << self.place(statement)
                if bits is not None:
                    return [], bits | bit, True
                return indented(depth, f"b |= {bit}"), None, True
            case _:
                assert_never(statement)

    def branch(
        self, statement: If, depth: int, bits: int | None
    ) -> tuple[list[str], int | None, bool]:
        """An ``If``: where its arms leave different bits behind, they go into ``b``."""
        condition = fold(statement.condition)
        if isinstance(condition, Const):
            return self.block(statement.then if condition.value else statement.other, depth, bits)
        then, then_bits, then_falls = self.block(statement.then, depth + 1, bits)
        other, other_bits, other_falls = self.block(statement.other, depth + 1, bits)
        after = then_bits if then_falls else other_bits
        if then_falls and other_falls and then_bits != other_bits:
            after = None
            if then_bits is not None:
                then += indented(depth + 1, f"b = {then_bits}")
            if other_bits is not None:
                other += indented(depth + 1, f"b = {other_bits}")
        if not then and not other:
            return [], after, then_falls or other_falls
        if not then:
            lines = indented(depth, f"if not ({self.truth(condition)}):") + other
        else:
            lines = indented(depth, f"if {self.truth(condition)}:") + then
            if other and not then_falls:
                other = [line[1:] for line in other]
                lines += other
            elif other:
                lines += [*indented(depth, "else:"), *other]
        return lines, after, then_falls or other_falls

    def loop(
        self, statement: Loop, depth: int, bits: int | None
    ) -> tuple[list[str], int | None, bool]:
        """A ``Loop``, with a count of its turns."""
        self.loops += 1
        count = f"n{self.loops}"
        lines: list[str] = []
        if bits is not None and contains(statement.body, LABELS):
            lines += indented(depth, f"b = {bits}")
            bits = None
        lines += indented(
            depth,
            f"{count} = 0",
            "while True:",
            f" if {count} == {LOOP_LIMIT}:",
            f"  _endless({statement.site})",
            f" {count} += 1",
        )
        body, _, _ = self.block(statement.body, depth + 1, bits)
        return lines + body, bits, _can_break(statement.body)

    def choose(self, statement: Choose, depth: int) -> list[str]:
        """A ``Choose``: finds its options when first met, then follows the path."""
        lines = ["if c == len(path):", " o = []"]
        for condition, value in reversed(statement.options):
            when = fold(condition)
            add = f"o.append({self.exact(value)})"
            if not isinstance(when, Const):
                lines += [f" if {self.truth(when)}:", f"  {add}"]
            elif when.value:
                lines.append(f" {add}")
        lines += [
            " if not o:",
            "  return None",
            " path.append(o)",
            f"t{statement.temp} = path[c][-1]",
            "c += 1",
        ]
        return indented(depth, *lines)

    def set_pick(self, statement: SetPick, depth: int) -> list[str]:
        """A store to a slot that is known only now."""
        index = fold(statement.index)
        value = self.exact(statement.value)
        if isinstance(index, Const):
            if index.value not in statement.slots:
                return []
            return indented(depth, f"v[{statement.slots[index.value]}] = {value}")
        table = self.expressions.table(statement.slots)
        get = f"{table}.get({self.expressions.value(index, self.vector)})"
        return indented(depth, f"j = {get}", "if j is not None:", f" v[j] = {value}")

    def place(self, label: Label) -> int:
        """The bit of a label."""
        key = key_of(label)
        if key not in self.places:
            self.places[key] = len(self.labels)
            self.labels.append(label)
        return self.places[key]

    def result(self, bits: int | None) -> str:
        """What a run that ends here returns."""
        state = "s" if self.vector == "s" else "tuple(v)"
        return f"({state}, {'b' if bits is None else bits})"

    def exact(self, expr: Expr) -> str:
        """An expression whose value is an ``int`` and no ``bool``."""
        return self.expressions.exact(fold(expr), self.vector)

    def truth(self, expr: Expr) -> str:
        """An expression as a condition."""
        return self.expressions.truth(expr, self.vector)


def _can_break(update: Update) -> bool:
    """Whether a ``Break`` here leaves the loop around this block."""
    for statement in update:
        match statement:
            case Break():
                return True
            case If(_, then, other):
                if _can_break(then) or _can_break(other):
                    return True
            case _:
                pass
    return False


def passed(labels: tuple[Label, ...], bits: int) -> list[Label]:
    """The labels that a mask of bits names."""
    return [labels[k] for k in range(bits.bit_length()) if bits >> k & 1]
