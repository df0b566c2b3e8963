# SPDX-License-Identifier: MIT
"""What a user installs."""
