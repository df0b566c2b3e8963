# SPDX-License-Identifier: MIT
"""The way in: explores a system natively, if it lends itself to that."""

from collections.abc import Sequence
from typing import assert_never

from srcucheck.base.budget import Budget, Listener
from srcucheck.explicit.hunt import region
from srcucheck.explicit.native.graph import NativeGraph
from srcucheck.explicit.native.hunt import NativeHunter
from srcucheck.explicit.native.layout import Unfit
from srcucheck.explicit.native.search import Explorer
from srcucheck.ir.system import (
    Completes,
    Frame,
    Invariant,
    LeadsTo,
    NoHang,
    NoLeak,
    Reachable,
    Reported,
    Settles,
    State,
    System,
)


def explore(
    system: System, seen: Sequence[State], budget: Budget, listener: Listener
) -> NativeHunter | None:
    """A hunter in what was found; None where only the other engine can do it.

    ``seen`` are some states of the system: they show which values there are.

    Raises:
        ModelError: a loop inside ``atomic`` does not end.
        InternalError: at one state a thread has owed and unowed actions enabled.
    """
    try:
        explorer = Explorer(system, seen, keep=lasting(system))
        explorer.run(budget, listener)
    except (Unfit, RecursionError):
        return None
    return NativeHunter(NativeGraph(explorer))


def lasting(system: System) -> bool:
    """Whether a check asks what goes on for ever, so that edges will be wanted in any case.

    For the rest they are made again where a trace needs them: most of the memory is theirs.
    """
    for check in system.checks:
        match check.question:
            case Completes() | Settles() | LeadsTo():
                return True
            case NoHang(deadlock_only):
                if not deadlock_only and any(_somewhere(system, f) for f in system.frames):
                    return True
            case Reported() | Invariant() | Reachable() | NoLeak():
                pass
            case _:
                assert_never(check.question)
    return False


def _somewhere(system: System, frame: Frame) -> bool:
    """Whether there is a location where a thread can hang in this activation."""
    locations = system.threads[frame.thread].locations.values()
    return frame.outermost and bool(region(locations, frame.number, outside_rest=True))
