# SPDX-License-Identifier: MIT
"""Small random models with one replicated family or two, as text: one model per seed.

One to three threads of the rest; cells with locals, elements, columns, bits of sets; any, all and
none over them in guards and conditions; broadcasts, snapshots, sweeps, an owner, choices, loops.
"""

from dataclasses import dataclass, field
from random import Random

PREAMBLE = """\
param N = 2;
property p "p";
property q "q";
struct job { bool busy; bool done; struct task *by; };
struct job j[N];
bool x[N], hit[task];
bool f, g;
int[0..2] wraps m;
set of task here, old;
struct task *owner, *last;
"""

CHECKS = """\
check p;
check q;
check n1: never(f && g);
check n2: never(j[0].busy && g);
check n3: never(ended(rest0) && any(x));
check n4: never(owner == last && owner != NULL);
check n5: never(owner == cell[0] && f);
check c0: completes(rest0);
check c1: completes(cell);
check s1: settles(!j[0].busy || f);
check s2: settles(g || !f);
check r1: reachable(j[0].done && f && !g);
"""


@dataclass
class Writer:
    """Draws statements; ``own``: the index of the thread's cell, if it has one."""

    random: Random
    own: str = ""
    depth: int = 0
    lines: list[str] = field(default_factory=list)

    def pick(self, *words: str) -> str:
        """One of several."""
        return self.random.choice(words)

    def put(self, line: str) -> None:
        """Adds a line."""
        self.lines.append("\t" * (self.depth + 1) + line)

    def over_all(self) -> str:
        """Something read of all cells together."""
        inner = self.pick("y->busy", "!y->busy", "y->done", "!y->done", "y->busy && !y->done",
                          "y->busy || f", "y->by == NULL", "y->by != current")  # fmt: skip
        return self.pick("any(x)", "none(x)", f"all(y : job; {inner})", f"some(y : job; {inner})",
                         "empty(here)", "!empty(old)", "empty(old)", "any(hit)")  # fmt: skip

    def atom(self) -> str:
        """A condition, perhaps over all cells."""
        plain = [
            "f",
            "!f",
            "g",
            "!g",
            "m == 1",
            "owner == NULL",
            "owner == current",
            "owner == last",
        ]
        plain += ["hit[current]", "current in here"]
        if self.own:
            i = self.own
            plain += [f"j[{i}].busy", f"!j[{i}].busy", f"j[{i}].done", f"x[{i}]", f"!x[{i}]"] * 2
        if self.random.random() < (0.2 if self.own else 0.45):
            return self.over_all()
        return self.random.choice(plain)

    def condition(self) -> str:
        """One atom, or two."""
        if self.random.random() < 0.2:
            return f"{self.atom()} {self.pick('&&', '||')} {self.atom()}"
        return self.atom()

    def value(self) -> str:
        """What a bool gets."""
        return self.pick("true", "true", "false", "choose(false, true)")

    def deed(self) -> str:
        """One assignment, a step."""
        found = [f"f = {self.value()};", f"g = {self.value()};", "m++;", f"f = {self.atom()};",
                 "here += current;", "here -= current;", "old -= current;", "owner = current;",
                 "owner = NULL;", "last = current;", "last = owner;",
                 f"hit[current] = {self.value()};"]  # fmt: skip
        if self.own:
            i = self.own
            found += [f"j[{i}].busy = {self.value()};", f"j[{i}].done = {self.value()};",
                      f"x[{i}] = {self.value()};", f"j[{i}].by = current;",
                      f"x[{i}] = {self.atom()};"] * 2  # fmt: skip
        if self.random.random() < (0.1 if self.own else 0.35):
            found = [
                f"x[*] = {self.pick('true', 'false')};",
                f"hit[*] = {self.pick('true', 'false')};",
                "old = here;",
                "here = {};",
                f"for (y : job) {{ if ({self.pick('y->done', '!y->busy', 'f')}) "
                f"y->busy = {self.pick('true', 'false')}; }}",
                "for (y : job) { if (y->busy) f = true; }",
                "for (y : job) { if (y->done) { y->busy = false; g = true; } }",
            ]
        return self.random.choice(found)

    def statement(self) -> None:
        """One statement."""
        kind = self.random.random()
        if kind < 0.4:
            self.put(f"atomic {{ {self.deed()} }}")
        elif kind < 0.65:
            word = "await" if self.random.random() < 0.8 else "await_idle"
            block = f" {{ {self.deed()} }}" if self.random.random() < 0.3 else ";"
            self.put(f"{word} ({self.condition()}){block}")
        elif kind < 0.75:
            self.put(f"WARN_ON({self.condition()}, {self.pick('p', 'q')});")
        elif kind < 0.9 and self.depth < 2:
            self.put(f"if ({self.condition()}) {{")
            self.depth += 1
            self.some(2)
            self.depth -= 1
            self.put("}")
        elif not self.own and self.depth < 2 and self.random.random() < 0.6:
            self.put("for (i = 0; i < N; i++) {")
            self.depth += 1
            outer, self.own = self.own, "i"
            for _ in range(self.random.randint(1, 2)):
                self.put(self.pick(
                    f"j[i].busy = {self.value()};", f"x[i] = {self.value()};",
                    "if (j[i].busy) j[i].done = true;", "await (!j[i].busy);",
                    "WARN_ON(j[i].done && g, p);", "await (f);",
                ))  # fmt: skip
            self.own = outer
            self.depth -= 1
            self.put("}")
        else:
            self.put(f"atomic {{ {self.deed()} {self.deed()} }}")

    def some(self, most: int) -> None:
        """A few statements."""
        for _ in range(self.random.randint(1, most)):
            self.statement()


def body(random: Random, own: str) -> str:
    """The body of a thread."""
    writer = Writer(random, own)
    if not own:
        writer.put("int i;")
    if random.random() < 0.15:
        writer.put("for (;;) {")
        writer.depth += 1
        writer.put(f"await_idle ({writer.condition()}) {{ {writer.deed()} }}")
        writer.some(2)
        writer.depth -= 1
        writer.put("}")
    else:
        writer.some(3 if own else 4)
    return "\n".join(writer.lines)


def model(seed: int) -> str:
    """The model of a seed."""
    random = Random(seed)
    kinds = ("thread", "thread", "thread", "user", "kworker", "hardware")
    text = PREAMBLE
    for number in range(random.randint(1, 3)):
        kind = random.choice(kinds) if number else "thread"
        text += f"{kind} rest{number} {{\n{body(random, '')}\n}}\n"
    text += f"{random.choice(kinds)} cell[k : N] {{\n{body(random, 'k')}\n}}\n"
    if random.random() < 0.25:
        text += f"{random.choice(kinds)} other[k : N] {{\n{body(random, 'k')}\n}}\n"
    return text + CHECKS
