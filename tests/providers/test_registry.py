"""Which providers a process has, and what a malformed key does."""

import asyncio
import logging

import pytest
from pydantic import SecretStr

from wzrd.animatic.provider import Animatic
from wzrd.domain.errors import NotConfigured
from wzrd.providers.registry import Keys, Providers, open_providers
from wzrd.settings import Settings

EMPTY = Settings.model_validate({})


async def test_without_keys_there_is_animatic_mode_alone() -> None:
    """A newcomer's process knows one provider, and names the missing one."""
    providers = open_providers(EMPTY, Keys(), local=[Animatic()])
    assert providers.configured("animatic")
    with pytest.raises(NotConfigured, match="groq"):
        providers.find("groq")
    await providers.aclose()


async def test_each_key_brings_its_provider() -> None:
    """One adapter, a table of far sides; addresses come from the settings."""
    settings = Settings.model_validate({"GROQ_BASE_URL": "http://127.0.0.1:9/openai/v1"})
    key = SecretStr("sk-" + "k" * 20)
    providers = open_providers(settings, Keys(groq=key, openai=key, gmi=key, gateway=key))
    assert all(providers.configured(name) for name in ("groq", "openai", "gmi", "gateway"))
    assert providers.find("groq").far.base_url == "http://127.0.0.1:9/openai/v1"  # type: ignore[attr-defined]
    await providers.aclose()


async def test_a_malformed_key_counts_as_none_and_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """A line break in a key is logged by the variable's name, and the key is not shown."""
    caplog.set_level(logging.DEBUG)
    providers = open_providers(EMPTY, Keys(groq=SecretStr("gsk_abc\ndef"), openai=SecretStr("  ")))
    assert not providers.configured("groq")
    assert not providers.configured("openai")
    assert "GROQ_API_KEY" in caplog.text
    assert "gsk_abc" not in caplog.text
    await providers.aclose()


def test_a_block_wins_over_the_environment_key_by_key() -> None:
    """What the block leaves empty the environment fills."""
    block, environment = Keys(groq=SecretStr("b")), Keys(groq=SecretStr("e"), openai=SecretStr("o"))
    both = block.over(environment)
    assert both.groq is block.groq
    assert both.openai is environment.openai


async def test_nothing_connects_before_it_is_used() -> None:
    """Opening providers, finding one and closing them opens no connection; an empty registry closes as well."""
    came = asyncio.Queue[str]()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.put_nowait((await reader.readline()).decode())
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        settings = Settings.model_validate({"GROQ_BASE_URL": f"http://127.0.0.1:{port}/openai/v1"})
        providers = open_providers(settings, Keys(groq=SecretStr("gsk_" + "k" * 20)))
        assert providers.find("groq").far.base_url.endswith(f":{port}/openai/v1")  # type: ignore[attr-defined]
        await providers.aclose()
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"ours\n")
        assert await came.get() == "ours\n"  # connections are taken in order: an earlier one would have come first
        writer.close()
    await Providers().aclose()
