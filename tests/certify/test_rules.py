# SPDX-License-Identifier: MIT
"""The rules of the checker one by one, on systems made for each."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from build import Begin, Builder, Get, no, op, straight

from srcucheck.base.budget import Budget, Silent
from srcucheck.certify.read import Refused
from srcucheck.check.certificate import (
    Certificate,
    Claim,
    Closed,
    Node,
    Progress,
    Proof,
    Run,
    Tree,
)
from srcucheck.check.replay import InternalError
from srcucheck.check.trace import Schedule
from srcucheck.check.verdict import Fails, Holds
from srcucheck.explicit.engine import Explicit
from srcucheck.explicit.progress import grow, inside
from srcucheck.explicit.search import search
from srcucheck.ir.expr import Bound, Const, End, Report, Set
from srcucheck.ir.system import (
    Completes,
    Invariant,
    LeadsTo,
    NoHang,
    NoLeak,
    Question,
    Reachable,
    Reported,
    Settles,
    System,
)
from tests.certify.making import SOME, judged, made, stored, why_not

START = Schedule(0, ())


def one(system: System, proof: Proof, verdict: str = "holds", bounds: tuple[str, ...] = ()) -> str:
    """Why the proof of the first check is refused, over all reachable states; or nothing."""
    proofs = judged(system).proofs
    assert proofs is not None
    check = system.checks[0]
    claim = Claim(check.name, check.text, verdict, bounds, proof)  # type: ignore[arg-type]
    return why_not(system, Certificate(SOME, (claim,), proofs.states))[0] or ""


def count_to(limit: int, question: Callable[[int, int], Question]) -> System:
    """One thread that counts and ends; the question gets the variable and the frame."""
    b = Builder()
    x = b.slot("x")
    up = (Set(x, op(Get(x), "+", 1)),)
    _, frame = straight(b, "t", [(Const(1), up)] * limit)
    b.check(question(x, frame))
    return b.system()


def test_a_bound_allows_no_more_than_up_to_it() -> None:
    b = Builder()
    x, t = b.slot("x"), b.thread("t")
    t.at(0, t.go(0, Bound("pool", 0)), t.go(1))
    t.at(1)
    b.check(Invariant(op(Get(x), "==", 0)))
    system = b.system()
    assert "a bound of the model is reached" in one(system, Closed())
    assert "a bound of the model is reached" in one(system, Closed(), "holds_up_to", ("limit",))
    assert "no proof of what is claimed" in one(system, Closed(), "holds_up_to")
    assert "no proof of what is claimed" in one(system, Closed(), "holds", ("pool",))
    assert not one(system, Closed(), "holds_up_to", ("pool",))
    claim = stored(system, made(system)).claims[0]
    assert (claim.verdict, claim.bounds) == ("holds_up_to", ("pool",))


def test_what_is_reported_at_a_bound_counts() -> None:
    b = Builder()
    t = b.thread("t")
    t.at(0, t.go(0, Report("p", 0), Bound("pool", 0)))
    b.check(Reported(("p",)))
    assert one(b.system(), Closed(), "holds_up_to", ("pool",)).startswith("p is reported")


def test_a_goal_that_is_reached_is_not_out_of_reach() -> None:
    assert one(count_to(2, lambda x, f: Reachable(op(Get(x), "==", 3))), Closed(), "fails") == ""
    reached = count_to(2, lambda x, f: Reachable(op(Get(x), "==", 2)))
    assert one(reached, Closed(), "fails").startswith("a state is the goal")
    assert "no proof" in one(reached, Closed())
    assert one(reached, Run("c0", Schedule(0, ((0, 0), (0, 0))))) == ""
    assert one(reached, Run("c0", Schedule(0, ((0, 0),)))) != ""
    assert "no proof" in one(reached, Run("c0", Schedule(0, ((0, 0), (0, 0)))), "fails")


def test_a_check_that_reads_what_is_dead_is_no_check() -> None:
    b = Builder()
    x, t = b.slot("x"), b.thread("t")
    t.at(0, t.go(1, Set(x, Const(1))))
    t.at(1)
    b.check(Invariant(Const(1)), danger=op(Get(x), "==", 1))
    system = b.system()
    system = replace(system, checks=(replace(system.checks[0], danger=None),))
    proofs = judged(system).proofs
    assert proofs is not None
    claim = Claim("c0", "", "holds", (), Closed())
    found = Certificate(SOME, (claim,), proofs.states)
    assert why_not(system, found) == [None]
    assert "reads what is not there" in (why_not(b.system(), found)[0] or "")


def test_a_leak_at_rest() -> None:
    b = Builder()
    life = b.life("o")
    t = b.thread("t")
    t.at(0, t.go(1), t.go(1, Set(life, Const(2))))
    t.at(1, rest="ended")
    b.check(NoLeak(()))
    system = b.system()
    rest = Schedule(0, ((0, 1),))
    assert one(system, Closed(rest)).startswith("something leaks")
    assert "no run is given" in one(system, Closed())
    assert "no run is given" in one(system, Closed(START))
    kept = replace(system, checks=(replace(system.checks[0], question=NoLeak((Const(1),))),))
    assert one(kept, Closed(rest)) == ""


def progress(frame: int | None, of: list[int], *nodes: Node, witness: Schedule = START) -> Progress:
    return Progress((Tree(frame, nodes, of),), witness)


JUST = Node(-1, "just", 0)


def test_completes() -> None:
    system = count_to(2, lambda x, f: Completes((f,)))
    last_first = progress(0, [2, 1, 0], JUST, JUST)
    assert one(system, last_first) == ""
    assert "makes no progress" in one(system, progress(0, [1, 2, 0], JUST, JUST))
    assert "makes no progress" in one(system, progress(0, [1, 1, 0], JUST))
    assert "no node of a tree" in one(system, progress(0, [1, 0, 0], JUST))
    assert "no node of a tree" in one(system, progress(1, [2, 1, 0], JUST, JUST))
    assert "not comp" in one(system, progress(0, [2, 1, 0], JUST, Node(-1, "comp", 0)))
    assert "not good" in one(system, progress(0, [2, 1, 0], JUST, Node(-1, "good", -1)))
    assert "no proof" in one(system, Closed(START))
    assert "no proof" in one(system, last_first, "fails")
    none = replace(last_first, witness=None)
    assert "no run is given" in one(system, none)


@pytest.mark.parametrize(
    "steps", [((0, 1),), ((1, 0),), ((0, 0), (0, 0), (0, 0)), ((0, 0),), ((0, 0), (0, 0))]
)
def test_a_witness_must_lead_to_the_call(steps: tuple[tuple[int, int], ...]) -> None:
    system = count_to(2, lambda x, f: Completes((f,)))
    found = progress(0, [2, 1, 0], JUST, JUST, witness=Schedule(0, steps))
    assert "no run is given" in one(system, found)
    assert "no run is given" in one(system, replace(found, witness=Schedule(1, ())))


def test_a_witness_that_ends_at_a_bound() -> None:
    b = Builder()
    t = b.thread("t")
    f = b.frame(t, "f")
    t.at(0, t.go(0, Bound("pool", 0)), t.go(0, Begin(f), Bound("pool", 0)))
    b.check(Completes((f,)))
    system = b.system()
    for choice, why in ((0, "no run is given"), (1, "")):
        proof = Progress((), Schedule(0, ((0, choice),)))
        assert one(system, proof, "holds_up_to", ("pool",)).startswith(why)


def test_a_call_that_begins_again_has_ended() -> None:
    b = Builder()
    t = b.thread("t")
    f = b.frame(t, "f", begun=True)
    t.at(0, t.go(0, End(f), Begin(f)), frames=(f,))
    b.check(Completes((f,)))
    assert one(b.system(), progress(f, [1], JUST)) == ""
    b = Builder()
    t = b.thread("t")
    f = b.frame(t, "f", begun=True)
    t.at(0, t.go(0), frames=(f,))
    b.check(Completes((f,)))
    assert "makes no progress" in one(b.system(), progress(f, [1], JUST))


def lock(*, strong: bool) -> System:
    """One waits for a lock that another takes and gives back for ever."""
    b = Builder()
    held = b.slot("held")
    a, c = b.thread("a"), b.thread("c")
    f = b.frame(a, "a", outermost=True, begun=True)
    free = no(Get(held))
    a.at(0, a.go(1, End(f), guard=free, strong=strong), frames=(f,))
    a.at(1, rest="ended")
    c.at(0, c.go(1, Set(held, Const(1)), guard=free))
    c.at(1, c.go(0, Set(held, Const(0))))
    b.check(Completes((f,)))
    return b.system()


def test_a_lock_that_is_fair() -> None:
    """Where it could be granted the node itself; where it is held, below, its holder is owed."""
    system = lock(strong=True)
    proofs = judged(system).proofs
    assert proofs is not None
    held = [state[0] for state in proofs.states]
    waits = [state[1] == 0 for state in proofs.states]
    nodes = (Node(-1, "comp", 0), Node(0, "just", 1))
    of = [(2 if h else 1) if w else 0 for h, w in zip(held, waits, strict=True)]
    assert one(system, progress(0, of, *nodes)) == ""
    assert "not comp" in one(lock(strong=False), progress(0, of, *nodes))
    all_of_it = [min(n, 1) for n in of]
    assert "not comp" in one(system, progress(0, all_of_it, *nodes))
    beside = (Node(-1, "comp", 0), Node(-1, "just", 1))
    assert "makes no progress" in one(system, progress(0, of, *beside))
    other = (Node(-1, "comp", 1), Node(0, "just", 1))
    assert one(system, progress(0, of, *other)) != ""


def test_settles() -> None:
    def system(good: int) -> System:
        b = Builder()
        x, t = b.slot("x"), b.thread("t")
        t.at(0, t.go(1, Set(x, Const(1))))
        t.at(1, t.go(1))
        b.check(Settles(op(Get(x), "==", good)))
        return b.system()

    good = Node(-1, "good", -1)
    assert one(system(1), progress(None, [2, 1], good, JUST)) == ""
    assert "not good" in one(system(0), progress(None, [2, 1], good, JUST))
    assert "not good" in one(system(1), progress(None, [1, 1], good))
    assert "makes no progress" in one(system(1), progress(None, [1, 2], JUST, good))
    assert "no node" in one(system(1), Progress(()))


def test_promises() -> None:
    def trigger(x: int) -> LeadsTo:
        return LeadsTo(op(Get(x), "==", 1), op(Get(x), "==", 3))

    system = count_to(4, lambda x, f: trigger(x))
    there = Schedule(0, ((0, 0),))
    ok = progress(None, [0, 2, 1, 0, 0], JUST, JUST, witness=there)
    assert one(system, ok) == ""
    forgotten = progress(None, [0, 1, 0, 0, 0], JUST, witness=there)
    assert one(system, forgotten).startswith("a promise is forgotten")
    never = progress(None, [0, 0, 0, 0, 0], JUST, witness=there)
    assert one(system, never).startswith("no node of a tree")
    assert "no run is given" in one(system, replace(ok, witness=START))
    start = count_to(4, lambda x, f: LeadsTo(None, op(Get(x), "==", 1)))
    assert one(start, Progress(())).startswith("no node of a tree")
    assert one(start, progress(None, [1, 0, 0, 0, 0], JUST)) == ""


def test_a_deadlock_is_a_state_where_nobody_is_owed() -> None:
    def system(*, owed: bool, rest: bool) -> System:
        b = Builder()
        t = b.thread("t")
        f = b.frame(t, "t", outermost=True, begun=True)
        t.at(0, t.go(0, owed=owed), frames=(f,), rest="idle" if rest else "no")
        b.check(NoHang(True))
        return b.system()

    assert one(system(owed=True, rest=False), Closed(START)) == ""
    assert "nobody is owed" in one(system(owed=False, rest=False), Closed(START))
    assert one(system(owed=False, rest=True), Closed(START)) == ""
    assert "no proof" in one(system(owed=True, rest=False), progress(0, [1], JUST))


def test_a_state_that_is_none() -> None:
    system = count_to(1, lambda x, f: Invariant(Const(1)))
    claim = Claim("c0", "", "holds", (), Closed())
    proofs = judged(system).proofs
    assert proofs is not None
    for odd in ((0, 99), (1 << 60, 0)):
        found = Certificate(SOME, (claim,), (*proofs.states, odd))
        assert why_not(system, found) != [None]


class Late(Budget):
    """Time for the search and for one verdict, and no more."""

    def exceeded(self, states: int) -> str | None:
        return None if states else "late"


def test_no_time_for_proofs() -> None:
    system = count_to(3, lambda x, f: Completes((f,)))
    answers = Explicit(proofs=True).judge(system, Late(), Silent())
    assert isinstance(answers.verdicts[0], Holds)
    assert answers.proofs is not None and not answers.proofs.of
    graph = search(system, Budget(), Silent())
    looks: list[int] = []
    moves = inside(graph, range(len(graph.states))) | {99: []}
    with pytest.raises(InternalError, match="a fair run stays"):
        grow(moves, [*graph.owe, *[0] * 99], {}, None, lambda: looks.append(1))
    assert not looks  # there are too few states for that


def test_nobody_asked() -> None:
    system = count_to(3, lambda x, f: Completes((f,)))
    assert Explicit().judge(system, Budget(), Silent()).proofs is None


def test_a_state_that_is_not_good() -> None:
    assert one(count_to(2, lambda x, f: Invariant(op(Get(x), "<", 3))), Closed()) == ""
    found = one(count_to(2, lambda x, f: Invariant(op(Get(x), "<", 2))), Closed())
    assert found.startswith("a state is not a good one: x=2")


def test_what_is_alive_before_rest_is_no_leak() -> None:
    b = Builder()
    life = b.life("o")
    t = b.thread("t")
    t.at(0, t.go(1, Set(life, Const(2))))
    t.at(1, rest="ended")
    b.check(NoLeak(()))
    assert one(b.system(), Closed(Schedule(0, ((0, 0),)))) == ""


def test_where_a_run_begins() -> None:
    system = count_to(1, lambda x, f: Invariant(Const(1)))
    claim = Claim("c0", "", "holds", (), Closed())
    found = Certificate(SOME, (claim,), ((1, 1),))
    assert why_not(system, found) == ["initial state 0 is not in the set"]


def test_only_outermost_activations_hang() -> None:
    b = Builder()
    t = b.thread("t")
    outer = b.frame(t, "t", outermost=True, begun=True)
    inner = b.frame(t, "f", begun=True)
    t.at(0, t.go(1), frames=(outer, inner))
    t.at(1, t.go(1, End(outer), Begin(outer)), frames=(outer, inner))
    b.check(NoHang(False))
    nodes = (JUST, JUST)
    assert one(b.system(), progress(outer, [2, 1], *nodes)) == ""


def test_who_is_not_owed_a_step_may_stay() -> None:
    b = Builder()
    go, t, h = b.slot("go"), b.thread("t"), b.thread("h", "hardware")
    f = b.frame(t, "t", begun=True)
    t.at(0, t.go(1, End(f), guard=Get(go)), frames=(f,))
    t.at(1, rest="ended")
    h.at(0, h.go(1, Set(go, Const(1)), owed=False), rest="own")
    h.at(1, rest="own")
    b.check(Completes((f,)))
    system = b.system()
    proofs = judged(system).proofs
    assert proofs is not None
    of = [0 if state[1] else 2 - state[0] for state in proofs.states]
    for thread in (0, 1):
        nodes = (JUST, Node(-1, "just", thread))
        assert one(system, progress(f, of, *nodes)).startswith("not just")


def test_another_activation_that_ends_is_not_the_one() -> None:
    b = Builder()
    t = b.thread("t")
    outer, inner = b.frame(t, "t", begun=True), b.frame(t, "f", begun=True)
    t.at(0, t.go(0, End(inner), Begin(inner)), frames=(outer, inner))
    b.check(Completes((outer,)))
    assert "makes no progress" in one(b.system(), progress(outer, [1], JUST))


def test_a_check_must_be_told_from_all_others() -> None:
    b = Builder()
    x, t = b.slot("x"), b.thread("t")
    t.at(0, t.go(0))
    b.check(Invariant(op(Get(x), "==", 0)), "c")
    b.check(Invariant(op(Get(x), "==", 1)), "c")
    assert "no such check" in one(b.system(), Closed())


def test_whom_a_lock_is_granted_again_and_again() -> None:
    """Who takes steps is not passed over, however often it could have the lock."""
    b = Builder()
    t = b.thread("t")
    f = b.frame(t, "t", begun=True)
    t.at(0, t.go(0, strong=True), frames=(f,))
    b.check(Completes((f,)))
    assert "makes no progress" in one(b.system(), progress(f, [1], Node(-1, "comp", 0)))


def test_a_call_that_idles_does_not_complete() -> None:
    b = Builder()
    t = b.thread("t")
    f = b.frame(t, "t", outermost=True, begun=True)
    t.at(0, frames=(f,), rest="idle")
    b.check(Completes((f,)))
    assert one(b.system(), Progress((), START)).startswith("no node of a tree")
    b.checks.clear()
    b.check(NoHang(False))
    assert one(b.system(), Progress((), START)) == ""


def test_a_promise_that_is_kept_at_once() -> None:
    system = count_to(2, lambda x, f: LeadsTo(op(Get(x), "==", 1), op(Get(x), ">", 0)))
    assert one(system, Progress((), Schedule(0, ((0, 0),)))) == ""


def test_who_always_rests_cannot_hang() -> None:
    b = Builder()
    t = b.thread("t")
    f = b.frame(t, "t", outermost=True)
    t.at(0, t.go(1), frames=(f,), rest="idle")
    t.at(1, frames=(f,), rest="idle")
    b.check(NoHang(False))
    for steps in ((), ((0, 0),)):
        assert "no run is given" in one(b.system(), Progress((), Schedule(0, steps)))


def test_only_a_lock_has_nodes_below() -> None:
    """One goes round and is owed a step all the time, another is owed one here and there: a fair
    run.  A tree that hid the places where it is not below those where it is would be refused, but
    by the reader only: it is he who sees to it that there are no such trees."""
    b = Builder()
    x, t, u = b.slot("x"), b.thread("t"), b.thread("u")
    f = b.frame(t, "t", begun=True)
    t.at(0, t.go(1, End(f), guard=Get(x)), frames=(f,))
    t.at(1, rest="ended")
    u.at(0, u.go(0, Set(x, op(Const(1), "-", Get(x)))))
    b.check(Completes((f,)))
    system = b.system()
    proofs = judged(system).proofs
    assert proofs is not None
    assert isinstance(judged(system).verdicts[0], Fails)
    of = [0 if state[1] else 1 if state[0] else 2 for state in proofs.states]
    hidden = progress(f, of, Node(-1, "just", 0), Node(0, "just", 1))
    claim = Claim("c0", "", "holds", (), hidden)
    with pytest.raises(Refused, match="node 1 of a tree is none"):
        stored(system, Certificate(SOME, (claim,), proofs.states))
