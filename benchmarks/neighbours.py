"""The cost of one user's work to another: graphs of the longest texts, and slow media tools, many at once.

Whole stack, one worker. Peer: the other user's same work while nobody else does anything.
"""

import asyncio
import contextlib
import itertools
import time
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from sqlalchemy import text

from benchmarks.figures import Measure
from benchmarks.ground import folder
from benchmarks.stack import Stack, whole_stack
from benchmarks.text_graphs import edge_row, node_row
from tests.rows import Studio, make_studio
from wzrd.db.compute_graphs import save_graph
from wzrd.domain.runs import MAX_NODE_TEXT, MAX_RUN_TEXT
from wzrd.media.ffmpeg import run_ffmpeg

ROUNDS = 5
CROWD, TRIMS = 12, 3
"""Runs of trims that are under way at once, and trims of each."""
CLIP_SECONDS = 20
SETTLED_SECONDS = 3.0
MOST_RATIO = 3.0


@dataclass(frozen=True, slots=True)
class _User:
    """Somebody who executes graphs of a project."""

    stack: Stack
    http: httpx.AsyncClient
    studio: Studio

    async def store(self, path: Path, content_type: str) -> str:
        """Store a file; its public address."""
        location = f"project-assets/{self.studio.user_id}/{uuid.uuid4()}{path.suffix}"
        headers = {**self.stack.headers_of(self.studio.user_id), "content-type": content_type}
        url = f"{self.stack.api_url}/storage/v1/object/{location}"
        content = await asyncio.to_thread(path.read_bytes)
        (await self.http.post(url, headers=headers, content=content)).raise_for_status()
        return f"{self.stack.api_url}/storage/v1/object/public/{location}"

    async def execute(self, nodes: Sequence[dict[str, Any]], edges: Sequence[dict[str, Any]] = ()) -> float:
        """Execute a graph and read its stream to the end; the seconds.

        Raises:
            RuntimeError: it did not succeed.
        """
        async with self.stack.runtime.begin() as tx:
            await save_graph(tx, self.studio.project_id, self.studio.user_id, nodes=nodes, edges=edges)
        began, last = time.perf_counter(), ""
        body = {"projectId": str(self.studio.project_id), "useCache": False}
        url, headers = f"{self.stack.api_url}/functions/v1/compute-execute", self.stack.headers_of(self.studio.user_id)
        async with self.http.stream("POST", url, json=body, headers=headers) as stream:
            async for line in stream.aiter_lines():
                last = line[:200] if line.startswith("data: ") else last
        if '"status":"succeeded"' not in last:
            raise RuntimeError(f"the graph ended otherwise: {last}")
        return time.perf_counter() - began


def _tool(number: int, action: str, **params: Any) -> dict[str, Any]:
    row = node_row(number, "", kind="Transform")
    return {**row, "params": {"actionId": action, **params}}


def _copies(length: int, copies: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A text, and nodes that each hand it on."""
    written = _tool(0, "text.enter", content="x" * length)
    nodes = [_tool(number, "text.concat") for number in range(1, copies + 1)]
    return [written, *nodes], [edge_row(written, "output", node, "text") for node in nodes]


async def _often(work: Callable[[], Awaitable[float]]) -> float:
    """The median of several, after one that does not count."""
    return median([await work() for _ in range(ROUNDS + 1)][1:])


@asynccontextmanager
async def _meanwhile(*works: Callable[[], Awaitable[object]]) -> AsyncGenerator[None]:
    """Each of these again and again, for as long as the block lasts.

    Raises:
        RuntimeError: one of them failed.
    """

    async def forever(work: Callable[[], Awaitable[object]]) -> None:
        while True:
            await work()

    tasks = [asyncio.create_task(forever(work)) for work in works]
    try:
        await asyncio.sleep(SETTLED_SECONDS)
        yield
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)


async def _texts(busy: _User, other: _User) -> list[Measure]:
    """As much text as one run may have, twice at once, beside a graph of a few words."""
    size = MAX_NODE_TEXT - 1024
    nodes, edges = _copies(size, MAX_RUN_TEXT // (size + 1024) - 2)

    def small() -> Awaitable[float]:
        return other.execute(*_copies(100, 5))

    alone = await _often(small)
    heavy = await busy.execute(nodes, edges)
    async with _meanwhile(*[lambda: busy.execute(nodes, edges)] * 2):
        beside = await _often(small)
    async with busy.stack.runtime.begin() as tx:
        statement = text("""select max(length) from (select sum(octet_length(data::text)) as length
            from wzrd.run_events group by run_id) logs""")
        logged = float(await tx.scalar(statement) or 0)
    return [
        Measure("a graph beside the longest texts / alone", beside, alone, "s", f"<= {MOST_RATIO:.0f}x",
               beside <= MOST_RATIO * alone),
        Measure("a run of the longest texts / a small one", heavy, alone, "s", "", None),
        Measure("its log / the texts that a run may have", logged / 2**20, MAX_RUN_TEXT / 2**20, "MiB", "<= 3x",
               logged <= 3 * MAX_RUN_TEXT),
    ]  # fmt: skip


async def _media(busy: _User, other: _User, home: Path) -> list[Measure]:
    """One picture is turned while another user's runs trim clips, dozens of them."""
    clip, picture, numbers = home / "clip.mp4", home / "picture.png", itertools.count(1)
    source = f"testsrc2=size=1280x720:rate=24:duration={CLIP_SECONDS}"
    await run_ffmpeg("-v", "error", "-f", "lavfi", "-i", source, "-pix_fmt", "yuv420p", "-y", str(clip))
    await run_ffmpeg("-v", "error", "-i", str(clip), "-frames:v", "1", "-y", str(picture))
    clip_url, picture_url = await busy.store(clip, "video/mp4"), await other.store(picture, "image/png")

    def trims(numbers: Iterator[int]) -> list[dict[str, Any]]:
        wanted = [(at, next(numbers)) for at in range(TRIMS)]
        return [_tool(at, "video.trim", video=clip_url, start=0, end=10 + n / 100) for at, n in wanted]

    def turn() -> Awaitable[float]:
        return other.execute([_tool(0, "image.rotate", image=picture_url, angle=next(numbers) / 10)])

    alone = await _often(turn)
    trimmed = await busy.execute(trims(numbers)) / TRIMS
    async with _meanwhile(*[lambda: busy.execute(trims(numbers))] * CROWD):
        beside = await _often(turn)
    waited = max(0.0, beside - alone)
    return [
        Measure("a picture turned beside dozens of trims / alone", beside, alone, "s", "", None),
        Measure("what it waits for them / one trim", waited, trimmed, "s", f"<= {MOST_RATIO:.0f}x",
               waited <= MOST_RATIO * trimmed),
    ]  # fmt: skip


async def measure() -> list[Measure]:
    """Texts first, then media; two users in one stack."""
    async with folder() as home, whole_stack(home) as stack, httpx.AsyncClient(timeout=600) as http:
        busy, other = [_User(stack, http, await make_studio(stack.runtime)) for _ in range(2)]
        return [*await _texts(busy, other), *await _media(busy, other, home)]
