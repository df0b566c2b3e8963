# SPDX-License-Identifier: MIT
"""Floor 5: from paths to a report.  Returns values; never prints and never exits."""
