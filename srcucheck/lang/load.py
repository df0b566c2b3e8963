# SPDX-License-Identifier: MIT
"""From a model to all its files: ``use``, followed transitively, with one file per role."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from srcucheck.base.diagnostic import Diagnostic, ModelError, Note
from srcucheck.base.source import SourceFile
from srcucheck.base.span import NOWHERE, Span
from srcucheck.lang import tree
from srcucheck.lang.suggest import did_you_mean


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """A parsed file and what it is to the program.

    ``role`` is the name it was used by, ``srcu_counters as srcu`` where it stands in for another.
    ``own`` marks a file of the user's that stands in for a spec: its bodies are checked.
    """

    tree: tree.File
    source: SourceFile
    in_spec: bool
    role: str
    own: bool = False


Find = Callable[[str, bool, Span], LoadedFile | None]


@dataclass(frozen=True, slots=True)
class _Target:
    """What stands for a role: ``name`` as ``find`` takes it."""

    name: str
    quoted: bool


def load(
    model: LoadedFile, find: Find, substitutes: Mapping[str, str], known: Sequence[str] = ()
) -> tuple[LoadedFile, ...]:
    """The model and the files it uses, in depth-first order of first mention, the model first.

    ``find(name, quoted, span)`` yields a parsed file or None.  ``substitutes`` (role -> name) are
    those of the command line; the model's own ``as`` come next, then those of specs.  ``known``
    are names ``find`` would know, for did-you-mean.
    """
    standing_in = {role: _Target(name, _is_path(name)) for role, name in substitutes.items()}
    standing_in = _stated(model.tree, _choices(model.tree)) | standing_in
    while True:
        loader = _Loader(model, find, standing_in, known)
        more = loader.run()
        if not more:
            return tuple(loader.files)
        standing_in = more | standing_in


def choice_uses(model: tree.File) -> tuple[tuple[str, str], ...]:
    """``use SRCU as srcu;`` where SRCU is a choice of the model: pairs (choice, role)."""
    choices = _choices(model)
    return tuple(
        (item.name, item.role)
        for item in _items(model)
        if item.role is not None and not item.quoted and item.name in choices
    )


def _is_path(name: str) -> bool:
    return "/" in name or name.endswith(".srcu")


def _items(file: tree.File) -> list[tree.UseItem]:
    return [i for d in file.declarations if isinstance(d, tree.Use) for i in d.items]


def _choices(file: tree.File) -> dict[str, tree.ChoiceDecl]:
    return {d.name: d for d in file.declarations if isinstance(d, tree.ChoiceDecl)}


def _stated(file: tree.File, choices: Mapping[str, tree.ChoiceDecl]) -> dict[str, _Target]:
    """Substitutions a file asks for; a choice stands for its first alternative."""
    stated: dict[str, _Target] = {}
    for item in _items(file):
        if item.role is None:
            continue
        target = _Target(item.name, item.quoted)
        choice = None if item.quoted else choices.get(item.name)
        if choice is not None:
            first = choice.alternatives[0]
            if not isinstance(first, tree.Name) or first.name in ("true", "false"):
                message = f"'{choice.name}' is used as a spec, but its alternatives are no names."
                raise ModelError(Diagnostic("E203", message, first.span))
            target = _Target(first.name, False)
        if stated.setdefault(item.role, target) != target:
            other = stated[item.role].name
            message = f"'{item.name}' and '{other}' cannot both stand for '{item.role}'."
            raise ModelError(Diagnostic("E203", message, item.span))
    return stated


class _Loader:
    """One attempt, with the substitutions known so far."""

    __slots__ = ("_done", "_find", "_found", "_known", "_model", "_stack", "_standing_in", "files")

    def __init__(
        self,
        model: LoadedFile,
        find: Find,
        standing_in: Mapping[str, _Target],
        known: Sequence[str],
    ) -> None:
        self._model = model
        self._find = find
        self._standing_in = standing_in
        self._known = known
        self._stack: list[tuple[str, str]] = []
        self._done: set[str] = set()
        self._found: list[Diagnostic] = []
        self.files: list[LoadedFile] = []

    def run(self) -> dict[str, _Target]:
        """Load everything; yields substitutions that a spec asked for and were not known yet."""
        self.files.append(self._model)
        self._stack.append((self._model.role, self._model.tree.name))
        more = self._follow(self._model)
        if self._found and not more:
            raise ModelError(*self._found)
        return more

    def _follow(self, file: LoadedFile) -> dict[str, _Target]:
        more: dict[str, _Target] = {}
        if file is not self._model:
            stated = _stated(file.tree, {})
            more = {r: t for r, t in stated.items() if r not in self._standing_in}
        for item in _items(file.tree):
            more = self._use(item) | more
        return more

    def _use(self, item: tree.UseItem) -> dict[str, _Target]:
        role = item.role or item.name
        target = _Target(item.name, item.quoted)
        if not item.quoted or item.role:
            target = self._standing_in.get(role, target)
        span = _name_span(item)
        try:
            file = self._find(target.name, target.quoted, span)
        except ModelError as error:
            self._found += [d for d in error.diagnostics if d not in self._found]
            return {}
        if file is None:
            if all(d.span != span for d in self._found):
                self._found.append(self._unknown(item, target, span))
            return {}
        on_stack = [at for at, (_, name) in enumerate(self._stack) if name == file.tree.name]
        if on_stack:
            cycle = [r for r, _ in self._stack[on_stack[0] :]] + [self._stack[on_stack[0]][0]]
            message = f"Files use each other in a circle: {' -> '.join(cycle)}."
            self._found.append(Diagnostic("E202", message, item.span))
            return {}
        if file.tree.name in self._done:
            return {}
        self._done.add(file.tree.name)
        if target.name == role:
            file = replace(file, role=role)
        else:
            name = f"{target.name} as {role}"
            file = replace(file, role=name, in_spec=True, own=file.own or not file.in_spec)
        self.files.append(file)
        self._stack.append((file.role, file.tree.name))
        more = self._follow(file)
        self._stack.pop()
        return more

    def _unknown(self, item: tree.UseItem, target: _Target, span: Span) -> Diagnostic:
        if target.quoted:
            return Diagnostic("E201", f'There is no file "{target.name}" to use.', span)
        hint, fix = did_you_mean(target.name, self._known)
        message = f"There is no spec '{target.name}'.{hint}"
        notes: tuple[Note, ...] = ()
        if target.name != item.name:
            notes = (Note(f"'{target.name}' stands in for '{item.role or item.name}' here"),)
        elif self._known and fix is None:
            notes = (Note(f"specs are: {', '.join(sorted(self._known))}"),)
        return Diagnostic("E201", message, span, notes, fix)


def _name_span(item: tree.UseItem) -> Span:
    """The name without ``as role``."""
    if item.span == NOWHERE:
        return item.span
    width = len(item.name) + (2 if item.quoted else 0)
    return Span(item.span.file, item.span.start, min(item.span.end, item.span.start + width))
