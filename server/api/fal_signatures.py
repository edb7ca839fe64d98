"""Check that a webhook is fal's: ED25519 over the raw body, a time that is now, keys that fal publishes.

Source: fal's webhook documentation. The signed text is request id, user id, timestamp and the body's SHA-256 in hex, a
line each. What is in the body is never believed beyond that: results are fetched from fal.
"""

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from starlette.datastructures import Headers

from server.api.jwks import ED25519, KeySet, PublicKey
from wzrd.domain.errors import Unauthenticated

TOLERANCE_SECONDS = 300.0
"""Most that a call's time may differ from ours, either way."""
FRESH_SECONDS, STALE_SECONDS = 6 * 3600.0, 24 * 3600.0
"""fal asks for its keys to be kept for a day at most."""
JWKS_PATH = "/.well-known/jwks.json"
MAX_TRIED = 16
"""Keys that one call is tried against."""

_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_USER_ID = re.compile(r"[!-~]{1,256}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"[0-9a-fA-F]{128}")
_PREFIX = "x-fal-webhook-"


@dataclass(frozen=True, slots=True)
class WebhookHead:
    """Signed headers of a call. `timestamp` as it was written, in Unix seconds."""

    request_id: str
    user_id: str
    timestamp: str
    signature: bytes


class FalSignatures:
    """Judges calls by the keys of `keys`; `now` is aware."""

    def __init__(self, keys: KeySet, now: Callable[[], datetime]) -> None:
        self._keys = keys
        self._now = now

    def read_head(self, headers: Headers) -> WebhookHead:
        """The four headers, if each is there once, of its form, and the time is now.

        Raises:
            Unauthenticated: one is missing, twice there or malformed; or the call is too old, or from the future.
        """
        request_id = _only(headers, "request-id", _REQUEST_ID)
        user_id = _only(headers, "user-id", _USER_ID)
        timestamp = _only(headers, "timestamp", _TIMESTAMP)
        signature = _only(headers, "signature", _SIGNATURE)
        if abs(self._now().timestamp() - int(timestamp)) > TOLERANCE_SECONDS:
            raise Unauthenticated
        return WebhookHead(request_id, user_id, timestamp, bytes.fromhex(signature))

    async def verify(self, head: WebhookHead, body: bytes) -> None:
        """Check the signature over the raw body. A key that is new at fal is fetched once.

        Raises:
            Unauthenticated: none of fal's keys has signed this.
            Unavailable: fal's keys cannot be had; fal calls again later.
        """
        message = signed_text(head, body)
        if _is_signed(message, head.signature, await self._keys.find(None)):
            return
        if not _is_signed(message, head.signature, await self._keys.refetch()):
            raise Unauthenticated

    async def close(self) -> None:
        """End what runs in the background."""
        await self._keys.close()


def open_signatures(rest_url: str, now: Callable[[], datetime]) -> FalSignatures:
    """Signatures by the keys that fal's REST address publishes. Nothing is fetched before the first call."""
    keys = KeySet(
        rest_url.rstrip("/") + JWKS_PATH,
        algorithms=ED25519,
        owner="fal's webhooks",
        fresh_seconds=FRESH_SECONDS,
        stale_seconds=STALE_SECONDS,
    )
    return FalSignatures(keys, now)


def signed_text(head: WebhookHead, body: bytes) -> bytes:
    """Bytes that fal signs."""
    lines = (head.request_id, head.user_id, head.timestamp, hashlib.sha256(body).hexdigest())
    return "\n".join(lines).encode()


def _only(headers: Headers, name: str, form: re.Pattern[str]) -> str:
    values = headers.getlist(_PREFIX + name)
    if len(values) != 1 or not form.fullmatch(values[0]):
        raise Unauthenticated
    return values[0]


def _is_signed(message: bytes, signature: bytes, keys: Iterable[PublicKey]) -> bool:
    """True if one of the keys has signed. All are tried: the time does not tell which."""
    return any([_has_signed(key.key.key, message, signature) for key in list(keys)[:MAX_TRIED]])  # noqa: C419 - all


def _has_signed(key: object, message: bytes, signature: bytes) -> bool:
    if not isinstance(key, Ed25519PublicKey):
        return False
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True
