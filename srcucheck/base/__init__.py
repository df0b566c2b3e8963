# SPDX-License-Identifier: MIT
"""Floor 0: spans, sources, diagnostics, budgets.  Imports the standard library and nothing else."""
