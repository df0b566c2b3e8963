# SPDX-License-Identifier: MIT
"""The catalogue of diagnostic codes: stable names, and what ``srcucheck explain`` says of each."""

from collections.abc import Mapping

from srcucheck.base.explained import Code


def catalogue() -> Mapping[str, Code]:
    """All codes.  Imported when asked for: a run without errors needs none of the texts."""
    from srcucheck.base.codes_model import MODEL
    from srcucheck.base.codes_names import NAMES
    from srcucheck.base.codes_syntax import SYNTAX

    return {**SYNTAX, **NAMES, **MODEL}
