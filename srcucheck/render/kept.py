# SPDX-License-Identifier: MIT
"""Where the proof of a verdict is, in words."""

from typing import assert_never

from srcucheck.check.report import Unwritten, Written


def kept(certificate: Written | Unwritten | None) -> str:
    """The file, or that there is none."""
    match certificate:
        case Written(path):
            return f"certificate: {path}"
        case Unwritten(why):
            return f"no certificate written: {why}"
        case None:
            return "no certificate written"
        case _:
            assert_never(certificate)
