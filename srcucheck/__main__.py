# SPDX-License-Identifier: MIT
"""``python -m srcucheck``, and the console script: importing is where Ctrl-C comes early."""

import sys


def main() -> None:
    """The command line; nothing is imported before Ctrl-C can be answered."""
    try:
        from srcucheck.cli.main import main as command_line

        command_line()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
