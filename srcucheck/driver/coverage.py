# SPDX-License-Identifier: MIT
"""Statements of the model that no step executed."""

from collections.abc import Iterator, Set
from dataclasses import fields, is_dataclass

from srcucheck.base.span import Span
from srcucheck.ir.system import System
from srcucheck.lang import tree


def never_ran(file: tree.File, system: System, executed: Set[int]) -> tuple[Span, ...]:
    """Spans of statements in the model's own bodies without a step that passed them.

    Functions that only guards and checks look into, and what ``init`` runs, run in no step; they
    count as run.
    """
    passed = {system.sites[s].span for s in executed}
    passed |= {system.sites[s].span for one in system.initial for s in one.passed}
    passed |= set(system.covered)
    missing = []
    for body in _bodies(file):
        if body.span in passed:
            continue
        missing += [span for span in statements(body) if span not in passed]
    return tuple(missing)


def _bodies(file: tree.File) -> Iterator[tree.Block]:
    for declaration in file.declarations:
        match declaration:
            case tree.Function(body=tree.Block() as body) | tree.Thread(body=body):
                yield body
            case tree.On(body=body):
                yield body
            case _:
                pass


def statements(node: object) -> Iterator[Span]:
    """The span by which each statement inside is known to traces."""
    match node:
        case tree.If(condition=condition) | tree.While(condition=condition):
            yield condition.span
        case tree.DoWhile(condition=condition) | tree.Switch(subject=condition):
            yield condition.span
        case tree.For(condition=condition):
            if condition is not None:
                yield condition.span
        case tree.Declarator(value=value):
            if value is not None:
                yield node.span
        case tree.ExprStatement() | tree.Return() | tree.Break() | tree.Continue() | tree.Goto():
            yield node.span
        case _:
            pass
    if isinstance(node, tuple):
        for one in node:
            yield from statements(one)
    elif is_dataclass(node):
        for f in fields(node):
            if f.name not in ("span", "name_span"):
                yield from statements(getattr(node, f.name))
