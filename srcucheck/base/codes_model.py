# SPDX-License-Identifier: MIT
"""What ``explain`` says about E51x: models that read well and cannot be run."""

from srcucheck.base.codes import Code
from srcucheck.base.explained import explained

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
        """A model has at most 63 threads, those per work item, timer and callback included. Lower a
        param, or leave out what the question does not need.""",
        "thread t[i : 64] { }",
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
)

MODEL: dict[str, Code] = {code.code: code for code in _CODES}
