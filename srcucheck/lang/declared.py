# SPDX-License-Identifier: MIT
"""Types as written -> types; which of them may stand where."""

from collections.abc import Mapping, Sequence
from typing import Literal, assert_never

from srcucheck.base.diagnostic import Note
from srcucheck.base.span import Span
from srcucheck.lang import tree
from srcucheck.lang.findings import Findings
from srcucheck.lang.suggest import did_you_mean
from srcucheck.lang.types import (
    BOOL,
    INT,
    PASTED,
    VOID,
    Array,
    Bool,
    Enum,
    Func,
    Int,
    Pasted,
    Pointer,
    SetOf,
    Struct,
    Type,
    Void,
)

Place = Literal["member", "global", "local", "parameter", "result"]

UNSIGNED = Int(unsigned=True)

_PLAIN: dict[str, Type] = {"int": INT, "unsigned": UNSIGNED, "bool": BOOL, "void": VOID}

_INSTEAD = {
    "char": "int", "short": "int", "long": "int", "signed": "int", "s8": "int", "s16": "int",
    "s32": "int", "s64": "int", "ssize_t": "int", "u8": "unsigned", "u16": "unsigned",
    "u32": "unsigned", "u64": "unsigned", "uint": "unsigned", "uint32_t": "unsigned",
    "uint64_t": "unsigned", "size_t": "unsigned", "atomic_t": "int", "atomic64_t": "int",
    "refcount_t": "struct kref", "spinlock_t": "struct spinlock", "pid_t": "int",
    "wait_queue_head_t": "struct wait_queue_head", "task_struct": "struct task",
}  # fmt: skip
"""Types of the kernel that are written otherwise here."""


def show(of: Type) -> str:
    """A type as it is written; a pasted one is one that nothing is known about."""
    match of:
        case Void():
            return "void"
        case Bool():
            return "bool"
        case Int(unsigned=unsigned):
            return "unsigned" if unsigned else "int"
        case Enum(name=name):
            return f"enum {name}"
        case Struct(name=name):
            return f"struct {name}"
        case Pointer(target=target):
            shown = show(target)
            return f"{shown}*" if shown.endswith("*") else f"{shown} *"
        case Func(result=result, parameters=parameters):
            shown = show(result)
            space = "" if shown.endswith("*") else " "
            return f"{shown}{space}(*)({', '.join(show(p) for p in parameters) or 'void'})"
        case SetOf(element=element):
            return f"set of {show(element)}"
        case Array(element=element):
            return f"array of {show(element)}"
        case Pasted():
            return "expr"
        case _:
            assert_never(of)


class Types:
    """Turns what is written into types, knowing all tags of the program."""

    __slots__ = ("_complete", "_enums", "_findings", "_structs", "_unknown", "constants")

    def __init__(
        self, findings: Findings, structs: Mapping[str, Span], enums: Mapping[str, Span]
    ) -> None:
        self._findings = findings
        self._structs = structs
        self._enums = enums
        self._complete: set[str] = set()
        self._unknown: set[str] = set()
        self.constants: list[tuple[tree.Expr, bool]] = []
        """Bounds and lengths met on the way, to be checked once all names are known."""

    def complete(self, tags: Sequence[str]) -> None:
        """These structs have members; others are only announced."""
        self._complete.update(tags)

    def of(
        self,
        written: tree.TypeExpr,
        place: Place,
        in_spec: bool,
        dimensions: Sequence[tree.Expr | None] = (),
    ) -> Type:
        """The type of something declared; PASTED, after a diagnostic, if there is no such type."""
        plain = self.plain(written, in_spec)
        found = plain
        for length in reversed(dimensions):
            if length is not None and not _is_task(length):
                self.constants.append((length, in_spec))
            found = Array(found, length)
        return found if self._check(found, plain, place, written.span) else PASTED

    def plain(self, written: tree.TypeExpr, in_spec: bool) -> Type:
        """What is written, wherever it stands."""
        match written:
            case tree.NamedType():
                return self._named(written)
            case tree.RangeType(low=low, high=high, wraps=wraps):
                self.constants += [(low, in_spec), (high, in_spec)]
                return Int(low, high, wraps)
            case tree.PointerType(target=target):
                inner = self.plain(target, in_spec)
                if isinstance(inner, Pasted):
                    return PASTED
                if isinstance(inner, Func | Array):
                    self._bad(written.span, f"There are no pointers to {show(inner)}.")
                    return PASTED
                return Pointer(inner)
            case tree.SetType(element=element):
                inner = self.plain(element, in_spec)
                if isinstance(inner, Struct):
                    return SetOf(inner)
                if not isinstance(inner, Pasted):
                    self._bad(element.span, f"A set is of structs, not of {show(inner)}.")
                return PASTED
            case tree.FunctionType(result=result, parameters=parameters, stored=stored):
                return Func(
                    self.of(result, "result", in_spec),
                    tuple(p for _, p in self.parameters(parameters, in_spec)),
                    stored,
                )
            case _:
                assert_never(written)

    def parameters(
        self, written: Sequence[tree.Parameter], in_spec: bool
    ) -> tuple[tuple[str, Type], ...]:
        """Names and types; ``(void)`` has none."""
        found: list[tuple[str, Type]] = []
        for p in written:
            plain = p.type.name if isinstance(p.type, tree.NamedType) else ""
            if plain == "void" and p.name == "" and len(written) == 1:
                return ()
            if plain == "expr" and not p.array:
                found.append((p.name, PASTED))
            else:
                found.append((p.name, self.of(p.type, "parameter", in_spec, [None] * p.array)))
        return tuple(found)

    def struct(self, written: tree.TypeExpr, what: str) -> Struct | None:
        """A struct by its tag: of a pool, a ``for``, a ``kzalloc``; None after a diagnostic."""
        found = self.plain(written, False)
        if isinstance(found, Struct):
            if found.name == "task" or found.name in self._complete:
                return found
            self._incomplete(found.name, written.span)
        elif not isinstance(found, Pasted):
            self._bad(written.span, f"{what} is of a struct, not of {show(found)}.")
        return None

    def is_tag(self, name: str) -> bool:
        """Whether there is a struct of that name."""
        return name in self._structs

    def _named(self, written: tree.NamedType) -> Type:
        name = written.name
        if written.keyword == "":
            plain = _PLAIN.get(name)
            if plain is not None:
                return plain
            if name == "expr":
                self._bad(written.span, "Only a parameter of a function is an 'expr'.")
                return PASTED
        if written.keyword != "enum" and name in self._structs:
            return Struct(name)
        if written.keyword != "struct" and name in self._enums:
            return Enum(name)
        if name not in self._unknown:
            self._unknown.add(name)
            self._unknown_type(written)
        return PASTED

    def _unknown_type(self, written: tree.NamedType) -> None:
        name, keyword = written.name, written.keyword
        for guess in (keyword or "struct", keyword or "enum"):
            spec = self._findings.spec_with(f"{guess} {name}")
            if spec is not None:
                if self._findings.ask_for_spec(spec):
                    message = (
                        f"'{guess} {name}' is in a spec that is not loaded: add 'use {spec};'."
                    )
                    self._findings.add("E206", message, written.span, fix=f"use {spec};")
                return
        tags = [*(self._structs if keyword != "enum" else ())]
        tags += self._enums if keyword != "struct" else ()
        instead = _INSTEAD.get(name)
        if instead is not None and (" " not in instead or instead[7:] in self._structs):
            message = f"There is no type '{name}' here: write '{instead}'."
            self._findings.add("E206", message, written.span, fix=instead)
            return
        others = tags if keyword else [*tags, *_PLAIN]
        hint, near = did_you_mean(name, others)
        shown = f"{keyword} {name}".strip()
        fix = f"{keyword} {near}".strip() if near else None
        self._findings.add("E206", f"There is no type '{shown}'.{hint}", written.span, fix=fix)

    def _check(self, found: Type, plain: Type, place: Place, span: Span) -> bool:
        """Whether the type may stand there; if not, that has been said."""
        why = ""
        match found:
            case Pasted() | Bool() | Int() | Enum():
                pass
            case Void():
                if place != "result":
                    why = "'void' is no type of a variable."
            case Struct(name=name):
                return self._by_value(name, place, span)
            case Pointer(target=target):
                if place != "parameter" and not isinstance(target, Struct | Void):
                    why = f"A pointer to {show(target)} can only be a parameter."
            case Func(stored=stored):
                if not stored and place != "parameter":
                    why = "A function is stored through a pointer: 'R (*f)(...)'."
            case SetOf():
                if place in ("parameter", "result"):
                    why = f"A set is no {place}: give a pointer to what holds it."
            case Array():
                if place == "local":
                    self._findings.add("E310", "An array cannot be a local variable.", span)
                    return False
                if place == "result":
                    why = "A function does not return an array."
                else:
                    inside: Place = "member" if place == "parameter" else place
                    return self._check(plain, plain, inside, span)
            case _:
                assert_never(found)
        if why:
            self._bad(span, why)
        return not why

    def _by_value(self, name: str, place: Place, span: Span) -> bool:
        match place:
            case "member" | "global":
                if name == "task":
                    self._bad(
                        span, "Tasks belong to threads: only 'struct task *' can be declared."
                    )
                elif name not in self._complete:
                    self._incomplete(name, span)
                return name != "task"
            case "local":
                self._findings.add(
                    "E310",
                    "A struct cannot be a local variable: make it a global, or point to it.",
                    span,
                    fix=f"struct {name} *",
                )
                return False
            case "parameter" | "result":
                self._findings.add(
                    "E310",
                    f"A struct cannot be a {place}: point to it.",
                    span,
                    fix=f"struct {name} *",
                )
                return False
            case _:
                assert_never(place)

    def _incomplete(self, name: str, span: Span) -> None:
        where = self._structs.get(name)
        notes = () if where is None else (Note("only announced here", where),)
        self._findings.add("E208", f"'struct {name}' has no members declared.", span, *notes)

    def _bad(self, span: Span, message: str) -> None:
        self._findings.add("E210", message, span)


def _is_task(length: tree.Expr) -> bool:
    return isinstance(length, tree.Name) and length.name == "task"
