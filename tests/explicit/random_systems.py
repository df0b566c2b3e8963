# SPDX-License-Identifier: MIT
"""Random systems, small enough to be explored by the plainest means."""

from build import Builder, Get, n, op
from hypothesis import strategies as st

from srcucheck.ir.expr import Begin, Choose, End, Expr, If, Report, Set, Statement, Temp
from srcucheck.ir.system import (
    Action,
    Completes,
    Invariant,
    LeadsTo,
    NoHang,
    NoLeak,
    Reachable,
    Reported,
    Settles,
)

PLACES = 3


@st.composite
def systems(draw: st.DrawFn) -> Builder:
    """Two or three threads over two small variables, with waits, choices, reports and locks."""
    b = Builder()
    xs = [b.slot("x"), b.slot("y")]
    number = st.integers(0, 2)

    def test() -> Expr:
        return op(Get(draw(st.sampled_from(xs))), draw(st.sampled_from(["==", "!="])), draw(number))

    for k in range(draw(st.integers(2, 3))):
        owed = draw(st.booleans())
        t = b.thread(f"t{k}", "thread" if owed else "hardware")
        f = b.frame(t, f"t{k}", outermost=True, begun=True)
        for place in range(PLACES):
            actions: list[Action] = []
            for _ in range(draw(st.integers(0, 2))):
                updates: list[Statement] = []
                x = draw(st.sampled_from(xs))
                match draw(st.integers(0, 3)):
                    case 0:
                        updates.append(Set(x, n(draw(number))))
                    case 1:
                        updates.append(If(test(), (Set(x, n(draw(number))),), ()))
                    case 2:
                        options = tuple((test(), n(draw(number))) for _ in range(2))
                        updates += [Choose(0, options), Set(x, Temp(0))]
                    case _:
                        updates.append(If(test(), (Report("p", 0),), ()))
                if draw(st.booleans()):
                    updates += [End(f), Begin(f)]
                guard = draw(st.sampled_from([n(1), test()]))
                actions.append(
                    t.go(
                        draw(st.integers(0, PLACES)),
                        *updates,
                        guard=guard,
                        owed=owed,
                        strong=owed and draw(st.integers(0, 3)) == 0,
                    )
                )
            t.at(place, *actions, frames=(f,), rest="no" if owed else "own")
        t.at(PLACES, rest="ended")
    b.check(Reported(("p",)))
    b.check(Invariant(test()))
    b.check(Reachable(test()))
    for f in range(len(b.threads)):
        b.check(Completes((f,)))
    b.check(NoHang(False))
    b.check(NoHang(True))
    b.check(NoLeak(()))
    b.check(Settles(test()))
    b.check(LeadsTo(None, test()))
    b.check(LeadsTo(test(), test()))
    return b
