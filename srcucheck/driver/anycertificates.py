# SPDX-License-Identifier: MIT
"""Writes certificates for any number of cells: the pairs, and those of small instances beside.

``docs/proofs.md`` describes the lines.  ``certify.readany`` reads them, and shares no code with it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from srcucheck.certify.anynumber import INSTANCES
from srcucheck.certify.read import PAIRS
from srcucheck.check.certificate import Certificate, Claim, Closed, Identity, Progress, Proofs
from srcucheck.check.engine import Answers
from srcucheck.check.pairs import AnyCertificate, AnyClaim, Pairs, Ranking
from srcucheck.check.report import Unwritten, VariantReport, Written
from srcucheck.check.verdict import Unknown
from srcucheck.driver.assume import in_words
from srcucheck.driver.certificates import (
    claimed_verdict,
    guarded,
    head,
    packed_numbers,
    parts,
    squeezed,
    stored,
    table,
)
from srcucheck.driver.identity import ANY, identity
from srcucheck.driver.instances import Outcome
from srcucheck.driver.variant import Resolved
from srcucheck.ir.system import Check, Completes, LeadsTo, NoHang, Settles
from srcucheck.lang.constant import Value

Json = dict[str, Any]


def keep(
    resolved: Resolved,
    values: Mapping[str, Value],
    found: Outcome,
    kept: Mapping[int, int],
    report: VariantReport,
    path: Path,
) -> VariantReport:
    """Writes what was shown; the report then says where each verdict's proof is.

    ``kept`` are the judgements of the report, by their place among all checks.
    """
    about = about_any(resolved, values, found.how.param, reductions=report.reductions)
    made = certificate(found, frozenset(kept), about, in_words(report.assumptions))
    said: Written | Unwritten = Written(str(path))
    try:
        if made.claims:
            stored(path, guarded(_lines(made)))
    except OSError as error:
        said = Unwritten(error.strerror or "it cannot be written")
    claimed = {(one.claim.check, one.claim.text) for one in made.claims}
    judgements = list(report.judgements)
    for place, at in kept.items():
        check, own = found.system.checks[place], judgements[at]
        if (check.name, check.text) in claimed:
            judgements[at] = replace(own, certificate=said)
        else:
            why = "nothing is known" if isinstance(own.verdict, Unknown) else "it is not complete"
            judgements[at] = replace(own, certificate=Unwritten(why))
    return replace(report, judgements=tuple(judgements), certificate=said if made.claims else None)


def about_any(
    resolved: Resolved, values: Mapping[str, Value], param: str, *, reductions: bool
) -> Identity:
    """The identity of a variant for any value of one param."""
    return identity(resolved, {**values, param: ANY}, reductions=reductions)


def certificate(
    found: Outcome, asked: frozenset[int], about: Identity, assuming: Sequence[str]
) -> AnyCertificate:
    """All that can be claimed."""
    claims: list[AnyClaim] = []
    rankings: dict[int, tuple[int, Ranking]] = {}
    needed: dict[int, dict[int, Claim]] = {}
    for place, check in enumerate(found.system.checks):
        verdict = claimed_verdict(found.verdicts[place])
        if verdict is None or place not in asked:
            continue
        number = found.numbers.get(place)
        places = INSTANCES if number is None else (number,)
        own = {n: _claim(check, place, *found.instances[n]) for n in places
               if n in found.instances and place in found.instances[n][1].verdicts}  # fmt: skip
        if any(one is None for one in own.values()) or (number is None and found.pairs is None):
            continue
        numbers: dict[int, int] = {}
        if number is None and found.pairs is not None:
            for frame, ranking in (found.pairs.rankings or {}).get(place, {}).items():
                numbers[frame] = rankings.setdefault(id(ranking), (len(rankings), ranking))[0]
        for n, one in own.items():
            if one is not None:
                needed.setdefault(n, {})[place] = one
        proof = Claim(check.name, check.text, *verdict, Closed())
        claims.append(AnyClaim(proof, number, numbers))
    instances = {n: _instance(about, found.instances[n][1], own) for n, own in needed.items()}
    pairs = found.pairs if any(c.number is None for c in claims) else None
    pairs = pairs or Pairs((), ())
    return AnyCertificate(
        about, found.how.param, tuple(claims), pairs.bases, pairs.pairs, pairs.rungs,
        [ranking for _, ranking in rankings.values()], dict(sorted(instances.items())),
        tuple(assuming),
    )  # fmt: skip


def _claim(check: Check, place: int, system: object, answers: Answers) -> Claim | None:
    """What an instance shows of a check; that there is nothing to judge is shown like a proof."""
    verdict = answers.verdicts[place]
    proofs = answers.proofs or Proofs((), {})
    if isinstance(verdict, Unknown) and verdict.vacuous and answers.figures.complete:
        for_ever = isinstance(check.question, Completes | NoHang | Settles | LeadsTo)
        proof = Progress(()) if for_ever else Closed()
        return Claim(check.name, check.text, "holds", (), proof)
    said = claimed_verdict(verdict)
    if said is None or place not in proofs.of:
        return None
    return Claim(check.name, check.text, *said, proofs.of[place])


def _instance(about: Identity, answers: Answers, claims: Mapping[int, Claim]) -> Certificate:
    return Certificate(about, tuple(claims.values()), (answers.proofs or Proofs((), {})).states)


# --- lines ----------------------------------------------------------------------------------------


def _lines(made: AnyCertificate) -> Iterator[Json]:
    yield head(PAIRS, made.identity, made.assuming) | {
        "param": made.param,
        "claims": [
            {
                "check": one.claim.check,
                "text": one.claim.text,
                "verdict": one.claim.verdict,
                "bounds": list(one.claim.bounds),
                "number": one.number,
                "rankings": sorted(one.rankings.items()),
            }
            for one in made.claims
        ],
    }
    yield {"bases": len(made.bases)} | table(made.bases)
    wide = max((len(p.relations) for p in made.pairs), default=0)
    rows = [(p.base, *p.relations, *(-1,) * (wide - len(p.relations)), *p.cell) for p in made.pairs]
    yield {"pairs": len(rows), "relations": wide} | table(rows)
    for rung in made.rungs:
        yield {"rung": [rung.thread, rung.location]} | _ranking(rung.ranking)
    for ranking in made.rankings:
        yield _ranking(ranking)
    for number, own in made.instances.items():
        lines = list(parts(own))
        yield {"instance": number, "lines": len(lines)}
        yield from lines


def _ranking(ranking: Ranking) -> Json:
    of = packed_numbers(ranking.of, len(ranking.nodes) + 1)
    return {"nodes": [[n.parent, n.why, n.of] for n in ranking.nodes], "of": squeezed(of)}
