"""The live objects of a process, made once by its composition root and handed down: no globals below this floor."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

from wzrd.db.engine import Engine, Tx, open_engine
from wzrd.db.listen import SLOT_FREE, Notifier
from wzrd.db.stored_bytes import forget_bytes, note_bytes
from wzrd.domain.errors import NotConfigured
from wzrd.net.addresses import is_public_url
from wzrd.net.guarded import GuardedFetch
from wzrd.net.http import open_http
from wzrd.providers.credentials import provider_addresses, read_keys
from wzrd.providers.registry import Providers
from wzrd.runtime.batches import Batches
from wzrd.runtime.heartbeat import LeaseKeeper
from wzrd.runtime.kind import Kind
from wzrd.runtime.session import RunSession, process_name
from wzrd.settings import Settings
from wzrd.storage.local import LocalStorage
from wzrd.storage.protocol import Storage, StoredFile
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
        RunSession.__post_init__(self)
        self.storage = make_storage(self.settings)
        self.storage.records = CountedBytes(self.begin) if self.settings.user_storage else None

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

    def note_free_slot(self, provider: str) -> None:
        """Tell all processes that a slot of the provider came free."""
        self.notifier.notify(SLOT_FREE, provider)

    async def aclose(self) -> None:
        """Close what it opened itself."""
        await self.leases.close()
        await self.notifier.close()
        await self.storage.aclose()
        for fetch in (self._fetch, self._result_fetch):
            if fetch is not None:
                await fetch.aclose()


def make_storage(settings: Settings) -> Storage:
    """The file store that the environment names: a folder here, Supabase Storage or S3; nothing is connected to yet.

    Raises:
        NotConfigured: WZRD_STORAGE=supabase without its address or key, or WZRD_STORAGE=s3 without a bucket.
    """
    if settings.storage == "local":
        return LocalStorage(settings.media_folder, settings.address)
    if settings.storage == "s3":
        # a process whose files lie here need not load its client
        from wzrd.storage.s3 import S3Storage, open_bucket

        return S3Storage(
            s3=open_bucket(settings),
            spool=settings.work_folder / "s3",
            base_url=settings.address,
            cache_bytes=settings.file_copies,
        )
    if settings.supabase_url is None or settings.supabase_service_key is None:
        raise NotConfigured("WZRD_STORAGE=supabase needs SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY")
    return SupabaseStorage(
        url=settings.supabase_url,
        key=settings.supabase_service_key,
        http=open_http(idle=STORE_IDLE_SECONDS),
        spool=settings.work_folder / "supabase",
        base_url=settings.address,
        cache_bytes=settings.file_copies,
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
    engine = open_engine(
        settings.require_database_url(),
        pool_size=settings.pool_size,
        application=application,
        prepare=settings.prepared_statements,
    )
    runtime = make_runtime(settings, engine, kinds)
    try:
        yield runtime
    finally:
        await runtime.aclose()
        await engine.dispose()


@dataclass(frozen=True, slots=True)
class CountedBytes:
    """A row for each file in the store, with its bytes."""

    begin: Callable[[], AbstractAsyncContextManager[Tx]]

    async def note(self, stored: StoredFile) -> None:
        """Count a file that has been put."""
        async with self.begin() as tx:
            await note_bytes(tx, stored.bucket, stored.path, stored.size)

    async def forget(self, bucket: str, path: str) -> None:
        """Count a file no more that has been deleted, or was not there."""
        async with self.begin() as tx:
            await forget_bytes(tx, bucket, path)
