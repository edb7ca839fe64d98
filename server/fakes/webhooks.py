"""Calling a webhook as fal does: signed with ED25519, repeated until somebody takes it.

Source: docs.fal.ai, webhooks: the message is request id, user id, timestamp and the body's SHA-256, a line each.
"""

import asyncio
import base64
import hashlib
import time
from collections.abc import Mapping
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from wzrd.contracts.wire import dumps

USER_ID = "fake-user"
ATTEMPTS = 10
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 2.0
"""Seconds between attempts; the real sender spreads its ten over two hours."""
SECONDS, AT_ONCE = 15.0, 64


class WebhookSender:
    """Sends webhooks; its key is made when it is. The client is opened at the first call."""

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()
        self._forger = Ed25519PrivateKey.generate()
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._http: httpx.AsyncClient | None = None

    def jwks(self) -> dict[str, Any]:
        """The public key as fal publishes it."""
        raw = base64.urlsafe_b64encode(self._key.public_key().public_bytes_raw()).rstrip(b"=").decode()
        return {"keys": [{"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": "fake-1", "x": raw}]}

    def send(self, url: str, body: Mapping[str, Any], *, times: int = 1, forged: bool = False) -> None:
        """Call a webhook in the background, `times` over, one after the other."""
        task = asyncio.create_task(self._send(url, dumps(body), str(body["request_id"]), times, forged=forged))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        """Stop what is under way."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._http is not None:
            await self._http.aclose()

    def _headers(self, request_id: str, body: bytes, *, forged: bool) -> dict[str, str]:
        stamp = str(int(time.time()))
        message = "\n".join((request_id, USER_ID, stamp, hashlib.sha256(body).hexdigest())).encode()
        return {
            "content-type": "application/json",
            "x-fal-webhook-request-id": request_id,
            "x-fal-webhook-user-id": USER_ID,
            "x-fal-webhook-timestamp": stamp,
            "x-fal-webhook-signature": (self._forger if forged else self._key).sign(message).hex(),
        }

    async def _send(self, url: str, body: bytes, request_id: str, times: int, *, forged: bool) -> None:
        async with self._slots:
            for _ in range(times):
                pause = FIRST_PAUSE
                for _ in range(ATTEMPTS):
                    if await self._post(url, body, self._headers(request_id, body, forged=forged)):
                        break
                    await asyncio.sleep(pause)
                    pause = min(LONGEST_PAUSE, pause * 2)

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> bool:
        """One attempt; whether somebody took it."""
        if self._http is None:
            self._http = httpx.AsyncClient(timeout=SECONDS, trust_env=False)
        try:
            return (await self._http.post(url, content=body, headers=headers)).is_success
        except (httpx.HTTPError, httpx.InvalidURL):
            return False
