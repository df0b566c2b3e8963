# SPDX-License-Identifier: MIT
"""Generated systems: every proof is accepted, and none where the check does not hold."""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product

from build import Builder
from hypothesis import given, settings
from hypothesis import strategies as st
from test_search import systems

from srcucheck.check.certificate import (
    Certificate,
    Claim,
    Closed,
    Node,
    Progress,
    Proof,
    Tree,
)
from srcucheck.check.verdict import Fails, Holds, HoldsUpTo, Unknown, Verdict, word
from srcucheck.ir.expr import FALSE, TRUE
from srcucheck.ir.system import (
    Action,
    Completes,
    LeadsTo,
    Location,
    NoHang,
    Settles,
    State,
    System,
)
from tests.certify.making import SOME, judged, made, stored, why_not


@given(systems())
@settings(max_examples=200, deadline=None)
def test_every_verdict_has_a_certificate_that_is_accepted(b: Builder) -> None:
    system = b.system()
    answers = judged(system)
    known = [c.name for k, c in enumerate(system.checks) if not is_unknown(answers.verdicts[k])]
    found = stored(system, made(system))
    assert [claim.check for claim in found.claims] == known
    assert why_not(system, found) == [None] * len(known)


def is_unknown(verdict: Verdict) -> bool:
    return isinstance(verdict, Unknown)


# --- another system -------------------------------------------------------------------------------


@st.composite
def altered(draw: st.DrawFn, system: System) -> System:
    """The system with one or two edits: of guards, targets, what is owed, and what is left."""
    for _ in range(draw(st.integers(1, 2))):
        who = draw(st.sampled_from(system.threads))
        place = draw(st.sampled_from([x for x in who.locations.values() if x.rest != "ended"]))
        actions = list(place.actions)
        match draw(st.integers(0, 4)):
            case 0 if actions:
                actions.pop(draw(st.integers(0, len(actions) - 1)))
            case 1 if actions:
                at = draw(st.integers(0, len(actions) - 1))
                guard = draw(st.sampled_from([TRUE, FALSE]))
                actions[at] = replace(actions[at], guard=guard)
            case 2 if actions:
                other = draw(st.sampled_from([x for x in who.locations.values() if x.actions]))
                like = actions[0].owed
                new = replace(draw(st.sampled_from(other.actions)), owed=like)
                actions[draw(st.integers(0, len(actions) - 1))] = new
            case 3:
                actions = [replace(a, owed=not a.owed, strong=False) for a in actions]
            case _:
                actions = [replace(a, strong=a.owed and not a.strong) for a in actions]
        system = with_actions(system, who.number, place, actions)
    return system


def with_actions(system: System, thread: int, place: Location, actions: list[Action]) -> System:
    who = system.threads[thread]
    locations = dict(who.locations) | {place.number: replace(place, actions=tuple(actions))}
    threads = list(system.threads)
    threads[thread] = replace(who, locations=locations)
    return replace(system, threads=tuple(threads))


def contradicts(claim: Claim, verdict: Verdict) -> bool:
    """Whether a claim says what is not so."""
    return claim.verdict != word(verdict)


@given(systems().flatmap(lambda b: st.tuples(st.just(b.system()), altered(b.system()))))
@settings(max_examples=250, deadline=None)
def test_a_certificate_of_another_system_shows_nothing_false(pair: tuple[System, System]) -> None:
    system, other = pair
    found = stored(system, made(system))
    truth = judged(other).verdicts
    names = [c.name for c in other.checks]
    for claim, why in zip(found.claims, why_not(other, found), strict=True):
        if why is None:
            assert not contradicts(claim, truth[names.index(claim.check)]), claim.check


# --- forgeries ------------------------------------------------------------------------------------


def failing(system: System) -> dict[str, Proof]:
    """Checks that fail by a hang, for which there is no proof."""
    verdicts = judged(system).verdicts
    return {
        check.name: Progress(())
        for k, check in enumerate(system.checks)
        if isinstance(verdicts[k], Fails)
        and isinstance(check.question, Completes | NoHang | Settles | LeadsTo)
        and check.question != NoHang(True)
    }


def forged(system: System, states: Sequence[State], name: str, proof: Proof) -> Certificate:
    check = next(c for c in system.checks if c.name == name)
    return Certificate(SOME, (Claim(name, check.text, "holds", (), proof),), states)


def witness_for(system: System, name: str) -> Callable[[tuple[Tree, ...]], Progress]:
    """Progress with what the checker wants to see first: a run to what there is to judge."""
    from srcucheck.base.budget import Budget, Silent
    from srcucheck.explicit.hunt import Hunter
    from srcucheck.explicit.proofs import Prover
    from srcucheck.explicit.search import search

    prover = Prover(Hunter(search(system, Budget(), Silent())), Budget())
    question = next(c.question for c in system.checks if c.name == name)
    witness = None
    match question:
        case Completes(frames):
            witness = prover.begun(frames)
        case NoHang():
            witness = prover.begun(tuple(f.number for f in system.frames))
        case LeadsTo(trigger) if trigger is not None:
            witness = prover.way(prover.hunter.where(trigger, True), ())
        case _:
            pass
    return lambda trees: Progress(trees, witness)


@st.composite
def trees(draw: st.DrawFn, system: System, count: int, frame: int | None) -> Tree:
    """Any tree that the reader would let pass."""
    nodes: list[Node] = []
    threads = st.integers(0, len(system.threads) - 1)
    for number in range(draw(st.integers(1, 5))):
        above = [-1, *(n for n in range(number) if nodes[n].why == "comp")]
        why = draw(st.sampled_from(["just", "just", "comp", "good"]))
        thread = -1 if why == "good" else draw(threads)
        nodes.append(Node(draw(st.sampled_from(above)), why, thread))
    of = draw(st.lists(st.integers(0, len(nodes)), min_size=count, max_size=count))
    return Tree(frame, tuple(nodes), array("B", of))


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_no_tree_shows_what_fails(data: st.DataObject) -> None:
    system = data.draw(systems()).system()
    wrong = failing(system)
    answers = judged(system)
    assert answers.proofs is not None
    states = sorted(answers.proofs.states)
    if len(states) > 30:
        return
    for name in wrong:
        proof = witness_for(system, name)
        question = next(c.question for c in system.checks if c.name == name)
        frames: list[int | None] = [None]
        if isinstance(question, Completes | NoHang):
            frames = [f.number for f in system.frames]
        for _ in range(3):
            own = tuple(data.draw(trees(system, len(states), f)) for f in frames)
            assert why_not(system, forged(system, states, name, proof(own))) != [None]


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_a_tree_moved_to_a_system_that_hangs_is_refused(data: st.DataObject) -> None:
    """The best forgery there is: the right states, and the tree of a near system that is fine."""
    system = data.draw(systems()).system()
    found = {claim.check: claim for claim in made(system).claims}
    first = judged(system).proofs
    assert first is not None
    at = {state: number for number, state in enumerate(first.states)}
    for _ in range(4):
        other = data.draw(altered(system))
        wrong = [n for n in failing(other) if n in found and found[n].verdict == "holds"]
        second = judged(other).proofs
        assert second is not None
        states = sorted(second.states)
        for name in wrong:
            honest = found[name].proof
            assert isinstance(honest, Progress)
            moved = tuple(
                Tree(
                    tree.frame,
                    tree.nodes,
                    [
                        tree.of[at[s]] if s in at else data.draw(st.integers(0, len(tree.nodes)))
                        for s in states
                    ],
                )
                for tree in honest.trees
            )
            proof = witness_for(other, name)
            assert why_not(other, forged(other, states, name, proof(moved))) != [None]


@given(systems())
@settings(max_examples=40, deadline=None)
def test_no_small_tree_at_all_shows_what_fails(b: Builder) -> None:
    """All trees of two nodes, for regions of few states: none of them is accepted."""
    system = b.system()
    answers = judged(system)
    assert answers.proofs is not None
    states = sorted(answers.proofs.states)
    questions = {c.name: c.question for c in system.checks}
    wrong = [n for n in failing(system) if not isinstance(questions[n], NoHang)]
    if not wrong or len(states) > 5:
        return
    kinds: list[tuple[str, int]] = [("good", -1)]
    kinds += [(why, t) for why in ("just", "comp") for t in range(len(system.threads))]
    name = wrong[0]
    proof = witness_for(system, name)
    question = questions[name]
    frame = question.frames[0] if isinstance(question, Completes) else None
    for (one, t), (two, u), parent in product(kinds, kinds, (-1, 0)):
        if parent == 0 and one != "comp":
            continue
        nodes = (Node(-1, one, t), Node(parent, two, u))  # type: ignore[arg-type]
        for of in product(range(3), repeat=len(states)):
            own = proof((Tree(frame, nodes, of),))
            assert why_not(system, forged(system, states, name, own)) != [None]


@given(systems())
@settings(max_examples=100, deadline=None)
def test_a_closed_set_shows_only_what_it_shows(b: Builder) -> None:
    """A set alone is no proof of liveness, nor of a safety check that fails, and no set is closed
    if a state of it is missing."""
    system = b.system()
    answers = judged(system)
    assert answers.proofs is not None
    states = sorted(answers.proofs.states)
    for k, check in enumerate(system.checks):
        verdict, found = answers.verdicts[k], forged(system, states, check.name, Closed())
        if not isinstance(verdict, Holds | HoldsUpTo):
            assert why_not(system, found) != [None], check.name
    for claim in made(system).claims:
        if isinstance(claim.proof, Closed):
            for missing in range(min(len(states), 20)):
                fewer = states[:missing] + states[missing + 1 :]
                assert why_not(system, Certificate(SOME, (claim,), fewer)) != [None]
