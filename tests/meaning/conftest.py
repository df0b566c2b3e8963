# SPDX-License-Identifier: MIT
"""How Hypothesis runs here: the same examples each time, and none of them in a hurry."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "ci",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("ci")
