"""A place under the caps on open streams and waiting answers, of a user and of this process."""

from collections import Counter
from uuid import UUID

from prometheus_client import Gauge

streams_open = Gauge("wzrd_streams_open", "Streams that are open on this process")


class Admission:
    """One stream's place under the caps; closing it twice gives it back once."""

    __slots__ = ("_by_user", "_open", "_user_id")

    def __init__(self, by_user: Counter[UUID], user_id: UUID) -> None:
        self._by_user, self._user_id, self._open = by_user, user_id, True
        by_user[user_id] += 1
        streams_open.inc()

    def close(self) -> None:
        """Give the place back."""
        if self._open:
            self._open = False
            streams_open.dec()
            self._by_user[self._user_id] -= 1
            if not self._by_user[self._user_id]:
                del self._by_user[self._user_id]
