"""The live objects of a process, made once by its composition root and handed down: no globals below this floor."""

import os
import socket
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from wzrd.db.engine import Engine, Tx, open_engine
from wzrd.db.listen import Notifier
from wzrd.net.guarded import GuardedFetch
from wzrd.providers.registry import Providers, provider_addresses
from wzrd.runtime.heartbeat import LeaseKeeper
from wzrd.settings import Settings
from wzrd.storage.local import LocalStorage
from wzrd.storage.protocol import Storage


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def process_name() -> str:
    """A name that no other process has, ever: who holds a lease."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


@dataclass(slots=True)
class Runtime:
    """Settings, database, clock, file store; providers are added by the composition root (blocks/resolve.py)."""

    settings: Settings
    engine: Engine
    notifier: Notifier
    leases: LeaseKeeper
    now: Callable[[], datetime] = field(default=utc_now)
    providers: Providers = field(default_factory=Providers)
    storage: Storage = field(init=False)
    _fetch: GuardedFetch | None = field(default=None, init=False)
    _result_fetch: GuardedFetch | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.storage = LocalStorage(self.settings.media_folder, self.settings.address)

    @property
    def fetch(self) -> GuardedFetch:
        """Who fetches what users' URLs name, rows that users may write included: the public internet alone."""
        if self._fetch is None:
            self._fetch = GuardedFetch()
        return self._fetch

    @property
    def result_fetch(self) -> GuardedFetch:
        """Who fetches what a provider returned; the operator's own provider addresses are allowed to it, only to it."""
        if self._result_fetch is None:
            self._result_fetch = GuardedFetch(allowed=provider_addresses(self.settings))
        return self._result_fetch

    async def aclose(self) -> None:
        """Close what it opened itself."""
        await self.leases.close()
        await self.notifier.close()
        for fetch in (self._fetch, self._result_fetch):
            if fetch is not None:
                await fetch.aclose()

    @asynccontextmanager
    async def begin(self) -> AsyncGenerator[Tx]:
        """One transaction: committed on leaving, rolled back on an exception."""
        async with self.engine.begin() as tx:
            yield tx


def make_runtime(settings: Settings, engine: Engine) -> Runtime:
    """A runtime on an engine that its caller closes."""
    return Runtime(
        settings, engine, Notifier(engine), LeaseKeeper(engine, process_name(), seconds=settings.lease_seconds)
    )


@asynccontextmanager
async def open_runtime(settings: Settings, *, application: str) -> AsyncGenerator[Runtime]:
    """The runtime of one process, closed on leaving."""
    engine = open_engine(settings.require_database_url(), pool_size=settings.pool_size, application=application)
    runtime = make_runtime(settings, engine)
    try:
        yield runtime
    finally:
        await runtime.aclose()
        await engine.dispose()
