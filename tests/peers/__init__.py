# SPDX-License-Identifier: MIT
"""Second opinions: the same steps, counted and judged by Rumur and Spin."""
