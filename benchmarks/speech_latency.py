"""Speech through elevenlabs-tts against bare httpx to the same fake, which answers after 50 ms.

Ours authenticates, prices, holds, writes the submit down, sends it, stores the sound, charges, records, and answers
with the stored bytes, on a PostgreSQL and a disk that keep their promises. The two take turns, over one kept
connection each; both get the words' times.
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
from wzrd.models.sounds import DEFAULT_VOICE

WARM_UP, ROUNDS = 20, 100
SECONDS = 0.05
TEXT = "The lamp is out again, and nobody has come up the stairs since noon."
PATH = "/functions/v1/elevenlabs-tts"


async def _timed(http: httpx.AsyncClient, url: str, body: dict[str, object], headers: dict[str, str]) -> float:
    began = time.perf_counter()
    answer = await http.post(url, json=body, headers=headers)
    took = (time.perf_counter() - began) * 1000
    answer.raise_for_status()
    assert len(answer.content) > 10_000
    return took


async def measure() -> list[Figure]:
    """In turn; the first few do not count."""
    user_id, ours, bare = uuid.uuid4(), list[float](), list[float]()
    async with (
        folder() as home,
        database(home) as url,
        open_fakes(process=True, otherwise=Behaviour(seconds=SECONDS)) as fakes,
        our_api(url, WZRD_HOME=str(home / "wzrd"), **fakes.environment()) as api,
        httpx.AsyncClient(base_url=api.url, timeout=30) as mine,
        httpx.AsyncClient(timeout=30) as theirs,
    ):
        engine = open_engine(url)
        async with engine.begin() as tx:
            await ledger.grant(tx, user_id, 10_000, kind="grant", description="bench", key="bench")
        await engine.dispose()
        there = fakes.environment()
        endpoint = f"{there['ELEVENLABS_BASE_URL']}/v1/text-to-speech/{DEFAULT_VOICE}/with-timestamps"
        key, headers = {"xi-api-key": there["ELEVENLABS_API_KEY"]}, {"authorization": f"Bearer {token(user_id)}"}
        for turn in range(WARM_UP + ROUNDS):
            one = await _timed(theirs, endpoint, {"text": TEXT, "model_id": "eleven_multilingual_v2"}, key)
            two = await _timed(mine, PATH, {"text": TEXT}, headers)
            if turn >= WARM_UP:
                bare.append(one)
                ours.append(two)
    ratio = median(ours) / median(bare)
    return [Figure("speech / bare httpx to the same fake", median(ours), median(bare), "ms", "<= 1.3x", ratio <= 1.3)]
