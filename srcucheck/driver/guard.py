# SPDX-License-Identifier: MIT
"""Where exceptions end: an error of the model is a diagnostic, and so is one of the tool."""

import os
from collections.abc import Callable
from typing import TypeVar

from srcucheck.base.budget import Spent
from srcucheck.base.diagnostic import Diagnostic, ModelError, Note

T = TypeVar("T")

DEBUG = "SRCUCHECK_DEBUG"
"""Set in the environment: internal errors show where they happened."""

NO_RESULT, INTERNAL_ERROR = "E524", "E529"
"""Codes that say nothing about the model."""


def guarded(name: str, work: Callable[[], T], variant: str = "") -> T | tuple[Diagnostic, ...]:
    """What ``work`` gives, or what is wrong with the model called ``name``, or with the tool.

    What ran out did so in one ``variant``; what is wrong is wrong with all of them.
    """
    try:
        return work()
    except ModelError as error:
        return error.diagnostics
    except MemoryError:
        return (
            Diagnostic(
                NO_RESULT, f"{variant or name}: memory ran out before the search began.", None
            ),
        )
    except Spent as error:
        return (
            Diagnostic(NO_RESULT, f"{variant or name}: {error} before the search began.", None),
        )
    except RecursionError:
        message = f"{name}: calls or expressions nest too deeply to be inlined."
        return (Diagnostic("E528", message, None),)
    except Exception as error:  # becomes exit status 70, never a verdict
        return (internal_error(name, error),)


def internal_error(name: str, error: BaseException) -> Diagnostic:
    """An exception that nobody foresaw, as a diagnostic."""
    notes: tuple[Note, ...] = (Note(f"{DEBUG}=1 in the environment shows where"),)
    if os.environ.get(DEBUG):
        import traceback

        notes = (Note("".join(traceback.format_exception(error)).rstrip()),)
    message = f"{name}: internal error: {type(error).__name__}: {error}"
    return Diagnostic(INTERNAL_ERROR, message, None, notes)
