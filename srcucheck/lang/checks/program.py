# SPDX-License-Identifier: MIT
"""All static checks of a program: its declarations, its bodies, its checks."""

from srcucheck.lang import tree
from srcucheck.lang.checks.body import BodyChecker, Owner
from srcucheck.lang.checks.checks import CheckChecker
from srcucheck.lang.checks.constants import Constants
from srcucheck.lang.checks.initial import constant_value
from srcucheck.lang.checks.recursion import Recursion
from srcucheck.lang.declared import Types
from srcucheck.lang.effects import Effects
from srcucheck.lang.findings import Findings
from srcucheck.lang.program import FunctionInfo, Program, ThreadInfo
from srcucheck.lang.scope import Local, Scope
from srcucheck.lang.types import INT, Array, Pasted, Pointer, Struct, Type


class ProgramChecker:
    """Checks what the model's files declare, and what specs do if asked to."""

    def __init__(
        self,
        program: Program,
        findings: Findings,
        types: Types,
        *,
        specs_too: bool,
        own_files: frozenset[str],
    ) -> None:
        self._program = program
        self._findings = findings
        self._types = types
        self._specs_too = specs_too
        self._own_files = own_files
        bodies = {e: [(on.body, on.in_spec) for on in ons] for e, ons in program.events.items()}
        self._effects = Effects(program.lookup, bodies)
        self._threads = {t.name: t for t in program.threads}
        self._constants = Constants(program, findings)

    def declarations(self) -> None:
        """Bounds, lengths, values and structs.  What is wrong here would confuse the bodies."""
        for expr, in_spec in self._types.constants:
            if self._looked_at(expr.span.file):
                self._constants.check(expr, in_spec)
        self._self_containing()
        for g in self._program.globals:
            if g.value is None or isinstance(g.type, Pasted):
                continue
            if self._looked_at(g.span.file):
                self._initial(g.value, g.type, f"'{g.name}'", g.in_spec)
        for struct in self._program.structs.values():
            for field in struct.fields.values():
                if field.default is not None and self._looked_at(field.span.file):
                    self._initial(field.default, field.type, f"'.{field.name}'", field.in_spec)

    def lengths(self) -> None:
        """Array lengths in the first variant; only where all constants are sound."""
        values = self._constants.values()
        if values is not None:
            self._constants.lengths(values)

    def bodies(self) -> None:
        """Functions, threads, rules, ``init``; then calls that come back to themselves."""
        shared = self._program.spec_names
        for name, symbol in self._program.model_names.items():
            if isinstance(symbol, FunctionInfo) and shared.get(name) is not symbol:
                self._function(symbol)
        for symbol in shared.values():
            if isinstance(symbol, FunctionInfo):
                self._function(symbol)
        for thread in self._program.threads:
            if self._looked_at(thread.span.file):
                self._thread(thread)
        for event, ons in self._program.events.items():
            for on in ons:
                if self._looked_at(on.body.span.file):
                    owner = Owner(f"'on {event}'")
                    BodyChecker(self._scope(on.in_spec), owner).check(on.body)
        for body, in_spec in self._program.inits:
            if self._looked_at(body.span.file):
                owner = Owner("'init'", may_wait=False)
                BodyChecker(self._scope(in_spec), owner).check(body)
        recursion = Recursion(self._program, self._findings, self._specs_too, self._own_files)
        recursion.check()

    def checks(self) -> None:
        """The model's checks."""
        scope = self._scope(False)
        scope.mode = "check"
        checker = CheckChecker(scope, self._constants)
        for check in self._program.checks:
            checker.check(check)

    # --- parts ----------------------------------------------------------------------------------

    def _looked_at(self, file: str) -> bool:
        return self._specs_too or file in self._own_files

    def _scope(self, in_spec: bool) -> Scope:
        return Scope(
            self._program, self._findings, self._types, self._effects, self._threads, in_spec
        )

    def _function(self, f: FunctionInfo) -> None:
        if f.body is None or not self._looked_at(f.span.file):
            return
        owner = Owner(f"{f.name}()", f.result)
        parameters = [(name, found, f.span) for name, found in f.parameters]
        BodyChecker(self._scope(f.in_spec), owner).check(f.body, parameters)

    def _thread(self, t: ThreadInfo) -> None:
        scope = self._scope(t.in_spec)
        if t.variable:
            found: Type = Pointer(Struct(t.domain)) if isinstance(t.domain, str) else INT
            scope.declare(t.variable, Local(found, t.span, fixed=True))
            scope.blocks.append({})
        BodyChecker(scope, Owner(f"'{t.kind} {t.name}'")).check(t.body)

    def _initial(self, value: tree.Expr, target: Type, what: str, in_spec: bool) -> None:
        scope = self._scope(in_spec)
        BodyChecker(scope, Owner(what)).check_initial(value, target, what)
        constant_value(scope, value)

    def _self_containing(self) -> None:
        """A struct that has itself for a member, through others too."""
        structs = self._program.structs
        done: set[str] = set()

        def visit(name: str, path: list[str]) -> None:
            if name in path:
                cycle = " -> ".join([*path[path.index(name) :], name])
                info = structs[name]
                message = f"A struct cannot contain itself: {cycle}."
                self._findings.add("E216", message, info.span)
                return
            if name in done or name not in structs:
                return
            for field in structs[name].fields.values():
                inner = field.type
                while isinstance(inner, Array):
                    inner = inner.element
                if isinstance(inner, Struct):
                    visit(inner.name, [*path, name])
            done.add(name)

        for name, info in structs.items():
            if not info.in_spec:
                visit(name, [])
