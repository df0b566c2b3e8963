# SPDX-License-Identifier: MIT
"""Builds the grammar's tables when the package is built, so that the first run need not."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class TablesHook(BuildHookInterface[Any]):
    """Runs ``srcucheck/lang/build_tables.py`` without importing the package."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before the wheel is put together; an editable install finds them in place."""
        source = Path(self.root) / "srcucheck" / "lang" / "build_tables.py"
        spec = importlib.util.spec_from_file_location("build_tables", source)
        if spec is None or spec.loader is None:
            raise FileNotFoundError(source)
        module = importlib.util.module_from_spec(spec)
        sys.modules["build_tables"] = module
        spec.loader.exec_module(module)
        for old in source.parent.glob("*.tables"):
            old.unlink()
        tables = module.build(source.parent)
        if version != "editable":
            build_data["artifacts"].append(f"srcucheck/lang/{tables.name}")
