# SPDX-License-Identifier: MIT
"""Text that is no model: each slip has its code, its place, and what mends it."""

import pytest

from srcucheck.base.diagnostic import ModelError
from srcucheck.base.source import SourceFile
from srcucheck.lang import tree
from srcucheck.lang.parser import decode, parse

SLIPS = [
    ("", "E101", None),
    ("/* nothing */\n", "E101", None),
    ("bool x;\x00", "E102", (1, 8)),
    ("bool x = " + "(" * 300 + "1" + ")" * 300 + ";", "E103", None),
    ("bool x; /* open", "E104", (1, 9)),
    ('bool x = "yes', "E105", (1, 10)),
    ("struct j { bool b; }; thread t { struct j *p = kzalloc(sizeof(*p), G); }", "E106", (1, 56)),
    ("int a, b; thread t { a + b = 1; }", "E107", (1, 22)),
    ("struct j { bool b; }; thread t { kfree(struct j); }", "E108", (1, 40)),
    ("struct j { bool b; }; check c: never(every(j : j; true));", "E109", None),
    ("#include <drm/drm_drv.h>\nbool x;", "E110", (1, 1)),
    ("thread t { ", "E111", None),
    ("unsigned int refs;", "E112", (1, 10)),
    ("bool ready\nthread t { ready = true; }", "E113", (1, 10)),
    ("choice W = a | b;\ncheck no_hang;  expect holds when W = a;", "E114", (2, 37)),
    ("float x;", "E112", (1, 1)),
    ("bool switch;", "E115", (1, 6)),
    ("thread t ( ) { }", "E116", (1, 10)),
]


@pytest.mark.parametrize(("text", "code", "where"), SLIPS)
def test_a_slip_is_named_at_its_place(text: str, code: str, where: tuple[int, int] | None) -> None:
    source = SourceFile("m.srcu", text)
    with pytest.raises(ModelError) as caught:
        parse(source)
    first = caught.value.diagnostics[0]
    assert first.code == code
    if where is not None:
        assert first.span is not None
        assert source.position(first.span.start) == where


def test_several_slips_are_found_at_once() -> None:
    text = "thread a { x = ; }\nbool y;\nthread b { if x) y = true; }\n"
    with pytest.raises(ModelError) as caught:
        parse(SourceFile("m.srcu", text))
    lines = {
        SourceFile("m", text).position(d.span.start)[0] for d in caught.value.diagnostics if d.span
    }
    assert lines == {1, 3}


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(ModelError) as caught:
        decode("m.srcu", b"\xff\xfe\x00")
    assert caught.value.diagnostics[0].code == "E102"


def test_words_are_words_by_position() -> None:
    text = (
        "struct event { bool on, init; };\nstruct event user;\nbool check, task, use;\n"
        "void param(bool pool) { user.on = pool; user.init = !check; }\n"
        "thread exit { param(task); use = true; }\n"
    )
    file = parse(SourceFile("m.srcu", text))
    names = [d.name for d in file.declarations if isinstance(d, tree.Function | tree.Thread)]
    assert names == ["param", "exit"]


def test_precedence_is_that_of_c() -> None:
    def shape(expr: tree.Expr) -> str:
        match expr:
            case tree.Binary(op=op, left=left, right=right):
                return f"({shape(left)}{op}{shape(right)})"
            case tree.Name(name=name):
                return name
            case _:
                return type(expr).__name__

    file = parse(SourceFile("m.srcu", "int v = a || b && c == d + e * f - g << h;"))
    (declaration,) = file.declarations
    assert isinstance(declaration, tree.GlobalDecl)
    value = declaration.declarators[0].value
    assert value is not None
    assert shape(value) == "(a||(b&&(c==(((d+(e*f))-g)<<h))))"


def test_the_title_is_the_first_block_comment() -> None:
    file = parse(SourceFile("m.srcu", "// SPDX\n/*\n * A title.\n *\n * And more.\n */\nbool x;\n"))
    assert file.title == "A title.\n\nAnd more."
    assert len(file.comments) == 2


def test_ten_thousand_lines_are_no_trouble() -> None:
    text = "bool x;\n" + "".join(f"void f{i}(void) {{ x = true; }}\n" for i in range(10_000))
    assert len(parse(SourceFile("m.srcu", text)).declarations) == 10_001
