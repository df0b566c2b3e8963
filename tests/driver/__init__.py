# SPDX-License-Identifier: MIT
"""Floor 5: from paths to a report."""
