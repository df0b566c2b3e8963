# SPDX-License-Identifier: MIT
"""What ``explain`` says about E3xx: names, types and waits in bodies."""

from srcucheck.base.explained import explained

CODES = (
    explained(
        "E301",
        "a name that is not declared",
        """Names are looked up among the variables of the body, then in the common name space, then
        among errno names and the constants of enums. Alternatives of a choice mean something
        only beside that choice. A name that a spec defines needs `use` of that spec.""",
        """
        bool stopped;
        thread t { stoped = true; }
        """,
        """
        bool stopped;
        thread t { stopped = true; }
        """,
    ),
    explained(
        "E302",
        "no such function",
        """What is called is a function of the model, of a spec it uses, an event, or a word of the
        language. If a spec that is not loaded has it, the message says which. A primitive that
        no spec has is written in the model: a function of ten lines usually does.""",
        """
        use drm;
        struct drm_device card0;
        thread rmmod { drm_dev_unplg(&card0); }
        """,
        """
        use drm;
        struct drm_device card0;
        thread rmmod { drm_dev_unplug(&card0); }
        """,
    ),
    explained(
        "E303",
        "no such member",
        """A struct has the members that its declaration lists, and `current` those of all `task {
        }` and `kind`.""",
        """
        use dma_fence;
        struct dma_fence f;
        bool done;
        thread t { done = f.signalled; }
        """,
        """
        use dma_fence;
        struct dma_fence f;
        bool done;
        thread t { done = f.signaled; }
        """,
    ),
    explained(
        "E304",
        "'.' and '->'",
        """As in C: `x.f` where x is an object, `p->f` where p is a pointer.""",
        """
        struct gem { bool wedged; };
        struct gem *gem;
        thread t { gem.wedged = true; }
        """,
        """
        struct gem { bool wedged; };
        struct gem *gem;
        thread t { gem->wedged = true; }
        """,
    ),
    explained(
        "E305",
        "'&' is missing",
        """A function that works on an object is given its address, and one that returns a value
        through a parameter is given the address of a variable.""",
        """
        use drm;
        struct drm_device card0;
        thread rmmod { drm_dev_unplug(card0); }
        """,
        """
        use drm;
        struct drm_device card0;
        thread rmmod { drm_dev_unplug(&card0); }
        """,
    ),
    explained(
        "E306",
        "'&' is superfluous",
        """A variable that is a pointer, or an array, is given as it is. `system_wq` is a pointer,
        as in the kernel.""",
        """
        use workqueue;
        struct work_struct w;
        thread t { queue_work(&system_wq, &w); }
        """,
        """
        use workqueue;
        struct work_struct w;
        thread t { queue_work(system_wq, &w); }
        """,
    ),
    explained(
        "E307",
        "a wrong number of arguments",
        """A call gives one argument for each parameter, an initialiser at most one value for each
        member.""",
        """
        use drm;
        struct drm_device card0;
        thread t { if (drm_dev_enter(&card0)) writel(&card0); }
        """,
        """
        use drm;
        struct drm_device card0;
        thread t { int idx; if (drm_dev_enter(&card0, &idx)) writel(&card0); }
        """,
    ),
    explained(
        "E308",
        "a value of another type",
        """Numbers, booleans and enums stand for one another; a pointer stands only for the same
        kind of pointer or for `void *`. `&p->first` is a pointer to the first member, not p:
        where p is wanted, container_of() leads back.""",
        """
        use workqueue;
        struct delayed_work d;
        thread t { flush_work(&d); }
        """,
        """
        use workqueue;
        struct delayed_work d;
        thread t { flush_work(&d.work); }
        """,
    ),
    explained(
        "E309",
        "a struct or an array that is assigned",
        """Objects are not copied as a whole, because a copy of a lock, a fence or a reference
        count means nothing. Copy the members that matter; initialise where the object is
        declared.""",
        """
        struct point { int x; };
        struct point a, b;
        thread t { a = b; }
        """,
        """
        struct point { int x; };
        struct point a, b;
        thread t { a.x = b.x; }
        """,
    ),
    explained(
        "E310",
        "an object that is a local variable",
        """Objects have lifetimes, and a place that others can point to: they are globals, members
        of objects, or come from kzalloc().""",
        """
        use completion;
        thread t { struct completion done; wait_for_completion(&done); }
        """,
        """
        use completion;
        struct completion done;
        thread t { wait_for_completion(&done); }
        """,
    ),
    explained(
        "E311",
        "functions that call each other for ever",
        """Functions are inlined, so none can come back to itself with the same functions as
        arguments. `kref_put` inside a release that `kref_put` called is fine: that is another
        release. Write a loop, or let a work item do the rest.""",
        """
        int left;
        void drain(void) { left--; if (left) drain(); }
        thread t { drain(); }
        """,
        """
        int left;
        void drain(void) { while (left) left--; }
        thread t { drain(); }
        """,
    ),
    explained(
        "E312",
        "a wait in the middle of a step",
        """An `atomic` block and the block of an `await` are one step: nothing can come in between,
        so nothing can be waited for in between. An `await` stands first in `atomic`, after
        local work at most; or the `atomic` ends before it.""",
        """
        bool ready, taken;
        thread t { atomic { taken = true; await (ready); } }
        """,
        """
        bool ready, taken;
        thread t { atomic { taken = true; } await (ready); }
        """,
    ),
    explained(
        "E313",
        "a wrong return",
        """A function that has a type returns a value of it; a `void` one, a thread, a rule and
        `init` return none.""",
        "void stop(void) { return 1; }",
        "int stop(void) { return 1; }",
    ),
    explained(
        "E314",
        "break or continue outside a loop",
        """`break` leaves the innermost loop or switch, `continue` begins the next turn.""",
        """
        bool gone;
        thread t { if (gone) break; }
        """,
        """
        bool gone;
        thread t { if (gone) return; }
        """,
    ),
    explained(
        "E315",
        "a label that is not there, or twice",
        """`goto` leads to a label of the same body.""",
        "int probe(void) { goto err; return 0; }",
        "int probe(void) { goto err; err: return -ENODEV; }",
    ),
    explained(
        "E316",
        "an event with arguments",
        """An event is called without arguments: its rules look at `current` and at the world.""",
        """
        use context;
        thread t { might_sleep(1); }
        """,
        """
        use context;
        thread t { might_sleep(); }
        """,
    ),
    explained(
        "E317",
        "no such property",
        """WARN_ON(condition, property) and BUG_ON(condition, property) report a property that some
        file declares: `property name "what a splat says";`.""",
        """
        bool busy;
        thread t { WARN_ON(busy, idle_at_exit); }
        """,
        """
        bool busy;
        property idle_at_exit "still busy at exit";
        thread t { WARN_ON(busy, idle_at_exit); }
        """,
    ),
    explained(
        "E318",
        "a name that is no value here",
        """A function is called, or given where a function is wanted; a property is reported; an
        event is called; one of several threads is named with its index.""",
        """
        bool idle(void) { return true; }
        bool busy;
        thread t { if (!idle) busy = true; }
        """,
        """
        bool idle(void) { return true; }
        bool busy;
        thread t { if (!idle()) busy = true; }
        """,
    ),
    explained(
        "E319",
        "what is called is no function",
        """Functions, events, stored functions, and choices whose alternatives are functions can be
        called.""",
        """
        bool done;
        thread t { done(); }
        """,
        """
        bool done;
        thread t { done = true; }
        """,
    ),
    explained(
        "E320",
        "what is no variable",
        """Variables, members and elements can be assigned to and have an address; params, choices,
        functions, threads and the variable of a `for` over places cannot.""",
        """
        param JOBS = 2;
        thread t { JOBS = 3; }
        """,
        """
        param JOBS = 2;
        int jobs = JOBS;
        thread t { jobs = 3; }
        """,
    ),
    explained(
        "E321",
        "a guard that does something",
        """While a thread waits, its guard is only looked at: it cannot store, allocate, report,
        choose or wait. What is to be done when it is true stands in the block, which is the
        same step.""",
        """
        int tokens;
        thread t { await (tokens-- > 0); }
        """,
        """
        int tokens;
        thread t { await (tokens > 0) { tokens--; } }
        """,
    ),
    explained(
        "E322",
        "a string that is no argument",
        """Texts have no meaning for a run: a string can be given where a spec drops it, and as the
        text of limit() and of a property.""",
        """
        int name;
        thread t { name = "gfx"; }
        """,
        """
        int name;
        thread t { name = 1; }
        """,
    ),
    explained(
        "E323",
        "'*' of what is no out parameter",
        """`*idx` is the caller's variable that a parameter `int *idx` stands for. Objects are
        reached with `->`.""",
        """
        struct gem { bool wedged; };
        void reset(struct gem *g) { touch(*g); }
        """,
        """
        struct gem { bool wedged; };
        void reset(struct gem *g) { touch(g); }
        """,
    ),
    explained(
        "E324",
        "declared twice in a block",
        """A variable may hide one of an outer block, not one of its own.""",
        "thread t { int err; int err; }",
        "thread t { int err; }",
    ),
    explained(
        "E325",
        "a word of the language with the wrong argument",
        """kfree, touch and live are given a pointer to an object, poison a member, empty a set,
        any and none an array of bool, ARRAY_SIZE an array.""",
        """
        int job[2];
        thread t { kfree(job[0]); }
        """,
        """
        struct job { int n; };
        struct job *job[2];
        thread t { kfree(job[0]); }
        """,
    ),
    explained(
        "E326",
        "the same twice",
        """A switch has each case once, an initialiser each member.""",
        """
        struct point { int x; };
        struct point p = { .x = 1, .x = 2 };
        """,
        """
        struct point { int x; };
        struct point p = { .x = 2 };
        """,
    ),
    explained(
        "E327",
        "init that waits",
        """`init` runs as one step before all threads, so nobody could make a condition true.""",
        """
        bool ready;
        init { await (ready); }
        """,
        """
        bool ready;
        init { ready = true; }
        """,
    ),
    explained(
        "E329",
        "what has no value",
        """A `void` function yields nothing, nor does `await`: it ends when its condition is true.
        Of the waits only await_timeout, await_interruptible and await_strong_interruptible tell
        how they ended.""",
        """
        bool ready, late;
        thread t { late = !await (ready); }
        """,
        """
        bool ready, late;
        thread t { late = !await_timeout (ready); }
        """,
    ),
)
