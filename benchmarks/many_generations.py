"""500 generations of 20 users at once, through one API process and one worker: all settle, paid for once each.

Every user posts 25 pictures to fal-stream and reads all streams to their ends. Measured meanwhile: memory of the two
processes, how late their event loops are. Peer: as many jobs at once at the same fake, by bare httpx.
"""

import asyncio
import time
import uuid
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
from sqlalchemy import text

from benchmarks.fakes import open_paid_fakes
from benchmarks.figures import Figure, percentile
from benchmarks.ground import Server, folder, raise_file_limit, token
from benchmarks.stack import Stack, whole_stack
from server.fakes import Fakes
from server.stack.state import read_state
from wzrd.db import ledger
from wzrd.runtime.loop_lag import LOOK_SECONDS

USERS, EACH, WARM_UP_EACH = 20, 25, 3
COUNT = USERS * EACH
MODEL, PRICE = "fal-ai/flux/schnell", 3
POLL_SECONDS = 0.05
MOST_SECONDS = 900.0
GROWTH_MIB, API_MS, WORKER_MS = 150.0, 50.0, 100.0

Job = Callable[[httpx.AsyncClient, str], Coroutine[Any, Any, None]]
"""One generation of a prompt."""


@dataclass(frozen=True, slots=True)
class Late:
    """How late a loop was in a span of time, in ms: the longest, the longest that computed, p99 of all moments."""

    longest: float
    computing: float
    p99: float


def _inputs(prompt: str) -> dict[str, Any]:
    return {"prompt": prompt, "image_size": {"width": 64, "height": 64}, "output_format": "png"}


async def _ours(http: httpx.AsyncClient, prompt: str) -> None:
    last = ""
    async with http.stream(
        "POST", "/functions/v1/fal-stream", json={"modelId": MODEL, "inputs": _inputs(prompt)}
    ) as answer:
        async for line in answer.aiter_lines():
            last = line.removeprefix("data: ") if line.startswith("data: ") else last or line
    end = orjson.loads(last)
    if answer.status_code != 200 or end.get("type") != "done" or end["model"] != MODEL:
        raise RuntimeError(f"fal-stream answered {answer.status_code} and ended with {last[:300]}")


def _theirs(address: str) -> Job:
    async def job(http: httpx.AsyncClient, prompt: str) -> None:
        told = (await http.post(f"{address}/{MODEL}", json=_inputs(prompt))).raise_for_status().json()
        while (await http.get(told["status_url"])).json()["status"] != "COMPLETED":  # noqa: ASYNC110 - its way
            await asyncio.sleep(POLL_SECONDS)
        result = (await http.get(told["response_url"])).json()
        (await http.get(result["images"][0]["url"])).raise_for_status()

    return job


async def _at_once(clients: Sequence[httpx.AsyncClient], job: Job, each: int, word: str) -> float:
    """`each` generations of every client, all at once: the seconds until the last has ended."""
    began = time.perf_counter()
    async with asyncio.timeout(MOST_SECONDS), asyncio.TaskGroup() as group:
        for place, http in enumerate(clients):
            for number in range(each):
                group.create_task(job(http, f"{word} {place}-{number}"))
    return time.perf_counter() - began


async def _clients(stack: AsyncExitStack, base_url: str, bearers: Sequence[str]) -> list[httpx.AsyncClient]:
    """A client a user: one pool of 500 connections would be slow to look through."""
    return [
        await stack.enter_async_context(
            httpx.AsyncClient(base_url=base_url, headers={"authorization": bearer}, timeout=MOST_SECONDS)
        )
        for bearer in bearers
    ]


async def _endow(stack: Stack, users: Sequence[uuid.UUID]) -> None:
    for user_id in users:
        async with stack.runtime.begin() as tx:
            await ledger.grant(tx, user_id, 1_000, kind="grant", description="bench", key="bench")


async def _unsettled(stack: Stack, users: Sequence[uuid.UUID]) -> tuple[int, int, int]:
    """Runs that did not succeed, users whose ledger does not add up, and what all users spent."""
    async with stack.runtime.begin() as tx:
        failed = await tx.scalar(
            text("""select count(*) from wzrd.runs where user_id = any(:users) and status <> 'succeeded'"""),
            {"users": list(users)},
        )
        spent = (
            await tx.execute(
                text("""select count(*) filter (where entries <> balance), coalesce(sum(used), 0) from (
                          select total_credits - used_credits as balance, used_credits as used,
                                 (select coalesce(sum(amount), 0) from public.credit_transactions t
                                  where t.user_id = a.user_id)
                                 - (select coalesce(sum(amount), 0) from public.credit_holds h
                                    where h.user_id = a.user_id and h.status = 'held') as entries
                          from public.user_credits a where user_id = any(:users)) sums"""),
                {"users": list(users)},
            )
        ).one()
    return failed or 0, spent[0], int(spent[1])


def _late(log: Path, since: float, until: float) -> Late:
    """What a process wrote about its loop between two moments (monotonic).

    A loop that is late answers no timer meanwhile: each missed look is counted as one that would have waited as long as
    the block still had to go, or p99 would be that of the good moments.
    """
    longest, computing, moments = 0.0, 0.0, list[float]()
    look = LOOK_SECONDS * 1e3
    for line in log.read_text().splitlines():
        at, late, busy = map(float, line.split())
        if since <= at <= until:
            longest, computing = max(longest, late), max(computing, min(late + look, busy))
            moments += [max(late, 0.0), *(late - look * n for n in range(1, int(late / look) + 1))]
    return Late(longest, computing, percentile(moments, 0.99))


def _process(home: Path, part: str) -> Server:
    state = read_state(home)
    assert state is not None
    process = state.parts[part].process
    assert process is not None
    return Server("", 0, process.pid)


def _log(lags: Path, application: str, server: Server) -> Path:
    return lags / f"{application}.{server.pid}.lag"


async def _paid_more_than_once(fakes: Fakes, word: str) -> tuple[int, int]:
    """Paid submits of such prompts, and prompts that were not paid exactly once."""
    counted = Counter(one.prompt for one in await fakes.paid_submits("fal-ai", match=word))
    return counted.total(), sum(count != 1 for count in counted.values())


async def measure() -> list[Figure]:
    """A warm-up of 60, our 500, the peer's 500."""
    raise_file_limit(8_000)
    users = [uuid.uuid4() for _ in range(USERS)]
    async with (
        open_paid_fakes() as fakes,
        folder() as home,
        whole_stack(home, WZRD_LOOP_LAG_DIR=str(home / "lags"), **fakes.environment()) as stack,
        AsyncExitStack() as opened,
    ):
        await _endow(stack, users)
        bearers = [f"Bearer {token(user_id, stack.jwt_secret)}" for user_id in users]
        mine = await _clients(opened, stack.api_url, bearers)
        theirs = await _clients(opened, "", ["Key bench"] * USERS)
        api, worker = (_process(home / "home", part) for part in ("api", "worker"))
        await _at_once(mine, _ours, WARM_UP_EACH, "warm")
        before, since = (api.resident_kib(), worker.resident_kib()), time.monotonic()
        ours = await _at_once(mine, _ours, EACH, "many")
        until = time.monotonic()
        grown = [(one.resident_kib() - kib) / 1024 for one, kib in zip((api, worker), before, strict=True)]
        await asyncio.sleep(1.5)  # the lags are written every second
        served = _late(_log(home / "lags", "wzrd-api", api), since, until)
        worked = _late(_log(home / "lags", "wzrd-worker", worker), since, until)
        failed, wrong, spent = await _unsettled(stack, users)
        submits, repeated = await _paid_more_than_once(fakes, "many")
        peer = await _at_once(theirs, _theirs(fakes.environment()["FAL_QUEUE_URL"]), EACH, "bare")
    price = (COUNT + USERS * WARM_UP_EACH) * PRICE
    settled = not (failed or wrong or repeated) and submits == COUNT and spent == price
    return [
        Figure("500 of 20 users at once / bare httpx", ours, peer, "s", "", None),
        Figure(
            "paid submits, one each; all settled, charged", submits, None, "", f"{COUNT} x {PRICE} credits", settled
        ),
        Figure("memory that they leave in the API", grown[0], None, "MiB", "<= 150 MiB", grown[0] <= GROWTH_MIB),
        Figure("memory that they leave in the worker", grown[1], None, "MiB", "<= 150 MiB", grown[1] <= GROWTH_MIB),
        Figure("the API's loop late, at most", served.longest, None, "ms", "<= 50 ms", served.longest <= API_MS),
        Figure("of it computing, at most; p99 of the lag", served.computing, served.p99, "ms", "", None),
        Figure("the worker's loop late, p99", worked.p99, None, "ms", "<= 100 ms", worked.p99 <= WORKER_MS),
        Figure("the same at most, computing at most", worked.longest, worked.computing, "ms", "", None),
    ]
