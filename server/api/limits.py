"""Limits of one client: what it may send, how long it may take, how many there may be."""

import logging
import sys
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from typing import Self
from uuid import UUID

from prometheus_client import Gauge

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


streams_open = Gauge("wzrd_streams_open", "Streams that are open on this process")


class Admission:
    """One stream's place under the caps; closing it twice gives it back once."""

    __slots__ = ("_by_user", "_open", "_user_id")

    def __init__(self, by_user: Counter[UUID], user_id: UUID) -> None:
        self._by_user, self._user_id, self._open = by_user, user_id, True
        by_user[user_id] += 1
        streams_open.inc()

    @contextmanager
    def held(self) -> Generator[Self]:
        """Hold the place while its stream is prepared: what fails gives it back, else the stream does at its end."""
        try:
            yield self
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give the place back."""
        if self._open:
            self._open = False
            streams_open.dec()
            self._by_user[self._user_id] -= 1
            if not self._by_user[self._user_id]:
                del self._by_user[self._user_id]
