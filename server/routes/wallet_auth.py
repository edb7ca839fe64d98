"""POST /functions/v1/wallet-auth: a signed text from a wallet becomes a session (behaviour.md 1.3).

Beyond the original a signature is good once, and every step of provisioning is one transaction.
"""

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.bodies import json_response, parse, read_json
from server.sessions import issue_session, require_secret
from server.state import RuntimeOf
from wzrd.contracts.wallet_auth import Bootstrap, WalletAuthAnswer, WalletAuthRequest
from wzrd.db import ledger, users
from wzrd.domain.errors import Unauthenticated
from wzrd.domain.wallet import WalletClaim, claim_key, read_claim, verify_claim
from wzrd.runtime import Runtime

MAX_BODY = 65_536
router = APIRouter(tags=["identity"])


@router.post("/functions/v1/wallet-auth")
async def sign_in_with_wallet(request: Request, runtime: RuntimeOf) -> Response:
    """`{walletAddress, message, signature, timestamp}` → `{session, user, bootstrap}`."""
    require_secret(runtime.settings)
    body = parse(WalletAuthRequest, await read_json(request, max_bytes=min(MAX_BODY, runtime.settings.max_body)))
    now_ms = int(runtime.now().timestamp() * 1000)
    claim = read_claim(body.wallet_address, body.message, body.signature, body.timestamp, now_ms=now_ms)
    await asyncio.to_thread(verify_claim, claim)
    return json_response((await _admit(runtime, claim)).model_dump(mode="json"))


async def _admit(runtime: Runtime, claim: WalletClaim) -> WalletAuthAnswer:
    """Spend the signature, find or make the user with its account, open a session: all or nothing."""
    async with runtime.begin() as tx:
        if not await users.use_signature(tx, claim_key(claim)):
            raise Unauthenticated("Signature already used. Please sign again.")
        user = await users.ensure_wallet_user(tx, claim.account)
        welcomed = await ledger.open_account(tx, user.user_id)
        credit = await ledger.read_balance(tx, user.user_id)
        session = await issue_session(tx, runtime.settings, user, now=runtime.now())
    bootstrap = Bootstrap(
        user_id=str(user.user_id),
        wallet_address=claim.account,
        available_credits=max(credit, 0),
        welcome_granted=welcomed,
    )
    return WalletAuthAnswer(session=session, user=session.user, bootstrap=bootstrap)
