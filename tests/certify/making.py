# SPDX-License-Identifier: MIT
"""Certificates of systems that no model made, written and read as any other."""

from dataclasses import replace

from srcucheck.base.budget import Budget, Silent
from srcucheck.certify.checker import refusals
from srcucheck.certify.read import read, read_identity
from srcucheck.check.certificate import Certificate, Claim, Identity
from srcucheck.check.door import accept
from srcucheck.check.engine import Answers
from srcucheck.check.verdict import Verdict
from srcucheck.driver.certificates import certificate, claimed, lines
from srcucheck.explicit.engine import Explicit
from srcucheck.ir.system import System

SOME = Identity("model", "0" * 64, 1, {"": "1"}, {"N": "2"}, True)


def judged(system: System) -> Answers:
    """What the engine says, proofs included."""
    return accept(system, Explicit(proofs=True).judge(system, Budget(), Silent()))


def made(system: System) -> Certificate:
    """The certificate of all that it found."""
    answers = judged(system)
    assert answers.proofs is not None
    claims = claimed(system.checks, answers.verdicts, answers.proofs)
    return certificate(SOME, claims, answers.proofs)


def text(found: Certificate) -> bytes:
    """The bytes of the file."""
    return b"".join(lines(found))


def stored(system: System, found: Certificate) -> Certificate:
    """The certificate as it comes back from a file, its states in order."""
    data = text(found)
    assert read_identity(data) == SOME
    return read(data, SOME, system)


def why_not(system: System, found: Certificate) -> list[str | None]:
    """Of each claim why it is refused."""
    return refusals(system, found, lambda done, total: None)


def claims(found: Certificate) -> dict[str, Claim]:
    """By check."""
    return {claim.check: claim for claim in found.claims}


def instead(found: Certificate, check: str, claim: Claim) -> Certificate:
    """With another claim for a check."""
    return replace(found, claims=tuple(claim if c.check == check else c for c in found.claims))


def verdicts(system: System) -> dict[str, Verdict]:
    """The engine's verdicts by name."""
    return {c.name: judged(system).verdicts[k] for k, c in enumerate(system.checks)}
