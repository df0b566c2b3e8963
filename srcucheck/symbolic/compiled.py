# SPDX-License-Identifier: MIT
"""Expressions that share their parts as Python functions, to look at thousands of states.

What they find is a hint to the search and a run to be replayed, never a verdict.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, assert_never

from srcucheck.ir.evaluate import apply
from srcucheck.ir.expr import Binary, Const, Expr, Get, Ite, Lookup, Pick, Temp, Unary
from srcucheck.ir.system import State
from srcucheck.symbolic.flat import Refused
from srcucheck.symbolic.machine import Rule

MOST = 60_000
"""Parts of all expressions together; more are refused."""

Truths = Callable[[Sequence[int]], tuple[int, ...]]
Step = Callable[[State], State | None]


@dataclass(slots=True)
class _Source:
    """Lines of a function body; each part of an expression has a name once it has a line."""

    tables: dict[str, object]
    lines: list[str] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)
    alive: list[Expr] = field(default_factory=list)

    def name(self, expr: Expr) -> str:
        """What stands for the value of an expression."""
        known = self.names.get(id(expr))
        if known is None:
            known = self._name(expr)
            self.names[id(expr)] = known
            self.alive.append(expr)
        return known

    def _name(self, expr: Expr) -> str:
        match expr:
            case Const(value):
                return f"({value})"
            case Get(slot):
                return f"s[{slot}]"
            case Pick():
                index, table = self.name(expr.index), self.table(expr.slots)
                return self.line(f"s[{table}[{index}]] if {index} in {table} else 0")
            case Lookup():
                index = self.name(expr.index)
                return self.line(f"{self.table(expr.entries)}.get({index}, {expr.default})")
            case Unary("not", operand):
                return self.line(f"0 if {self.name(operand)} else 1")
            case Unary(op, operand):
                return self.line(f"{op}{self.name(operand)}")
            case Binary("and" | "or" as op, left, right):
                return self.line(f"1 if {self.name(left)} {op} {self.name(right)} else 0")
            case Binary("/" | "%" | "<<" | ">>" as op, left, right):
                return self.line(f"apply({op!r}, {self.name(left)}, {self.name(right)})")
            case Binary("==" | "!=" | "<" | "<=" | ">" | ">=" as op, left, right):
                return self.line(f"1 if {self.name(left)} {op} {self.name(right)} else 0")
            case Binary(op, left, right):
                return self.line(f"{self.name(left)} {op} {self.name(right)}")
            case Ite(condition, then, other):
                parts = [self.name(part) for part in (then, condition, other)]
                return self.line("{} if {} else {}".format(*parts))
            case Temp():
                raise Refused("a temp outside of an update")
            case _:
                assert_never(expr)

    def line(self, text: str) -> str:
        """A new name for a value."""
        if len(self.lines) > MOST:
            raise Refused("expressions that are too large to be tried on states")
        name = f"v{len(self.lines)}"
        self.lines.append(f"{name} = {text}")
        return name

    def table(self, table: object) -> str:
        """A name for a table."""
        name = f"t{len(self.tables)}"
        self.tables[name] = table
        return name


def truths(exprs: Iterable[Expr]) -> Truths:
    """A function from a state to the values of all expressions.

    Raises:
        Refused: they are too large.
    """
    source = _Source({"apply": apply})
    values = "".join(f"{source.name(expr)}, " for expr in exprs)
    return _made([*source.lines, f"return ({values})"], source.tables)  # type: ignore[no-any-return]


def step(rule: Rule) -> Step:
    """A function from a state to the one after a rule, or to None where it cannot be taken.

    Raises:
        Refused: it is too large.
    """
    source = _Source({"apply": apply})
    enabled = source.name(rule.enabled)
    guard = len(source.lines)
    values = [(slot, source.name(value)) for slot, value in rule.writes]
    lines = [*source.lines[:guard], f"if not {enabled}: return None", *source.lines[guard:]]
    lines += ["t = list(s)", *(f"t[{slot}] = {name}" for slot, name in values), "return tuple(t)"]
    return _made(lines, source.tables)  # type: ignore[no-any-return]


def _made(lines: Sequence[str], names: dict[str, object]) -> Any:
    text = "def made(s):\n" + "".join(f"    {line}\n" for line in lines)
    found: dict[str, Any] = dict(names)
    exec(compile(text, "<expressions>", "exec"), found)
    return found["made"]
