# SPDX-License-Identifier: MIT
"""Certificates for any number of cells, of texts, and of engines that are not quite right."""

from dataclasses import dataclass
from pathlib import Path

from srcucheck.base.budget import Budget, Silent
from srcucheck.certify.cells import Cells
from srcucheck.certify.pairs import flaws
from srcucheck.check.certificate import Claim, Closed, Identity
from srcucheck.check.pairs import CELLS, AnyCertificate, AnyClaim, Pairs, Ranking
from srcucheck.driver.certified import Certifier, Judged
from srcucheck.driver.jobs import Interrupt, run
from srcucheck.driver.settings import Settings
from srcucheck.ir.system import System
from srcucheck.lang.program import Program
from srcucheck.views.judge import Proved, judge
from tests.meaning.agreement import program_of
from tests.views.agreement import instance

SOME = Identity("model", "0" * 64, 1, {"": "1"}, {"N": "any"}, True)


@dataclass(frozen=True)
class Made:
    """What an engine says, and what the checker says to it, by check."""

    proved: frozenset[str]
    refused: dict[str, str]
    certificate: AnyCertificate


def made(text: str | Program) -> Made | None:
    """The pairs of a model with a param N, as certificates; None where nothing is proved."""
    program = program_of(text) if isinstance(text, str) else text
    system = instance(program, "N", CELLS, True)
    assert system.replicas is not None
    if system.replicas.stops:
        return None
    findings = judge(system, Budget(states=3_000), proofs=True)
    if findings.proof is None:
        return None
    found = certificate(system, findings.checks, findings.proof)
    names = frozenset(one.claim.check for one in found.claims)
    return Made(names, refusals(system, found), found)


def certificate(system: System, findings: object, pairs: Pairs) -> AnyCertificate:
    """All that the pairs are said to prove."""
    rankings: list[Ranking] = []
    claims = []
    for at, (check, finding) in enumerate(zip(system.checks, findings, strict=True)):  # type: ignore[call-overload]
        if not isinstance(finding, Proved):
            continue
        own = {}
        for frame, ranking in (pairs.rankings or {}).get(at, {}).items():
            own[frame] = len(rankings)
            rankings.append(ranking)
        verdict = "holds_up_to" if finding.bounds else "holds"
        if type(check.question).__name__ == "Reachable":
            verdict = "fails"
        claim = Claim(check.name, check.text, verdict, finding.bounds, Closed())  # type: ignore[arg-type]
        claims.append(AnyClaim(claim, None, own))
    return AnyCertificate(
        SOME, "N", tuple(claims), pairs.bases, pairs.pairs, pairs.rungs, rankings, {}
    )


def refusals(system: System, found: AnyCertificate) -> dict[str, str]:
    """What the pairs do not show, by check: the small instances are not asked for."""
    places = range(len(found.claims))
    said = flaws(Cells(system), found, places, lambda done, total: None)
    return {found.claims[k].claim.check: why for k, why in said.items()}


def written(model: Path, path: Path, param: str = "N", **settings: str) -> None:
    """What `check --any` writes."""
    definitions = tuple(settings.items())
    settings_ = Settings(definitions, any_number=param, certificate=path, jobs=1)
    found = run([str(model)], settings_, Silent(), [], Interrupt())
    assert not found.files[0].diagnostics


def judged(model: Path, path: Path, **settings: str) -> Judged:
    """What `certify` says."""
    made = Certifier(model, model.name, Settings(tuple(settings.items())))
    return made.judge(path, lambda done, total: None)
