# SPDX-License-Identifier: MIT
"""Makes ``build`` and ``random_systems`` importable."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "explicit"))
