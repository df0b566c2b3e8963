# SPDX-License-Identifier: MIT
"""Floor 6: argv in, exit status out.  The only floor that prints, and that names files."""
