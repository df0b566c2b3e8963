# SPDX-License-Identifier: MIT
"""``models/README.md``: every pattern, what goes wrong, row, properties, states, verdicts."""

from srcucheck.driver.patterns import Pattern, patterns
from tests.pages.runs import TEXTS, all_hold, asked, design, report, table, verdict

AREAS = {
    "unplug": "Unplug: sections, remove, release, devm",
    "fences": "Fences",
    "scheduler": "The GPU scheduler",
    "lifetime": "Lifetime: references, workers, probe",
    "rcu": "RCU",
    "module": "Module load and unload",
}


def index() -> str:
    """The whole page."""
    found = patterns()
    assert {p.name.split("/")[0] for p in found} == set(AREAS)
    parts = []
    for area, heading in AREAS.items():
        rows = [_row(p) for p in found if p.name.startswith(f"{area}/")]
        parts.append(f"\n# {heading}\n\n")
        head = (
            "pattern",
            "what goes wrong",
            "row",
            "properties and verdicts",
            "right",
            "states",
            "source",
        )
        parts.append(table(head, rows))
    return (TEXTS / "models.md").read_text().replace("@areas@", "".join(parts).strip())


def _row(pattern: Pattern) -> tuple[str, ...]:
    variants = report(pattern.name).variants
    checks = asked(variants[0])
    bad = {c: sum(verdict(v, c) == "fails" for v in variants) for c in checks}
    fails = [f"`{c}` fails in {n} of {len(variants)}" for c, n in bad.items() if n]
    holds = ", ".join(f"`{c}`" for c, n in bad.items() if not n)
    if holds:
        fails.append(f"{holds} hold" + "s" * (holds.count(",") == 0))
    right = [f"`{design(v)}`" for v in variants if all_hold(v, checks)]
    shown = ", ".join(right[:3]) + (f" and {len(right) - 3} more" if len(right) > 3 else "")
    return (
        f"[{pattern.stem}]({pattern.name}.srcu)",
        pattern.title,
        ", ".join(pattern.rows),
        "; ".join(fails),
        shown or "none",
        f"{sum(v.figures.states for v in variants):,}",
        pattern.source,
    )
