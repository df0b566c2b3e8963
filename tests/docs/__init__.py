# SPDX-License-Identifier: MIT
"""The documentation is true."""
