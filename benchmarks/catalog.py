"""A request for the model catalog, against a bare Starlette route that answers the same bytes and checks nobody.

Ours verifies a token, reads the parameters, chooses and joins. Each round makes every request at both sides in turn,
over one kept connection each, with a client that does nothing but read.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from uuid import uuid4

import orjson

from benchmarks.figures import Figure
from benchmarks.ground import Server, database, folder, our_api, served, token
from benchmarks.peers.same_bytes import TAG
from server.api.routes.model_catalog import PATH

WARM_UP, ROUNDS = 20, 400
BUDGET_MS, UNCHANGED_MS = 3.0, 1.0
PICKER = {
    "media_type": "image",
    "workflow_types": ["text-to-image", "image-edit"],
    "studio_surface": "studio:image",
    "includeAdvanced": False,
    "search": "",
    "limit": 500,
    "offset": 0,
    "diagnostics": False,
}
"""What the studio's model picker asks for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and after how many milliseconds it was whole."""

    status: int
    tag: str
    body: bytes
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Side:
    """A kept connection to one side."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    bearer: str

    async def ask(self, target: str, *, body: bytes | None = None, tag: str = "") -> Answer:
        """GET, or POST of a body; `tag` is what the caller has already."""
        head = f"{'GET' if body is None else 'POST'} {target} HTTP/1.1\r\nhost: 127.0.0.1\r\n"
        head += f"authorization: Bearer {self.bearer}\r\n" + (f"if-none-match: {tag}\r\n" if tag else "")
        head += "" if body is None else f"content-length: {len(body)}\r\n"
        began = time.perf_counter()
        self.writer.write(f"{head}\r\n".encode() + (body or b""))
        first, *lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower().splitlines()
        headers = dict(line.split(": ", 1) for line in lines if line)
        content = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return Answer(int(first.split()[1]), headers.get("etag", ""), content, (time.perf_counter() - began) * 1000)


@asynccontextmanager
async def _connected(server: Server, bearer: str) -> AsyncGenerator[Side]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1 << 20)
    try:
        yield Side(reader, writer, bearer)
    finally:
        writer.close()


@dataclass(frozen=True, slots=True)
class Claim:
    """One kind of request. `body` of the n-th: None is a GET; `unchanged`: the caller has the answer already."""

    name: str
    query: str = ""
    body: Callable[[int], bytes] | None = None
    unchanged: bool = False


def _asked_before(_turn: int) -> bytes:
    return orjson.dumps(PICKER)


def _never_asked_before(turn: int) -> bytes:
    """The same page under another limit, which it does not reach."""
    return orjson.dumps({**PICKER, "limit": 1000 + turn})


CLAIMS = (
    Claim("the documented array"),
    Claim("every model, whole", "?include_advanced=true"),
    Claim("the studio's picker", body=_asked_before),
    Claim("a list never asked for before", body=_never_asked_before),
    Claim("304 of the array", unchanged=True),
    Claim("304 of a list", "?media_type=image&limit=500", unchanged=True),
)


@dataclass(frozen=True, slots=True)
class Race:
    """One claim at both sides: what is due, and the milliseconds that each turn took."""

    claim: Claim
    first: Answer
    path: str
    ours: list[float] = field(default_factory=list[float])
    peer: list[float] = field(default_factory=list[float])

    async def run(self, turn: int, ours: Side, peer: Side) -> None:
        """One turn.

        Raises:
            RuntimeError: a side answers anything but what is due.
        """
        unchanged, body = self.claim.unchanged, self.claim.body and self.claim.body(turn)
        due = (304, b"") if unchanged else (200, self.first.body)
        mine = await ours.ask(PATH + self.claim.query, body=body, tag=self.first.tag if unchanged else "")
        told = await peer.ask(self.path, body=body, tag=TAG if unchanged else "")
        if (mine.status, mine.body) != due or (told.status, told.body) != due:
            raise RuntimeError(f"{self.claim.name}: {mine.status} and {told.status}, or other bytes")
        if turn >= WARM_UP:
            self.ours.append(mine.milliseconds)
            self.peer.append(told.milliseconds)

    def figure(self) -> Figure:
        """The medians."""
        mine, budget = median(self.ours), UNCHANGED_MS if self.claim.unchanged else BUDGET_MS
        return Figure(self.claim.name, mine, median(self.peer), "ms", f"<= {budget:g} ms", mine <= budget)


async def _begin(side: Side, claim: Claim, path: Path) -> Race:
    """Ask ours for the first time; what it answers is what the peer will, from the file at `path`."""
    first = await side.ask(PATH + claim.query, body=claim.body(0) if claim.body else None)
    await asyncio.to_thread(path.write_bytes, first.body)
    return Race(claim, first, f"/{path.name}")


async def measure() -> list[Figure]:
    """All claims in turn, each at both sides."""
    async with folder() as home, database(home) as url, our_api(url) as api, _connected(api, token(uuid4())) as ours:
        bodies = home / "bodies"
        bodies.mkdir()
        races = [await _begin(ours, claim, bodies / str(number)) for number, claim in enumerate(CLAIMS)]
        async with (
            served("benchmarks.peers.same_bytes", {"WZRD_BODIES": str(bodies)}, probe="/healthz") as bare,
            _connected(bare, ours.bearer) as peer,
        ):
            for turn in range(WARM_UP + ROUNDS):
                for race in races:
                    await race.run(turn, ours, peer)
    return [race.figure() for race in races]
