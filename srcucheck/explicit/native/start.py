# SPDX-License-Identifier: MIT
"""The way in: explores a system natively, if it lends itself to that."""

from collections.abc import Sequence

from srcucheck.base.budget import Budget, Listener
from srcucheck.explicit.native.graph import NativeGraph
from srcucheck.explicit.native.hunt import NativeHunter
from srcucheck.explicit.native.layout import Unfit
from srcucheck.explicit.native.search import Explorer
from srcucheck.ir.system import State, System


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
        explorer = Explorer(system, seen)
        explorer.run(budget, listener)
    except (Unfit, RecursionError):
        return None
    return NativeHunter(NativeGraph(explorer))
