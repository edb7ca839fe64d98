"""Sessions of our own: signed access tokens and rotating refresh tokens, in the shapes of GoTrue."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

import jwt

from server.api.auth import AUDIENCE, ROLE
from server.api.auth import AuthUser as Caller
from server.token_secret import check_secret
from wzrd.contracts.auth_v1 import Session, User
from wzrd.contracts.wire import members_of
from wzrd.db import sessions, users
from wzrd.db.engine import Tx
from wzrd.db.users import StoredUser
from wzrd.domain.errors import NotConfigured
from wzrd.settings import Settings

ACCESS_SECONDS = 3600
_YEAR_9999 = 253_370_764_800
_APP_METADATA = {"provider": "email", "providers": ["email"]}


REFUSALS: Mapping[str, str] = {
    "refresh_token_not_found": "Invalid Refresh Token: Refresh Token Not Found",
    "refresh_token_already_used": "Invalid Refresh Token: Already Used",
    "session_expired": "Invalid Refresh Token: Session Expired",
}


@dataclass(frozen=True, slots=True)
class Refreshed:
    """End of a refresh: with a session, or with the `refusal` (a key of REFUSALS)."""

    session: Session | None
    refusal: str = ""


def require_secret(settings: Settings) -> str:
    """The secret that signs our tokens.

    Raises:
        NotConfigured: there is none (a JWKS verifies tokens but signs none), or one that can be guessed.
    """
    if settings.jwt_secret is None:
        raise NotConfigured("This server issues no sessions: it needs SUPABASE_JWT_SECRET, a JWKS only verifies them")
    check_secret(settings.jwt_secret)
    return settings.jwt_secret.get_secret_value()


def issuer(settings: Settings) -> str:
    """Who our tokens say has issued them: the configured issuer, else this server's public address."""
    return settings.jwt_issuer or settings.address


def issue_access_token(
    settings: Settings, user: StoredUser, ttl: int = ACCESS_SECONDS, *, now: datetime, session_id: UUID | None = None
) -> str:
    """A token that authenticates `user` here, and at a Supabase that shares the secret, for `ttl` seconds.

    Raises:
        NotConfigured: no secret.
    """
    issued = int(now.timestamp())
    claims = {
        "iss": issuer(settings),
        "sub": str(user.user_id),
        "aud": AUDIENCE,
        "role": ROLE,
        "exp": issued + ttl,
        "iat": issued,
        "email": user.email or "",
        "phone": "",
        "app_metadata": _APP_METADATA,
        "user_metadata": dict(user.metadata),
        "aal": "aal1",
        "amr": [{"method": "password", "timestamp": issued}],
        "session_id": str(session_id or uuid4()),
        "is_anonymous": False,
    }
    return jwt.encode(claims, require_secret(settings), "HS256")


async def issue_session(
    tx: Tx, settings: Settings, user: StoredUser, *, now: datetime, session_id: UUID | None = None, token: str = ""
) -> Session:
    """A new session, or the next step of one: its refresh token is `token`, else a random one.

    Raises:
        NotConfigured: no secret.
    """
    session_id, token = session_id or uuid4(), token or secrets.token_urlsafe(32)
    access = issue_access_token(settings, user, now=now, session_id=session_id)
    await sessions.store_refresh_token(tx, hash_token(token), session_id, user.user_id)
    return Session(
        access_token=access,
        expires_in=ACCESS_SECONDS,
        expires_at=int(now.timestamp()) + ACCESS_SECONDS,
        refresh_token=token,
        user=describe_user(user, signed_in=now),
    )


async def refresh_session(tx: Tx, settings: Settings, token: str, *, now: datetime) -> Refreshed:
    """Exchange a refresh token for the next session. A refusal is returned, not raised: it may revoke, and must commit.

    A token presented again ends its whole session: one of two holders has stolen it. Within ten seconds of its first
    use (a lost answer, two tabs) it leads to the same successor instead, as GoTrue does.
    """
    found = await sessions.lock_refresh_token(tx, hash_token(token))
    refusal = refuse(found)
    if found is None or refusal == "refresh_token_not_found":
        return Refreshed(None, refusal)
    if refusal == "refresh_token_already_used":
        await sessions.revoke_session(tx, found.user_id, found.session_id)
    user = await users.find_user(tx, str(found.user_id))
    if refusal or user is None:
        return Refreshed(None, refusal or "refresh_token_not_found")
    await sessions.mark_refresh_token_used(tx, hash_token(token))
    following = successor(require_secret(settings), token)
    return Refreshed(await issue_session(tx, settings, user, now=now, session_id=found.session_id, token=following))


def refuse(found: sessions.RefreshToken | None) -> str:
    """Why a token leads to no session (a key of REFUSALS), or nothing when it does."""
    if found is None or found.revoked:
        return "refresh_token_not_found"
    if found.used and not found.just_used:
        return "refresh_token_already_used"
    return "session_expired" if found.expired else ""


def successor(secret: str, token: str) -> str:
    """The refresh token after `token`: 32 bytes that only the holder of our secret can derive, always the same.

    Deriving it lets a repeated refresh answer the same successor though only hashes are stored, so that the family
    never forks and a stolen token is still noticed.
    """
    digest = hmac.digest(secret.encode(), b"refresh-token-after:" + token.encode(), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def hash_token(token: str) -> bytes:
    """Hash that is stored of a token, which is random enough for a plain SHA-256."""
    return hashlib.sha256(token.encode()).digest()


def describe_user(user: StoredUser, *, signed_in: datetime | None = None) -> User:
    """The user object of a stored user."""
    created = _iso(user.created_at)
    return User(
        id=str(user.user_id),
        email=user.email or "",
        email_confirmed_at=created if user.email else None,
        confirmed_at=created if user.email else None,
        last_sign_in_at=_iso(signed_in) if signed_in else None,
        app_metadata=_APP_METADATA,
        user_metadata=dict(user.metadata),
        created_at=created,
        updated_at=created,
    )


def describe_caller(caller: Caller) -> User:
    """The user object of somebody whom only a token describes (issued by a Supabase, not stored here)."""
    claims = caller.claims
    issued = _iso(datetime.fromtimestamp(min(max(claims.get("iat", 0), 0), _YEAR_9999), UTC))
    return User(
        id=str(caller.user_id),
        email=caller.email or "",
        phone=_text(claims.get("phone")),
        app_metadata=members_of(claims.get("app_metadata")),
        user_metadata=members_of(claims.get("user_metadata")),
        last_sign_in_at=issued,
        created_at=issued,
        updated_at=issued,
    )


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
