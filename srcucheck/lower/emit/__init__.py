# SPDX-License-Identifier: MIT
"""Graphs to locations, actions and slots."""
