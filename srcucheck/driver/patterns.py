# SPDX-License-Identifier: MIT
"""The shipped models as patterns: what goes wrong, told by the comment each begins with."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from srcucheck.base.diagnostic import Diagnostic, ModelError
from srcucheck.driver.library import SUFFIX, models_in, shipped

HEADER = re.compile(r"/\*\n(.*?)\n \*/\n", re.DOTALL)
ROW = re.compile(r"\b[A-H]\d+\b")
IN_TITLE = re.compile(r"(?:: | )(?:[Rr]ows? [A-H]\d|seed\d).*$")


@dataclass(frozen=True)
class Pattern:
    """One shipped model: ``fences/fence_wait_in_section``."""

    name: str
    path: Path
    text: str

    @property
    def stem(self) -> str:
        """The name without its area."""
        return self.name.rpartition("/")[2]

    @cached_property
    def paragraphs(self) -> tuple[str, ...]:
        """Of the first comment, each on one line."""
        found = HEADER.search(self.text)
        lines = re.sub(r"(?m)^ \*[ \t]?", "", found.group(1)) if found else ""
        return tuple(" ".join(p.split()) for p in lines.split("\n\n"))

    @cached_property
    def title(self) -> str:
        """What goes wrong, without the row it is in."""
        return IN_TITLE.sub("", self.paragraphs[0]).rstrip(".:")

    @cached_property
    def rows(self) -> tuple[str, ...]:
        """The rows of the catalogue: those of the title, or else those that the text names."""
        named = ROW.findall(self.paragraphs[0]) or ROW.findall(" ".join(self.paragraphs[1:]))
        return tuple(dict.fromkeys(named))

    @cached_property
    def source(self) -> str:
        """Where it comes from."""
        found = [p for p in self.paragraphs if p.startswith("Source: ")]
        return found[-1].removeprefix("Source: ").rstrip(".") if found else ""

    def has(self, words: Sequence[str]) -> bool:
        """Whether the name or the first comment has all of these words; a row only as a whole."""
        text = f"{self.name} {' '.join(self.paragraphs)}".lower()
        return all(
            word.upper() in self.rows if ROW.fullmatch(word.upper()) else word.lower() in text
            for word in words
        )


def patterns() -> list[Pattern]:
    """All shipped models by name."""
    folder = shipped("models")
    found = []
    for path in models_in(folder):
        name = path.relative_to(folder).as_posix().removesuffix(SUFFIX)
        found.append(Pattern(name, path, path.read_text(encoding="utf-8")))
    return found


def called(name: str, known: Sequence[Pattern]) -> list[Pattern]:
    """Patterns of this name: whole, without its area, or by a row."""
    name = name.removesuffix(SUFFIX)
    exact = [p for p in known if name in (p.name, p.stem)]
    return exact or [p for p in known if name.upper() in p.rows]


def begin(path: Path, name: str, pattern: Pattern) -> None:
    """Writes a new model that is a pattern but for its first comment.

    Raises:
        ModelError: it cannot be written (E525).
        FileExistsError: something is there.
    """
    rows = (
        f" (row{'s' * (len(pattern.rows) > 1)} {', '.join(pattern.rows)})" if pattern.rows else ""
    )
    head = (
        f"/*\n * {path.stem}: say in one line what goes wrong here.\n *\n"
        f" * Begun from models/{pattern.name}{SUFFIX}{rows}.\n"
        " *\n * Source: the thread, the commit, or the file and function.\n */\n"
    )
    text = HEADER.sub(lambda _: head, pattern.text, count=1)
    try:
        with open(path, "x", encoding="utf-8") as out:
            out.write(text)
    except FileExistsError:
        raise
    except OSError as error:
        raise ModelError(Diagnostic("E525", f"{name}: {error.strerror or error}.", None)) from None
