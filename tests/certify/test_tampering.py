# SPDX-License-Identifier: MIT
"""What somebody did to a certificate, or put in its place: refused, and never an accident."""

import base64
import hashlib
import json
import zlib
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from srcucheck.base.budget import Silent
from srcucheck.certify.read import MOST_BYTES
from srcucheck.driver.certified import Certifier, Judged
from srcucheck.driver.jobs import Interrupt, run
from srcucheck.driver.library import shipped
from srcucheck.driver.settings import Settings
from tests.certify.conftest import A15, OUTSIDE

Lines = list[dict[str, Any]]
Edit = Callable[[Lines], object]


def judge(path: Path, model: Path = A15, **settings: Any) -> Judged:
    made = Settings(**{"definitions": OUTSIDE} | settings)
    return Certifier(model, model.name, made).judge(path, lambda done, total: None)


@pytest.fixture(scope="session")
def certifier() -> Certifier:
    return Certifier(A15, A15.name, Settings(OUTSIDE))


def parsed(path: Path) -> Lines:
    return [json.loads(line) for line in path.read_bytes().splitlines()[:-1]]


def sealed(lines: Lines) -> bytes:
    """As a forger would write it, who knows the format."""
    body = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    return body + json.dumps({"end": hashlib.sha256(body).hexdigest()}).encode() + b"\n"


def inflated(text: str) -> bytearray:
    return bytearray(zlib.decompress(base64.b64decode(text)))


def squeezed(raw: bytes) -> str:
    return base64.b64encode(zlib.compress(raw)).decode()


def refused(found: Judged) -> list[str]:
    """The reasons."""
    if found.refused is not None:
        return [found.refused]
    return [why for _, why in found.claims if why is not None]


def test_as_it_is_it_is_accepted(a15: Path, tmp_path: Path) -> None:
    found = judge(a15)
    assert found.accepted and not found.unclaimed
    assert len(found.claims) == 22
    (tmp_path / "again").write_bytes(sealed(parsed(a15)))
    assert judge(tmp_path / "again").accepted


# --- bytes ----------------------------------------------------------------------------------------


def test_any_flipped_bit_is_seen(a15: Path, tmp_path: Path, certifier: Certifier) -> None:
    data = a15.read_bytes()
    path = tmp_path / "flipped"
    for at in [*range(0, len(data), len(data) // 60), len(data) - 1]:
        changed = bytearray(data)
        changed[at] ^= 1 << at % 7
        path.write_bytes(changed)
        assert refused(certifier.judge(path, lambda done, total: None)), at


def test_cut_short_anywhere_it_is_refused(a15: Path, tmp_path: Path, certifier: Certifier) -> None:
    data = a15.read_bytes()
    path = tmp_path / "cut"
    ends = [k + 1 for k, byte in enumerate(data) if byte == 10][:-1]
    for at in [0, 1, *ends, *range(7, len(data), len(data) // 40), len(data) - 1]:
        path.write_bytes(data[:at])
        assert refused(certifier.judge(path, lambda done, total: None)), at


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"\n\n\n",
        b"\0" * 100,
        b"\x7fELF\x02",
        b"hello\n",
        b"{}\n{}\n",
        b"[1]\n",
        b"[" * 100_000 + b"\n",
        b'{"srcucheck_certificate": 1}\n',
        b'{"srcucheck_certificate": ' + b"9" * 10_000 + b"}\n",
        b'{"srcucheck_certificate": 2}\n{"end": ""}\n',
        "ä".encode("latin-1"),
    ],
)
def test_what_is_no_certificate(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "odd").write_bytes(content)
    assert refused(judge(tmp_path / "odd"))


def test_a_giant_is_not_read(tmp_path: Path) -> None:
    with open(tmp_path / "giant", "wb") as opened:
        opened.truncate(MOST_BYTES * 50)
    assert refused(judge(tmp_path / "giant")) == ["it is larger than 64 MB"]


def test_a_model_is_no_certificate() -> None:
    assert refused(judge(A15))


# --- edits by somebody who knows the format -------------------------------------------------------


def drop_state(lines: Lines, which: int) -> None:
    """All columns and trees, less one state."""
    count = lines[1]["states"]
    for line, key in [(lines[1], "columns"), *((tree, "of") for tree in lines[2:])]:
        raw = inflated(line[key])
        assert len(raw) % count == 0  # one byte for each value
        kept = [raw[k : k + count] for k in range(0, len(raw), count)]
        line[key] = squeezed(b"".join(c[:which] + c[which + 1 :] for c in kept))
    lines[1]["states"] -= 1


def swap_states(lines: Lines) -> None:
    raw, count = inflated(lines[1]["columns"]), lines[1]["states"]
    for k in range(0, len(raw), count):
        raw[k], raw[k + 1] = raw[k + 1], raw[k]
    lines[1]["columns"] = squeezed(raw)


def twice(lines: Lines) -> None:
    raw, count = inflated(lines[1]["columns"]), lines[1]["states"]
    for k in range(0, len(raw), count):
        raw[k + 1] = raw[k]
    lines[1]["columns"] = squeezed(raw)


def change_a_state(lines: Lines) -> None:
    raw = inflated(lines[1]["columns"])
    raw[-1] ^= 1
    lines[1]["columns"] = squeezed(raw)


def beyond_the_values(lines: Lines) -> None:
    raw = inflated(lines[1]["columns"])
    raw[-1] = 255
    lines[1]["columns"] = squeezed(raw)


def other_value(lines: Lines) -> None:
    for values in lines[1]["values"]:
        if len(values) > 1:
            values[-1] += 1


def drop_index(lines: Lines) -> None:
    """No node for one state of each region."""
    for tree in lines[2:]:
        raw = inflated(tree["of"])
        at = next(k for k, node in enumerate(raw) if node)
        raw[at] = 0
        tree["of"] = squeezed(raw)


def all_in_one_node(lines: Lines) -> None:
    for tree in lines[2:]:
        tree["of"] = squeezed(bytes(min(node, 1) for node in inflated(tree["of"])))


def swap_nodes(lines: Lines) -> None:
    """Two components change places: steps lead to a later one."""
    for tree in lines[2:]:
        last = len(tree["nodes"])
        if last > 1:
            change = {1: last, last: 1}
            tree["of"] = squeezed(bytes(change.get(n, n) for n in inflated(tree["of"])))
            nodes = tree["nodes"]
            nodes[0], nodes[-1] = nodes[-1], nodes[0]


def other_thread(lines: Lines) -> None:
    for tree in lines[2:]:
        for node in tree["nodes"]:
            node[2] = (node[2] + 1) % 4


def just_for_comp(lines: Lines) -> None:
    for tree in lines[2:]:
        for node in tree["nodes"]:
            node[1] = "comp"


def no_tree(lines: Lines) -> None:
    for claim in lines[0]["claims"]:
        if claim["proof"]["kind"] == "progress":
            claim["proof"]["trees"] = []
    del lines[2:]


def other_frame(lines: Lines) -> None:
    for tree in lines[2:]:
        tree["frame"] += 1


def each(lines: Lines, change: Callable[[dict[str, Any]], object]) -> None:
    for claim in lines[0]["claims"]:
        change(claim)


def no_witness(claim: dict[str, Any]) -> None:
    claim["proof"]["witness"] = None


def other_witness(claim: dict[str, Any]) -> None:
    if claim["proof"].get("witness"):
        claim["proof"]["witness"]["steps"] = [[0, 99]]


def only_closed(claim: dict[str, Any]) -> None:
    claim["proof"] = {"kind": "closed", "witness": claim["proof"].get("witness")}


EDITS: dict[str, Edit] = {
    "first state dropped": lambda lines: drop_state(lines, 0),
    "a state dropped": lambda lines: drop_state(lines, lines[1]["states"] // 2),
    "last state dropped": lambda lines: drop_state(lines, lines[1]["states"] - 1),
    "no states": lambda lines: lines[1].update(states=0, columns=squeezed(b"")),
    "states in another order": swap_states,
    "a state twice": twice,
    "a state changed": change_a_state,
    "a value that is not there": beyond_the_values,
    "other values": other_value,
    "a variable less": lambda lines: lines[1]["values"].pop(),
    "states without end": lambda lines: lines[1].update(states=10**12),
    "more states than said": lambda lines: lines[1].update(states=lines[1]["states"] - 1),
    "a bomb": lambda lines: lines[1].update(columns=squeezed(bytes(50_000_000))),
    "no base64": lambda lines: lines[1].update(columns="?"),
    "no zlib": lambda lines: lines[1].update(columns="AAAA"),
    "two streams": lambda lines: lines[1].update(
        columns=base64.b64encode(base64.b64decode(lines[1]["columns"]) + b"x").decode()
    ),
    "an index dropped": drop_index,
    "all in one component": all_in_one_node,
    "components swapped": swap_nodes,
    "another thread": other_thread,
    "comp for just": just_for_comp,
    "no trees": no_tree,
    "another frame": other_frame,
    "a tree in another's place": lambda lines: lines.append(lines.pop(2)),
    "no witnesses": lambda lines: each(lines, no_witness),
    "other witnesses": lambda lines: each(lines, other_witness),
    "a set for a tree": lambda lines: each(lines, only_closed),
    "all fails": lambda lines: each(lines, lambda claim: claim.update(verdict="fails")),
    "a bound is claimed": lambda lines: each(lines, lambda claim: claim.update(bounds=["pool"])),
    "up to nothing": lambda lines: each(lines, lambda claim: claim.update(verdict="holds_up_to")),
    "no verdict": lambda lines: each(lines, lambda claim: claim.update(verdict="unknown")),
    "another text": lambda lines: each(lines, lambda claim: claim.update(text="never(false)")),
    "another name": lambda lines: each(lines, lambda claim: claim.update(check="fine")),
    "another kind": lambda lines: each(lines, lambda claim: claim["proof"].update(kind="views")),
    "a run that is none": lambda lines: each(
        lines,
        lambda claim: claim.update(
            verdict="fails",
            proof={
                "kind": "run",
                "property": claim["check"],
                "schedule": {"initial": 0, "steps": [[0, 0]], "cycle": None},
            },
        ),
    ),
    "no claims": lambda lines: lines[0].update(claims=[]),
    "another hash": lambda lines: lines[0].update(sha256="0" * 64),
    "another format": lambda lines: lines[0].update(srcucheck_certificate=2),
    "no line of states": lambda lines: lines.__delitem__(slice(1, None)),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_is_refused(name: str, a15: Path, tmp_path: Path, certifier: Certifier) -> None:
    lines = deepcopy(parsed(a15))
    EDITS[name](lines)
    (tmp_path / "edited").write_bytes(sealed(lines))
    assert refused(certifier.judge(tmp_path / "edited", lambda done, total: None))


@pytest.mark.parametrize("edit", [swap_states, twice])
def test_states_are_in_order(edit: Edit, a15: Path, tmp_path: Path, certifier: Certifier) -> None:
    lines = parsed(a15)
    edit(lines)
    (tmp_path / "edited").write_bytes(sealed(lines))
    found = certifier.judge(tmp_path / "edited", lambda done, total: None)
    assert found.refused == "its states are not in order, each once"


@pytest.mark.parametrize(
    "nodes",
    [
        [[-1, "just", 0], [0, "just", 1]],
        [[-1, "good", -1], [0, "just", 1]],
        [[0, "comp", 0], [0, "just", 1]],
        [[1, "comp", 0], [0, "comp", 1]],
        [[-1, "comp", 0], [2, "just", 1]],
        [[-1, "just", 99]],
        [[-1, "just", -1]],
        [[-1, "good", 0]],
        [[-2, "just", 0]],
        [[-1, "fine", 0]],
        [[k - 1, "comp", 0] for k in range(20)],
    ],
)
def test_nodes_that_are_none(
    nodes: list[list[Any]], a15: Path, tmp_path: Path, certifier: Certifier
) -> None:
    """Below a reason that is no lock nothing may be hidden: there, nobody need be owed a step."""
    lines = parsed(a15)
    lines[2]["nodes"] = nodes
    lines[2]["of"] = squeezed(bytes(lines[1]["states"]))
    (tmp_path / "edited").write_bytes(sealed(lines))
    found = certifier.judge(tmp_path / "edited", lambda done, total: None)
    assert found.refused is not None
    assert "of a tree is none" in found.refused or "not what" in found.refused


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        ("states without end", "too many to be looked at"),
        ("a bomb", "another size than it says"),
        ("two streams", "another size than it says"),
        ("a variable less", "another number of variables"),
        ("no verdict", "a claim is no verdict"),
        ("no claims", "it claims nothing"),
    ],
)
def test_what_is_said_of_an_edit(
    edit: str, why: str, a15: Path, tmp_path: Path, certifier: Certifier
) -> None:
    lines = parsed(a15)
    EDITS[edit](lines)
    (tmp_path / "edited").write_bytes(sealed(lines))
    found = certifier.judge(tmp_path / "edited", lambda done, total: None)
    assert why in (found.refused or "")


def test_one_claim_less_is_the_same_proof_of_the_others(a15: Path, tmp_path: Path) -> None:
    lines = parsed(a15)
    gone = lines[0]["claims"].pop(0)
    (tmp_path / "less").write_bytes(sealed(lines))
    found = judge(tmp_path / "less")
    assert found.accepted
    assert found.unclaimed == (gone["check"],)


def test_a_larger_closed_set_is_no_worse(a15: Path, tmp_path: Path) -> None:
    """What the header tells people is not what is believed."""
    lines = parsed(a15)
    lines[0]["assuming"] = ["nothing at all"]
    lines[0]["model"] = "another"
    (tmp_path / "told").write_bytes(sealed(lines))
    found = judge(tmp_path / "told")
    assert found.accepted
    assert "sequentially consistent" in found.assuming


ODD: list[Any] = [None, -1, 1 << 70, 0.5, True, "x", [], [[]], {}, {"kind": "closed"}]


def leaves(data: Any) -> Iterator[tuple[Any, Any]]:
    """Where something stands: (container, key)."""
    keys = data.keys() if isinstance(data, dict) else range(len(data))
    for key in list(keys):
        yield data, key
        if isinstance(data[key], dict | list):
            yield from leaves(data[key])


def test_nothing_odd_gets_through_or_breaks(
    a15: Path, tmp_path: Path, certifier: Certifier
) -> None:
    lines = parsed(a15)
    lines[0]["claims"] = [c for c in lines[0]["claims"] if c["check"] in ("unplug_returns",)]
    places = list(leaves(lines))
    path = tmp_path / "odd"
    for number, (inside, key) in enumerate(places):
        if len(places) > 120 and isinstance(inside, list) and number % 12:
            continue
        before = inside[key]
        for odd in (ODD[number % len(ODD)], ODD[(number + 5) % len(ODD)]):
            inside[key] = odd
            path.write_bytes(sealed(lines))
            found = certifier.judge(path, lambda done, total: None)
            if found.accepted:  # then it was a word for people
                assert found.claims[0][0].check == "unplug_returns"
        inside[key] = before


# --- another's certificate ------------------------------------------------------------------------


def why(found: Judged) -> str:
    assert found.refused is not None and not found.claims
    return found.refused


def test_of_another_variant(a15: Path) -> None:
    found = judge(a15, definitions=(("WAIT", "timed"), ("IOCTLS", "1")))
    assert "WAIT is outside in the certificate, and timed here" in why(found)


def test_of_other_numbers(a15: Path) -> None:
    assert "IOCTLS is 1 in the certificate, and 2 here" in why(judge(a15, definitions=()))


def test_of_another_model(a15: Path) -> None:
    other = shipped("models") / "unplug" / "missing_exit.srcu"
    assert "the text of the model is another one" in why(judge(a15, other, definitions=()))


def test_of_another_text(a15: Path, tmp_path: Path) -> None:
    edited = tmp_path / A15.name
    edited.write_text(A15.read_text() + "\n")
    assert "the text of the model is another one" in why(judge(a15, edited))
    edited.write_bytes(A15.read_bytes().replace(b"\n", b"\r\n"))
    assert judge(a15, edited).accepted


def test_of_another_spec(a15: Path, tmp_path: Path) -> None:
    srcu = (shipped("specs") / "srcu.srcu").read_text()
    (tmp_path / "srcu.srcu").write_text(srcu)
    assert judge(a15, spec_folders=(tmp_path,)).accepted
    (tmp_path / "srcu.srcu").write_text(srcu + "/* mine */\n")
    assert "the text of srcu is another one" in why(judge(a15, spec_folders=(tmp_path,)))
    found = judge(a15, substitutes=(("srcu", "srcu_counters"),))
    assert "the text of srcu is another one" in why(found)


def test_of_other_steps(a15: Path, tmp_path: Path) -> None:
    lines = parsed(a15)
    lines[0]["reductions"] = False
    (tmp_path / "steps").write_bytes(sealed(lines))
    assert "another hash" in why(judge(tmp_path / "steps"))


def test_of_another_check(a15: Path, tmp_path: Path, certifier: Certifier) -> None:
    """A proof under another name is a proof of that, or none: these are all liveness by turns."""
    lines = parsed(a15)
    claims = {c["check"]: c for c in lines[0]["claims"]}
    one, two = claims["unplug_returns"], claims["waiters_return"]
    one["proof"], two["proof"] = two["proof"], one["proof"]
    (tmp_path / "swapped").write_bytes(sealed(lines))
    found = certifier.judge(tmp_path / "swapped", lambda done, total: None)
    wrong = [claim.check for claim, why in found.claims if why is not None]
    assert wrong == ["unplug_returns", "waiters_return"]


def test_a_hole_in_the_words_of_a_buggy_variant(tmp_path: Path) -> None:
    """The set of the buggy variant, with all its claims turned into what one would like."""
    path = tmp_path / "buggy.cert"
    buggy = (("WAIT", "uninterruptible"), ("IOCTLS", "1"))
    run([str(A15)], Settings(buggy, certificate=path), Silent(), [], Interrupt())
    lines = parsed(path)
    assert [c["check"] for c in lines[0]["claims"] if c["verdict"] == "fails"]
    trees = list(range(len(lines) - 2))
    for claim in lines[0]["claims"]:
        if claim["verdict"] == "fails":
            witness = {"initial": 0, "steps": claim["proof"]["schedule"]["steps"], "cycle": None}
            claim["verdict"] = "holds"
            claim["proof"] = {"kind": "progress", "trees": trees, "witness": witness}
    path.write_bytes(sealed(lines))
    found = judge(path, definitions=buggy)
    wrong = [claim.check for claim, why in found.claims if why is not None]
    assert wrong == ["unplug_returns", "waiters_return", "no_hang"]
