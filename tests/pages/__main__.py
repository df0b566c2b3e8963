# SPDX-License-Identifier: MIT
"""Writes all pages."""

from tests.pages.all import quick, slow
from tests.pages.runs import ROOT

for path, text in (quick() | slow()).items():
    (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
    (ROOT / path).write_text(text)
