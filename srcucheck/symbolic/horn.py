# SPDX-License-Identifier: MIT
"""A question as constrained Horn clauses, in SMT-LIB 2, for solvers that look for invariants.

``sat``: there is an invariant, so what the block speaks of is never reached.  ``unsat``: it is.
Bjorner, Gurfinkel, McMillan & Rybalchenko 2015; the format is that of CHC-COMP, but that numbers
are vectors of 64 bits.  A question about endless runs becomes one about states (``l2s``).
"""

from collections.abc import Iterator

from srcucheck.ir.expr import Expr
from srcucheck.ir.system import Check, Reachable, System
from srcucheck.symbolic import simplify as s
from srcucheck.symbolic.goals import goals
from srcucheck.symbolic.machine import Machine, equals, of_system
from srcucheck.symbolic.smtlib import BV, params, step, truth


def horn(system: System, check: Check, title: str) -> str:
    """The whole file: a block for each thing that must not be reached.

    Raises:
        Refused: a loop in a step turns too often, or a number on a loop has no range.
    """
    flat, machine = of_system(system)
    blocks = list(goals(flat, machine, check))
    shown = "is shown" if isinstance(check.question, Reachable) else "fails"
    lines = [
        f"; {' '.join(title.split())}",
        "; z3 FILE answers for each block: sat, it is never reached; unsat, it is",
        f"; {check.name} {shown} if one block of {len(blocks)} is unsat",
    ]
    for number, goal in enumerate(blocks, 1):
        lines += [*(["(reset)"] if number > 1 else []), f"; block {number}"]
        lines += _block(goal.machine, goal.wanted)
    return "\n".join(lines) + "\n"


def _block(machine: Machine, bad: Expr) -> Iterator[str]:
    count = range(len(machine.names))
    one, two = (" ".join(f"{letter}{k}" for k in count) for letter in "xy")
    first = s.any_of(*(equals(machine, state) for state in machine.initial))
    yield "(set-logic HORN)"
    for place, name in enumerate(machine.names):
        yield f"; x{place}, after a step y{place}: {' '.join(name.split())}"
    yield f"(define-fun init {params(machine)} Bool {truth(first)})"
    yield f"(define-fun step {params(machine, 'xy')} Bool {step(machine)})"
    yield f"(define-fun bad {params(machine)} Bool {truth(bad)})"
    yield f"(declare-fun inv ({' '.join(BV for _ in count)}) Bool)"
    yield f"(assert (forall {params(machine)} (=> (init {one}) (inv {one}))))"
    clause = f"(=> (and (inv {one}) (step {one} {two})) (inv {two}))"
    yield f"(assert (forall {params(machine, 'xy')} {clause}))"
    yield f"(assert (forall {params(machine)} (=> (and (inv {one}) (bad {one})) false)))"
    yield "(check-sat)"
