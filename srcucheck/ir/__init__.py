# SPDX-License-Identifier: MIT
"""Floor 1: the meaning of transitions.  Knows nothing of text; imports ``base`` only."""
