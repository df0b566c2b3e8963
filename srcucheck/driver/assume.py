# SPDX-License-Identifier: MIT
"""What a verdict assumed, as sentences."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

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


def for_any(told: Assumptions, system: System) -> Assumptions:
    """The assumptions of a system whose cells are known, as those of any number of them."""
    replicas = system.replicas
    assert replicas is not None
    param = replicas.param
    replicated = [t for t, cell in zip(system.threads, replicas.threads, strict=True) if cell >= 0]
    for_ever = any(all(at.rest != "ended" for at in t.locations.values()) for t in replicated)
    again = "replicated threads go on for ever" if for_ever else "each runs once"
    bounds = [b for b in told.bounds if not b.startswith(f"{param}=")]
    bounds.insert(0, f"{param}: every finite number from 0; {again}")
    families: dict[str, None] = {}
    for thread in system.threads:
        families[f"{thread.family}: {param if thread in replicated else 1}"] = None
    return replace(told, bounds=tuple(bounds), threads=tuple(families))


def in_words(assumed: Assumptions) -> tuple[str, ...]:
    """All of it, as one list."""
    late = (assumed.timeouts,) if assumed.timeouts else ()
    listed = ("threads", assumed.threads), ("bounds", assumed.bounds), ("specs", assumed.specs)
    lists = [f"{what}: {', '.join(words) or 'none'}" for what, words in listed]
    return (*assumed.fairness, *late, assumed.memory_model, *lists)
