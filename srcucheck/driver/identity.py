# SPDX-License-Identifier: MIT
"""Which system a certificate is about: all texts, all values, and what else decides its meaning."""

import hashlib
import json
from collections.abc import Mapping

from srcucheck.check.certificate import Identity
from srcucheck.driver.matrix import written
from srcucheck.driver.variant import Resolved
from srcucheck.ir.system import SEMANTICS
from srcucheck.lang.constant import Value

ANY = "any"
"""In the place of the value of a param that may have any."""


def identity(resolved: Resolved, values: Mapping[str, Value], *, reductions: bool) -> Identity:
    """The identity of one variant; the names and paths of files are no part of it."""
    model, *others = resolved.files
    texts = {"": _hash(model.source.text)}
    for file in others:
        texts[file.role.rpartition(" as ")[2]] = _hash(file.source.text)
    named = {name: written(value) for name, value in sorted(values.items())}
    decides = [SEMANTICS, texts, named, reductions]
    digest = _hash(json.dumps(decides, sort_keys=True))
    return Identity(resolved.loaded.path.stem, digest, SEMANTICS, texts, named, reductions)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
