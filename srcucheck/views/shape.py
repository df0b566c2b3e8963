# SPDX-License-Identifier: MIT
"""Is a system with one more cell the same, but for that cell?

Nothing is proved by this alone: it finds out where lowering makes something of the number itself.
"""

from srcucheck.ir.system import System, Thread
from srcucheck.views.layout import Layout
from srcucheck.views.terms import Stop


def unlike(one: System, other: System) -> str | None:
    """What two instances do not have in common, but for the number of their cells."""
    for system in (one, other):
        if not _alike(system):
            return "its cells are not all alike"
    try:
        starts = _starts(one), _starts(other)
    except Stop as stop:
        return stop.why
    for what, a, b in (
        ("variables", _variables(one), _variables(other)),
        ("threads", _threads(one), _threads(other)),
        ("initial states", *starts),
        ("checks", _checks(one), _checks(other)),
    ):
        if a != b:
            return f"its {what} depend on the number"
    return None


def _variables(system: System) -> object:
    replicas = system.replicas
    assert replicas is not None
    found: dict[int, set[tuple[str, str]]] = {}
    for slot, cell, label in zip(system.slots, replicas.slots, replicas.labels, strict=True):
        found.setdefault(cell, set()).add((slot.kind, label))
    cells = {frozenset(v) for k, v in found.items() if k >= 0}
    heap = sorted(h.struct for h in system.heap)
    return frozenset(found.get(-1, ())), cells, heap


def _alike(system: System) -> bool:
    """Whether all cells of an instance have the same threads."""
    replicas = system.replicas
    assert replicas is not None
    found: dict[int, list[object]] = {}
    for thread, cell in zip(system.threads, replicas.threads, strict=True):
        found.setdefault(cell, []).append(_thread(thread))
    cells = [threads for cell, threads in found.items() if cell >= 0]
    return all(cell == cells[0] for cell in cells)


def _starts(system: System) -> object:
    """The views of the initial states, in names."""
    replicas = system.replicas
    assert replicas is not None
    layout = Layout(system)

    def word(slot: int, value: int) -> object:
        return system.addresses.get(value) if slot in replicas.pointers else value

    found = set()
    for initial in system.initial:
        base, views = layout.views(initial.state)
        rest = frozenset(
            (replicas.labels[s], word(s, v)) for s, v in zip(layout.rest, base, strict=True)
        )
        own = layout.variables[0]
        for view in views:
            cell = tuple(word(s, v) for s, v in zip(own, view.cell[: len(own)], strict=True))
            found.add((rest, view.relations, cell, view.cell[len(own) :]))
    return found


def _threads(system: System) -> object:
    replicas = system.replicas
    assert replicas is not None
    found: dict[int, list[object]] = {}
    for thread, cell in zip(system.threads, replicas.threads, strict=True):
        found.setdefault(min(cell, 0), []).append((thread.family, _thread(thread)))
    cells = found.get(0, [])
    return found.get(-1, []), sorted({repr(one) for one in cells})


def _thread(thread: Thread) -> object:
    """The locations of a thread and what is owed at each."""
    return thread.family, thread.kind, [
        (n, loc.rest, loc.dead, len(loc.frames),
         tuple((a.owed, a.strong, a.way) for a in loc.actions))
        for n, loc in sorted(thread.locations.items())
    ]  # fmt: skip


def _checks(system: System) -> object:
    return [(c.name, type(c.question).__name__, c.danger is None) for c in system.checks]
