# SPDX-License-Identifier: MIT
"""Small well-formed random models, as text.

Every construct of the language that has a meaning of its own can come up; each model has two or
three threads of a few statements, so that all its states can be looked at twice.
"""

from dataclasses import dataclass, field

from hypothesis import strategies as st

KINDS = ("thread", "thread", "thread", "user", "kworker", "softirq", "hardirq", "hardware")

PREAMBLE = """\
enum mode { OFF, ON, GONE };
struct part { int[0..2] wraps n; };
struct obj {
	int[0..2] wraps v;
	bool f;
	struct obj *next;
	struct part part;
	shadow bool mark;
	void (*fn)(struct obj *o);
};
property odd "odd";
property worse in bad "worse";
event ev;
task { bool holds; int[0..1] wraps mine; }

bool a, b = true;
int[0..2] wraps n;
int[0..2] m;
enum mode mode;
struct obj top;
struct obj *p, *q;
struct part *pp;
struct task *owner;
set of task ts;
set of obj os;
bool flags[2], raised;
int[0..1] wraps per[task];
void (*hook)(void);
void *any;
bool grid[2][2];
struct part parts[2];
"""

FUNCTIONS = """\
bool pure(bool x, struct obj *o)
{
	if (x)
		return o != NULL;
	return a;
}
void hook_a(void) { a = !a; }
void hook_b(void) { atomic { b = false; n++; } }
void own(struct obj *o) { o->v++; }
void drop(struct obj *o) { kfree(o); a = true; }
"""


@dataclass
class Writer:
    """Draws a model; what it may use depends on where it is."""

    draw: "st.DrawFn"
    functions: list[tuple[str, str, bool]] = field(default_factory=list)
    """Name, signature, and whether it may wait or loop."""
    counter: int = 0

    def pick(self, *options: str) -> str:
        return self.draw(st.sampled_from(options))

    def number(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))

    def chance(self, of: int) -> bool:
        """True once in ``of`` times; shrinks to false."""
        return self.number(0, of - 1) == of - 1

    # --- expressions ----------------------------------------------------------------------------

    def truth(self, w: "Where", depth: int = 1) -> str:
        """A condition."""
        if depth and self.chance(4):
            op = self.pick("&&", "||", "&&", "!=")
            left, right = self.truth(w, 0), self.truth(w, 0)
            return f"(!({left})) != !({right})" if op == "!=" else f"({left}) {op} ({right})"
        options = [
            "a", "b", "!a", "!b", "k", "!k", "p != NULL", "!q", "p == q", "n == 1", "n < m",
            "m > 0",
            "flags[0]", "any(flags)", "none(flags)", "mode == ON", "mode != GONE", "!owner",
            "top.f", "top.v == 2", "live(p)", "live(q)", "empty(ts)", "empty(os)", "&top in os",
            "p in os", "pp == &top.part", "hook != NULL", "hook != hook_a", "pure(a, q)",
            "top.mark",
            "some(x : obj; live(x) && x->f)", "all(x : obj; x->v == 0)",
            "all(x : obj; !live(x) || x->v == 0)",
            "some(x : obj; x->mark)", "some(t : task; t->holds)", "l == &top", "p == l",
            "grid[0][1]", "parts[1].n == 1", "any == p", "pp == &parts[1]",
            "!l", "i == 1", "i",
        ]  # fmt: skip
        if not w.check:
            options += ["p->f", "!q->next", "p->v == 1", "l->f", "p->part.n", "q->mark", "flags[n]"]
            options += ["n % m == 1", "grid[n][0]", "grid[i][n]", "p->fn == own", "parts[n].n == m"]
            options += ["some(x : obj; live(x) && x->next && x->next->f)"]
            options += ["owner == current", "current in ts", "current->holds", "per[current]"]
            options += ["current->kind == hardirq", "owner->holds"]
        else:
            options = [o for o in options if o.split("->")[0] not in ("k", "!k", "!l", "i")]
            options = [o for o in options if o not in ("l == &top", "p == l", "i == 1")]
            options += ["owner == t0", "t0 in ts", "t0.holds", "per[t0] == 1"]
            options += ["ended(t0)", "started(t0)", "ended(t0) && a"]
        return self.draw(st.sampled_from(options))

    def condition(self, w: "Where") -> str:
        """What may stand in ``if``: a pointer, too."""
        return self.pick("p", "owner", "q->next", "l") if self.chance(8) else self.truth(w)

    def value(self, w: "Where") -> str:
        """A number."""
        options = ["0", "1", "2", "n", "m", "i", "n + 1", "n - 1", "m + n", "top.v", "mode", "a"]
        options += [
            "n / m",
            "2 % n",
            "1 << (m - 1)",
            "flags[i]",
            "n * m",
            "per[current]",
            "p->v",
            "pp->n",
            "q->part.n",
            "a ? n : m",
        ]
        options += ["n++", "ARRAY_SIZE(flags)", "n = m", "choose(0, 1)", "choose(m, 2)", "--n"]
        return self.draw(st.sampled_from(options))

    def pointer(self, w: "Where") -> str:
        """A reference to an object."""
        options = ["&top", "NULL", "p", "q", "l", "p->next", "a ? p : q"]
        options += ["container_of(pp, struct obj, part)", "any"]
        if not w.looping:
            options += ["kzalloc(struct obj)"] * 2
        if w.atomic:
            options += ["choose(x : obj; live(x))", "choose(x : obj; live(x) && x != &top)"]
        return self.draw(st.sampled_from(options))

    # --- statements -----------------------------------------------------------------------------

    def block(self, w: "Where", most: int) -> str:
        """Statements in braces."""
        count = self.number(1, most)
        return "{ " + " ".join(self.statement(w) for _ in range(count)) + " }"

    def statement(self, w: "Where") -> str:
        """A statement."""
        if w.depth <= 0 or self.number(0, 9) < 6:
            return self.simple(w)
        return self.compound(w.deeper())

    def simple(self, w: "Where") -> str:
        kinds = ["bool", "int", "pointer", "member", "set", "memory", "local", "rule", "call"]
        kinds += ["bool", "member", "task", "odd"]
        match self.draw(st.sampled_from(kinds)):
            case "bool":
                target = self.pick("a", "b", "a", "flags[0]", "flags[n]", "top.f", "top.mark")
                return f"{target} = {self.truth(w)};"
            case "int":
                return self.pick(
                    f"n = {self.value(w)};", "n++;", "n--;", f"n += {self.value(w)};", "n += m;",
                    "n /= m;",
                    f"m = {self.pick('0', '1', '2', 'n')};", "m++;", "n = m + n;",
                    f"mode = {self.pick('ON', 'OFF', 'GONE')};", "n -= n;",
                )  # fmt: skip
            case "pointer":
                return f"{self.pick('p', 'q', 'p', 'l')} = {self.pointer(w)};"
            case "member":
                base = self.pick("p->", "q->", "l->", "top.", "p->next->")
                what = self.pick("v", "f", "next", "part.n", "mark")
                if what == "next":
                    return f"{base}next = {self.pointer(w)};"
                if what in ("f", "mark"):
                    return f"{base}{what} = {self.truth(w)};"
                return self.pick(f"{base}{what} = {self.value(w)};", f"{base}{what}++;")
            case "set":
                return self.pick(
                    "ts += current;", "ts -= current;", "ts = {};", "os += p;", "os -= q;",
                    "os = {};", "os += &top;", "os += l;",
                )  # fmt: skip
            case "memory":
                return self.pick(
                    "kfree(p);", "kfree(q);", "kfree(l);", "touch(p);", "touch(q);", "kfree(&top);",
                    "poison(p->v);", "poison(top.f);", "kfree(&p->part);", "kfree(p->next);",
                    "any = p;", "any = l;", "any = pp;", "pp = &parts[n];", "parts[n].n++;",
                    "grid[n][i] = a;", "grid[0][n] = true;", "p->fn = own;", "q->fn = drop;",
                    "pp = &p->part;", "pp = &top.part;", "pp->n++;", "touch(pp);",
                )  # fmt: skip
            case "local":
                return self.pick(
                    f"k = {self.truth(w)};",
                    f"i = {self.pick('0', '1', 'n', '!i', 'choose(0, 1)')};",
                    "k = choose(false, true);", "i = m == 1;", "l = p;", "l = q;",
                )  # fmt: skip
            case "rule":
                return self.pick(
                    f"WARN_ON({self.truth(w)}, odd);", f"BUG_ON({self.truth(w)}, worse);",
                    f"assert({self.truth(w)});", f"k = WARN_ON({self.truth(w)}, worse);",
                    f'limit({self.truth(w)}, "cut");',
                )  # fmt: skip
            case "task":
                return self.pick(
                    "current->holds = true;", "current->holds = !current->holds;",
                    "current->mine++;", "owner = current;", "owner = NULL;", "per[current]++;",
                    "per[current] = n;",
                )  # fmt: skip
            case "odd":
                return self.pick(
                    f"hook = {self.pick('hook_a', 'hook_b', 'NULL')};", "hook();", "ev();",
                    "p->fn(p);", "if (q->fn) q->fn(p);",
                    "atomic { for (x : obj) { if (!live(x)) continue; "
                    "if (x->f) break; x->f = a; } }",
                    "atomic flags[*] = a;", "atomic { for (x : obj) x->mark = !x->mark; }",
                    "return;" if not w.returns else f"return {self.value(w)};",
                    "a = b = !a;", "raised = true;",
                )  # fmt: skip
            case _:
                return self.call(w)

    def call(self, w: "Where") -> str:
        allowed = [f for f in w.callable if not (w.atomic and f[2])]
        if not allowed:
            return "a = !a;"
        name, signature, _ = self.draw(st.sampled_from(allowed))
        arguments: list[str] = []
        for parameter in signature:
            match parameter:
                case "b":
                    arguments.append(self.truth(w))
                case "i":
                    arguments.append(self.value(w))
                case "p":
                    arguments.append(self.pick("p", "q", "l", "&top"))
                case "o":
                    arguments.append(self.pick("&n", "&i", "&top.v", "&per[current]", "&p->v"))
                case "f":
                    arguments.append(self.pick("hook_a", "hook_b"))
                case "e":
                    arguments.append(self.pick("a", "!b && a", "n == 1", "k", "p == l", "i"))
                case _:
                    arguments.append("flags")
        text = f"{name}({', '.join(arguments)})"
        return self.pick(f"{text};", f"n = {text};", f"k = {text};", f"if ({text}) b = false;")

    def guard(self, w: "Where") -> str:
        """A condition that only looks."""
        return self.condition(w)

    def wait(self, w: "Where") -> str:
        """Some wait."""
        inner = w.inside_atomic()
        guard = self.guard(w)
        block = self.block(inner, 2) if self.chance(2) else "{ }"
        match self.pick(
            "await", "await", "if_timeout", "if_signal", "await_idle", "strong", "both"
        ):
            case "await":
                return f"await ({guard}) {block}"
            case "if_timeout":
                return f"if (await_timeout ({guard}) {block}) {self.statement(w)} else n++;"
            case "if_signal":
                return f"if (!await_interruptible ({guard}) {block}) {self.statement(w)}"
            case "await_idle":
                return f"await_idle ({guard}) {block}"
            case "strong":
                return f"{{ await_strong (!owner) {{ owner = current; }} {self.statement(w)} }}"
            case _:
                return f"k = await_strong_interruptible ({guard}) {block};"

    def compound(self, w: "Where") -> str:
        kinds = ["if", "if", "atomic", "for", "switch", "block"]
        if not w.atomic:
            kinds += ["wait", "wait", "wait", "while", "do", "goto", "walk"]
        match self.draw(st.sampled_from(kinds)):
            case "if":
                other = f" else {self.block(w, 2)}" if self.chance(2) else ""
                return f"if ({self.condition(w)}) {self.block(w, 2)}{other}"
            case "atomic":
                inner = w.inside_atomic()
                if not w.atomic and self.chance(4):
                    wait = f"await ({self.guard(w)}) {{ }}"
                    return f"atomic {{ {wait} {self.statement(inner)} }}"
                return f"atomic {self.block(inner, 3)}"
            case "for":
                self.counter += 1
                j = f"j{self.counter}"
                body = self.block(w.in_loop(), 2)
                return f"for (int {j} = 0; {j} < 2; {j}++) {body}"
            case "while":
                return f"while ({self.condition(w)}) {self.loop_body(w)}"
            case "do":
                return f"do {self.loop_body(w)} while ({self.truth(w)});"
            case "switch":
                last = self.pick("break; ", "")
                return (
                    f"switch ({self.pick('n', 'mode', 'i')}) {{ case 0: {self.statement(w)} {last}"
                    f"case 1: {self.statement(w)} break; default: {self.statement(w)} }}"
                )
            case "goto":
                self.counter += 1
                out = f"out{self.counter}"
                if self.chance(3):
                    inner = w.in_loop()
                    again = f"{self.statement(inner)} if ({self.truth(w)}) goto {out};"
                    return f"{{ {out}: {again} }}"
                body = f"{self.statement(w)} if ({self.truth(w)}) goto {out}; {self.statement(w)}"
                return f"{{ {body} {out}: {self.statement(w)} }}"
            case "wait":
                return self.wait(w)
            case "walk":
                return f"for (l = p; l; l = l->next) {self.loop_body(w)}"
            case _:
                self.counter += 1
                j = f"o{self.counter}"
                return f"{{ struct obj *{j} = {self.pointer(w)}; {j}->v = 1; {self.statement(w)} }}"

    def loop_body(self, w: "Where") -> str:
        inner = w.in_loop()
        leave = self.pick(
            "", "", f"if ({self.condition(w)}) break; ", f"if ({self.condition(w)}) continue; "
        )
        return f"{{ {leave}{self.statement(inner)} }}"

    # --- declarations ---------------------------------------------------------------------------

    LOCALS = "bool k = false; int i = 0; struct obj *l = NULL; "

    def function(self, at: int) -> str:
        """A function that may call the ones before it."""
        signature = self.pick("", "b", "i", "p", "o", "f", "e", "a", "bp", "oe")
        may_wait = self.chance(3)
        names = {
            "b": "bool x", "i": "int y", "p": "struct obj *z", "o": "int *out",
            "f": "void func(void)", "e": "expr cond", "a": "bool arr[]",
        }  # fmt: skip
        name = f"f{at}"
        w = Where(depth=1, callable=tuple(self.functions), returns=True)
        if not may_wait:
            w = w.inside_atomic()
        first = {
            "b": "if (x) return 1; ", "i": "n = y; ", "p": "if (z) z->v++; ", "o": "*out = m; ",
            "f": "func(); ", "e": "if (cond) b = !b; ", "a": "arr[0] = true; n = ARRAY_SIZE(arr); ",
        }  # fmt: skip
        uses = "".join(first[p] for p in signature)
        if "o" in signature:
            uses += self.pick("", "(*out)++; ", "k = *out == 1; ")
        body = f"{self.LOCALS}{uses}{self.statement(w)} return {self.value(w)};"
        self.functions.append((name, signature, may_wait))
        result = self.pick("int", "bool")
        return f"{result} {name}({', '.join(names[p] for p in signature) or 'void'}) {{ {body} }}\n"

    def thread(self, name: str, kind: str, most: int) -> str:
        w = Where(depth=2, callable=tuple(self.functions), returns=False)
        if name == "t1" and self.chance(6):
            return f"{kind} {name}[g : 2] {{ {self.LOCALS}{self.body(w.in_loop(), most)} }}\n"
        text = self.body(w, most)
        if self.chance(8):
            guard = self.guard(w)
            looping = w.in_loop()
            text = f"for (;;) {{ await_idle ({guard}) {{ }} {self.statement(looping)} }}"
        return f"{kind} {name} {{ {self.LOCALS}{text} }}\n"

    def body(self, w: "Where", most: int) -> str:
        return " ".join(self.statement(w) for _ in range(self.number(1, most)))

    def model(self) -> str:
        """A whole model."""
        text = PREAMBLE + FUNCTIONS
        if self.chance(2):
            text += f"pool struct obj {self.number(1, 2)}{self.pick('', '', ' recycle')};\n"
        else:
            text += "pool struct obj 3;\n"
        for at in range(self.number(0, 2)):
            text += self.function(at)
        if self.chance(3):
            look = Where(depth=0, callable=(), returns=False).inside_atomic()
            text += f"on ev {{ WARN_ON({self.pick('a', 'current->holds', 'n == 1')}, odd); }}\n"
            text += f"on ev {{ {self.LOCALS}{self.simple(look).replace('ev();', 'n++;')} }}\n"
        if self.chance(3):
            text += "on return_to_user { WARN_ON(current->holds, odd); }\n"
        first = self.pick("p = kzalloc(struct obj);", "q = p = kzalloc(struct obj);", "p = &top;")
        rest = self.pick("", "n = choose(0, 1);", "hook = hook_a;", "pp = &top.part;", "q = &top;")
        text += f"init {{ {first} {rest} }}\n" if self.number(0, 3) else ""
        count = self.number(2, 3)
        for at in range(count):
            kind = self.pick(*KINDS)
            text += self.thread(f"t{at}", kind, 4 if count == 2 else 2)
        if count == 2 and self.chance(4):
            body = self.body(Where(depth=1, callable=(), returns=False).in_loop(), 2)
            guard = self.pick("live(x) && x->f", "x->mark", "live(x) && p == x")
            kind = self.pick("kworker", "softirq", "hardware")
            ready = self.pick("x->mark = false;", "x->f = false;", "n++;")
            text += f"{kind} w[x : obj] {{ {self.LOCALS}"
            text += f"for (;;) {{ await_idle ({guard}) {{ {ready} }} {body} }} }}\n"
        look = Where(depth=0, callable=(), returns=False, check=True)
        text += f"check l0: completes({self.pick('t0', 't1', *(f[0] for f in self.functions))});\n"
        one, two = self.truth(look), self.truth(look)
        live = self.pick(f"settles({one})", f"eventually({one})", f"leads_to({one}, {two})")
        text += f"check l1: {live};\n"
        for at, word in enumerate(("never", "reachable", "always")):
            text += f"check c{at}: {word}({self.truth(look)});\n"
        return text


@dataclass(frozen=True)
class Where:
    """Where a statement stands."""

    depth: int
    callable: tuple[tuple[str, str, bool], ...]
    returns: bool
    atomic: bool = False
    looping: bool = False
    check: bool = False

    def deeper(self) -> "Where":
        return Where(
            self.depth - 1, self.callable, self.returns, self.atomic, self.looping, self.check
        )

    def inside_atomic(self) -> "Where":
        return Where(self.depth, self.callable, self.returns, True, self.looping, self.check)

    def in_loop(self) -> "Where":
        return Where(self.depth, self.callable, self.returns, self.atomic, True, self.check)


@st.composite
def models(draw: "st.DrawFn") -> str:
    """A model as text."""
    return Writer(draw).model()
