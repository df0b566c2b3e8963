# SPDX-License-Identifier: MIT
"""Floor 3: verdicts, schedules, replay, reports, and the door engines come in by."""
