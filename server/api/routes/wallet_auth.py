"""POST /functions/v1/wallet-auth: a signed text from a wallet becomes a session; GET …/wallet-nonce: what to sign.

Beyond the original a signature is good once, new wallets are counted by network, and every step of provisioning is one
transaction. Both routes are open, and take the anon key where one is sent.
"""

import asyncio
import math
import secrets
from datetime import UTC, datetime

from fastapi import APIRouter, Depends, Request
from pydantic import Field
from starlette.responses import Response

from server.api.access import network_of
from server.api.bodies import json_response, parse, read_json
from server.api.callers import optional_caller
from server.api.described import Parameters, described
from server.api.services import ServicesOf
from server.api.sessions import issue_session, require_secret
from wzrd.contracts.wallet_auth import Bootstrap, WalletAuthAnswer, WalletAuthRequest, WalletNonce
from wzrd.db import ledger, users
from wzrd.db.engine import Tx
from wzrd.db.rate_limits import count_event
from wzrd.db.users import spend_nonce, store_nonce
from wzrd.domain.errors import Forbidden, NotConfigured, TooMany, Unauthenticated
from wzrd.domain.wallet import (
    NONCE_PATH,
    NONCE_SPENT,
    SignInRules,
    WalletClaim,
    check_binding,
    claim_key,
    read_claim,
    verify_claim,
)
from wzrd.runtime.process import Runtime
from wzrd.settings import Settings

MAX_BODY = 65_536
NONCE_SECONDS = 300
NONCES_PER_MINUTE = 60
"""Nonces that one network may ask for in a minute: each is a row until it is spent or expires."""
router = APIRouter(tags=["identity"], dependencies=[Depends(optional_caller)])


class PageHeaders(Parameters):
    """Which page asks."""

    origin: str | None = Field(default=None, alias="Origin")


@router.get(NONCE_PATH)
@described(answers={200: WalletNonce}, headers=PageHeaders, raises=(TooMany, NotConfigured))
async def get_nonce(request: Request, services: ServicesOf) -> Response:
    """A nonce that a wallet's message may carry once within five minutes, and the domain to sign it for."""
    runtime = services.runtime
    settings = runtime.settings
    require_secret(settings)
    nonce, network = secrets.token_hex(16), network_of(request, settings.trusted_proxies)
    async with runtime.begin() as tx:
        wait = await count_event(tx, f"wallet-nonce {network}", NONCES_PER_MINUTE)
        if wait:
            raise TooMany(f"More than {NONCES_PER_MINUTE} nonces a minute", retry_after=math.ceil(wait))
        expires_at = await store_nonce(tx, nonce, NONCE_SECONDS)
    answer = WalletNonce(
        nonce=nonce,
        issued_at=_iso(runtime.now()),
        expires_at=_iso(expires_at),
        domain=_domain_of(request, settings),
        domains=settings.sign_in_domains,
    )
    return json_response(answer.wire(), headers={"cache-control": "no-store"})


def _domain_of(request: Request, settings: Settings) -> str:
    """The domain of the page that asks, where it is one of ours; else the first one."""
    origin = request.headers.get("origin", "").partition("://")[2].lower()
    return origin if origin in settings.sign_in_domains else settings.sign_in_domains[0]


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@router.post("/functions/v1/wallet-auth")
@described(body=WalletAuthRequest, answers={200: WalletAuthAnswer}, raises=(Forbidden, TooMany, NotConfigured))
async def sign_in_with_wallet(request: Request, services: ServicesOf) -> Response:
    """`{walletAddress, message, signature, timestamp, nonce?}` → `{session, user, bootstrap}`."""
    runtime = services.runtime
    settings = runtime.settings
    require_secret(settings)
    body = parse(WalletAuthRequest, await read_json(request, max_bytes=min(MAX_BODY, settings.max_body)))
    now_ms = int(runtime.now().timestamp() * 1000)
    claim = read_claim(body.wallet_address, body.message, body.signature, body.timestamp, now_ms=now_ms)
    rules = SignInRules(settings.sign_in_domains, settings.wallet_require_nonce)
    nonce = check_binding(claim, rules, body.nonce, now_ms=now_ms)
    await asyncio.to_thread(verify_claim, claim)
    network = network_of(request, settings.trusted_proxies)
    return json_response((await _admit(runtime, claim, nonce, network)).model_dump(mode="json"))


async def _admit(runtime: Runtime, claim: WalletClaim, nonce: str | None, network: str) -> WalletAuthAnswer:
    """Spend nonce and signature, find or make the user with its account, open a session: all or nothing."""
    settings = runtime.settings
    async with runtime.begin() as tx:
        if nonce is not None and not await spend_nonce(tx, nonce):
            raise Unauthenticated(NONCE_SPENT)
        if not await users.use_signature(tx, claim_key(claim)):
            raise Unauthenticated("Signature already used. Please sign again.")
        user = await users.ensure_wallet_user(tx, claim.account)
        if user.created:
            await _count_sign_up(tx, network, settings.wallet_sign_ups)
        welcomed = await ledger.open_account(tx, user.user_id, settings.welcome_credits)
        credit = await ledger.read_balance(tx, user.user_id)
        session = await issue_session(tx, settings, user, now=runtime.now())
    bootstrap = Bootstrap(
        user_id=str(user.user_id),
        wallet_address=claim.account,
        available_credits=max(credit, 0),
        welcome_granted=welcomed,
    )
    return WalletAuthAnswer(session=session, user=session.user, bootstrap=bootstrap)


async def _count_sign_up(tx: Tx, network: str, limit: int) -> None:
    """Count a new wallet. Over the limit the transaction is rolled back: the same signature may come again later."""
    wait = await count_event(tx, f"wallet-sign-up {network}", limit)
    if wait:
        seconds = math.ceil(wait)
        raise TooMany(
            f"More than {limit} new wallets a minute from your address: try again in {seconds} s", retry_after=seconds
        )
