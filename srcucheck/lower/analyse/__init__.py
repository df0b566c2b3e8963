# SPDX-License-Identifier: MIT
"""What graphs tell before they are cut: constants, sharing, liveness."""
