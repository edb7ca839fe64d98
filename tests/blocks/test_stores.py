"""The blocks for processes without our environment: what they fill in, and what their checks say."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from blocks.stores import Database, MediaStore, fill_settings
from server.fakes import Behaviour, Fakes
from wzrd.providers.credentials import DATABASE_BLOCK, MEDIA_STORE_BLOCK
from wzrd.settings import Settings

pytestmark = pytest.mark.usefixtures("module_fakes")

URL = "postgresql://wzrd:hunter2@db.example/wzrd"
SUPABASE = {
    "storage": "supabase",
    "supabase_url": "https://p.supabase.co",
    "service_role_key": "service-key-0123456789",
    "public_url": "https://studio.example.org",
}
BLOCKS = {DATABASE_BLOCK: {"url": URL}, MEDIA_STORE_BLOCK: SUPABASE}


def test_what_the_environment_does_not_say_comes_from_blocks() -> None:
    """Database and store; without blocks nothing changes."""
    bare = Settings.model_validate({})
    filled = fill_settings(bare, BLOCKS)
    assert filled.database_url is not None
    assert filled.database_url.get_secret_value() == URL
    assert (filled.storage, filled.supabase_url, filled.address) == (
        "supabase", "https://p.supabase.co", "https://studio.example.org",
    )  # fmt: skip
    assert fill_settings(bare, {}) == bare
    assert "hunter2" not in repr(filled)
    assert "service-key" not in repr(filled)


def test_the_environment_wins() -> None:
    """A worker whose environment names its database and store takes neither from a block."""
    told = {"WZRD_DATABASE_URL": "postgresql://other/one", "WZRD_MEDIA_DIR": "/media"}
    own = Settings.model_validate(told)
    assert fill_settings(own, BLOCKS) == own


def test_a_block_that_cannot_be_used_is_an_error() -> None:
    """An address that is none is told, not used."""
    with pytest.raises(ValidationError, match="is no address"):
        fill_settings(Settings.model_validate({}), {MEDIA_STORE_BLOCK: {**SUPABASE, "supabase_url": "p.supabase.co"}})


async def test_a_database_is_checked(database_url: str) -> None:
    """One that answers, one that lets nobody in, one that is away, an address that is none; no password is shown."""
    wrong = re.sub(r"@/\w+\?", "@/no_such_database?", database_url)
    for url, verdict in (
        (database_url, "valid"),
        (wrong, "refused"),
        ("postgresql://wzrd:hunter2@127.0.0.1:9/none", "unreachable"),
        ("sqlite:///hunter2.db", "refused"),
        ("hunter2", "refused"),
    ):
        check = await Database(url=SecretStr(url)).check()
        assert (check.verdict, "hunter2" in check.detail) == (verdict, False), check


async def test_a_folder_is_checked(tmp_path: Path) -> None:
    """One that can be made, and one that is a file's."""
    (tmp_path / "file").write_text("x")
    assert (await MediaStore(folder=str(tmp_path / "media")).check()).verdict == "valid"
    assert (await MediaStore(folder=str(tmp_path / "file" / "media")).check()).verdict == "refused"


async def test_a_supabase_store_is_checked(fakes: Fakes) -> None:
    """By its list of buckets; the key is refused, the service is away, or no key is there at all."""
    await fakes.reset()
    url = fakes.environment()["SUPABASE_URL"]
    key = SecretStr("service-key-0123456789")
    store = MediaStore(storage="supabase", supabase_url=url, service_role_key=key)
    assert (await store.check()).verdict == "valid"
    for status, verdict in ((401, "refused"), (503, "unreachable")):
        await fakes.script(Behaviour(on="check", provider="supabase", status=status, text=key.get_secret_value()))
        check = await store.check()
        assert (check.verdict, key.get_secret_value() in check.detail) == (verdict, False)
    away = MediaStore(storage="supabase", supabase_url="http://127.0.0.1:9", service_role_key=key)
    assert (await away.check()).verdict == "unreachable"
    assert (await MediaStore(storage="supabase").check()).verdict == "refused"
