"""Nonces and domains over HTTP: what a page of ours does with them, and what another site cannot do without."""

import asyncio
import time
from datetime import datetime
from typing import Any

import httpx
import pytest
from eth_account import Account
from fastapi import FastAPI
from sqlalchemy import text

from server.api.app import create_app
from server.api.routes.wallet_auth import NONCES_PER_MINUTE
from tests.domain.siwe import DOMAIN, WALLET, sign, siwe, stamp
from tests.server.served import with_settings
from wzrd.domain.wallet import NONCE_SPENT
from wzrd.runtime.process import Runtime
from wzrd.settings import Settings

PATH = "/functions/v1/wallet-auth"
NONCE_PATH = "/functions/v1/wallet-nonce"
SPENT = 401, {"error": NONCE_SPENT}


@pytest.fixture
def app(runtime: Runtime) -> FastAPI:
    """The application of a studio whose pages lie on two domains."""
    return create_app(with_settings(runtime, wallet_domains=(DOMAIN, "localhost:3000"), wallet_sign_ups=100))


def strict(runtime: Runtime) -> httpx.AsyncClient:
    """A client of the same studio, which requires a nonce."""
    app = create_app(with_settings(runtime, wallet_domains=(DOMAIN,), wallet_require_nonce=True))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://wzrd.test")


async def get_nonce(client: httpx.AsyncClient, **headers: str) -> dict[str, Any]:
    """Answer that a page gets: a nonce."""
    response = await client.get(NONCE_PATH, headers=headers)
    assert response.status_code == 200
    return response.json()


def body_of(message: str, wallet: Any = WALLET, **more: Any) -> dict[str, Any]:
    """The signed body."""
    return {"walletAddress": wallet.address, "message": message, "signature": sign(message, wallet), **more}


def plain(lines: str = "", wallet: Any = WALLET) -> dict[str, Any]:
    """The documented message with more lines, and its body."""
    at = int(time.time() * 1000)
    message = (
        f"Sign this message to authenticate with MOG Studio.\n\nWallet: {wallet.address}\nTimestamp: {at}\n{lines}\n"
        "This signature proves you own this wallet and does not authorize any transactions."
    )
    return body_of(message, wallet, timestamp=at)


async def enter(client: httpx.AsyncClient, body: dict[str, Any]) -> tuple[int, Any]:
    """Sign in, and say how it went."""
    response = await client.post(PATH, json=body)
    return response.status_code, response.json()


async def test_a_page_is_told_all_that_a_message_needs(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """A fresh nonce, its time, the domain of the page that asks, and nothing that a cache may keep."""
    response = await client.get(NONCE_PATH)
    assert (response.headers["cache-control"], response.headers["access-control-allow-origin"]) == ("no-store", "*")
    told = response.json()
    assert set(told) == {"nonce", "issuedAt", "expiresAt", "domain", "domains", "version"}
    assert (told["domain"], told["domains"], told["version"]) == (DOMAIN, [DOMAIN, "localhost:3000"], "1")
    seconds = (datetime.fromisoformat(told["expiresAt"]) - datetime.fromisoformat(told["issuedAt"])).total_seconds()
    assert 290 < seconds < 310
    assert (await get_nonce(client))["nonce"] != told["nonce"]
    assert (await get_nonce(client, origin="http://Localhost:3000"))["domain"] == "localhost:3000"
    for origin in ("https://evil.example", "null", "http://[", ""):
        assert (await get_nonce(client, origin=origin))["domain"] == DOMAIN


async def test_its_message_signs_in_once(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """Without a timestamp, whether nonces are required or not; the nonce is then spent, for another wallet too."""
    other = Account.from_key("0x" + "22" * 32)
    async with strict(runtime) as strict_client:
        for door in (client, strict_client):
            values = await get_nonce(door)
            message = siwe(
                nonce=values["nonce"], domain=values["domain"], tail=f"\nExpiration Time: {values['expiresAt']}"
            )
            status, reply = await enter(door, body_of(message))
            assert (status, reply["bootstrap"]["wallet_address"]) == (200, WALLET.address.lower())
            assert await enter(door, body_of(message)) == SPENT
            again = siwe(nonce=values["nonce"], domain=values["domain"], wallet=other)
            assert await enter(door, body_of(again, other)) == SPENT


async def test_one_nonce_ten_times_at_once_is_one_session(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """Ten different messages of ten wallets with one nonce: a race with one winner."""
    nonce = (await get_nonce(client))["nonce"]
    wallets = [Account.from_key(f"0x{n:064x}") for n in range(1, 11)]
    bodies = [body_of(siwe(nonce=nonce, wallet=wallet), wallet) for wallet in wallets]
    answers = await asyncio.gather(*(enter(client, body) for body in bodies))
    assert sorted(status for status, _ in answers) == [200] + [401] * 9
    async with runtime.begin() as tx:
        assert await tx.scalar(text("select count(*) from wzrd.users")) == 1


async def test_a_nonce_of_somebody_elses_making_is_refused(client: httpx.AsyncClient) -> None:
    """Only this server's count: a replayed message of our own domain cannot be dressed up with a fresh-looking one."""
    assert await enter(client, body_of(siwe(nonce="a" * 32))) == SPENT
    assert await enter(client, plain(f"Domain: {DOMAIN}\nNonce: {'a' * 32}\n")) == SPENT
    assert await enter(client, plain(f"Domain: {DOMAIN}\nNonce:\n")) == SPENT


async def test_an_expired_nonce_is_refused(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """Five minutes by the database's clock, however young the message is."""
    nonce = (await get_nonce(client))["nonce"]
    async with runtime.begin() as tx:
        await tx.execute(text("update wzrd.wallet_nonces set expires_at = clock_timestamp()"))
    assert await enter(client, body_of(siwe(nonce=nonce))) == SPENT


async def test_another_site_gets_nowhere(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """It has fetched a nonce here and had it signed for its own domain; nothing it does to the body helps."""
    nonce = (await get_nonce(client, origin="https://evil.example"))["nonce"]
    at = int(time.time() * 1000)
    message = siwe(nonce=nonce, domain="evil.example", uri=f"https://{DOMAIN}/", statement=f"Free tokens! {at}")
    assert WALLET.address in message
    for more in ({}, {"timestamp": at}, {"timestamp": at, "nonce": nonce}, {"domain": DOMAIN, "nonce": None}):
        status, reply = await enter(client, body_of(message, **more))
        assert (status, "evil.example" in reply["error"]) == (401, True)
    for doctored in (message.replace("evil.example", DOMAIN), message + "\n", "x" + message):
        signed = {**body_of(message), "message": doctored, "timestamp": at}
        assert (await enter(client, signed))[0] in {400, 401}
    async with runtime.begin() as tx:
        assert await tx.scalar(text("select count(*) from wzrd.users")) == 0
        assert await tx.scalar(text("select count(*) from wzrd.wallet_nonces")) == 1


async def test_the_documented_message_works_unless_a_nonce_is_required(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    """By default it signs in as ever; where a nonce is required it is refused with a code and the way out."""
    assert (await enter(client, plain()))[0] == 200
    async with strict(runtime) as door:
        status, reply = await enter(door, plain())
        assert (status, reply["code"]) == (403, "nonce_required")
        assert NONCE_PATH in reply["error"]
        for more in ({"nonce": (await get_nonce(door))["nonce"]}, {"nonce": "x" * 60_000}):
            status, reply = await enter(door, {**plain(), **more})
            assert (status, reply["error"].startswith("nonce: is not in the signed message")) == (400, True)


async def test_the_documented_message_may_carry_a_nonce(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """Two lines more in the text, and the nonce beside it if one likes; once, and for this domain."""
    async with strict(runtime) as door:
        nonce = (await get_nonce(door))["nonce"]
        lines = f"Domain: {DOMAIN}\nNonce: {nonce}\n"
        assert (await enter(door, plain(lines.replace(DOMAIN, "evil.example"))))[0] == 401
        assert (await enter(door, {**plain(lines), "nonce": nonce}))[0] == 200
        assert await enter(door, plain(lines)) == SPENT
        assert await enter(client, plain(lines)) == SPENT


async def test_a_failed_sign_in_has_spent_nothing(client: httpx.AsyncClient) -> None:
    """A wrong signature, an expired message: the nonce is still good for the right one."""
    nonce = (await get_nonce(client))["nonce"]
    good = body_of(siwe(nonce=nonce))
    other = sign(good["message"], Account.from_key("0x" + "22" * 32))
    assert (await enter(client, {**good, "signature": other}))[0] == 401
    late = siwe(nonce=nonce, tail=f"\nExpiration Time: {stamp(0)}")
    assert (await enter(client, body_of(late)))[0] == 400
    assert (await enter(client, good))[0] == 200


async def test_one_network_gets_so_many_nonces(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """Nobody fills the table: sixty a minute, then 429 with Retry-After, though several are asked for at once."""
    answers = [
        answer
        for _ in range(NONCES_PER_MINUTE // 10 + 1)
        for answer in await asyncio.gather(*(client.get(NONCE_PATH) for _ in range(10)))
    ]
    refused = [answer for answer in answers if answer.status_code != 200]
    assert len(refused) == 10
    for answer in refused:
        assert answer.status_code == 429
        assert 0 < int(answer.headers["retry-after"]) <= 60
    async with runtime.begin() as tx:
        assert await tx.scalar(text("select count(*) from wzrd.wallet_nonces")) == NONCES_PER_MINUTE


async def test_a_server_that_issues_no_sessions_issues_no_nonces(runtime: Runtime) -> None:
    """501 with the same words as the sign-in's."""
    runtime.settings = Settings.model_validate({"SUPABASE_JWKS_URL": "http://127.0.0.1:9/jwks"})
    transport = httpx.ASGITransport(create_app(runtime))
    async with httpx.AsyncClient(transport=transport, base_url="http://wzrd.test") as client:
        response = await client.get(NONCE_PATH)
    assert response.status_code == 501
    assert "SUPABASE_JWT_SECRET" in response.json()["error"]
