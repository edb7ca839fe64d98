"""The API's composition root: keys from Prefect's block by REST, else the environment; new ones without a restart."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from server.api.compose import block_keys, compose
from server.dispatch import PrefectApi
from server.stack import postgres
from tests.fakes.prefect import FakePrefect, prefect_server
from tests.server.served import shared_runtime, with_settings
from wzrd.providers.credentials import CREDENTIALS
from wzrd.runtime.process import Runtime
from wzrd.settings import Settings

OPENAI, FAL, GEMINI = (CREDENTIALS[name].block for name in ("openai", "fal-ai", "gemini"))


@pytest.fixture
async def prefect() -> AsyncGenerator[FakePrefect]:
    async with prefect_server() as made:
        yield made


@pytest.fixture
async def runtime(cluster: postgres.Cluster, prefect: FakePrefect) -> AsyncGenerator[Runtime]:
    async with shared_runtime(cluster, PREFECT_API_URL=prefect.url, GROQ_API_KEY="gsk_environment") as made:
        yield made


async def test_the_block_adds_to_the_environment(runtime: Runtime, prefect: FakePrefect) -> None:
    """The API knows its providers before anything runs: by the block's keys, else by the environment's."""
    prefect.blocks |= {OPENAI: {"api_key": "sk-block"}, FAL: {"api_key": "id:secret"}, GEMINI: {"api_key": " "}}
    async with compose(runtime):
        assert runtime.providers.obstacle("openai", "text") is None
        assert runtime.providers.obstacle("groq", "text") is None
        assert runtime.providers.obstacle("fal-ai", "image") is None
        assert runtime.providers.obstacle("gemini", "text") == "no_credentials:gemini"
    assert prefect.calls["block"] == 1


async def test_a_new_key_needs_no_restart(runtime: Runtime, prefect: FakePrefect) -> None:
    """After a provider's 401 the block is read at once."""
    async with compose(runtime):
        assert runtime.providers.obstacle("openai", "text") == "no_credentials:openai"
        prefect.blocks[OPENAI] = {"api_key": "sk-new"}
        await asyncio.sleep(1.1)  # a crowd that is refused within a second reads once
        await runtime.providers.renew()
        assert runtime.providers.obstacle("openai", "text") is None


async def test_prefect_may_be_away(runtime: Runtime, prefect: FakePrefect) -> None:
    """No block, no server, a proxy's page, a server that never answers: the environment's keys, in bounded time."""
    api = PrefectApi.of(runtime.settings)
    assert await block_keys(api) == {}
    for failure in (500, "page"):
        prefect.failures = [failure]
        assert await block_keys(api) is None
    await api.close()
    async with compose(with_settings(runtime, prefect_api_url=None)):
        pass
    nobody = with_settings(runtime, prefect_api_url="http://127.0.0.1:9/api")
    async with compose(nobody):
        assert nobody.providers.obstacle("groq", "text") is None


async def test_the_server_is_asked_with_its_password(runtime: Runtime, prefect: FakePrefect) -> None:
    """As every call of ours."""
    settings = Settings.model_validate({"PREFECT_API_URL": prefect.url, "PREFECT_API_AUTH_STRING": "admin:pass"})
    api = PrefectApi.of(settings)
    await block_keys(api)
    await api.close()
    assert prefect.authorizations == {"Basic YWRtaW46cGFzcw=="}
