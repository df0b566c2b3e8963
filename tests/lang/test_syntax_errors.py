# SPDX-License-Identifier: MIT
"""What the reader is told about text that is no model: which code, where, and what mends it.

In the models below ``«`` and ``»`` stand around what the caret is under.
"""

import random
import re
from pathlib import Path

import pytest

from srcucheck.base.codes_syntax import SYNTAX
from srcucheck.base.diagnostic import Diagnostic, ModelError
from srcucheck.base.source import SourceFile
from srcucheck.lang.parser import TOP_WORDS, decode, parse
from srcucheck.lang.slips import AWAITS, RESERVED
from srcucheck.render.diagnostics import render

ROOT = Path(__file__).parents[2]
MODELS = [path.read_text() for path in sorted((ROOT / "models").rglob("*.srcu"))]


def errors(text: str) -> tuple[Diagnostic, ...]:
    """What is wrong with a text; nothing if it is a model.  Anything but a ModelError escapes."""
    try:
        parse(SourceFile("m.srcu", text))
    except ModelError as error:
        return error.diagnostics
    return ()


PLACED = [
    ("E105", 'thread t { f(«"»abc); }'),
    ("E106", "thread t { x = «kzalloc(struct T, GFP_KERNEL)»; }"),
    ("E106", "thread t { struct T *x = kzalloc(«sizeof»(*x), GFP_KERNEL); }"),
    ("E106", "thread t { x = «kzalloc()»; }"),
    ("E106", "thread t { x = «container_of(p, struct T)»; }"),
    ("E107", "thread t { «a + b» = 1; }"),
    ("E107", "thread t { «f()» = 1; }"),
    ("E108", "thread t { f(«struct T»); }"),
    ("E109", "thread t { x = «exists»(j : job; j->done); }"),
    ("E115", "«const» struct T x;"),
    ("E115", "static «inline» void f(void) { }"),
    ("E115", "«typedef» int x;"),
    ("E115", "«union» u { int a; };"),
    ("E112", "unsigned «int» x;"),
    ("E113", "thread t { x = «1»\n y = 2; }"),
    ("E114", "choice A = a | b;\ncheck no_leak; expect holds when A «=» b;"),
    ("E115", "bool «while»;"),
    ("E115", "int «atomic»;"),
    ("E115", "struct s { int «default»; };"),
    ("E115", "param «if» = 1;"),
    ("E115", "thread t { int «for» = 1; }"),
    ("E115", "thread t { x = «static»; }"),
    ("E116", "thread t { f(a)«)»; }"),
    ("E116", "thread t { while «x» { } }"),
    ("E115", "thread t { «else» x = 1; }"),
    ("E115", "thread t { «case» 1: x = 1; }"),
    ("E116", "thread t { x = a «@» b; }"),
    ("E116", "thread t { «await_timeot» (c) { d = true; } }"),
    ("E113", "thread t {\n\tif (c)\n\t\tawait (c«)»\n\t\td = true;\n}"),
    ("E120", "«tasklet» foo { }"),
    ("E120", "bool b;\n«process» foo[i : 2] { b = true; }"),
    ("E117", "check no_leak; expect «passes»;"),
    ("E117", "check no_leak; expect holds when A, «fail» otherwise;"),
    ("E118", "thread t { x = «010»; }"),
    ("E118", "thread t { x = «" + "9" * 5_000 + "»; }"),
    ("E119", "thread t { x = («struct» T *)y; }"),
    ("E119", "thread t { x = («void» *)y; }"),
    ("E119", "thread t { x = («int»)y; }"),
]


@pytest.mark.parametrize(("code", "marked"), PLACED, ids=lambda value: value[:50])
def test_code_and_place(code: str, marked: str) -> None:
    start, end = marked.index("«"), marked.index("»") - 1
    found = errors(marked.replace("«", "").replace("»", ""))
    assert [d.code for d in found][:1] == [code]
    assert found[0].span is not None
    assert (found[0].span.start, found[0].span.end) == (start, end)
    assert len(found[0].message) < 80
    assert "\n" not in found[0].message
    assert found[0].message.endswith((".", "?"))


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("await (c) «x»[i] = 1;", "await (c) { x[i] = 1; }"),
        ("await (c && (d || any(x)))\n\t\t«d» =\n\t\t\ttrue;",
         "await (c && (d || any(x))) { d = true; }"),
        ("await_idle (c) «wake_up»(&q);", "await_idle (c) { wake_up(&q); }"),
        ("await (" + "c && " * 20 + "c) «x»++;", "await (...) { ...; }"),
        ("await (c) «if» (d) x = 1;", None),
        ("await (c) «return»;", None),
    ],
    ids=lambda value: str(value)[:30],
)  # fmt: skip
def test_an_update_without_braces(text: str, fix: str | None) -> None:
    marked = f"thread t {{\n\t{text}\n}}"
    (found,) = errors(marked.replace("«", "").replace("»", ""))
    assert (found.code, found.fix) == ("E116", fix)
    assert found.message == "What an await does once its condition is true stands in braces."
    assert found.span is not None
    assert (found.span.start, found.span.end) == (marked.index("«"), marked.index("»") - 1)


@pytest.mark.parametrize("word", sorted(RESERVED | set(TOP_WORDS) | AWAITS | {"in", "held_by"}))
@pytest.mark.parametrize("ending", ["_it", "1", "s"])
def test_a_name_may_begin_with_any_word(word: str, ending: str) -> None:
    name = word + ending
    text = f"""
        struct {name} {{ bool {name}; }};
        struct {name} a;
        bool {name};
        void f_{name}(bool {name}) {{ {name} = !{name}; goto {name}; {name}: ; }}
        thread t {{ struct {name} *p; {name}: {name} = true; a.{name} = {name}; f_{name}({name}); }}
        check {name}: reachable({name});
        """
    assert errors(text) == ()


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("E101", ""),
        ("E101", " \n"),
        ("E101", "/* nothing */ // at all"),
        ("E102", "bool a;\0"),
        ("E103", "thread t { x = " + "(" * 5_000 + "1" + ")" * 5_000 + "; }"),
        ("E103", "thread t { " + "{" * 5_000 + "}" * 5_000 + " }"),
        ("E104", "bool a; /* x"),
        ("E105", 'property p "abc\nbool x;'),
        ("E110", "#include <drm/drm_drv.h>\nbool a;"),
        ("E110", "#define N 2\nbool a;"),
        ("E111", "thread t { x = 1;"),
    ],
    ids=lambda value: value[:40],
)
def test_code(code: str, text: str) -> None:
    assert errors(text)[0].code == code


@pytest.mark.parametrize("code", sorted(SYNTAX))
def test_every_code_is_shown_here(code: str) -> None:
    shown = Path(__file__).read_text(encoding="utf-8")
    assert f'("{code}"' in shown


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(ModelError) as caught:
        decode("m.srcu", b"bool a;\xff\xfe")
    assert caught.value.diagnostics[0].code == "E102"


def test_several_at_once() -> None:
    text = "bool a\n\nthread t {\n\tx = ;\n}\n\nint b = = 2;\n\ncheck ;\n"
    found = errors(text)
    assert len(found) >= 4
    assert [d.span.start for d in found if d.span] == sorted(d.span.start for d in found if d.span)


@pytest.mark.parametrize("escape", ["\\x", "\\u12", "\\N{foo}", "\\q", "\\777", "\\U1"])
def test_escapes_of_python_mean_nothing(escape: str) -> None:
    assert errors(f'property p "a{escape}b";') == ()


@pytest.mark.parametrize("text", ["bool a\nbool b;", "\tx\t= ;", "", 'property p "\t', "é"])
def test_errors_can_be_rendered(text: str) -> None:
    source = SourceFile("m.srcu", text)
    shown = render(errors(text), {"m.srcu": source})
    assert "error[E1" in shown
    assert "srcucheck explain E1" in shown


def test_nothing_else_than_a_model_error_escapes() -> None:
    """Models with a token lost, doubled, exchanged, replaced by junk, or cut off."""
    chance = random.Random(20)
    junk = ["\0", '"', "/*", "(", "}", "é", "$", "#", "..", "0x", "\\", "await", "case", "struct"]
    for turn in range(600):
        text = chance.choice(MODELS)
        tokens = re.findall(r"\s+|\w+|/\*.*?\*/|[^\w\s]", text, re.DOTALL)
        at, other = chance.randrange(len(tokens)), chance.randrange(len(tokens))
        match turn % 5:
            case 0:
                del tokens[at]
            case 1:
                tokens.insert(at, tokens[other])
            case 2:
                del tokens[at:]
            case 3:
                tokens[at] = chance.choice(junk)
            case _:
                tokens[at], tokens[other] = tokens[other], tokens[at]
        broken = "".join(tokens)
        found = errors(broken)
        assert render(found, {"m.srcu": SourceFile("m.srcu", broken)}) or not found
        for diagnostic in found:
            assert diagnostic.code in SYNTAX
            if diagnostic.span is not None:
                assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(broken) + 1
