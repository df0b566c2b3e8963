# SPDX-License-Identifier: MIT
"""What a proof rests on, in words."""

from srcucheck.check.report import Judgement


def reasons(judgement: Judgement) -> str:
    """What a verdict rests on, in words; empty if that was not asked or is not known."""
    found = judgement.needs
    if found is None:
        return ""
    needed = ", ".join(found.needed) or "no progress, no waiting"
    spare = f"; not needed: {', '.join(found.spare)}" if found.spare else ""
    return f"{judgement.name} rests on: {needed}{spare}"
