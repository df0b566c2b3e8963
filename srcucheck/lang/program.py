# SPDX-License-Identifier: MIT
"""A whole program, resolved: one model and the specs it uses.

Bodies stay syntax trees: their names are looked up where they are lowered, because an ``expr``
argument gives a body its types only at the call.  ``resolve`` has checked all of them by then.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from srcucheck.base.source import SourceFile
from srcucheck.base.span import Span
from srcucheck.lang import tree
from srcucheck.lang.types import Type


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """A member: ``owner`` is the struct's tag.  ``default`` is its initialiser or None."""

    owner: str
    name: str
    type: Type
    default: tree.Expr | None
    shadow: bool
    in_spec: bool
    span: Span


@dataclass(frozen=True, slots=True)
class StructInfo:
    """A struct and its members in order; ``task`` collects the fields of all ``task { }``."""

    name: str
    fields: Mapping[str, FieldInfo]
    in_spec: bool
    span: Span


@dataclass(frozen=True, slots=True)
class GlobalInfo:
    """A variable at top level."""

    name: str
    type: Type
    value: tree.Expr | None
    in_spec: bool
    span: Span


@dataclass(frozen=True, slots=True)
class FunctionInfo:
    """A function with a body (an ``extern`` or forward declaration without one has None)."""

    name: str
    result: Type
    parameters: tuple[tuple[str, Type], ...]
    body: tree.Block | None
    in_spec: bool
    static: bool
    span: Span


@dataclass(frozen=True, slots=True)
class ThreadInfo:
    """A thread declaration.

    ``domain`` is None for a single one, an expression for a count, a struct's tag for one thread
    per place of that type.
    """

    kind: tree.ThreadKind
    name: str
    variable: str
    domain: tree.Expr | str | None
    body: tree.Block
    in_spec: bool
    span: Span


@dataclass(frozen=True, slots=True)
class OnInfo:
    """One ``on e { ... }``."""

    event: str
    body: tree.Block
    in_spec: bool
    judges_only: bool
    """Writes nothing but its own locals: runs after the others."""


@dataclass(frozen=True, slots=True)
class PropertyInfo:
    """``property P in F "headline"``."""

    name: str
    family: str | None
    headline: str
    span: Span


@dataclass(frozen=True, slots=True)
class PoolInfo:
    """``pool T n recycle``."""

    struct: str
    count: tree.Expr
    recycle: bool
    span: Span


@dataclass(frozen=True, slots=True)
class ParamInfo:
    """A param and its default, overridden ones already replaced; ``in_spec``: where it stood."""

    name: str
    value: tree.Expr
    in_spec: bool
    span: Span


@dataclass(frozen=True, slots=True)
class ChoiceInfo:
    """A choice; an alternative is a name, a number or a boolean."""

    name: str
    alternatives: tuple[str | int | bool, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class EnumInfo:
    """An enum; the value of a member is its place in the tuple."""

    name: str
    members: tuple[str, ...]
    span: Span


Symbol = (
    GlobalInfo | FunctionInfo | ThreadInfo | ParamInfo | ChoiceInfo | PropertyInfo | tree.EventDecl
)


@dataclass(frozen=True, slots=True)
class Program:
    """Everything a model and its specs declare.

    ``spec_names`` is what code in a spec sees (statics included), ``model_names`` what the model's
    own code sees; both map a name of the common name space to its symbol.  A model's definition
    of a spec's ``extern`` stands in both.
    """

    model: tree.File
    title: str
    sources: Mapping[str, SourceFile]
    structs: Mapping[str, StructInfo]
    enums: Mapping[str, EnumInfo]
    spec_names: Mapping[str, Symbol]
    model_names: Mapping[str, Symbol]
    globals: tuple[GlobalInfo, ...]
    threads: tuple[ThreadInfo, ...]
    events: Mapping[str, tuple[OnInfo, ...]]
    properties: Mapping[str, PropertyInfo]
    families: Mapping[str, tuple[str, ...]]
    pools: Mapping[str, PoolInfo]
    params: Mapping[str, ParamInfo]
    choices: Mapping[str, ChoiceInfo]
    inits: tuple[tuple[tree.Block, bool], ...]
    """Bodies of ``init`` in order, each with whether it stands in a spec."""
    checks: tuple[tree.Check, ...]
    spec_files: tuple[str, ...]
    """Names of the specs loaded, in order; a substituted one reads ``srcu_counters as srcu``."""

    def lookup(self, name: str, in_spec: bool) -> Symbol | None:
        """What a name of the common name space means to code in a spec, or in the model."""
        return (self.spec_names if in_spec else self.model_names).get(name)
