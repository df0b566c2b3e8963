# SPDX-License-Identifier: MIT
"""``docs/specs/``: what each primitive blocks on, requires, and what misuse does.

Nothing here knows a primitive by name: signatures, comments, ``await`` conditions and ``WARN_ON``
properties are read from the specs.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from srcucheck.base.source import SourceFile
from srcucheck.base.span import Span
from srcucheck.driver.cache import Cache
from srcucheck.driver.library import Library
from srcucheck.lang import tree
from srcucheck.lang.walk import PARTS
from tests.pages.runs import TEXTS, table

REPORTS = ("WARN_ON", "BUG_ON")


@dataclass
class Function:
    """What a body of a spec does by itself, and whom it calls."""

    spec: str
    signature: str
    remark: str
    static: bool
    waits: list[str] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    given: tuple[str, ...] = ()


@dataclass
class Spec:
    """One file of specs/."""

    name: str
    text: str
    uses: tuple[str, ...]
    functions: list[str]
    rules: list[tuple[str, list[str]]]


def pages() -> dict[str, str]:
    """Each page by its path under ``docs/specs/``."""
    library = Library((), Cache(None))
    functions: dict[str, Function] = {}
    headlines: dict[str, str] = {}
    specs = []
    for name in library.known():
        loaded = library.spec(name)
        assert loaded is not None
        specs.append(_read(name, loaded.tree, loaded.source, functions, headlines))
    found = {f"{s.name}.md": _page(s, functions, headlines) for s in specs}
    found["README.md"] = _index(specs)
    return found


def _read(
    name: str,
    file: tree.File,
    source: SourceFile,
    functions: dict[str, Function],
    headlines: dict[str, str],
) -> Spec:
    uses = tuple(i.name for d in file.declarations if isinstance(d, tree.Use) for i in d.items)
    spec = Spec(name, source.text, uses, [], [])
    for d in file.declarations:
        match d:
            case tree.PropertyDecl(name=prop, headline=headline):
                headlines[prop] = headline
            case tree.On(event=event, body=body):
                rule = Function(name, "", "", True)
                _look(body, source, rule)
                if rule.reports:
                    spec.rules.append((event, rule.reports))
            case tree.Function(body=tree.Block() as body):
                key = f"{name}.{d.name}"
                one = Function(name, _signature(d, source), _remark(d, source), d.static)
                one.given = tuple(p.name for p in d.parameters)
                _look(body, source, one)
                functions[key] = one
                if not d.static:
                    spec.functions.append(key)
            case _:
                pass
    return spec


def _signature(d: tree.Function, source: SourceFile) -> str:
    assert d.body is not None
    head = Span(d.span.file, d.span.start, d.body.span.start)
    return re.sub(r"\s+", " ", re.sub(r"//.*", "", source.text_of(head))).strip()


def _remark(d: tree.Function, source: SourceFile) -> str:
    """The comment before a function, and those beside its first lines."""
    before = source.text[: d.span.start]
    above = re.search(r"/\*((?:(?!\*/).)*)\*/\n$", before, re.DOTALL)
    head = source.text[d.span.start :].split("\n", 2)[:2]
    beside = [m.group(1) for line in head if (m := re.search(r"//\s*(.*)", line))]
    text = " ".join([above.group(1).replace("\n *", " ") if above else "", *beside])
    text = re.sub(r"\s+", " ", text).strip()
    return "" if re.fullmatch(r"\w+\.", text) else text  # the heading of a part of the file


def _look(node: object, source: SourceFile, into: Function) -> None:
    if isinstance(node, tree.Await):
        text = re.sub(r"\s+", " ", source.text_of(node.condition.span))
        into.waits.append(text)
    if isinstance(node, tree.Call) and isinstance(node.function, tree.Name):
        name = node.function.name
        if name in REPORTS and len(node.arguments) == 2:
            prop = node.arguments[1]
            assert isinstance(prop, tree.Name)
            into.reports.append(prop.name)
        else:
            into.calls.append(name)
    for part in PARTS[type(node)](node):
        if part is not None:
            _look(part, source, into)


def _reached(key: str, functions: dict[str, Function]) -> Iterator[Function]:
    """A function and all it calls, those it is given left out."""
    seen, todo = set(), [key]
    by_name: dict[str, list[str]] = {}
    for k in functions:
        by_name.setdefault(k.partition(".")[2], []).append(k)
    while todo:
        at = todo.pop()
        if at in seen:
            continue
        seen.add(at)
        one = functions[at]
        yield one
        for name in reversed(one.calls):
            if name in one.given:
                continue
            same = [k for k in by_name.get(name, []) if functions[k].spec == one.spec]
            others = [k for k in by_name.get(name, []) if not functions[k].static]
            todo.extend((same or others)[:1])


def _page(spec: Spec, functions: dict[str, Function], headlines: dict[str, str]) -> str:
    rows = []
    used: dict[str, object] = {}
    for key in spec.functions:
        reached = list(_reached(key, functions))
        waits = dict.fromkeys(w for f in reached for w in f.waits)
        reports = dict.fromkeys(r for f in reached for r in f.reports)
        sleeps = any("might_sleep" in f.calls for f in reached)
        used.update(reports)
        rows.append(
            (
                f"`{functions[key].signature}`",
                "; ".join(f"`{w}`" for w in waits) or "never",
                "may sleep" if sleeps else "",
                ", ".join(f"`{r}`" for r in reports),
                functions[key].remark,
            )
        )
    used.update(dict.fromkeys(r for _, reports in spec.rules for r in reports))
    parts = [f"# {spec.name}\n\n{_header(spec.text)}\n"]
    if spec.uses:
        parts.append("\nUses " + ", ".join(f"[{u}]({u}.md)" for u in spec.uses) + ".\n")
    if rows:
        head = ("primitive", "blocks on", "requires", "misuse is reported as", "remark")
        parts.append("\n" + table(head, rows))
    for event, broken in spec.rules:
        parts.append(f"\nAt each `{event}`: " + ", ".join(f"`{r}`" for r in broken) + ".\n")
    if used:
        said = [(f"`{p}`", headlines[p].replace("|", "\\|")) for p in used]
        parts.append("\n" + table(("property", "a report says"), said))
    return "".join(parts)


def _header(text: str) -> str:
    found = re.search(r"/\*\n(.*?)\n \*/", text, re.DOTALL)
    assert found is not None
    return re.sub(r"(?m)^ \*[ \t]?", "", found.group(1)).strip()


def _index(specs: list[Spec]) -> str:
    rows = [(f"[{s.name}]({s.name}.md)", _header(s.text).splitlines()[0]) for s in specs]
    return (TEXTS / "specs.md").read_text() + table(("spec", "about"), rows)
