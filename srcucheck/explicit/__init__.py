# SPDX-License-Identifier: MIT
"""Floor 4: the explicit engine: every reachable state, one by one."""
