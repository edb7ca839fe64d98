"""Number of files that this process may have open: a connection is one, and most systems allow 1,024."""

import logging
import sys

log = logging.getLogger(__name__)

RESERVE = 512
"""Files that are no connections: the database, stored files, what has been accepted and not yet closed."""


def allow_connections(wanted: int) -> int:
    """Raise the soft limit of open files as far as `wanted` connections need; how many the machine lets in."""
    if sys.platform == "win32":
        return wanted
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + RESERVE
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return wanted
    allowed = max(soft - RESERVE, soft // 2)
    log.warning(
        "WZRD_CONNECTIONS=%d: this machine allows %d open files, so %d connections; raise its hard limit (ulimit -Hn)",
        wanted, soft, allowed,
    )  # fmt: skip
    return allowed
