# SPDX-License-Identifier: MIT
"""Reads a certificate, which anybody may have written: what is odd in it is refused."""

import base64
import hashlib
import json
import zlib
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from sys import byteorder
from typing import Any, get_args

from srcucheck.check.certificate import (
    FORMAT,
    Certificate,
    Claim,
    Claimed,
    Closed,
    Identity,
    Node,
    Progress,
    Proof,
    Run,
    Tree,
    Why,
)
from srcucheck.check.trace import Schedule
from srcucheck.ir.system import State, System

MOST_BYTES = 64 << 20
"""Of a file; and a set has at most so many numbers: a larger one is not unpacked."""
MOST_NUMBERS = 1 << 28


class Refused(Exception):
    """The certificate shows nothing; the message says why."""


STATES, PAIRS = "srcucheck_certificate", "srcucheck_any_number"
"""The first key of a certificate of states, and of one for any number of cells."""


def read_identity(data: bytes, kind: str = STATES) -> Identity:
    """Which system it is about: the first line, and whether the file is all there.

    Raises:
        Refused: it is no certificate, or not a whole one.
    """
    if len(data) > MOST_BYTES:
        raise Refused(f"it is larger than {MOST_BYTES >> 20} MB")
    with odd("no certificate"):
        head = json_object(data[: data.find(b"\n") + 1])
        if head[kind] != FORMAT:
            raise Refused(f"its format is {head[kind]!r:.20}, not {FORMAT}")
        end = data.rfind(b"\n", 0, -1) + 1
        last = json.loads(data[end:])
        if data[-1:] != b"\n" or last != {"end": hashlib.sha256(data[:end]).hexdigest()}:
            raise Refused("it is cut short, or was changed: the last line does not fit the rest")
        return _identity(head)


HEAD = "srcucheck_smt"
"""The first key of a symbolic certificate."""


def read_symbolic(data: bytes) -> tuple[Identity, tuple[Claim, ...], tuple[str, ...], str]:
    """What a symbolic certificate is about, what it claims and assumes, and all of its text.

    Raises:
        Refused: it is odd.
    """
    if len(data) > MOST_BYTES:
        raise Refused(f"it is larger than {MOST_BYTES >> 20} MB")
    with odd("no symbolic certificate"):
        text = data.decode("utf-8")
        head = json_object(text[2 : text.index("\n")].encode())
        if head[HEAD] != FORMAT:
            raise Refused(f"its format is {head[HEAD]!r:.20}, not {FORMAT}")
        claims = tuple(_claim(claim, ()) for claim in head["claims"])
        if not claims or not all(isinstance(claim.proof, Closed) for claim in claims):
            raise Refused("it claims nothing that an invariant could show")
        return _identity(head), claims, tuple(map(text_of, head["assuming"])), text


def _identity(head: dict[str, Any]) -> Identity:
    texts, values = _texts(head["texts"]), _texts(head["values"])
    known = text_of(head["model"]), text_of(head["sha256"]), number(head["semantics"])
    return Identity(*known, texts, values, head["reductions"] is True)


def read(data: bytes, identity: Identity, system: System) -> Certificate:
    """All of it, for this system.

    Raises:
        Refused: it is odd, or too large.
    """
    with odd("not what `srcucheck check --certificate` writes"):
        return certificate(list(map(json_object, data.splitlines()[:-1])), identity, system)


def certificate(lines: Sequence[dict[str, Any]], identity: Identity, system: System) -> Certificate:
    """The same of lines; what is odd in them is any error that ``odd`` knows."""
    head, *rest = lines
    states = _states(rest[0], system)
    trees = [_tree(line, len(states), len(system.threads)) for line in rest[1:]]
    claims = tuple(_claim(claim, trees) for claim in head["claims"])
    if not claims:
        raise Refused("it claims nothing")
    return Certificate(identity, claims, states)


@contextmanager
def odd(what: str) -> Iterator[None]:
    """Errors that only odd data raise refuse it."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise Refused(f"it is {what}") from error
    except (RecursionError, zlib.error) as error:
        raise Refused(f"it is {what}") from error


def _states(line: dict[str, Any], system: System) -> list[State]:
    """The states, which must be sorted."""
    return rows(line, number(line["states"]), len(system.slots))


def rows(line: dict[str, Any], count: int, width: int) -> list[State]:
    """So many rows of so many numbers, sorted, each once."""
    values = line["values"]
    if count * max(width, 1) > MOST_NUMBERS:
        raise Refused(f"{count:,} states are too many to be looked at")
    if count and len(values) != width:
        raise Refused("its states have another number of variables")
    for some in values:
        if any(not isinstance(v, int) or isinstance(v, bool) for v in some):
            raise Refused("a variable has a value that is no number")
    wide = [width_of(len(some)) for some in values]
    raw = memoryview(inflated(line["columns"], count * sum(wide)))
    columns, at = [], 0
    for some, bytes_ in zip(values, wide, strict=True):
        found = numbers(raw[at : at + count * bytes_], bytes_, count)
        columns.append(map(some.__getitem__, found))
        at += count * bytes_
    states: list[State] = []
    for state in zip(*columns, strict=True) if columns else [()] * min(count, 2):
        if states and state <= states[-1]:
            raise Refused("its states are not in order, each once")
        states.append(state)
    return states


def _tree(line: dict[str, Any], count: int, threads: int) -> Tree:
    nodes: list[Node] = []
    depth = {-1: 0}
    for parent, why, thread in line["nodes"]:
        node = Node(number(parent, -1), why, number(thread, -1))
        fits = -1 < node.thread < threads if why != "good" else node.thread == -1
        below = node.parent == -1 or nodes[node.parent].why == "comp"
        depth[len(nodes)] = depth[node.parent] + 1
        if why not in get_args(Why) or not fits or not below or depth[len(nodes)] > threads + 1:
            raise Refused(f"node {len(nodes)} of a tree is none")
        nodes.append(node)
    width = width_of(len(nodes) + 1)
    of = numbers(memoryview(inflated(line["of"], count * width)), width, count)
    if count and max(of) > len(nodes):
        raise Refused("a state has a node that is not there")
    frame = line["frame"]
    return Tree(None if frame is None else number(frame), tuple(nodes), of)


def _claim(data: dict[str, Any], trees: Sequence[Tree]) -> Claim:
    if data["verdict"] not in get_args(Claimed):
        raise Refused("a claim is no verdict")
    about, bounds = (
        (text_of(data["check"]), text_of(data["text"])),
        tuple(map(text_of, data["bounds"])),
    )
    return Claim(*about, data["verdict"], bounds, _proof(data["proof"], trees))


def _proof(data: dict[str, Any], trees: Sequence[Tree]) -> Proof:
    kind = data["kind"]
    if kind == "closed":
        return Closed(_schedule(data["witness"]))
    if kind == "progress":
        own = tuple(trees[number(n)] for n in data["trees"])
        return Progress(own, _schedule(data["witness"]))
    schedule = _schedule(data["schedule"]) if kind == "run" else None
    if schedule is None:
        raise Refused("a proof is of a kind that this version does not know")
    return Run(text_of(data["property"]), schedule)


def _schedule(data: dict[str, Any] | None) -> Schedule | None:
    if data is None:
        return None
    steps = tuple((number(thread), number(choice)) for thread, choice in data["steps"])
    cycle = data["cycle"]
    return Schedule(number(data["initial"]), steps, None if cycle is None else number(cycle))


def inflated(text: str, size: int) -> bytes:
    """What was compressed, which has this many bytes: no more is unpacked."""
    opened = zlib.decompressobj()
    raw = opened.decompress(base64.b64decode(text, validate=True), size + 1)
    if len(raw) != size or not opened.eof or opened.unused_data:
        raise Refused("a compressed part has another size than it says")
    return raw


def width_of(most: int) -> int:
    """Bytes for each of the numbers below ``most``."""
    return 0 if most <= 1 else 1 if most <= 1 << 8 else 2 if most <= 1 << 16 else 4


def numbers(raw: memoryview, width: int, count: int) -> Sequence[int]:
    """So many numbers of so many bytes each, the low one first."""
    if not width:
        return bytes(count)
    found = array({1: "B", 2: "H", 4: "I"}[width], bytes(raw))
    if byteorder == "big":
        found.byteswap()
    return found


def json_object(line: bytes) -> dict[str, Any]:
    """A line."""
    found = json.loads(line)
    if not isinstance(found, dict):
        raise TypeError
    return found


def number(data: Any, least: int = 0) -> int:
    """What must be a number, and not too small."""
    if not isinstance(data, int) or isinstance(data, bool) or data < least:
        raise TypeError
    return data


def text_of(data: Any) -> str:
    """What must be a text."""
    if not isinstance(data, str):
        raise TypeError
    return data


def _texts(data: dict[str, Any]) -> dict[str, str]:
    return {text_of(name): text_of(value) for name, value in data.items()}
