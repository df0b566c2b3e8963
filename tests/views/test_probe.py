# SPDX-License-Identifier: MIT
"""A closed set that lacks a rule does not pass the door."""

import pytest

from srcucheck.base.budget import Budget
from srcucheck.check.replay import InternalError
from srcucheck.views import reach as rules
from srcucheck.views.judge import judge
from tests.meaning.agreement import program_of
from tests.views.agreement import instance

MODEL = """
param N = 2;
property told "told";
bool up;
bool seen[N];
user cell[i : N] {
	seen[i] = true;
	atomic {
		up = true;
		WARN_ON(seen[i] && up, told);
	}
}
thread rest {
	await (up);
}
check completes(rest);
"""


@pytest.mark.parametrize("rule", ["follow", "acts", "rest_moves"])
def test_a_rule_left_out(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    system = instance(program_of(MODEL), "N", 3, True)
    assert judge(system, Budget()).pairs
    real = rules._Search.rest_moves

    def nothing(self: rules._Search, *arguments: object) -> None:
        if rule == "rest_moves":  # what the rest may do is known, and has no effect
            monkeypatch.setattr(rules._Search, "effect", lambda *_: None)
            real(self, *arguments)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(rules._Search, rule, nothing)
    with pytest.raises(InternalError, match="the views are not closed"):
        judge(system, Budget())
