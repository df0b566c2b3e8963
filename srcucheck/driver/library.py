# SPDX-License-Identifier: MIT
"""Finding and parsing files: the user's, and the kernel specs they use."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import srcucheck
from srcucheck.base.diagnostic import Diagnostic, ModelError
from srcucheck.base.source import SourceFile
from srcucheck.base.span import Span
from srcucheck.driver.cache import Cache
from srcucheck.lang import tree
from srcucheck.lang.load import LoadedFile

SUFFIX = ".srcu"


def shipped(folder: str) -> Path:
    """``specs`` or ``models``: inside the installed package, or beside it in a checkout."""
    package = Path(srcucheck.__file__).parent
    inside = package / "data" / folder
    return inside if inside.is_dir() else package.parent / folder


class Library:
    """Files by path and specs by name; each is parsed once.

    ``folders`` are looked at for specs in order; the shipped ones come last.
    """

    def __init__(self, folders: Sequence[Path], cache: Cache) -> None:
        self._folders = (*folders, shipped("specs"))
        self._cache = cache
        self._files: dict[Path, tuple[tree.File, SourceFile]] = {}

    def known(self) -> list[str]:
        """Names of all specs."""
        return sorted({p.stem for f in self._folders if f.is_dir() for p in f.glob("*" + SUFFIX)})

    def file(self, path: Path, name: str) -> tuple[tree.File, SourceFile]:
        """A file and its tree; ``name`` is what diagnostics call it.

        Raises:
            ModelError: it cannot be read (E525), is no text, or does not parse.
        """
        found = self._files.get(path)
        if found is None:
            found = self._files[path] = self._parse(path, name)
        return found

    def _parse(self, path: Path, name: str) -> tuple[tree.File, SourceFile]:
        try:
            content = path.read_bytes()
        except OSError as error:
            why = error.strerror or "it cannot be read"
            raise ModelError(Diagnostic("E525", f"{name}: {why}.", None)) from None
        try:
            source = SourceFile(name, content.decode("utf-8").replace("\r\n", "\n"))
        except UnicodeDecodeError:
            message = f"{name} is not a text file: it is no UTF-8."
            raise ModelError(Diagnostic("E102", message, None)) from None
        file = self._cache.load(name, content)
        if file is None:
            from srcucheck.lang.parser import parse

            file = parse(source)
            self._cache.store(name, content, file)
        return file, source

    def model(self, path: Path, name: str) -> LoadedFile:
        """A file of the user's."""
        file, source = self.file(path, name)
        return LoadedFile(file, source, False, path.stem)

    def texts(self, path: Path, name: str) -> dict[str, SourceFile]:
        """The texts read so far by name, and that of a file which does not parse."""
        found = {source.name: source for _, source in self._files.values()}
        if name not in found:
            with suppress(OSError, UnicodeDecodeError):
                found[name] = SourceFile(name, path.read_text(encoding="utf-8"))
        return found

    def find(self, beside: Path) -> "Finder":
        """What ``use`` asks; quoted paths are looked up beside the model."""
        return Finder(self, beside)

    def spec(self, name: str) -> LoadedFile | None:
        """A spec by name."""
        for folder in self._folders:
            path = folder / (name + SUFFIX)
            if path.is_file():
                file, source = self.file(path, f"specs/{name}{SUFFIX}")
                return LoadedFile(file, source, True, name)
        return None

    def all_specs(self) -> dict[str, tree.File]:
        """Every spec there is, parsed: to tell which one defines a name."""
        found = {}
        for name in self.known():
            loaded = self.spec(name)
            if loaded is not None:
                found[name] = loaded.tree
        return found


class Finder:
    """Answers ``find(name, quoted, span)`` for one model."""

    def __init__(self, library: Library, beside: Path) -> None:
        self._library = library
        self._beside = beside

    def __call__(self, name: str, quoted: bool, span: Span) -> LoadedFile | None:
        """A spec by name, or a file by its path."""
        if not quoted:
            return self._library.spec(name)
        path = self._beside / name
        if not path.is_file():
            return None
        file, source = self._library.file(path, name)
        return LoadedFile(file, source, False, path.stem, own=True)
