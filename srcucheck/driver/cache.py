# SPDX-License-Identifier: MIT
"""Parsed files, kept as pickles under the hash of their content.

A cache that is missing, read-only or corrupt costs time and never a verdict: the content decides
the name, a digest guards the payload, and whatever goes wrong means parsing again.
"""

import hashlib
import os
import pickle
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

from srcucheck import __version__
from srcucheck.lang import tree

DIGEST = 32


def cache_folder() -> Path | None:
    """Where caches live, or None if there is no home for them."""
    base = os.environ.get("XDG_CACHE_HOME")
    if base:
        return Path(base) / "srcucheck"
    with suppress(RuntimeError):
        return Path.home() / ".cache" / "srcucheck"
    return None


@cache
def _maker() -> str:
    """What made a tree: this version on this Python, and the very files of the parser."""
    folder = Path(tree.__file__).parent.parent
    names = ("parser.py", "build_tree.py", "build_expressions.py", "grammar.lark")
    stamps = []
    for file in (*(folder / name for name in names), *sorted((folder / "tree").glob("*.py"))):
        with suppress(OSError):
            status = file.stat()
            stamps.append(f"{status.st_size}:{status.st_mtime_ns}")
    return " ".join([__version__, sys.version.split()[0], *stamps])


class Cache:
    """Trees by the content they were parsed from; ``folder`` None keeps nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def _path(self, name: str, content: bytes) -> Path | None:
        if self._folder is None:
            return None
        key = hashlib.sha256(f"{_maker()} {name}\0".encode() + content).hexdigest()
        return self._folder / f"{key[:32]}.tree"

    def load(self, name: str, content: bytes) -> tree.File | None:
        """The tree of this content, or None."""
        path = self._path(name, content)
        if path is None:
            return None
        try:
            data = path.read_bytes()
            payload = data[DIGEST:]
            if _digest(path, payload) != data[:DIGEST]:
                return None
            found = pickle.loads(payload)
        except Exception:  # a cache may hold anything at all: then it is no cache
            return None
        return found if isinstance(found, tree.File) else None

    def store(self, name: str, content: bytes, file: tree.File) -> None:
        """Keeps a tree, if that can be done."""
        path = self._path(name, content)
        if path is None:
            return
        with suppress(OSError, RecursionError):
            payload = pickle.dumps(file, protocol=pickle.HIGHEST_PROTOCOL)
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_suffix(f".{os.getpid()}")
            try:
                temporary.write_bytes(_digest(path, payload) + payload)
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)


def _digest(path: Path, payload: bytes) -> bytes:
    """Of the payload under its name: one that was put in the place of another is none."""
    return hashlib.sha256(path.name.encode() + b"\0" + payload).digest()
