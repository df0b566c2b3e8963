# SPDX-License-Identifier: MIT
"""Floor 1: the meaning of text.  Knows nothing of transition systems; imports ``base`` only."""
