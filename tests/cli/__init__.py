# SPDX-License-Identifier: MIT
"""Floor 6: what a user types, and gets."""
