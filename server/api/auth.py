"""Who is calling: bearer tokens as Supabase issues them, verified here without asking anybody.

The key decides the algorithm, never the token's header; and only a signed-in person's token is a user's. The public
anon key stands for nobody, and is taken by the few routes that ask for `PublicCaller` or `OptionalCaller`.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import jwt
from jwt import PyJWK
from jwt.exceptions import PyJWTError
from jwt.utils import base64url_encode

from server.api.jwks import ALGORITHMS, KeySet
from server.token_secret import check_secret
from wzrd.contracts.wire import loads
from wzrd.domain.errors import NotConfigured, Unauthenticated
from wzrd.domain.ids import UserId, parse_uuid
from wzrd.settings import Settings

MAX_TOKEN = 16_384
AUDIENCE = ROLE = "authenticated"
ANON_ROLE = "anon"


@dataclass(frozen=True, slots=True)
class AuthUser:
    """The caller. `claims` are the token's, verified."""

    user_id: UserId
    email: str | None
    claims: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Anonymous:
    """A caller who holds the anon key, as everybody may: a front end before its user has signed in."""


class Authenticator:
    """Verifies tokens by the configured keys: the shared secret, a JWKS address, or both during a migration."""

    def __init__(self, settings: Settings, now: Callable[[], datetime], keys: KeySet | None = None) -> None:
        self._settings = settings
        self._now = now
        self._secret = _shared_key(settings)
        self._keys = keys or (KeySet(settings.jwks_url) if settings.jwks_url else None)

    async def authenticate(self, authorization: str | None) -> AuthUser:
        """The user that an Authorization header stands for.

        Raises:
            Unauthenticated: `Missing authorization header`, or `Unauthorized` for whatever else is wrong.
            NotConfigured: this server has no key to verify anything with.
            Unavailable: the JWKS address does not answer and no key of it is known.
        """
        payload = await self._read_token(authorization)
        return read_user(payload, now=self._now().timestamp(), settings=self._settings)

    async def authenticate_public(self, authorization: str | None) -> AuthUser | Anonymous:
        """The caller that an Authorization header stands for; the anon key will do.

        Raises:
            Unauthenticated, NotConfigured, Unavailable: as `authenticate`.
        """
        payload = await self._read_token(authorization)
        return read_caller(payload, now=self._now().timestamp(), settings=self._settings)

    async def close(self) -> None:
        """End what runs in the background."""
        if self._keys is not None:
            await self._keys.close()

    async def _read_token(self, authorization: str | None) -> bytes:
        """The verified payload of the bearer token in an Authorization header."""
        if not authorization or not authorization.strip():
            raise Unauthenticated("Missing authorization header")
        scheme, _, token = authorization.strip().partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token or len(token) > MAX_TOKEN or not token.isascii():
            raise Unauthenticated
        if self._secret is None and self._keys is None:
            raise NotConfigured("This server verifies no tokens: set SUPABASE_JWT_SECRET or SUPABASE_JWKS_URL")
        return await self._verify(token)

    async def _verify(self, token: str) -> bytes:
        """The payload of a token that one of our keys has signed."""
        if self._secret is not None and (payload := _payload(token, self._secret)) is not None:
            return payload
        if self._keys is not None:
            for key in await self._keys.find(_kid_to_look_up(token)):
                if (payload := _payload(token, key.key)) is not None:
                    return payload
        raise Unauthenticated


def _shared_key(settings: Settings) -> PyJWK | None:
    if settings.jwt_secret is None:
        return None
    check_secret(settings.jwt_secret)
    secret = base64url_encode(settings.jwt_secret.get_secret_value().encode()).decode()
    return PyJWK({"kty": "oct", "k": secret}, "HS256")


def _payload(token: str, key: PyJWK) -> bytes | None:
    """The payload if `key`, by its own algorithm, has signed the token."""
    try:
        return jwt.api_jws.decode_complete(token, key, algorithms=[key.algorithm_name])["payload"]
    except (PyJWTError, ValueError):
        return None


def _kid_to_look_up(token: str) -> str | None:
    """The key id of a token that an asymmetric key may have signed; others must not even cause a fetch."""
    try:
        header = jwt.get_unverified_header(token)
    except (PyJWTError, ValueError):
        raise Unauthenticated from None
    if header.get("alg") not in ALGORITHMS:
        raise Unauthenticated
    return header.get("kid")


def read_user(payload: bytes, *, now: float, settings: Settings) -> AuthUser:
    """The user whom verified claims describe; `now` in Unix seconds.

    Raises:
        Unauthenticated: expired, not yet valid, for another audience, or not a signed-in person's (anon and service
            keys, guests).
    """
    claims = _read_claims(payload)
    user_id = _subject(claims.get("sub"))
    audience = claims.get("aud")
    if (
        user_id is None
        or not _is_timely(claims, now, settings.jwt_leeway)
        or AUDIENCE not in (cast("list[object]", audience) if isinstance(audience, list) else [audience])
        or claims.get("role") != ROLE
        or claims.get("is_anonymous", False) is not False
        or (settings.jwt_issuer is not None and claims.get("iss") != settings.jwt_issuer)
    ):
        raise Unauthenticated
    email = claims.get("email")
    return AuthUser(user_id, email if isinstance(email, str) and email else None, claims)


def read_caller(payload: bytes, *, now: float, settings: Settings) -> AuthUser | Anonymous:
    """The user, or whoever holds the anon key: role `anon` and an expiry, the other claims being free.

    The issuer does not matter then: a project's anon key says `supabase`, whoever issues its users' tokens.

    Raises:
        Unauthenticated: neither, or not now.
    """
    claims = _read_claims(payload)
    if claims.get("role") != ANON_ROLE:
        return read_user(payload, now=now, settings=settings)
    if not _is_timely(claims, now, settings.jwt_leeway):
        raise Unauthenticated
    return Anonymous()


def _read_claims(payload: bytes) -> Mapping[str, Any]:
    try:
        claims = loads(payload)
    except ValueError:
        raise Unauthenticated from None
    if not isinstance(claims, dict):
        raise Unauthenticated
    return cast("dict[str, Any]", claims)


def _subject(value: object) -> UserId | None:
    """A user id in the canonical spelling of a UUID."""
    found = parse_uuid(value) if isinstance(value, str) else None
    return UserId(found) if found is not None and str(found) == str(value).lower() else None


def _is_timely(claims: Mapping[str, Any], now: float, leeway: float) -> bool:
    """Not expired, and neither `nbf` nor `iat` (where given) lies ahead; all must be numbers."""
    times = {name: claims[name] for name in ("exp", "nbf", "iat") if name in claims}
    if "exp" not in times or not all(_is_number(value) for value in times.values()):
        return False
    begins = max(times.get("nbf", 0), times.get("iat", 0))
    return times["exp"] > now - leeway and begins <= now + leeway


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
