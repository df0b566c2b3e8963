# SPDX-License-Identifier: MIT
"""What ``explain`` says about E1xx: text that is no model."""

from srcucheck.base.explained import Code, explained

_CODES = (
    explained(
        "E101",
        "an empty file",
        "A model declares threads and what they share; a file with nothing in it asks nothing.",
        "/* nothing here yet */",
        """
        bool ready;
        thread t { ready = true; }
        check done: completes(t);  expect holds;
        """,
    ),
    explained(
        "E102",
        "not a text file",
        "Models are UTF-8 text without control characters.",
        "\\x7fELF ...",
        "bool ready;",
    ),
    explained(
        "E103",
        "brackets too deep",
        """No more than 200 brackets may be open at once. Nobody reads such an expression: give its
        parts a name.""",
        "bool b = ((((... 5,000 times ...))));",
        "bool b = true;",
    ),
    explained(
        "E104",
        "a comment that does not end",
        "A comment from /* goes to the next */; they do not nest.",
        "/* the card is gone",
        "bool gone; /* the card is gone */",
    ),
    explained(
        "E105",
        "a string out of place",
        """Strings stand as the headline of a property, as the text of limit(), as a file in `use`,
        and where a spec drops an argument unevaluated. They end on the line where they begin.""",
        'bool b = "yes";',
        "bool b = true;",
    ),
    explained(
        "E106",
        "kzalloc() and container_of() name a struct",
        """Sizes and flags have no meaning here: kzalloc(struct T) gives a zeroed T, and
        container_of(p, struct T, member) is as in the kernel.""",
        """
        struct job { bool done; };
        thread t { struct job *j = kzalloc(sizeof(*j), GFP_KERNEL); kfree(j); }
        """,
        """
        struct job { bool done; };
        thread t { struct job *j = kzalloc(struct job); kfree(j); }
        """,
    ),
    explained(
        "E107",
        "what cannot be assigned",
        "On the left of an assignment stands a variable, a member, an element, or *out.",
        "int a, b; thread t { a + b = 1; }",
        "int a, b; thread t { a = 1 - b; }",
    ),
    explained(
        "E108",
        "a type where a value is wanted",
        "Only kzalloc() and container_of() take a type.",
        "struct job { bool done; }; thread t { kfree(struct job); }",
        "struct job { bool done; }; thread t { kfree(kzalloc(struct job)); }",
    ),
    explained(
        "E109",
        "a range over places",
        "`x : T; condition` belongs to some(), all() and choose().",
        "struct job { bool done; }; check c: never(every(j : job; j->done));",
        "struct job { bool done; }; check c: never(all(j : job; !live(j)));",
    ),
    explained(
        "E110",
        "no preprocessor",
        "`use` loads a spec, `param` names a number, `choice` a design: nothing is pasted as text.",
        "#include <drm/drm_drv.h>",
        "use drm;",
    ),
    explained(
        "E111",
        "the file ends too early",
        "A block or declaration is still open at the end of the file.",
        "thread t { ",
        "thread t { }",
    ),
    explained(
        "E112",
        "no such type",
        """Integers are `int`, `unsigned`, or `int[0..7]` with the bounds that keep the state space
        small. There are no floating point numbers and no characters.""",
        "u32 refs;",
        "unsigned refs;",
    ),
    explained(
        "E113",
        "a ';' is missing",
        "Statements and declarations end with a semicolon, as in C.",
        "bool ready\nthread t { ready = true; }",
        "bool ready;\nthread t { ready = true; }",
    ),
    explained(
        "E114",
        "'=' where '==' is meant",
        "A condition of `expect` compares.",
        """
        choice WAIT = inside | outside;
        check no_hang;  expect holds when WAIT = outside;
        """,
        """
        choice WAIT = inside | outside;
        check no_hang;  expect holds when WAIT == outside;
        """,
    ),
    explained(
        "E115",
        "a word of C as a name",
        "C's keywords, `bool`, `atomic` and the awaits are reserved; all other words are free.",
        "bool switch;",
        "bool switched;",
    ),
    explained(
        "E116",
        "a word that does not fit",
        """The grammar has no place for this word here. docs/language.md lists every construct with
        an example.""",
        "thread t ( ) { }",
        "thread t { }",
    ),
    explained(
        "E117",
        "no such verdict",
        "What is expected of a check is `holds`, `fails`, `holds_up_to` or `unknown`.",
        "check no_leak;  expect passes;",
        "check no_leak;  expect holds;",
    ),
    explained(
        "E118",
        "a number that is not read",
        """Numbers are decimal, or hexadecimal with 0x, of at most 19 digits. A leading 0 would make
        one octal in C, and is refused rather than read in another way.""",
        "int mode = 010;",
        "int mode = 8;",
    ),
    explained(
        "E119",
        "no casts",
        """Nothing is converted by hand: a `void *` given to a `struct T *` checks the type when it
        happens, and container_of() leads from a member to what it stands in.""",
        """
        struct job { bool done; };
        void finish(void *data) { struct job *j = (struct job *)data; j->done = true; }
        """,
        """
        struct job { bool done; };
        void finish(void *data) { struct job *j = data; j->done = true; }
        """,
    ),
    explained(
        "E120",
        "no such kind of thread",
        """A thread is a `thread` (one system call), a `user` (any number of them), a `kworker`, a
        `softirq`, a `hardirq` or `hardware`. What the kernel runs as a tasklet is a softirq.""",
        "bool done; tasklet rx { done = true; }",
        "bool done; softirq rx { done = true; }",
    ),
)

SYNTAX: dict[str, Code] = {code.code: code for code in _CODES}
