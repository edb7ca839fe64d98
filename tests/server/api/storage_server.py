"""The application with an empty store, two users, a project of the first, and Supabase's own storage client."""

import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from fastapi import FastAPI
from storage3 import AsyncStorageClient

from tests.rows import Studio, make_studio
from tests.server.served import bearer, calling, with_settings
from wzrd.runtime.process import CountedBytes, Runtime
from wzrd.storage.local import LocalStorage
from wzrd.storage.protocol import Storage

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
JPEG = b"\xff\xd8\xff\xe0" + bytes(100)
MP4 = b"\0\0\0\x18ftypisom" + bytes(4000)
MP3 = b"ID3\x04" + bytes(500)
BUCKET = "project-assets"
OBJECT = "/storage/v1/object"


@dataclass(frozen=True, slots=True)
class StorageServer:
    """A served application and who calls it."""

    app: FastAPI
    store: LocalStorage
    http: httpx.AsyncClient
    studio: Studio
    stranger: Studio

    @property
    def mine(self) -> str:
        """The first folder that is the user's."""
        return str(self.studio.user_id)

    @property
    def headers(self) -> dict[str, str]:
        """The user's token."""
        return bearer(self.studio.user_id)

    def client(self, user_id: uuid.UUID | None = None) -> AsyncStorageClient:
        """Supabase's client, unmodified, with a user's token."""
        headers = bearer(user_id or self.studio.user_id)
        return AsyncStorageClient(f"{str(self.http.base_url).rstrip('/')}/storage/v1/", headers, http_client=self.http)

    def files(self) -> list[str]:
        """Every file of the store that a reader could see, and every put on its way."""
        root = self.store.root
        found = [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()]
        return sorted(path for path in found if not path.startswith(".meta/"))


@asynccontextmanager
async def open_storage_server(
    runtime: Runtime, folder: Path, *, other: Storage | None = None, **settings: object
) -> AsyncGenerator[StorageServer]:
    """The application over the runtime's database and a folder of its own, or over `other`."""
    mine = with_settings(runtime, home=folder, **settings)
    store = LocalStorage(folder / "media", "http://wzrd.test")
    store.records = CountedBytes(mine.begin) if mine.settings.user_storage else None
    mine.storage = store if store.records else other or store
    studio, stranger = await make_studio(mine), await make_studio(mine)
    async with calling(mine) as (http, app):
        yield StorageServer(app, store, http, studio, stranger)
