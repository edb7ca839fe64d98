"""Uploads of the studio's nodes, as its client sends them, and what a stranger tries on their paths."""

import asyncio
import json
import unicodedata
import uuid
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pytest
from sqlalchemy import text
from storage3.exceptions import StorageApiError

from server.fakes import open_fakes
from tests.rows import make_studio
from tests.server.api.storage_server import JPEG, OBJECT, PNG, StorageServer, open_storage_server
from tests.server.served import bearer
from tests.waiting import until
from wzrd.db.path_owners import claim_path
from wzrd.domain.buckets import find_bucket, path_key
from wzrd.domain.errors import Unavailable
from wzrd.runtime.process import Runtime, make_storage
from wzrd.settings import Settings
from wzrd.storage.local import LocalStorage
from wzrd.storage.protocol import StorageFull, StoredFile

pytestmark = pytest.mark.usefixtures("module_runtime")

MEDIA = "workflow-media"
UPSERT = {"x-upsert": "true"}


@dataclass(slots=True)
class HeldStore(LocalStorage):
    """A store in which puts wait for each other once their bytes have come, and fail as they are told to."""

    together: int = 1
    failing: list[BaseException] = field(default_factory=list[BaseException])
    keeps_failed: bool = False
    _arrived: int = 0
    _all: asyncio.Event = field(default_factory=asyncio.Event)

    async def put_stream(
        self, bucket: str, path: str, chunks: AsyncIterable[bytes], *, content_type: str, replace: bool = True
    ) -> StoredFile:
        """Store it with all the others."""
        self._arrived += 1
        if self._arrived == self.together:
            self._all.set()
        await self._all.wait()
        error = self.failing.pop() if self.failing else None
        if error is not None and not self.keeps_failed:
            async for _ in chunks:
                pass
            raise error
        stored = await LocalStorage.put_stream(self, bucket, path, chunks, content_type=content_type, replace=replace)
        if error is not None:
            raise error
        return stored


@pytest.fixture
async def server(runtime: Runtime, tmp_path: Path) -> AsyncGenerator[StorageServer]:
    """The application over an empty store."""
    async with open_storage_server(runtime, tmp_path) as made:
        yield made


@pytest.fixture
async def held(runtime: Runtime, tmp_path: Path) -> AsyncGenerator[tuple[StorageServer, HeldStore]]:
    """A storage server over a store that a test holds, and that store."""
    store = HeldStore(tmp_path / "held", "http://wzrd.test")
    async with open_storage_server(runtime, tmp_path, other=store) as made:
        yield made, store


def node_path(name: str = "1732790000000-take 1.png") -> str:
    """Where a node of the studio puts its file."""
    return f"uploads/{uuid.uuid4()}/{name}"


async def send(
    server: StorageServer, user_id: uuid.UUID, path: str, data: bytes = PNG, *, method: str = "POST", **headers: str
) -> httpx.Response:
    """A file in a form, as a browser's client sends it; replacing, unless told otherwise."""
    form = {"cacheControl": (None, "3600"), "": ("blob", data, "image/png" if data.startswith(PNG) else "image/jpeg")}
    sent = {**UPSERT, "apikey": "anon", "x-client-info": "supabase-js-web/2.57.4", **bearer(user_id), **headers}
    url = f"{OBJECT}/{MEDIA}/{quote(path)}"
    return await server.http.request(method, url, files=form, headers=sent)


async def owners(server: StorageServer, *paths: str) -> list[tuple[uuid.UUID, int]]:
    """Whose the paths are, and how many puts are under way there."""
    statement = text("select user_id, writing from wzrd.path_owners where key = any(:keys) order by path")
    keys = [path_key(path) for path in paths]
    async with server.app.state.services.runtime.begin() as tx:
        return [(row.user_id, row.writing) for row in await tx.execute(statement, {"keys": keys})]


async def test_a_node_uploads(server: StorageServer) -> None:
    """The studio's own request: a preflight, a form with `x-upsert: true`; read by its public address; replaced."""
    me, path = server.studio.user_id, node_path()
    asked = {"origin": "http://studio", "access-control-request-method": "POST"}
    preflight = await server.http.options(f"{OBJECT}/{MEDIA}/{path}", headers=asked)
    assert "x-upsert" in preflight.headers["access-control-allow-headers"]
    answer = await send(server, me, path)
    assert (answer.status_code, answer.json()["Key"]) == (200, f"{MEDIA}/{path}")
    bucket = server.client().from_(MEDIA)
    url = await bucket.get_public_url(path)
    assert (await server.http.get(url)).content == PNG
    assert (await send(server, me, path, JPEG)).status_code == 200
    assert (await send(server, me, path, PNG, method="PUT")).status_code == 200
    kept = await send(server, me, path, JPEG, **{"x-upsert": "false"})
    assert (kept.status_code, kept.json()["error"]) == (409, "Duplicate")
    assert (await server.http.get(url)).content == PNG
    assert await owners(server, path) == [(me, 0)]


async def test_a_strangers_hands(server: StorageServer) -> None:
    """Nobody else writes, deletes, moves, copies, signs or lists it, by any of the addresses; everybody reads it."""
    me, other, path = server.studio.user_id, server.stranger.user_id, node_path()
    await send(server, me, path)
    for method in ("POST", "PUT"):
        answer = await send(server, other, path, JPEG, method=method)
        assert (answer.status_code, answer.json()["error"]) == (403, "Unauthorized")
    theirs = server.client(other).from_(MEDIA)
    assert await theirs.remove([path]) == []
    free = node_path("mine.png")
    assert (await send(server, other, free)).status_code == 200
    tries = [
        (theirs.move(path, f"{other}/x.png"), "404"),
        (theirs.copy(path, f"{other}/x.png"), "404"),
        (theirs.move(free, path), "403"),
        (theirs.copy(free, path), "403"),
        (theirs.create_signed_url(path, 60), "404"),
        (theirs.create_signed_upload_url(path), "403"),
    ]
    for calling, status in tries:
        with pytest.raises(StorageApiError) as caught:
            await calling
        assert str(caught.value.status) == status
    forced = {"bucketId": MEDIA, "sourceKey": free, "destinationKey": path}
    answer = await server.http.post(f"{OBJECT}/copy", json=forced, headers={**bearer(other), **UPSERT})
    assert answer.status_code == 403
    deleted = await server.http.delete(f"{OBJECT}/{MEDIA}/{quote(path)}", headers=bearer(other))
    assert (deleted.status_code, deleted.json()["error"]) == (404, "not_found")
    assert [row["signedURL"] for row in await theirs.create_signed_urls([path], 60)] == [None]
    assert await theirs.list(path.rpartition("/")[0]) == []
    assert [row["name"] for row in await theirs.list()] == ["uploads"], "his own file"
    assert (await server.http.get(await theirs.get_public_url(path))).content == PNG
    assert (await owners(server, path))[0][0] == me


async def test_his_own_hands(server: StorageServer) -> None:
    """Who has written it lists, signs, copies, moves and deletes it, one or many, as a file of his own folder."""
    me, bucket = server.studio.user_id, server.client().from_(MEDIA)
    first = node_path("b.png")
    folder = first.rpartition("/")[0]
    for path in (first, f"{folder}/a.png", f"{folder}/deep/c.png"):
        assert (await send(server, me, path)).status_code == 200
    await send(server, server.stranger.user_id, f"{folder}/theirs.png")
    assert [row["name"] for row in await bucket.list(folder)] == ["deep", "a.png", "b.png"]
    oldest = await bucket.list(folder, {"sortBy": {"column": "updated_at", "order": "asc"}})
    assert [row["name"] for row in oldest] == ["deep", "b.png", "a.png"]
    assert [row["name"] for row in await bucket.list(folder, {"limit": 1, "offset": 1})] == ["a.png"]
    assert [row["name"] for row in await bucket.list(folder, {"search": "B"})] == ["b.png"]
    assert [row["name"] for row in await bucket.list("uploads")] == [folder.removeprefix("uploads/")]
    assert [row["name"] for row in await bucket.list()] == ["uploads"]
    url = (await bucket.create_signed_url(first, 60))["signedUrl"]
    assert url is not None
    assert (await server.http.get(url)).content == PNG
    await bucket.copy(first, f"{me}/kept.png")
    moved = node_path("moved.png")
    await bucket.move(first, moved)
    assert not await bucket.exists(first)
    assert [row["name"] for row in await bucket.list(folder)] == ["deep", "a.png"]
    gone = await bucket.remove([moved, f"{folder}/theirs.png", f"{folder}/deep/c.png", "uploads/../x"])
    assert [row["name"] for row in gone] == [moved, f"{folder}/deep/c.png"]
    assert [row["name"] for row in await bucket.list(folder)] == ["a.png"]


async def test_of_many_first_writers_one_wins(held: tuple[StorageServer, HeldStore]) -> None:
    """All have passed the look for an owner before any has the path: one stores his file, the others are refused."""
    server, store = held
    store.together = 8
    path = node_path()
    users = [(await make_studio(server.app.state.services.runtime)).user_id for _ in range(store.together)]
    pictures = {user: PNG + bytes([n]) * 50_000 for n, user in enumerate(users)}
    answers = await asyncio.gather(*(send(server, user, path, data) for user, data in pictures.items()))
    assert sorted(answer.status_code for answer in answers) == [200] + [403] * (store.together - 1)
    winner = next(user for user, answer in zip(users, answers, strict=True) if answer.status_code == 200)
    async with store.open(MEDIA, path) as opened:
        assert b"".join([chunk async for chunk in opened.chunks]) == pictures[winner]
    assert await owners(server, path) == [(winner, 0)]
    for user in users:
        again = await send(server, user, path, pictures[user])
        assert again.status_code == (200 if user == winner else 403)


async def test_a_body_that_breaks_off_owns_nothing(server: StorageServer) -> None:
    """Half a file claims nothing: whoever sends a whole one is first."""
    me, other, path = server.studio.user_id, server.stranger.user_id, node_path()
    address = urlsplit(str(server.http.base_url))
    _, writer = await asyncio.open_connection(address.hostname, address.port)
    token = bearer(me)["authorization"]
    head = f"POST {OBJECT}/{MEDIA}/{quote(path)} HTTP/1.1\r\nhost: x\r\nauthorization: {token}\r\n"
    writer.write(f"{head}content-length: 1000000\r\n\r\n".encode() + PNG)
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    broken = [
        await send(server, me, path, b"<html><script></script>"),
        await send(server, me, path, b""),
    ]
    assert [answer.status_code for answer in broken] == [415, 415]
    assert await owners(server, path) == []
    assert (await send(server, other, path)).status_code == 200
    assert (await send(server, me, path)).status_code == 403


async def test_a_put_that_fails_gives_the_path_back(held: tuple[StorageServer, HeldStore]) -> None:
    """A store that is full has kept nothing, and the path is free; one that does not answer may have kept it."""
    server, store = held
    me, other, path = server.studio.user_id, server.stranger.user_id, node_path()
    store.failing = [StorageFull("no room")]
    assert (await send(server, me, path)).status_code == 507
    assert await owners(server, path) == []
    assert (await send(server, other, path)).status_code == 200
    unsure = node_path()
    store.failing = [Unavailable("out of reach", retry_after=1)]
    assert (await send(server, me, unsure)).status_code == 503
    assert await owners(server, unsure) == [(me, 0)], "it may be there: the path stays whose it is"
    assert (await send(server, other, unsure)).status_code == 403
    assert (await send(server, me, unsure)).status_code == 200
    kept, store.keeps_failed = node_path(), True
    store.failing = [StorageFull("after it was stored")]
    assert (await send(server, me, kept)).status_code == 507
    assert (await send(server, other, kept)).status_code == 403, "the file is there, whatever the store says"


async def test_of_ones_own_two_puts_one_may_fail(held: tuple[StorageServer, HeldStore]) -> None:
    """The other one's file has its owner all the same."""
    server, store = held
    store.together, store.failing = 2, [StorageFull("no room")]
    me, path = server.studio.user_id, node_path()
    answers = await asyncio.gather(send(server, me, path), send(server, me, path))
    assert sorted(answer.status_code for answer in answers) == [200, 507]
    assert await owners(server, path) == [(me, 0)]
    assert (await send(server, server.stranger.user_id, path)).status_code == 403


async def test_a_process_that_died_in_the_middle(server: StorageServer) -> None:
    """A claim whose end nobody has written keeps the path for its user, who may write it at any time."""
    me, path = server.studio.user_id, node_path()
    async with server.app.state.services.runtime.begin() as tx:
        assert await claim_path(tx, MEDIA, path, path_key(path), me)
    assert (await send(server, server.stranger.user_id, path)).status_code == 403
    assert (await send(server, me, path)).status_code == 200
    assert await owners(server, path) == [(me, 1)]
    assert (await send(server, me, path, JPEG)).status_code == 200


async def test_a_file_that_nobody_is_known_to_have_written(server: StorageServer) -> None:
    """Nobody may write it; unless the folder below `uploads` is a user's own, or of a project of his."""
    me, other = server.studio.user_id, server.stranger.user_id
    left = node_path()
    await server.store.put_bytes(MEDIA, left, JPEG, content_type="image/jpeg")
    for user in (me, other):
        for method in ("POST", "PUT"):
            assert (await send(server, user, left, method=method)).status_code == 403
        assert await server.client(user).from_(MEDIA).remove([left]) == []
    assert (await server.store.stat(MEDIA, left)).size == len(JPEG)
    for mine in (str(me), str(server.studio.project_id)):
        path = f"uploads/{mine}/old.png"
        await server.store.put_bytes(MEDIA, path, JPEG, content_type="image/jpeg")
        assert (await send(server, other, path)).status_code == 403
        assert (await send(server, me, path)).status_code == 200
        assert await owners(server, path) == [(me, 0)]
        assert (await send(server, me, path, JPEG)).status_code == 200


async def test_a_file_that_comes_in_between(held: tuple[StorageServer, HeldStore]) -> None:
    """A file that somebody else stored while the bytes came stays, and the path has no owner."""
    server, store = held
    me, path = server.studio.user_id, node_path()
    store.together = 2
    waiting = asyncio.create_task(send(server, me, path))
    await until(lambda: store._arrived != 0, every=0)
    await LocalStorage.put_stream(store, MEDIA, path, _bytes(JPEG), content_type="image/jpeg")
    await send(server, me, node_path())
    assert (await waiting).status_code == 403
    assert (await store.stat(MEDIA, path)).size == len(JPEG)
    assert await owners(server, path) == []


async def _bytes(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def test_deleted_and_written_again(server: StorageServer) -> None:
    """The path stays whose it was: nobody puts his file at an address that another has given away."""
    me, other, path = server.studio.user_id, server.stranger.user_id, node_path()
    await send(server, me, path)
    bucket = server.client().from_(MEDIA)
    assert [row["name"] for row in await bucket.remove([path])] == [path]
    assert (await send(server, other, path)).status_code == 403
    assert (await server.http.get(await bucket.get_public_url(path))).status_code == 404
    assert (await send(server, me, path, JPEG)).status_code == 200
    assert [row["name"] for row in await bucket.list(path.rpartition("/")[0])] == [path.rpartition("/")[2]]


async def test_the_owner_is_gone(server: StorageServer) -> None:
    """A path of a user who is deleted, with his projects, is nobody's to take."""
    me, path = server.studio.user_id, node_path()
    await send(server, me, path)
    async with server.app.state.services.runtime.begin() as tx:
        for statement in (
            "delete from public.projects where user_id = :me",
            "delete from public.user_credits where user_id = :me",
            "delete from wzrd.users where id = :me",
        ):
            await tx.execute(text(statement), {"me": me})
    assert (await send(server, server.stranger.user_id, path, JPEG)).status_code == 403
    assert (await server.http.get(f"{OBJECT}/public/{MEDIA}/{quote(path)}")).content == PNG


async def test_a_signed_address_to_upload_to(server: StorageServer) -> None:
    """It takes the path for its signer, if nobody was sooner."""
    me, other, path, lost = server.studio.user_id, server.stranger.user_id, node_path(), node_path()
    bucket = server.client().from_(MEDIA)
    for where in (path, lost):
        signed = await bucket.create_signed_upload_url(where)
        if where == lost:
            assert (await send(server, other, lost, JPEG)).status_code == 200
        address = f"{OBJECT}/upload/sign/{MEDIA}/{quote(where)}?token={signed['token']}"
        answer = await server.http.put(address, content=PNG)
        assert answer.status_code == (403 if where == lost else 200)
    assert await owners(server, path) == [(me, 0)]
    assert await owners(server, lost) == [(other, 0)]


TRICKS: tuple[Callable[[str], str], ...] = (
    lambda path: path.upper(),
    lambda path: path.replace("uploads/", "Uploads/"),
    lambda path: path.replace("/n", "/N"),
    lambda path: path.replace("é", "É"),
    lambda path: unicodedata.normalize("NFD", path),
    lambda path: path.replace("uploads/", "uploads//"),
    lambda path: path.replace("uploads/", "uploads/./"),
    lambda path: path.replace("uploads/", "uploads/x/../"),
    lambda path: path.replace("uploads/", "x/../uploads/"),
    lambda path: f"/{path}",
    lambda path: f"{path}/",
    lambda path: f"{path}.",
    lambda path: f"{path} ",
    lambda path: path.replace("/", "\\"),
    lambda path: path.replace(".png", ".png\0.jpg"),
    lambda path: path.replace("straße", "strasse"),
)


@pytest.mark.parametrize("trick", TRICKS)
async def test_other_spellings_of_a_path(server: StorageServer, trick: Callable[[str], str]) -> None:
    """None of them reaches the file, or gives its name away on a file system that takes two spellings for one."""
    me, other = server.studio.user_id, server.stranger.user_id
    path = f"uploads/n{uuid.uuid4()}/straße-é.png"
    assert (await send(server, me, path)).status_code == 200
    spelled = trick(path)
    assert spelled != path
    encoded = (spelled, "".join(f"%{byte:02X}" for byte in spelled.encode()))
    address = urlsplit(str(server.http.base_url))
    for method in ("POST", "PUT", "DELETE"):
        for way in (quote(encoded[0]), encoded[1]):
            reader, writer = await asyncio.open_connection(address.hostname, address.port)
            head = f"{method} {OBJECT}/{MEDIA}/{way} HTTP/1.1\r\nhost: x\r\nx-upsert: true\r\nconnection: close\r\n"
            token = bearer(other)["authorization"]
            writer.write(f"{head}authorization: {token}\r\ncontent-length: {len(JPEG)}\r\n\r\n".encode() + JPEG)
            async with asyncio.timeout(60):
                answer = await reader.read(-1)
            writer.close()
            told = json.loads(answer.partition(b"\r\n\r\n")[2])
            assert told["statusCode"] in {"400", "403", "404"}, (spelled, told)
    assert server.files() == [f"{MEDIA}/{path}"]
    assert (await server.store.stat(MEDIA, path)).size == len(PNG)
    assert await owners(server, path) == [(me, 0)]


async def test_ones_own_other_spelling(server: StorageServer) -> None:
    """403 as well: it would be one file on some machines, and two on others."""
    me, path = server.studio.user_id, node_path("a.png")
    await send(server, me, path)
    assert (await send(server, me, path.replace("a.png", "A.png"))).status_code == 403


async def test_only_there(server: StorageServer) -> None:
    """No other bucket has such paths, and no other folder of this one."""
    name = str(uuid.uuid4())
    for bucket, first in (("project-assets", "uploads"), (MEDIA, "upload"), (MEDIA, "shots"), (MEDIA, "uploads.")):
        url = f"{OBJECT}/{bucket}/{first}/{name}/x.png"
        answer = await server.http.post(url, content=PNG, headers={**server.headers, "content-type": "image/png"})
        assert answer.status_code in {400, 403}
    answer = await server.http.post(f"{OBJECT}/{MEDIA}/uploads", content=PNG, headers=server.headers)
    assert answer.status_code == 403, "the folder itself is no path below it"
    assert find_bucket(MEDIA).owning_folder("uploads/a/b") == "a"
    assert find_bucket(MEDIA).owning_folder("uploads/b") == ""


async def test_the_same_over_supabase_storage(runtime: Runtime, tmp_path: Path) -> None:
    """Where files are kept in Supabase Storage the rules are the same."""
    async with open_fakes() as fakes:
        told = {**fakes.environment(), "WZRD_STORAGE": "supabase", "WZRD_HOME": str(tmp_path)}
        store = make_storage(Settings.model_validate(told))
        async with aclosing(store), open_storage_server(runtime, tmp_path, other=store) as server:
            me, other, path = server.studio.user_id, server.stranger.user_id, node_path("映画.png")
            await store.put_bytes(MEDIA, node_path(), PNG, content_type="image/png")
            answers = await asyncio.gather(send(server, me, path), send(server, other, path))
            assert sorted(answer.status_code for answer in answers) == [200, 403]
            winner, loser = (me, other) if answers[0].status_code == 200 else (other, me)
            assert (await send(server, winner, path, JPEG)).status_code == 200
            assert await server.client(loser).from_(MEDIA).remove([path]) == []
            folder, _, name = path.rpartition("/")
            assert [row["name"] for row in await server.client(winner).from_(MEDIA).list(folder)] == [name]
