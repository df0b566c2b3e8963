# SPDX-License-Identifier: MIT
"""Floor 2: from a resolved program to a transition system.  The only floor that knows both."""
