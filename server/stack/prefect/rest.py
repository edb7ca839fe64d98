"""Prefect's REST as far as a start needs it: asked again while the server is busy.

A refusal tells what was refused.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Self

import httpx

from server.stack.errors import StackError
from server.stack.health import open_client
from wzrd.domain.submission import RetryPolicy
from wzrd.net.retry_after import parse_retry_after
from wzrd.retry import retry

BUSY = RetryPolicy(tries=120, first=0.1, longest=1.0)
"""One to two minutes. A server on SQLite answers 503 while others write; who asks often finds a gap."""
BUSY_STATUS = frozenset({429, 502, 503, 504})
LONGEST_WAIT = 30.0
"""Seconds that a server may ask us to wait before the next try."""


class Busy(StackError):
    """The server does not answer now; the same call may succeed a moment later."""

    def __init__(self, message: str, *, wait: float = 0.0) -> None:
        super().__init__(message, remedy="start again when Prefect's server has less to do")
        self.wait = wait


class PrefectRest:
    """Calls that mean the same when they are made twice: each is repeated while the server is busy."""

    def __init__(self, url: str, *, auth: str = "", busy: RetryPolicy = BUSY) -> None:
        self._url = url.rstrip("/")
        self._busy = busy
        self._client = open_client(self._url, auth=auth, seconds=20.0)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def call(self, method: str, path: str, body: Any = None, *, fine: Sequence[int] = ()) -> tuple[int, Any]:
        """One request: its status and JSON. `fine` are error statuses that the caller expects.

        Raises:
            Busy: the server stayed busy or out of reach.
            StackError: any other error.
        """
        asked = 0.0

        def note(error: Exception, _delay: float) -> None:
            nonlocal asked
            asked = error.wait if isinstance(error, Busy) else 0.0

        return await retry(
            self._busy,
            lambda: self._call_once(method, path, body, fine),
            on_retry=note,
            retryable=lambda error: isinstance(error, Busy),
            sleep=lambda delay: asyncio.sleep(max(delay, asked)),
        )

    async def _call_once(self, method: str, path: str, body: Any, fine: Sequence[int]) -> tuple[int, Any]:
        try:
            response = await self._client.request(method, self._url + path, json=body)
        except httpx.HTTPError as error:
            raise Busy(f"Prefect's server at {self._url} does not answer: {error!r}") from error
        status = response.status_code
        if response.is_error and status not in fine:
            message = f"Prefect refused {path} ({status}): {response.text[:400]}"
            if status in BUSY_STATUS:
                wait = parse_retry_after(response.headers, datetime.now(UTC)) or 0.0
                raise Busy(message, wait=min(wait, LONGEST_WAIT))
            raise StackError(message, remedy="set PREFECT_API_AUTH_STRING" if status == 401 else "")
        return status, response.json() if response.content else None
