"""The live objects of a process, made once by its composition root and handed down: no globals below this floor."""

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

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
from wzrd.storage.protocol import FolderEntry, FolderPage, OpenedFile, Storage, StoredFile
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
        store = make_storage(self.settings)
        self.storage = CountedStorage(store, self.begin) if self.settings.user_storage else store

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


@dataclass(slots=True)
class CountedStorage:
    """`store`, and a row for each file that is put into it."""

    store: Storage
    begin: Callable[[], AbstractAsyncContextManager[Tx]]

    async def put_bytes(self, bucket: str, path: str, data: bytes, *, content_type: str) -> StoredFile:
        """See Storage."""
        return await self._counted(await self.store.put_bytes(bucket, path, data, content_type=content_type))

    async def put_stream(
        self, bucket: str, path: str, chunks: AsyncIterable[bytes], *, content_type: str, replace: bool = True
    ) -> StoredFile:
        """See Storage."""
        stored = await self.store.put_stream(bucket, path, chunks, content_type=content_type, replace=replace)
        return await self._counted(stored)

    async def put_file(self, bucket: str, path: str, source: Path, *, content_type: str) -> StoredFile:
        """See Storage."""
        return await self._counted(await self.store.put_file(bucket, path, source, content_type=content_type))

    async def _counted(self, stored: StoredFile) -> StoredFile:
        async with self.begin() as tx:
            await note_bytes(tx, stored.bucket, stored.path, stored.size)
        return stored

    async def delete(self, bucket: str, path: str) -> bool:
        """See Storage."""
        gone = await self.store.delete(bucket, path)
        async with self.begin() as tx:
            await forget_bytes(tx, bucket, path)
        return gone

    def open(
        self, bucket: str, path: str, *, start: int = 0, stop: int | None = None
    ) -> AbstractAsyncContextManager[OpenedFile]:
        """See Storage."""
        return self.store.open(bucket, path, start=start, stop=stop)

    def local(self, bucket: str, path: str) -> AbstractAsyncContextManager[Path]:
        """See Storage."""
        return self.store.local(bucket, path)

    async def stat(self, bucket: str, path: str) -> StoredFile:
        """See Storage."""
        return await self.store.stat(bucket, path)

    async def list_folder(self, bucket: str, folder: str, page: FolderPage) -> Sequence[FolderEntry]:
        """See Storage."""
        return await self.store.list_folder(bucket, folder, page)

    async def aclose(self) -> None:
        """See Storage."""
        await self.store.aclose()

    def public_url(self, bucket: str, path: str) -> str:
        """See Storage."""
        return self.store.public_url(bucket, path)

    def locate(self, url: str) -> tuple[str, str] | None:
        """See Storage."""
        return self.store.locate(url)
