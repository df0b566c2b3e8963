# SPDX-License-Identifier: MIT
"""From ``check`` lines to questions on the system."""

from collections.abc import Sequence
from dataclasses import dataclass

from srcucheck.base.span import NOWHERE
from srcucheck.ir.expr import FALSE, TRUE, Binary, Const, Expr, Get, Ite, Lookup, Unary
from srcucheck.ir.system import (
    Check,
    Completes,
    Invariant,
    LeadsTo,
    NoHang,
    NoLeak,
    Question,
    Reachable,
    Reported,
    Settles,
    Thread,
)
from srcucheck.lang import tree
from srcucheck.lang.builtin import MEMORY_PROPERTIES
from srcucheck.lower.analyse.cells import LIFE
from srcucheck.lower.analyse.cuts import Watch
from srcucheck.lower.build.graph import Demand, FrameInfo, Later, Look, PcIn, Ref
from srcucheck.lower.build.threads import Builder
from srcucheck.lower.emit.emitter import Shared
from srcucheck.lower.emit.locations import Emitter
from srcucheck.lower.values import Env, binary, fail, ite, lookup, negate, truth
from srcucheck.lower.world import World

FORMULAS = ("never", "always", "reachable", "settles", "eventually", "leads_to")


@dataclass(frozen=True, slots=True)
class Asked:
    """A check whose formulas were looked at, so that the step rules know what it reads."""

    check: tree.Check
    looks: tuple[Look, ...]


def ask(world: World, builder: Builder) -> list[Asked]:
    """Looks at the formulas of all checks."""
    asked = []
    for check in world.program.checks:
        subject = check.subject
        looks: list[Look] = []
        builder.span = check.span
        if isinstance(subject, tree.Call) and isinstance(subject.function, tree.Name):
            if subject.function.name in FORMULAS:
                looks = [builder.looking(a, Env(False)) for a in subject.arguments]
        for name in check.excepted:
            value, accesses = builder.looking_at(name, Env(False))
            looks.append(Look(value.expr, accesses))
        asked.append(Asked(check, tuple(looks)))
    return asked


def watched(asked: Sequence[Asked]) -> Watch:
    """Where formulas look for threads, if fusing steps could hide a state that they look for.

    A thread that gets ahead of itself is never found too late in its end, nor too early in a call:
    ``reachable(ended(t) && e)`` needs no more steps, ``reachable(!ended(t) && e)`` does.
    """
    functions: set[str] = set()
    ends: set[int] = set()
    starts: set[int] = set()
    for one in asked:
        stack = [(look.value, sign) for look in one.looks for sign in _signs(one.check)]
        while stack:
            expr, sign = stack.pop()
            match expr:
                case PcIn(kind="ended", threads=threads):
                    ends.update(() if sign else threads)
                case PcIn(kind="started", threads=threads):
                    starts.update(threads if sign else ())
                case PcIn(kind="in", threads=threads, function=function):
                    if sign:
                        functions.update(() if function is None else (function,))
                        ends.update(threads if function is None else ())
                case Binary(op="and" | "or", left=left, right=right):
                    stack += [(left, sign), (right, sign)]
                case Unary(op="not", operand=operand):
                    stack.append((operand, not sign))
                case Later():
                    if expr.value is not None:
                        stack.append((expr.value, sign))
                case _:
                    stack += [(e, s) for e in _below(expr) for s in (True, False)]
    return Watch(frozenset(functions), frozenset(ends), frozenset(starts))


def _signs(check: tree.Check) -> tuple[bool, ...]:
    """Whether a state is looked for where the formula is true, false, or both."""
    subject = check.subject
    name = subject.function if isinstance(subject, tree.Call) else None
    match name:
        case tree.Name(name="reachable" | "never"):
            return (True,)
        case tree.Name(name="always"):
            return (False,)
        case _:
            return (True, False)


def _below(expr: Expr) -> tuple[Expr, ...]:
    match expr:
        case Binary(left=left, right=right):
            return left, right
        case Unary(operand=operand):
            return (operand,)
        case Ite(condition=condition, then=then, other=other):
            return condition, then, other
        case Lookup(index=index):
            return (index,)
        case _:
            return ()


class Questions:
    """Turns what was asked into checks on slots and locations."""

    def __init__(
        self,
        shared: Shared,
        threads: Sequence[Thread],
        builder: Builder,
        emitter: Emitter,
    ) -> None:
        self.shared = shared
        self.world = shared.world
        self.threads = threads
        self.builder = builder
        self.emitter = emitter

    def checks(self, asked: Sequence[Asked]) -> tuple[Check, ...]:
        """All checks: those of the file, then the standing properties nobody named."""
        found = [self._check(a) for a in asked]
        named = {n for c in found for n in self._names(c)}
        standing = [p for p in MEMORY_PROPERTIES if p not in named]
        standing += [p for p in self.world.program.properties if p not in named]
        standing += [a for a in self.world.asserts if a not in named]
        for name in standing:
            found.append(Check(name, name, Reported((name,)), None, NOWHERE, standing=True))
        if not any(isinstance(c.question, NoLeak) for c in found):
            found.append(Check("no_leak", "no_leak", NoLeak(()), None, NOWHERE, standing=True))
        if not any(isinstance(c.question, NoHang) and not c.question.deadlock_only for c in found):
            found.append(Check("no_hang", "no_hang", NoHang(False), None, NOWHERE, standing=True))
        return tuple(found)

    @staticmethod
    def _names(check: Check) -> tuple[str, ...]:
        question = check.question
        return question.properties if isinstance(question, Reported) else ()

    def _check(self, asked: Asked) -> Check:
        check = asked.check
        question, danger = self._question(asked)
        text = self.world.text(check.subject.span)
        name = check.name or (check.subject.name if isinstance(check.subject, tree.Name) else text)
        return Check(name, text, question, danger, check.span, standing=False)

    def _question(self, asked: Asked) -> tuple[Question, Expr | None]:
        subject = asked.check.subject
        if isinstance(subject, tree.Name):
            return self._standing(subject, asked), None
        if not isinstance(subject, tree.Call) or not isinstance(subject.function, tree.Name):
            raise fail("E401", "This is no property.", subject.span)
        word = subject.function.name
        if word == "completes":
            return self._completes(subject.arguments[0]), None
        formulas = [self.formula(look) for look in asked.looks]
        values = [value for value, _ in formulas]
        danger: Expr = FALSE
        for _, one in formulas:
            danger = binary("or", danger, one)
        found: Question
        match word:
            case "never":
                found = Invariant(negate(values[0]))
            case "always":
                found = Invariant(values[0])
            case "reachable":
                found = Reachable(values[0])
            case "settles":
                found = Settles(values[0])
            case "eventually":
                found = LeadsTo(None, values[0])
            case "leads_to":
                found = LeadsTo(values[0], values[1])
            case _:
                raise fail("E401", f"'{word}' is no property.", subject.span)
        return found, None if danger == FALSE else danger

    def _standing(self, subject: tree.Name, asked: Asked) -> Question:
        name = subject.name
        program = self.world.program
        match name:
            case "no_leak":
                return NoLeak(tuple(self.emitter.resolve(look.value) for look in asked.looks))
            case "no_hang":
                return NoHang(deadlock_only=False)
            case "no_deadlock":
                return NoHang(deadlock_only=True)
            case _ if name in program.families:
                return Reported(program.families[name])
            case _ if name in program.properties or name in MEMORY_PROPERTIES:
                return Reported((name,))
            case _ if name in self.world.asserts:
                return Reported((name,))
            case _:
                raise fail("E401", f"There is no property '{name}'.", subject.span)

    def _completes(self, subject: tree.Expr) -> Completes:
        function: str | None = None
        named = subject
        if isinstance(subject, tree.Member) and not subject.arrow:
            function, named = subject.name, subject.base
        threads = self.builder.threads_named(named, Env(False))
        if threads is None and function is None and isinstance(subject, tree.Name):
            threads, function = tuple(t.number for t in self.threads), subject.name
        if threads is None:
            raise fail("E402", "A thread, a call of it, or a function is wanted.", subject.span)
        frames = []
        for frame in self.world.frames:
            if frame.thread in threads and self._is(frame, function):
                frames.append(frame.number)
        return Completes(tuple(frames))

    @staticmethod
    def _is(frame: FrameInfo, function: str | None) -> bool:
        if function is None:
            return frame.outermost
        return frame.parent is not None and frame.function == function

    # --- formulas -------------------------------------------------------------------------------

    def formula(self, look: Look) -> tuple[Expr, Expr]:
        """The formula over slots, and when judging it would read what is not there."""
        folded = self.shared.constants.look(look)
        danger: Expr = FALSE
        for access in folded.accesses:
            if isinstance(access, Demand):
                condition, test = self.resolve(access.condition), self.resolve(access.test)
                danger = binary("or", danger, binary("and", condition, negate(test)))
                continue
            ref = access.ref
            if not isinstance(ref, Ref) or ref.address is None or ref.key.field == LIFE:
                continue
            bad = self._bad(ref)
            if bad != FALSE:
                danger = binary("or", danger, binary("and", self.resolve(access.condition), bad))
        return truth(self.resolve(folded.value)), danger

    def _bad(self, ref: Ref) -> Expr:
        assert ref.address is not None
        address = self.resolve(ref.address)
        null = binary("==", address, FALSE)
        if ref.shadow or ref.key.field == LIFE:
            return null if not isinstance(address, Const) else FALSE
        if null == TRUE:  # always NULL: nothing is there to be dead
            return TRUE
        dead = self.emitter.is_dead(address, ref.key.struct)
        return binary("or", null, dead)

    def resolve(self, expr: Expr) -> Expr:
        """Over slots, ``in`` and its kin included."""
        match expr:
            case PcIn():
                return self._where(expr)
            case Binary(op=op, left=left, right=right):
                return binary(op, self.resolve(left), self.resolve(right))
            case Unary(operand=operand):
                return negate(self.resolve(operand))
            case Ite(condition=condition, then=then, other=other):
                return ite(self.resolve(condition), self.resolve(then), self.resolve(other))
            case _:
                return self.emitter.resolve(expr)

    def _where(self, leaf: PcIn) -> Expr:
        every = leaf.kind == "ended"
        total: Expr = TRUE if every and leaf.threads else FALSE
        frames = {
            f.number
            for f in self.world.frames
            if leaf.function is not None and f.parent is not None and f.function == leaf.function
        }
        for number in leaf.threads:
            thread = self.threads[number]
            here: dict[int, int] = {}
            for location in thread.locations.values():
                yes = False
                match leaf.kind:
                    case "ended":
                        yes = location.rest == "ended"
                    case "in" if leaf.function is not None:
                        yes = bool(frames & set(location.frames))
                    case "in":
                        yes = location.rest != "ended" and bool(location.frames)
                    case "started":
                        yes = location.rest != "irq"
                if yes:
                    here[location.number] = 1
            one = lookup(Get(thread.pc), here) if here else FALSE
            total = binary("and" if every else "or", total, one)
        return total
