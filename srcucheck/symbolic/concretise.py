# SPDX-License-Identifier: MIT
"""From a run of a machine to a schedule: the interpreter takes the steps the solver named.

A step of a thread is the choice of the rule's action whose successor has the values of the model
and that ends what the rule ends: of two that lead to the same state one may stay inside.  Where
there is none the model was wrong, which is an error of the tool and never a verdict.
"""

from srcucheck.check.interpreter import outcomes
from srcucheck.check.replay import InternalError
from srcucheck.check.trace import Schedule
from srcucheck.ir.evaluate import evaluate_shared
from srcucheck.ir.system import Question, Reported, State, System
from srcucheck.symbolic.bmc import Run
from srcucheck.symbolic.machine import Machine


def schedule(machine: Machine, run: Run) -> tuple[Schedule, State]:
    """The schedule of a run, and the state at its end; the cycle begins where no thread moved.

    Raises:
        InternalError: the interpreter cannot follow.
    """
    system = machine.system
    places = [(at, slot) for at, slot in enumerate(run.slots) if slot < len(system.slots)]

    def fits(state: State, moment: tuple[int, ...]) -> bool:
        return all(state[slot] == moment[at] for at, slot in places)

    start = next((k for k, i in enumerate(system.initial) if fits(i.state, run.moments[0])), None)
    if start is None:
        raise InternalError("the solver's run begins in no initial state")
    state = system.initial[start].state
    steps: list[tuple[int, int]] = []
    cycle: int | None = None
    for number, moment in zip(run.rules, run.moments[1:], strict=True):
        if not 0 <= number < len(machine.rules):
            raise InternalError("the solver's run takes a rule that there is not")
        thread = machine.rules[number].thread
        if thread is None:
            cycle = len(steps)
            continue
        branch = machine.rules[number].branch
        assert branch is not None
        ends = {frame for frame, when in branch.ends if evaluate_shared(when, state, {})}
        for choice, outcome in enumerate(outcomes(system, state, thread)):
            same = outcome.action == branch.action and ends == {*outcome.ends}
            if same and outcome.successor is not None and fits(outcome.successor, moment):
                steps.append((thread, choice))
                state = outcome.successor
                break
        else:
            raise InternalError(f"the solver's run has a step {len(steps)} that nobody can take")
    return Schedule(start, tuple(steps), cycle), state


def last_step(system: System, question: Question, state: State) -> tuple[int, int, str]:
    """The step that reports what was asked: thread, choice, property.

    Raises:
        InternalError: there is none.
    """
    assert isinstance(question, Reported)
    for thread in range(len(system.threads)):
        for choice, outcome in enumerate(outcomes(system, state, thread)):
            for name, _ in outcome.reports:
                if name in question.properties:
                    return thread, choice, name
    raise InternalError("the solver's run ends where nothing is reported")
