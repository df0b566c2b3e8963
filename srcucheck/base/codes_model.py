# SPDX-License-Identifier: MIT
"""What ``explain`` says about E51x and E52x: models that cannot be run, files and options."""

from srcucheck.base.explained import Code, explained, remark

_CODES = (
    explained(
        "E511",
        "a sweep over all places outside of one step",
        """`for (x : T)` looks at all places at once, which no kernel code can; it is for specs, and
        stands in atomic, in the block of an await, or in init. A loop over an array goes step by
        step: use an index.""",
        """
        struct job { bool done; };
        struct job a;
        thread t { for (j : job) j->done = true; }
        """,
        """
        struct job { bool done; };
        struct job a;
        thread t { atomic { for (j : job) j->done = true; } }
        """,
    ),
    explained(
        "E512",
        "a goto backwards in atomic",
        "A step has to end. Loops in atomic are counted; a goto backwards is not: use a loop.",
        "int n; thread t { atomic { again: n++; if (n < 3) goto again; } }",
        "int n; thread t { atomic { while (n < 3) n++; } }",
    ),
    explained(
        "E513",
        "too many threads",
        """A model has at most 255 threads, those per work item, timer and callback included. Lower
        a param, or leave out what the question does not need.""",
        "thread t[i : 64] { } thread u[i : 64] { } thread v[i : 64] { } thread w[i : 64] { }",
        "thread t[i : 3] { }",
    ),
    explained(
        "E514",
        "a sweep that makes new objects",
        "Code inside `for (x : T)` may not allocate: nobody could tell which places it goes over.",
        """
        struct job { bool done; };
        pool struct job 2;
        thread t { atomic { for (j : job) kzalloc(struct job); } }
        """,
        """
        struct job { bool done; };
        pool struct job 2;
        thread t { kfree(kzalloc(struct job)); }
        """,
    ),
    explained(
        "E515",
        "init breaks a rule",
        """`init` sets up what was there before the run. It reports nothing and stays within the
        bounds of the model, or there is nothing sound to start from.""",
        """
        struct job { bool done; };
        struct job *j;
        init { j = kzalloc(struct job); kfree(j); j->done = true; }
        thread t { }
        """,
        """
        struct job { bool done; };
        struct job *j;
        init { j = kzalloc(struct job); j->done = true; }
        thread t { kfree(j); }
        """,
    ),
    explained(
        "E516",
        "a loop in atomic that does not end",
        """A step has to end: a loop inside atomic, or in the block of an await, may take 10,000
        turns in one step.""",
        "bool go; thread t { atomic { while (!go) ; } }",
        "bool go; thread t { await (go); }",
    ),
    remark(
        "E520",
        "-D names nothing",
        "`-D NAME=VALUE` sets a param of the model or of a spec that it uses, or fixes a choice.",
    ),
    remark(
        "E521",
        "-D has a value that does not fit",
        """A param is a number from -32768 to 32767, or true or false; a choice takes one of its own
        alternatives, written as in the model.""",
    ),
    remark(
        "E522",
        "too many variants",
        "Choices multiply. At most 4,096 variants are checked in one run: fix some with -D.",
    ),
    remark(
        "E523",
        "--property names no check",
        """Checks are named by what stands before the colon, by their property, or by the call that
        completes; standing properties (no_hang, no_deadlock ...) by themselves.""",
    ),
    remark(
        "E524",
        "no result for want of time or memory",
        """The search of a model did not begin: time or memory ran out while it was lowered. A
        smaller model, fewer calls, or a larger --timeout or --max-memory help.""",
    ),
    remark(
        "E525",
        "a file that cannot be read",
        "A model is a text file in UTF-8 of at most a few megabytes, which you may read.",
    ),
    remark(
        "E526",
        "a folder without models",
        "A folder stands for all files in it, at any depth, whose name ends in `.srcu`.",
    ),
    remark(
        "E527",
        "a stored trace that is none",
        """`srcucheck replay` reads what `srcucheck check --format json` printed. The file is
        something else, or it has no trace.""",
    ),
    remark(
        "E528",
        "more code than can be inlined",
        """All calls are inlined. A chain of calls, or an expression, some hundreds of levels deep
        is too much, and so are 100,000 calls of one thread, counted with the calls of what is
        called: split it, or leave out what the question does not need.""",
    ),
    remark(
        "E540",
        "which variant to export",
        """`srcucheck export` writes one variant. A model with choices has several: `-D NAME=VALUE`
        picks one, for each choice.""",
    ),
    remark(
        "E541",
        "nothing that can be exported",
        """The model has no such check. Or it is one about endless runs (`completes`, `no_hang`,
        `settles`, `leads_to`, `eventually`), which only Promela is given, one at a time, with our
        fairness written out as a never claim; where a step may find in its middle that it is not
        enabled, not even that. `no_leak` is given to nobody. Or a set has more members than an int
        of the other language has bits (31 in Promela).""",
    ),
    remark(
        "E529",
        "an internal error",
        """The tool contradicted itself, or broke: this is no verdict about the model. Please report
        it with the model. SRCUCHECK_DEBUG=1 in the environment shows where it happened.""",
    ),
)

MODEL: dict[str, Code] = {code.code: code for code in _CODES}
