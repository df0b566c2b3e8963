# SPDX-License-Identifier: MIT
"""Writes certificates: what an engine has shown of one variant, as lines of JSON.

``docs/proofs.md`` describes the lines.  ``certify.read`` reads them, and shares no code with this.
"""

import base64
import hashlib
import json
import os
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from sys import byteorder
from typing import Any, assert_never

from srcucheck import __version__
from srcucheck.check.certificate import (
    FORMAT,
    Certificate,
    Claim,
    Claimed,
    Closed,
    Identity,
    Progress,
    Proof,
    Proofs,
    Run,
    Tree,
)
from srcucheck.check.engine import Answers
from srcucheck.check.report import Unwritten, VariantReport, Written
from srcucheck.check.trace import Schedule
from srcucheck.check.verdict import Fails, Holds, HoldsUpTo, Unknown, Verdict
from srcucheck.driver.assume import in_words
from srcucheck.driver.identity import identity
from srcucheck.driver.variant import Lowered
from srcucheck.ir.system import Check

SUFFIX = ".cert"
SYMBOLIC = ".smt2"
_LONGEST = 120
"""Letters of a file's name, so that every file system takes it."""

Json = dict[str, Any]


def place(
    asked: Path, stem: str, chosen: Mapping[str, str], *, alone: bool, suffix: str = SUFFIX
) -> Path:
    """Where a variant's certificate goes: to ``asked``, or with others into that folder."""
    if alone and not asked.is_dir():
        return asked
    name = ",".join([stem, *(f"{choice}={value}" for choice, value in chosen.items())])
    if len(name) > _LONGEST:
        name = f"{name[:_LONGEST]}~{hashlib.sha256(name.encode()).hexdigest()[:12]}"
    return asked / f"{name}{suffix}"


def keep(lowered: Lowered, answers: Answers, report: VariantReport, path: Path) -> VariantReport:
    """Writes what was found of a variant; the report then says where each verdict's proof is."""
    about = identity(lowered.resolved, lowered.values, reductions=report.reductions)
    checks, proofs = lowered.system.checks, answers.proofs or Proofs((), {})
    claims = claimed(checks, answers.verdicts, proofs)
    kept: Written | Unwritten = Written(str(path))
    try:
        if claims:
            words = in_words(report.assumptions)
            write(path, replace(certificate(about, claims, proofs), assuming=words))
    except OSError as error:
        kept = Unwritten(error.strerror or "it cannot be written")
    judgements = tuple(
        replace(j, certificate=kept if at in claims else _none(j.verdict))
        for at, j in enumerate(report.judgements)
    )
    return replace(report, judgements=judgements, certificate=kept if claims else None)


def _none(verdict: Verdict) -> Unwritten:
    """Why there is nothing to be written about a verdict."""
    if isinstance(verdict, Unknown):
        return Unwritten("nothing is known")
    return Unwritten("the budget was spent")


def claimed(
    checks: Sequence[Check], verdicts: Mapping[int, Verdict], proofs: Proofs
) -> dict[int, Claim]:
    """What there is to say of the checks, by their places."""
    claims: dict[int, Claim] = {}
    for at, check in enumerate(checks):
        found = claimed_verdict(verdicts[at])
        if found is not None and at in proofs.of:
            claims[at] = Claim(check.name, check.text, *found, proofs.of[at])
    return claims


def certificate(about: Identity, claims: Mapping[int, Claim], proofs: Proofs) -> Certificate:
    """The claims, with the states if some of them need these."""
    needed = any(not isinstance(claim.proof, Run) for claim in claims.values())
    return Certificate(about, tuple(claims.values()), proofs.states if needed else ())


def claimed_verdict(verdict: Verdict) -> tuple[Claimed, tuple[str, ...]] | None:
    """The word for it, and the bounds."""
    match verdict:
        case Holds():
            return "holds", ()
        case HoldsUpTo(bounds):
            return "holds_up_to", bounds
        case Fails():
            return "fails", ()
        case Unknown():
            return None
        case _:
            assert_never(verdict)


def write(path: Path, certificate: Certificate) -> None:
    """Writes a file, whole or not at all.

    Raises:
        OSError: that cannot be done.
    """
    stored(path, lines(certificate))


def stored(path: Path, data: Iterable[bytes]) -> None:
    """The same for any lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(temporary, "wb") as opened:
            opened.writelines(data)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def lines(certificate: Certificate) -> Iterator[bytes]:
    """The lines of the file."""
    return guarded(parts(certificate))


def guarded(found: Iterable[Json]) -> Iterator[bytes]:
    """Lines of a file, of which the last one guards the others."""
    guard = hashlib.sha256()
    for data in found:
        line = json.dumps(data, separators=(",", ":")).encode() + b"\n"
        guard.update(line)
        yield line
    yield json.dumps({"end": guard.hexdigest()}).encode() + b"\n"


def parts(certificate: Certificate) -> Iterator[Json]:
    """The lines but for the last."""
    about = certificate.identity
    trees: dict[int, Tree] = {}
    for claim in certificate.claims:
        if isinstance(claim.proof, Progress):
            trees |= {id(tree): tree for tree in claim.proof.trees}
    numbers = {key: number for number, key in enumerate(trees)}
    yield head("srcucheck_certificate", about, certificate.assuming) | {
        "claims": [_claim(claim, numbers) for claim in certificate.claims],
    }
    states = certificate.states
    order = sorted(range(len(states)), key=states.__getitem__)
    yield _states([states[s] for s in order])
    for tree in trees.values():
        yield _tree(tree, order)


def head(kind: str, about: Identity, assuming: Sequence[str]) -> Json:
    """What a certificate is about, as its first line begins."""
    return {
        kind: FORMAT,
        "made_by": f"srcucheck {__version__}",
        "model": about.model,
        "sha256": about.digest,
        "semantics": about.semantics,
        "reductions": about.reductions,
        "assuming": list(assuming),
        "values": dict(about.values),
        "texts": dict(about.texts),
    }


def _claim(claim: Claim, trees: Mapping[int, int]) -> Json:
    return {
        "check": claim.check,
        "text": claim.text,
        "verdict": claim.verdict,
        "bounds": list(claim.bounds),
        "proof": _proof(claim.proof, trees),
    }


def _proof(proof: Proof, trees: Mapping[int, int]) -> Json:
    match proof:
        case Closed(witness):
            return {"kind": "closed", "witness": _schedule(witness)}
        case Progress(own, witness):
            numbers = [trees[id(tree)] for tree in own]
            return {"kind": "progress", "trees": numbers, "witness": _schedule(witness)}
        case Run(name, schedule):
            return {"kind": "run", "property": name, "schedule": _schedule(schedule)}
        case _:
            assert_never(proof)


def _schedule(schedule: Schedule | None) -> Json | None:
    return None if schedule is None else asdict(schedule)


def _states(states: Sequence[tuple[int, ...]]) -> Json:
    """The states of a system."""
    return {"states": len(states)} | table(states)


def table(rows: Sequence[tuple[int, ...]]) -> Json:
    """Column by column, each value by its number among those of its variable."""
    values: list[list[int]] = []
    packed: list[bytes] = []
    for column in zip(*rows, strict=True):
        some = sorted(set(column))
        values.append(some)
        number = {value: n for n, value in enumerate(some)}
        packed.append(packed_numbers(map(number.__getitem__, column), len(some)))
    return {"values": values, "columns": squeezed(b"".join(packed))}


def _tree(tree: Tree, order: Sequence[int]) -> Json:
    return {
        "frame": tree.frame,
        "nodes": [[n.parent, n.why, n.thread] for n in tree.nodes],
        "of": squeezed(packed_numbers((tree.of[s] for s in order), len(tree.nodes) + 1)),
    }


def packed_numbers(numbers: Iterable[int], most: int) -> bytes:
    """Numbers below ``most``: none, one, two or four bytes for each, the low one first."""
    if most <= 1:
        return b""
    packed = array("B" if most <= 1 << 8 else "H" if most <= 1 << 16 else "I", numbers)
    if byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def squeezed(raw: bytes) -> str:
    """Bytes as a text, compressed."""
    return base64.b64encode(zlib.compress(raw, 9)).decode("ascii")
