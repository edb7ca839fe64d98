"""The live objects of a process, made once by its composition root and handed down: no globals below this floor."""

import os
import socket
import uuid
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from wzrd.db.engine import Engine, Tx, open_engine
from wzrd.db.listen import Notifier
from wzrd.domain.errors import NotFound
from wzrd.net.guarded import GuardedFetch
from wzrd.providers.credentials import provider_addresses, read_keys
from wzrd.providers.registry import Providers
from wzrd.runtime.batches import Batches
from wzrd.runtime.counted_storage import CountedStorage
from wzrd.runtime.file_store import make_storage
from wzrd.runtime.heartbeat import LeaseKeeper
from wzrd.runtime.kind import Kind
from wzrd.runtime.loop_lag import watch_loop_lag
from wzrd.runtime.turns import UserTurns
from wzrd.settings import Settings
from wzrd.storage.protocol import Storage


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def process_name() -> str:
    """A name that no other process has, ever: who holds a lease."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


@dataclass(slots=True)
class Runtime:
    """Settings, database, clock, file store; kinds and providers come from the composition root."""

    settings: Settings
    engine: Engine
    notifier: Notifier
    leases: LeaseKeeper
    now: Callable[[], datetime] = field(default=utc_now)
    kinds: Mapping[str, Kind] = field(default_factory=dict[str, Kind])
    providers: Providers = field(default_factory=Providers)
    turns: UserTurns = field(default_factory=UserTurns, init=False)
    batches: Batches = field(default_factory=Batches, init=False)
    storage: Storage = field(init=False)
    _fetch: GuardedFetch | None = field(default=None, init=False)
    _result_fetch: GuardedFetch | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        store = make_storage(self.settings)
        self.storage = CountedStorage(store, self.engine) if self.settings.user_storage else store

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

    def kind(self, name: str) -> Kind:
        """The kind of run of this name.

        Raises:
            NotFound: this version knows no such kind.
        """
        try:
            return self.kinds[name]
        except KeyError:
            raise NotFound(f"unknown kind of run: {name}") from None

    async def aclose(self) -> None:
        """Close what it opened itself."""
        await self.leases.close()
        await self.notifier.close()
        await self.storage.aclose()
        for fetch in (self._fetch, self._result_fetch):
            if fetch is not None:
                await fetch.aclose()

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


def make_runtime(settings: Settings, engine: Engine, kinds: Mapping[str, Kind]) -> Runtime:
    """A runtime on an engine that its caller closes; without providers, but it knows whose keys the environment has."""
    leases = LeaseKeeper(engine, process_name(), seconds=settings.lease_seconds, silence=settings.loop_silence)
    providers = Providers(keyed=read_keys(settings))
    return Runtime(settings, engine, Notifier(engine), leases, kinds=kinds, providers=providers)


@asynccontextmanager
async def open_runtime(settings: Settings, kinds: Mapping[str, Kind], *, application: str) -> AsyncGenerator[Runtime]:
    """The runtime of one process, closed on leaving."""
    engine = open_engine(settings.require_database_url(), pool_size=settings.pool_size, application=application)
    runtime = make_runtime(settings, engine, kinds)
    try:
        with watch_loop_lag(settings.loop_lag_dir, application):
            yield runtime
    finally:
        await runtime.aclose()
        await engine.dispose()
