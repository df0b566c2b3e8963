# SPDX-License-Identifier: MIT
"""What proofs rest on: sets of assumptions that are enough, and of which each is needed."""

from pathlib import Path

import pytest

from srcucheck.base.budget import Budget, Silent
from srcucheck.check.door import accept
from srcucheck.check.engine import Answers
from srcucheck.check.report import Judgement, Needs
from srcucheck.check.verdict import Fails, Holds
from srcucheck.driver.cache import Cache
from srcucheck.driver.jobs import Interrupt, run
from srcucheck.driver.library import Library
from srcucheck.driver.settings import Settings
from srcucheck.driver.stages import Model, load_model
from srcucheck.driver.why import assumptions, needs, weakened
from srcucheck.explicit.engine import Explicit
from srcucheck.ir.system import System

ROOT = Path(__file__).parents[2]

BUDGET = Budget()

MODEL = """
bool done, other;
thread waiter {
	f();
}
void f(void)
{
	await (done);
}
thread helper {
	done = true;
}
thread bystander {
	other = true;
}
check c: completes(waiter.f);
check s: never(done && !done);
check r: reachable(done && other);
"""


def told(path: Path) -> dict[str, Judgement]:
    report = run([str(path)], Settings(why=True), Silent(), [], Interrupt())
    (file,) = report.files
    assert not file.diagnostics, file.diagnostics
    return {j.name: j for j in file.variants[-1].judgements}


def test_who_is_needed(tmp_path: Path) -> None:
    path = tmp_path / "m.srcu"
    path.write_text(MODEL)
    found = told(path)
    assert found["c"].needs == Needs(("helper goes on", "waiter goes on"), ("bystander goes on",))
    assert found["s"].needs == Needs((), ())
    assert found["r"].needs is None
    assert found["no_hang"].needs is None  # nobody asked


def test_what_fails_rests_on_nothing(tmp_path: Path) -> None:
    path = tmp_path / "m.srcu"
    path.write_text(MODEL.replace("done = true;", "other = true;"))
    found = told(path)
    assert isinstance(found["c"].verdict, Fails)
    assert found["c"].needs is None


def judged(system: System) -> Answers:
    return accept(system, Explicit().judge(system, Budget(), Silent()))


@pytest.mark.parametrize(
    "name",
    ["tests/mistakes/M08_locks_are_strongly_fair", "tests/mistakes/M07_timeouts_fire_and_are_owed"],
)
def test_locks_and_timeouts_are_assumptions(name: str) -> None:
    """Each alone is needed where the mistake is to leave it out."""
    library = Library((), Cache(None))
    model = Model(library, load_model(library, ROOT / f"{name}.srcu", name), Settings())
    system = model.lowered(next(iter(model.variants()))).system
    place = next(n for n, c in enumerate(system.checks) if c.name == "c")
    assert isinstance(judged(system).verdicts[place], Holds)
    first = next(assumptions(system, system.checks[place]))
    assert first.text() in ("locks are granted fairly", "timeouts fire in the end")
    assert isinstance(judged(weakened(system, (first,))).verdicts[place], Fails)


def test_a_minimal_set_is_enough_and_needed() -> None:
    """Of the debate's row A15: with the timeout, unplug rests on it and on two threads."""
    library, name = Library((), Cache(None)), "models/fences/fence_wait_in_section.srcu"
    model = Model(library, load_model(library, ROOT / name, name), Settings())
    chosen = next(c for c in model.variants() if "timed" in str(c))
    system = model.lowered(chosen).system
    place = next(n for n, c in enumerate(system.checks) if c.name == "unplug_returns")
    every = tuple(assumptions(system, system.checks[place]))
    needed = [
        a for a in every if not isinstance(judged(weakened(system, (a,))).verdicts[place], Holds)
    ]
    assert [a.text() for a in needed] == [
        "timeouts fire in the end",
        "ioctl goes on",
        "rmmod goes on",
    ]
    spare = tuple(a for a in every if a not in needed)
    assert isinstance(judged(weakened(system, spare)).verdicts[place], Holds)


def test_what_one_step_shows_rests_on_waiting() -> None:
    """Of the same row: no register is written after the unmap, as it waits for readers."""
    library, name = Library((), Cache(None)), "models/fences/fence_wait_in_section.srcu"
    model = Model(library, load_model(library, ROOT / name, name), Settings())
    chosen = next(c for c in model.variants() if "outside" in str(c))
    system = model.lowered(chosen).system
    place = next(n for n, c in enumerate(system.checks) if c.name == "no_mmio_after_unmap")
    found = needs(
        system, system.checks[place], judged(system).verdicts[place], lambda s, _: judged(s), BUDGET
    )
    assert found == Needs(
        ("synchronize_srcu() waits",), ("dma_fence_wait() waits", "dma_fence_signal() waits")
    )
    every = {a.text(): a for a in assumptions(system, system.checks[place])}
    gone = (every["synchronize_srcu() waits"],)
    assert isinstance(judged(weakened(system, gone)).verdicts[place], Fails)


def test_each_fix_has_its_own_wait() -> None:
    found = run(
        [str(ROOT / "models/lifetime/flush_work_on_delayed_work.srcu")],
        Settings(why=True), Silent(), [], Interrupt(),
    )  # fmt: skip
    rests = [
        j.needs.needed
        for v in found.files[0].variants
        for j in v.judgements
        if j.name == "no_use_after_free" and j.needs is not None
    ]
    assert rests == [("flush_work() waits",), ("disable_delayed_work_sync() waits",)]
