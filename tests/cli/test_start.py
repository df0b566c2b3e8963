# SPDX-License-Identifier: MIT
"""Ctrl-C while the command line is still being imported."""

import sys
from collections.abc import Sequence
from types import ModuleType

import pytest

from srcucheck.__main__ import main


class Impatient:
    """A user who presses Ctrl-C while a module is looked for."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None) -> None:
        del path, target
        if name == "srcucheck.cli.main":
            raise KeyboardInterrupt


def test_ctrl_c_while_importing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "srcucheck.cli.main", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Impatient(), *sys.meta_path])
    with pytest.raises(SystemExit) as done:
        main()
    assert done.value.code == 130
