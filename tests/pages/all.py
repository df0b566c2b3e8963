# SPDX-License-Identifier: MIT
"""Every generated page by its path."""

from tests.pages.debate_pages import debates
from tests.pages.models_index import index
from tests.pages.spec_pages import pages


def quick() -> dict[str, str]:
    """Pages that take no run."""
    return {f"docs/specs/{name}": text for name, text in pages().items()}


def slow() -> dict[str, str]:
    """Pages that judge models."""
    return {"models/README.md": index()} | {
        f"docs/debates/{name}": text for name, text in debates().items()
    }
