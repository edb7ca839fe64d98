"""Tokens: whose is a user's, and every way a token can lie."""

import asyncio
import base64
import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import get_default_algorithms

from server.api.auth import Authenticator, read_user
from server.api.callers import CurrentUser
from server.api.jwks import KeySet
from tests.server.conftest import Clock
from wzrd.db.users import StoredUser
from wzrd.domain.errors import NotConfigured, Unauthenticated
from wzrd.runtime.process import Runtime
from wzrd.runtime.session import utc_now
from wzrd.settings import Settings

SECRET = "a-secret-of-more-than-thirty-two-bytes-for-tests"
Make = Callable[..., str]


@pytest.fixture
def authenticator(settings: Settings) -> Authenticator:
    """One that knows the shared secret."""
    return Authenticator(settings, utc_now)


def _configured(**values: Any) -> Settings:
    return Settings.model_validate({"SUPABASE_JWT_SECRET": SECRET, **values})


def _b64(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


async def _refused(authenticator: Authenticator, header: str | None) -> str:
    with pytest.raises(Unauthenticated) as refusal:
        await authenticator.authenticate(header)
    return refusal.value.message


async def test_a_signed_in_person_is_a_user(authenticator: Authenticator, make_token: Make, user: StoredUser) -> None:
    """The documented claims, signed with the shared secret, are a user with id, email and claims."""
    found = await authenticator.authenticate(f"Bearer {make_token()}")
    assert (found.user_id, found.email, found.claims["role"]) == (user.user_id, user.email, "authenticated")


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer "])
async def test_the_scheme_is_read_as_http_says(authenticator: Authenticator, make_token: Make, scheme: str) -> None:
    """The scheme's case does not matter, nor one space more."""
    assert await authenticator.authenticate(f"{scheme} {make_token()}")


@pytest.mark.parametrize("header", [None, "", "  "])
async def test_no_header_has_a_text_of_its_own(authenticator: Authenticator, header: str | None) -> None:
    """An absent or empty header is told apart from a wrong one, as the original does."""
    assert await _refused(authenticator, header) == "Missing authorization header"


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic dTpw", "Bearer a.b", "Bearer a.b.c.d", "Bearer ü.b.c"])
async def test_what_is_no_token_is_unauthorized(authenticator: Authenticator, header: str) -> None:
    """Other schemes, empty and malformed tokens: one text, no hint."""
    assert await _refused(authenticator, header) == "Unauthorized"


async def test_a_bare_token_is_refused(authenticator: Authenticator, make_token: Make) -> None:
    """A token without a scheme is no bearer token."""
    assert await _refused(authenticator, make_token()) == "Unauthorized"


WRONG_CLAIMS: dict[str, dict[str, Any]] = {
    "expired": {"exp": int(time.time()) - 60},
    "no exp": {"exp": None},
    "exp as text": {"exp": "9999999999"},
    "exp true": {"exp": True},
    "exp infinite": {"exp": float("inf")},
    "nbf ahead": {"nbf": int(time.time()) + 3600},
    "nbf as text": {"nbf": "soon"},
    "iat ahead": {"iat": int(time.time()) + 3600},
    "other audience": {"aud": "anon"},
    "no audience": {"aud": None},
    "other audiences": {"aud": ["a", "b"]},
    "audience as object": {"aud": {"authenticated": True}},
    "anon key": {"role": "anon", "iss": "supabase", "sub": None, "aud": None},
    "anon role alone": {"role": "anon"},
    "service key": {"role": "service_role", "iss": "supabase", "sub": None, "aud": None},
    "service role alone": {"role": "service_role"},
    "no role": {"role": None},
    "role as list": {"role": ["authenticated"]},
    "no subject": {"sub": None},
    "subject no uuid": {"sub": "ada"},
    "subject a number": {"sub": 7},
    "subject in braces": {"sub": "{7a4b1f0e-7a0e-4a53-9f62-2b1a6c0f9d11}"},
    "subject a path": {"sub": "../7a4b1f0e-7a0e-4a53-9f62-2b1a6c0f9d11"},
    "guest": {"is_anonymous": True},
    "guest as text": {"is_anonymous": "true"},
}


@pytest.mark.parametrize("changed", WRONG_CLAIMS.values(), ids=WRONG_CLAIMS.keys())
async def test_wrong_claims_are_unauthorized(
    authenticator: Authenticator, make_token: Make, changed: dict[str, Any]
) -> None:
    """A good signature does not help claims that are no signed-in person's, or not now."""
    assert await _refused(authenticator, f"Bearer {make_token(**changed)}") == "Unauthorized"


async def test_an_audience_may_be_a_list(authenticator: Authenticator, make_token: Make) -> None:
    """RFC 7519 allows several audiences."""
    assert await authenticator.authenticate(f"Bearer {make_token(aud=['other', 'authenticated'])}")


async def test_leeway_forgives_clocks_but_not_more(make_token: Make) -> None:
    """Within the leeway an expired token still counts; beyond it does not."""
    token = f"Bearer {make_token(exp=int(time.time()) - 5)}"
    assert await Authenticator(_configured(WZRD_JWT_LEEWAY=10), utc_now).authenticate(token)
    await _refused(Authenticator(_configured(WZRD_JWT_LEEWAY=0), utc_now), token)


async def test_the_issuer_counts_when_configured(make_token: Make) -> None:
    """With an issuer configured, a token of another issuer or of none is refused."""
    strict = Authenticator(_configured(SUPABASE_JWT_ISSUER="https://mine.test/auth/v1"), utc_now)
    assert await strict.authenticate(f"Bearer {make_token(iss='https://mine.test/auth/v1')}")
    await _refused(strict, f"Bearer {make_token(iss='https://other.test/auth/v1')}")
    await _refused(strict, f"Bearer {make_token(iss=None)}")


async def test_alg_none_and_its_spellings_are_refused(authenticator: Authenticator, make_token: Make) -> None:
    """An unsigned token is none, however it spells `none` and whatever it keeps as a signature."""
    _, claims, signature = make_token().split(".")
    for spelling in ("none", "None", "NONE", "nOnE", "", None, 0, ["HS256"]):
        for tail in ("", signature):
            await _refused(authenticator, f"Bearer {_b64({'alg': spelling, 'typ': 'JWT'})}.{claims}.{tail}")


async def test_other_keys_and_algorithms_are_refused(authenticator: Authenticator, make_token: Make) -> None:
    """Another secret, another HMAC, a changed claim under the old signature, an unknown critical extension."""
    await _refused(authenticator, f"Bearer {make_token('another-secret-of-more-than-thirty-two-bytes')}")
    await _refused(authenticator, f"Bearer {make_token(SECRET * 2, 'HS512')}")
    head, _, signature = make_token().split(".")
    other = _b64({"sub": str(uuid.uuid4()), "aud": "authenticated", "role": "authenticated", "exp": 9999999999})
    await _refused(authenticator, f"Bearer {head}.{other}.{signature}")
    await _refused(authenticator, f"Bearer {make_token(headers={'crit': ['x'], 'x': 1})}")


async def test_a_huge_token_is_refused_unread(authenticator: Authenticator, make_token: Make) -> None:
    """More than 16 KiB are no token, though the signature were good."""
    await _refused(authenticator, f"Bearer {make_token(padding='x' * 20_000)}")


async def test_claims_that_are_no_object_are_refused(authenticator: Authenticator) -> None:
    """A signed list, number, broken text or nothing is no user."""
    for payload in (b"[]", b"7", b"{", b"", b"null", b"\xff", b'{"sub":"\\ud800"}'):
        await _refused(authenticator, f"Bearer {jwt.api_jws.encode(payload, SECRET, 'HS256')}")


async def test_without_any_key_the_server_says_so() -> None:
    """A server that cannot verify anything does not pretend that the token is wrong."""
    with pytest.raises(NotConfigured, match="SUPABASE_JWT_SECRET"):
        await Authenticator(Settings.model_validate({}), utc_now).authenticate("Bearer a.b.c")


class FixedKeys(KeySet):
    """A key set that needs no server: its document is given."""

    def __init__(self, *keys: dict[str, Any]) -> None:
        super().__init__("http://127.0.0.1:9/")
        from server.api.jwks import parse_keys

        self._keys = parse_keys(json.dumps({"keys": keys}).encode())
        self._fetched_at = self._tried_at = time.monotonic()


def _jwk(key: Any, algorithm: str, **members: Any) -> dict[str, Any]:
    public: Any = get_default_algorithms()[algorithm].to_jwk(key.public_key(), as_dict=True)
    return {**public, **members}


EC_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(65537, 2048)
PUBLIC = FixedKeys(_jwk(EC_KEY, "ES256", kid="e", alg="ES256", use="sig"), _jwk(RSA_KEY, "RS256", kid="r"))


def _asymmetric(secret: str | None = None) -> Authenticator:
    return Authenticator(Settings.model_validate({"SUPABASE_JWT_SECRET": secret} if secret else {}), utc_now, PUBLIC)


@pytest.mark.parametrize("secret", [None, SECRET])
async def test_asymmetric_keys_verify_with_and_without_a_secret(make_token: Make, secret: str | None) -> None:
    """ES256 and RS256 by key set, named by kid or not; and a project in migration has both systems at once."""
    both = _asymmetric(secret)
    assert await both.authenticate(f"Bearer {make_token(EC_KEY, 'ES256', {'kid': 'e'})}")
    assert await both.authenticate(f"Bearer {make_token(RSA_KEY, 'RS256', {'kid': 'r'})}")
    assert await both.authenticate(f"Bearer {make_token(EC_KEY, 'ES256')}")
    if secret:
        assert await both.authenticate(f"Bearer {make_token(secret, 'HS256', {'kid': 'legacy'})}")
    else:
        await _refused(both, f"Bearer {make_token(SECRET)}")


def _hs256(secret: bytes, header: dict[str, Any], claims: str) -> str:
    import hashlib
    import hmac

    signed = f"{_b64({'alg': 'HS256', **header})}.{claims}"
    digest = hmac.digest(secret, signed.encode(), hashlib.sha256)
    return f"{signed}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


@pytest.mark.parametrize("secret", [None, SECRET])
async def test_a_public_key_is_no_shared_secret(make_token: Make, secret: str | None) -> None:
    """HS256 signed with a public key in any of its spellings is refused: the key decides the algorithm."""
    claims = make_token().split(".")[1]
    for key, kid, algorithm in ((EC_KEY, "e", "ES256"), (RSA_KEY, "r", "RS256")):
        public = key.public_key()
        spellings = [
            public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).rstrip(),
            public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            json.dumps(_jwk(key, algorithm)).encode(),
            b"",
        ]
        for spelling in spellings:
            for header in ({}, {"kid": kid}):
                await _refused(_asymmetric(secret), f"Bearer {_hs256(spelling, header, claims)}")


async def test_a_kid_cannot_lend_its_key_to_another_algorithm(make_token: Make) -> None:
    """An RS256 token that names the EC key, the reverse, and PS256 or ES384 under a known kid are refused."""
    for key, algorithm, kid in ((RSA_KEY, "RS256", "e"), (EC_KEY, "ES256", "r"), (RSA_KEY, "PS256", "r")):
        await _refused(_asymmetric(), f"Bearer {make_token(key, algorithm, {'kid': kid})}")
    other = ec.generate_private_key(ec.SECP384R1())
    await _refused(_asymmetric(), f"Bearer {make_token(other, 'ES384', {'kid': 'e'})}")


async def test_keys_brought_along_are_not_looked_at(make_token: Make) -> None:
    """`jwk`, `jku` and `x5u` of a header choose nothing."""
    mine = ec.generate_private_key(ec.SECP256R1())
    brought = {"jwk": _jwk(mine, "ES256"), "jku": "http://127.0.0.1:9/", "x5u": "http://127.0.0.1:9/"}
    for header in (brought, {**brought, "kid": "e"}):
        await _refused(_asymmetric(), f"Bearer {make_token(mine, 'ES256', header)}")


@pytest.mark.parametrize("kid", ["../../../etc/passwd", "e\x00", "x" * 10_000, "' or 1=1 --", "http://127.0.0.1/k"])
async def test_a_hostile_kid_finds_nothing(make_token: Make, kid: str) -> None:
    """A kid is compared and nothing else: no path, no query, no address."""
    await _refused(_asymmetric(), f"Bearer {make_token(EC_KEY, 'ES256', {'kid': kid})}")


async def test_a_kid_of_another_type_is_refused(make_token: Make) -> None:
    """The kid must be a string."""
    _, claims, signature = make_token(EC_KEY, "ES256", {"kid": "e"}).split(".")
    for kid in (7, ["e"], {"e": 1}, True):
        await _refused(_asymmetric(), f"Bearer {_b64({'alg': 'ES256', 'kid': kid})}.{claims}.{signature}")


async def test_verification_is_quick(make_token: Make) -> None:
    """A thousand verifications of each kind take less than two seconds: keys are parsed once."""
    both = _asymmetric(SECRET)
    tokens = [make_token(), make_token(EC_KEY, "ES256", {"kid": "e"})]
    began = time.thread_time()
    for _ in range(1000):
        for token in tokens:
            await both.authenticate(f"Bearer {token}")
    assert time.thread_time() - began < 2


@given(st.text(max_size=200))
def test_no_header_whatsoever_breaks_the_door(header: str) -> None:
    """Any text is either missing or unauthorized, never another error."""
    with pytest.raises(Unauthenticated):
        asyncio.run(Authenticator(_configured(), utc_now).authenticate(f"Bearer {header}"))


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_claims = st.dictionaries(st.sampled_from(["exp", "nbf", "iat", "sub", "aud", "role", "is_anonymous", "email"]), _json)


@given(_claims)
def test_no_claims_whatsoever_break_the_reader(claims: dict[str, Any]) -> None:
    """Claims of any type and size without a right subject are refused, never an error of another kind."""
    with pytest.raises(Unauthenticated):
        read_user(json.dumps(claims).encode(), now=time.time(), settings=_configured())


async def test_the_dependency_refuses_before_the_body_is_read(app: FastAPI, client: httpx.AsyncClient) -> None:
    """A route behind `CurrentUser` answers 401 with the documented body, the scheme, and CORS headers."""

    @app.post("/probe")
    async def probe(caller: CurrentUser) -> dict[str, str]:
        return {"user": str(caller.user_id)}

    missing = await client.post("/probe", content=b"{")
    assert (missing.status_code, missing.json()) == (401, {"error": "Missing authorization header"})
    wrong = await client.post("/probe", headers={"authorization": "Bearer nonsense"})
    assert (wrong.status_code, wrong.json()) == (401, {"error": "Unauthorized"})
    assert wrong.headers["www-authenticate"] == "Bearer"
    assert wrong.headers["access-control-allow-origin"] == "*"


async def test_the_clock_is_the_runtimes(runtime: Runtime, clock: Clock, make_token: Make) -> None:
    """Expiry follows the injected clock."""
    door = Authenticator(runtime.settings, runtime.now)
    token = f"Bearer {make_token()}"
    await door.authenticate(token)
    clock.forward(3700)
    await _refused(door, token)
