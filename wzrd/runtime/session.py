"""The session of a process with its database: all that runs need. Providers, files and fetches are the process's.

Who would wait for a user's row lock waits here for the user's turn, without a connection: otherwise a user with many
requests at once takes the whole pool for a queue, and everybody else waits behind it.
"""

import os
import socket
import uuid
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID
from weakref import WeakValueDictionary

from wzrd.db.engine import Engine, PoolTimeout, Tx, pool_seconds, pool_size
from wzrd.domain.errors import NotFound, Unavailable
from wzrd.runtime.kind import Kind
from wzrd.settings import Settings
from wzrd.slots import FairSlots, LoopSlots

SECONDS = 60.0
"""Longest wait for a turn: many requests at once are no outage, a database that has stopped is."""


class UserLocks:
    """One turn a user at a time, in the order of asking."""

    def __init__(self) -> None:
        self._turns: WeakValueDictionary[UUID, FairSlots] = WeakValueDictionary()  # as long as somebody is here

    def of(self, user_id: UUID, *, seconds: float = SECONDS) -> AbstractAsyncContextManager[None]:
        """The user's turn, for as long as the block lasts.

        Raises:
            Unavailable: it did not come within `seconds`.
        """
        late = Unavailable("The database is too slow for your requests now, try again shortly")
        return self._turns.setdefault(user_id, FairSlots(1)).slot(seconds=seconds, late=late)


if TYPE_CHECKING:  # names of types alone: the process opens them
    from wzrd.db.listen import Notifier
    from wzrd.runtime.heartbeat import LeaseKeeper


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def process_name() -> str:
    """A name that no other process has, ever: who holds a lease."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


@dataclass(slots=True)
class RunSession:
    """Settings, database, leases and clock; the kinds of run come from the composition root."""

    settings: Settings
    engine: Engine
    notifier: "Notifier"
    leases: "LeaseKeeper"
    now: Callable[[], datetime] = field(default=utc_now)
    kinds: Mapping[str, Kind] = field(default_factory=dict[str, Kind])
    user_locks: UserLocks = field(default_factory=UserLocks, init=False)
    _connections: LoopSlots = field(init=False)

    def __post_init__(self) -> None:
        self._connections = LoopSlots(pool_size(self.engine))

    def kind(self, name: str) -> Kind:
        """The kind of run of this name.

        Raises:
            NotFound: this version knows no such kind.
        """
        try:
            return self.kinds[name]
        except KeyError:
            raise NotFound(f"unknown kind of run: {name}") from None

    @asynccontextmanager
    async def begin(self) -> AsyncGenerator[Tx]:
        """One transaction: committed on leaving, rolled back on an exception."""
        async with self._turn(), self.engine.begin() as tx:
            yield tx

    @asynccontextmanager
    async def autocommit(self) -> AsyncGenerator[Tx]:
        """Each statement a transaction of its own, for what is one statement: a third of the round trips."""
        async with self._turn(), self.engine.connect() as connection:
            yield await connection.execution_options(isolation_level="AUTOCOMMIT")

    def _turn(self) -> AbstractAsyncContextManager[None]:
        """A turn at the pool, by users: its own queue is the same for who asks once and who asks a thousand times.

        Raises:
            PoolTimeout: SQLAlchemy's; it did not come in time.
        """
        seconds = pool_seconds(self.engine)
        late = PoolTimeout(f"no connection was free within {seconds:g} s")
        return self._connections.slot(seconds=seconds, late=late)
