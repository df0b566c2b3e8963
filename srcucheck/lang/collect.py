# SPDX-License-Identifier: MIT
"""Declarations -> symbols: everything a Program holds, bodies not looked at."""

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from srcucheck.base.diagnostic import Note
from srcucheck.base.span import NOWHERE, Span
from srcucheck.lang import tree
from srcucheck.lang.declared import Types
from srcucheck.lang.findings import Findings
from srcucheck.lang.load import LoadedFile
from srcucheck.lang.names import Names
from srcucheck.lang.program import (
    ChoiceInfo,
    EnumInfo,
    FieldInfo,
    FunctionInfo,
    GlobalInfo,
    ParamInfo,
    PoolInfo,
    Program,
    PropertyInfo,
    StructInfo,
    ThreadInfo,
)
from srcucheck.lang.types import Array
from srcucheck.lang.views import Views


class Collector:
    """One pass over all declarations, specs' first, so that a model's can replace theirs."""

    def __init__(self, files: Sequence[LoadedFile], findings: Findings) -> None:
        self._files = files
        self._findings = findings
        self._names = Names(findings)
        self._structs: dict[str, StructInfo] = {}
        self._enums: dict[str, EnumInfo] = {}
        self._task: dict[str, FieldInfo] = {}
        self._globals: list[GlobalInfo] = []
        self._threads: list[ThreadInfo] = []
        self._ons: list[tuple[tree.On, bool]] = []
        self._pools: dict[str, tuple[PoolInfo, bool]] = {}
        self._inits: list[tuple[tree.Block, bool]] = []
        self._checks: list[tree.Check] = []
        self._domains: list[tuple[int, tree.Thread]] = []
        self.types = Types(findings, {}, {})

    def program(self) -> Program:
        """The program; what is wrong with it is in the findings."""
        specs = [f for f in self._files if f.in_spec]
        own = [f for f in self._files if not f.in_spec]
        self._tags()
        for file in (*specs, *own):
            for declaration in file.tree.declarations:
                self._declaration(declaration, file.in_spec)
        views = Views(*self._names.views())
        self._structs["task"] = StructInfo("task", self._task, True, NOWHERE)
        return Program(
            model=self._files[0].tree,
            title=self._files[0].tree.title,
            sources={f.source.name: f.source for f in self._files},
            structs=self._structs,
            enums=self._enums,
            spec_names=views.specs,
            model_names=views.model,
            globals=views.globals(self._globals),
            threads=self._settled_threads(views),
            events=views.events(self._ons, self._findings),
            properties=views.all_of(PropertyInfo),
            families=views.families(self._findings),
            pools={name: pool for name, (pool, _) in self._pools.items()},
            params=views.in_order(ParamInfo, self._findings),
            choices=views.in_order(ChoiceInfo, self._findings),
            inits=tuple(self._inits),
            checks=tuple(self._checks),
            spec_files=tuple(f.role for f in specs),
        )

    # --- tags -----------------------------------------------------------------------------------

    def _tags(self) -> None:
        structs: dict[str, Span] = {"task": NOWHERE}
        enums: dict[str, Span] = {}
        full: dict[str, Span] = {}
        for file in sorted(self._files, key=lambda f: not f.in_spec):
            for d in file.tree.declarations:
                match d:
                    case tree.StructDecl(name=name, fields=fields):
                        if name == "task":
                            self._findings.add(
                                "E209", "'struct task' is the language's own.", d.span
                            )
                            continue
                        structs.setdefault(name, d.span)
                        if fields is not None and full.setdefault(name, d.span) is not d.span:
                            self._twice(f"'struct {name}'", d.span, full[name])
                    case tree.EnumDecl(name=name):
                        if enums.setdefault(name, d.span) is not d.span:
                            self._twice(f"'enum {name}'", d.span, enums[name])
                    case _:
                        pass
        self.types = Types(self._findings, structs, enums)
        self.types.complete(list(full))

    def _twice(self, what: str, span: Span, other: Span) -> None:
        note = Note("the other one", other)
        self._findings.add("E204", f"{what} is defined twice.", span, note)

    # --- declarations ---------------------------------------------------------------------------

    def _declaration(self, d: tree.Declaration, in_spec: bool) -> None:
        match d:
            case tree.Use():
                pass
            case tree.Function():
                function = FunctionInfo(
                    d.name,
                    self.types.of(d.result, "result", in_spec),
                    self.types.parameters(d.parameters, in_spec),
                    d.body,
                    in_spec,
                    d.static,
                    d.name_span,
                )
                self._names.define(
                    function, in_spec, static=d.static and in_spec, only_declared=d.body is None
                )
            case tree.StructDecl(name=name, fields=fields):
                if name != "task" and (fields is not None or name not in self._structs):
                    members = self._fields(name, fields or (), in_spec, {})
                    self._structs[name] = StructInfo(name, members, in_spec, d.span)
            case tree.TaskFields(fields=fields):
                self._fields("task", fields, in_spec, self._task)
            case tree.GlobalDecl():
                for declarator in d.declarators:
                    self._global(declarator, d, in_spec)
            case tree.Thread():
                self._thread(d, in_spec)
            case tree.On():
                self._ons.append((d, in_spec))
            case tree.PropertyDecl(name=name, family=family, headline=headline):
                self._names.define(PropertyInfo(name, family, headline, d.span), in_spec)
            case tree.Param(name=name, value=value):
                self.types.constants.append((value, in_spec))
                self._names.define(ParamInfo(name, value, in_spec, d.span), in_spec)
            case tree.ChoiceDecl():
                self._choice(d, in_spec)
            case tree.EnumDecl():
                self._enum(d)
            case tree.EventDecl():
                self._names.define(d, in_spec)
            case tree.Pool():
                self._pool(d, in_spec)
            case tree.Init(body=body):
                self._inits.append((body, in_spec))
            case tree.Check():
                if not in_spec:
                    self._checks.append(d)
            case _:
                assert_never(d)

    def _fields(
        self,
        owner: str,
        fields: Sequence[tree.Field],
        in_spec: bool,
        members: dict[str, FieldInfo],
    ) -> dict[str, FieldInfo]:
        for f in fields:
            if f.name in members:
                self._twice(f"Member '{f.name}' of '{owner}'", f.span, members[f.name].span)
                continue
            if owner == "task" and f.name == "kind":
                self._findings.add("E209", "Every task has a 'kind' of the language's own.", f.span)
                continue
            found = self.types.of(f.type, "member", in_spec, f.dimensions)
            members[f.name] = FieldInfo(owner, f.name, found, f.value, f.shadow, in_spec, f.span)
        return members

    def _global(self, declarator: tree.Declarator, d: tree.GlobalDecl, in_spec: bool) -> None:
        value = declarator.value
        found = self.types.of(declarator.type, "global", in_spec, declarator.dimensions)
        if isinstance(found, Array) and found.length is None and not d.extern:
            if isinstance(value, tree.Initializer):
                found = replace(found, length=tree.Number(value.span, len(value.items)))
            else:
                message = f"'{declarator.name}[]' needs a length or an initialiser."
                self._findings.add("E210", message, declarator.span)
        symbol = GlobalInfo(declarator.name, found, value, in_spec, declarator.span)
        static = d.static and in_spec
        fine = self._names.define(symbol, in_spec, static=static, only_declared=d.extern)
        if fine and not d.extern:
            self._globals.append(symbol)

    def _thread(self, d: tree.Thread, in_spec: bool) -> None:
        domain: tree.Expr | str | None = None
        match d.domain:
            case None:
                pass
            case tree.NamedType() | tree.RangeType() | tree.PointerType() | tree.SetType():
                struct = self.types.struct(d.domain, f"'{d.name}[{d.variable} : ...]'")
                domain = struct.name if struct is not None else tree.Number(d.domain.span, 0)
            case tree.FunctionType():
                self._findings.add(
                    "E210", "A thread is not replicated by functions.", d.domain.span
                )
            case _:
                domain = d.domain
                self._domains.append((len(self._threads), d))
        thread = ThreadInfo(d.kind, d.name, d.variable, domain, d.body, in_spec, d.name_span)
        if self._names.define(thread, in_spec):
            self._threads.append(thread)
        elif self._domains and self._domains[-1][1] is d:
            self._domains.pop()

    def _choice(self, d: tree.ChoiceDecl, in_spec: bool) -> None:
        alternatives: list[str | int | bool] = []
        for written in d.alternatives:
            match written:
                case tree.Name(name="true"):
                    value: str | int | bool = True
                case tree.Name(name="false"):
                    value = False
                case tree.Name(name=name):
                    value = name
                case tree.Number(value=number):
                    value = number
                case tree.Unary(op="-", operand=tree.Number(value=number)):
                    value = -number
                case _:
                    message = "An alternative is a name, a number, true or false."
                    self._findings.add("E214", message, written.span)
                    continue
            if any(a == value and type(a) is type(value) for a in alternatives):
                message = f"'{d.name}' has this alternative twice."
                self._findings.add("E214", message, written.span)
                continue
            if alternatives and isinstance(alternatives[0], str) != isinstance(value, str):
                message = f"Alternatives of '{d.name}' are either all names or all values."
                self._findings.add("E214", message, written.span)
            alternatives.append(value)
        self._names.define(ChoiceInfo(d.name, tuple(alternatives), d.span), in_spec)

    def _enum(self, d: tree.EnumDecl) -> None:
        members: list[str] = []
        for member in d.members:
            if member.name in members:
                message = f"'enum {d.name}' has '{member.name}' twice."
                self._findings.add("E204", message, member.span)
            else:
                members.append(member.name)
        self._enums.setdefault(d.name, EnumInfo(d.name, tuple(members), d.span))

    def _pool(self, d: tree.Pool, in_spec: bool) -> None:
        struct = self.types.struct(d.type, "A pool")
        self.types.constants.append((d.count, in_spec))
        if struct is None:
            return
        if struct.name == "task":
            self._findings.add("E210", "Tasks come from threads, not from a pool.", d.span)
            return
        earlier = self._pools.get(struct.name)
        if earlier is not None and earlier[1] == in_spec:
            self._twice(f"The pool of 'struct {struct.name}'", d.span, earlier[0].span)
            return
        self._pools[struct.name] = (PoolInfo(struct.name, d.count, d.recycle, d.span), in_spec)

    def _settled_threads(self, views: Views) -> tuple[ThreadInfo, ...]:
        """The model's first.  A domain that is a name may be a count, or a struct's tag."""
        for at, d in self._domains:
            thread = self._threads[at]
            if (
                isinstance(d.domain, tree.Name)
                and self.types.is_tag(d.domain.name)
                and views.lookup(d.domain.name, thread.in_spec) is None
            ):
                tag = tree.NamedType(d.domain.span, d.domain.name)
                self.types.struct(tag, f"'{d.name}[{d.variable} : ...]'")
                self._threads[at] = replace(thread, domain=d.domain.name)
                continue
            if isinstance(thread.domain, str) or thread.domain is None:
                raise AssertionError(thread.name)
            self.types.constants.append((thread.domain, thread.in_spec))
        return tuple(sorted(self._threads, key=lambda t: t.in_spec))
