# SPDX-License-Identifier: MIT
"""The second meaning, alone and against ``lower``."""
