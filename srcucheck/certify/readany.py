# SPDX-License-Identifier: MIT
"""Reads a certificate for any number of cells; what is odd in it is refused."""

from collections.abc import Callable, Sequence
from typing import Any, get_args

from srcucheck.certify.read import (
    PAIRS,
    Refused,
    certificate,
    inflated,
    json_object,
    number,
    numbers,
    odd,
    read_identity,
    rows,
    text_of,
    width_of,
)
from srcucheck.check.certificate import Certificate, Claim, Claimed, Closed, Identity
from srcucheck.check.pairs import AnyCertificate, AnyClaim, Pair, Ranking, Reason, Rung, Step
from srcucheck.ir.system import System

MOST_INSTANCES = 16
_DEPTH = 64
"""Of a ranking."""

Json = dict[str, Any]


def read_param(data: bytes) -> tuple[Identity, str]:
    """Which system it is about, and the param of which every value is meant.

    Raises:
        Refused: it is no such certificate, or not a whole one.
    """
    identity = read_identity(data, PAIRS)
    with odd("no certificate"):
        return identity, text_of(json_object(data[: data.find(b"\n") + 1])["param"])


def read_any(
    data: bytes, identity: Identity, cells: System, instance: Callable[[int], System]
) -> AnyCertificate:
    """All of it, for these systems.

    Raises:
        Refused: it is odd, or too large.
        ModelError: an instance cannot be run.
    """
    with odd("not what `srcucheck check --any PARAM --certificate` writes"):
        head, *rest = map(json_object, data.splitlines()[:-1])
    with odd("not what `srcucheck check --any PARAM --certificate` writes"):
        bases = rows(rest[0], number(rest[0]["bases"]), len(rest[0]["values"]))
        pairs = _pairs(rest[1], len(bases))
        rungs: list[Rung] = []
        rankings: list[Ranking] = []
        embedded: dict[int, Sequence[Json]] = {}
        at = 2
        while at < len(rest):
            line = rest[at]
            at += 1
            if "instance" in line:
                lines = number(line["lines"], 1)
                if at + lines > len(rest) or not number(line["instance"]) < MOST_INSTANCES:
                    raise Refused("it has not all of an instance")
                embedded[line["instance"]] = rest[at : at + lines]
                at += lines
            elif "rung" in line:
                thread, location = map(number, line["rung"])
                if thread >= len(cells.threads):
                    raise Refused("a rung is about no thread")
                rungs.append(Rung(thread, location, _ranking(line, len(pairs), cells)))
            else:
                rankings.append(_ranking(line, len(pairs), cells))
        claims = tuple(_claim(claim, len(rankings)) for claim in head["claims"])
        if not claims:
            raise Refused("it claims nothing")
    instances: dict[int, Certificate] = {}
    for n, lines_ in embedded.items():
        system = instance(n)
        with odd(f"odd where it is about {n} of them"):
            instances[n] = certificate(lines_, identity, system)
    param = text_of(head["param"])
    return AnyCertificate(identity, param, claims, bases, pairs, rungs, rankings, instances)


def _pairs(line: Json, bases: int) -> list[Pair]:
    count, wide, width = number(line["pairs"]), number(line["relations"]), len(line["values"])
    found = []
    for base, *row in rows(line, count, width):
        relations = row[:wide]
        while relations and relations[-1] < 0:
            relations.pop()
        if base not in range(bases):
            raise Refused("a pair has a base that is not there")
        found.append(Pair(base, tuple(relations), tuple(row[wide:])))
    return found


def _ranking(line: Json, count: int, cells: System) -> Ranking:
    nodes: list[Step] = []
    depth = {-1: 0}
    for parent, why, of in line["nodes"]:
        node = Step(number(parent, -1), why, number(of, -1))
        fits = {
            "just": -1 < node.of < len(cells.threads),
            "left": node.of >= 0,
            "good": node.of == -1,
            "count": -1 < node.of < len(cells.slots),
        }.get(why, False)
        below = node.parent == -1 or nodes[node.parent].why == "count"
        depth[len(nodes)] = depth[node.parent] + 1
        if why not in get_args(Reason) or not fits or not below or depth[len(nodes)] > _DEPTH:
            raise Refused(f"node {len(nodes)} of a ranking is none")
        nodes.append(node)
    wide = width_of(len(nodes) + 1)
    of_ = numbers(memoryview(inflated(line["of"], count * wide)), wide, count)
    if count and max(of_) > len(nodes):
        raise Refused("a pair has a node that is not there")
    return Ranking(tuple(nodes), of_)


def _claim(data: Json, rankings: int) -> AnyClaim:
    if data["verdict"] not in get_args(Claimed):
        raise Refused("a claim is no verdict")
    about, bounds = (
        (text_of(data["check"]), text_of(data["text"])),
        tuple(map(text_of, data["bounds"])),
    )
    own = {number(frame, -1): number(k) for frame, k in data["rankings"]}
    if any(k >= rankings for k in own.values()):
        raise Refused("a claim has a ranking that is not there")
    shown = None if data["number"] is None else number(data["number"])
    return AnyClaim(Claim(*about, data["verdict"], bounds, Closed()), shown, own)
