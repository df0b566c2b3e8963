# SPDX-License-Identifier: MIT
"""Each thing that ``resolve`` and ``load`` report: its code, its place, its fix.

In the models below ``«`` and ``»`` stand around what the caret is under.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from srcucheck.base.codes_names import NAMES
from srcucheck.base.diagnostic import Diagnostic, ModelError
from srcucheck.base.source import SourceFile
from srcucheck.base.span import Span
from srcucheck.lang import tree
from srcucheck.lang.parser import parse
from srcucheck.lang.resolve import LoadedFile, load, names_in_specs, resolve

SPECS = Path(__file__).parents[2] / "specs"
KNOWN = sorted(path.stem for path in SPECS.glob("*.srcu"))
ELSEWHERE = {"E223", "E408", "E501", "E502"}
"""Codes that other floors raise, or that no short model shows."""


@cache
def spec(name: str) -> LoadedFile | None:
    path = SPECS / f"{name}.srcu"
    if not path.exists():
        return None
    source = SourceFile(f"specs/{name}.srcu", path.read_text())
    return LoadedFile(parse(source), source, True, name)


@cache
def everywhere() -> Mapping[str, str]:
    trees: dict[str, tree.File] = {}
    for name in KNOWN:
        found = spec(name)
        assert found is not None
        trees[name] = found.tree
    return names_in_specs(trees)


def diagnose(text: str) -> tuple[Diagnostic, ...]:
    """All that is wrong with a model that uses specs, or itself by "this.srcu"."""
    source = SourceFile("this.srcu", text)
    model = LoadedFile(parse(source), source, False, "this.srcu")

    def find(name: str, quoted: bool, _span: Span) -> LoadedFile | None:
        if quoted:
            return model if name == "this.srcu" else None
        return spec(name)

    try:
        resolve(load(model, find, {}, KNOWN), elsewhere=everywhere)
    except ModelError as error:
        return error.diagnostics
    return ()


def shown(text: str, diagnostic: Diagnostic) -> str:
    """The model with marks around the place of a diagnostic."""
    assert diagnostic.span is not None
    assert diagnostic.span.file == "this.srcu"
    start, end = diagnostic.span.start, diagnostic.span.end
    return f"{text[:start]}«{text[start:end]}»{text[end:]}"


CASES = [
    # --- files and names ------------------------------------------------------------------------
    ("E201", "use «dma_fense»;", "dma_fence"),
    ("E201", 'use «"there.srcu"»;', None),
    ("E201", "use «nothing_like_it»;", None),
    ("E202", 'use «"this.srcu"»;', None),
    ("E203", "use srcu_counters as srcu;\nuse «rcu as srcu»;", None),
    ("E203", "choice SRCU = «1» | 2;\nuse SRCU as srcu;", None),
    ("E204", "int x;\nbool «x»;", None),
    ("E204", "use locks;\nvoid «mutex_lock»(struct mutex *m) { }", None),
    ("E204", "struct a { int x; };\n«struct a { int x; };»", None),
    ("E204", "struct a { int x; int x; };", None),
    ("E204", "enum e { A, B, «A» };", None),
    ("E204", "enum e { A };\n«enum e { B };»", None),
    ("E204", "thread t { }\nthread «t» { }", None),
    ("E204", "struct o { int x; };\npool struct o 2;\n«pool struct o 3;»", None),
    ("E205", "int f(bool b);\nint «f»(void) { return 0; }", None),
    ("E206", "«struct drm_devise» *d;", None),
    ("E206", "«struct drm_device» card0;", "use drm;"),
    ("E206", "use drm;\n«struct drm_devise» card0;", "struct drm_device"),
    ("E206", "«u32» x;", "unsigned"),
    ("E206", "use locks;\n«spinlock_t» l;", "struct spinlock"),
    ("E208", "struct a;\n«struct a» x;", None),
    ("E208", "struct a;\nstruct a *x;\nthread t { x = kzalloc(«struct a»); }", None),
    ("E209", "«property no_leak \"left\";»", None),
    ("E209", "void «kfree»(int x) { }", None),
    ("E209", "int «current»;", None),
    ("E210", "«int» *x;", None),
    ("E210", "«void» x;", None),
    ("E210", "«expr» x;", None),
    ("E210", "set of «int» x;", None),
    ("E210", "«struct task» x;", None),
    ("E211", "param N = 65;\nbool x[«N»];", None),
    ("E211", "bool x[«-1»];", None),
    ("E212", "void f(void);\nthread t { «f»(); }", None),
    ("E213", "«param A = B;»\nparam B = A;", None),
    ("E214", "choice X = a | «1»;", None),
    ("E214", "choice X = a | «a»;", None),
    ("E215", "bool x;\non «return_to_usr» { x = true; }", "return_to_user"),
    ("E216", "struct a { struct b b; };\nstruct b { struct a a[2]; };", None),
    ("E220", "int a;\nint b = «a»;", None),
    ("E220", "int f(void) { return 1; }\nint b = «f()»;", None),
    ("E220", "int a;\nbool x[«a»];", None),
    ("E220", "param MANY = 2;\nbool x[«MANI»];", "MANY"),
    ("E220", "int a;\nthread t[i : «a»] { }", None),
    ("E221", "param N = 0;\nbool x[«1 / N»];", None),
    ("E222", "choice W = inner | outer;\nbool x;\nthread t { x = W == «iner»; }", "inner"),
    ("E222", "choice W = inner | outer;\ncheck no_leak; expect holds when W == «iner»;", "inner"),
    # --- bodies ---------------------------------------------------------------------------------
    ("E301", "bool stopped;\nthread t { «stoped» = true; «»}", "stopped"),
    ("E301", "choice W = inner | outer;\nbool x;\nthread t { x = «inner»; }", "W == inner"),
    ("E301", "bool x;\nthread t { x = «system_wq» == NULL; }", "use workqueue;"),
    ("E301", "bool x;\nthread t { x = current->kind == «hardwrong»; }", None),
    ("E302", "use drm;\nstruct drm_device d;\nthread t { «drm_dev_unplg»(&d); }", "drm_dev_unplug"),
    ("E302", "struct obj { int n; };\nthread t { «synchronize_rcu»(); }", "use rcu;"),
    ("E302", "thread t { «return_to_user»(); }", None),
    ("E302", "bool x;\nthread t { «await_idel»(x); }", "await_idle"),
    ("E303", "use dma_fence;\nstruct dma_fence f;\nbool x;\nthread t { x = f.«signalled»; }",
     "signaled"),
    ("E303", "struct a { int n; };\nstruct b { int m; };\nstruct a x;\n"
     "thread t { x.«m» = 1; }", None),
    ("E303", "struct a { int n; };\nstruct a a = { .many = «1» };", None),
    ("E303", "int x;\nthread t { «x.n» = 1; }", None),
    ("E304", "struct a { int n; };\nstruct a *p;\nthread t { «p.n» = 1; }", "p->n"),
    ("E304", "struct a { int n; };\nstruct a x;\nthread t { «x->n» = 1; }", "x.n"),
    ("E304", "struct a { int n; };\nstruct a x[2];\nthread t { «x.n» = 1; }", "x[0].n"),
    ("E305", "use drm;\nstruct drm_device d;\nthread t { drm_dev_unplug(«d»); }", "&d"),
    ("E305", "use drm;\nstruct drm_device d;\nthread t { int i; drm_dev_enter(&d, «i»); }", "&i"),
    ("E305", "struct a { int n; };\nstruct a x;\nstruct a *p;\nthread t { p = «x»; }", "&x"),
    ("E305", "struct a { int n; };\nstruct a x[2];\nstruct a *p;\nthread t { p = «x»; }", "&x[0]"),
    ("E305", "struct a { int n; };\nstruct a x;\nstruct b { struct a *p; };\n"
     "struct b y = { .p = «x» };", "&x"),
    ("E305", "struct a { int n; };\nstruct a x;\nthread t { kfree(«x»); }", "&x"),
    ("E306", "use workqueue;\nstruct work_struct w;\nthread t { queue_work(«&system_wq», &w); }",
     "system_wq"),
    ("E306", "use drm;\nstruct drm_device d;\nthread t { int i; "
     "if (drm_dev_enter(&d, &i)) drm_dev_exit(«&i»); }", "i"),
    ("E306", "use dma_fence;\nstruct dma_fence f[2];\nthread t { dma_fence_force_complete(«&f»); }",
     "f"),
    ("E307", "use drm;\nstruct drm_device d;\nthread t { if («drm_dev_enter(&d)») writel(&d); }",
     None),
    ("E307", "bool x;\nthread t { «WARN_ON(x)»; }", "assert(!(x))"),
    ("E307", "int x[2] = { 1, 2, «3» };", None),
    ("E308", "use workqueue;\nstruct delayed_work d;\nthread t { flush_work(«&d»); }", "&d.work"),
    ("E308", "use workqueue;\nvoid f(struct work_struct *w) { flush_delayed_work(«w»); }",
     "container_of(w, struct delayed_work, work)"),
    ("E308", "void f(int *idx) { «idx» = 1; }", "*idx"),
    ("E308", "void g(int i) { }\nvoid f(int *idx) { g(«idx»); }", "*idx"),
    ("E308", "struct a { int n; };\nstruct a *p;\nbool x;\nthread t { x = «p»; }", "p != NULL"),
    ("E308", "struct a { int n; };\nstruct a *p;\nthread t { p = «0»; }", "NULL"),
    ("E308", "set of task s;\nbool x;\nthread t { if («s») x = true; }", "!empty(s)"),
    ("E308", "choice W = inner | outer;\nbool x;\nthread t { if («W») x = true; }", "W == inner"),
    ("E308", "void g(void f(int n)) { }\nvoid h(void) { }\nthread t { g(«h»); }", None),
    ("E309", "struct a { int n; };\nstruct a x, y;\nthread t { x = «y»; }", None),
    ("E310", "struct a { int n; };\nthread t { «struct a» x; }", "struct a *"),
    ("E310", "thread t { «int» x[2]; }", None),
    ("E311", "int n;\nvoid f(void) { if (n) «f()»; }\nthread t { f(); }", None),
    ("E311", "bool x;\nevent e;\non e { x = true; «e()»; }\nthread t { e(); }", None),
    ("E311", "bool x;\nevent e;\non e { if (x) «e()»; }\nthread t { await (x) { e(); } }", None),
    ("E311", "bool x;\nevent e;\nvoid f(void) { e(); }\non e { if (x) «f()»; }\n"
     "thread t { atomic { f(); } }", None),
    ("E311", "int n;\nvoid g(void);\nvoid f(void) { «g()»; }\nvoid g(void) { if (n) f(); }", None),
    ("E311", "use kref;\nstruct kref k;\n"
     "void rel(struct kref *k) { «kref_put(k, rel)»; }\nthread t { kref_put(&k, rel); }", None),
    ("E312", "bool a, b;\nthread t { atomic { a = true; «await» (b); } }", None),
    ("E312", "bool a, b;\nthread t { await (a) { «await» (b); } }", None),
    ("E312", "bool a, b;\nthread t { atomic { while (a) { «await» (b); a = false; } } }", None),
    ("E313", "void f(void) { «return 1;» }", "return;"),
    ("E313", "int f(void) { «return;» }", None),
    ("E313", "thread t { «return 1;» }", "return;"),
    ("E314", "thread t { «break;» }", None),
    ("E314", "thread t { switch (1) { case 1: «continue;» } }", None),
    ("E315", "int f(void) { «goto out_er;» out_err: return 1; }", "goto out_err;"),
    ("E315", "int f(void) { err: ; «err»: return 1; }", None),
    ("E316", "use context;\nthread t { «might_sleep(1)»; }", "might_sleep()"),
    ("E317", "bool x;\nthread t { WARN_ON(x, «idle»); }", 'property idle "...";'),
    ("E317", "bool x;\nproperty idle \"not idle\";\nthread t { WARN_ON(x, «idel»); }", "idle"),
    ("E317", "bool x;\nthread t { WARN_ON(x, «no_leak»); }", 'property my_no_leak "...";'),
    ("E318", "bool f(void) { return true; }\nbool x;\nthread t { if («f») x = true; }", "f()"),
    ("E318", "property p \"p\";\nbool x;\nthread t { x = «p»; }", None),
    ("E318", "event e;\nbool x;\nthread t { x = «e»; }", "e()"),
    ("E318", "set of task s;\nthread a[i : 2] { }\nthread t { s += «a»; }", "a[0]"),
    ("E319", "bool x;\nthread t { «x»(); }", None),
    ("E319", "void f(void) { }\nchoice W = f | g;\nthread t { «W»(); }", None),
    ("E320", "param N = 2;\nthread t { «N» = 3; }", None),
    ("E320", "struct a { int n; };\nstruct a *p;\n"
     "thread t { atomic { for (x : a) «x» = p; } }", None),
    ("E321", "int n;\nthread t { await («n--» > 0); }", None),
    ("E321", "int n;\nint f(void) { n = 1; return 1; }\nthread t { await («f()» > 0); }", None),
    ("E322", "int n;\nthread t { n = «\"gfx\"»; }", None),
    ("E323", "struct a { int n; };\nvoid f(struct a *p) { touch(«*p»); }", None),
    ("E324", "thread t { int n; int «n»; }", None),
    ("E325", "int n;\nthread t { kfree(«n»); }", None),
    ("E325", "int n;\nbool x;\nthread t { x = empty(«n»); }", None),
    ("E326", "struct a { int n; };\nstruct a x = { .n = 1, .n = «2» };", None),
    ("E326", "int n;\nthread t { switch (n) { case 1: break; case «1»: break; } }", None),
    ("E327", "bool x;\ninit { «await» (x); }", None),
    ("E329", "bool x, y;\nthread t { y = !«await» (x); }", None),
    ("E329", "void f(void) { }\nbool y;\nthread t { y = «f()»; }", None),
    # --- checks ---------------------------------------------------------------------------------
    ("E401", "check «no_leaks»; expect holds;", "no_leak"),
    ("E401", "check «mmio_in_section»; expect holds;", "use drm;"),
    ("E402", "void f(void) { }\nthread rmmod { f(); }\n"
     "check c: completes(«rmod».f); expect holds;", "rmmod"),
    ("E402", "void fin(void) { }\nthread t { fin(); }\n"
     "check c: completes(t.«finn»); expect holds;", "fin"),
    ("E402", "void f(void) { }\nthread t { f(); }\n"
     "check c: never(ended(«f»)); expect holds;", None),
    ("E402", "void f(void) { }\nthread t { f(); }\n"
     "check c: never(ended(«t.f»)); expect holds;", "t"),
    ("E403", "check no_leak; expect holds;\n«check no_leak; expect holds;»", None),
    ("E404", "bool x;\ncheck no_leak; expect holds when «x»;", None),
    ("E405", "bool x;\ncheck c: «never(x, x)»; expect holds;", None),
    ("E405", "bool x;\ncheck c: never(«always(x)»); expect holds;", None),
    ("E406", "param N = 2;\nbool x;\nthread t[i : N] { x = true; }\n"
     "«check c: completes(t) for any M; expect holds;»", None),
    ("E406", "param N = 2;\nparam M = 2;\nbool x;\nthread t[i : N] { x = true; }\n"
     "check c: completes(t) for any N;\n«check d: completes(t) for any M;»", None),
    ("E407", "bool x;\ncheck c: never(«x = true»); expect holds;", None),
    ("E407", "bool x;\nbool f(void) { x = true; return x; }\n"
     "check c: never(«f()»); expect holds;", None),
    ("E409", "int n;\ncheck no_leak except «n»; expect holds;", None),
    ("E410", "choice L = false | true;\ncheck no_leak; expect «holds», fails when L;", None),
    ("E411", "bool x;\nthread a { x = true; }\nthread t { await («ended»(a)); }", None),
]  # fmt: skip


@pytest.mark.parametrize(("code", "marked", "fix"), CASES)
def test_place_and_fix(code: str, marked: str, fix: str | None) -> None:
    marked = marked.replace("«»", "")
    text = marked.replace("«", "").replace("»", "")
    found = diagnose(text)
    assert [d.code for d in found] == [code], [(d.code, d.message) for d in found]
    if "«" in marked:
        assert shown(text, found[0]) == marked
    assert found[0].fix == fix
    assert found[0].message[-1] in ".?" and len(found[0].message) < 160


def test_every_code_has_a_case() -> None:
    assert {code for code, _, _ in CASES} | ELSEWHERE == set(NAMES)


@pytest.mark.parametrize("code", sorted(set(NAMES) - ELSEWHERE))
def test_explanations_are_true(code: str) -> None:
    """The wrong example gives this code alone, the mended one nothing."""
    _, wrong, mended = NAMES[code].explanation.split(":\n\n    ", 2)
    wrong = wrong.removesuffix("Mended")
    assert {d.code for d in diagnose(wrong)} == {code}
    assert diagnose(mended) == ()


def test_several_at_once_in_order() -> None:
    found = diagnose("bool a;\nvoid f(void) { b = a; b = a; }\nthread t { c = a; b = a; f(1); }")
    assert [d.code for d in found] == ["E301", "E301", "E301", "E307"]
    assert [d.message.split("'")[1] for d in found[:3]] == ["b", "c", "b"]


def test_one_line_per_spec_that_is_missing() -> None:
    found = diagnose(
        "struct drm_device card0;\n"
        "thread t { int i; if (drm_dev_enter(&card0, &i)) writel(&card0); drm_dev_exit(i); }\n"
        "check no_mmio_after_unmap; expect holds;"
    )
    assert [(d.code, d.fix) for d in found] == [("E206", "use drm;")]


def test_both_places_of_a_name_defined_twice() -> None:
    text = "use locks;\nint x;\nbool x;\nstruct mutex { int n; };"
    found = diagnose(text)
    assert [d.code for d in found] == ["E204", "E204"]
    for d in found:
        assert d.notes[0].span is not None
    assert found[1].notes[0].span is not None
    assert found[1].notes[0].span.file == "specs/locks.srcu"


def test_recursion_prints_its_cycle() -> None:
    (found,) = diagnose(
        "use kref;\nstruct kref k;\nvoid rel(struct kref *k) { kref_put(k, rel); }\n"
        "thread t { kref_put(&k, rel); }"
    )
    assert "rel -> kref_put(rel) -> rel" in found.message


def test_another_release_is_no_recursion() -> None:
    text = (
        "use kref;\nstruct kref k, l;\nvoid inner(struct kref *k) { }\n"
        "void outer(struct kref *k) { kref_put(&l, inner); }\nthread t { kref_put(&k, outer); }"
    )
    assert diagnose(text) == ()


def test_a_member_is_known_by_its_owners() -> None:
    (found,) = diagnose(
        "struct a { int n; };\nstruct b { int refs; };\nstruct a a;\nthread t { a.refs = 1; }"
    )
    assert found.code == "E303" and found.notes[0].text == "'struct b' has one"


def test_dropped_arguments_are_never_looked_at() -> None:
    text = (
        "use workqueue, wait;\nstruct delayed_work d;\nstruct wait_queue_head q;\nbool x;\n"
        'thread t { queue_delayed_work(system_wq, &d, msecs(100)); alloc_workqueue("a", 0, NO); '
        "wait_event_timeout(q, x, HZ); }"
    )
    assert diagnose(text) == ()


def test_pasted_arguments_are_looked_at() -> None:
    found = diagnose("use wait;\nstruct wait_queue_head q;\nthread t { wait_event(q, flag); }")
    assert [d.code for d in found] == ["E301"]


def test_parts_of_a_spec_come_with_it() -> None:
    (found,) = diagnose("struct delayed_work d;")
    assert found.fix == "use workqueue;"
