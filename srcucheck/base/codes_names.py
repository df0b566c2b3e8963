# SPDX-License-Identifier: MIT
"""Codes of ``lang.load`` and ``lang.resolve``, and those reserved for ``lower`` and ``driver``."""

from srcucheck.base import codes_bodies, codes_checks, codes_files
from srcucheck.base.explained import Code

NAMES: dict[str, Code] = {
    code.code: code
    for codes in (codes_files.CODES, codes_bodies.CODES, codes_checks.CODES)
    for code in codes
}
"""Codes by themselves."""
