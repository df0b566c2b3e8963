# SPDX-License-Identifier: MIT
"""Parts of the native explorer: layouts, memory, kernels as Python and compiled."""

import sys
from typing import Any

import numpy as np
import pytest
from build import Builder
from hypothesis import given, settings
from hypothesis import strategies as st

from srcucheck.explicit.fair import strongly_connected
from srcucheck.explicit.native import passes
from srcucheck.explicit.native.graph import Passes
from srcucheck.explicit.native.layout import Unfit, laid_out
from srcucheck.explicit.native.memory import Growing
from srcucheck.explicit.native.packed import PackedStates
from srcucheck.explicit.native.script import Untranslatable, functions_of, script


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(0, 1 << 20)), min_size=1, max_size=9),
       st.data())  # fmt: skip
def test_what_is_packed_comes_out_again(spans: list[tuple[int, int]], data: st.DataObject) -> None:
    b = Builder()
    for k in range(len(spans)):
        b.slot(f"x{k}")
    ranges = [(low, low + size) for low, size in spans]
    layout = laid_out(b.system(), ranges)
    some = [
        tuple(data.draw(st.integers(low, high)) for low, high in ranges)
        for _ in range(data.draw(st.integers(1, 4)))
    ]
    rows = layout.pack(some)
    packed = PackedStates(layout, rows)
    assert list(packed) == some == [packed[k] for k in range(len(some))]
    slot = data.draw(st.integers(0, len(spans) - 1))
    assert layout.column(rows, slot).tolist() == [state[slot] for state in some]
    wanted = {some[0][slot], 7}
    assert layout.among(rows, slot, wanted).tolist() == [state[slot] in wanted for state in some]
    wider = layout.widened(b.system(), slot, ranges[slot][1] + 5)
    assert list(PackedStates(wider, layout.repacked(rows, wider))) == some


def test_bits_are_few() -> None:
    b = Builder()
    for k in range(70):
        b.slot(f"x{k}")
    assert laid_out(b.system(), [(0, 1)] * 64 + [(5, 5)] * 6).words == 1
    assert laid_out(b.system(), [(0, 1)] * 65 + [(5, 5)] * 5).words == 2
    with pytest.raises(Unfit):
        laid_out(b.system(), [(0, (1 << 60) - 1)] * 9 + [(0, 0)] * 61)


@pytest.mark.parametrize("watched", [False, True])
def test_memory_grows_and_keeps_what_is_in_it(watched: bool) -> None:
    array = Growing(np.int64, 1000)
    view = array.view()
    view[:] = np.arange(1000)
    if not watched:  # while somebody looks on it is copied
        del view
    array.grow(3_000_000)
    assert array.view(1000).tolist() == list(range(1000))
    assert not array.view()[1000:].any()
    array.cut(10)
    assert array.view(10).tolist() == list(range(10))


def as_python(name: str, *arguments: "int | np.ndarray[Any, Any]") -> int:
    """A pass, run as the Python that it is; arrays change as they would."""
    lists = [a if isinstance(a, int) else a.tolist() for a in arguments]
    result: int = getattr(passes, name)(*lists)
    for array, changed in zip(arguments, lists, strict=True):
        if not isinstance(array, int):
            array[:] = changed
    return result


graphs = st.integers(1, 9).flatmap(
    lambda n: st.lists(st.lists(st.integers(-1, n - 1), max_size=4), min_size=n, max_size=n)
)


@given(graphs, st.data())
@settings(deadline=None)
def test_components(graph: list[list[int]], data: st.DataObject) -> None:
    """Compiled, as Python, and as ``explicit.fair`` finds them."""
    count = len(graph)
    inside = [data.draw(st.booleans()) for _ in range(count)]
    first = np.cumsum([0, *map(len, graph)])
    targets = np.array([t for row in graph for t in row] or [0], dtype=np.int32)
    kinds = np.zeros(len(targets), dtype=np.int32)
    none = np.zeros(1, dtype=np.uint8)
    members = np.array([s for s in range(count) if inside[s]], dtype=np.int32)
    found = []
    for run in (Passes(1, 0).run, as_python):
        comp = np.full(count, -1, dtype=np.int32)
        scratch = [np.zeros(count, dtype=np.int32) for _ in range(4)]
        marks = np.array(inside, dtype=np.uint8)
        number = run(
            "components", first, targets, kinds, none, none, members, len(members), marks,
            scratch[0], scratch[1], comp, scratch[2], scratch[3], np.zeros(count, dtype=np.int64),
        )  # fmt: skip
        found.append((number, comp.tolist()))
    assert found[0] == found[1]
    number, labels = found[0]
    want = [
        frozenset(c)
        for c in strongly_connected(
            members.tolist(), lambda s: [t for t in graph[s] if t >= 0 and inside[t]]
        )
        if len(c) > 1 or c[0] in graph[c[0]]
    ]
    parts = [frozenset(s for s in range(count) if labels[s] == k) for k in range(number)]
    assert sorted(map(sorted, parts)) == sorted(map(sorted, want))


def test_what_the_translator_does_not_know_it_refuses() -> None:
    module = sys.modules[__name__]
    with pytest.raises(Untranslatable):
        script({"strange": functions_of(module)["strange"]}, {})


def strange(n: int) -> int:
    return n**n
