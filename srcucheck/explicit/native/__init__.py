# SPDX-License-Identifier: MIT
"""The native explorer: the same search as ``explicit.search``, compiled for one model at a time.

The only room that knows LLVM and numpy; nobody imports it before a model has shown to be large.
``docs/performance.md`` says how it works and why so.
"""
