"""The session of a process with its database: all that runs need. Providers, files and fetches are the process's."""

import os
import socket
import uuid
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wzrd.db.engine import Engine, Tx
from wzrd.domain.errors import NotFound
from wzrd.runtime.kind import Kind
from wzrd.runtime.user_locks import UserLocks
from wzrd.settings import Settings

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
        async with self.engine.begin() as tx:
            yield tx

    @asynccontextmanager
    async def autocommit(self) -> AsyncGenerator[Tx]:
        """Each statement a transaction of its own, for what is one statement: a third of the round trips."""
        async with self.engine.connect() as connection:
            yield await connection.execution_options(isolation_level="AUTOCOMMIT")
