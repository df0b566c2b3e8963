# SPDX-License-Identifier: MIT
"""Any number of cells: proofs by views, pairs of everything else and one cell."""
