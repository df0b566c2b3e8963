# SPDX-License-Identifier: MIT
"""From what the grammar recognises to the nodes of ``lang.tree``.

One method per rule of ``grammar.lark``, called while parsing with the rule's tokens and nodes in
order; punctuation is among them, so that spans need no bookkeeping.
"""

from typing import Any

from lark import Token

from srcucheck.base.diagnostic import Diagnostic, ModelError
from srcucheck.base.span import Span
from srcucheck.lang import tree
from srcucheck.lang.build_expressions import ExpressionBuilder, Item, unquote

VERDICTS = ("holds", "fails", "holds_up_to", "unknown")


class _Declared:
    """A declarator on its way: stars around a name, or a stored function."""

    __slots__ = ("dimensions", "end", "name", "parameters", "span", "stars", "stored", "value")

    def __init__(self, name: str, span: Span) -> None:
        self.name = name
        self.span = span
        self.stars = 0
        self.stored = False
        self.parameters: tuple[tree.Parameter, ...] | None = None
        self.dimensions: tuple[tree.Expr | None, ...] = ()
        self.value: tree.Expr | None = None


class TreeBuilder(ExpressionBuilder):
    """Builds the nodes of one file."""

    # --- declarations ---------------------------------------------------------------------------

    def start(self, items: list[Item]) -> tuple[tree.Declaration, ...]:
        return tuple(items)

    def use(self, items: list[Item]) -> tree.Use:
        return tree.Use(self._span(items), _nodes(items, tree.UseItem))

    def use_item(self, items: list[Item]) -> tree.UseItem:
        first = items[0]
        quoted = first.type == "STRING"
        name = unquote(first) if quoted else str(first)
        return tree.UseItem(
            self._span(items), name, quoted, str(items[2]) if len(items) > 2 else None
        )

    def param(self, items: list[Item]) -> tree.Param:
        return tree.Param(self._span(items), str(items[1]), items[3])

    def choice(self, items: list[Item]) -> tree.ChoiceDecl:
        return tree.ChoiceDecl(self._span(items), str(items[1]), tuple(items[3:-1:2]))

    def alternative(self, items: list[Item]) -> tree.Expr:
        if len(items) == 2:
            return tree.Unary(self._span(items), "-", self.number(items[1:]))
        return self.number(items) if items[0].type == "NUMBER" else self.name(items)

    def struct_decl(self, items: list[Item]) -> tree.StructDecl:
        fields = None if str(items[2]) == ";" else _fields(items)
        return tree.StructDecl(self._span(items), str(items[1]), fields)

    def field(self, items: list[Item]) -> tuple[tree.Field, ...]:
        shadow = isinstance(items[0], Token)
        base = items[1] if shadow else items[0]
        return tuple(
            tree.Field(d.span, d.name, self._type(base, d), d.dimensions, d.value, shadow)
            for d in items
            if isinstance(d, _Declared)
        )

    def enum_decl(self, items: list[Item]) -> tree.EnumDecl:
        members = tuple(tree.Name(self._at(t), str(t)) for t in items[3:] if t.type == "NAME")
        return tree.EnumDecl(self._span(items), str(items[1]), members)

    def task_fields(self, items: list[Item]) -> tree.TaskFields:
        return tree.TaskFields(self._span(items), _fields(items))

    def event_decl(self, items: list[Item]) -> tree.EventDecl:
        return tree.EventDecl(self._span(items), str(items[1]))

    def on(self, items: list[Item]) -> tree.On:
        return tree.On(self._span(items), str(items[1]), items[2])

    def property(self, items: list[Item]) -> tree.PropertyDecl:
        family = str(items[3]) if items[2].type == "IN" else None
        headline = "".join(unquote(t) for t in items if t.type == "STRING")
        return tree.PropertyDecl(self._span(items), str(items[1]), family, headline)

    def pool(self, items: list[Item]) -> tree.Pool:
        recycle = isinstance(items[3], Token) and items[3].type == "RECYCLE"
        return tree.Pool(self._span(items), items[1], items[2], recycle)

    def init(self, items: list[Item]) -> tree.Init:
        return tree.Init(self._span(items), items[1])

    def thread(self, items: list[Item]) -> tree.Thread:
        variable, domain = "", None
        if len(items) > 3:
            variable, domain = str(items[3]), items[5]
        return tree.Thread(
            # the grammar knows no other word
            self._span(items), self._at(items[1]), str(items[0]), str(items[1]),  # type: ignore[arg-type]
            variable, domain, items[-1],
        )  # fmt: skip

    def check(self, items: list[Item]) -> tree.Check:
        at, name = 1, None
        if isinstance(items[1], Token):
            at, name = 3, str(items[1])
        subject = items[at]
        excepted: list[tree.Expr] = []
        for_any: str | None = None
        expectations: tuple[tree.Expectation, ...] = ()
        rest = items[at + 1 :]
        for number, item in enumerate(rest):
            if isinstance(item, Token):
                if item.type == "ANY":
                    for_any = str(rest[number + 1])
            elif isinstance(item, tuple):
                expectations = item
            else:
                excepted.append(item)
        end = self._to(items[-1]) if not expectations else self._end
        span = Span(self.name_of_file, self._from(items[0]), end)
        return tree.Check(span, name, subject, tuple(excepted), for_any, expectations)

    _end = 0

    def expects(self, items: list[Item]) -> tuple[tree.Expectation, ...]:
        self._end = self._to(items[-1])
        return _nodes(items, tree.Expectation)

    def expectation(self, items: list[Item]) -> tree.Expectation:
        word = str(items[0])
        if word not in VERDICTS:
            raise ModelError(
                Diagnostic("E117", f"There is no verdict '{word}'.", self._at(items[0]),
                           fix="holds, fails, holds_up_to or unknown")
            )  # fmt: skip
        condition = items[2] if len(items) == 3 else None
        # the grammar knows no other word
        return tree.Expectation(self._span(items), str(items[0]), condition)  # type: ignore[arg-type]

    def storage(self, items: list[Item]) -> Token:
        return items[0]  # type: ignore[no-any-return]  # lark leaves nodes untyped

    def function(self, items: list[Item]) -> tree.Function:
        words = [str(i) for i in items if isinstance(i, Token) and i.type in ("STATIC", "EXTERN")]
        base, declared = items[len(words)], items[len(words) + 1]
        parameters = next((i for i in items if isinstance(i, tuple)), ())
        body = items[-1] if isinstance(items[-1], tree.Block) else None
        return tree.Function(
            self._span(items), declared.span, declared.name, self._stars(base, declared.stars),
            parameters, body, "static" in words, "extern" in words,
        )  # fmt: skip

    def global_decl(self, items: list[Item]) -> tree.GlobalDecl:
        words = [str(i) for i in items if isinstance(i, Token) and i.type in ("STATIC", "EXTERN")]
        declarators = self._declarators(items[len(words)], items)
        return tree.GlobalDecl(self._span(items), declarators, "static" in words, "extern" in words)

    def parameters(self, items: list[Item]) -> tuple[tree.Parameter, ...]:
        found = _nodes(items, tree.Parameter)
        if len(found) == 1 and not found[0].name:
            only = found[0].type
            if isinstance(only, tree.NamedType) and only.name == "void" and not only.keyword:
                return ()
        return found

    def parameter(self, items: list[Item]) -> tree.Parameter:
        span = self._span(items)
        if len(items) == 1:
            return tree.Parameter(span, "", items[0])
        declared = items[1]
        type_ = self._stars(items[0], declared.stars)
        if declared.parameters is not None:
            type_ = tree.FunctionType(span, type_, declared.parameters, declared.stored)
        return tree.Parameter(span, declared.name, type_, bool(declared.dimensions))

    def parameter_name(self, items: list[Item]) -> _Declared:
        first = items[0]
        if first.type == "STAR":
            declared = items[1] if len(items) > 1 else _Declared("", self._at(first))
            declared.stars += 1
            declared.span = self._at(first).to(declared.span)
            return declared
        if first.type == "LPAR":
            declared = self.stored_function(items)
        else:
            declared = _Declared(str(first), self._at(first))
            if len(items) > 1 and items[1].type == "LSQB":
                declared.dimensions = (None,)
            elif len(items) > 1:
                declared.parameters = _parameters(items)
        declared.span = self._at(first).to(self._span(items))
        return declared

    def declarator(self, items: list[Item]) -> _Declared:
        declared: _Declared = items[0]
        dimensions = [i for i in items[1:] if isinstance(i, tuple)]
        declared.dimensions = tuple(d[0] for d in dimensions)
        if len(items) > 1 and not isinstance(items[-1], tuple):
            declared.value = items[-1]
            declared.span = declared.span.to(items[-1].span)
        elif dimensions:
            end = dimensions[-1][1]
            declared.span = Span(self.name_of_file, declared.span.start, end)
        return declared

    def pointed(self, items: list[Item]) -> _Declared:
        if len(items) == 1:
            return _Declared(str(items[0]), self._at(items[0]))
        declared: _Declared = items[1]
        declared.stars += 1
        return declared

    def stored_function(self, items: list[Item]) -> _Declared:
        if items[0].type == "STAR":
            declared: _Declared = items[1]
            declared.stars += 1
            return declared
        declared = _Declared(str(items[2]), self._span(items))
        declared.stored = True
        declared.parameters = _parameters(items)
        return declared

    def dimension(self, items: list[Item]) -> tuple[tree.Expr | None, int]:
        return (items[1] if len(items) == 3 else None, self._to(items[-1]))

    def braces(self, items: list[Item]) -> tree.Expr:
        pairs = tuple(i for i in items if isinstance(i, tuple))
        if not pairs:
            return tree.EmptySet(self._span(items))
        return tree.Initializer(self._span(items), pairs)

    def brace_item(self, items: list[Item]) -> tuple[str | None, tree.Expr]:
        return (str(items[1]), items[3]) if len(items) == 4 else (None, items[0])

    # --- types ----------------------------------------------------------------------------------

    def base(self, items: list[Item]) -> tree.TypeExpr:
        first = items[0]
        if not isinstance(first, Token):
            return first  # type: ignore[no-any-return]  # lark leaves nodes untyped
        if first.type == "ENUM":
            return tree.NamedType(self._span(items), str(items[1]), "enum")
        if first.type == "SET_OF":
            return tree.SetType(self._span(items), items[1])
        return tree.NamedType(self._at(first), str(first), "")

    local_base = base

    def struct_type(self, items: list[Item]) -> tree.NamedType:
        return tree.NamedType(self._span(items), str(items[1]), "struct")

    def range_type(self, items: list[Item]) -> tree.RangeType:
        return tree.RangeType(self._span(items), items[2], items[4], len(items) > 6)

    def _stars(self, base: tree.TypeExpr, stars: int) -> tree.TypeExpr:
        for _ in range(stars):
            base = tree.PointerType(base.span, base)
        return base

    def _type(self, base: tree.TypeExpr, declared: _Declared) -> tree.TypeExpr:
        type_ = self._stars(base, declared.stars)
        if declared.parameters is not None:
            return tree.FunctionType(base.span, type_, declared.parameters, declared.stored)
        return type_

    def _declarators(self, base: tree.TypeExpr, items: list[Item]) -> tuple[tree.Declarator, ...]:
        return tuple(
            tree.Declarator(d.span, d.name, self._type(base, d), d.dimensions, d.value)
            for d in items
            if isinstance(d, _Declared)
        )

    # --- statements -----------------------------------------------------------------------------

    def block(self, items: list[Item]) -> tree.Block:
        return tree.Block(self._span(items), tuple(items[1:-1]))

    def declare(self, items: list[Item]) -> tree.Declare:
        return tree.Declare(self._span(items), self._declarators(items[0], items))

    def if_(self, items: list[Item]) -> tree.If:
        other = items[6] if len(items) > 5 else None
        return tree.If(self._span(items), items[2], items[4], other)

    def while_(self, items: list[Item]) -> tree.While:
        return tree.While(self._span(items), items[2], items[4])

    def do_while(self, items: list[Item]) -> tree.DoWhile:
        return tree.DoWhile(self._span(items), items[1], items[4])

    def for_(self, items: list[Item]) -> tree.For:
        start = items[2] if not isinstance(items[2], tree.Empty) else None
        at, condition, step = 3, None, None
        if not isinstance(items[at], Token):
            condition, at = items[at], at + 1
        at += 1
        if not isinstance(items[at], Token):
            step = items[at]
        return tree.For(self._span(items), start, condition, step, items[-1])

    def for_each(self, items: list[Item]) -> tree.ForEach:
        return tree.ForEach(self._span(items), str(items[2]), items[4], items[6])

    def goto(self, items: list[Item]) -> tree.Goto:
        return tree.Goto(self._span(items), str(items[1]))

    def label(self, items: list[Item]) -> tree.Label:
        return tree.Label(self._span(items), str(items[0]), items[2])

    def break_(self, items: list[Item]) -> tree.Break:
        return tree.Break(self._span(items))

    def continue_(self, items: list[Item]) -> tree.Continue:
        return tree.Continue(self._span(items))

    def return_(self, items: list[Item]) -> tree.Return:
        return tree.Return(self._span(items), items[1] if len(items) == 3 else None)

    def switch(self, items: list[Item]) -> tree.Switch:
        return tree.Switch(self._span(items), items[2], tuple(items[5:-1]))

    def case(self, items: list[Item]) -> tree.Case:
        heads = [i for i in items if isinstance(i, tuple)]
        values = tuple(v for v, _, _ in heads if v is not None)
        body = tuple(i for i in items if not isinstance(i, tuple))
        end = body[-1].span.end if body else heads[-1][2]
        span = Span(self.name_of_file, heads[0][1], end)
        return tree.Case(span, values, any(v is None for v, _, _ in heads), body)

    def case_head(self, items: list[Item]) -> tuple[tree.Expr | None, int, int]:
        value = items[1] if len(items) == 3 else None
        return value, self._from(items[0]), self._to(items[-1])

    def atomic(self, items: list[Item]) -> tree.Atomic:
        return tree.Atomic(self._span(items), items[1])

    def empty(self, items: list[Item]) -> tree.Empty:
        return tree.Empty(self._span(items))

    def expr_statement(self, items: list[Item]) -> tree.ExprStatement:
        return tree.ExprStatement(self._span(items), items[0])

    def await_statement(self, items: list[Item]) -> tree.ExprStatement:
        return tree.ExprStatement(self._span(items), items[0])


def _nodes(items: list[Item], kind: type[Any]) -> tuple[Any, ...]:
    return tuple(i for i in items if isinstance(i, kind))


def _fields(items: list[Item]) -> tuple[tree.Field, ...]:
    return tuple(field for group in items if isinstance(group, tuple) for field in group)


def _parameters(items: list[Item]) -> tuple[tree.Parameter, ...]:
    return next((i for i in items if isinstance(i, tuple)), ())
