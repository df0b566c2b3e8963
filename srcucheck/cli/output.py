# SPDX-License-Identifier: MIT
"""Writing to stdout and stderr, whose readers may leave at any time."""

import os
import sys
from typing import TextIO


def say(text: str) -> None:
    """Writes a result to stdout.  If nobody reads it any more (``| head``) that is all right."""
    _write(sys.stdout, text)


def complain(text: str) -> None:
    """Writes to stderr."""
    _write(sys.stderr, text)


def settle() -> None:
    """Makes sure that nothing is left to write when the interpreter ends."""
    _write(sys.stdout, "")
    _write(sys.stderr, "")


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None:  # closed by whoever started us
        return
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        with open(os.devnull, "w") as nowhere:  # else what is left is tried again at the end
            os.dup2(nowhere.fileno(), stream.fileno())
        if not isinstance(error, BrokenPipeError):
            raise
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "replace").decode(encoding))
        stream.flush()
