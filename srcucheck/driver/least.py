# SPDX-License-Identifier: MIT
"""How many cells there must be for those that a check names by their number."""

from srcucheck.ir.system import Check
from srcucheck.lang import tree
from srcucheck.lang.program import Program
from srcucheck.lang.types import Array
from srcucheck.lang.walk import walk


def least(program: Program, param: str, check: Check) -> int:
    """``never(job[0].busy)`` needs one, if there is a job for each number below the param."""
    line = None if check.standing else {c.span: c for c in program.checks}.get(check.span)
    found = 0
    for expr in () if line is None else (line.subject, *line.excepted):
        for node in walk(expr):
            match node:
                case tree.Index(base=tree.Name(name=name), index=tree.Number(value=value)):
                    if name in _families(program, param):
                        found = max(found, value + 1)
                case _:
                    pass
    return found


def _families(program: Program, param: str) -> set[str]:
    """Threads and variables with one for each cell."""
    found = set()
    for thread in program.threads:
        if isinstance(thread.domain, tree.Name) and thread.domain.name == param:
            found.add(thread.name)
    for variable in program.globals:
        type_ = variable.type
        if isinstance(type_, Array) and isinstance(type_.length, tree.Name):
            if type_.length.name == param:
                found.add(variable.name)
    return found
