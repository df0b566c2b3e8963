# SPDX-License-Identifier: MIT
"""Text to graphs: what runs, inlined, one operation at a time."""
