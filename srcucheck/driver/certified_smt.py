# SPDX-License-Identifier: MIT
"""Symbolic certificates: written as SMT-LIB 2, and compared with what the model gives."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from srcucheck import __version__
from srcucheck.certify.begins import begun
from srcucheck.certify.read import HEAD, Refused
from srcucheck.certify.smt import checked_line, refusal
from srcucheck.check.certificate import FORMAT, Claim, Closed, Identity
from srcucheck.check.engine import Answers
from srcucheck.check.report import Unwritten, VariantReport, Written
from srcucheck.driver.assume import in_words
from srcucheck.driver.certificates import claimed_verdict, stored
from srcucheck.driver.identity import identity
from srcucheck.driver.variant import Lowered
from srcucheck.ir.expr import TRUE, Expr
from srcucheck.ir.system import Reachable, System
from srcucheck.symbolic import flat, smtlib
from srcucheck.symbolic import simplify as s
from srcucheck.symbolic.claims import Subject, invariant_of, may_be_vacuous
from srcucheck.symbolic.machine import of_system


def keep(lowered: Lowered, answers: Answers, report: VariantReport, path: Path) -> VariantReport:
    """Writes what an invariant shows of a variant; the report then says where it stands."""
    about = identity(lowered.resolved, lowered.values, reductions=report.reductions)
    kept: Written | Unwritten = Written(str(path))
    claims: dict[int, Claim] = {}
    try:
        subject = Subject(*of_system(lowered.system))
        claims, formulas = _claims(subject, answers)
        line = smtlib.invariant(subject.machine, s.all_of(*formulas))
        text = _text(subject, about, list(claims.values()), in_words(report.assumptions), line)
        if claims:
            stored(path, [text.encode()])
    except (flat.Refused, RecursionError) as error:
        kept = Unwritten(str(error))
    except OSError as error:
        kept = Unwritten(error.strerror or "it cannot be written")
    none = Unwritten("it rests on no single invariant")
    judgements = tuple(
        replace(j, certificate=kept if at in claims else none)
        for at, j in enumerate(report.judgements)
    )
    return replace(report, judgements=judgements, certificate=kept if claims else None)


def _claims(subject: Subject, answers: Answers) -> tuple[dict[int, Claim], Sequence[Expr]]:
    """What can be claimed, and the formulas that show it."""
    claims: dict[int, Claim] = {}
    formulas: dict[int, Expr] = {}
    for at, check in enumerate(subject.flat.system.checks):
        found = invariant_of(subject, check, answers.verdicts[at])
        verdict = claimed_verdict(answers.verdicts[at])
        if found is None or verdict is None:
            continue
        witness = subject.witness(check) if may_be_vacuous(check) else None
        if may_be_vacuous(check) and witness is None:
            continue
        formulas |= {id(one): one for one in found}
        claims[at] = Claim(check.name, check.text, *verdict, Closed(witness))
    return claims, tuple(formulas.values())


def _text(
    subject: Subject,
    about: Identity,
    claims: Sequence[Claim],
    assuming: Sequence[str],
    line: str,
) -> str:
    """The file, but for the invariant made of the model and what is claimed of it."""
    system = subject.flat.system
    places = {(check.name, check.text): check for check in system.checks}
    asked = []
    for claim in claims:
        check = places.get((claim.check, claim.text))
        if check is None:
            raise Refused(f"there is no check {claim.check}: {claim.text}")
        asked.append((check, claim.bounds))
    bad = subject.forbidden(asked)
    return smtlib.script(subject.machine, bad, _header(about, claims, assuming), line)


def _header(about: Identity, claims: Sequence[Claim], assuming: Sequence[str]) -> Iterator[str]:
    head = {
        HEAD: FORMAT,
        "made_by": f"srcucheck {__version__}",
        "model": about.model,
        "sha256": about.digest,
        "semantics": about.semantics,
        "reductions": about.reductions,
        "assuming": list(assuming),
        "values": dict(about.values),
        "texts": dict(about.texts),
        "claims": [
            {
                "check": claim.check,
                "text": claim.text,
                "verdict": claim.verdict,
                "bounds": list(claim.bounds),
                "proof": {"kind": "closed", "witness": _witness(claim)},
            }
            for claim in claims
        ],
    }
    yield json.dumps(head, separators=(",", ":"))
    yield "An inductive invariant.  Each question at the end is to be answered `unsat`."


def _witness(claim: Claim) -> Mapping[str, object] | None:
    assert isinstance(claim.proof, Closed)
    return None if claim.proof.witness is None else asdict(claim.proof.witness)


def refusals(
    system: System, about: Identity, claims: Sequence[Claim], assuming: Sequence[str], text: str
) -> list[str | None]:
    """For each claim why it is refused, or None.

    Raises:
        Refused: the file is not what the model and its claims give.
    """
    try:
        subject = Subject(*of_system(system))
        lines = [one for one in text.split("\n") if one.startswith(smtlib.INVARIANT)]
        if len(lines) != 1:
            raise Refused("it has not one invariant")
        begins = smtlib.invariant(subject.machine, TRUE).removesuffix("true)")
        checked_line(lines[0], begins, frozenset(smtlib.names(subject.machine)))
        if _text(subject, about, claims, assuming, lines[0]) != text:
            raise Refused("its steps, questions or comments are not those of the model here")
    except flat.Refused as error:
        raise Refused(str(error)) from error
    why = refusal(text)
    by_place = {(check.name, check.text): check for check in system.checks}
    found: list[str | None] = []
    for claim in claims:
        check = by_place[claim.check, claim.text]
        assert isinstance(claim.proof, Closed)
        empty = not begun(system, check, claim.proof.witness)
        fits = (claim.verdict == "fails") == isinstance(check.question, Reachable)
        own = "there is nothing to judge" if empty else None if fits else "it is no such verdict"
        up_to = (claim.verdict == "holds_up_to") == bool(claim.bounds)
        found.append(why or own or (None if up_to else "the bounds do not fit the verdict"))
    return found
