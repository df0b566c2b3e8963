# SPDX-License-Identifier: MIT
"""One LLVM function as text: names for values, labels for blocks, stack places at the top."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Text:
    """Collects the lines of a function's body; everything is an ``i64``, an ``i1`` or a ``ptr``."""

    lines: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    count: int = 0

    def op(self, text: str) -> str:
        """An instruction with a result; its name."""
        self.count += 1
        name = f"%v{self.count}"
        self.lines.append(f"  {name} = {text}")
        return name

    def do(self, text: str) -> None:
        """An instruction without a result."""
        self.lines.append("  " + text)

    def label(self) -> str:
        """A new label, not yet placed."""
        self.count += 1
        return f"b{self.count}"

    def begin(self, label: str) -> None:
        """A block begins; the one before must have ended."""
        self.lines.append(f"{label}:")

    def jump(self, label: str) -> None:
        """Ends a block."""
        self.lines.append(f"  br label %{label}")

    def branch(self, condition: str, then: str, other: str) -> None:
        """Ends a block one way or the other."""
        self.lines.append(f"  br i1 {condition}, label %{then}, label %{other}")

    def place(self, kind: str = "i64") -> str:
        """A place on the stack."""
        self.count += 1
        name = f"%p{self.count}"
        self.places.append(f"  {name} = alloca {kind}")
        return name

    def load(self, place: str) -> str:
        """What a place holds."""
        return self.op(f"load i64, ptr {place}")

    def store(self, value: str, place: str) -> None:
        """Puts a value into a place."""
        self.do(f"store i64 {value}, ptr {place}")

    def function(self, head: str) -> str:
        """The whole function; ``head`` is its first line without the brace."""
        return "\n".join([head + " {", "top.:", *self.places, *self.lines, "}", ""])
