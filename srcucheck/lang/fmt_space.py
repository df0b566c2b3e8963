# SPDX-License-Identifier: MIT
"""Between two tokens: a blank or none, and whether a line may break there."""

from srcucheck.lang.fmt_layout import Layout
from srcucheck.lang.fmt_lexemes import Lexemes
from srcucheck.lang.fmt_roles import Roles

CONTINUING = frozenset(("held_by", "except", "for", "when", "otherwise", "in", "expect"))
"""Words that may begin a line which goes on with the one above."""
_OPENING = frozenset(("(", "[", ".", "->", ".."))
_TIGHT = frozenset((")", "]", ",", ";", ".", "->", "..", "["))
_COSTS = {",": 0, "||": 0, "&&": 1, ";": 0, "?": 2, ":": 2, "=": 6}


class Spaces:
    """Answers for the token ``at`` and the one before it."""

    def __init__(self, lexemes: Lexemes, roles: Roles, layout: Layout) -> None:
        self.tokens = lexemes.tokens
        self.roles = roles
        self.layout = layout

    def blank(self, at: int) -> bool:
        """Whether they stand apart when on one line."""
        if at in self.roles.glued:
            return False
        before, here = self.tokens[at - 1].text, self.tokens[at].text
        if at - 1 in self.roles.prefix:
            return before in "+-&" and here.startswith(before)
        if before in _OPENING:
            return False
        if here in _TIGHT:
            return self._blank_before_sign(at, before, here)
        if before == "{" and here == "}":
            holder = self.tokens[at - 2].text
            return holder not in (",", "{") and not holder.endswith("=")
        return True

    def _blank_before_sign(self, at: int, before: str, here: str) -> bool:
        if here == ".":
            return before in ("{", ",")
        if here == ";" and before in ("{", ":"):
            return True
        if before != ";" or here not in (";", ")"):
            return False
        around = "".join(token.text for token in self.tokens[max(at - 3, 0) : at + 2])
        return "(;;)" not in around

    def may_break(self, at: int) -> bool:
        """Whether a break is kept or made between them."""
        before, here = self.tokens[at - 1], self.tokens[at]
        if not self.blank(at) or before.text == "{" or here.text == "}":
            return False
        if here.text == "{":
            return before.text == ","
        if before.kind == "word":
            if here.kind == "word":
                return here.text in CONTINUING or before.text == "in"
            return here.text != "(" and here.kind != "number" and at not in self.roles.prefix
        if here.kind == "word" and before.text in (")", "]", "}"):
            return here.text in CONTINUING
        return True

    def cost(self, at: int) -> int | None:
        """How unwelcome a new break is; None where the formatter makes none."""
        if not self.may_break(at):
            return None
        before, here = self.tokens[at - 1], self.tokens[at]
        if here.kind == "word" and here.text in CONTINUING and here.text != "in":
            return -10 if here.text == "expect" and before.text == ";" else 1
        if here.kind == "string" and before.text not in ("(", ","):
            return 1
        if here.text in ("?", ":"):
            return 2
        if here.text in _COSTS or before.kind in ("word", "number"):
            return None
        if before.text in (":", "?", ")", "]", "}"):
            return None
        return _COSTS.get(before.text, 6 if before.text.endswith("=") else 3)
