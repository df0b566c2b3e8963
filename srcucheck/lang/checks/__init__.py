# SPDX-License-Identifier: MIT
"""Static checks of a program: names, types, calls, waits, questions."""
