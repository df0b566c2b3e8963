# SPDX-License-Identifier: MIT
"""``python -m srcucheck``."""

from srcucheck.cli.main import main

if __name__ == "__main__":
    main()
