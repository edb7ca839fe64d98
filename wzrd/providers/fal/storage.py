"""Files handed over to fal: small ones inside the request, others by its storage.

Facts: fal_client 1.0.3. The key buys a token (`/storage/auth/token`), the token uploads (`/files/upload`).
"""

import asyncio
import base64
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from wzrd.domain.errors import ProviderRejected, ProviderUnsent
from wzrd.net.addresses import origin_of
from wzrd.net.retry_after import sender_time
from wzrd.providers.http_border import JsonCalls, RequestState
from wzrd.providers.provider_json import read_time

INLINE_BYTES = 256 << 10
"""Up to here a file goes as a data URI: one call less, and requests stay far below what fal takes."""
MAX_BYTES = 100 << 20
"""Most bytes that fal takes in one piece; beyond it wants several parts, for references that no model reads."""
PIECE = 1 << 18
RENEW_BEFORE = timedelta(seconds=60)
TOKEN_SECONDS = 300
"""Time that a token is used whose expiry cannot be read."""
_STORAGE_DOMAINS = (".fal.media", ".fal.ai", ".fal.run")


@dataclass(frozen=True, slots=True)
class _Token:
    authorization: str
    base_url: str
    good_until: datetime


class FalStorage:
    """fal's storage, reached by the calls of the adapter."""

    def __init__(self, calls: JsonCalls, rest_url: str, *, now: Callable[[], datetime]) -> None:
        self._calls = calls
        self._rest_url = rest_url
        self._now = now
        self._token: _Token | None = None
        self._renewing = asyncio.Lock()

    async def upload(self, file: Path, content_type: str) -> str:
        """An address under which fal's models read the file.

        Raises:
            ProviderRejected: fal refused it, or it has more than `MAX_BYTES`.
            ProviderUnsent: it did not get there.
        """
        size = (await asyncio.to_thread(file.stat)).st_size
        if size <= INLINE_BYTES:
            data = await asyncio.to_thread(file.read_bytes)
            return f"data:{content_type};base64,{base64.b64encode(data).decode()}"
        if size > MAX_BYTES:
            message = f"a file of {size} bytes cannot be handed over to fal: {MAX_BYTES} at most"
            raise ProviderRejected(message, status=413)
        return await self._upload(file, content_type, size)

    async def _upload(self, file: Path, content_type: str, size: int) -> str:
        state = RequestState(self._calls.name, "upload")
        with self._calls.translated(state):
            token = await self._fresh_token(state)
            reply = await self._calls.call(
                state,
                "POST",
                f"{token.base_url}/files/upload",
                content=_pieces(file),
                headers={
                    "authorization": token.authorization,
                    "content-type": content_type,
                    "content-length": str(size),
                    "x-fal-file-name": f"reference{file.suffix if file.suffix.isascii() else ''}",
                },
            )
            if not reply.is_success:
                if reply.status in {401, 403}:
                    self._token = None
                raise self._calls.refusal(reply, state)
            url = (reply.members or {}).get("access_url")
            if not isinstance(url, str) or not url.startswith(("https://", "http://")):
                raise ProviderUnsent(f"{self._calls.name} took the file and named no address for it")
            return url

    async def _fresh_token(self, state: RequestState) -> _Token:
        async with self._renewing:
            if self._token is None or self._now() + RENEW_BEFORE >= self._token.good_until:
                url = f"{self._rest_url}/storage/auth/token?storage_type=fal-cdn-v3"
                reply = await self._calls.call(state, "POST", url, json={})
                if not reply.is_success:
                    raise self._calls.refusal(reply, state)
                self._token = self._read_token(reply.members or {}, sender_time(reply.headers, self._now()))
            return self._token

    def _read_token(self, answer: Mapping[str, Any], sent: datetime) -> _Token:
        texts = [answer.get(name) for name in ("token", "token_type", "base_url")]
        token, kind, base_url = (text if isinstance(text, str) and _is_plain(text) else "" for text in texts)
        if not (token and kind and self._may_upload_to(base_url)):
            raise ProviderUnsent(f"{self._calls.name} gave no usable token for an upload")
        return _Token(f"{kind} {token}", base_url.rstrip("/"), self._end_of(answer.get("expires_at"), sent))

    def _end_of(self, moment: object, sent: datetime) -> datetime:
        """The token's end by our clock; `moment` and `sent` are by fal's."""
        end = read_time(moment) if isinstance(moment, str) else None
        return self._now() + (end - sent if end else timedelta(seconds=TOKEN_SECONDS) + RENEW_BEFORE)

    def _may_upload_to(self, url: str) -> bool:
        """A user's file goes to fal's own storage, or where the operator's configured service itself stands."""
        try:
            origin = origin_of(url)
            if origin == origin_of(self._rest_url):
                return True
        except (httpx.InvalidURL, ValueError):
            return False
        scheme, host, port = origin
        return scheme == "https" and port == 443 and host.endswith(_STORAGE_DOMAINS)


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


async def _pieces(file: Path) -> AsyncGenerator[bytes]:
    """The file, piece by piece, read beside the event loop."""
    with await asyncio.to_thread(file.open, "rb") as opened:
        while piece := await asyncio.to_thread(opened.read, PIECE):
            yield piece
