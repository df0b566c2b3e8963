# SPDX-License-Identifier: MIT
"""The formatter: same tree, same comments, a fixed point, and kernel style."""

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from srcucheck.base.diagnostic import ModelError
from srcucheck.base.source import SourceFile
from srcucheck.base.span import Span
from srcucheck.cli.fmt import run_fmt
from srcucheck.lang import fmt, tree
from srcucheck.lang.fmt import format_file
from srcucheck.lang.fmt_lexemes import Lexemes
from srcucheck.lang.parser import parse

ROOT = Path(__file__).parents[2]
FILES = sorted(
    path
    for folder in ("models", "specs", "examples", "tests")
    for path in (ROOT / folder).rglob("*.srcu")
)
GAPS = (
    " ", "\n", "  ", "\t", "\n\n\n", "\n\t\t", "\n     ", " /* c */ ", "\n/* c */\n", " // c\n",
    "\n\t// c\n", "\n/* c\n * d\n\t\te */\n", "\t/* c */", " /* c\n  d */ ", "\n /*c*/ ", "/*c*/",
)  # fmt: skip


def bare(node: Any) -> Any:
    """A tree without its spans."""
    if isinstance(node, Span):
        return None
    if isinstance(node, tuple):
        return tuple(bare(item) for item in node)
    if is_dataclass(node):
        return (type(node).__name__, *(bare(getattr(node, f.name)) for f in fields(node)))
    return node


def comments(file: tree.File) -> list[str]:
    return sorted(" ".join(comment.text.split()) for comment in file.comments)


def formatted(text: str) -> str:
    """The text formatted, once tree, comments and the fixed point have been looked at."""
    source = SourceFile("x", text)
    file = parse(source)
    once = format_file(file, source)
    source = SourceFile("x", once)
    again = parse(source)
    assert bare(again.declarations) == bare(file.declarations)
    assert comments(again) == comments(file)
    assert format_file(again, source) == once
    return once


def body(text: str) -> str:
    """Statements formatted inside a function, its depth of one tab taken away."""
    lines = formatted("void f(void)\n{\n" + text + "\n}\n").split("\n")
    assert lines[:2] + lines[-2:] == ["void f(void)", "{", "}", ""]
    return "\n".join(line.removeprefix("\t") for line in lines[2:-2])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_corpus(path: Path) -> None:
    text = path.read_text()
    once = formatted(text)
    assert once.split("\n")[0] == text.split("\n")[0]
    assert not [line for line in once.split("\n") if line != line.rstrip()]


def test_corpus_is_nearly_formatted() -> None:
    same = [path for path in FILES if formatted(path.read_text()) == path.read_text()]
    assert len(same) >= 0.95 * len(FILES)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_white_space_and_comments(data: st.DataObject) -> None:
    lexemes = Lexemes(data.draw(st.sampled_from(FILES)).read_text()).all
    places = st.integers(0, len(lexemes) - 1)
    changed = data.draw(st.dictionaries(places, st.sampled_from(GAPS), min_size=1, max_size=40))
    text = ""
    for number, lexeme in enumerate(lexemes):
        gap = changed.get(number, lexeme.gap)
        if "//" in text.rpartition("\n")[2] and not gap.startswith("\n"):
            gap = "\n" + gap
        text += gap + lexeme.text
    try:
        parse(SourceFile("x", text))
    except ModelError:
        assume(False)  # a comment where the lexer wants nothing but blanks
    formatted(text)


@pytest.mark.parametrize("columns", [30, 60])
@pytest.mark.parametrize("path", FILES[::5], ids=lambda path: path.name)
def test_narrow(path: Path, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fmt, "COLUMNS", columns)
    formatted(path.read_text())


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("use  drm,dma_fence ;", "use  drm, dma_fence;"),
        ("param N=2;", "param N = 2;"),
        ("param X = N*(2-1)<<1;", "param X = N * (2 - 1) << 1;"),
        ("param  IOCTLS = 0x1F;", "param  IOCTLS = 0x1F;"),
        ("choice D=1|-2;", "choice D = 1 | -2;"),
        ("struct a;", "struct a;"),
        ("struct a{int x;struct a*next;};", "struct a { int x; struct a *next; };"),
        ("struct a {\nint x,y;\n\n};", "struct a {\n\tint x, y;\n};"),
        ("struct a {\nint x; void(*f)(int*);\n}", "struct a {\n\tint x;\n\tvoid (*f)(int *);\n}"),
        ("struct a { shadow set  of task t; };", "struct a { shadow set of task t; };"),
        ("enum e{A,B};", "enum e { A, B };"),
        ("enum e {\n  A, B,\n  C\n};", "enum e {\n\tA, B,\n\tC\n};"),
        ("task{int d;}", "task { int d; }"),
        ("int[ 0 .. 4 ] wraps x;", "int[0..4] wraps x;"),
        ("struct a*p,* q,r[2][N];", "struct a *p, *q, r[2][N];"),
        ("struct a x={.f=1,.g={2,3}};", "struct a x = { .f = 1, .g = { 2, 3 } };"),
        (
            "struct a x={\n.f=1,\n  .g={ 2,3 },\n};",
            "struct a x = {\n\t.f = 1,\n\t.g = { 2, 3 },\n};",
        ),
        ("static\nint f(void){return 1;}", "static int f(void) { return 1; }"),
        ("int f(int a,void g(int*p)) {\n}", "int f(int a, void g(int *p))\n{\n}"),
        ("extern int f ( int * ) ;", "extern int f(int *);"),
        ("struct a *f(struct a r[]);", "struct a *f(struct a r[]);"),
        ("user u[i:N+1]{ f(); }", "user u[i : N + 1] { f(); }"),
        ("thread t\n{\nf();\n}", "thread t {\n\tf();\n}"),
        ("event e ;\non e{f();}", "event e;\non e { f(); }"),
        ('property p  in q\n  "a";', 'property p  in q\n  "a";'),
        ('property p in q\n"a" "b";', 'property p in q\n\t"a" "b";'),
        ("pool struct a N+1 recycle;", "pool struct a N + 1 recycle;"),
        ("init{a[*]=true;}", "init { a[*] = true; }"),
        ("check a:never(x in s);expect holds;", "check a: never(x in s); expect holds;"),
        ("check a;\t\texpect holds;", "check a;\t\texpect holds;"),
        ("check a;\nexpect holds;", "check a;\n\texpect holds;"),
        ("check a except b,c for any N;", "check a except b, c for any N;"),
    ],
)
def test_declarations(text: str, wanted: str) -> None:
    assert formatted(text) == wanted + "\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("if(a)b();else c();", "if (a)\n\tb();\nelse\n\tc();"),
        ("if (a) { b(); }\nelse\n{ c(); }", "if (a) {\n\tb();\n} else {\n\tc();\n}"),
        ("if (a) b(); else if(c){d();}", "if (a)\n\tb();\nelse if (c) {\n\td();\n}"),
        ("while(a){}", "while (a) { }"),
        ("do{a--;}\nwhile(a);", "do { a--; } while (a);"),
        ("do a--; while(a);", "do\n\ta--;\nwhile (a);"),
        ("for(;;);", "for (;;)\n\t;"),
        ("for(int i=0;i<N;i++)f();", "for (int i = 0; i < N; i++)\n\tf();"),
        ("for(x:struct a)x->y=0;", "for (x : struct a)\n\tx->y = 0;"),
        (
            "switch(a){case A:case B:b();break;default:c();\n}",
            "switch (a) {\ncase A:\ncase B:\n\tb();\n\tbreak;\ndefault:\n\tc();\n}",
        ),
        ("atomic x++;", "atomic x++;"),
        ("atomic\n{ x++; }", "atomic { x++; }"),
        ("atomic {\n\n\nx++;\n\n\n\ny++;\n\n}", "atomic {\n\tx++;\n\n\ty++;\n}"),
        ("await(a){}", "await (a) { }"),
        ("if(!await_timeout(a)held_by b,c{d=1;})return;",
         "if (!await_timeout (a) held_by b, c { d = 1; })\n\treturn;"),
        ("int*p,v=1;", "int *p, v = 1;"),
        ("a=-b- -c;", "a = -b - -c;"),
        ("*a=&b->c . d;", "*a = &b->c.d;"),
        ("x = & &y;", "x = & &y;"),
        ("a = (b);", "a = (b);"),
        ("return(a);", "return (a);"),
        ("s={};", "s = {};"),
        ("a=b?c:d;", "a = b ? c : d;"),
        ("f ( a , b [ i ] ) ;", "f(a, b[i]);"),
        ("x=choose(y:t;some(w:t;w==y));", "x = choose(y : t; some(w : t; w == y));"),
        ('f("a"   "b");', 'f("a" "b");'),
        ("a = b &&\n    c;", "a = b &&\n    c;"),
        ("f(a,\n  b);", "f(a,\n  b);"),
        ("if (f(a,\n      b))\nreturn;", "if (f(a,\n      b))\n\treturn;"),
    ],
)  # fmt: skip
def test_statements(text: str, wanted: str) -> None:
    assert body(text) == wanted


def test_label() -> None:
    text = "void f(void)\n{\n\tgoto out;\n  out: g();\n}\n"
    assert formatted(text) == "void f(void)\n{\n\tgoto out;\nout:\n\tg();\n}\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a();//b", "a(); //b"),
        ("a();      // b\nlonger();  // c", "a();      // b\nlonger();  // c"),
        ("  a();\t\t// b", "a();\t// b"),
        ("/* a */\n\n\n\n// b\nc();", "/* a */\n\n// b\nc();"),
        ("a(); /* b */ c();", "a(); /* b */\nc();"),
        ("/* a */ b();", "/* a */ b();"),
        ("f(/* a */ b, c /* d */);", "f(/* a */ b, c /* d */);"),
        ("f(a, // b\n  c // d\n );", "f(a, // b\n  c); // d"),
        ("if (a) // b\n{ c(); }", "if (a) { // b\n\tc();\n}"),
        ("if (a) {\nb(); }\n// c\nelse {\nd(); }", "if (a) {\n\tb();\n}\n// c\nelse {\n\td();\n}"),
        ("if (a)\n// b\nc();", "if (a)\n\t// b\n\tc();"),
        ("atomic {\n// a\n}", "atomic {\n\t// a\n}"),
        (
            "switch (a) {\ncase A:\n  b();\n  /* falls */\ncase B:\n  c();\n/* d */\ndefault:\n}",
            "switch (a) {\ncase A:\n\tb();\n\t/* falls */\ncase B:\n\tc();\n/* d */\ndefault:\n}",
        ),
        ("    /* a\n     * b\n     */\n    c();", "/* a\n * b\n */\nc();"),
    ],
)  # fmt: skip
def test_comments(text: str, wanted: str) -> None:
    assert body(text) == wanted


def test_comments_outside_bodies() -> None:
    text = (
        "// SPDX-License-Identifier: MIT\n/* T */\nint f(int a, // b\n  int c)  // d\n{ // e\n}\n"
        "struct s { // f\n  int x; /* g */\n  // h\n};\nint y[] = {\n  1, // i\n  // j\n};\n// k\n"
    )
    assert formatted(text) == (
        "// SPDX-License-Identifier: MIT\n/* T */\nint f(int a, // b\n  int c)  // d\n{ // e\n}\n"
        "struct s { // f\n\tint x; /* g */\n\t// h\n};\nint y[] = {\n\t1, // i\n\t// j\n};\n// k\n"
    )


def test_long_lines() -> None:
    long = "an_argument_of_some_length"
    assert body(f"f({long}, {long}, {long}, {long});") == (f"f({long}, {long}, {long},\n  {long});")
    text = f"check a: never({long} && {long} && b);\texpect holds when {long};"
    assert formatted(text) == (
        f"check a: never({long} && {long} && b);\n\texpect holds when {long};\n"
    )
    text = f"thread t {{ f({long}); g({long}); h({long}); }}"
    assert formatted(text) == f"thread t {{\n\tf({long});\n\tg({long});\n\th({long});\n}}\n"
    text = f"int f({long} a) {{ int v = {long}; return g({long}); }}"
    assert formatted(text) == (f"int f({long} a)\n{{\n\tint v = {long};\n\treturn g({long});\n}}\n")


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "good.srcu", tmp_path / "bad.srcu"
    good.write_text("param N=2;")
    assert run_fmt((str(good),), only_check=True) == 1
    assert good.read_text() == "param N=2;"
    assert run_fmt((str(good),), only_check=False) == 0
    assert good.read_text() == "param N = 2;\n"
    assert run_fmt((str(good),), only_check=True) == 0
    bad.write_text("param  N=;")
    assert run_fmt((str(tmp_path),), only_check=False) > 1
    assert bad.read_text() == "param  N=;"
    assert "would change" in capsys.readouterr().out
