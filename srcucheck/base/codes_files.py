# SPDX-License-Identifier: MIT
"""What ``explain`` says about E2xx: files, names, types."""

from srcucheck.base.explained import explained

CODES = (
    explained(
        "E201",
        "no such spec or file",
        """`use a;` loads the spec a.srcu; `use "path/a.srcu";` loads a file of your own. The specs
        are listed in specs/README.md.""",
        "use dma_fense;",
        "use dma_fence;",
    ),
    explained(
        "E202",
        "files use each other in a circle",
        """A file cannot use itself, not even through others. All files make one program, so two
        that need each other need no `use`: let one use the other, or a third use both.""",
        'use "this.srcu";',
        "use drm;",
    ),
    explained(
        "E203",
        "two files for one spec",
        """`use x as y;` puts x in the place of y for the whole program, so only one file can do
        so. If a choice does it (`use SRCU as srcu;`), its alternatives are names of specs.""",
        """
        use srcu_counters as srcu;
        use rcu as srcu;
        """,
        "use srcu_counters as srcu;",
    ),
    explained(
        "E204",
        "defined twice",
        """Functions, variables, threads, params, choices, properties and events share one name
        space; struct and enum tags, members and labels have their own. A model may not define a
        name that a spec it uses shows, with three exceptions: it replaces a `param`, it gives a
        body to an `extern` function, and names that are `static` in a spec are free. A thread
        may share its name with a function.""",
        """
        use locks;
        void mutex_lock(struct mutex *m) { }
        """,
        """
        use locks;
        void my_mutex_lock(struct mutex *m) { mutex_lock(m); }
        """,
    ),
    explained(
        "E205",
        "declared differently elsewhere",
        """A function's forward declaration and its body, or a spec's `extern` and the model's
        definition, must have the same parameters and result.""",
        """
        int timedout(bool late);
        int timedout(void) { return 0; }
        """,
        """
        int timedout(void);
        int timedout(void) { return 0; }
        """,
    ),
    explained(
        "E206",
        "no such type",
        """Types are bool, int, unsigned, int[lo..hi], structs, enums, pointers to structs, and
        sets of structs. A struct that is in a spec needs that spec: the message says which.""",
        "u32 jobs;",
        "unsigned jobs;",
    ),
    explained(
        "E208",
        "a struct without members",
        """`struct T;` announces a struct, so that pointers to it can be declared. An object of it,
        kzalloc() of it or a pool of it needs its members.""",
        """
        struct engine;
        struct engine rcs0;
        """,
        """
        struct engine { bool busy; };
        struct engine rcs0;
        """,
    ),
    explained(
        "E209",
        "a word of the language",
        """`true`, `false`, `NULL` and `current` are taken; a function cannot be called kfree,
        touch, poison, live, empty, any, none, ARRAY_SIZE, WARN_ON, BUG_ON, assert or limit; and
        a property cannot have the name of one that the tool judges by itself, such as no_leak.""",
        'property no_leak "objects left";',
        'property no_object_left "objects left";',
    ),
    explained(
        "E210",
        "a type that cannot stand here",
        """Objects are members or globals, never values that are passed around: everything else
        points to them. A pointer to a number is an out parameter and nothing else. Only a
        parameter is an `expr`.""",
        "int *counter;",
        "int counter;",
    ),
    explained(
        "E211",
        "a length out of range",
        """An array has 0 to 64 elements: each element is a part of the state, and what goes wrong
        with 65 of them goes wrong with 3. Arrays of structs with arrays multiply: a variable has at
        most 100,000 parts.""",
        """
        param JOBS = 1000;
        bool job[JOBS];
        """,
        """
        param JOBS = 3;
        bool job[JOBS];
        """,
    ),
    explained(
        "E212",
        "declared, but has no body",
        """A function that is called needs a body somewhere: here, or in a spec.""",
        """
        void reset(void);
        thread t { reset(); }
        """,
        """
        void reset(void) { }
        thread t { reset(); }
        """,
    ),
    explained(
        "E213",
        "a param defined by itself",
        """The default of a param may mention other params and choices, but not itself, not even
        through others.""",
        """
        param A = B + 1;
        param B = A - 1;
        """,
        """
        param A = 2;
        param B = A - 1;
        """,
    ),
    explained(
        "E214",
        "a choice of unlike alternatives",
        """The alternatives of a choice are all names, or all numbers and booleans, each once.""",
        "choice DEPTH = 2 | 3 | deep;",
        "choice DEPTH = 2 | 3 | 4;",
    ),
    explained(
        "E215",
        "no such event",
        """`on e { ... }` adds to an event that some file declares with `event e;`, or to
        return_to_user, which every system call ends with.""",
        """
        property tidy "not tidy";
        bool dirty;
        on return_to_usr { WARN_ON(dirty, tidy); }
        """,
        """
        property tidy "not tidy";
        bool dirty;
        on return_to_user { WARN_ON(dirty, tidy); }
        """,
    ),
    explained(
        "E216",
        "a struct that contains itself",
        """A member that is an object makes its struct larger by that object. To refer to another
        of its kind, a struct has a pointer.""",
        "struct node { struct node next; };",
        "struct node { struct node *next; };",
    ),
    explained(
        "E220",
        "not known before the run",
        """Array lengths, bounds of types, counts of threads, params, and initialisers at top level
        are known before the run: numbers, params, choices, functions, addresses of globals, and
        operators between them. Anything else is set in `init { ... }`.""",
        """
        int first = 1;
        int second = first;
        """,
        """
        int first = 1;
        int second;
        init { second = first; }
        """,
    ),
    explained(
        "E221",
        "a constant without a value",
        """Division by zero, a shift by a negative number, or arithmetic with the name of an
        alternative.""",
        """
        param N = 0;
        bool half[4 / N];
        """,
        """
        param N = 2;
        bool half[4 / N];
        """,
    ),
    explained(
        "E222",
        "no alternative of the choice",
        """A choice is compared with one of its alternatives.""",
        """
        choice WAIT = inside | outside;
        bool waits;
        thread t { waits = WAIT == insider; }
        """,
        """
        choice WAIT = inside | outside;
        bool waits;
        thread t { waits = WAIT == inside; }
        """,
    ),
    explained(
        "E223",
        "nested too deeply",
        """Expressions, statements or chains of operators nest some hundreds of levels deep. Split
        them.""",
        "bool x; /* x = !!!!...!!!!x, hundreds of times */",
        "bool x;",
    ),
)
