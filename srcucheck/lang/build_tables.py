# SPDX-License-Identifier: MIT
"""The LALR tables of the grammar: built once, shipped in the wheel, else kept in the cache.

Building them takes 0.2 s, loading them 0.02 s.  The name of the file says what they were built
for, so that tables of another grammar, lark or Python are never looked at.
"""

import hashlib
import os
import sys
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


@cache
def grammar_text() -> str:
    """``grammar.lark``."""
    return (HERE / "grammar.lark").read_text(encoding="utf-8")


def grammar_options() -> dict[str, Any]:
    """How lark reads the grammar; part of what tables are built for."""
    return {
        "parser": "lalr",
        "lexer": "contextual",
        "keep_all_tokens": True,
        "maybe_placeholders": False,
    }


def tables_name() -> str:
    """The name of the tables for this grammar, lark and Python."""
    digest = hashlib.sha256(grammar_text().encode()).hexdigest()[:12]
    python = f"{sys.version_info[0]}{sys.version_info[1]}"
    return f"grammar-{digest}-lark{version('lark')}-py{python}.tables"


def tables_path() -> Path:
    """Where tables are, or may be put: beside the grammar, in the cache, or nowhere lasting."""
    shipped = HERE / tables_name()
    if shipped.exists():
        return shipped
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(base) / "srcucheck"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder / tables_name()
    except OSError:
        pass
    return Path(tempfile.gettempdir()) / tables_name()


def build(folder: Path) -> Path:
    """Builds the tables into a folder, for packaging."""
    from lark import Lark

    path = folder / tables_name()
    path.unlink(missing_ok=True)
    Lark(grammar_text(), cache=str(path), postlex=_NoWords(), **grammar_options())
    return path


class _NoWords:
    """Stands in for the parser's token filter, of which the tables know only the tokens."""

    always_accept = ()

    def process(self, stream: Any) -> Any:
        """Passes everything on."""
        return stream


if __name__ == "__main__":
    # says where, when run by hand
    print(build(HERE if len(sys.argv) < 2 else Path(sys.argv[1])))  # noqa: T201
