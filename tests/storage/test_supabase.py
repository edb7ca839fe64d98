"""The store in Supabase Storage: the conformance suite, and what only a far side can do to it."""

import hashlib
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from server.fakes import Fakes, open_fakes
from server.fakes.script import Behaviour
from tests.storage.conformance import BUCKET, CAP, StorageConformance, read
from wzrd.domain.buckets import BUCKETS
from wzrd.domain.errors import BadRequest, NotConfigured, NotFound, Unavailable, WzrdError
from wzrd.net.http import open_http
from wzrd.runtime.process import make_storage
from wzrd.settings import Settings
from wzrd.storage.protocol import FolderPage, TooLarge, UnsafePath, check_name
from wzrd.storage.supabase.store import SupabaseStorage
from wzrd.storage.supabase.wire import key_of, name_of

KEY = "service-key-that-nobody-may-see"


@pytest.fixture(scope="module")
async def served() -> AsyncGenerator[Fakes]:
    """Fakes for this module."""
    async with open_fakes() as made:
        yield made


@pytest.fixture
async def fakes(served: Fakes) -> Fakes:
    """The served fakes, with nothing stored."""
    await served.reset()
    return served


@pytest.fixture
async def store(fakes: Fakes, tmp_path: Path) -> AsyncGenerator[SupabaseStorage]:
    """A store in a project that has no bucket yet."""
    url = fakes.environment()["SUPABASE_URL"]
    made = SupabaseStorage(
        url=url, key=SecretStr(KEY), http=open_http(idle=20), spool=tmp_path / "spool", max_bytes=CAP
    )
    yield made
    left = [path for path in (tmp_path / "spool").rglob("*") if path.is_file()]
    await made.aclose()
    assert left == [], "nothing stays on this machine"


class TestSupabaseStorage(StorageConformance):
    """The promises of every store, kept by Supabase Storage."""


async def test_a_file_that_somebody_else_has_put_there(store: SupabaseStorage) -> None:
    """It says no sum of itself: it is read, and is like any other; a type that is none is no type."""
    await store.put_bytes(BUCKET, "ours", b"x", content_type="text/plain")
    headers = {"authorization": f"Bearer {KEY}", "content-type": "a/b; c"}
    url = f"{store.url}/storage/v1/object/{BUCKET}/theirs"
    (await store.http.post(url, content=b"0123456789", headers=headers)).raise_for_status()
    stored = await store.stat(BUCKET, "theirs")
    assert (stored.size, stored.sha256) == (10, hashlib.sha256(b"0123456789").hexdigest())
    assert stored.content_type == "application/octet-stream"
    assert await read(store, "theirs", start=3, stop=5) == b"34"


async def test_buckets_are_made_where_there_are_none(store: SupabaseStorage) -> None:
    """Public where the product says so, private elsewhere; another process may be sooner."""
    for bucket in BUCKETS:
        await store.put_bytes(bucket, "x", b"x", content_type="text/plain")
    answer = await store.http.get(f"{store.url}/storage/v1/bucket", headers={"authorization": f"Bearer {KEY}"})
    assert {row["id"]: row["public"] for row in answer.json()} == {
        name: name not in {"audio", "bible"} for name in BUCKETS
    }
    await store._make_bucket("audio")
    public = await store.http.get(store.public_url(BUCKET, "x"))
    assert public.content == b"x", "anybody reads it at the address that the store gives"
    assert (await store.http.get(store.public_url(BUCKET, "x").replace(BUCKET, "audio"))).status_code == 400


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (Behaviour(on="upload", status=503), Unavailable),
        (Behaviour(on="upload", status=500), Unavailable),
        (Behaviour(on="upload", status=429), Unavailable),
        (Behaviour(on="upload", status=413), TooLarge),
        (Behaviour(on="upload", status=403), NotConfigured),
        (Behaviour(on="upload", reply="dropped"), Unavailable),
    ],
)
async def test_what_can_go_wrong_there(
    fakes: Fakes, store: SupabaseStorage, behaviour: Behaviour, error: type[WzrdError]
) -> None:
    """Refusals and broken connections are our errors; those that pass may be tried again; none tells the key."""
    await store.put_bytes(BUCKET, "before", b"x", content_type="text/plain")
    await fakes.script(behaviour)
    with pytest.raises(error) as caught:
        await store.put_bytes(BUCKET, "x", b"data", content_type="text/plain")
    assert caught.value.retryable is (error is Unavailable)
    assert KEY not in f"{caught.value.message}{caught.value!r}{store!r}"
    await store.put_bytes(BUCKET, "x", b"data", content_type="text/plain")
    assert await read(store, "x") == b"data"


async def test_a_file_that_comes_cut_off(fakes: Fakes, store: SupabaseStorage) -> None:
    """Half a file is none."""
    await store.put_bytes(BUCKET, "x", b"0123456789", content_type="text/plain")
    for reply in ("truncated", "dropped"):
        await fakes.script(Behaviour(on="result", reply=reply))
        with pytest.raises(Unavailable):
            await read(store, "x")
    assert await read(store, "x") == b"0123456789"


async def test_nobody_is_there(tmp_path: Path) -> None:
    """A project that cannot be reached is unavailable, which may pass."""
    store = SupabaseStorage(url="http://127.0.0.1:9", key=SecretStr(KEY), http=httpx.AsyncClient(), spool=tmp_path)
    for call in (store.stat(BUCKET, "x"), store.delete(BUCKET, "x"), store.list_folder(BUCKET, "x", FolderPage())):
        with pytest.raises(Unavailable, match="cannot be reached"):
            await call
    with pytest.raises(Unavailable):
        await store.put_bytes(BUCKET, "x", b"x", content_type="text/plain")
    await store.aclose()


async def test_what_supabase_cannot_spell(store: SupabaseStorage) -> None:
    """A path of other scripts has an address of this server's own; it is found by its path."""
    await store.put_bytes(BUCKET, "plain/a b.png", b"x", content_type="image/png")
    assert store.public_url(BUCKET, "plain/a b.png").startswith(store.url)
    assert store.public_url(BUCKET, "映画.png").startswith(store.base_url)
    assert key_of("映画.png") == "=E6=98=A0=E7=94=BB.png"
    long = "u/" + "é" * 100 + "/" + "é" * 100
    assert len(key_of(long)) < 80
    await store.put_bytes(BUCKET, long, b"x", content_type="image/png")
    assert await read(store, long) == b"x"
    assert await store.list_folder(BUCKET, "u", FolderPage()) == [], "its name cannot be told"
    with pytest.raises(NotFound):
        await store.stat(BUCKET, key_of(long))


@given(st.text(min_size=1, max_size=300))
def test_keys(path: str) -> None:
    """Each path has a key of its own that Supabase takes; a name that is spelled comes back."""
    try:
        segments = check_name(BUCKET, path)
    except UnsafePath:
        return
    key = key_of(path)
    assert key.isascii()
    assert len(key) <= 800
    assert max(map(len, key.split("/"))) <= 240
    names = [name_of(segment) for segment in key.split("/")]
    assert None in names or tuple(names) == segments


def test_the_environment_chooses_the_store() -> None:
    """A folder unless it is said; without address or key it is told what to set."""
    assert "Local" in type(make_storage(Settings.model_validate({}))).__name__
    with pytest.raises(NotConfigured, match="SUPABASE_SERVICE_ROLE_KEY"):
        make_storage(Settings.model_validate({"WZRD_STORAGE": "supabase", "SUPABASE_URL": "https://x.supabase.co"}))
    told = {"WZRD_STORAGE": "supabase", "SUPABASE_URL": "https://x.supabase.co/", "SUPABASE_SERVICE_ROLE_KEY": KEY}
    made = make_storage(Settings.model_validate(told))
    assert isinstance(made, SupabaseStorage)
    assert made.public_url(BUCKET, "a/b.png") == f"https://x.supabase.co/storage/v1/object/public/{BUCKET}/a/b.png"
    assert issubclass(UnsafePath, BadRequest)


@pytest.mark.parametrize(
    ("supabase", "public", "shown"),
    [
        ("https://x.supabase.co", None, "https://x.supabase.co"),
        ("https://x.supabase.co", "https://studio.example.org", "https://x.supabase.co"),
        ("http://kong:8000", "https://studio.example.org", "https://studio.example.org"),
        ("http://127.0.0.1:54321", "https://studio.example.org", "https://studio.example.org"),
        ("http://127.0.0.1:54321", "http://localhost:8000", "http://127.0.0.1:54321"),
        ("http://127.0.0.1:54321", None, "http://127.0.0.1:54321"),
    ],
)
def test_files_are_shown_where_people_can_see_them(supabase: str, public: str | None, shown: str) -> None:
    """A Supabase that only this network reaches is read through us, where all can; found by either name."""
    told = {"WZRD_STORAGE": "supabase", "SUPABASE_URL": supabase, "SUPABASE_SERVICE_ROLE_KEY": KEY}
    store = make_storage(Settings.model_validate({**told, **({"WZRD_PUBLIC_URL": public} if public else {})}))
    url = store.public_url(BUCKET, "a/b.png")
    assert url == f"{shown}/storage/v1/object/public/{BUCKET}/a/b.png"
    assert store.locate(url) == (BUCKET, "a/b.png") == store.locate(url.replace(shown, supabase))
