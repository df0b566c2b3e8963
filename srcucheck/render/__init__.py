# SPDX-License-Identifier: MIT
"""Floor 4: from a report to text.  Pure functions; nothing here prints."""
