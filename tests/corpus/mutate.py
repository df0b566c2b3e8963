# SPDX-License-Identifier: MIT
"""All mutations of the specs by four rules, made from their trees.

- *drop* a statement (a wait, a check, a write), or *lose* a count (``++``, ``--``, ``+=``, ``-=``);
- *swap* a statement with the next one of its block.  Not inside of one step, where nobody can see
  which came first, unless one of the two feels the other (``tests.corpus.independent``);
- *weaken* a guard: one part of an ``&&`` goes, or a condition without ``&&`` becomes true.

What bounds the model (``limit``) is no statement about the kernel and is left alone, as are
declarations and jumps.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from srcucheck.base.source import SourceFile
from srcucheck.base.span import Span
from srcucheck.lang import tree
from srcucheck.lang.parser import parse
from srcucheck.lang.walk import Node, parts
from tests.corpus.independent import Steps
from tests.corpus.mutants import SPECS


@dataclass(frozen=True, slots=True)
class Mutation:
    """A spec with one change at ``line``, in ``function`` (empty: in no function)."""

    spec: str
    line: int
    function: str
    kind: str
    what: str
    text: str

    def key(self) -> str:
        """The same as long as the spec and the change are."""
        return hashlib.sha256(f"{self.spec}\0{self.text}".encode()).hexdigest()[:16]

    def __str__(self) -> str:
        return f"{self.spec}:{self.line} {self.kind}: {self.what}"


def mutations() -> list[Mutation]:
    """All, spec by spec, in the order of the text."""
    sources = {p.stem: SourceFile(p.name, p.read_text()) for p in sorted(SPECS.glob("*.srcu"))}
    files = {name: parse(source) for name, source in sources.items()}
    steps = Steps(list(files.values()))
    return [
        mutation
        for name, file in files.items()
        for mutation in sorted(_Spec(name, sources[name].text, steps).of(file), key=_place)
    ]


def _place(mutation: Mutation) -> tuple[int, str, str]:
    return mutation.line, mutation.kind, mutation.what


class _Spec:
    """The mutations of one spec."""

    def __init__(self, name: str, text: str, steps: Steps) -> None:
        self._name, self._text, self._steps = name, text, steps
        self._function = ""

    def of(self, file: tree.File) -> Iterator[Mutation]:
        for declared in file.declarations:
            match declared:
                case tree.Function(name=name, body=body) if body is not None:
                    self._function = name
                    yield from self._below(body, one_step=self._steps.inside_a_step(name))
                case tree.Thread(body=body) | tree.On(body=body):
                    self._function = ""
                    yield from self._below(body, one_step=False)
                case _:
                    pass

    def _below(self, node: Node, *, one_step: bool) -> Iterator[Mutation]:
        match node:
            case tree.Block(statements=statements):
                yield from self._swaps(statements, one_step=one_step)
            case tree.ExprStatement(expression=expression):
                yield from self._drop(node, expression)
            case (
                tree.If(condition=condition)
                | tree.While(condition=condition)
                | tree.DoWhile(condition=condition)
                | tree.Await(condition=condition)
            ):
                if not _is_and(condition):
                    yield self._made("weaken", condition.span, "true")
            case tree.For(body=body):  # the head is a count of turns, no step
                yield from self._below(body, one_step=one_step)
                return
            case tree.Binary() if _is_and(node):
                yield from self._weaker(node)
                return
            case _:
                pass
        inside = one_step or isinstance(node, tree.Atomic | tree.Await)
        for part in parts(node):
            if part is not None:
                yield from self._below(part, one_step=inside)

    def _drop(self, statement: tree.Statement, expression: tree.Expr) -> Iterator[Mutation]:
        match expression:
            case tree.Call(function=tree.Name(name="limit")):
                return
            case tree.Await(block=block) if block is not None:
                return  # its guard is weakened, its block is looked at by itself
            case tree.Increment() | tree.Assign(op="+" | "-"):
                yield self._made("lose a count", statement.span, ";")
            case _:
                yield self._made("drop", statement.span, ";")

    def _swaps(
        self, statements: tuple[tree.Statement, ...], *, one_step: bool
    ) -> Iterator[Mutation]:
        for first, second in pairwise(statements):
            if not (_is_plain(first) and _is_plain(second)):
                continue
            touched = [self._steps.touched(s) for s in (first, second)]
            if one_step and touched[0].independent(touched[1]):
                continue
            between = self._text[first.span.end : second.span.start]
            yield self._made(
                "swap",
                first.span.to(second.span),
                self._cut(second.span) + between + self._cut(first.span),
            )

    def _weaker(self, condition: tree.Expr) -> Iterator[Mutation]:
        conjuncts = list(_conjuncts(condition))
        for at, gone in enumerate(conjuncts):
            kept = " && ".join(self._cut(c.span) for c in conjuncts if c is not gone)
            where = f"without part {at + 1} of"
            yield self._made("weaken", condition.span, kept, where)
        for conjunct in conjuncts:
            yield from self._below(conjunct, one_step=True)

    def _cut(self, span: Span) -> str:
        return self._text[span.start : span.end]

    def _made(self, kind: str, span: Span, new: str, how: str = "") -> Mutation:
        """Lines keep their numbers."""
        old = self._cut(span)
        new += "\n" * (old.count("\n") - new.count("\n"))
        return Mutation(
            self._name,
            self._text.count("\n", 0, span.start) + 1,
            self._function,
            kind,
            " ".join(f"{how} {old}".split()),
            self._text[: span.start] + new + self._text[span.end :],
        )


def _is_plain(statement: tree.Statement) -> bool:
    return isinstance(statement, tree.ExprStatement) and not (
        isinstance(statement.expression, tree.Call)
        and isinstance(statement.expression.function, tree.Name)
        and statement.expression.function.name == "limit"
    )


def _is_and(node: Node) -> bool:
    return isinstance(node, tree.Binary) and node.op == "&&"


def _conjuncts(node: tree.Expr) -> Iterator[tree.Expr]:
    if isinstance(node, tree.Binary) and node.op == "&&":
        yield from _conjuncts(node.left)
        yield from _conjuncts(node.right)
    else:
        yield node
