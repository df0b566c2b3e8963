# SPDX-License-Identifier: MIT
"""How long work is told that time is up: it calls a function now and then, which raises.

No signal ends it: an exception in the middle of a call of Z3, or in a destructor of one of its
terms, is lost or becomes another one.
"""

from collections.abc import Callable

Look = Callable[[], None]
"""Raises ``Spent`` when time is up."""


def at_leisure() -> None:
    """There is time."""
