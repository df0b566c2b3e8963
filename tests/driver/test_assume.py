# SPDX-License-Identifier: MIT
"""What a verdict says it assumed."""

from pathlib import Path

from srcucheck.base.budget import Silent
from srcucheck.check.report import Assumptions
from srcucheck.driver.jobs import Interrupt, run
from srcucheck.driver.settings import Settings

MODEL = """
use locks, wait, completion;
param N = 2;
choice KEEP = true;
struct job { bool done; };
struct mutex m;
struct completion c;
user app[i : N] { mutex_lock(&m); wait_for_completion_interruptible(&c); mutex_unlock(&m); }
thread helper { struct job *j = kzalloc(struct job); kfree(j); limit(false, "far enough"); }
"""


def told(folder: Path, text: str, **settings: object) -> Assumptions:
    path = folder / "model.srcu"
    path.write_text(text)
    made = Settings(**settings)  # type: ignore[arg-type]
    (file,) = run([str(path)], made, Silent(), [], Interrupt()).files
    assert file.diagnostics == ()
    return file.variants[0].assumptions


def test_what_a_model_with_everything_assumes(tmp_path: Path) -> None:
    found = told(tmp_path, MODEL)
    assert found.fairness == (
        "kernel threads take owed steps in the end; user space and hardware owe nothing",
        "declared thread, so owed throughout: helper",
        "locks are granted fairly",
    )
    assert found.timeouts == "signals may come or not"
    assert found.memory_model == "sequentially consistent"
    assert "N=2" in found.bounds
    assert "pool struct job 1" in found.bounds
    assert "reached: far enough" in found.bounds
    assert {"app: 2", "helper: 1"} <= set(found.threads)
    assert {"locks", "wait", "completion"} <= set(found.specs)


def test_what_a_model_without_any_of_it_assumes(tmp_path: Path) -> None:
    found = told(tmp_path, "bool x; hardware h { x = true; }")
    assert len(found.fairness) == 1
    assert (found.timeouts, found.bounds, found.specs) == (None, (), ())


def test_definitions_and_substitutions_are_told(tmp_path: Path) -> None:
    text = "use srcu; param N = 1; struct srcu_struct s[N]; thread t { synchronize_srcu(&s[0]); }"
    found = told(
        tmp_path, text, definitions=(("N", "2"),), substitutes=(("srcu", "srcu_counters"),)
    )
    assert "N=2" in found.bounds
    assert "srcu_counters as srcu" in found.specs


def test_timeouts(tmp_path: Path) -> None:
    text = "bool x; thread t { await_timeout (x) ; }"
    assert told(tmp_path, text).timeouts == (
        "timeouts may fire at any time, also at once, and do fire in the end"
    )
