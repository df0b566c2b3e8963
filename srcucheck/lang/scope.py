# SPDX-License-Identifier: MIT
"""What a name means at one place of a body, and what is said when it means nothing."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, get_args

from srcucheck.base.diagnostic import Note
from srcucheck.base.span import Span
from srcucheck.lang import tree
from srcucheck.lang.builtin import (
    CALLS,
    CHECK_CALLS,
    ERRNO,
    LIVENESS_PROPERTIES,
    MEMORY_PROPERTIES,
    THREAD_KINDS,
)
from srcucheck.lang.declared import Types, show
from srcucheck.lang.effects import Effects
from srcucheck.lang.findings import Findings
from srcucheck.lang.program import (
    ChoiceInfo,
    FieldInfo,
    FunctionInfo,
    Program,
    PropertyInfo,
    Symbol,
    ThreadInfo,
)
from srcucheck.lang.suggest import did_you_mean
from srcucheck.lang.types import Enum, Type


@dataclass(frozen=True, slots=True)
class Null:
    """The type of ``NULL``."""


@dataclass(frozen=True, slots=True)
class NoElements:
    """The type of ``{}``."""


@dataclass(frozen=True, slots=True)
class ChoiceOf:
    """The type of a choice and of its alternatives."""

    choice: ChoiceInfo

    @property
    def named(self) -> bool:
        """Its alternatives are names, which can only be compared (or called)."""
        return any(isinstance(a, str) for a in self.choice.alternatives)


Value = Type | Null | NoElements | ChoiceOf
"""Types of expressions.  ``Pasted`` is the type of what nothing is known about."""

KIND = Enum("thread kind")
"""The type of ``current->kind``; its members are ``THREAD_KINDS``."""

Mode = Literal["body", "guard", "check"]


def show_value(of: Value) -> str:
    """A type of an expression, with its article."""
    match of:
        case Null():
            return "NULL"
        case NoElements():
            return "an empty set"
        case ChoiceOf(choice=choice):
            return f"an alternative of '{choice.name}'"
        case _:
            shown = show(of)
            if shown == "void":
                return "nothing"
            return f"an {shown}" if shown[0] in "aeiou" and shown != "unsigned" else f"a {shown}"


@dataclass(frozen=True, slots=True)
class Local:
    """A variable of a body.  ``fixed``: it cannot be assigned to (a place, a thread's index)."""

    type: Type
    span: Span
    fixed: bool = False
    parameter: bool = False


@dataclass(slots=True)
class Scope:
    """One body being checked: its variables, what it may do, what was said already."""

    program: Program
    findings: Findings
    types: Types
    effects: Effects
    threads: dict[str, ThreadInfo]
    in_spec: bool
    mode: Mode = "body"
    blocks: list[dict[str, Local]] = field(default_factory=lambda: [{}])
    said: set[str] = field(default_factory=set)

    # --- variables ------------------------------------------------------------------------------

    def local(self, name: str) -> Local | None:
        """The innermost variable of that name."""
        for block in reversed(self.blocks):
            if name in block:
                return block[name]
        return None

    def declare(self, name: str, local: Local) -> None:
        """A new variable in the innermost block; a second one there is an error."""
        earlier = self.blocks[-1].get(name)
        if earlier is not None:
            note = Note("the other one", earlier.span)
            self.add("E324", f"'{name}' is declared twice in this block.", local.span, note)
            return
        self.blocks[-1][name] = local

    # --- names of the program -------------------------------------------------------------------

    def symbol(self, name: str) -> Symbol | None:
        """What a name of the common name space means here."""
        return self.program.lookup(name, self.in_spec)

    def thread(self, name: str) -> ThreadInfo | None:
        """The thread of that name, if no variable hides it."""
        if self.local(name) is not None:
            return None
        found = self.symbol(name)
        if isinstance(found, ThreadInfo | FunctionInfo):
            return self.threads.get(name)
        return None

    def members(self, enum: Enum) -> tuple[str, ...]:
        """The constants of an enum."""
        if enum == KIND:
            return THREAD_KINDS
        found = self.program.enums.get(enum.name)
        return found.members if found is not None else ()

    def enum_with(self, constant: str) -> Enum | None:
        """The enum that has a constant."""
        for enum in self.program.enums.values():
            if constant in enum.members:
                return Enum(enum.name)
        return None

    def field_of(self, struct: str, name: str) -> FieldInfo | None:
        """A member of a struct."""
        found = self.program.structs.get(struct)
        return found.fields.get(name) if found is not None else None

    # --- what is wrong --------------------------------------------------------------------------

    def add(
        self, code: str, message: str, span: Span, *notes: Note, fix: str | None = None
    ) -> None:
        """A diagnostic."""
        self.findings.add(code, message, span, *notes, fix=fix)

    def text(self, expr: tree.Expr) -> str:
        """An expression as written."""
        return self.findings.text(expr.span)

    def once(self, what: str) -> bool:
        """Whether this was not said yet in this body."""
        if what in self.said:
            return False
        self.said.add(what)
        return True

    def unknown_name(self, expr: tree.Name) -> None:
        """A name that means nothing here."""
        name = expr.name
        if not self.once(name):
            return
        if self._in_other_spec("E301", name, expr.span):
            return
        for choice in self.program.choices.values():
            if name in choice.alternatives:
                message = f"'{name}' is an alternative of '{choice.name}': it can only be compared."
                self.add("E301", message, expr.span, fix=f"{choice.name} == {name}")
                return
        known: list[str] = [local for block in self.blocks for local in block]
        known += self._symbols()
        known += [c for e in self.program.enums.values() for c in e.members]
        known += ERRNO if name.startswith("E") else ()
        known += ("true", "false", "NULL", "current")
        hint, fix = did_you_mean(name, known)
        self.add("E301", f"'{name}' is not declared.{hint}", expr.span, fix=fix)

    def unknown_function(self, expr: tree.Name) -> None:
        """A name that is called and means nothing here."""
        name = expr.name
        if not self.once(name):
            return
        if self._in_other_spec("E302", name, expr.span):
            return
        if name in CHECK_CALLS:
            self.add("E411", f"'{name}()' can be asked in a check only.", expr.span)
            return
        if name == "return_to_user":
            message = "'return_to_user' happens by itself at the end of a system call."
            self.add("E302", message, expr.span)
            return
        hidden = None if self.in_spec else self.program.spec_names.get(name)
        if hidden is not None:
            message = f"'{name}' is static in its spec: a model cannot use it."
            self.add("E302", message, expr.span, Note("defined here", hidden.span))
            return
        known = [n for n in self._symbols() if isinstance(self.symbol(n), FunctionInfo)]
        known += [n for n in self._symbols() if isinstance(self.symbol(n), tree.EventDecl)]
        known += [*CALLS, *get_args(tree.AwaitKind), "kzalloc", "container_of", "choose"]
        hint, fix = did_you_mean(name, known)
        self.add("E302", f"There is no function '{name}'.{hint}", expr.span, fix=fix)

    def unknown_member(self, struct: str, name: str, span: Span) -> None:
        """A member that a struct has not."""
        if not self.once(f"{struct}.{name}"):
            return
        info = self.program.structs.get(struct)
        mine = info.fields if info is not None else {}
        if not mine and struct != "task":
            message = f"'struct {struct}' has no members declared, so no '{name}'."
        else:
            message = f"'struct {struct}' has no member '{name}'."
        hint, fix = did_you_mean(name, [*mine, *(("kind",) if struct == "task" else ())])
        notes: tuple[Note, ...] = ()
        if fix is None:
            owners = [s for s in self.program.structs.values() if name in s.fields]
            notes = tuple(Note(f"'struct {s.name}' has one", s.fields[name].span) for s in owners)
        self.add("E303", message + hint, span, *notes[:3], fix=fix)

    def property(self, expr: tree.Expr) -> None:
        """The second argument of WARN_ON and BUG_ON names a property."""
        if not isinstance(expr, tree.Name):
            self.add("E317", "This must be the name of a property.", expr.span)
            return
        name = expr.name
        if isinstance(self.symbol(name), PropertyInfo) or not self.once(name):
            return
        if self._in_other_spec("E317", name, expr.span):
            return
        if name in MEMORY_PROPERTIES or name in LIVENESS_PROPERTIES:
            message = f"'{name}' is judged by the tool: declare a property of your own."
            self.add("E317", message, expr.span, fix=f'property my_{name} "...";')
            return
        hint, fix = did_you_mean(name, self.program.properties)
        message = f"There is no property '{name}'.{hint}"
        self.add("E317", message, expr.span, fix=fix or f'property {name} "...";')

    def _in_other_spec(self, code: str, name: str, span: Span) -> bool:
        spec = self.findings.spec_with(name)
        if spec is None:
            return False
        if self.findings.ask_for_spec(spec):
            message = f"'{name}' is in a spec that is not loaded: add 'use {spec};'."
            self.add(code, message, span, fix=f"use {spec};")
        return True

    def _symbols(self) -> Iterable[str]:
        return self.program.spec_names if self.in_spec else self.program.model_names
