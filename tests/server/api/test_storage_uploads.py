"""Uploads as Supabase's own client sends them, as plain HTTP does, and as somebody does who means no good."""

import asyncio
import json
import uuid
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from storage3.exceptions import StorageApiError

from server.api.multipart import BadForm, FileBegins, FileData, FormReader
from tests.server.api.storage_server import BUCKET, JPEG, MP3, MP4, OBJECT, PNG, StorageServer, open_storage_server
from tests.server.served import bearer
from tests.storage.conformance import UNSAFE_BUCKETS, UNSAFE_PATHS
from tests.waiting import until
from wzrd.net.file_types import WrongType, settle_type
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")

MAX_UPLOAD = 4 << 20


@pytest.fixture
async def server(runtime: Runtime, tmp_path: Path) -> AsyncGenerator[StorageServer]:
    """The application over an empty store that takes small files only."""
    async with open_storage_server(runtime, tmp_path, max_upload=MAX_UPLOAD) as made:
        yield made


async def post(
    server: StorageServer, path: str, data: bytes, kind: str | None = "image/png", *, bucket: str = BUCKET, **more: str
) -> httpx.Response:
    headers = {**server.headers, **({"content-type": kind} if kind else {}), **more}
    return await server.http.post(f"{OBJECT}/{bucket}/{quote(path)}", content=data, headers=headers)


def refusal(answer: httpx.Response) -> tuple[int, str, str]:
    """Status, `statusCode` and `error`; the form itself is checked."""
    told = answer.json()
    assert set(told) == {"statusCode", "error", "message"}
    assert told["message"]
    return answer.status_code, told["statusCode"], told["error"]


async def test_a_name_in_bytes_that_are_no_utf8_is_refused(server: StorageServer) -> None:
    """`%ff` and `%fe` would both become the replacement character, and the second file the first."""
    answer = await server.http.post(f"{OBJECT}/{BUCKET}/{server.mine}/%ff.png", content=PNG, headers=server.headers)
    assert (refusal(answer)[0], answer.json()["message"]) == (400, "a path must be valid UTF-8")


async def test_supabases_client_uploads(server: StorageServer, tmp_path: Path) -> None:
    """`upload` of bytes, of an open file and of a path; what is stored is what was sent, typed by its bytes."""
    bucket = server.client().from_(BUCKET)
    source = tmp_path / "picture.png"
    source.write_bytes(PNG)
    told = await bucket.upload(f"{server.mine}/a b/1.png", PNG, {"content-type": "image/png"})
    assert (told.path, told.full_path) == (f"{server.mine}/a b/1.png", f"{BUCKET}/{server.mine}/a b/1.png")
    with source.open("rb") as file:
        await bucket.upload(f"{server.mine}/2.png", file)
    await bucket.upload(f"{server.mine}/3.png", source, {"metadata": {"shot": 1}})
    for name in ("a b/1.png", "2.png", "3.png"):
        stored = await server.store.stat(BUCKET, f"{server.mine}/{name}")
        assert (stored.size, stored.content_type) == (len(PNG), "image/png"), (
            "text/plain is what the client says untold"
        )
        assert await bucket.download(f"{server.mine}/{name}") == PNG


async def test_what_is_there_stays_unless_upsert(server: StorageServer) -> None:
    """409 Duplicate, as at Supabase; `upsert` and `update` replace, `update` where nothing was, too."""
    bucket, path = server.client().from_(BUCKET), f"{server.mine}/x"
    await bucket.upload(path, PNG)
    with pytest.raises(StorageApiError) as caught:
        await bucket.upload(path, JPEG)
    assert (caught.value.status, caught.value.code) == ("409", "Duplicate")
    assert await bucket.download(path) == PNG
    await bucket.upload(path, JPEG, {"upsert": "true"})
    assert (await server.store.stat(BUCKET, path)).content_type == "image/jpeg"
    await bucket.update(path, PNG)
    await bucket.update(f"{server.mine}/new", PNG)
    assert await bucket.download(f"{server.mine}/new") == PNG


async def test_many_at_once_and_one_is_stored(server: StorageServer) -> None:
    """Of twelve uploads of one name at the same time one is stored, whole; the others are told."""
    pictures = [PNG + bytes([n]) * 100_000 for n in range(12)]
    answers = await asyncio.gather(*(post(server, f"{server.mine}/race", data) for data in pictures))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 11
    won = next(data for data, answer in zip(pictures, answers, strict=True) if answer.status_code == 200)
    async with server.store.open(BUCKET, f"{server.mine}/race") as opened:
        assert b"".join([chunk async for chunk in opened.chunks]) == won
    assert server.files() == [f"{BUCKET}/{server.mine}/race"]


async def test_raw_and_multipart_are_alike(server: StorageServer) -> None:
    """A raw body, a form as browsers send it (an unnamed file behind its fields), and a chunked body."""
    assert (await post(server, f"{server.mine}/raw", MP4, "video/mp4")).json()["Key"] == f"{BUCKET}/{server.mine}/raw"
    form = {"cacheControl": (None, "3600"), "": ("blob", MP4, "video/mp4")}
    url = f"{OBJECT}/{BUCKET}/{server.mine}"
    assert (await server.http.post(f"{url}/form", files=form, headers=server.headers)).status_code == 200

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(MP4), 7):
            yield MP4[at : at + 7]

    answer = await server.http.post(f"{url}/chunked", content=pieces(), headers=server.headers)
    assert answer.status_code == 200, "no Content-Type: the bytes say it"
    for name in ("raw", "form", "chunked"):
        stored = await server.store.stat(BUCKET, f"{server.mine}/{name}")
        assert (stored.size, stored.content_type) == (len(MP4), "video/mp4")


async def test_a_folder_of_a_project(server: StorageServer) -> None:
    """The first folder may be a project of the caller's, as the studio's client has it."""
    project = str(server.studio.project_id)
    assert (await post(server, f"{project}/{uuid.uuid4()}.png", PNG)).status_code == 200


async def test_a_strangers_folder(server: StorageServer) -> None:
    """403 as Supabase's policy refuses it, before the body is read; nothing tells whether there is such a project."""
    for first in (
        str(server.stranger.user_id),
        str(server.stranger.project_id),
        str(uuid.uuid4()),
        "shots",
        server.mine.upper(),
        server.mine.replace("-", ""),
        f"{{{server.mine}}}",
    ):
        answer = await post(server, f"{first}/x.png", PNG)
        assert refusal(answer) == (403, "403", "Unauthorized")
        assert first not in answer.text
    assert refusal(await post(server, server.mine, PNG))[0] == 403, "a folder is no file"
    assert server.files() == []


@pytest.mark.parametrize("bucket", ["project-media", "user-uploads", "worldview-takes"])
async def test_the_buckets_of_the_studios_pages(server: StorageServer, bucket: str) -> None:
    """Its music and video tabs and its takes: below one's own folder or project alone, read by whoever has the path."""
    for first in (server.mine, str(server.studio.project_id)):
        told = await server.client().from_(bucket).upload(f"{first}/take 1.mp4", MP4)
        assert told.full_path == f"{bucket}/{first}/take 1.mp4"
        url = await server.client().from_(bucket).get_public_url(told.path)
        assert (await server.http.get(url)).content == MP4
    for first in (str(server.stranger.user_id), str(server.stranger.project_id), "uploads", "takes"):
        answer = await post(server, f"{first}/x.mp4", MP4, "video/mp4", bucket=bucket)
        assert refusal(answer) == (403, "403", "Unauthorized")
    theirs = server.client(server.stranger.user_id).from_(bucket)
    assert await theirs.remove([f"{server.mine}/take 1.mp4"]) == []


async def test_how_deep_a_file_may_lie(server: StorageServer) -> None:
    """400 that tells both numbers, before the body is read; the folder is listed as before."""
    await post(server, f"{server.mine}/k/1.png", PNG)
    deep = f"{server.mine}/{'k/' * 480}x.png"
    for answer in (
        await post(server, deep, PNG),
        await server.http.post(f"{OBJECT}/upload/sign/{BUCKET}/{deep}", headers=server.headers),
        await server.http.post(
            f"{OBJECT}/copy",
            json={"bucketId": BUCKET, "sourceKey": f"{server.mine}/k/1.png", "destinationKey": deep},
            headers=server.headers,
        ),
    ):
        assert (answer.json()["statusCode"], answer.json()["error"]) == ("400", "unsafe_path")
        assert answer.json()["message"] == "a path is 32 names deep at most, not 482"
    listed = await server.http.post(f"{OBJECT}/list/{BUCKET}", json={"prefix": server.mine}, headers=server.headers)
    assert [row["name"] for row in listed.json()] == ["k"]


async def test_who_is_nobody(server: StorageServer) -> None:
    """401 in the same form, for an upload and for an address to upload to."""
    for path in (f"{OBJECT}/{BUCKET}/{server.mine}/x", f"{OBJECT}/upload/sign/{BUCKET}/{server.mine}/x"):
        assert refusal(await server.http.post(path, content=PNG)) == (401, "401", "Unauthorized")
        bad = {"authorization": "Bearer x"}
        assert refusal(await server.http.post(path, content=PNG, headers=bad)) == (401, "401", "Unauthorized")


@pytest.mark.parametrize("bucket", [*(b for b in UNSAFE_BUCKETS if b and "/" not in b and b != ".."), "avatars"])
async def test_buckets_that_are_not_there(server: StorageServer, bucket: str) -> None:
    """404 `Bucket not found`."""
    answer = await post(server, f"{server.mine}/x", PNG, bucket=quote(bucket))
    assert refusal(answer) == (404, "404", "Bucket not found")


@pytest.mark.parametrize("path", [path for path in UNSAFE_PATHS if not {"\ud800", "\n"} & set(path)])
async def test_path_tricks(server: StorageServer, path: str) -> None:
    """400 for whatever no store takes, also below a folder of one's own; nothing is stored anywhere."""
    address = urlsplit(str(server.http.base_url))
    for whole in (path, f"{server.mine}/{path}"):
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        head = f"POST {OBJECT}/{BUCKET}/{quote(whole, safe='')} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
        token = server.headers["authorization"]
        writer.write(f"{head}authorization: {token}\r\ncontent-length: {len(PNG)}\r\n\r\n".encode() + PNG)
        async with asyncio.timeout(60):
            answer = await reader.read(-1)
        writer.close()
        told = json.loads(answer.partition(b"\r\n\r\n")[2])
        assert (told["statusCode"], told["error"]) == ("400", "unsafe_path"), whole
    assert server.files() == []


@pytest.mark.parametrize(
    ("data", "claimed"),
    [
        (PNG, "video/mp4"),
        (PNG, "image/jpeg"),
        (MP4, "image/png"),
        (b"<html><script>alert(1)</script>", "image/png"),
        (b"<html><script>alert(1)</script>", "text/html"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        (b"\x7fELF\x02\x01\x01" + bytes(60), "application/octet-stream"),
        (b"MZ\x90\x00" + bytes(60), None),
        (b"PK\x03\x04" + bytes(60), "application/zip"),
        (b"", "image/png"),
        (b"not a picture", "image/png"),
        (b"\x00\x01\x02", "text/plain"),
        (b"%PDF-1.7", "image/png"),
        (b"#EXTM3U\nfile:///etc/passwd", "application/vnd.apple.mpegurl"),
        (PNG, "not a type"),
    ],
)
async def test_files_that_are_not_what_they_say(server: StorageServer, data: bytes, claimed: str | None) -> None:
    """415 `invalid_mime_type` that names the type, raw and in a form; nothing is stored, and what was there stays."""
    path = f"{server.mine}/x"
    await server.store.put_bytes(BUCKET, path, b"before", content_type="text/plain")
    raw = await post(server, path, data, claimed, **{"x-upsert": "true"})
    form = {"file": ("x", data, claimed)} if claimed else {"file": ("x", data)}
    url, upsert = f"{OBJECT}/{BUCKET}/{path}", {"x-upsert": "true"}
    sent = await server.http.post(url, files=form, headers={**server.headers, **upsert})
    for answer in (raw, sent):
        assert refusal(answer) == (415, "415", "invalid_mime_type")
    assert (await server.store.stat(BUCKET, path)).size == 6
    assert server.files() == [f"{BUCKET}/{path}"]


async def test_the_audio_bucket(server: StorageServer) -> None:
    """Sounds alone go there; only their owner reads them."""
    path = f"{server.studio.project_id}/voice.mp3"
    assert refusal(await post(server, path, PNG, bucket="audio")) == (415, "415", "invalid_mime_type")
    assert (await post(server, path, MP3, "audio/mpeg", bucket="audio")).status_code == 200
    url = f"{OBJECT}/audio/{path}"
    assert (await server.http.get(url, headers=server.headers)).content == MP3
    theirs = bearer(server.stranger.user_id)
    assert refusal(await server.http.get(url, headers=theirs)) == (404, "404", "not_found")
    assert refusal(await server.http.get(url)) == (404, "404", "Bucket not found")
    assert refusal(await server.http.get(f"{OBJECT}/public/audio/{path}")) == (404, "404", "not_found")


async def test_a_file_over_the_cap(server: StorageServer) -> None:
    """413 before a byte is read where the length is told, and at the cap where it is not; exactly the cap is taken."""
    whole = PNG + bytes(MAX_UPLOAD - len(PNG))
    assert (await post(server, f"{server.mine}/whole", whole)).status_code == 200
    too_much = whole + b"x"

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(too_much), 1 << 16):
            yield too_much[at : at + 65536]

    url = f"{OBJECT}/{BUCKET}/{server.mine}/big"
    answers = [
        await post(server, f"{server.mine}/big", too_much),
        await server.http.post(url, content=pieces(), headers=server.headers),
        await server.http.post(url, files={"file": ("x", too_much, "image/png")}, headers=server.headers),
    ]
    for answer in answers:
        assert refusal(answer) == (413, "413", "Payload too large")
        assert str(MAX_UPLOAD) in answer.json()["message"]
    assert server.files() == [f"{BUCKET}/{server.mine}/whole"]


async def begin_upload(server: StorageServer) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Announce a megabyte, and send its first bytes alone."""
    address = urlsplit(str(server.http.base_url))
    head = f"POST {OBJECT}/{BUCKET}/{server.mine}/x HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
    head += f"authorization: {server.headers['authorization']}\r\ncontent-length: 1000000\r\n\r\n"
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(head.encode() + PNG)
    await writer.drain()
    return reader, writer


async def test_a_sender_that_falls_silent(runtime: Runtime, tmp_path: Path) -> None:
    """It is told so, and nothing is left behind."""
    async with open_storage_server(runtime, tmp_path, max_upload=MAX_UPLOAD, body_seconds=0.5) as server:
        reader, writer = await begin_upload(server)
        async with asyncio.timeout(60):
            told = json.loads((await reader.read(-1)).partition(b"\r\n\r\n")[2])
        assert told["statusCode"] == "408"
        assert "0.5 s" in told["message"]
        writer.close()
        assert server.files() == []


async def test_a_body_that_breaks_off(server: StorageServer) -> None:
    """A sender that goes away, or leaves out a form's end, leaves nothing behind."""
    _, writer = await begin_upload(server)
    await until(lambda: list(server.store.root.glob(".tmp")))
    writer.close()
    kind = {"content-type": "multipart/form-data; boundary=b"}
    part = b'--b\r\ncontent-disposition: form-data; name="file"; filename="x"\r\n\r\n' + PNG
    answer = await server.http.post(
        f"{OBJECT}/{BUCKET}/{server.mine}/x", content=part, headers={**server.headers, **kind}
    )
    assert refusal(answer) == (400, "400", "bad_form")
    await until(lambda: not server.files())


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", b"nonsense"),
        ("multipart/form-data; boundary=b", b"--b--\r\n"),
        ("multipart/form-data; boundary=b", b'--b\r\ncontent-disposition: form-data; name="x"\r\n\r\n1\r\n--b--\r\n'),
        ("multipart/form-data; boundary=b", b"--b\r\nx: y\r\n\r\n1\r\n--b--\r\n"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\ncontent-disposition: form-data; name="f"; filename="a"\r\n\r\n'
            + PNG
            + b'\r\n--b\r\ncontent-disposition: form-data; name="g"; filename="b"\r\n\r\n'
            + PNG
            + b"\r\n--b--\r\n",
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\ncontent-disposition: form-data; name="f"\r\n\r\n' + bytes(70_000) + b"\r\n--b--\r\n",
        ),
        (
            "multipart/form-data; boundary=b",
            b"--b\r\n" + b"".join(b"h%d: x\r\n" % n for n in range(100)) + b"\r\n1\r\n--b--\r\n",
        ),
    ],
)
async def test_forms_that_are_none(server: StorageServer, kind: str, body: bytes) -> None:
    """400 that tells what is wrong; two files are one too many."""
    answer = await server.http.post(
        f"{OBJECT}/{BUCKET}/{server.mine}/x", content=body, headers={**server.headers, "content-type": kind}
    )
    assert refusal(answer)[:2] == (400, "400")
    assert answer.json()["error"] in {"bad_form", "no_file"}
    assert server.files() == []


async def test_an_address_to_upload_to(server: StorageServer) -> None:
    """Supabase's client signs it and uploads without a token; for this file, once, and not for another."""
    bucket, path = server.client().from_(BUCKET), f"{server.mine}/a b/signed.png"
    signed = await bucket.create_signed_upload_url(path)
    nobody = server.http
    told = await bucket.upload_to_signed_url(path, signed["token"], PNG, {"content-type": "image/png"})
    assert told.full_path == f"{BUCKET}/{path}"
    assert await bucket.download(path) == PNG
    url = f"{OBJECT}/upload/sign/{BUCKET}/{quote(path)}"
    assert refusal(await nobody.put(url, params={"token": signed["token"]}, content=PNG)) == (409, "409", "Duplicate")
    elsewhere = url.replace("signed.png", "other.png")
    for address, token in ((elsewhere, signed["token"]), (url, ""), (url, "x.y.z"), (url, signed["token"][:-2])):
        answer = await nobody.put(address, params={"token": token}, content=PNG)
        assert refusal(answer) == (400, "400", "InvalidJWT")
    with pytest.raises(StorageApiError) as caught:
        await server.client(server.stranger.user_id).from_(BUCKET).create_signed_upload_url(f"{server.mine}/y")
    assert caught.value.status == "403"


@given(
    cuts=st.lists(st.integers(1, 60), max_size=40),
    data=st.binary(max_size=300),
    fields=st.dictionaries(st.text("abc", min_size=1, max_size=3), st.text("xyz\n", max_size=20), max_size=3),
)
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_a_form_is_the_same_however_it_is_cut(cuts: list[int], data: bytes, fields: dict[str, str]) -> None:
    """The file's bytes and the fields do not depend on where the pieces end."""
    form = httpx.Request("POST", "http://h", data=fields, files={"file": ("n", data, "image/png")})
    body, boundary = form.read(), form.headers["content-type"].partition("boundary=")[2].encode()
    reader, events, at = FormReader(boundary), list[FileBegins | FileData](), 0
    for cut in [*cuts, len(body)]:
        events += reader.feed(body[at : at + cut])
        at += cut
    reader.finish()
    assert events[0] == FileBegins("file", "n", "image/png")
    assert b"".join(event.data for event in events[1:] if isinstance(event, FileData)) == data
    assert reader.fields == fields


PART = b'--b\r\ncontent-disposition: form-data; name="a"\r\n\r\nx\r\n'
FILE = b'--b\r\ncontent-disposition: form-data; name="a"; filename="x"\r\n\r\n'


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (PART * 20_000, "more than 20 fields"),
        (FILE + b"x\r\n" + PART * 20_000, "more than 20 fields"),
        (FILE + b"\r\n--bx" * 170_000, "choose another boundary"),
        (PART[:-3] + b"\r\n--bx" * 8_000, "choose another boundary"),
    ],
    ids=["parts", "parts behind a file", "boundaries in a file", "boundaries in a field"],
)
def test_a_form_of_many_pieces_is_refused_at_its_beginning(body: bytes, told: str) -> None:
    """Parts of one name are counted too; so are boundaries that end nothing. Each costs many steps of Python."""
    reader = FormReader(b"b")
    with pytest.raises(BadForm, match=told):
        deque((reader.feed(body[at : at + 4096]) for at in range(0, 1 << 14, 4096)), 0)
    assert sum(map(len, reader.fields.values())) < 100


def test_a_form_may_be_full() -> None:
    """Twenty fields and a file whose lines begin as boundaries do, in one event a piece."""
    reader, data = FormReader(b"bound"), b"\r\n--b\r\n--\r" * 5000
    part, cut = PART.replace(b"--b", b"--bound"), 1000
    body = part * 20 + FILE.replace(b"--b", b"--bound") + data + b"\r\n--bound--\r\n"
    events = [event for at in range(0, len(body), cut) for event in reader.feed(body[at : at + cut])]
    reader.finish()
    assert b"".join(event.data for event in events if isinstance(event, FileData)) == data
    assert len(events) <= 2 + len(body) / cut


@given(st.binary(max_size=200))
@settings(deadline=None, max_examples=150)
def test_any_bytes_are_a_form_or_refused(data: bytes) -> None:
    """No other error comes out than the one that is told."""
    reader = FormReader(b"b")
    with suppress(BadForm):
        reader.feed(b"--b" + data)
        reader.finish()


@given(st.text(max_size=40) | st.none(), st.binary(max_size=80))
@settings(deadline=None, max_examples=200)
def test_any_claim_settles_or_is_refused(claimed: str | None, head: bytes) -> None:
    """A type comes out that a store takes and no browser runs, or the documented refusal."""
    try:
        kind = settle_type(claimed, head)
    except WrongType:
        return
    assert kind not in {"text/html", "image/svg+xml", "application/javascript"}
    assert kind.count("/") == 1


@pytest.mark.parametrize(
    ("claimed", "head", "settled"),
    [
        (None, PNG, "image/png"),
        ("application/octet-stream", MP4, "video/mp4"),
        ("text/plain;charset=UTF-8", JPEG, "image/jpeg"),
        ("image/jpg", JPEG, "image/jpeg"),
        ("audio/mp3", MP3, "audio/mpeg"),
        ("audio/mp4", MP4, "audio/mp4"),
        ("audio/webm;codecs=opus", b"\x1aE\xdf\xa3" + bytes(60), "audio/webm"),
        ("IMAGE/PNG", PNG, "image/png"),
        ("text/vtt", b"WEBVTT\n", "text/vtt"),
        ("application/json", b"{}", "application/json"),
        (None, b"INT. ROOM", "text/plain"),
        ("text/plain", b"", "text/plain"),
        (None, "é".encode() * 256, "text/plain"),
        ("application/pdf", b"%PDF-1.7\n", "application/pdf"),
        ("font/woff2", b"wOF2" + bytes(60), "font/woff2"),
    ],
)
def test_what_a_file_is(claimed: str | None, head: bytes, settled: str) -> None:
    """The bytes decide; of containers that begin alike the sender's word is taken."""
    assert settle_type(claimed, head[:512]) == settled
