"""From a provider's byte to the client's, and from POST to the first token, through groq-stream.

Every token of the peer server says when it left, by a clock that all processes of a machine share. The same stream read
by bare httpx is the peer.
"""

import time
import uuid
from collections.abc import AsyncGenerator
from statistics import median
from typing import Any

import httpx
import orjson

from benchmarks.figures import Figure
from benchmarks.ground import database, folder, our_api, served, token
from wzrd.db import ledger
from wzrd.db.engine import open_engine

WARM_UP, ROUNDS = 10, 60
MODEL = "llama-3.3-70b-versatile"
PATH = "/functions/v1/groq-stream"


async def _texts(
    http: httpx.AsyncClient, url: str, body: dict[str, Any], headers: dict[str, str]
) -> AsyncGenerator[str]:
    async with http.stream("POST", url, json=body, headers=headers) as answer:
        answer.raise_for_status()
        async for line in answer.aiter_lines():
            if line.startswith("data: {"):
                yield orjson.loads(line[6:])["choices"][0]["delta"].get("content", "")


async def _listen(
    http: httpx.AsyncClient, url: str, body: dict[str, Any], headers: dict[str, str]
) -> tuple[float, list[float]]:
    """Milliseconds from the request to its first token, and from each token's leaving to its arrival."""
    began, first, delays = time.monotonic_ns(), 0.0, list[float]()
    async for text in _texts(http, url, body, headers):
        now = time.monotonic_ns()
        first = first or (now - began) / 1e6
        delays += [(now - int(left)) / 1e6 for left in text.split()]
    return first, delays


async def measure() -> list[Figure]:
    """In turn; the first few do not count."""
    user_id = uuid.uuid4()
    heard = {who: (list[float](), list[float]()) for who in ("ours", "bare")}
    said = {"messages": [{"role": "user", "content": "Say."}], "model": MODEL, "stream": True}
    async with (
        folder() as home,
        database(home) as url,
        served("benchmarks.peers.ticking_chat", {}, probe="/") as peer,
        our_api(url, WZRD_HOME=str(home / "wzrd"), GROQ_API_KEY="gsk_bench", GROQ_BASE_URL=peer.url) as api,
        httpx.AsyncClient(base_url=api.url, timeout=30) as mine,
        httpx.AsyncClient(timeout=30) as theirs,
    ):
        engine = open_engine(url)
        async with engine.begin() as tx:
            await ledger.grant(tx, user_id, 10_000, kind="grant", description="bench", key="bench")
        await engine.dispose()
        headers = {"authorization": f"Bearer {token(user_id)}"}
        for turn in range(WARM_UP + ROUNDS):
            one = await _listen(theirs, f"{peer.url}/chat/completions", said, {})
            two = await _listen(mine, PATH, {"prompt": "Say."}, headers)
            if turn >= WARM_UP:
                for who, (first, delays) in (("bare", one), ("ours", two)):
                    heard[who][0].append(first)
                    heard[who][1].extend(delays)
    first, delay = (median(values) for values in heard["ours"])
    bare_first, bare_delay = (median(values) for values in heard["bare"])
    return [
        Figure("POST to first token / bare httpx", first, bare_first, "ms", "<= 20 ms", first <= 20),
        Figure("provider's byte to client's byte / bare httpx", delay, bare_delay, "ms", "<= 10 ms", delay <= 10),
    ]
