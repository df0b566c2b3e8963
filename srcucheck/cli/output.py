# SPDX-License-Identifier: MIT
"""Writing to stdout and stderr, whose readers may leave at any time."""

import os
import sys
from contextlib import suppress
from typing import TextIO


def say(text: str) -> None:
    """Writes a result to stdout.  If nobody reads it any more (``| head``) that is all right.

    Raises:
        OSError: the disk is full.
    """
    _write(sys.stdout, text)


def complain(text: str) -> None:
    """Writes to stderr, or not: the exit status says the same in one word."""
    with suppress(OSError):
        _write(sys.stderr, text)


def settle() -> None:
    """Makes sure that nothing is left to write when the interpreter ends; it was tried before."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            _write(stream, "")


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
