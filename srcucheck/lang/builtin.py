# SPDX-License-Identifier: MIT
"""Words the language itself gives a meaning: constants, properties, calls."""

ERRNO = {
    "EPERM": 1, "ENOENT": 2, "ESRCH": 3, "EINTR": 4, "EIO": 5, "ENXIO": 6, "E2BIG": 7,
    "EBADF": 9, "ECHILD": 10, "EAGAIN": 11, "ENOMEM": 12, "EACCES": 13, "EFAULT": 14,
    "EBUSY": 16, "EEXIST": 17, "EXDEV": 18, "ENODEV": 19, "EINVAL": 22, "ENFILE": 23,
    "EMFILE": 24, "ENOTTY": 25, "EFBIG": 27, "ENOSPC": 28, "ESPIPE": 29, "EROFS": 30,
    "EPIPE": 32, "EDOM": 33, "ERANGE": 34, "EDEADLK": 35, "ENOSYS": 38, "ENODATA": 61,
    "ETIME": 62, "EPROTO": 71, "EOVERFLOW": 75, "ECONNRESET": 104, "ETIMEDOUT": 110,
    "EALREADY": 114, "EINPROGRESS": 115, "ECANCELED": 125, "ERESTARTSYS": 512,
    "EPROBE_DEFER": 517, "EOPNOTSUPP": 95,
}  # fmt: skip
"""include/uapi/asm-generic/errno-base.h, errno.h, include/linux/errno.h."""

MEMORY_PROPERTIES = {
    "no_use_after_free": "use after free",
    "no_double_free": "double free",
    "no_bad_free": "free of memory that kzalloc() did not give",
    "no_null_dereference": "NULL pointer dereference",
    "no_bug": "the thread died here",
}
"""Reported by steps; judged in every run."""

LIVENESS_PROPERTIES = ("no_leak", "no_hang", "no_deadlock")
"""Judged on runs as a whole; ``no_deadlock`` only when asked for."""

BUILTIN_FAMILY_MEMBERS = {"no_access_after_release": ("no_use_after_free",)}
"""Families that have a member of the language's own once a spec makes them exist."""

CALLS = frozenset(
    (
        "kfree",
        "touch",
        "poison",
        "live",
        "empty",
        "any",
        "none",
        "ARRAY_SIZE",
        "WARN_ON",
        "BUG_ON",
        "assert",
        "limit",
    )
)
CHECK_CALLS = frozenset(
    (
        "completes",
        "never",
        "always",
        "reachable",
        "settles",
        "eventually",
        "leads_to",
        "in",
        "ended",
        "started",
    )
)
THREAD_KINDS = ("thread", "user", "kworker", "softirq", "hardirq", "hardware")
RETURN_TO_USER = "return_to_user"
