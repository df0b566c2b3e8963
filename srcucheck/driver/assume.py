# SPDX-License-Identifier: MIT
"""What a verdict assumed, as sentences."""

from collections import Counter
from collections.abc import Mapping, Sequence

from srcucheck.check.report import Assumptions
from srcucheck.driver.matrix import written
from srcucheck.ir.system import System
from srcucheck.lang.constant import Value
from srcucheck.lang.program import Program


def assumptions(
    program: Program, values: Mapping[str, Value], system: System, reached: Sequence[str]
) -> Assumptions:
    """Fairness, timeouts, memory model, bounds, threads and specs of one variant."""
    fairness = [
        "kernel threads take owed steps in the end; user space and hardware owe nothing",
    ]
    helpers = sorted({t.family for t in system.threads if t.kind == "thread"})
    if helpers:
        fairness.append(f"declared thread, so owed throughout: {', '.join(helpers)}")
    if system.has_compassion:
        fairness.append("locks are granted fairly")
    late = []
    if system.has_timeouts:
        late.append("timeouts may fire at any time, also at once, and do fire in the end")
    if system.has_signals:
        late.append("signals may come or not")
    bounds = [
        f"{name}={written(values[name])}"
        for name, param in program.params.items()
        if not param.in_spec
    ]
    pools = Counter(h.struct for h in system.heap)
    bounds += [f"pool struct {struct} {count}" for struct, count in sorted(pools.items())]
    bounds += [f"reached: {text}" for text in reached]
    families = Counter(t.family for t in system.threads)
    return Assumptions(
        tuple(fairness),
        "; ".join(late) or None,
        "sequentially consistent",
        tuple(bounds),
        tuple(f"{family}: {count}" for family, count in families.items()),
        program.spec_files,
    )


def in_words(assumed: Assumptions) -> tuple[str, ...]:
    """All of it, as one list."""
    late = (assumed.timeouts,) if assumed.timeouts else ()
    listed = ("threads", assumed.threads), ("bounds", assumed.bounds), ("specs", assumed.specs)
    lists = [f"{what}: {', '.join(words) or 'none'}" for what, words in listed]
    return (*assumed.fairness, *late, assumed.memory_model, *lists)
