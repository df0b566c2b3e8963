# SPDX-License-Identifier: MIT
"""The checker of symbolic certificates: four questions to Z3, and nobody else's word.

Of the file only the line with the invariant is believed to be what it is, and only after it was
seen to define one function and to use nothing but logic, arithmetic and its own variables; all
other text has to be what the model gives (``driver.certified_smt``).
"""

import re
from collections.abc import Iterator

import z3

from srcucheck.certify.read import Refused

QUESTIONS = (
    "an initial state is outside of the invariant",
    "a step leads out of the invariant",
    "something bad is in the invariant",
    "a number needs more than 64 bits",
)
_TOKEN = re.compile(r"[()]|[^\s()]+")
_WORDS = frozenset({
    "and", "or", "not", "=>", "xor", "=", "distinct", "ite", "let", "true", "false", "_",
    "bvadd", "bvsub", "bvmul", "bvneg", "bvand", "bvor", "bvxor", "bvnot", "bvshl", "bvashr",
    "bvsdiv", "bvsrem", "bvslt", "bvsle", "bvsgt", "bvsge",
})  # fmt: skip
_NUMBER = re.compile(r"bv[0-9]{1,19}|64|t[0-9]+")


def checked_line(line: str, begins: str, variables: frozenset[str]) -> None:
    """Looks whether a line is one definition of a formula over these variables.

    Raises:
        Refused: it is anything else.
    """
    if not line.startswith(begins) or not line.endswith(")"):
        raise Refused("it has no invariant where there must be one")
    depth = 1  # of the parenthesis that opens the definition
    for token in _tokens(line[len(begins) :]):
        if depth == 0:
            raise Refused("there is more in the line of the invariant than the invariant")
        if token in "()":
            depth += 1 if token == "(" else -1
        elif token not in _WORDS and token not in variables and not _NUMBER.fullmatch(token):
            raise Refused(f"the invariant has {token[:20]!r} in it")
    if depth != 0:
        raise Refused("the invariant is cut short")


def _tokens(text: str) -> Iterator[str]:
    for found in _TOKEN.finditer(text):
        yield found.group()


def refusal(script: str) -> str | None:
    """Why a script proves nothing: the first question that Z3 does not answer ``unsat``."""
    context = z3.Context()  # has to live as long as the call
    try:
        said = z3.Z3_eval_smtlib2_string(context.ref(), script).split()
    except z3.Z3Exception as error:
        return f"Z3: {error}"
    for place, question in enumerate(QUESTIONS):
        answer = said[place] if place < len(said) else "nothing"
        if answer == "sat":
            return question
        if answer != "unsat":
            return f"whether {question}: Z3 says {' '.join(said[place:])[:80] or 'nothing'}"
    return None if len(said) == len(QUESTIONS) else f"Z3: {' '.join(said)[:80]}"
