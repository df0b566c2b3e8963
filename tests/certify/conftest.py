# SPDX-License-Identifier: MIT
"""Certificates of real models, written once."""

from pathlib import Path

import pytest

from srcucheck.base.budget import Silent
from srcucheck.driver.jobs import Interrupt, run
from srcucheck.driver.library import shipped
from srcucheck.driver.settings import Settings

A15 = shipped("models") / "fences" / "fence_wait_in_section.srcu"
OUTSIDE = (("WAIT", "outside"), ("IOCTLS", "1"))


@pytest.fixture(scope="session")
def a15(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a variant in which everything holds."""
    path = tmp_path_factory.mktemp("a15") / "outside.cert"
    settings = Settings(OUTSIDE, certificate=path, jobs=1)
    run([str(A15)], settings, Silent(), [], Interrupt())
    return path
