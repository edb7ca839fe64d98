"""The block types: one a provider, fit for Prefect's page, their checks, and no key in what they show."""

import time

import pytest
from prefect.blocks.core import Block

import blocks
from blocks.credentials import FalCredentials, GroqCredentials, ProviderKey
from server.fakes import Behaviour, Fakes
from wzrd.providers.credentials import CREDENTIALS, DATABASE_BLOCK, KEY_FIELD, MEDIA_STORE_BLOCK

pytestmark = pytest.mark.usefixtures("module_fakes")

TYPES: list[type[Block]] = list(blocks.TYPES)
KEYS = [kind for kind in TYPES if issubclass(kind, ProviderKey)]
KEY = "a-key-that-nobody-may-see-0123456789"


def test_there_is_a_type_for_each_provider() -> None:
    """One a row of the table of credentials, and one each for the store and the database; none without its page."""
    assert {kind.provider: kind.get_block_type_slug() for kind in KEYS} == {
        row.provider: row.block for row in CREDENTIALS.values()
    }
    assert {kind.get_block_type_slug() for kind in TYPES if kind not in KEYS} == {DATABASE_BLOCK, MEDIA_STORE_BLOCK}
    for kind in TYPES:
        assert kind._logo_url
        assert kind._documentation_url
        assert kind.get_description()
        assert kind.model_json_schema()["secret_fields"]


def test_blocks_hide_their_secrets() -> None:
    """Whatever prints one."""
    for kind in KEYS:
        block = kind.model_validate({KEY_FIELD: KEY})
        assert KEY not in f"{block!r} {block} {block.model_dump()} {block.model_dump_json()}"


async def test_a_block_checks_its_own_key(fakes: Fakes, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the environment's addresses; what it answers has no key in it. Without a key there is nothing to check."""
    await fakes.reset()
    for name, value in fakes.environment().items():
        monkeypatch.setenv(name, value)
    await fakes.script(Behaviour(on="check", provider="fal-ai", status=401, text=f"no such key: {KEY}"))
    began = time.monotonic()
    checks = [await kind.model_validate({KEY_FIELD: KEY}).check() for kind in (GroqCredentials, FalCredentials)]
    assert time.monotonic() - began < 60
    assert [check.verdict for check in checks] == ["valid", "refused"]
    assert KEY not in repr(checks)
    assert (await GroqCredentials().check()).verdict is None
