# SPDX-License-Identifier: MIT
"""What somebody did to a certificate for any number of cells: refused, and never an accident."""

import shutil
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from srcucheck.driver.certified import Judged
from tests.certify.anymaking import judged, written
from tests.certify.test_tampering import Lines, inflated, parsed, refused, sealed, squeezed

MODEL = """/* Jobs that are swept. */

param N = 2;
property p "p";
struct job {
	bool busy;
	bool done;
};
struct job j[N];
bool flag;

thread cell[i : N] {
	j[i].busy = true;
	await (j[i].done);
	WARN_ON(!j[i].busy, p);
}

thread rest {
	sweep();
	await (all(x : job; x->done));
	flag = true;
}

void sweep(void)
{
	int i;

	for (i = 0; i < N; i++) {
		await (j[i].busy);
		j[i].done = true;
	}
}

check p;
check swept: completes(rest.sweep);
check ends: completes(cell);
check order: never(flag && !j[0].done);
check goes: reachable(flag && j[0].done);
check not_both: reachable(flag && !j[0].busy);
check settled: settles(flag);
check never_done: never(j[0].done);
"""

Edit = Callable[[Lines], object]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("jobs") / "jobs.srcu"
    path.write_text(MODEL)
    return path


@pytest.fixture(scope="module")
def whole(model: Path) -> Path:
    """Of everything that is known of the model."""
    path = model.with_name("jobs.cert")
    written(model, path)
    return path


def changed(whole: Path, model: Path, edit: Edit) -> Judged:
    lines = parsed(whole)
    edit(lines)
    path = model.with_name("changed.cert")
    path.write_bytes(sealed(lines))
    return judged(model, path)


def test_as_it_is_it_is_accepted(whole: Path, model: Path) -> None:
    found = judged(model, whole)
    assert found.accepted and not found.unclaimed
    verdicts = {claim.check: claim.verdict for claim, _ in found.claims}
    asked = {"swept", "ends", "order", "goes", "not_both", "settled", "never_done", "p"}
    assert asked <= verdicts.keys()
    assert {n for n in asked if verdicts[n] == "fails"} == {"not_both", "never_done"}
    assert changed(whole, model, lambda lines: None).accepted


# --- bytes ----------------------------------------------------------------------------------------


def test_any_flipped_bit_is_seen(whole: Path, model: Path) -> None:
    data = whole.read_bytes()
    path = model.with_name("flipped.cert")
    for at in [*range(0, len(data), len(data) // 40), len(data) - 1]:
        odd = bytearray(data)
        odd[at] ^= 1 << at % 7
        path.write_bytes(odd)
        assert refused(judged(model, path)), at


def test_cut_short_anywhere_it_is_refused(whole: Path, model: Path) -> None:
    data = whole.read_bytes()
    path = model.with_name("cut.cert")
    ends = [k + 1 for k, byte in enumerate(data) if byte == 10][:-1]
    for at in [0, 1, *ends, len(data) - 1]:
        path.write_bytes(data[:at])
        assert refused(judged(model, path)), at


# --- edits by somebody who knows the format -------------------------------------------------------


def head(lines: Lines) -> dict[str, Any]:
    return lines[0]


def of_kind(lines: Lines, key: str) -> list[dict[str, Any]]:
    return [line for line in lines if key in line]


def rankings(lines: Lines) -> Lines:
    """Those of rungs, and of checks: trees of instances have a frame."""
    return [line for line in lines if "nodes" in line and "frame" not in line]


def columns(line: dict[str, Any], count: int) -> list[bytearray]:
    raw = inflated(line["columns"])
    assert count == 0 or len(raw) % count == 0
    return [raw[k : k + count] for k in range(0, len(raw), max(count, 1))]


def drop_pair(lines: Lines, which: int) -> None:
    count = lines[2]["pairs"]
    for line, key in [(lines[2], "columns"), *((one, "of") for one in rankings(lines))]:
        raw = inflated(line[key])
        kept = [raw[k : k + count] for k in range(0, len(raw), count)]
        line[key] = squeezed(b"".join(c[:which] + c[which + 1 :] for c in kept))
    lines[2]["pairs"] -= 1


def change_a_pair(lines: Lines, column: int) -> None:
    """The last pair has another value there."""
    found = columns(lines[2], lines[2]["pairs"])
    found[column][-1] ^= 1
    lines[2]["columns"] = squeezed(b"".join(found))


def split_a_base(lines: Lines) -> None:
    """A base twice: half of its cells would not see the others."""
    count = lines[1]["bases"]
    found = columns(lines[1], count)
    lines[1]["columns"] = squeezed(b"".join(c + c[-1:] for c in found))
    lines[1]["bases"] += 1


def forget(lines: Lines, number: int) -> None:
    """All of an instance."""
    at = next(k for k, line in enumerate(lines) if line.get("instance") == number)
    del lines[at : at + 1 + lines[at]["lines"]]


def swap_instances(lines: Lines) -> None:
    for line in of_kind(lines, "instance"):
        line["instance"] = 1 - line["instance"]


def nodes(lines: Lines, change: Callable[[list[Any]], object]) -> None:
    for line in rankings(lines):
        for node in line["nodes"]:
            change(node)


def to(place: int | slice, value: object) -> Callable[[list[Any]], object]:
    return lambda node: node.__setitem__(place, value)


def all_in_one(lines: Lines) -> None:
    for line in rankings(lines):
        line["of"] = squeezed(bytes(min(node, 1) for node in inflated(line["of"])))


def no_node(lines: Lines) -> None:
    for line in rankings(lines):
        raw = inflated(line["of"])
        if any(raw):
            raw[next(k for k, node in enumerate(raw) if node)] = 0
        line["of"] = squeezed(raw)


def turned_over(lines: Lines) -> None:
    """The last node first: steps lead to later ones."""
    for line in rankings(lines):
        last = len(line["nodes"])
        if last > 1 and all(node[0] == -1 for node in line["nodes"]):
            line["of"] = squeezed(bytes(n and last + 1 - n for n in inflated(line["of"])))
            line["nodes"].reverse()


def claims(lines: Lines, **change: object) -> None:
    for claim in head(lines)["claims"]:
        claim.update(change)


def rest_on_itself(lines: Lines) -> None:
    """Each rung says that it is true because it is."""
    rungs = of_kind(lines, "rung")
    assert rungs
    for number, line in enumerate(rungs):
        line["nodes"] = [[-1, "left", number]]
        line["of"] = squeezed(bytes(min(node, 1) for node in inflated(line["of"])))


def drop_claim_of_instance(lines: Lines) -> None:
    """The instance with one cell says nothing of the check ``ends``."""
    at = next(k for k, line in enumerate(lines) if line.get("instance") == 1)
    own = lines[at + 1]["claims"]
    lines[at + 1]["claims"] = [c for c in own if c["check"] != "ends"]


def as_states(lines: Lines) -> None:
    """With the first line of another kind of certificate."""
    old = lines[0]
    del old["srcucheck_any_number"]
    lines[0] = {"srcucheck_certificate": 1} | old


EDITS: dict[str, Edit] = {
    "first pair dropped": lambda lines: drop_pair(lines, 0),
    "a pair dropped": lambda lines: drop_pair(lines, lines[2]["pairs"] // 2),
    "last pair dropped": lambda lines: drop_pair(lines, lines[2]["pairs"] - 1),
    "no pairs": lambda lines: lines[2].update(pairs=0, columns=squeezed(b"")),
    "another value in a cell": lambda lines: change_a_pair(lines, -1),
    "another base": lambda lines: change_a_pair(lines, 0),
    "a base twice": split_a_base,
    "no bases": lambda lines: lines[1].update(bases=0, columns=squeezed(b"")),
    "bases without end": lambda lines: lines[1].update(bases=10**12),
    "other relations": lambda lines: lines[2].update(relations=lines[2]["relations"] + 1),
    "no relations": lambda lines: lines[2].update(relations=0),
    "a bomb": lambda lines: lines[2].update(columns=squeezed(bytes(50_000_000))),
    "no instance 0": lambda lines: forget(lines, 0),
    "no instance 1": lambda lines: forget(lines, 1),
    "instances swapped": swap_instances,
    "an instance that is cut": lambda lines: of_kind(lines, "instance")[0].update(lines=99),
    "an instance without a claim": drop_claim_of_instance,
    "another thread": lambda lines: nodes(
        lines, lambda node: node.__setitem__(2, (node[2] + 1) % 4)
    ),
    "just for all": lambda lines: nodes(lines, to(1, "just")),
    "good for all": lambda lines: nodes(lines, to(slice(1, 3), ["good", -1])),
    "left for all": lambda lines: nodes(lines, to(slice(1, 3), ["left", 0])),
    "count for all": lambda lines: nodes(lines, to(slice(1, 3), ["count", 0])),
    "all in one node": all_in_one,
    "a pair without a node": no_node,
    "nodes turned over": turned_over,
    "no rankings": lambda lines: claims(lines, rankings=[]),
    "no rungs": lambda lines: [lines.remove(line) for line in of_kind(lines, "rung")],
    "rungs on themselves": rest_on_itself,
    "another rung": lambda lines: [
        line.update(rung=[line["rung"][0], line["rung"][1] + 1]) for line in of_kind(lines, "rung")
    ],
    "all holds": lambda lines: claims(lines, verdict="holds"),
    "all fails": lambda lines: claims(lines, verdict="fails"),
    "up to nothing": lambda lines: claims(lines, verdict="holds_up_to"),
    "shown by one instance": lambda lines: claims(lines, number=1),
    "shown by none": lambda lines: claims(lines, number=None),
    "another text": lambda lines: claims(lines, text="never(flag)"),
    "another check": lambda lines: claims(lines, check="order"),
    "no claims": lambda lines: head(lines).update(claims=[]),
    "another hash": lambda lines: head(lines).update(sha256="0" * 64),
    "another param": lambda lines: head(lines).update(param="M"),
    "no param": lambda lines: head(lines).pop("param"),
    "another format": lambda lines: head(lines).update(srcucheck_any_number=2),
    "as one of states": as_states,
    "a line of nothing": lambda lines: lines.append({}),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
def test_a_forgery_is_refused(name: str, whole: Path, model: Path) -> None:
    before = parsed(whole)
    after = deepcopy(before)
    EDITS[name](after)
    assert after != before
    assert refused(changed(whole, model, EDITS[name]))


def test_of_another_model(whole: Path, model: Path, tmp_path: Path) -> None:
    """One word is enough; and a claim about two is none about any."""
    other = tmp_path / "jobs.srcu"
    other.write_text(MODEL.replace("j[i].done = true;", "j[i].done = false;"))
    assert "another" in refused(judged(other, whole))[0]
    shutil.copy(whole, tmp_path / "jobs.cert")
    assert judged(model, tmp_path / "jobs.cert", N="3").accepted  # the value of N does not matter
