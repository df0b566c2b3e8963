# SPDX-License-Identifier: MIT
"""Parsed files -> Program: names bound to what they mean, and everything static checked."""

import re
from collections.abc import Mapping, Sequence

from srcucheck.base.diagnostic import Diagnostic, ModelError
from srcucheck.lang import tree
from srcucheck.lang.checks.program import ProgramChecker
from srcucheck.lang.collect import Collector
from srcucheck.lang.findings import Elsewhere, Findings
from srcucheck.lang.load import Find, LoadedFile, choice_uses, load
from srcucheck.lang.program import Program

_PART_OF = re.compile(r"\b[Pp]art of (\w+)")

__all__ = ["Elsewhere", "Find", "LoadedFile", "choice_uses", "load", "names_in_specs", "resolve"]


def resolve(
    files: Sequence[LoadedFile],
    *,
    elsewhere: Elsewhere | None = None,
    check_spec_bodies: bool = False,
) -> Program:
    """The program that ``files`` make, the model first, as ``load`` yields them.

    Raises ModelError with everything that is wrong, in order of place.  ``elsewhere`` tells which
    spec that is not loaded defines a name (see ``names_in_specs``); given as a function it is
    called at the first name that means nothing.  Bodies of specs are taken as checked, unless
    ``check_spec_bodies`` or another file stands in for a spec, which may lack what they use.
    """
    try:
        return _resolve(files, elsewhere, check_spec_bodies)
    except RecursionError:
        message = "The model nests expressions or statements too deeply."
        raise ModelError(Diagnostic("E223", message, None)) from None


def _resolve(
    files: Sequence[LoadedFile], elsewhere: Elsewhere | None, check_spec_bodies: bool
) -> Program:
    findings = Findings([f.source for f in files], elsewhere)
    collector = Collector(files, findings)
    program = collector.program()
    stands_in = any(" as " in f.role for f in files)
    own = frozenset(f.source.name for f in files if f.own or not f.in_spec)
    checker = ProgramChecker(
        program, findings, collector.types, specs_too=check_spec_bodies or stands_in, own_files=own
    )
    checker.declarations()
    if not findings.found:
        checker.lengths()
    checker.bodies()
    checker.checks()
    findings.finish()
    return program


def names_in_specs(specs: Mapping[str, tree.File]) -> dict[str, str]:
    """Which spec shows a name, for ``elsewhere``; tags read ``struct T`` and ``enum T``.

    A file that says it is "part of" another is used through that one.
    """
    found: dict[str, str] = {}
    for name_of_file, file in specs.items():
        part = _PART_OF.search(file.title)
        spec = part[1] if part is not None and part[1] in specs else name_of_file
        for d in file.declarations:
            match d:
                case tree.StructDecl(name=name, fields=fields):
                    if fields is not None:
                        found.setdefault(f"struct {name}", spec)
                case tree.EnumDecl(name=name, members=members):
                    found.setdefault(f"enum {name}", spec)
                    for member in members:
                        found.setdefault(member.name, spec)
                case tree.Function(static=False, extern=False, name=name, body=tree.Block()):
                    found.setdefault(name, spec)
                case tree.GlobalDecl(static=False, extern=False, declarators=declarators):
                    for declarator in declarators:
                        found.setdefault(declarator.name, spec)
                case tree.PropertyDecl(name=name, family=family):
                    found.setdefault(name, spec)
                    if family is not None:
                        found.setdefault(family, spec)
                case tree.EventDecl(name=name):
                    found.setdefault(name, spec)
                case _:
                    pass
    return found
