"""The fake of Supabase Storage, held to Supabase's own client, unmodified."""

from typing import Any

import httpx
import pytest
from storage3 import AsyncStorageClient
from storage3.exceptions import StorageApiError

from server.fakes import Fakes

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


@pytest.fixture
async def client(fakes: Fakes, http: httpx.AsyncClient) -> AsyncStorageClient:
    """The client with a service key, and two buckets."""
    told = fakes.environment()
    headers = {"authorization": f"Bearer {told['SUPABASE_SERVICE_ROLE_KEY']}"}
    made = AsyncStorageClient(f"{told['SUPABASE_URL']}/storage/v1/", headers, http_client=http)
    await made.create_bucket("media", options={"public": True})
    await made.create_bucket("sounds", options={"file_size_limit": 1000, "allowed_mime_types": ["audio/*"]})
    return made


async def refused(calling: Any) -> tuple[str, str]:
    """Status and code of a refusal."""
    with pytest.raises(StorageApiError) as caught:
        await calling
    return str(caught.value.status), caught.value.code


async def test_buckets(client: AsyncStorageClient) -> None:
    """Made, listed, read, emptied, deleted; a full one stays, an absent one is told."""
    assert [(bucket.id, bucket.public) for bucket in await client.list_buckets()] == [
        ("media", True),
        ("sounds", False),
    ]
    assert (await client.get_bucket("sounds")).allowed_mime_types == ["audio/*"]
    assert await refused(client.create_bucket("media")) == ("409", "Duplicate")
    await client.from_("media").upload("x", PNG)
    assert (await refused(client.delete_bucket("media")))[0] == "409"
    await client.empty_bucket("media")
    await client.delete_bucket("media")
    assert await refused(client.get_bucket("media")) == ("404", "Bucket not found")
    assert await refused(client.from_("media").upload("x", PNG)) == ("404", "Bucket not found")


async def test_objects(client: AsyncStorageClient) -> None:
    """Put, read, described, listed, moved, copied, removed."""
    files = client.from_("media")
    told = await files.upload("a/b c.png", PNG, {"content-type": "image/png", "metadata": {"shot": 1}})
    assert told.full_path == "media/a/b c.png"
    assert await refused(files.upload("a/b c.png", PNG)) == ("409", "Duplicate")
    await files.upload(
        "a/b c.png", PNG + b"2", {"content-type": "image/png", "upsert": "true", "metadata": {"shot": 2}}
    )
    assert await files.download("a/b c.png") == PNG + b"2"
    info = await files.info("a/b c.png")
    assert (info["size"], info["content_type"], info["metadata"]) == (len(PNG) + 1, "image/png", {"shot": 2})
    await files.update("a/a.png", PNG)
    assert [row["name"] for row in await files.list("a")] == ["a.png", "b c.png"]
    assert [(row["name"], row["id"]) for row in await files.list()] == [("a", None)]
    assert [row["name"] for row in await files.list("a", {"limit": 1, "offset": 1})] == ["b c.png"]
    await files.copy("a/a.png", "copy.png")
    await files.move("copy.png", "moved.png")
    assert await files.exists("moved.png")
    assert not await files.exists("copy.png")
    assert [row["name"] for row in await files.remove(["moved.png", "absent"])] == ["moved.png"]
    assert await refused(files.download("moved.png")) == ("404", "not_found")


async def test_rules(client: AsyncStorageClient) -> None:
    """A bucket's size and types, a key's characters, and who has no key."""
    sounds = client.from_("sounds")
    assert await refused(sounds.upload("x", PNG, {"content-type": "image/png"})) == ("415", "invalid_mime_type")
    assert await refused(sounds.upload("x", bytes(1001), {"content-type": "audio/wav"})) == ("413", "Payload too large")
    assert await refused(client.from_("media").upload("é.png", PNG)) == ("400", "InvalidKey")
    nobody = AsyncStorageClient(str(client._base_url), {"authorization": "Bearer no"}, http_client=client.session)
    assert await refused(nobody.from_("sounds").upload("x", PNG)) == ("403", "Unauthorized")


async def test_signed_addresses(client: AsyncStorageClient, http: httpx.AsyncClient) -> None:
    """To read and to upload to, one or many; forged ones are refused with HTTP 400, as there."""
    sounds = client.from_("sounds")
    signed = await sounds.create_signed_upload_url("s.wav")
    await sounds.upload_to_signed_url("s.wav", signed["token"], b"RIFF", {"content-type": "audio/wav"})
    url = (await sounds.create_signed_url("s.wav", 60, {"download": "take.wav"}))["signedUrl"]
    assert url is not None
    answer = await http.get(url, headers={"range": "bytes=1-2"})
    assert (answer.status_code, answer.content) == (206, b"IF")
    assert "take.wav" in answer.headers["content-disposition"]
    forged = await http.get(url.replace("token=", "token=x"))
    assert (forged.status_code, forged.json()["error"]) == (400, "InvalidJWT")
    rows = await sounds.create_signed_urls(["s.wav", "absent"], 60)
    assert [row["error"] is None for row in rows] == [True, False]
    assert (await http.get(await sounds.get_public_url("s.wav"))).status_code == 400, "the bucket is private"
    await client.from_("media").upload("p.png", PNG)
    public = await http.get(await client.from_("media").get_public_url("p.png"))
    assert (public.content, public.headers["etag"][:1]) == (PNG, '"')
