# SPDX-License-Identifier: MIT
"""What can be written, and the nodes it becomes."""

import dataclasses
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from srcucheck.base.diagnostic import ModelError
from srcucheck.base.source import SourceFile
from srcucheck.base.span import Span
from srcucheck.lang import tree
from srcucheck.lang.parser import decode, parse

ROOT = Path(__file__).parents[2]
FOLDERS = ("specs", "models", "tests/spectests", "tests/mistakes", "tests/lang")
CORPUS = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.srcu"))


def parsed(text: str) -> tuple[tree.Declaration, ...]:
    return parse(SourceFile("m.srcu", text)).declarations


def statements(body: str) -> tuple[tree.Statement, ...]:
    thread = parsed(f"thread t {{ {body} }}")[0]
    assert isinstance(thread, tree.Thread)
    return thread.body.statements


def shape(node: object) -> object:
    """A node without its spans, short enough to write down."""
    if isinstance(node, tree.Name):
        return node.name
    if isinstance(node, tree.Number):
        return node.value
    if isinstance(node, tuple):
        return tuple(shape(item) for item in node)
    if not dataclasses.is_dataclass(node):
        return node
    fields = [f.name for f in dataclasses.fields(node) if not f.name.endswith("span")]
    return (type(node).__name__, *(shape(getattr(node, name)) for name in fields))


def expression(text: str) -> object:
    (only,) = statements(f"x = {text};")
    assert isinstance(only, tree.ExprStatement)
    assert isinstance(only.expression, tree.Assign)
    return shape(only.expression.value)


def nodes(node: object) -> Iterator[object]:
    if isinstance(node, Span):
        return
    if isinstance(node, tuple):
        for item in node:
            yield from nodes(item)
    elif dataclasses.is_dataclass(node):
        yield node
        for field in dataclasses.fields(node):
            yield from nodes(getattr(node, field.name))


def test_there_is_a_corpus() -> None:
    assert len(CORPUS) > 100


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_corpus(path: Path) -> None:
    source = decode(path.name, path.read_bytes())
    file = parse(source)
    assert file.declarations
    assert file.title
    assert pickle.loads(pickle.dumps(file)) == file
    for node in nodes(file):
        span = getattr(node, "span", None)
        if span is None:
            continue
        assert 0 <= span.start < span.end <= len(source.text)
        text = source.text[span.start : span.end]
        assert text == text.strip()
        if not isinstance(node, tree.Comment):
            for opening, closing in ("()", "[]", "{}"):
                assert text.count(opening) == text.count(closing), text


def test_precedence_is_that_of_c() -> None:
    assert expression("a + b * c - d") == (
        "Binary", "-", ("Binary", "+", "a", ("Binary", "*", "b", "c")), "d",
    )  # fmt: skip
    assert expression("a || b && c | d") == (
        "Binary", "||", "a", ("Binary", "&&", "b", ("Binary", "|", "c", "d")),
    )  # fmt: skip
    assert expression("a & b == c") == ("Binary", "&", "a", ("Binary", "==", "b", "c"))
    assert expression("a in s == b") == ("Binary", "==", ("Binary", "in", "a", "s"), "b")
    assert expression("a << 1 < b") == ("Binary", "<", ("Binary", "<<", "a", 1), "b")
    assert expression("-a * !b") == (
        "Binary", "*", ("Unary", "-", "a"), ("Unary", "!", "b"),
    )  # fmt: skip
    assert expression("a ? b : c ? d : e") == (
        "Conditional", "a", "b", ("Conditional", "c", "d", "e"),
    )  # fmt: skip


def test_a_span_takes_its_brackets_in() -> None:
    text = "thread t { x = (a || b) && (c); }"
    texts = {
        text[node.span.start : node.span.end]
        for node in nodes(parsed(text))
        if isinstance(node, tree.Binary | tree.Name)
    }
    assert {"(a || b) && (c)", "(a || b)", "(c)", "a", "b"} <= texts


@pytest.mark.parametrize("word", ["*idx = 1;", "-x;", "&x;", "+x;", "(x)++;", "++x;", "!x;"])
@pytest.mark.parametrize(
    "before",
    ["if (a) { }", "if (a) { } else { }", "while (a) { }", "atomic { }", "{ }", "for (;;) { }",
     "await (c) { }", "await (c) held_by h { }", "switch (a) { }", "out: { }", "for (j : job) { }"],
)  # fmt: skip
def test_a_block_ends_its_statement(before: str, word: str) -> None:
    assert len(statements(f"{before} {word}")) == 2


def test_awaits_are_expressions() -> None:
    kinds = ("await_timeout", "await_interruptible", "await_strong_interruptible", "await_idle",
             "await_strong", "await")  # fmt: skip
    for kind in kinds:
        wait = ("Await", kind, "c", (), None)
        assert expression(f"{kind} (c)") == wait
        assert expression(f"!{kind} (c)") == ("Unary", "!", wait)
        assert expression(f"a ? {kind} (c) : {kind} (c)") == ("Conditional", "a", wait, wait)
        assert expression(f"{kind} (c) && b") == ("Binary", "&&", wait, "b")
    (only,) = statements("if (!await_timeout (c) held_by &d->work, set { n = 1; }) return;")
    assert isinstance(only, tree.If)
    assert isinstance(only.condition, tree.Unary)
    wait_node = only.condition.operand
    assert isinstance(wait_node, tree.Await)
    assert wait_node.block is not None
    assert len(wait_node.held_by) == 2


def test_declaration_or_expression_by_its_looks() -> None:
    declared = (
        "file f;", "drm_device *d;", "drm_device *d = x;", "drm_device *d, *e;", "T **p;",
        "T *a[3];", "struct T x;", "enum e x = A;", "int[0..3] n;", "set of T s;",
        "set of struct T s;", "void (*f)(struct T *x);", "foo (*f)(void);", "foo *(*f)(int);",
        "struct foo *(*run)(struct bar *b) = f;", "unsigned n;", "int a, b = 1;",
        "int[0..7] wraps n;", "int[0..7] wraps;", "user u;", "event *e;",
    )  # fmt: skip
    for text in declared:
        (only,) = statements(text)
        assert isinstance(only, tree.Declare), text
    for text in ("x in s;", "f(a * b);", "a;", "(a) * b;", "a[i] * b;", "set += a;", "wraps++;"):
        (only,) = statements(text)
        assert isinstance(only, tree.ExprStatement), text


WORDS = [
    "use",
    "as",
    "param",
    "choice",
    "shadow",
    "task",
    "event",
    "on",
    "property",
    "in",
    "pool",
    "recycle",
    "init",
    "check",
    "except",
    "any",
    "expect",
    "when",
    "otherwise",
    "wraps",
    "held_by",
    "thread",
    "user",
    "kworker",
    "softirq",
    "hardirq",
    "hardware",
    "set",
    "of",
    "all",
    "none",
    "some",
    "choose",
    "live",
    "empty",
    "holds",
    "fails",
    "current",
    "expr",
]


@pytest.mark.parametrize("word", WORDS)
def test_words_are_words_by_position(word: str) -> None:
    members = parsed(f"struct s {{ int {word}; struct s *{word}_2; }};")
    assert isinstance(members[0], tree.StructDecl)
    assert members[0].fields is not None
    assert members[0].fields[0].name == word
    assert isinstance(parsed(f"struct s x = {{ .{word} = {word} }};")[0], tree.GlobalDecl)
    for text in (f"bool {word};", f"enum e {{ {word} }};", f"void {word}(bool {word}) {{ }}",
                 f"thread {word} {{ }}", f"param {word} = 1;", f"choice A = {word} | b;",
                 f"check {word}: never({word});", f"property {word} \"x\";", f"on {word} {{ }}",
                 f"event {word};", f"use {word};", f"struct {word} *{word};"):  # fmt: skip
        assert len(parsed(text)) == 1, text
    for text in (f"{word} = 1;", f"int {word};", f"x->{word} = {word};", f"{word}();", f"{word}++;",
                 f"x = a + {word};", f"goto {word};", f"f(x.{word}, {word});"):  # fmt: skip
        assert len(statements(text)) == 1, text
    (label,) = statements(f"{word}: x = 1;")
    assert isinstance(label, tree.Label)


def test_the_languages_own_calls() -> None:
    t = ("NamedType", "T", "")
    struct_t = ("NamedType", "T", "struct")
    assert expression("kzalloc(T)") == ("Allocate", t)
    assert expression("kzalloc(struct T)") == ("Allocate", struct_t)
    assert expression("container_of(p, struct T, a.b)") == (
        "ContainerOf", "p", struct_t, ("a", "b"),
    )  # fmt: skip
    assert expression("choose(a, -1)") == ("Choose", ("a", ("Unary", "-", 1)))
    for kind in ("some", "all", "choose"):
        assert expression(f"{kind}(j : T; j)") == ("Quantifier", kind, "j", t, "j")
    assert expression("in(t.call)") == ("Call", "in", (("Member", "t", "call", False),))
    (store,) = statements("a[*] = false;")
    assert shape(store) == (
        "ExprStatement", ("Assign", ("Index", "a", None), "", "false"),
    )  # fmt: skip


def test_switch() -> None:
    (only,) = statements("switch (x) { case A: case 2: f(); break; default: ; }")
    assert isinstance(only, tree.Switch)
    assert [(len(c.values), c.is_default, len(c.body)) for c in only.cases] == [
        (2, False, 2), (0, True, 1),
    ]  # fmt: skip


def test_checks() -> None:
    (check,) = parsed(
        "check c: completes(t.f) for any N;\n"
        "\texpect fails when A == b, unknown when B, holds otherwise;"
    )
    assert isinstance(check, tree.Check)
    assert (check.name, check.for_any) == ("c", "N")
    assert [e.verdict for e in check.expectations] == ["fails", "unknown", "holds"]
    assert [e.condition is None for e in check.expectations] == [False, False, True]
    (leak,) = parsed("check no_leak except a, b.c; expect holds;")
    assert isinstance(leak, tree.Check)
    assert shape(leak.excepted) == (
        "a",
        ("Member", "b", "c", False),
    )
    (bare,) = parsed("check no_leak;")
    assert isinstance(bare, tree.Check)
    assert bare.expectations == ()


def test_declarations() -> None:
    (use,) = parsed('use drm, "own/a.srcu" as srcu;')
    assert isinstance(use, tree.Use)
    assert [(i.name, i.quoted, i.role) for i in use.items] == [
        ("drm", False, None), ("own/a.srcu", True, "srcu"),
    ]  # fmt: skip
    (rule,) = parsed('property p in f\n\t"one " "two \\"three\\"";')
    assert isinstance(rule, tree.PropertyDecl)
    assert (rule.family, rule.headline) == ("f", 'one two "three"')
    (pool,) = parsed("pool struct T (N + 1) * ARRAY_SIZE(a) recycle;")
    assert isinstance(pool, tree.Pool)
    assert pool.recycle
    assert isinstance(pool.count, tree.Binary)
    (of_type,) = parsed("kworker w[x : struct T] { }")
    assert isinstance(of_type, tree.Thread)
    assert isinstance(of_type.domain, tree.NamedType)
    (counted,) = parsed("user u[i : N] { }")
    assert isinstance(counted, tree.Thread)
    assert isinstance(counted.domain, tree.Name)
    prototype, forward, table = parsed("int f(struct a *, expr c, T b[]); struct a; extern T x[];")
    assert isinstance(prototype, tree.Function)
    assert prototype.body is None
    assert [p.array for p in prototype.parameters] == [False, False, True]
    assert isinstance(forward, tree.StructDecl)
    assert forward.fields is None
    assert isinstance(table, tree.GlobalDecl)
    assert table.extern
    assert table.declarators[0].dimensions == (None,)
    (field,) = parsed("struct s { struct a *(*run)(struct b *x); };")
    assert isinstance(field, tree.StructDecl)
    assert field.fields is not None
    stored = field.fields[0].type
    assert isinstance(stored, tree.FunctionType)
    assert stored.stored
    assert isinstance(stored.result, tree.PointerType)


def test_comments_and_title() -> None:
    text = "// SPDX-License-Identifier: MIT\n/*\n * One.\n *\n * Two.\n */\nbool a; // three\n"
    file = parse(SourceFile("m.srcu", text))
    assert file.title == "One.\n\nTwo."
    assert [c.text[:2] for c in file.comments] == ["//", "/*", "//"]
    assert parse(SourceFile("m.srcu", 'property p "/* no */ // no";')).comments == ()


def test_line_ends_of_other_systems() -> None:
    assert decode("m.srcu", b"bool a;\r\nbool b;\r\n").text == "bool a;\nbool b;\n"


def test_a_long_file() -> None:
    function = "void f{0}(struct a *p)\n{{\n\tif (p->q == {0})\n\t\tp->z = 1;\n}}\n\n"
    text = "".join(function.format(number) for number in range(1_700))
    assert text.count("\n") > 10_000
    assert len(parsed(text)) == 1_700


def test_two_hundred_brackets_are_enough() -> None:
    # The body of the thread is one of them.
    assert expression("(" * 199 + "a" + ")" * 199) == "a"
    with pytest.raises(ModelError):
        expression("(" * 200 + "a" + ")" * 200)
