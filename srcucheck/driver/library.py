# SPDX-License-Identifier: MIT
"""Finding and parsing files: the user's, and the kernel specs they use."""

import os
from collections import Counter
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
MOST_BYTES = 4 << 20
"""A larger file is no model; a device without an end is no file."""


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
        self._folders = tuple(folders)
        self._shipped = shipped("specs")
        self._cache = cache
        self._files: dict[Path, tuple[tree.File, SourceFile]] = {}
        self._broken: dict[str, SourceFile] = {}
        """Texts that do not parse, which diagnostics want to show."""

    def known(self) -> list[str]:
        """Names of all specs."""
        folders = (*self._folders, self._shipped)
        return sorted({p.stem for f in folders for p in models_in(f, deep=False)})

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
        content = _content(path, name)
        file = self._cache.load(name, content)
        if file is not None:
            return file, SourceFile(name, content.decode("utf-8").replace("\r\n", "\n"))
        from srcucheck.lang.parser import decode, parse

        source = decode(name, content)
        try:
            file = parse(source)
        except ModelError:
            self._broken[name] = source
            raise
        self._cache.store(name, content, file)
        return file, source

    def model(self, path: Path, name: str) -> LoadedFile:
        """A file of the user's."""
        file, source = self.file(path, name)
        return LoadedFile(file, source, False, path.stem)

    def texts(self, path: Path, name: str) -> dict[str, SourceFile]:
        """The texts read so far by name, those of files which do not parse included."""
        found = self._broken | {source.name: source for _, source in self._files.values()}
        if name not in found:
            with suppress(ModelError, UnicodeDecodeError):
                text = _content(path, name).decode("utf-8").replace("\r\n", "\n")
                found[name] = SourceFile(name, text)
        return found

    def find(self, beside: Path, here: Sequence[str] = ()) -> "Finder":
        """What ``use`` asks; quoted paths are looked up beside the model, except those ``here``."""
        return Finder(self, beside, frozenset(here))

    def spec(self, name: str) -> LoadedFile | None:
        """A spec by name: the user's own, or else the shipped one."""
        for folder in self._folders:
            path = folder / (name + SUFFIX)
            if path.is_file():
                file, source = self.file(path, str(path))
                return LoadedFile(file, source, True, name, own=True)
        path = self._shipped / (name + SUFFIX)
        if not path.is_file():
            return None
        file, source = self.file(path, f"specs/{name}{SUFFIX}")
        return LoadedFile(file, source, True, name)

    def all_specs(self) -> dict[str, tree.File]:
        """Every spec that parses: to tell which one defines a name."""
        found = {}
        for name in self.known():
            with suppress(ModelError):
                loaded = self.spec(name)
                if loaded is not None:
                    found[name] = loaded.tree
        return found


class Finder:
    """Answers ``find(name, quoted, span)`` for one model."""

    def __init__(self, library: Library, beside: Path, here: frozenset[str]) -> None:
        self._library = library
        self._beside = beside
        self._here = here

    def __call__(self, name: str, quoted: bool, span: Span) -> LoadedFile | None:
        """A spec by name, or a file by its path."""
        if not quoted:
            return self._library.spec(name)
        path = Path(name) if name in self._here else self._beside / name
        if not path.is_file():
            return None
        file, source = self._library.file(path, str(path))
        return LoadedFile(file, source, False, path.stem, own=True)


def stems(paths: Sequence[Path]) -> dict[Path, str]:
    """A name for each model that no other has: its file's, or all of its path."""
    often = Counter(path.stem for path in paths)
    found: dict[Path, str] = {}
    for path in paths:
        name = path.stem
        if often[name] > 1:
            name = "-".join(p for p in path.with_suffix("").parts if p.strip("./"))
        while name in found.values():
            name += "~"
        found[path] = name
    return found


def models_in(folder: Path, *, deep: bool = True) -> list[Path]:
    """The models in a folder, in order of name; nothing where there is none to see."""
    pattern = "*" + SUFFIX
    found = folder.rglob(pattern) if deep else folder.glob(pattern)
    return sorted(path for path in found if os.path.isfile(path))


def _content(path: Path, name: str) -> bytes:
    """The bytes of a file.

    Raises:
        ModelError: it cannot be read, or is too large (E525).
    """
    try:
        with open(path, "rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except OSError as error:
        why = error.strerror or "it cannot be read"
        raise ModelError(Diagnostic("E525", f"{name}: {why}.", None)) from None
    except ValueError:
        raise ModelError(Diagnostic("E525", f"{name}: this is no path.", None)) from None
    if len(content) > MOST_BYTES:
        limit = f"{MOST_BYTES >> 20} MB"
        message = f"{name} is larger than {limit}: that is no model."
        raise ModelError(Diagnostic("E525", message, None))
    return content


def exists(text: str) -> bool:
    """Whether a path names something, readable or not."""
    return os.path.lexists(text)
