# SPDX-License-Identifier: MIT
"""Pages of the documentation that are made from specs, models and runs.

``python -m tests.pages`` writes them; ``tests/docs/test_pages.py`` holds that they are up to date.
"""
