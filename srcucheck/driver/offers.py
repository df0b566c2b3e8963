# SPDX-License-Identifier: MIT
"""What the kernel specs offer a model: functions, events, properties, types."""

from collections.abc import Iterator
from dataclasses import dataclass

from srcucheck.base.source import SourceFile
from srcucheck.base.span import Span
from srcucheck.driver.library import Library
from srcucheck.lang import tree


@dataclass(frozen=True, slots=True)
class Offer:
    """One spec: its title, and a line for each thing that a model may use."""

    name: str
    title: str
    uses: tuple[str, ...]
    lines: tuple[str, ...]


def offer(library: Library, name: str) -> Offer | None:
    """What a spec offers, or None if there is no such spec.

    Raises:
        ModelError: the spec cannot be read, or does not parse.
    """
    spec = library.spec(name)
    if spec is None:
        return None
    file = spec.tree
    uses = tuple(i.name for d in file.declarations if isinstance(d, tree.Use) for i in d.items)
    lines = tuple(line for d in file.declarations for line in _lines(d, spec.source))
    return Offer(name, file.title, uses, tuple(dict.fromkeys(lines)))


def _lines(declaration: tree.Declaration, source: SourceFile) -> Iterator[str]:
    match declaration:
        case tree.Function(static=False, body=tree.Block() as body):
            head = Span(declaration.span.file, declaration.span.start, body.span.start)
            yield source.text_of(head).strip()
        case tree.Function(extern=True):
            yield source.text_of(declaration.span).rstrip("; ") + "  (the model defines it)"
        case tree.EventDecl(name=name):
            yield f"event {name}"
        case tree.PropertyDecl(name=name, family=family, headline=headline):
            within = f" in {family}" if family else ""
            yield f'property {name}{within} "{headline}"'
        case tree.Param():
            yield source.text_of(declaration.span).rstrip("; ")
        case tree.StructDecl(name=name, fields=fields) if fields is not None:
            yield f"struct {name}"
        case _:
            pass
