"""A chat call through groq-chat against bare httpx to the same fake, which answers after 50 ms.

Ours authenticates, prices, holds, writes the submit down, sends it, charges and records, on a PostgreSQL that keeps
its promises. The two take turns, over one kept connection each.
"""

import time
import uuid
from statistics import median

import httpx

from benchmarks.figures import Figure
from benchmarks.ground import database, folder, our_api, token
from server.fakes import open_fakes
from server.fakes.script import Behaviour
from wzrd.db import ledger
from wzrd.db.engine import open_engine

WARM_UP, ROUNDS = 20, 100
SECONDS = 0.05
MODEL = "llama-3.3-70b-versatile"
PATH = "/functions/v1/groq-chat"


async def _timed(http: httpx.AsyncClient, url: str, body: dict[str, object], headers: dict[str, str]) -> float:
    began = time.perf_counter()
    answer = await http.post(url, json=body, headers=headers)
    took = (time.perf_counter() - began) * 1000
    answer.raise_for_status()
    return took


async def measure() -> list[Figure]:
    """In turn; the first few do not count."""
    user_id, ours, bare = uuid.uuid4(), list[float](), list[float]()
    said: dict[str, object] = {
        "messages": [{"role": "user", "content": "Say a word."}],
        "model": MODEL,
        "max_tokens": 1024,
    }
    async with (
        folder() as home,
        database(home) as url,
        open_fakes(process=True, otherwise=Behaviour(seconds=SECONDS, text="A word.")) as fakes,
        our_api(url, WZRD_HOME=str(home / "wzrd"), **fakes.environment()) as api,
        httpx.AsyncClient(base_url=api.url, timeout=30) as mine,
        httpx.AsyncClient(timeout=30) as theirs,
    ):
        engine = open_engine(url)
        async with engine.begin() as tx:
            await ledger.grant(tx, user_id, 10_000, kind="grant", description="bench", key="bench")
        await engine.dispose()
        there = fakes.environment()
        endpoint, key = f"{there['GROQ_BASE_URL']}/chat/completions", there["GROQ_API_KEY"]
        headers = {"authorization": f"Bearer {token(user_id)}"}
        for turn in range(WARM_UP + ROUNDS):
            one = await _timed(theirs, endpoint, said, {"authorization": f"Bearer {key}"})
            two = await _timed(mine, PATH, {"prompt": "Say a word.", "model": MODEL}, headers)
            if turn >= WARM_UP:
                bare.append(one)
                ours.append(two)
    ratio = median(ours) / median(bare)
    return [
        Figure("a chat call / bare httpx to the same fake", median(ours), median(bare), "ms", "<= 1.3x", ratio <= 1.3)
    ]
