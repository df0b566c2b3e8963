# SPDX-License-Identifier: MIT
"""Judges certificates for any number of cells.

A claim that something holds needs three things: the instance without cells and the one with a
single one, each with a certificate of its own (``checker``), and the pairs for all others.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from srcucheck.certify.begins import begun, check_of, may_be_vacuous
from srcucheck.certify.cells import Cells, unlike
from srcucheck.certify.checker import Told, refusals
from srcucheck.certify.pairs import flaws
from srcucheck.certify.read import Refused
from srcucheck.check.certificate import Closed, Progress, Run
from srcucheck.check.pairs import AnyCertificate, AnyClaim
from srcucheck.ir.system import Check, Reachable, System

INSTANCES = (0, 1)
"""Numbers of cells for which the pairs are not asked."""


@dataclass(frozen=True, slots=True)
class Models:
    """The systems that the claims are about, made of the model's text.

    ``cells`` has its cells known; ``others`` are two more of these, with one cell less and more;
    ``least`` says how many cells a check needs to be there; ``instance`` makes the ordinary system
    with a number of cells.
    """

    cells: System
    others: tuple[System, ...]
    least: Mapping[tuple[str, str], int]
    instance: Callable[[int], System]


def any_refusals(models: Models, certificate: AnyCertificate, told: Told) -> list[str | None]:
    """For each claim why it is refused, or None."""
    found: list[str | None] = []
    systems = {n: models.instance(n) for n in certificate.instances}
    shown = {
        n: refusals(systems[n], own, told, vacuous=True) for n, own in certificate.instances.items()
    }
    for one in certificate.claims:
        try:
            check = check_of(models.cells, one.claim)
            _instances(models, systems, certificate, shown, one, check)
            found.append(None)
        except Refused as refused:
            found.append(str(refused))
    every = [k for k, one in enumerate(certificate.claims) if one.number is None and not found[k]]
    try:
        flawed = flaws(_alike(models), certificate, every, told) if every else {}
    except Refused as refused:
        flawed = dict.fromkeys(every, str(refused))
    return [flawed.get(place, why) for place, why in enumerate(found)]


def _alike(models: Models) -> Cells:
    """The cells, of a system that is the same for any number of them as far as can be seen."""
    replicas = models.cells.replicas
    assert replicas is not None
    if replicas.stops:
        raise Refused(f"it is not the same for any {replicas.param}: {replicas.stops[0][1]}")
    cells = Cells(models.cells)
    if not any(cell >= 0 for cell in (*replicas.threads, *replicas.slots)):
        raise Refused(f"nothing of it has {replicas.param} of them")
    why = unlike(cells, [Cells(other) for other in models.others])
    if why is not None:
        raise Refused(why)
    return cells


def _instances(
    models: Models,
    systems: Mapping[int, System],
    certificate: AnyCertificate,
    shown: Mapping[int, Sequence[str | None]],
    one: AnyClaim,
    check: Check,
) -> None:
    """Whether the small instances show their part of a claim.

    Raises:
        Refused: they do not.
    """
    claim = one.claim
    fails = (claim.verdict == "fails") != isinstance(check.question, Reachable)
    if (one.number is not None) != fails or bool(claim.bounds) != (claim.verdict == "holds_up_to"):
        raise Refused("this is no proof of what is claimed")
    least = models.least[claim.check, claim.text]
    numbers = [n for n in INSTANCES if n >= least] if one.number is None else [one.number]
    begins = not may_be_vacuous(check)
    for number in numbers:
        own = certificate.instances.get(number)
        places = [] if own is None else [
            k for k, c in enumerate(own.claims) if (c.check, c.text) == (claim.check, claim.text)
        ]  # fmt: skip
        if own is None or len(places) != 1:
            raise Refused(f"with {certificate.param}={number} nothing is shown of it")
        proof, why = own.claims[places[0]], shown[number][places[0]]
        if why is not None:
            raise Refused(f"with {certificate.param}={number}: {why}")
        if (proof.verdict == "fails") != (claim.verdict == "fails"):
            raise Refused(f"with {certificate.param}={number} something else is shown")
        if one.number is not None:
            if not isinstance(proof.proof, Run):
                raise Refused(f"with {certificate.param}={number} no run is given")
            return
        if isinstance(proof.proof, Run) or not set(proof.bounds) <= set(claim.bounds):
            raise Refused(f"with {certificate.param}={number} less is shown")
        assert isinstance(proof.proof, Closed | Progress)
        there = check_of(systems[number], proof)
        begins = begins or begun(systems[number], there, proof.proof.witness)
    if not begins:
        raise Refused("no run is given that leads to what there is to judge")
