# SPDX-License-Identifier: MIT
"""Certificates for any number of cells: right ones are accepted, those of a broken engine not."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from srcucheck.base.budget import Budget, Silent
from srcucheck.certify.cells import Cells
from srcucheck.certify.pairs import flaws
from srcucheck.check.certificate import Claim, Closed
from srcucheck.check.pairs import CELLS, AnyClaim, Ranking, Step
from srcucheck.check.verdict import Fails, Holds
from srcucheck.driver.library import shipped
from srcucheck.explicit.engine import Explicit
from srcucheck.ir.system import Completes, Reachable, Settles
from srcucheck.lang.program import Program
from srcucheck.views import judge as judges
from srcucheck.views import reach as rules
from srcucheck.views.live import Liveness
from srcucheck.views.run import Decision
from tests.certify.anymaking import judged, made, written
from tests.meaning.agreement import program_of
from tests.views.agreement import instance
from tests.views.generate import model as generated

HEAD = """
param N = 2;
property p "p";
bool flag, y, never_set;
struct job { bool busy; bool done; };
struct job j[N];
"""

BROKEN = {
    "others do not look on": (
        "follow",
        """
        thread cell[i : N] { atomic { WARN_ON(flag, p); flag = true; } }
        check p;
        """,
    ),
    "a broadcast reaches nobody": (
        "follow",
        """
        thread cell[i : N] {
            atomic { WARN_ON(j[i].done, p); for (x : job) x->done = true; }
        }
        check p;
        """,
    ),
    "cells stand still": (
        "acts",
        """
        thread cell[i : N] { j[i].busy = true; j[i].done = true; }
        check n: never(j[0].done);
        """,
    ),
    "one cell is read for all": (
        "quantifiers",
        """
        thread rest { atomic { if (some(x : job; x->busy)) y = true; } }
        thread cell[i : N] { atomic { if (y) { WARN_ON(!j[i].busy, p); } j[i].busy = true; } }
        check p;
        """,
    ),
    "one cell is followed for two waiters": (
        "ladder",
        """
        set of task a, b;
        thread cell[i : N] {
            if (choose(false, true)) {
                atomic a += current;
                await (flag);
                atomic a -= current;
            } else {
                atomic b += current;
                await (never_set);
                atomic b -= current;
            }
        }
        thread flusher { await (empty(b)); flag = true; }
        thread remove { f(); }
        void f(void) { await (empty(a)); }
        check c: completes(remove.f);
        """,
    ),
    "everybody is owed a step": (
        "owed",
        """
        thread cell[i : N] { j[i].busy = true; }
        thread rest { f(); }
        void f(void) { await (never_set); }
        check c: completes(rest.f);
        """,
    ),
    "a counter that begins anew is taken to go up": (
        "counters",
        """
        thread cell[i : N] { j[i].busy = true; }
        thread rest { f(); }
        void f(void)
        {
            int i;
            while (!never_set)
                for (i = 0; i < N; i++)
                    j[i].busy = false;
        }
        check c: completes(rest.f);
        """,
    ),
}  # fmt: skip


def broken(way: str, patch: Callable[[object, str, object], None]) -> None:
    """Takes a rule from the engine, and its own door with it."""
    patch(judges, "hole", lambda reached: None)
    match way:
        case "follow" | "acts":
            patch(rules._Search, way, lambda *_: None)
        case "quantifiers":

            def may(
                self: rules.Reached,
                place: object,
                decisions: Iterable[Decision],
                view: rules.View,
                *,
                unseen: bool,
            ) -> bool:
                return all(not unseen or self.holds(d.term, view) == d.holds for d in decisions)

            patch(rules.Reached, "may", may)
        case "ladder":
            real = Liveness._owed
            patch(Liveness, "must", lambda live, who, node: real(live, who, node, alone=True))
        case "owed":
            patch(Liveness, "must", lambda live, who, node: True)
        case "counters":
            plain = rules._Search.edge

            def edge(
                self: rules._Search, source: int, who: int, target: int, outcome: rules.Outcome
            ) -> None:
                object.__setattr__(outcome, "up", outcome.up + outcome.reset)
                object.__setattr__(outcome, "reset", ())
                plain(self, source, who, target, outcome)

            patch(rules._Search, "edge", edge)


@pytest.mark.parametrize("name", BROKEN)
def test_what_a_broken_engine_proves_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The claim is wrong: some instance refutes it."""
    way, text = BROKEN[name]
    right = made(HEAD + text)
    check = text.rpartition("check ")[2].partition(";")[0].partition(":")[0]
    assert right is None or (check not in right.proved and not right.refused)
    broken(way, monkeypatch.setattr)
    found = made(HEAD + text)
    assert found is not None and check in found.proved
    assert check in found.refused, found.refused
    assert check in refuted(program_of(HEAD + text), 3)


@pytest.mark.parametrize("way", ["follow", "acts", "owed"])
def test_no_generated_lie_is_accepted(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a broken engine claims of generated systems, and an instance refutes, is refused."""
    broken(way, monkeypatch.setattr)
    lies = 0
    for seed in range(10):
        program = program_of(generated(seed))
        found = made(program)
        if found is None:
            continue
        wrong = refuted(program, 2) & found.proved
        lies += len(wrong)
        assert wrong <= found.refused.keys(), seed
    assert lies


@pytest.mark.parametrize("seed", range(10, 26))
def test_what_is_right_is_accepted(seed: int) -> None:
    found = made(program_of(generated(seed)))
    assert found is None or not found.refused


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 300))
def test_what_is_right_is_accepted_of_more(seed: int) -> None:
    found = made(program_of(generated(seed)))
    assert found is None or not found.refused


A15 = shipped("models") / "fences" / "fence_wait_in_section.srcu"


@pytest.mark.parametrize("wait", ["uninterruptible", "outside"])
def test_a_model(wait: str, tmp_path: Path) -> None:
    """Runs of failures are in the file too, with the number of cells that they have."""
    written(A15, tmp_path / "a15", "IOCTLS", WAIT=wait)
    found = judged(A15, tmp_path / "a15", WAIT=wait)
    assert found.accepted and not found.unclaimed
    verdicts = {claim.check: claim.verdict for claim, _ in found.claims}
    assert verdicts["unplug_returns"] == ("holds" if wait == "outside" else "fails")
    assert verdicts["no_mmio_after_unmap"] == "holds"
    assert "IOCTLS: every finite number from 0; each runs once" in " ".join(found.assuming)


@pytest.mark.parametrize("seed", [0, 2, 3, 5, 8, 9])
def test_no_forged_ranking_shows_what_fails(seed: int) -> None:
    """All pairs in one node, in two, or in those that a right ranking of another check has."""
    program = program_of(generated(seed))
    system = instance(program, "N", CELLS, True)
    found = made(program)
    assert found is not None and not found.refused
    failing = refuted(program, 2)
    random = Random(seed)
    cells, count = Cells(system), len(found.certificate.pairs)
    who = [t for t, cell in enumerate(cells.replicas.threads) if cell <= 0]
    nodes = [Step(-1, "good", -1), *(Step(-1, "just", t) for t in who)]
    nodes += [Step(-1, "left", k) for k in range(len(found.certificate.rungs))]
    forged = [Ranking((node,), [1] * count) for node in nodes]
    for _ in range(30):
        two = random.choice(nodes), random.choice(nodes)
        forged.append(Ranking(two, [random.randint(1, 2) for _ in range(count)]))
    forged += found.certificate.rankings
    frames = {-1, *cells.frames.values()}
    claims = [
        AnyClaim(Claim(c.name, c.text, "holds", (), Closed()), None, dict.fromkeys(frames, at))
        for c in system.checks
        if c.name in failing and isinstance(c.question, Completes | Settles)
        for at in range(len(forged))
    ]
    lie = replace(found.certificate, claims=tuple(claims), rankings=forged)
    said = flaws(cells, lie, range(len(claims)), lambda done, total: None)
    assert len(said) == len(claims)


def refuted(program: Program, most: int) -> set[str]:
    """The checks that some instance refutes."""
    found: set[str] = set()
    for number in range(1, most + 1):
        system = instance(program, "N", number, False)
        verdicts = Explicit().judge(system, Budget(states=5_000), Silent()).verdicts
        for at, check in enumerate(system.checks):
            bad = Holds if isinstance(check.question, Reachable) else Fails
            if isinstance(verdicts[at], bad):
                found.add(check.name)
    return found
