"""Addresses that carry their own leave: one file, one purpose, until a time, signed by this server.

The key is derived from the server's secret, so that no such token passes as a user's, nor a user's as one of these.
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit

import jwt
from jwt.types import Options

from wzrd.domain.errors import BadRequest, NotConfigured
from wzrd.settings import Settings

UPLOAD_SECONDS = 7200
"""Time an upload address is valid, as at Supabase."""
_PURPOSE = b"wzrd storage urls"
_ALGORITHM = "HS256"
_OURS: Options = {"verify_exp": False, "verify_iat": False, "require": ["exp"]}  # the clock is the runtime's

PREFIX = "/storage/v1/object/sign/"
"""Path prefix of an address by which a signed file is read; its token follows as a query."""

Scope = Literal["download", "upload"]


class BadToken(BadRequest):
    """The token of a signed address is not valid."""

    code = "invalid_token"


@dataclass(frozen=True, slots=True)
class UrlSigner:
    """Signs and verifies; `now` is the clock."""

    key: bytes
    now: Callable[[], datetime]

    @classmethod
    def of(cls, settings: Settings, now: Callable[[], datetime]) -> "UrlSigner":
        """The signer of this server.

        Raises:
            NotConfigured: it has no secret.
        """
        secret = settings.storage_secret or settings.jwt_secret
        if secret is None:
            raise NotConfigured("This server signs no addresses: set WZRD_STORAGE_SECRET or SUPABASE_JWT_SECRET")
        return cls(hmac.digest(secret.get_secret_value().encode(), _PURPOSE, "sha256"), now)

    def sign(self, scope: Scope, bucket: str, path: str, seconds: int, **claims: Any) -> str:
        """A token for one file."""
        at = self.now()
        payload = {
            **claims,
            "url": f"{bucket}/{path}",
            "scope": scope,
            "iat": at,
            "exp": at + timedelta(seconds=seconds),
        }
        return jwt.encode(payload, self.key, _ALGORITHM)

    def verify(self, scope: Scope, bucket: str, path: str, token: str) -> Mapping[str, Any]:
        """The token's claims; a path that its caller has quoted once more is the same one, as Supabase's clients do it.

        Raises:
            BadToken: not ours, for another file or purpose, or too late.
        """
        try:
            claims = jwt.decode(token, self.key, [_ALGORITHM], options=_OURS)
        except jwt.PyJWTError:
            raise BadToken("The signature of this address is not valid: ask for a new one") from None
        if claims.get("scope") != scope or claims.get("url") not in {f"{bucket}/{path}", unquote(f"{bucket}/{path}")}:
            raise BadToken("The token was signed for another file or purpose")
        if claims["exp"] <= self.now().timestamp():
            raise BadToken("The signed address has expired: ask for a new one")
        return claims

    def read(self, url: str) -> tuple[str, str] | None:
        """Bucket and path of the file that an address gives leave to read; None where it has not that form.

        Raises:
            BadToken: its leave is not ours, or has run out.
        """
        try:
            parts = urlsplit(url)
        except ValueError:
            return None
        if not parts.path.startswith(PREFIX):
            return None
        bucket, _, path = unquote(parts.path.removeprefix(PREFIX)).partition("/")
        claims = self.verify("download", bucket, path, next(iter(parse_qs(parts.query).get("token", [])), ""))
        bucket, _, path = str(claims["url"]).partition("/")
        return bucket, path
