"""Which providers a process has, and what a malformed key does."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from typing import Any, cast

import pytest
from pydantic import SecretStr

from wzrd.animatic.provider import Animatic
from wzrd.domain.errors import NotConfigured, ProviderUnsent
from wzrd.domain.offline import describe_obstacle
from wzrd.domain.submission import Recovery, Target
from wzrd.providers.base import Output, Request
from wzrd.providers.chat import Chat
from wzrd.providers.credentials import CREDENTIALS
from wzrd.providers.gmi import Gmi
from wzrd.providers.opening import open_providers
from wzrd.providers.registry import Providers
from wzrd.settings import Settings

EMPTY = Settings.model_validate({})


def endpoint_of(providers: Providers, name: str) -> Any:
    """The endpoint of a provider of texts."""
    return cast("Any", providers.find(name, "text")).endpoint


async def test_without_keys_there_is_animatic_mode_alone() -> None:
    """A newcomer's process knows one provider, and names the missing one."""
    providers = open_providers(EMPTY, {}, local=[Animatic()])
    assert providers.obstacle("animatic", "image") is None
    with pytest.raises(NotConfigured, match="groq"):
        providers.find("groq", "text")
    await providers.aclose()


async def test_each_key_brings_its_provider() -> None:
    """One adapter, a table of endpoints; addresses come from the settings."""
    settings = Settings.model_validate({"GROQ_BASE_URL": "http://127.0.0.1:9/openai/v1"})
    key = SecretStr("sk-" + "k" * 20)
    providers = open_providers(settings, dict.fromkeys(CREDENTIALS, key))
    assert all(providers.obstacle(name, "text") is None for name in ("groq", "openai", "gmi-cloud", "lovable-ai"))
    assert endpoint_of(providers, "groq").base_url == "http://127.0.0.1:9/openai/v1"
    await providers.aclose()


async def test_a_malformed_key_counts_as_none_and_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """A line break in a key is logged by the variable's name, and the key is not shown."""
    caplog.set_level(logging.DEBUG)
    providers = open_providers(
        EMPTY, {"groq": SecretStr("gsk_abc\ndef"), "openai": SecretStr("  "), "fal-ai": SecretStr("a b")}
    )
    assert providers.obstacle("fal-ai", "image") == "no_credentials:fal-ai"
    assert providers.obstacle("groq", "text") == "no_credentials:groq"
    assert providers.obstacle("openai", "text") == "no_credentials:openai"
    assert "GROQ_API_KEY" in caplog.text
    assert "gsk_abc" not in caplog.text
    await providers.aclose()


async def test_a_chat_provider_is_never_asked_for_a_picture() -> None:
    """A chat's key opens text models; a picture of it has no adapter, and the reason does not blame the key."""
    key = SecretStr("k" * 20)
    providers = open_providers(EMPTY, {"gmi-cloud": key, "fal-ai": key, "groq": key})
    assert providers.obstacle("groq", "text") is None
    assert providers.obstacle("groq", "image") == "unsupported_provider:groq"
    assert all(providers.obstacle("gmi-cloud", made) is None for made in ("text", "image", "video", "audio"))
    assert type(providers.find("gmi-cloud", "text")) is Chat
    assert type(providers.find("gmi-cloud", "video")) is Gmi
    assert providers.obstacle("gmi-cloud", "3d") == "unsupported_provider:gmi-cloud"
    assert all(providers.obstacle("fal-ai", made) is None for made in ("image", "video", "audio", "json", "3d"))
    assert providers.obstacle("fal-ai", "text") == "unsupported_provider:fal-ai"
    assert providers.obstacle("elevenlabs", "audio") == "no_credentials:elevenlabs"
    assert providers.obstacle("kodak", "image") == "unsupported_provider:kodak"
    await providers.aclose()


@pytest.mark.parametrize(
    ("environment", "keys", "authorization"),
    [
        ({}, {}, None),
        ({}, {"local": SecretStr("k" * 20)}, None),
        ({"WZRD_CHAT_BASE_URL": "http://127.0.0.1:9/v1"}, {}, ""),
        ({"WZRD_CHAT_BASE_URL": "http://127.0.0.1:9/v1"}, {"local": SecretStr("k" * 20)}, "k" * 20),
    ],
)
async def test_a_server_of_ones_own_needs_an_address_and_no_key(
    environment: dict[str, str], keys: dict[str, SecretStr], authorization: str | None
) -> None:
    """`local` is there with its address; without one the reason is that it is not configured, with the remedy."""
    providers = open_providers(Settings.model_validate(environment), keys)
    told = providers.obstacle("local", "text")
    if authorization is None:
        assert told == "no_credentials:local"
        assert "WZRD_CHAT_BASE_URL" in describe_obstacle(told)
    else:
        assert told is None
        assert endpoint_of(providers, "local").bearer() == authorization
    await providers.aclose()


class Resting:
    """A provider whose rate limit is used up for so many seconds."""

    name: str = "resting"
    media_types: frozenset[str] = frozenset({"text"})
    recovery: Recovery = "none"
    paid: bool = True

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def pause(self, model: str) -> float:
        """See `Paced`."""
        return self.seconds if model == "busy" else 0.0

    async def stream(self, request: Request) -> AsyncGenerator[Output]:
        """Never asked."""
        yield Output(text=request.model)


async def test_a_used_up_rate_limit_is_waited_for() -> None:
    """The submit begins when the provider has said it may, and not at all when that is beyond the deadline."""
    providers, clock = Providers([Resting(0.15)]), asyncio.get_running_loop().time
    async with providers.admit(Target("resting", "idle"), "text", seconds=0):
        pass
    began = clock()
    async with providers.admit(Target("resting", "busy"), "text", seconds=60):
        assert clock() - began >= 0.15
    with pytest.raises(ProviderUnsent, match="rate limit") as refused:
        async with providers.admit(Target("resting", "busy"), "text", seconds=0.1):
            pytest.fail("it was asked")
    assert refused.value.details["retry_after"] == 0.15


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
        providers = open_providers(settings, {"groq": SecretStr("gsk_" + "k" * 20)})
        assert endpoint_of(providers, "groq").base_url.endswith(f":{port}/openai/v1")
        await providers.aclose()
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"ours\n")
        assert await came.get() == "ours\n"  # connections are taken in order: an earlier one would have come first
        writer.close()
    await Providers().aclose()
