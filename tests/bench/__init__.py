# SPDX-License-Identifier: MIT
"""Loads whose sizes are known, and how fast they are gone through."""
