# SPDX-License-Identifier: MIT
"""The variants of a model: every combination of its choices, less what ``-D`` fixes."""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence

from srcucheck.base.diagnostic import Diagnostic, ModelError
from srcucheck.lang.constant import Value, alternative
from srcucheck.lang.program import ChoiceInfo, Program
from srcucheck.lang.suggest import did_you_mean

MAX_VARIANTS = 4096
MAX_PARAM = 1 << 15
NUMBER = re.compile(r"-?(?:0[xX][0-9a-fA-F]+|0|[1-9][0-9]*)")
"""As the language writes one, with a sign."""


def written(value: Value) -> str:
    """A value of a param or choice as ``-D`` takes it."""
    return alternative(value)


def unknown_definitions(program: Program, definitions: Mapping[str, str]) -> list[Diagnostic]:
    """Names of ``-D`` that the model and its specs do not have."""
    known = [*program.choices, *program.params]
    own = [*program.choices, *(n for n, p in program.params.items() if not p.in_spec)]
    found = []
    for name in definitions:
        if name not in known:
            hint, fix = did_you_mean(name, known)
            if not hint and own:
                hint = f" It has {', '.join(own)}."
            text = f"-D {name}: the model has no param or choice of this name.{hint}"
            found.append(Diagnostic("E520", text, None, (), fix))
    return found


def variants(program: Program, definitions: Mapping[str, str]) -> Iterator[dict[str, Value]]:
    """Values of all choices, and of the params that ``-D`` sets; the last choice varies fastest.

    Raises:
        ModelError: a definition that fits nothing (E520, E521), or too many variants (E522).
    """
    wrong = unknown_definitions(program, definitions)
    if wrong:
        raise ModelError(*wrong)
    fixed = params(program, definitions)
    yield from (one | fixed for one in combinations(tuple(program.choices.values()), definitions))


def params(program: Program, definitions: Mapping[str, str]) -> dict[str, Value]:
    """Params that ``-D`` sets.

    Raises:
        ModelError: a value that is none (E521).
    """
    return {n: _param(n, text) for n, text in definitions.items() if n in program.params}


def combinations(
    choices: Sequence[ChoiceInfo], definitions: Mapping[str, str]
) -> Iterator[dict[str, Value]]:
    """Values of some choices, each alternative of each, or the one that ``-D`` picks.

    Raises:
        ModelError: no such alternative (E521), or too many variants (E522).
    """
    axes = [_axis(choice, definitions) for choice in choices]
    count = 1
    for axis in axes:
        count *= len(axis)
    if count > MAX_VARIANTS:
        text = f"The choices make {count:,} variants: fix some with -D."
        raise ModelError(Diagnostic("E522", text, None))
    names = [choice.name for choice in choices]
    for combination in itertools.product(*axes):
        yield dict(zip(names, combination, strict=True))


def _param(name: str, text: str) -> Value:
    if text in ("true", "false"):
        return text == "true"
    if not NUMBER.fullmatch(text):
        message = f"-D {name}={text}: a param is a number, true or false."
        raise ModelError(Diagnostic("E521", message, None))
    value = int(text, 0)
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
