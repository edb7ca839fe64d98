"""The quota of stored bytes: every door by which a user's bytes come in, alone and at once."""

import asyncio
import base64
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from tests.server.api.storage_server import BUCKET, OBJECT, StorageServer, open_storage_server
from tests.server.served import bearer
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")

QUOTA = 10_000
NODES = "workflow-media"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
async def server(runtime: Runtime, tmp_path: Path) -> AsyncGenerator[StorageServer]:
    """The application with a quota, over an empty store."""
    async with open_storage_server(runtime, tmp_path, user_storage=QUOTA) as made:
        yield made


def picture(size: int) -> bytes:
    return PNG + bytes(size - len(PNG))


async def put(
    server: StorageServer, name: str, size: int, *, folder: Any = None, user: Any = None, bucket: str = BUCKET
) -> httpx.Response:
    """Store a picture of that size in the user's folder, or in another one."""
    headers = {**bearer(user or server.studio.user_id), "x-upsert": "true"}
    path = f"{OBJECT}/{bucket}/{folder or server.mine}/{name}"
    return await server.http.post(path, content=picture(size), headers=headers)


async def counted(runtime: Runtime, server: StorageServer) -> tuple[int, int]:
    """Sums of the rows: bytes of files, and rooms that are taken."""
    folders = [server.mine, str(server.studio.project_id)]
    statement = text("""select coalesce(sum(bytes) filter (where until is null), 0), count(until)
        from wzrd.stored_bytes where folder = any(:folders)""")
    async with runtime.begin() as tx:
        row = (await tx.execute(statement, {"folders": folders})).one()
    return int(row[0]), int(row[1])


def refused(answer: httpx.Response, used: int) -> bool:
    """True if the answer is the 413 that tells what is stored and how much may be."""
    return answer.status_code == 413 and f"You have {used} of the {QUOTA} bytes" in answer.text


async def in_pieces(data: bytes) -> AsyncIterator[bytes]:
    """A body whose length nobody tells."""
    for at in range(0, len(data), 1000):
        yield data[at : at + 1000]


async def test_what_is_stored_counts_and_what_is_deleted_does_not(runtime: Runtime, server: StorageServer) -> None:
    """In one's own folder and in those of one's projects, replaced or not; another user has his own quota."""
    assert (await put(server, "a", 6000)).status_code == 200
    assert refused(await put(server, "b", 4001), 6000)
    assert refused(await put(server, "b", 4001, folder=server.studio.project_id), 6000)
    assert (await put(server, "b", 4000, folder=server.studio.project_id)).status_code == 200
    assert refused(await put(server, "a", 10), QUOTA), "the old file counts until the new one is there"
    stranger = server.stranger.user_id
    assert (await put(server, "a", QUOTA, folder=stranger, user=stranger)).status_code == 200
    gone = await server.http.delete(f"{OBJECT}/{BUCKET}/{server.mine}/a", headers=server.headers)
    assert gone.status_code == 200
    assert (await put(server, "a", 5000)).status_code == 200
    assert (await put(server, "a", 500)).status_code == 200
    assert await counted(runtime, server) == (4500, 0)


async def test_a_path_that_was_written_first_counts(server: StorageServer) -> None:
    """Below uploads/ no folder names an owner: what the user wrote there is his, and another's is not."""
    stranger = server.stranger.user_id
    assert (await put(server, "s", 6000, folder="uploads/node-2", user=stranger, bucket=NODES)).status_code == 200
    assert (await put(server, "a", 6000, folder="uploads/node-1", bucket=NODES)).status_code == 200
    assert refused(await put(server, "b", 4001), 6000)
    assert refused(await put(server, "b", 4001, folder="uploads/node-1", bucket=NODES), 6000)


async def test_every_door(runtime: Runtime, server: StorageServer) -> None:
    """Raw, in pieces, in a form, signed, as an asset, as a copy: 413 with both numbers, and nothing is stored."""
    assert (await put(server, "a", 6000)).status_code == 200
    too_much, headers = picture(5000), server.headers
    there = f"{OBJECT}/{BUCKET}/{server.mine}/x"
    signed = await server.http.post(there.replace(OBJECT, f"{OBJECT}/upload/sign"), headers=headers)
    asset = {"assetType": "image", "file": {"name": "x", "base64": base64.b64encode(too_much).decode()}}
    form = {"file": ("x.png", too_much, "image/png")}
    copy = {"bucketId": BUCKET, "sourceKey": f"{server.mine}/a", "destinationKey": f"{server.mine}/b"}
    asset_body = httpx.Request("POST", "http://x", json=asset).content
    kind = {**headers, "content-type": "application/json"}
    for answer in (
        await server.http.post(there, content=too_much, headers=headers),
        await server.http.put(there, content=too_much, headers=headers),
        await server.http.post(there, content=in_pieces(too_much), headers=headers),
        await server.http.post(there, files=form, headers=headers),
        await server.http.put(f"/storage/v1{signed.json()['url']}", content=too_much),
        await server.http.post("/functions/v1/upload", files=form, headers=headers),
        await server.http.post("/functions/v1/asset-upload", content=asset_body, headers=kind),
        await server.http.post("/functions/v1/asset-upload", content=in_pieces(asset_body), headers=kind),
        await server.http.post(f"{OBJECT}/copy", json=copy, headers=headers),
    ):
        assert refused(answer, 6000), (answer.request.url, answer.status_code, answer.text)
    assert await counted(runtime, server) == (6000, 0)
    moved = await server.http.post(f"{OBJECT}/move", json=copy, headers=headers)
    assert moved.status_code == 200, "a move stores nothing more"
    assert len(server.files()) == 1


async def test_many_at_once_take_no_more_than_there_is(runtime: Runtime, server: StorageServer) -> None:
    """Each has taken its room before it is read: three of eight fit, whichever they are."""
    answers = await asyncio.gather(*(put(server, str(n), 3000) for n in range(8)))
    assert len([answer for answer in answers if answer.status_code == 200]) == len(server.files())
    assert 1 <= len(server.files()) <= 3
    (used, rooms) = await counted(runtime, server)
    assert (used, rooms) == (3000 * len(server.files()), 0)


async def test_what_a_run_makes_counts_and_is_never_refused(runtime: Runtime, server: StorageServer) -> None:
    """It has been paid for."""
    store = server.app.state.services.runtime.storage
    await store.put_bytes(BUCKET, f"{server.mine}/made.png", picture(QUOTA + 1), content_type="image/png")
    assert refused(await put(server, "a", 10), QUOTA + 1)
    assert await counted(runtime, server) == (QUOTA + 1, 0)


async def test_room_of_a_process_that_died(runtime: Runtime, server: StorageServer) -> None:
    """It is given back when no upload can last any longer."""
    async with runtime.begin() as tx:
        await tx.execute(
            text("""insert into wzrd.stored_bytes (bucket, path, folder, bytes, until)
                values ('', :path, :user, 9999, clock_timestamp() - interval '1 second')"""),
            {"path": str(uuid.uuid4()), "user": server.mine},
        )
    assert (await put(server, "a", 6000)).status_code == 200
    assert await counted(runtime, server) == (6000, 0)


async def test_without_a_quota_nothing_is_counted(runtime: Runtime, tmp_path: Path) -> None:
    """The embedded stack has none."""
    async with open_storage_server(runtime, tmp_path) as server:
        assert (await put(server, "a", 2 * QUOTA)).status_code == 200
        assert await counted(runtime, server) == (0, 0)
