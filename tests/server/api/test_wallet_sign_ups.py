"""New wallets on live sockets: what a crowd draws, where they are counted, and whom that never stops."""

import asyncio
import itertools
import time
import uuid
from typing import Any

import httpx
import pytest
from eth_account import Account
from sqlalchemy import text

from tests.domain.siwe import sign
from tests.server.served import calling, with_settings
from wzrd.db import ledger
from wzrd.runtime.process import Runtime
from wzrd.settings import Settings

PATH = "/functions/v1/wallet-auth"
_keys = itertools.count(1)


@pytest.fixture
async def runtime(module_runtime: Runtime) -> Runtime:
    """Nobody has signed up yet."""
    async with module_runtime.begin() as tx:
        await tx.execute(text("truncate wzrd.rate_limits, wzrd.users, public.wallet_users cascade"))
        await tx.execute(text("truncate public.user_credits, public.credit_transactions cascade"))
    return module_runtime


def new_wallet() -> Any:
    """A wallet that nobody has seen."""
    return Account.from_key(f"0x{next(_keys):064x}")


def sign_in(wallet: Any) -> dict[str, Any]:
    """The documented body; two of one wallet within a millisecond differ."""
    at = int(time.time() * 1000)
    message = f"MOG Studio {uuid.uuid4()}\n\nWallet: {wallet.address}\nTimestamp: {at}"
    return {"walletAddress": wallet.address, "message": message, "signature": sign(message, wallet), "timestamp": at}


async def enter(client: httpx.AsyncClient, wallet: Any, forwarded: str | None = None) -> httpx.Response:
    """Sign in with a wallet."""
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    return await client.post(PATH, json=sign_in(wallet), headers=headers)


async def drawn(runtime: Runtime) -> tuple[int, int]:
    """Number of users, and of the credits that they have been given."""
    async with runtime.begin() as tx:
        users = await tx.scalar(text("select count(*) from wzrd.users"))
        return users or 0, await tx.scalar(text("select sum(amount) from public.credit_transactions")) or 0


async def test_thirty_throw_away_wallets_at_once_draw_five_welcomes(runtime: Runtime) -> None:
    """From one address, at two API processes: five come in, the others are told when to come back, nothing is left."""
    wallets = [new_wallet() for _ in range(30)]
    async with calling(runtime) as (one, _), calling(runtime) as (other, _):
        clients = itertools.cycle((one, other))
        answers = await asyncio.gather(
            *(enter(client, wallet) for client, wallet in zip(clients, wallets, strict=False))
        )
    refused = [answer for answer in answers if answer.status_code != 200]
    assert len(refused) == 25
    for answer in refused:
        assert answer.status_code == 429
        assert 50 < int(answer.headers["retry-after"]) <= 60
        assert answer.json()["error"].startswith("More than 5 new wallets a minute from your address")
    assert await drawn(runtime) == (5, 500)


async def test_a_refused_wallet_has_lost_nothing(runtime: Runtime) -> None:
    """After the minute the very same signature signs it in."""
    late = sign_in(new_wallet())
    async with calling(with_settings(runtime, wallet_sign_ups=1)) as (client, _):
        assert (await enter(client, new_wallet())).status_code == 200
        assert (await client.post(PATH, json=late)).status_code == 429
        async with runtime.begin() as tx:
            earlier = "update wzrd.rate_limits set recent = array[recent[1] - interval '1 minute']"
            await tx.execute(text(earlier))
        response = await client.post(PATH, json=late)
    assert (response.status_code, response.json()["bootstrap"]["welcome_granted"]) == (200, True)


async def test_known_wallets_sign_in_at_the_limit(runtime: Runtime) -> None:
    """Only new users count, and ten first sign-ins of one wallet at once are one."""
    wallet = new_wallet()
    async with calling(with_settings(runtime, wallet_sign_ups=1)) as (client, _):
        answers = await asyncio.gather(*(enter(client, wallet) for _ in range(10)))
        assert [answer.status_code for answer in answers] == [200] * 10
        assert (await enter(client, new_wallet())).status_code == 429
        assert (await enter(client, wallet)).status_code == 200
    assert await drawn(runtime) == (1, 100)


async def test_nobody_chooses_an_address_by_a_header(runtime: Runtime) -> None:
    """A caller on loopback, whom the web server would believe by default, stays who it is."""
    async with calling(with_settings(runtime, wallet_sign_ups=2)) as (client, _):
        answers = [await enter(client, new_wallet(), f"203.0.113.{n}") for n in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]


async def test_behind_a_trusted_proxy_clients_are_counted_each(runtime: Runtime) -> None:
    """By the right-most untrusted hop; IPv6 by /64; what a client writes in front changes nothing."""
    proxies = Settings.model_validate({"WZRD_TRUSTED_PROXIES": "127.0.0.0/8,10.0.0.0/8"}).trusted_proxies
    hops = [
        ("203.0.113.1", 200), ("198.51.100.7, 203.0.113.1", 429), ("203.0.113.1, 10.0.0.9", 429), ("203.0.113.2", 200),
        ("2001:db8::1", 200), ("2001:db8::ffff:1", 429), ("[2001:db8:0:0:9::1]:80", 429), ("2001:db8:0:1::1", 200),
    ]  # fmt: skip
    async with calling(with_settings(runtime, wallet_sign_ups=1, trusted_proxies=proxies)) as (client, _):
        for forwarded, status in hops:
            assert (await enter(client, new_wallet(), forwarded)).status_code == status, forwarded


@pytest.mark.parametrize(("welcome", "granted"), [(0, False), (7, True)])
async def test_the_welcome_is_the_operators(runtime: Runtime, welcome: int, granted: bool) -> None:
    """None at all, or another number; and who came in without one gets none when it is switched on."""
    wallet = new_wallet()
    async with calling(with_settings(runtime, welcome_credits=welcome)) as (client, _):
        bootstrap = (await enter(client, wallet)).json()["bootstrap"]
    assert (bootstrap["available_credits"], bootstrap["welcome_granted"]) == (welcome, granted)
    async with calling(runtime) as (client, _):
        bootstrap = (await enter(client, wallet)).json()["bootstrap"]
    assert (bootstrap["available_credits"], bootstrap["welcome_granted"]) == (welcome, False)
    async with runtime.begin() as tx:
        assert await ledger.read_balance(tx, uuid.UUID(bootstrap["user_id"])) == welcome


def test_the_default_is_the_documented_one() -> None:
    """100 credits; five new wallets a minute; no proxy is believed; no nonce is required."""
    settings = Settings.model_validate({})
    assert (settings.welcome_credits, settings.wallet_sign_ups) == (100, 5)
    assert (settings.trusted_proxies, settings.wallet_require_nonce) == ((), False)
