"""The live objects of a process, made once by its composition root and handed down: no globals below this floor."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from wzrd.db.engine import Engine, open_engine
from wzrd.db.listen import Notifier
from wzrd.domain.errors import NotConfigured
from wzrd.net.addresses import is_public_url
from wzrd.net.guarded import GuardedFetch
from wzrd.net.http import open_http
from wzrd.providers.credentials import provider_addresses, read_keys
from wzrd.providers.registry import Providers
from wzrd.runtime.batches import Batches
from wzrd.runtime.counted_storage import CountedStorage
from wzrd.runtime.heartbeat import LeaseKeeper
from wzrd.runtime.kind import Kind
from wzrd.runtime.loop_lag import watch_loop_lag
from wzrd.runtime.session import RunSession, process_name
from wzrd.settings import Settings
from wzrd.storage.local import LocalStorage
from wzrd.storage.protocol import Storage
from wzrd.storage.supabase.store import SupabaseStorage

STORE_IDLE_SECONDS = 120.0
"""Supabase answers an upload when it has passed it on: that takes as long as a file is large."""


@dataclass(slots=True)
class Runtime(RunSession):
    """A session, the file store and who fetches; providers come from the composition root."""

    providers: Providers = field(default_factory=Providers)
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

    async def aclose(self) -> None:
        """Close what it opened itself."""
        await self.leases.close()
        await self.notifier.close()
        await self.storage.aclose()
        for fetch in (self._fetch, self._result_fetch):
            if fetch is not None:
                await fetch.aclose()


def make_storage(settings: Settings) -> Storage:
    """The file store that the environment names: a folder here, or Supabase Storage; nothing is connected to yet.

    Raises:
        NotConfigured: WZRD_STORAGE=supabase without its address or key.
    """
    if settings.storage == "local":
        return LocalStorage(settings.media_folder, settings.address)
    if settings.supabase_url is None or settings.supabase_service_key is None:
        raise NotConfigured("WZRD_STORAGE=supabase needs SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY")
    return SupabaseStorage(
        settings.supabase_url,
        settings.supabase_service_key,
        open_http(idle=STORE_IDLE_SECONDS),
        settings.work_folder / "supabase",
        settings.address,
        is_inside=is_public_url(settings.address) and not is_public_url(settings.supabase_url),
    )


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
