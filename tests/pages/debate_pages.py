# SPDX-License-Identifier: MIT
"""``docs/debates/``: three debates, each with the matrix of a run.

What a page says of a matrix is said by ``expect`` lines of the model, too: if a verdict changed,
the model's own test would fail first.
"""

from collections.abc import Callable, Sequence

from srcucheck.check.report import FileReport, VariantReport
from tests.pages.runs import TEXTS, report, table, verdict

SHORT = {"holds": "holds", "fails": "**fails**", "holds_up_to": "up to", "unknown": "unknown"}


def debates() -> dict[str, str]:
    """Each page by its name."""
    ioctls = (("IOCTLS", "2"),)
    return {
        "README.md": _text("README"),
        "force-complete-and-scope.md": _page(
            "force-complete-and-scope",
            one=_whole(report("fences/force_and_scope")),
            two=_agreement(
                report("fences/force_and_scope"), report("fences/force_and_scope", ioctls)
            ),
            locks=_whole(report("fences/section_lock_rules")),
        ),
        "rcu-of-the-address-space.md": _page(
            "rcu-of-the-address-space",
            audit=_grid(
                report("rcu/address_space_audit"), "READER", "LAST_PUT", "no_use_after_free"
            ),
            flush=_grid(
                report("rcu/flush_misses_rcu_work"), "FLUSH", "RELEASE", "no_use_after_free"
            ),
            passes=_grid(report("rcu/chained_rcu_works"), "DEPTH", "PASSES", "no_use_after_free"),
            today=_whole(report("rcu/drain_of_today")),
        ),
        "remove-release-devm.md": _page(
            "remove-release-devm",
            matrix=_whole(report("unplug/where_to_shut_down")),
            guarded=_whole(report("unplug/devm_shutdown_behind_enter")),
        ),
    }


def _text(name: str) -> str:
    return (TEXTS / f"{name}.md").read_text(encoding="utf-8")


def _page(name: str, **tables: str) -> str:
    text = _text(name)
    for mark, content in tables.items():
        assert f"@{mark}@" in text, mark
        text = text.replace(f"@{mark}@", content.rstrip())
    assert "@" not in text
    return text


def _checks(file: FileReport) -> list[str]:
    """Those that are not asked for a run to show, in order."""
    first = file.variants[0]
    return [
        j.name for j in first.judgements if not j.standing and not j.text.startswith("reachable(")
    ]


def _whole(file: FileReport) -> str:
    """A row for each design; properties that hold in all of them are named below."""
    checks = _checks(file)
    bad = [c for c in checks if any(verdict(v, c) != "holds" for v in file.variants)]
    rows = [[*v.values.values(), *(SHORT[verdict(v, c)] for c in bad)] for v in file.variants]
    head = [*(f"`{k}`" for k in file.variants[0].values), *(f"`{c}`" for c in bad)]
    good = ", ".join(f"`{c}`" for c in checks if c not in bad)
    states = sum(v.figures.states for v in file.variants)
    said = f"\n{len(file.variants)} designs, {states:,} states, all of them looked at."
    return table(head, rows) + said + (f" In all of them: {good}." if good else "") + "\n"


def _grid(file: FileReport, down: str, across: str, check: str) -> str:
    """One property, over two choices."""
    rows = _values(file, lambda v: v.values[down])
    columns = _values(file, lambda v: v.values[across])
    cells = {(v.values[down], v.values[across]): verdict(v, check) for v in file.variants}
    states = sum(v.figures.states for v in file.variants)
    body = [[r, *(SHORT[cells[r, c]] for c in columns)] for r in rows]
    head = [f"`{check}`: `{down}`", *(f"`{across}={c}`" for c in columns)]
    return table(head, body) + f"\n{len(file.variants)} designs, {states:,} states.\n"


def _values(file: FileReport, of: Callable[[VariantReport], str]) -> Sequence[str]:
    return list(dict.fromkeys(of(v) for v in file.variants))


def _agreement(one: FileReport, other: FileReport) -> str:
    """Whether two runs gave the same verdicts."""
    checks = _checks(one)
    same = all(
        verdict(a, c) == verdict(b, c)
        for a, b in zip(one.variants, other.variants, strict=True)
        for c in checks
    )
    states = sum(v.figures.states for v in other.variants)
    number = other.variants[0].params.get("IOCTLS")
    word = "the same verdicts throughout" if same else "**other verdicts**"
    return f"With {number} ioctls: {word}, {states:,} states."
