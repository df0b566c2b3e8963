# SPDX-License-Identifier: MIT
"""Floor 4, and small: reads a certificate and judges it with the reference interpreter alone."""
