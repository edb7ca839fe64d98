"""Signing in with a wallet over HTTP: the documented answer, every refusal, and nothing twice."""

import asyncio
import time
import uuid
from typing import Any

import httpx
import jwt
import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from fastapi import FastAPI
from sqlalchemy import text

from server.api.app import create_app
from wzrd.db import ledger
from wzrd.runtime.process import Runtime
from wzrd.settings import Settings

PATH = "/functions/v1/wallet-auth"
SECRET = "a-secret-of-more-than-thirty-two-bytes-for-tests"
WALLET = Account.from_key("0x" + "11" * 32)
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def sign_in(wallet: Any = WALLET, at_ms: int | None = None, note: str = "") -> dict[str, Any]:
    """A body as the documented client sends it."""
    at = at_ms or int(time.time() * 1000)
    message = (
        f"Sign this message to authenticate with MOG Studio.\n\nWallet: {wallet.address}\nTimestamp: {at}\n\n{note}"
    )
    signature = wallet.sign_message(encode_defunct(text=message)).signature.hex().removeprefix("0x")
    return {"walletAddress": wallet.address, "message": message, "signature": f"0x{signature}", "timestamp": at}


def respell_v(body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "signature": body["signature"][:130] + f"{int(body['signature'][130:], 16) - 27:02x}"}


def flip_s(body: dict[str, Any]) -> dict[str, Any]:
    signature = body["signature"]
    s, v = int(signature[66:130], 16), int(signature[130:], 16)
    return {**body, "signature": f"{signature[:66]}{ORDER - s:064x}{55 - v:02x}"}


async def test_a_first_login_brings_session_user_and_welcome(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """The documented answer: a session that works, the user, the bootstrap with 100 welcome credits."""
    response = await client.post(PATH, json=sign_in())
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    answer = response.json()
    assert set(answer) == {"session", "user", "bootstrap"}
    session, account = answer["session"], WALLET.address.lower()
    assert answer["user"] == session["user"]
    assert (answer["user"]["email"], answer["user"]["aud"]) == (f"{account}@wallet.local", "authenticated")
    assert answer["user"]["user_metadata"] == {"wallet_address": account, "auth_type": "wallet"}
    assert answer["bootstrap"] == {
        "success": True,
        "user_id": answer["user"]["id"],
        "wallet_address": account,
        "plan_code": "free",
        "available_credits": 100,
        "welcome_granted": True,
    }
    claims = jwt.decode(session["access_token"], SECRET, ["HS256"], audience="authenticated")
    assert (claims["sub"], claims["role"], claims["email"]) == (
        answer["user"]["id"],
        "authenticated",
        f"{account}@wallet.local",
    )
    assert (claims["exp"] - claims["iat"], session["expires_in"], session["expires_at"]) == (3600, 3600, claims["exp"])
    assert (session["token_type"], claims["iss"]) == ("bearer", "http://127.0.0.1:8787")
    uuid.UUID(claims["session_id"])
    headers = {"authorization": f"Bearer {session['access_token']}"}
    assert (await client.get("/auth/v1/user", headers=headers)).json()["id"] == answer["user"]["id"]
    async with runtime.begin() as tx:
        stored = await tx.scalar(text("select token_hash from wzrd.refresh_tokens"))
    assert session["refresh_token"].encode() not in stored


async def test_a_second_login_is_the_same_user_without_a_second_welcome(client: httpx.AsyncClient) -> None:
    """The wallet's user stays; the welcome comes once in a life."""
    first = (await client.post(PATH, json=sign_in())).json()
    again = (await client.post(PATH, json=sign_in(note="again"))).json()
    assert again["user"]["id"] == first["user"]["id"]
    assert again["bootstrap"] | {"welcome_granted": True} == first["bootstrap"]
    assert again["bootstrap"]["welcome_granted"] is False
    assert again["session"]["refresh_token"] != first["session"]["refresh_token"]


@pytest.mark.parametrize("twin", [dict, respell_v, flip_s])
async def test_a_signature_is_accepted_once(client: httpx.AsyncClient, twin: Any) -> None:
    """A body sent again, or with a twin of its signature, logs nobody in."""
    body = sign_in()
    assert (await client.post(PATH, json=body)).status_code == 200
    replay = await client.post(PATH, json=twin(body))
    assert (replay.status_code, replay.json()) == (401, {"error": "Signature already used. Please sign again."})


async def test_one_signature_ten_times_at_once_is_one_session(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """A race for one signature has one winner and leaves one session."""
    body = sign_in()
    twins = [body, respell_v(body), flip_s(body)] * 4
    responses = await asyncio.gather(*(client.post(PATH, json=twin) for twin in twins))
    assert sorted(response.status_code for response in responses) == [200] + [401] * 11
    async with runtime.begin() as tx:
        assert await tx.scalar(text("select count(*) from wzrd.refresh_tokens")) == 1


async def test_ten_first_logins_at_once_are_one_user_with_one_welcome(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    """Ten different signatures of one new wallet: ten sessions, one user, 100 credits."""
    bodies = [sign_in(note=str(n)) for n in range(10)]
    answers = [r.json() for r in await asyncio.gather(*(client.post(PATH, json=body) for body in bodies))]
    assert len({answer["user"]["id"] for answer in answers}) == 1
    assert sum(answer["bootstrap"]["welcome_granted"] for answer in answers) == 1
    async with runtime.begin() as tx:
        assert await ledger.read_balance(tx, uuid.UUID(answers[0]["user"]["id"])) == 100
        assert await tx.scalar(text("select count(*) from wzrd.users")) == 1


async def test_refusals_have_the_documented_words(client: httpx.AsyncClient) -> None:
    """Each check's status and text; a refused body has spent nothing."""
    body = sign_in()
    other = sign_in(Account.from_key("0x" + "22" * 32))
    now = body["timestamp"]
    cases: list[tuple[dict[str, Any], int, str]] = [
        ({}, 400, "Missing required fields: walletAddress, message, signature, timestamp"),
        ({**body, "message": ""}, 400, "Missing required fields: walletAddress, message, signature, timestamp"),
        (sign_in(at_ms=now - 601_000), 400, "Signature expired. Please sign again."),
        (sign_in(at_ms=now + 125_000), 400, "Signature expired. Please sign again."),
        ({**body, "timestamp": str(now)}, 400, "Signature expired. Please sign again."),
        ({**body, "walletAddress": "0x12"}, 400, "Invalid wallet address format"),
        ({**body, "signature": other["signature"]}, 401, "Invalid signature for wallet address"),
        ({**body, "signature": "0x00"}, 401, "Invalid signature format or verification failed"),
        ({**body, "walletAddress": WALLET.address.lower()}, 400, "Message format invalid or tampered"),
        ({**body, "timestamp": now - 1}, 400, "Message format invalid or tampered"),
        ({**body, "message": 7}, 400, "message: should be a string"),
    ]
    for sent, status, told in cases:
        response = await client.post(PATH, json=sent)
        assert (response.status_code, response.json()) == (status, {"error": told}), sent
        assert response.headers["access-control-allow-origin"] == "*"
    assert (await client.post(PATH, json=body)).status_code == 200


@pytest.mark.parametrize(
    ("content", "status", "told"),
    [
        (b"{", 400, "line 1, column 2"),
        (b"\xff\xfe", 400, "not valid UTF-8"),
        (b"[]", 400, "must be a JSON object"),
        (b'{"message": "a\\u0000b"}', 400, "message: must not contain the NUL character"),
        (b'{"message": "\\ud800"}', 400, "surrogate"),
        (b'{"message": "' + b"x" * 70_000 + b'"}', 413, "larger than"),
        (b"[" * 5_000, 400, "nested more than 64 levels deep"),
    ],
)
async def test_hostile_bodies_are_refused_by_name(
    client: httpx.AsyncClient, content: bytes, status: int, told: str
) -> None:
    """Never a 500, always what was wrong."""
    response = await client.post(PATH, content=content)
    assert response.status_code == status
    assert told in response.json()["error"]


async def test_other_methods_are_refused(client: httpx.AsyncClient) -> None:
    """Only POST, as documented."""
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        response = await client.request(method, PATH)
        assert (response.status_code, response.json()) == (405, {"error": "Method not allowed"})


async def test_a_server_with_keys_to_verify_only_issues_no_sessions(runtime: Runtime) -> None:
    """With a JWKS alone there is nothing to sign with: 501 and a clear text, before the body is read."""
    runtime.settings = Settings.model_validate({"SUPABASE_JWKS_URL": "http://127.0.0.1:9/jwks"})
    app: FastAPI = create_app(runtime)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://wzrd.test") as client:
        response = await client.post(PATH, content=b"{")
        assert response.status_code == 501
        assert "SUPABASE_JWT_SECRET" in response.json()["error"]
        refreshed = await client.post("/auth/v1/token?grant_type=refresh_token", json={"refresh_token": "x"})
        assert (refreshed.status_code, refreshed.json()["error_code"]) == (501, "not_configured")


async def test_the_issuer_is_the_configured_one(runtime: Runtime) -> None:
    """Tokens say the configured issuer and pass the check for it."""
    issuer = "https://project.supabase.test/auth/v1"
    runtime.settings = Settings.model_validate({"SUPABASE_JWT_SECRET": SECRET, "SUPABASE_JWT_ISSUER": issuer})
    transport = httpx.ASGITransport(create_app(runtime))
    async with httpx.AsyncClient(transport=transport, base_url="http://wzrd.test") as client:
        token = (await client.post(PATH, json=sign_in())).json()["session"]["access_token"]
        assert jwt.decode(token, options={"verify_signature": False})["iss"] == issuer
        assert (await client.get("/auth/v1/user", headers={"authorization": f"Bearer {token}"})).status_code == 200
