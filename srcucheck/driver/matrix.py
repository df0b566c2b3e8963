# SPDX-License-Identifier: MIT
"""The variants of a model: every combination of its choices, less what ``-D`` fixes."""

import itertools
from collections.abc import Iterator, Mapping

from srcucheck.base.diagnostic import Diagnostic, ModelError
from srcucheck.lang.constant import Value, alternative
from srcucheck.lang.program import ChoiceInfo, Program
from srcucheck.lang.suggest import did_you_mean

MAX_VARIANTS = 4096
MAX_PARAM = 1 << 15


def written(value: Value) -> str:
    """A value of a param or choice as ``-D`` takes it."""
    return alternative(value)


def unknown_definitions(program: Program, definitions: Mapping[str, str]) -> list[Diagnostic]:
    """Names of ``-D`` that the model and its specs do not have."""
    known = [*program.choices, *program.params]
    found = []
    for name in definitions:
        if name not in known:
            hint, fix = did_you_mean(name, known)
            text = f"-D {name}: the model has no param or choice of this name.{hint}"
            found.append(Diagnostic("E520", text, None, (), fix))
    return found


def variants(program: Program, definitions: Mapping[str, str]) -> Iterator[dict[str, Value]]:
    """Values of all choices, and of the params that ``-D`` sets; choices vary slowest first.

    Raises:
        ModelError: a definition that fits nothing (E520, E521), or too many variants (E522).
    """
    wrong = unknown_definitions(program, definitions)
    if wrong:
        raise ModelError(*wrong)
    fixed = {
        name: _param(name, text) for name, text in definitions.items() if name in program.params
    }
    axes = [_axis(choice, definitions) for choice in program.choices.values()]
    count = 1
    for axis in axes:
        count *= len(axis)
    if count > MAX_VARIANTS:
        text = f"The choices make {count:,} variants: fix some with -D."
        raise ModelError(Diagnostic("E522", text, None))
    for combination in itertools.product(*axes):
        yield dict(zip(program.choices, combination, strict=True)) | fixed


def _param(name: str, text: str) -> Value:
    if text in ("true", "false"):
        return text == "true"
    try:
        value = int(text, 0)
    except ValueError:
        message = f"-D {name}={text}: a param is a number, true or false."
        raise ModelError(Diagnostic("E521", message, None)) from None
    if not -MAX_PARAM <= value < MAX_PARAM:
        message = f"-D {name}={text} is out of range: {-MAX_PARAM} to {MAX_PARAM - 1}."
        raise ModelError(Diagnostic("E521", message, None))
    return value


def _axis(choice: ChoiceInfo, definitions: Mapping[str, str]) -> tuple[Value, ...]:
    text = definitions.get(choice.name)
    if text is None:
        return choice.alternatives
    for value in choice.alternatives:
        if written(value) == text:
            return (value,)
    words = [written(v) for v in choice.alternatives]
    hint, fix = did_you_mean(text, words)
    message = f"-D {choice.name}={text}: the choice has {', '.join(words)}.{hint}"
    raise ModelError(Diagnostic("E521", message, choice.span, (), fix))
