# SPDX-License-Identifier: MIT
"""A system in the languages of other checkers, so that anyone can ask for a second opinion."""
