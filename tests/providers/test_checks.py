"""The free call of each provider: four verdicts, in bounded time, never with the key in them."""

import asyncio
import time
from typing import Any

import pytest
from pydantic import SecretStr

from server.fakes import Behaviour, Fakes
from wzrd.domain.checks import judge, subscription_left
from wzrd.net.http import open_http
from wzrd.providers.checks import CHECK_SECONDS, check_key
from wzrd.providers.credentials import CREDENTIALS, Credential
from wzrd.settings import Settings

pytestmark = pytest.mark.usefixtures("module_fakes")

KEY = SecretStr("a-key-that-nobody-may-see-0123456789")
PROVIDERS = sorted(CREDENTIALS)


async def check(
    fakes: Fakes, provider: str, key: SecretStr | None = KEY, *, in_block: bool = False, **more: Any
) -> tuple[str | None, str]:
    told = {name: value for name, value in fakes.environment().items() if not name.endswith("_KEY")}
    settings = Settings.model_validate({**told, **more})
    async with open_http(idle=60) as http:
        found = await check_key(settings, provider, key, http, in_block=in_block)
    assert KEY.get_secret_value() not in repr(found)
    return found.verdict, found.detail


def addresses(url: str, *rows: Credential) -> dict[str, Any]:
    """These providers' addresses, all at `url`, by their variables."""
    return {str(Settings.model_fields[name].alias): url for row in rows for name in row.addresses}


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_the_four_verdicts(fakes: Fakes, provider: str) -> None:
    """A good key, a bad one, an empty account, a vendor that is down; nothing is generated."""
    await fakes.reset()
    assert (await check(fakes, provider))[0] == "valid"
    for status, verdict in ((401, "refused"), (402, "out of quota"), (429, "out of quota"), (503, "unreachable")):
        told = f"no: {KEY.get_secret_value()}"
        await fakes.script(Behaviour(on="check", provider=provider, status=status, text=told))
        assert (await check(fakes, provider))[0] == verdict
    assert await fakes.paid_submits(provider) == []


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_a_verdict_names_where_the_key_stands(fakes: Fakes, provider: str) -> None:
    """The variable, or the block, whatever the verdict: only there can an operator mend it."""
    await fakes.reset()
    row = CREDENTIALS[provider]
    for in_block, place in ((False, row.variable), (True, f"block wzrd-{provider}-credentials/wzrd")):
        assert place in (await check(fakes, provider, in_block=in_block))[1]
        for status in (401, 402, 503):
            await fakes.script(Behaviour(on="check", provider=provider, status=status, text="no"))
            assert place in (await check(fakes, provider, in_block=in_block))[1]
        bad = SecretStr("two\nlines")
        assert (await check(fakes, provider, bad, in_block=in_block))[1].startswith(f"{place} is malformed")


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_what_is_no_answer_is_unreachable(fakes: Fakes, provider: str) -> None:
    """A hung-up connection, a page instead of JSON."""
    await fakes.reset()
    if provider != "lovable-ai":  # its good answer is a refusal
        for reply in ("dropped", "malformed"):
            await fakes.script(Behaviour(on="check", provider=provider, reply=reply))
            assert (await check(fakes, provider))[0] == "unreachable"
    dead = addresses("http://127.0.0.1:9", CREDENTIALS[provider])
    assert (await check(fakes, provider, **dead))[0] == "unreachable"


async def test_a_vendor_that_never_answers_costs_five_seconds(fakes: Fakes) -> None:
    """All of them at once take no longer than one."""

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await gone.wait()
        writer.close()

    gone = asyncio.Event()
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    dead = addresses(address, *CREDENTIALS.values())
    began = time.monotonic()
    found = await asyncio.gather(*(check(fakes, provider, **dead) for provider in PROVIDERS))
    assert CHECK_SECONDS - 1 < time.monotonic() - began < 30
    assert {verdict for verdict, _ in found} == {"unreachable"}
    gone.set()
    server.close()


async def test_without_a_key_nobody_is_asked(fakes: Fakes) -> None:
    """The variable is named; a server of one's own needs none; a malformed key is never sent."""
    await fakes.reset()
    for provider in PROVIDERS:
        verdict, detail = await check(fakes, provider, None)
        row = CREDENTIALS[provider]
        assert (verdict, row.variable in detail) == (("valid", False) if row.keyless else (None, True))
    verdict, detail = await check(fakes, "openai", SecretStr("two\nlines"))
    assert (verdict, "OPENAI_API_KEY is malformed" in detail) == ("refused", True)


@pytest.mark.parametrize(
    ("status", "reason", "malformed", "verdict"),
    [
        (200, "", False, "valid"),
        (401, "quota_exceeded", False, "out of quota"),
        (401, "You lack user_read missing_permissions", False, "valid"),
        (403, "User is locked. Reason: Exhausted balance. Top up", False, "out of quota"),
        (403, "User is locked. Reason: Admin lock.", False, "refused"),
        (401, "You have insufficient permissions for this operation.", False, "refused"),
        (400, "API key not valid. Please pass a valid API key.", False, "refused"),
        (400, "messages: required", True, "valid"),
        (400, "what?", False, "unreachable"),
        (404, "no such route", False, "unreachable"),
        (302, "", False, "unreachable"),
    ],
)
def test_answers_are_read(status: int, reason: str, malformed: bool, verdict: str) -> None:
    """By status, and by the words with which vendors tell more than it."""
    assert judge(status, reason, refused_only=malformed) == verdict


def test_a_subscription_may_be_used_up() -> None:
    """Unless its plan goes on beyond the limit; numbers that are none are no verdict."""
    assert subscription_left({"character_count": 9, "character_limit": 10})
    assert not subscription_left({"character_count": 10, "character_limit": 10})
    assert subscription_left({"character_count": 10, "character_limit": 10, "can_extend_character_limit": True})
    assert subscription_left({"character_count": "10"})
