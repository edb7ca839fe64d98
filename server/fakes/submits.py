"""Submits to the fakes: each paid one, counted; refusals too. Bounded: the newest are kept."""

import asyncio
import hashlib
import time
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from wzrd.contracts.wire import canonical
from wzrd.models.references import find_references

KEPT = 100_000
"""Submits that are remembered; the oldest go first."""
PROMPT_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class Submit:
    """One request for something that costs. `paid`: the provider took it, so it bills it. `at` in Unix seconds.

    `start_seconds`: how long it may wait in the queue, where its caller said so. `files`: the addresses in its payload,
    by where they stand there (`image_urls.0`); files that were sent in it are not among them.
    """

    provider: str
    model: str
    prompt: str
    payload: str
    request_id: str
    at: float
    paid: bool
    start_seconds: float | None = None
    files: Mapping[str, str] = field(default_factory=dict[str, str])


class Submits:
    """The account of a fake."""

    def __init__(self) -> None:
        self._kept: deque[Submit] = deque(maxlen=KEPT)
        self._changed = asyncio.Event()

    def reset(self) -> None:
        """Forget all."""
        self._kept.clear()

    def add(
        self,
        provider: str,
        model: str,
        prompt: str,
        body: Mapping[str, Any],
        request_id: str,
        *,
        paid: bool,
        start_seconds: float | None = None,
    ) -> None:
        """Count one. The payload is kept as a hash: equal payloads are equal submits."""
        payload = hashlib.sha256(canonical(body)).hexdigest()
        shown = prompt[:PROMPT_CHARACTERS]
        named = {".".join(map(str, path)): url for path, url in find_references(body) if not url.startswith("data:")}
        made = Submit(provider, model, shown, payload, request_id, time.time(), paid, start_seconds, named)
        self._kept.append(made)
        self._changed.set()
        self._changed = asyncio.Event()

    def find(self, provider: str = "", match: str = "", *, paid: bool = True) -> list[Submit]:
        """The submits of a provider (empty: any) whose model or prompt contains `match`, in order."""
        said = match.casefold()
        return [
            one
            for one in self._kept
            if one.paid is paid
            and provider in {"", one.provider}
            and (said in one.prompt.casefold() or said in one.model.casefold())
        ]

    async def wait(self, count: int, provider: str = "", match: str = "", *, seconds: float) -> None:
        """Return once there are `count` paid submits, or after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                while len(self.find(provider, match)) < count:
                    await self._changed.wait()
        except TimeoutError:
            return

    def describe(self, provider: str = "", match: str = "") -> dict[str, Any]:
        """The account as JSON-ready values: counts of paid submits, and each of them."""
        paid = self.find(provider, match)
        return {
            "total": len(paid),
            "refused": len(self.find(provider, match, paid=False)),
            "by_provider": Counter(one.provider for one in paid),
            "by_prompt": Counter(one.prompt for one in paid),
            "by_payload": Counter(one.payload for one in paid),
            "submits": [asdict(one) for one in paid],
        }
