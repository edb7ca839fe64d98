"""Turns of a user within one process: who would wait for the user's row lock waits here, without a connection.

Otherwise a user with many requests at once takes the whole pool for a queue, and everybody else waits behind it.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import UUID
from weakref import WeakValueDictionary

from wzrd.domain.errors import Unavailable

SECONDS = 60.0
"""Longest wait for a turn: many requests at once are no outage, a database that has stopped is."""


class UserLocks:
    """One turn a user at a time, in the order of asking."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()  # as long as somebody is here

    @asynccontextmanager
    async def of(self, user_id: UUID, *, seconds: float = SECONDS) -> AsyncGenerator[None]:
        """The user's turn, for as long as the block lasts.

        Raises:
            Unavailable: it did not come within `seconds`.
        """
        lock = self._locks.setdefault(user_id, asyncio.Lock())
        try:
            async with asyncio.timeout(seconds):
                await lock.acquire()
        except TimeoutError:
            raise Unavailable("The database is too slow for your requests now, try again shortly") from None
        try:
            yield
        finally:
            lock.release()
