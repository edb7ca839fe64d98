"""The public anon key: good for what a page asks before its user has signed in, and for nothing else."""

import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import jwt
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from server.api.auth import Anonymous, Authenticator, AuthUser, read_caller
from tests.server.api.test_auth import EC_KEY, PUBLIC, RSA_KEY
from tests.server.api.test_wallet_auth import sign_in
from tests.server.conftest import SECRET, Clock
from wzrd.db.users import StoredUser
from wzrd.domain.errors import Unauthenticated
from wzrd.runtime.process import Runtime
from wzrd.runtime.session import utc_now
from wzrd.settings import Settings

Make = Callable[..., str]
YEAR = 365 * 86_400
WALLET_ROUTES = (("POST", "/functions/v1/wallet-auth"), ("GET", "/functions/v1/wallet-nonce"))
CATALOG = "/functions/v1/model-catalog"
ANON_ROUTES = (*WALLET_ROUTES, ("GET", CATALOG), ("HEAD", CATALOG), ("POST", CATALOG))
"""Routes that the anon key opens."""
OPEN = {
    "/healthz",
    "/health/live",
    "/health/ready",
    "/metrics",
    "/storage/v1/object/public/{bucket}/{path}",
    "/auth/v1/token",
    "/functions/v1/compute-schema",
}
"""Routes that ask for no token at all."""
BY_ADDRESS = {
    ("GET", "/storage/v1/object/sign/{bucket}/{path}"): 400,
    ("PUT", "/storage/v1/object/upload/sign/{bucket}/{path}"): 400,
    ("GET", "/storage/v1/object/{bucket}/{path}"): 404,
    ("GET", "/storage/v1/object/info/{bucket}/{path}"): 404,
}
"""Routes whose address decides: without a signature it is wrong; a file that is not public is not there."""


def anon_key(key: Any = SECRET, algorithm: str = "HS256", headers: dict[str, Any] | None = None, **changed: Any) -> str:
    """A key as Supabase makes them: no subject, no audience, an issuer that no user's token has."""
    now = int(time.time())
    claims = {"iss": "supabase", "ref": "project", "role": "anon", "iat": now - YEAR, "exp": now + YEAR} | changed
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.api_jws.encode(json.dumps(kept).encode(), key, algorithm, headers)


def bearing(token: str) -> dict[str, str]:
    """The header."""
    return {"authorization": f"Bearer {token}"}


def door(**settings: Any) -> Authenticator:
    """One with the shared secret and a key set."""
    values = {"SUPABASE_JWT_SECRET": SECRET, **settings}
    return Authenticator(Settings.model_validate(values), utc_now, PUBLIC)


FREE_CLAIMS: list[dict[str, Any]] = [{}, {"iss": None, "ref": None, "iat": None}, {"sub": "x", "aud": "anon"}]


@pytest.mark.parametrize("more", FREE_CLAIMS)
async def test_both_kinds_of_signature_are_taken(more: dict[str, Any]) -> None:
    """The shared secret's and a JWKS key's; neither subject nor audience nor issuer is needed, nor believed."""
    for token in (
        anon_key(**more),
        anon_key(EC_KEY, "ES256", {"kid": "e"}, **more),
        anon_key(RSA_KEY, "RS256", {"kid": "r"}, **more),
    ):
        assert await door().authenticate_public(f"Bearer {token}") == Anonymous()


async def test_a_configured_issuer_is_for_users(make_token: Make) -> None:
    """An anon key never names it; a user's token must, at a public route as well."""
    strict = door(SUPABASE_JWT_ISSUER="https://mine.test/auth/v1")
    assert await strict.authenticate_public(f"Bearer {anon_key()}") == Anonymous()
    with pytest.raises(Unauthenticated):
        await strict.authenticate_public(f"Bearer {make_token(iss='https://other.test/auth/v1')}")


async def test_a_user_is_a_user_at_a_public_route(make_token: Make, user: StoredUser) -> None:
    """Signing in does not close what was open before."""
    found = await door().authenticate_public(f"Bearer {make_token()}")
    assert isinstance(found, AuthUser)
    assert found.user_id == user.user_id


async def test_an_anon_key_is_no_user(user: StoredUser) -> None:
    """Not even one that brings a user's id and audience along."""
    claims: list[dict[str, Any]] = [{}, {"sub": str(user.user_id), "aud": "authenticated", "email": user.email}]
    for more in claims:
        with pytest.raises(Unauthenticated):
            await door().authenticate(f"Bearer {anon_key(**more)}")


NOW = int(time.time())
BAD_KEYS: dict[str, str] = {
    "expired": anon_key(exp=NOW - 60),
    "without an expiry": anon_key(exp=None),
    "expiry as text": anon_key(exp=str(NOW + YEAR)),
    "not yet": anon_key(nbf=NOW + 3600),
    "from the future": anon_key(iat=NOW + 3600),
    "another secret": anon_key("another-secret-of-more-than-thirty-two-bytes"),
    "another HMAC": anon_key(SECRET * 2, "HS512"),
    "unsigned": anon_key("", "none"),
    "a stranger's key": anon_key(RSA_KEY, "RS256"),
    "service role": anon_key(role="service_role"),
    "no role": anon_key(role=None),
    "roles": anon_key(role=["anon"]),
    "another case": anon_key(role="Anon"),
    "a guest": anon_key(role="authenticated", aud="authenticated", is_anonymous=True),
    "no token": "sb_publishable_abcdefghijklmnopqrstuvwxyz",
}


@pytest.mark.parametrize("token", BAD_KEYS.values(), ids=BAD_KEYS.keys())
async def test_a_wrong_key_opens_nothing(client: httpx.AsyncClient, token: str) -> None:
    """401 at the routes that take an anon key, though they take no header at all as well; nothing is spent by it."""
    body = sign_in()
    for method, path in WALLET_ROUTES:
        response = await client.request(method, path, json=body, headers=bearing(token))
        assert (response.status_code, response.json()) == (401, {"error": "Unauthorized"})
        assert response.headers["access-control-allow-origin"] == "*"
    assert (await client.post(WALLET_ROUTES[0][1], json=body)).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"authorization": ""}, bearing(anon_key()), {"apikey": "anything"}])
async def test_the_wallet_routes_take_the_key_and_no_key(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    """As supabase-js sends it before its user has signed in, and as a plain caller does."""
    assert (await client.post(WALLET_ROUTES[0][1], json=sign_in(), headers=headers)).status_code == 200
    assert (await client.get(WALLET_ROUTES[1][1], headers=headers)).status_code == 200


async def test_a_signed_in_user_may_sign_in_anew(client: httpx.AsyncClient, bearer: dict[str, str]) -> None:
    """A user's token is as good as the anon key."""
    assert (await client.post(WALLET_ROUTES[0][1], json=sign_in(), headers=bearer)).status_code == 200


async def test_everywhere_else_it_is_401(app: FastAPI, client: httpx.AsyncClient) -> None:
    """Every route of the application but those that ask for nothing: the anon key is answered 401, and nothing runs."""
    tried, query = set[str](), {"project_id": "7a4b1f0e-7a0e-4a53-9f62-2b1a6c0f9d11"}
    for template, operations in app.openapi()["paths"].items():
        path = template.replace("{run_id}", "7a4b1f0e-7a0e-4a53-9f62-2b1a6c0f9d11")
        for method in (name.upper() for name in operations):
            if template not in OPEN and (method, template) not in ANON_ROUTES:
                response = await client.request(method, path, params=query, headers=bearing(anon_key()))
                assert response.status_code == BY_ADDRESS.get((method, template), 401), (method, template)
                tried.add(template)
    assert {"/functions/v1/gen-shots", "/functions/v1/director-cut", "/auth/v1/user", "/functions/v1/runs"} <= tried


async def test_a_public_route(client: httpx.AsyncClient, bearer: dict[str, str]) -> None:
    """The catalog answers users and the anon key, and nobody without one: a wrong key is no key."""
    for method in ("GET", "HEAD", "POST"):
        for headers in (bearing(anon_key()), bearer):
            assert (await client.request(method, CATALOG, headers=headers)).status_code == 200
        assert (await client.request(method, CATALOG)).status_code == 401
        for token in BAD_KEYS.values():
            wrong = await client.request(method, CATALOG, headers=bearing(token))
            assert (wrong.status_code, wrong.headers["www-authenticate"]) == (401, "Bearer")
    assert (await client.get(CATALOG)).json() == {"error": "Missing authorization header"}


async def test_its_expiry_follows_the_runtimes_clock(runtime: Runtime, clock: Clock) -> None:
    """Good until it expires, and then no longer."""
    checked = Authenticator(runtime.settings, runtime.now)
    token = f"Bearer {anon_key()}"
    assert await checked.authenticate_public(token) == Anonymous()
    clock.forward(YEAR + 3600)
    with pytest.raises(Unauthenticated):
        await checked.authenticate_public(token)


_json = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
_claims = st.dictionaries(st.sampled_from(["exp", "nbf", "iat", "sub", "aud", "role", "is_anonymous"]), _json)


@given(_claims)
def test_no_claims_whatever_make_a_user_of_anybody(claims: dict[str, Any]) -> None:
    """Claims of any type are refused, or, with role `anon` and a right expiry, nobody's."""
    for role in ({}, {"role": "anon"}):
        try:
            found = read_caller(
                json.dumps(claims | role).encode(), now=time.time(), settings=Settings.model_validate({})
            )
        except Unauthenticated:
            continue
        assert found == Anonymous()
        assert role
        assert claims["exp"] > time.time() - 60
