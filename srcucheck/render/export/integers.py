# SPDX-License-Identifier: MIT
"""Integers as in C, for TLA+, where division rounds down.  Bits are two's complement."""

NAMES = {"/": "Quot_", "%": "Rem_", "<<": "Left_", ">>": "Right_",
         "&": "And_", "|": "Or_", "^": "Xor_"}  # fmt: skip

OPERATORS = {
    "Quot_": (
        "Abs_(a) == IF a < 0 THEN -a ELSE a",
        "Quot_(a, b) == IF b = 0 THEN 0",
        "               ELSE IF (a < 0) = (b < 0) THEN Abs_(a) \\div Abs_(b)",
        "               ELSE -(Abs_(a) \\div Abs_(b))",
    ),
    "Rem_": ("Rem_(a, b) == IF b = 0 THEN 0 ELSE a - b * Quot_(a, b)",),
    "Left_": ("Left_(a, n) == IF n < 0 THEN 0 ELSE a * 2^n",),
    "Right_": ("Right_(a, n) == IF n < 0 THEN 0 ELSE a \\div 2^n",),
    "And_": (
        "RECURSIVE And_(_, _)",
        "And_(a, b) == IF a = 0 \\/ b = 0 THEN 0 ELSE IF a = -1 THEN b ELSE IF b = -1 THEN a",
        "              ELSE (a % 2) * (b % 2) + 2 * And_(a \\div 2, b \\div 2)",
    ),
    "Or_": ("Or_(a, b) == a + b - And_(a, b)",),
    "Xor_": ("Xor_(a, b) == a + b - 2 * And_(a, b)",),
}
NEEDS = {"Rem_": "Quot_", "Or_": "And_", "Xor_": "And_"}


def operators(text: str) -> list[str]:
    """The definitions of the integer operators that a text uses."""
    used = {name for name in OPERATORS if f"{name}(" in text}
    used |= {NEEDS[name] for name in used if name in NEEDS}
    return [line for name, lines in OPERATORS.items() if name in used for line in lines]
