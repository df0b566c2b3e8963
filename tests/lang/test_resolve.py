# SPDX-License-Identifier: MIT
"""``load`` and ``resolve``: what a program is made of, and that all of the corpus is sound."""

import time
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from srcucheck.base.diagnostic import ModelError
from srcucheck.base.source import SourceFile
from srcucheck.base.span import NOWHERE, Span
from srcucheck.lang import tree, walk
from srcucheck.lang.constant import evaluate, evaluate_length, settle
from srcucheck.lang.parser import parse
from srcucheck.lang.program import (
    ChoiceInfo,
    FunctionInfo,
    GlobalInfo,
    ParamInfo,
    Program,
    ThreadInfo,
)
from srcucheck.lang.resolve import LoadedFile, choice_uses, load, resolve
from srcucheck.lang.suggest import nearest
from srcucheck.lang.types import Array, Func, Int, Pasted, Pointer, Struct

ROOT = Path(__file__).parents[2]
SPECS = ROOT / "specs"
CORPUS = sorted(
    path
    for folder in ("models", "tests/spectests", "tests/mistakes")
    for path in (ROOT / folder).rglob("*.srcu")
)


@cache
def spec(name: str) -> LoadedFile | None:
    path = SPECS / f"{name}.srcu"
    if not path.exists():
        return None
    source = SourceFile(f"specs/{name}.srcu", path.read_text())
    return LoadedFile(parse(source), source, True, name)


def model(text: str, name: str = "model.srcu") -> LoadedFile:
    source = SourceFile(name, text)
    return LoadedFile(parse(source), source, False, name)


def loaded(
    text: str,
    substitutes: Mapping[str, str] | None = None,
    others: Mapping[str, str] | None = None,
) -> tuple[LoadedFile, ...]:
    """``others`` are files by name: those with a path are the user's, the rest specs."""

    def find(name: str, quoted: bool, _span: Span) -> LoadedFile | None:
        if others is not None and name in others:
            source = SourceFile(name, others[name])
            return LoadedFile(parse(source), source, not quoted, name)
        return None if quoted else spec(name)

    return load(model(text), find, substitutes or {})


def program(
    text: str,
    substitutes: Mapping[str, str] | None = None,
    others: Mapping[str, str] | None = None,
    check_spec_bodies: bool = False,
) -> Program:
    files = loaded(text, substitutes, others)
    return resolve(files, check_spec_bodies=check_spec_bodies)


# --- the corpus ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", CORPUS, ids=lambda p: p.stem)
def test_corpus_is_sound(path: Path) -> None:
    found = program(path.read_text())
    assert found.checks


@pytest.mark.parametrize("path", CORPUS, ids=lambda p: p.stem)
def test_corpus_is_sound_with_counters(path: Path) -> None:
    text = path.read_text()
    program(text, {"srcu": "srcu_counters"})


@pytest.mark.parametrize("name", sorted(p.stem for p in SPECS.glob("*.srcu")))
def test_bodies_of_specs_are_sound(name: str) -> None:
    parts = {
        "delayed_work": "workqueue",
        "drmm": "drm",
        "mmap": "drm",
        "drm_sched_entity": "drm_sched",
    }
    program(f"use {parts.get(name, name)};", check_spec_bodies=True)


def test_all_specs_together() -> None:
    names = sorted(p.stem for p in SPECS.glob("*.srcu") if p.stem != "srcu_counters")
    program(f"use {', '.join(names)};", check_spec_bodies=True)


def test_fast_enough() -> None:
    files = loaded((ROOT / "models" / "fences" / "fence_wait_in_section.srcu").read_text())
    best = 1.0
    for _ in range(5):
        start = time.perf_counter()
        resolve(files)
        best = min(best, time.perf_counter() - start)
    assert best < 0.03


EVERYTHING = (Path(__file__).parent / "everything.srcu").read_text()
"""A model of no meaning that has every construct of the language."""


def test_every_construct_is_sound() -> None:
    mine = {"mine.srcu": "bool mine_too(void) { return true; }"}
    for spec_of_choice in ("srcu", "srcu_counters"):
        program(EVERYTHING, {"srcu": spec_of_choice}, mine)


# --- load ---------------------------------------------------------------------------------------


def test_order_is_depth_first_by_first_mention() -> None:
    roles = [f.role for f in loaded("use drm, dma_fence;")]
    assert roles == [
        "model.srcu", "drm", "srcu", "context", "kref", "devres", "drmm", "task_work_fput", "mmap",
        "dma_fence",
    ]  # fmt: skip


def test_substitution_holds_for_the_whole_program() -> None:
    files = loaded("use drm;\nuse srcu_counters as srcu;")
    roles = [f.role for f in files]
    assert "srcu_counters as srcu" in roles and "srcu" not in roles
    assert "srcu_counters as srcu" in resolve(files).spec_files


def test_command_line_comes_before_the_model() -> None:
    roles = [f.role for f in loaded("use drm;\nuse srcu_counters as srcu;", {"srcu": "srcu"})]
    assert "srcu" in roles and "srcu_counters as srcu" not in roles


def test_model_comes_before_specs() -> None:
    others = {"a": "use srcu_counters as srcu;"}
    roles = [f.role for f in loaded("use drm, a;", None, others)]
    assert "srcu_counters as srcu" in roles and "srcu" not in roles
    roles = [f.role for f in loaded("use drm, a;\nuse srcu as srcu;", None, others)]
    assert "srcu" in roles and "srcu_counters as srcu" not in roles


def test_choice_of_a_spec() -> None:
    text = "choice SRCU = srcu | srcu_counters;\nuse drm;\nuse SRCU as srcu;"
    assert choice_uses(model(text).tree) == (("SRCU", "srcu"),)
    assert "srcu" in [f.role for f in loaded(text)]
    files = loaded(text, {"srcu": "srcu_counters"})
    assert "srcu_counters as srcu" in [f.role for f in files]


def test_a_file_of_ones_own_in_place_of_a_spec_is_checked() -> None:
    others = {"mine.srcu": "void f(void) { }\nvoid g(void) { h(); }"}
    with pytest.raises(ModelError) as caught:
        program('use "mine.srcu" as srcu;', None, others)
    assert [d.code for d in caught.value.diagnostics] == ["E302"]


def test_a_file_of_ones_own_is_part_of_the_model() -> None:
    others = {"mine.srcu": "bool mine;\nvoid f(void) { mine = true; }"}
    found = program('use "mine.srcu";\nthread t { f(); }', None, others)
    assert isinstance(found.model_names["f"], FunctionInfo)
    assert "f" not in found.spec_names


def test_cycle_among_specs_is_printed() -> None:
    others = {"a": "use b;", "b": "use c;", "c": "use a;"}
    with pytest.raises(ModelError) as caught:
        loaded("use a;", None, others)
    (found,) = caught.value.diagnostics
    assert found.code == "E202" and "a -> b -> c -> a" in found.message


# --- name spaces --------------------------------------------------------------------------------


def test_static_of_a_spec_is_hidden_from_the_model() -> None:
    others = {"s": "static int f(void) { return 1; }\nint g(void) { return f(); }"}
    found = program("use s;\nbool f;\nthread t { f = true; }", None, others, True)
    assert isinstance(found.lookup("f", True), FunctionInfo)
    assert isinstance(found.lookup("f", False), GlobalInfo)


def test_model_replaces_a_param_of_a_spec() -> None:
    found = program("use drm_sched;\nchoice IDLE_COMPLETE_ALL = false | true;")
    assert isinstance(found.lookup("IDLE_COMPLETE_ALL", True), ChoiceInfo)
    assert "IDLE_COMPLETE_ALL" not in found.params
    found = program("use drm;\nparam MMIO_IN_SECTION = true;")
    param = found.lookup("MMIO_IN_SECTION", True)
    assert isinstance(param, ParamInfo) and not param.in_spec


def test_model_defines_what_a_spec_declares() -> None:
    found = program("use atomic_commit;\nvoid atomic_commit_tail(struct drm_atomic_state *s) { }")
    tail = found.lookup("atomic_commit_tail", True)
    assert isinstance(tail, FunctionInfo) and tail.body is not None and not tail.in_spec
    table = "{ { .init = f } }"
    found = program(
        f"use module_init;\nint f(void) {{ return 0; }}\nstruct init_func init_funcs[] = {table};"
    )
    funcs = found.lookup("init_funcs", True)
    assert isinstance(funcs, GlobalInfo) and not funcs.in_spec and funcs in found.globals
    assert isinstance(funcs.type, Array) and isinstance(funcs.type.length, tree.Number)
    assert funcs.type.length.value == 1


def test_extern_that_nobody_defines_is_no_global() -> None:
    found = program("use module_init;")
    assert isinstance(found.lookup("init_funcs", True), GlobalInfo)
    assert "init_funcs" not in [g.name for g in found.globals]


def test_thread_and_function_of_one_name() -> None:
    found = program(
        "set of task s;\nvoid close(void) { }\nthread close { close(); }\n"
        "void call(void f(void)) { f(); }\nthread t { call(close); s += close; }\n"
        "check c: never(in(close.close) && ended(close)); expect holds;"
    )
    assert isinstance(found.lookup("close", False), FunctionInfo)
    assert "close" in [t.name for t in found.threads]


def test_thread_domains() -> None:
    found = program(
        "param N = 2;\nstruct o { int n; };\nbool x;\nthread a { x = true; }\n"
        "thread b[i : N] { x = true; }\nthread c[p : o] { p->n = 1; }\n"
        "thread d[p : struct o] { p->n = 1; }"
    )
    assert [(type(t.domain).__name__, t.variable) for t in found.threads] == [
        ("NoneType", ""), ("Name", "i"), ("str", "p"), ("str", "p"),
    ]  # fmt: skip


def test_types() -> None:
    found = program(
        "struct o { int n; };\nint f(struct o *p, int *i, void g(int n), expr c, struct o a[])\n"
        "{ return 0; }\nint[0..4] r;\nint (*h)(void);\nbool x[2][3];\nset of o s;"
    )
    f = found.lookup("f", False)
    assert isinstance(f, FunctionInfo)
    p, i, g, c, a = (t for _, t in f.parameters)
    assert p == Pointer(Struct("o")) and isinstance(i, Pointer) and isinstance(i.target, Int)
    assert isinstance(g, Func) and not g.stored and isinstance(c, Pasted)
    assert a == Array(Struct("o"), None)
    by_name = {v.name: v.type for v in found.globals}
    assert isinstance(by_name["h"], Func) and by_name["h"].stored
    outer = by_name["x"]
    assert isinstance(outer, Array) and isinstance(outer.element, Array)
    assert isinstance(outer.length, tree.Number) and outer.length.value == 2


def test_events_judges_come_last() -> None:
    found = program("use drm, locks;\nbool x;\non return_to_user { x = true; }")
    ons = found.events["return_to_user"]
    judges = [on.judges_only for on in ons]
    assert judges == sorted(judges) and judges.count(False) == 2
    assert [on.in_spec for on in ons if not on.judges_only] == [True, False]
    assert all(on.judges_only for on in found.events["might_sleep"])


def test_families_and_tasks() -> None:
    found = program("use drm;\ntask { bool mine; }")
    family = found.families["no_access_after_release"]
    assert family[0] == "no_use_after_free" and "no_mmio_after_unmap" in family
    assert "mine" in found.structs["task"].fields
    assert found.structs["task"].fields["srcu_sections"].in_spec


def test_order_of_threads_choices_and_inits() -> None:
    found = program("use drm;\nchoice B = x | y;\nchoice A = x | y;\ninit { }\nthread t { }")
    assert list(found.choices) == ["B", "A"]
    assert [t.name for t in found.threads] == ["t", "delayed_fput"]
    assert isinstance(found.threads[0], ThreadInfo)
    assert [in_spec for _, in_spec in found.inits] == [False]


# --- constants ----------------------------------------------------------------------------------


def condition(text: str) -> tuple[tree.Expr, Program]:
    found = program(
        "choice W = inner | outer;\nchoice D = 2 | 3;\nparam N = 4;\nenum e { A, B };\n"
        f"check no_leak; expect holds when {text};"
    )
    expr = found.checks[0].expectations[0].condition
    assert expr is not None
    return expr, found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("W == inner", True), ("inner != W", False), ("D >= 3 || W == outer", False),
        ("N", 4), ("-7 / 2", -3), ("-7 % 2", -1), ("1 << 3 | 1", 9), ("N > 3 ? B : A", 1),
        ("!N", False), ("false && 1 / 0", False), ("ENODEV", 19), ("~0", -1), ("D + 1 == 3", True),
        ("(W == inner) == true", True), ("6 & 3", 2), ("6 ^ 3", 5), ("2 * N - 1", 7),
        ("9 >> 1", 4),
    ],
)  # fmt: skip
def test_constants(text: str, value: int | bool) -> None:
    expr, found = condition(text)
    got = evaluate(expr, found, {"W": "inner", "D": 2, "N": 4})
    assert got == value and type(got) is type(value)


@pytest.mark.parametrize("text", ["W + 1", "1 / (N - 4)", "1 << 1000", "W"])
def test_constants_without_a_value(text: str) -> None:
    expr, found = condition(text)
    with pytest.raises(ModelError) as caught:
        value = evaluate(expr, found, {"W": "inner", "D": 2, "N": 4})
        evaluate_length(expr, found, {"W": "inner", "D": 2, "N": 4})
        assert isinstance(value, str)
    assert caught.value.diagnostics[0].code == "E221"


def test_params_of_params() -> None:
    found = program("param A = B * 2;\nparam B = W == inner ? 1 : 2;\nchoice W = inner | outer;")
    assert settle(found, {"W": "inner"}) == {"W": "inner", "B": 1, "A": 2}
    assert settle(found, {"W": "outer", "B": 5}) == {"W": "outer", "B": 5, "A": 10}


# --- parts --------------------------------------------------------------------------------------


def test_every_node_has_parts() -> None:
    kinds = {*get_args(tree.Expr), *get_args(tree.Statement), tree.Case, tree.Declarator}
    assert kinds == set(walk.PARTS)


def test_walk_is_in_order() -> None:
    a, b, c = (tree.Name(NOWHERE, n) for n in "abc")
    expr = tree.Binary(NOWHERE, "+", tree.Binary(NOWHERE, "*", a, b), c)
    names = [n.name for n in walk.walk(expr) if isinstance(n, tree.Name)]
    assert names == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("name", "candidates", "found"),
    [
        ("drm_dev_unplg", ["drm_dev_unplug", "drm_dev_put"], "drm_dev_unplug"),
        ("stauts", ["status", "state"], "status"),
        ("IDX", ["idx"], "idx"),
        ("x", ["y"], None),
        ("completely", ["other"], None),
    ],
)
def test_nearest(name: str, candidates: list[str], found: str | None) -> None:
    assert nearest(name, candidates) == found


@pytest.mark.parametrize(
    "text",
    [
        f"bool x;\nthread t {{ x = {'(' * 150}x{')' * 150}; }}",
        f"bool x;\nthread t {{ x = {'!' * 150}x; }}",
        f"int x;\nint f(int n) {{ return n; }}\nthread t {{ x = {'f(' * 150}x{')' * 150}; }}",
        f"int x;\nthread t {{ x = {'(1 + ' * 150}x{')' * 150}; }}",
        f"bool x;\nthread t {{ {'if (x) {' * 60} {'}' * 60} }}",
    ],
    ids=["parentheses", "operators", "calls", "sums", "blocks"],
)
def test_deep_trees(text: str) -> None:
    program(text)


def test_too_deep_is_an_error_of_the_model() -> None:
    name = tree.Name(Span("model.srcu", 0, 1), "x")
    expr: tree.Expr = name
    for _ in range(5000):
        expr = tree.Unary(name.span, "!", expr)
    text = "bool x;\nthread t { x = x; }"
    file = model(text)
    thread = file.tree.declarations[1]
    assert isinstance(thread, tree.Thread)
    body = tree.Block(name.span, (tree.ExprStatement(name.span, expr),))
    deep = replace(file.tree, declarations=(file.tree.declarations[0], replace(thread, body=body)))
    with pytest.raises(ModelError) as caught:
        resolve([replace(file, tree=deep)])
    assert [d.code for d in caught.value.diagnostics] == ["E223"]
