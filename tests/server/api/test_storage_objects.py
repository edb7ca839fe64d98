"""Reading, listing, signing, moving and deleting as Supabase's own client does it, and as a stranger tries to."""

import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import jwt
import pytest
from storage3.exceptions import StorageApiError

from server.fakes import open_fakes
from tests.server.api.storage_server import BUCKET, JPEG, MP3, OBJECT, PNG, StorageServer, open_storage_server
from tests.server.conftest import SECRET
from tests.server.served import bearer
from wzrd.domain.errors import NotConfigured
from wzrd.runtime.process import Runtime, make_storage
from wzrd.settings import Settings
from wzrd.storage.signed_urls import BadToken, UrlSigner

pytestmark = pytest.mark.usefixtures("module_runtime")


@pytest.fixture
async def server(runtime: Runtime, tmp_path: Path) -> AsyncGenerator[StorageServer]:
    """The application over an empty store."""
    async with open_storage_server(runtime, tmp_path) as made:
        yield made


async def put(server: StorageServer, *names: str, bucket: str = BUCKET, data: bytes = PNG) -> list[str]:
    """Files in the user's own folder."""
    paths = [f"{server.mine}/{name}" for name in names]
    for path in paths:
        await server.store.put_bytes(
            bucket, path, data, content_type="audio/mpeg" if bucket == "audio" else "image/png"
        )
    return paths


async def test_private_files_are_read_with_a_token(server: StorageServer) -> None:
    """Both addresses, with ranges, tags and HEAD as public files have them; kept by no shared cache."""
    (path,) = await put(server, "voice.mp3", bucket="audio", data=MP3)
    for url in (f"{OBJECT}/authenticated/audio/{path}", f"{OBJECT}/audio/{path}"):
        whole = await server.http.get(url, headers=server.headers)
        assert (whole.status_code, whole.content) == (200, MP3)
        assert whole.headers["cache-control"] == "private, no-cache"
        part = await server.http.get(url, headers={**server.headers, "range": "bytes=1-3"})
        assert (part.status_code, part.content) == (206, MP3[1:4])
        known = await server.http.get(url, headers={**server.headers, "if-none-match": whole.headers["etag"]})
        assert known.status_code == 304
        head = await server.http.head(url, headers=server.headers)
        assert (head.status_code, head.headers["content-length"]) == (200, str(len(MP3)))
        beyond = await server.http.get(url, headers={**server.headers, "range": "bytes=9999-"})
        assert (beyond.status_code, beyond.json()["error"]) == (416, "range_not_satisfiable")
        stranger = await server.http.get(url, headers=bearer(server.stranger.user_id))
        assert (stranger.status_code, stranger.json()["error"]) == (404, "not_found")
    assert (await server.http.get(f"{OBJECT}/authenticated/audio/{path}")).status_code == 401


async def test_public_files_need_no_token(server: StorageServer) -> None:
    """Whoever knows the path reads it, by the address without `public` as well; a token that is there must be right."""
    (path,) = await put(server, "a.png")
    url = f"{OBJECT}/{BUCKET}/{path}"
    assert (await server.http.get(url)).content == PNG
    assert (await server.http.get(url, headers=bearer(server.stranger.user_id))).content == PNG
    assert (await server.http.get(url, headers={"authorization": "Bearer no"})).status_code == 401
    assert (await server.http.get(await server.client().from_(BUCKET).get_public_url(path))).content == PNG


async def test_what_is_known_of_a_file(server: StorageServer) -> None:
    """`info` tells size, type, tag and times; `exists` says whether it is there."""
    (path,) = await put(server, "a.png")
    bucket = server.client().from_(BUCKET)
    told = await bucket.info(path)
    assert (told["name"], told["bucket_id"], told["size"], told["content_type"]) == (
        path,
        BUCKET,
        len(PNG),
        "image/png",
    )
    assert abs(datetime.fromisoformat(told["last_modified"]) - datetime.now(UTC)) < timedelta(minutes=1)
    uuid.UUID(told["id"])
    assert await bucket.exists(path)
    assert not await bucket.exists(f"{server.mine}/absent")
    await put(server, "v.mp3", bucket="audio")
    theirs = server.client(server.stranger.user_id).from_("audio")
    assert not await theirs.exists(f"{server.mine}/v.mp3")


async def test_a_folder_is_listed(server: StorageServer) -> None:
    """Folders first, then files, in the order and by the page that is asked for; empty folders are none."""
    await put(server, "b.png", "a.png", "C.png", "deep/x/1.png", "zz/2.png")
    gone = (await put(server, "gone/3.png"))[0]
    bucket = server.client().from_(BUCKET)
    assert await bucket.remove([gone])
    listed = await bucket.list(server.mine)
    assert [row["name"] for row in listed] == ["deep", "zz", "C.png", "a.png", "b.png"]
    assert listed[0] == dict.fromkeys(listed[0], None) | {"name": "deep"}
    assert (listed[-1]["metadata"]["size"], listed[-1]["metadata"]["mimetype"]) == (len(PNG), "image/png")
    assert listed[-1]["id"] == (await bucket.info(f"{server.mine}/b.png"))["id"]
    assert [row["name"] for row in await bucket.list(f"{server.mine}/deep/")] == ["x"]
    assert [row["name"] for row in await bucket.list(server.mine, {"limit": 2, "offset": 2})] == ["C.png", "a.png"]
    assert [row["name"] for row in await bucket.list(server.mine, {"search": "A"})] == ["a.png"]
    backwards = await bucket.list(server.mine, {"sortBy": {"column": "name", "order": "desc"}})
    assert [row["name"] for row in backwards] == ["zz", "deep", "b.png", "a.png", "C.png"]
    newest = await bucket.list(server.mine, {"sortBy": {"column": "updated_at", "order": "desc"}})
    assert [row["name"] for row in newest[2:]] == ["C.png", "a.png", "b.png"]
    assert await bucket.list(f"{server.mine}/nothing") == []


async def test_a_bucket_is_listed_for_its_caller(server: StorageServer) -> None:
    """Without a folder: the caller's own and his projects', as far as something is there; a stranger's is empty."""
    await put(server, "a.png")
    project = str(server.studio.project_id)
    await server.store.put_bytes(BUCKET, f"{project}/p.png", PNG, content_type="image/png")
    await server.store.put_bytes(BUCKET, f"{server.stranger.user_id}/s.png", PNG, content_type="image/png")
    bucket = server.client().from_(BUCKET)
    assert [row["name"] for row in await bucket.list()] == sorted([server.mine, project])
    assert await bucket.list(str(server.stranger.user_id)) == []
    assert [row["name"] for row in await bucket.list(project)] == ["p.png"]
    theirs = server.client(server.stranger.user_id).from_(BUCKET)
    assert await theirs.list(project) == []


async def test_files_are_deleted(server: StorageServer) -> None:
    """One or many; the answer names what was there, a stranger's is not there, and stays."""
    one, two, three = await put(server, "1.png", "2.png", "3.png")
    theirs = f"{server.stranger.user_id}/s.png"
    await server.store.put_bytes(BUCKET, theirs, PNG, content_type="image/png")
    bucket = server.client().from_(BUCKET)
    gone = await bucket.remove([one, two, one, theirs, f"{server.mine}/absent", f"{server.mine}/../x"])
    assert [row["name"] for row in gone] == [one, two]
    assert [(row["bucket_id"], row["metadata"]["size"]) for row in gone] == [(BUCKET, len(PNG))] * 2
    url = f"{OBJECT}/{BUCKET}/"
    assert (await server.http.delete(url + three, headers=server.headers)).json() == {"message": "Successfully deleted"}
    for path in (three, theirs):
        answer = await server.http.delete(url + path, headers=server.headers)
        assert (answer.status_code, answer.json()["error"]) == (404, "not_found")
    assert server.files() == [f"{BUCKET}/{theirs}"]


async def test_files_are_moved_and_copied(server: StorageServer) -> None:
    """With type and bytes; what is there stays; between folders that are all the caller's, and no others."""
    (path,) = await put(server, "a.png")
    bucket = server.client().from_(BUCKET)
    project = f"{server.studio.project_id}/b.png"
    assert (await bucket.copy(path, project))["Key"] == f"{BUCKET}/{project}"
    assert (await bucket.move(path, f"{server.mine}/c.png"))["message"] == "Successfully moved"
    assert not await bucket.exists(path)
    assert await bucket.download(project) == await bucket.download(f"{server.mine}/c.png") == PNG
    assert (await bucket.info(project))["content_type"] == "image/png"
    theirs = f"{server.stranger.user_id}/s.png"
    await server.store.put_bytes(BUCKET, theirs, JPEG, content_type="image/jpeg")
    refused: list[tuple[str, str, str]] = [
        (project, f"{server.mine}/c.png", "409"),
        (project, project, "409"),
        (theirs, f"{server.mine}/mine.png", "404"),
        (project, f"{server.stranger.user_id}/x.png", "403"),
        (f"{server.mine}/absent", f"{server.mine}/x.png", "404"),
        (project, f"{server.mine}/../x", "400"),
    ]
    for source, target, status in refused:
        for action in (bucket.copy, bucket.move):
            with pytest.raises(StorageApiError) as caught:
                await action(source, target)
            assert caught.value.status == status, (source, target)
    body = {"bucketId": BUCKET, "sourceKey": project, "destinationKey": project, "destinationBucket": "audio"}
    answer = await server.http.post(f"{OBJECT}/copy", json=body, headers=server.headers)
    assert (answer.status_code, answer.json()["error"]) == (415, "invalid_mime_type")
    assert len(server.files()) == 3


async def test_signed_addresses(server: StorageServer) -> None:
    """Whoever has one reads the file, and that alone, until it expires; also private ones, with ranges, to be saved."""
    (path,) = await put(server, "a b/voice é.mp3", bucket="audio", data=MP3)
    bucket = server.client().from_("audio")
    signed = await bucket.create_signed_url(path, 60, {"download": "take 1.mp3"})
    url = signed["signedUrl"]
    assert url is not None
    answer = await server.http.get(url, headers={"range": "bytes=0-2"})
    assert (answer.status_code, answer.content) == (206, MP3[:3])
    assert 'filename="take 1.mp3"' in answer.headers["content-disposition"]
    quoted_again = url.replace("%", "%25")  # as supabase-js does it
    assert (await server.http.get(quoted_again)).content == MP3
    (other,) = await put(server, "other.mp3", bucket="audio")
    token = httpx.URL(url).params["token"]
    assert token.count(".") == 2
    for target, given in (
        (f"{OBJECT}/sign/audio/{other}", token),
        (f"{OBJECT}/sign/audio/{path}", token[:-3] + "abc"),
        (f"{OBJECT}/sign/audio/{path}", ""),
        (f"{OBJECT}/sign/audio/{path}", server.headers["authorization"].removeprefix("Bearer ")),
        (f"{OBJECT}/upload/sign/audio/{path}", token),
    ):
        method = "PUT" if "upload" in target else "GET"
        refused = await server.http.request(method, target, params={"token": given})
        assert (refused.status_code, refused.json()["error"]) == (400, "InvalidJWT")
    assert (await server.http.get(f"{OBJECT}/list", headers={"authorization": f"Bearer {token}"})).status_code != 200
    who = await server.http.get(f"{OBJECT}/audio/{path}", headers={"authorization": f"Bearer {token}"})
    assert who.status_code == 401, "it is no user's token"


async def test_several_addresses_at_once(server: StorageServer) -> None:
    """One row a path, in order; what is not there and what is a stranger's is told alike."""
    one, two = await put(server, "1.png", "2.png")
    theirs = f"{server.stranger.user_id}/s.png"
    await server.store.put_bytes(BUCKET, theirs, PNG, content_type="image/png")
    bucket = server.client().from_(BUCKET)
    rows = await bucket.create_signed_urls([one, theirs, two, "../x"], 60)
    assert [row["path"] for row in rows] == [one, theirs, two, "../x"]
    assert [row["error"] is None for row in rows] == [True, False, True, False]
    assert rows[1]["error"] == rows[3]["error"]
    url = rows[0]["signedUrl"]
    assert url is not None
    assert (await server.http.get(url)).content == PNG
    for status, path in (("404", theirs), ("404", f"{server.mine}/absent"), ("400", f"{server.mine}/a:b")):
        with pytest.raises(StorageApiError) as caught:
            await bucket.create_signed_url(path, 60)
        assert caught.value.status == status


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", f"{OBJECT}/sign/{BUCKET}/x", {"expiresIn": 0}),
        ("POST", f"{OBJECT}/sign/{BUCKET}/x", {"expiresIn": "soon"}),
        ("POST", f"{OBJECT}/sign/{BUCKET}/x", {}),
        ("POST", f"{OBJECT}/sign/{BUCKET}/x", {"expiresIn": 10**12}),
        ("POST", f"{OBJECT}/sign/{BUCKET}", {"expiresIn": 60, "paths": []}),
        ("POST", f"{OBJECT}/sign/{BUCKET}", {"expiresIn": 60, "paths": ["x"] * 1001}),
        ("POST", f"{OBJECT}/list/{BUCKET}", {"prefix": "x", "limit": 0}),
        ("POST", f"{OBJECT}/list/{BUCKET}", {"prefix": "x", "sortBy": {"column": "size"}}),
        ("POST", f"{OBJECT}/list/{BUCKET}", {}),
        ("DELETE", f"{OBJECT}/{BUCKET}", {"prefixes": []}),
        ("DELETE", f"{OBJECT}/{BUCKET}", {"prefixes": [1]}),
        ("POST", f"{OBJECT}/move", {"bucketId": BUCKET}),
        ("POST", f"{OBJECT}/copy", []),
    ],
)
async def test_bodies_that_do_not_fit(server: StorageServer, method: str, path: str, body: object) -> None:
    """400 in Supabase Storage's form, naming the field."""
    answer = await server.http.request(method, path, json=body, headers=server.headers)
    told = answer.json()
    assert (answer.status_code, told["statusCode"], told["error"]) == (400, "400", "InvalidRequest")
    assert told["message"]


async def test_the_buckets(server: StorageServer) -> None:
    """Supabase's client lists and reads them; they are fixed, and none else is there."""
    client = server.client()
    found = {bucket.id: bucket for bucket in await client.list_buckets()}
    assert {name: bucket.public for name, bucket in found.items()} == {
        "audio": False,
        "bible": False,
        "final-exports": True,
        "project-assets": True,
        "project-media": True,
        "user-uploads": True,
        "workflow-media": True,
        "worldview-takes": True,
    }
    audio = await client.get_bucket("audio")
    assert (audio.file_size_limit, audio.allowed_mime_types) == (50 << 20, ["audio/*"])
    with pytest.raises(StorageApiError) as caught:
        await client.get_bucket("avatars")
    assert (caught.value.status, caught.value.code) == ("404", "Bucket not found")
    assert (await server.http.get("/storage/v1/bucket")).status_code == 401


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_reserved_words_are_no_buckets(server: StorageServer, method: str) -> None:
    """Another route's address is 405 with a method that it has not, whoever asks."""
    for word in ("public", "authenticated", "info"):
        answer = await server.http.request(method, f"{OBJECT}/{word}/{BUCKET}/{server.mine}/x", headers=server.headers)
        assert answer.status_code == 405


class Now:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


def test_a_token_ends() -> None:
    """Good until its second, and not in it; another server's secret, and another algorithm, sign nothing."""
    now = Now()
    signer = UrlSigner.of(Settings.model_validate({"SUPABASE_JWT_SECRET": SECRET}), now)
    token = signer.sign("download", "b", "p", 60)
    now.at += timedelta(seconds=59)
    assert signer.verify("download", "b", "p", token)["url"] == "b/p"
    now.at += timedelta(seconds=1)
    with pytest.raises(BadToken, match="expired"):
        signer.verify("download", "b", "p", token)
    now.at -= timedelta(seconds=30)
    other = UrlSigner.of(Settings.model_validate({"WZRD_STORAGE_SECRET": "s" * 32}), now)
    claims = {"scope": "download", "url": "b/p", "exp": now.at.timestamp() + 60}
    unsigned = jwt.encode(claims, "", "none")
    plain = jwt.encode(claims, SECRET, "HS256")
    endless = jwt.encode({"scope": "download", "url": "b/p"}, signer.key, "HS256")
    for forged in (other.sign("download", "b", "p", 60), unsigned, plain, endless, "", "a.b.c"):
        with pytest.raises(BadToken):
            signer.verify("download", "b", "p", forged)
    with pytest.raises(BadToken):
        signer.verify("upload", "b", "p", token)
    with pytest.raises(NotConfigured, match="WZRD_STORAGE_SECRET"):
        UrlSigner.of(Settings.model_validate({}), now)


async def test_the_same_over_supabase_storage(runtime: Runtime, tmp_path: Path) -> None:
    """Where files are kept in Supabase Storage the addresses are the same, a name of any script included."""
    async with open_fakes() as fakes:
        told = {**fakes.environment(), "WZRD_STORAGE": "supabase", "WZRD_HOME": str(tmp_path)}
        store = make_storage(Settings.model_validate(told))
        async with aclosing(store), open_storage_server(runtime, tmp_path, other=store) as server:
            bucket, path = server.client().from_("audio"), f"{server.mine}/映画/take 1.mp3"
            await bucket.upload(path, MP3)
            with pytest.raises(StorageApiError, match="Duplicate"):
                await bucket.upload(path, MP3)
            assert await bucket.download(path) == MP3
            assert [row["name"] for row in await bucket.list(f"{server.mine}/映画")] == ["take 1.mp3"]
            assert [row["name"] for row in await bucket.list()] == [server.mine]
            url = (await bucket.create_signed_url(path, 60))["signedUrl"]
            assert url is not None
            assert (await server.http.get(url, headers={"range": "bytes=1-2"})).content == MP3[1:3]
            await bucket.move(path, f"{server.mine}/b.mp3")
            assert [row["name"] for row in await bucket.remove([f"{server.mine}/b.mp3", path])] == [
                f"{server.mine}/b.mp3"
            ]
            assert not await bucket.exists(path)


async def test_no_address_tells_where_files_lie(server: StorageServer) -> None:
    """Nothing of the machine is in an error, whatever is asked."""
    for path in (f"{OBJECT}/{BUCKET}/{server.mine}", f"{OBJECT}/info/{BUCKET}/x", f"{OBJECT}/sign/{BUCKET}/x?token=x"):
        answer = await server.http.get(path, headers=server.headers)
        assert answer.status_code in {400, 404}
        assert str(server.store.root) not in answer.text
    assert urlsplit(str(server.http.base_url)).hostname == "127.0.0.1"
