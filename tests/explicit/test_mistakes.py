# SPDX-License-Identifier: MIT
"""Mistakes that implementers make, lowered by hand; the verdicts are the right ones."""

import pytest
from build import Builder, Get, n, no, op, straight

from srcucheck.base.budget import Budget, Silent
from srcucheck.check.engine import Answers
from srcucheck.check.verdict import Fails, Holds, HoldsUpTo, Unknown, word
from srcucheck.explicit.engine import Explicit
from srcucheck.ir.expr import TRUE, Begin, Bound, End, If, Report, Set
from srcucheck.ir.system import Completes, Invariant, NoHang, NoLeak, Reachable, Reported


def judge(builder: Builder) -> Answers:
    return Explicit().judge(builder.system(), Budget(), Silent())


def words(builder: Builder) -> list[str]:
    answers = judge(builder)
    return [word(answers.verdicts[k]) for k in range(len(builder.checks))]


def test_m05_entering_is_a_step() -> None:
    """A user may stop between two system calls."""
    b = Builder()
    opened, closed = b.slot("opened"), b.slot("closed")
    app = b.thread("app", "user", quiet_ok=True)
    f_open = b.frame(app, "sys_open", outermost=True)
    f_close = b.frame(app, "sys_close", outermost=True)
    app.at(0, app.go(1, Begin(f_open), owed=False, way="enter"), rest="own")
    app.at(1, app.go(2, Set(opened, n(1)), End(f_open)), frames=(f_open,))
    app.at(2, app.go(3, Begin(f_close), owed=False, way="enter"), rest="own")
    app.at(3, app.go(4, Set(closed, n(1)), End(f_close)), frames=(f_close,))
    app.at(4, rest="ended")
    rmmod = b.thread("rmmod")
    body = b.frame(rmmod, "rmmod", outermost=True, begun=True)
    drain = b.frame(rmmod, "drain")
    rmmod.at(0, rmmod.go(1, Begin(drain), guard=Get(opened)), frames=(body,))
    rmmod.at(1, rmmod.go(2, End(drain), End(body), guard=Get(closed)), frames=(body, drain))
    rmmod.at(2, rest="ended")
    b.check(Completes((drain,)))
    b.check(NoHang(False))
    b.check(Completes((f_close,)))
    answers = judge(b)
    assert [word(answers.verdicts[k]) for k in range(3)] == ["fails", "fails", "holds"]
    verdict = answers.verdicts[0]
    assert isinstance(verdict, Fails) and verdict.trace is not None
    assert verdict.trace.schedule.steps == ((0, 0), (0, 0), (1, 0))
    assert verdict.trace.schedule.cycle == 3
    assert verdict.trace.culprits == (rmmod.number,)


def test_m06_violations_do_not_end_the_run() -> None:
    """A hang behind a use after free is found, and said to be behind it."""
    b = Builder()
    o, freed, never = b.life("o"), b.slot("freed"), b.slot("never")
    straight(b, "a", [(TRUE, [Set(o, n(2))]), (TRUE, [Set(freed, n(1))])])
    touch = If(op(Get(o), "==", 2), (Report("uaf", b.site("touch")),), ())
    _, frame = straight(b, "b", [(Get(freed), []), (TRUE, [touch]), (Get(never), [])])
    b.check(Reported(("uaf",)))
    b.check(Completes((frame,)))
    answers = judge(b)
    first, second = answers.verdicts[0], answers.verdicts[1]
    assert isinstance(first, Fails) and first.only_after is None
    assert isinstance(second, Fails) and second.only_after == "uaf"
    assert second.trace is not None and second.trace.culprits == (1,)


def test_only_after() -> None:
    """The hang exists only behind the report."""
    b = Builder()
    bad, never = b.slot("bad"), b.slot("never")
    body = b.thread("t")
    frame = b.frame(body, "t", outermost=True, begun=True)
    body.at(
        0,
        body.go(1, Report("p", b.site("p")), Set(bad, n(1)), guard=no(Get(never))),
        body.go(2, End(frame)),
        frames=(frame,),
    )
    body.at(1, body.go(2, End(frame), guard=Get(never)), frames=(frame,))
    body.at(2, rest="ended")
    b.check(Completes((frame,)))
    b.check(Invariant(no(Get(bad))))
    b.check(Reported(("p",)))
    answers = judge(b)
    for place, after in ((0, "p"), (1, "p"), (2, None)):
        verdict = answers.verdicts[place]
        assert isinstance(verdict, Fails) and verdict.only_after == after


def lock_model(strong: bool, dies: bool) -> Builder:
    b = Builder()
    lock = b.slot("lock")
    free = op(Get(lock), "==", 0)
    hog = b.thread("hog")
    f = b.frame(hog, "hog", outermost=True, begun=True)
    take = hog.go(1, Set(lock, n(1)), guard=free, strong=strong)
    hog.at(0, take, frames=(f,))
    if dies:
        hog.at(1, hog.go(2, Report("broken", b.site("BUG"))), frames=(f,))
        hog.at(2, frames=(f,), dead=True)
    else:
        hog.at(1, hog.go(0, Set(lock, n(0)), End(f), Begin(f)), frames=(f,))
    _, g = straight(b, "rmmod", [(free, [Set(lock, n(2))]), (TRUE, [Set(lock, n(0))])])
    rmmod = b.threads[1]
    first = rmmod.go(1, Set(lock, n(2)), guard=free, strong=strong)
    rmmod.at(0, first, frames=(g,))
    b.check(Completes((g,)))
    b.check(Completes((f,)))
    b.check(NoHang(False))
    b.check(Reported(("broken",)))
    return b


def test_m08_m09_locks_and_conditions() -> None:
    """Locks are strongly fair, nothing else is."""
    assert words(lock_model(True, False)) == ["holds", "holds", "holds", "holds"]
    b = lock_model(False, False)
    assert words(b) == ["fails", "holds", "fails", "holds"]
    verdict = judge(b).verdicts[0]
    assert isinstance(verdict, Fails) and verdict.trace is not None
    assert verdict.trace.schedule.steps == ((0, 0), (0, 0))
    assert verdict.trace.schedule.cycle == 0


def test_m21_a_dead_thread_keeps_its_locks() -> None:
    """BUG_ON ends a thread where it stands; its call never completes, but that is no hang of it."""
    b = lock_model(True, True)
    assert words(b) == ["fails", "fails", "fails", "fails"]
    hang = judge(b).verdicts[2]
    assert isinstance(hang, Fails) and hang.trace is not None
    assert hang.trace.culprits == (1,)


def test_m10_fairness_on_a_quotient() -> None:
    """Fairness is per thread."""
    b = Builder()
    at = [b.slot("at0", 1), b.slot("at1", 2)]
    y = b.slot("y")
    for i in range(2):
        app = b.thread(f"app{i}")
        f = b.frame(app, f"app{i}", outermost=True, begun=True)
        mine = Get(at[i])
        two = op(mine, "==", 2)
        guard = op(op(mine, "<", 2), "or", op(two, "and", no(Get(y))))
        block = If(two, (Set(at[i], n(0)), Set(y, n(1))), (Set(at[i], n(3)),))
        app.at(0, app.go(0, block, End(f), Begin(f), guard=guard), frames=(f,))
    bus = b.thread("bus", "hardware")
    bump = [If(op(Get(j), "<", 2), (Set(j, op(Get(j), "+", 1)),), ()) for j in at]
    bus.at(0, bus.go(0, *bump, Set(y, n(0)), guard=Get(y), owed=False), rest="own")
    both = op(op(Get(at[0]), "==", 3), "and", op(Get(at[1]), "==", 3))
    _, g = straight(b, "rmmod", [(both, [])])
    b.check(Completes((g,)))
    assert words(b) == ["fails"]


def test_m11_ignoring() -> None:
    """A thread that turns for ever does not excuse ignoring the others."""
    b = Builder()
    x, never = b.slot("x"), b.slot("never")
    spin = b.thread("spin")
    s = b.frame(spin, "spin", outermost=True, begun=True)
    spin.at(0, spin.go(0, End(s), Begin(s), way="turn"), frames=(s,))
    straight(b, "v", [(Get(x), [])])
    u = b.thread("u")
    body = b.frame(u, "u", outermost=True, begun=True)
    f = b.frame(u, "f")
    u.at(0, u.go(1, Set(x, n(1)), Begin(f)), frames=(body,))
    u.at(1, u.go(2, End(f), End(body), guard=Get(never)), frames=(body, f))
    u.at(2, rest="ended")
    b.check(Completes((f,)))
    b.check(Completes((s,)))
    assert words(b) == ["fails", "holds"]
    verdict = judge(b).verdicts[0]
    assert isinstance(verdict, Fails) and verdict.trace is not None
    cycle = verdict.trace.steps[verdict.trace.schedule.cycle or 0 :]
    assert [step.thread for step in cycle] == [spin.number]


def test_m12_owedness_is_visible() -> None:
    """Two flags that are never both off together... but they are, again and again."""
    b = Builder()
    x, y = b.slot("x"), b.slot("y")
    for name, flag in (("a", x), ("b", y)):
        t = b.thread(name)
        f = b.frame(t, name, outermost=True, begun=True)
        t.at(0, t.go(1, Set(flag, n(1))), frames=(f,))
        t.at(1, t.go(0, Set(flag, n(0)), End(f), Begin(f)), frames=(f,))
    _, u = straight(b, "u", [(op(Get(x), "or", Get(y)), [])])
    b.check(Completes((u,)))
    assert words(b) == ["fails"]


def test_m13_idle_is_rest() -> None:
    """An idle worker is at rest."""
    b = Builder()
    queued = b.slot("queued")
    w = b.thread("w", "kworker")
    w.at(0, w.go(0, Set(queued, n(0)), guard=Get(queued)), rest="idle")
    straight(b, "t", [(TRUE, [Set(queued, n(1))])])
    b.check(NoHang(False))
    b.check(NoHang(True))
    assert words(b) == ["holds", "holds"]


def test_m14_bounds() -> None:
    """A bound turns holds into holds up to, and what is not reached into unknown."""
    b = Builder()
    done = b.slot("done")
    t = b.thread("t")
    f = b.frame(t, "t", outermost=True, begun=True)
    t.at(0, t.go(1), frames=(f,))
    t.at(1, t.go(2, Bound("pool of 2", b.site("kzalloc"))), frames=(f,))
    t.at(2, t.go(3, Set(done, n(1)), End(f)), frames=(f,))
    t.at(3, rest="ended")
    b.check(Reported(("p",)))
    b.check(NoHang(False))
    b.check(Reachable(Get(done)))
    b.check(Completes(()))
    answers = judge(b)
    assert answers.verdicts[0] == HoldsUpTo(("pool of 2",))
    assert answers.verdicts[1] == HoldsUpTo(("pool of 2",))
    reach, vacuous = answers.verdicts[2], answers.verdicts[3]
    assert isinstance(reach, Unknown) and not reach.vacuous
    assert isinstance(vacuous, Unknown) and vacuous.vacuous
    assert answers.bounds == ("pool of 2",)


def test_m15_vacuous() -> None:
    """A call that nobody makes does not complete."""
    b = Builder()
    t, _ = straight(b, "rmmod", [(TRUE, [])])
    f = b.frame(t, "f")
    b.check(Completes((f,)))
    verdict = judge(b).verdicts[0]
    assert isinstance(verdict, Unknown) and verdict.vacuous


@pytest.mark.parametrize("closes", [True, False])
def test_m16_a_user_that_stops_leaks_nothing(closes: bool) -> None:
    """Only a user that has ended leaks."""
    b = Builder()
    life = b.life("f", 0)
    app = b.thread("app", "user", quiet_ok=True)
    first = b.frame(app, "sys_open", outermost=True)
    second = b.frame(app, "sys_close", outermost=True)
    app.at(0, app.go(1, Begin(first), owed=False), rest="own")
    app.at(1, app.go(2 if closes else 4, Set(life, n(1)), End(first)), frames=(first,))
    app.at(2, app.go(3, Begin(second), owed=False), rest="own")
    app.at(3, app.go(4, Set(life, n(2)), End(second)), frames=(second,))
    app.at(4, rest="ended")
    b.check(NoLeak(()))
    b.check(NoLeak((n(1),)))
    assert words(b) == ["holds" if closes else "fails", "holds"]
    if not closes:
        verdict = judge(b).verdicts[0]
        assert isinstance(verdict, Fails) and verdict.trace is not None
        assert verdict.trace.leaked == ("f",)


def test_m17_activations_end() -> None:
    """A step that returns ends the activation, also when the next one begins in it."""
    b = Builder()
    x = b.slot("x")
    t = b.thread("t")
    f = b.frame(t, "f")
    t.at(0, t.go(0, Set(x, n(1)), End(f), Begin(f)), frames=(f,))
    b.begun.append(f)
    straight(b, "u", [(Get(x), [])])
    b.check(Completes((f,)))
    assert words(b) == ["holds"]


def test_m18_labels_belong_to_steps() -> None:
    """A report on a step into a known state counts."""
    b = Builder()
    broken = b.slot("broken")
    t = b.thread("t")
    report = If(Get(broken), (Report("p", b.site("p")),), ())
    t.at(0, t.go(0, report))
    straight(b, "u", [(TRUE, [Set(broken, n(1))])])
    b.check(Reported(("p",)))
    verdict = judge(b).verdicts[0]
    assert isinstance(verdict, Fails) and verdict.trace is not None
    assert verdict.trace.schedule.steps == ((1, 0), (0, 0))


def test_reachable_brings_a_witness() -> None:
    """A goal that is reached holds with a run, one that is not fails without."""
    b = Builder()
    x = b.slot("x")
    straight(b, "t", [(TRUE, [Set(x, n(1))])])
    b.check(Reachable(Get(x)))
    b.check(Reachable(op(Get(x), "==", 2)))
    answers = judge(b)
    good, bad = answers.verdicts[0], answers.verdicts[1]
    assert isinstance(good, Holds) and good.witness is not None
    assert good.witness.steps[-1].after[0] == 1
    assert bad == Fails(None)
