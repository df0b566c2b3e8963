# SPDX-License-Identifier: MIT
"""Wait-for chains, points of no return, and shrinking."""

from dataclasses import replace

from build import Builder, Get, n, no, op, straight

from srcucheck.base.budget import Budget, Silent
from srcucheck.check.replay import check_refutes, replay
from srcucheck.check.shrink import shrink
from srcucheck.check.trace import Schedule, Trace
from srcucheck.check.verdict import Fails
from srcucheck.explicit.engine import Explicit
from srcucheck.explicit.waitfor import wait_for
from srcucheck.ir.expr import TRUE, Begin, Binary, Const, End, Set
from srcucheck.ir.system import Completes, NoHang, Wait


def failure(builder: Builder, place: int = 0) -> Trace:
    verdict = Explicit().judge(builder.system(), Budget(), Silent()).verdicts[place]
    assert isinstance(verdict, Fails) and verdict.trace is not None
    return verdict.trace


def summary(trace: Trace) -> list[tuple[int, str, tuple[int, ...]]]:
    return [(link.thread, link.status, link.on) for link in trace.chain]


def test_writers_and_hardware_that_owes_nothing() -> None:
    """rmmod waits for a section, its reader for a fence, the hardware owes nothing."""
    b = Builder()
    section, fence = b.slot("section"), b.slot("f->signaled")
    _, f = straight(b, "reader", [(TRUE, [Set(section, n(1))]), (Get(fence), [Set(section, n(0))])])
    _, g = straight(b, "rmmod", [(Get(section), []), (no(Get(section)), [])])
    gpu = b.thread("gpu", "hardware")
    gpu.at(0, gpu.go(1, Set(fence, n(1)), owed=False), rest="own")
    gpu.at(1, rest="ended")
    b.check(Completes((g,)))
    b.check(Completes((f,)))
    trace = failure(b)
    assert summary(trace) == [(1, "waits", (0,)), (0, "waits", (2,)), (2, "owes", ())]
    assert trace.culprits == (1,)
    assert trace.schedule.cycle == len(trace.steps)


def test_nobody_is_left() -> None:
    """The only writer has ended."""
    b = Builder()
    x, fence = b.slot("x"), b.slot("f->signaled")
    straight(b, "other", [(TRUE, [Set(x, n(1))])])
    _, f = straight(b, "waiter", [(Get(fence), [])])
    b.check(Completes((f,)))
    trace = failure(b)
    (link,) = trace.chain
    assert link.what == "nobody is left who writes f->signaled"
    assert link.on == ()


def test_held_by_tasks_and_objects() -> None:
    """A wait that names whom it waits for is believed."""
    b = Builder()
    owner, item = b.slot("owner", 3), b.slot("item", 7)
    go = b.slot("go")
    t, f = straight(b, "t", [(Get(go), [])])
    u, g = straight(b, "u", [(Get(go), [])])
    dead = b.thread("dead")
    dead.at(0, dead=True)
    worker = b.thread("worker", "kworker")
    worker.at(0, worker.go(0, Set(go, n(1)), guard=Get(go)), rest="idle")
    site = b.site("mutex_lock(&m)")
    task = Wait(Get(go), "m.owner == NULL", site, ((Get(owner), "task"),), {})
    thing = Wait(Get(go), "!busy", site, ((Get(item), "object"),), {7: (3,)})
    t.at(0, *t.locations[0].actions, frames=(f,), wait=task)
    u.at(0, *u.locations[0].actions, frames=(g,), wait=thing)
    b.check(NoHang(False))
    trace = failure(b)
    assert summary(trace) == [
        (0, "waits", (2,)), (1, "waits", (3,)), (2, "dead", ()), (3, "idle", ()),
    ]  # fmt: skip
    assert trace.chain[0].what == "m.owner == NULL"
    mask = replace(task, holders=((Const(0b1100), "tasks"),))
    t.at(0, *t.locations[0].actions, frames=(f,), wait=mask)
    assert failure(b).chain[0].on == (2, 3)


def test_a_spinning_thread_waits_for_what_it_reads() -> None:
    """``while (!ready) cpu_relax();`` names who could write ready."""
    b = Builder()
    ready = b.slot("ready")
    t = b.thread("t")
    f = b.frame(t, "t", outermost=True, begun=True)
    t.at(0, t.go(0, guard=no(Get(ready)), way="turn"), t.go(1, End(f), guard=Get(ready)),
         frames=(f,))  # fmt: skip
    t.at(1, rest="ended")
    gpu = b.thread("gpu", "hardware")
    gpu.at(0, gpu.go(0, Set(ready, n(1)), owed=False), rest="own")
    b.check(Completes((f,)))
    trace = failure(b)
    assert trace.schedule == Schedule(0, ((0, 0),), 0)
    assert summary(trace) == [(0, "spins", (1,)), (1, "owes", ())]


def test_point_of_no_return() -> None:
    """The step after which the hang is certain."""
    b = Builder()
    lost, x = b.slot("lost"), b.slot("x")
    a = b.thread("a", "user", quiet_ok=True)
    a.at(0, a.go(1, Set(x, n(1)), owed=False), rest="own")
    a.at(1, a.go(2, Set(lost, n(1)), owed=False), rest="own")
    a.at(2, rest="ended")
    _, f = straight(b, "t", [(Get(x), []), (no(Get(lost)), [])])
    b.check(Completes((f,)))
    trace = failure(b)
    assert trace.point_of_no_return is None  # the shortest hang is that a never starts
    _, g = straight(b, "u", [(TRUE, []), (no(Get(lost)), [])])
    b.check(Completes((g,)))
    trace = failure(b, 1)
    where = trace.point_of_no_return
    assert where is not None
    assert trace.steps[where].changes[0][0] == lost


def test_shrink_cuts_what_a_lasso_does_not_need() -> None:
    """A bystander that may run for ever, but owes nothing, is cut; one that is owed stays."""
    b = Builder()
    never, x, y = b.slot("never"), b.slot("x"), b.slot("y")
    _, f = straight(b, "t", [(Get(never), [])])
    gpu = b.thread("gpu", "hardware")
    gpu.at(0, gpu.go(0, Set(x, op(n(1), "-", Get(x))), owed=False), rest="own")
    spin = b.thread("spin")
    s = b.frame(spin, "spin", outermost=True, begun=True)
    flip = Binary("-", Const(1), Get(y))
    spin.at(0, spin.go(0, Set(y, flip), End(s), Begin(s)), frames=(s,))
    b.check(Completes((f,)))
    system = b.system()

    def explain(trace: Trace) -> Trace:
        trace = replace(trace, culprits=(0,))
        return replace(trace, chain=wait_for(system, trace))

    long = ((1, 0), (1, 0), (2, 0), (1, 0), (2, 0), (1, 0), (2, 0), (2, 0))
    trace = explain(replay(system, Schedule(0, long, 0), "c0"))
    check_refutes(system, system.checks[0].question, trace)
    short = shrink(system, system.checks[0].question, trace, explain)
    assert short.schedule == Schedule(0, ((2, 0), (2, 0)), 0)
