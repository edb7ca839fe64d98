"""The client against servers on loopback that drop, refuse, close early and come back."""

import asyncio
import json
import random
import time
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from wzrd.client import Event, GenerationError, InsufficientCreditsError, UnifiedGenerationService, read_event
from wzrd.client.repeating import RECONNECTS, read_retry_after
from wzrd.contracts.gen_shots import Done, Meta, ShotUpdate, shot
from wzrd.contracts.sse import PING, encode
from wzrd.contracts.wire import dumps

RUN = uuid.UUID("0d9c1b57-3f0e-4f0a-9a7e-0a1b2c3d4e5f")
PROJECT, SCENE = uuid.uuid4(), uuid.uuid4()


def a_log(shots: int = 3, *, gaps: bool = True) -> list[tuple[int, str, dict[str, Any]]]:
    """A whole run's log: ascending numbers, with gaps."""
    found: list[tuple[str, dict[str, Any]]] = [
        ("meta", {"requestId": "r", "projectId": str(PROJECT), "sceneId": str(SCENE), "latency": 3}),
        ("progress", {"status": "retrying", "attempt": 2}),
    ]
    for phase in ("creating", "drafting", "enriching", "ready"):
        title = None if phase == "creating" else "Überfall im 雨"
        for n in range(1, shots + 1):
            shot_id = uuid.uuid5(RUN, str(n))
            state = shot(shot_id=shot_id, project_id=PROJECT, scene_id=SCENE, shot_number=n, status=phase, title=title)
            found += [("shot", state)]
    found.append(("done", {"completed": True, "total": shots, "requestId": "r", "fallbackUsed": True}))
    step = 3 if gaps else 1
    return [(1 + i * step, name, data) for i, (name, data) in enumerate(found)]


def a_view(status: str = "succeeded", *, head: int = 10_000) -> dict[str, Any]:
    """A run as the server shows it."""
    ended = "2026-01-02T03:04:05Z" if status in {"succeeded", "failed", "canceled", "partial"} else None
    return {
        "id": str(RUN), "kind": "gen-shots", "projectId": str(PROJECT), "requestId": "r", "status": status,
        "attempt": 1, "progress": 100, "lastEventId": head, "flowRunId": None, "cancelRequested": False,
        "error": None, "code": None, "result": None, "items": [], "credits": {"held": 0, "charged": 2},
        "createdAt": "2026-01-02T03:04:05Z", "startedAt": None, "finishedAt": ended,
    }  # fmt: skip


@dataclass
class Request:
    """Request that the server received."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def after(self) -> int:
        return int(self.headers.get("last-event-id", "0"))


Handler = Callable[[Request, asyncio.StreamWriter], Any]


@dataclass
class LoopbackServer:
    """A plain HTTP/1.1 server: one request a connection, whatever bytes the handler writes."""

    handler: Handler
    asked: list[Request] = field(default_factory=list[Request])
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            method, path, _ = head[0].split(" ")
            headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:] if line)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            request = Request(method, path, headers, body)
            self.asked.append(request)
            await self.handler(request, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def serving(handler: Handler) -> AsyncGenerator[LoopbackServer]:
    made = LoopbackServer(handler)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made


def answer(writer: asyncio.StreamWriter, status: int, body: Any, **headers: str) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: {len(content)}\r\nconnection: close\r\n{more}\r\n".encode())
    writer.write(content)


def open_stream(writer: asyncio.StreamWriter, *, run_id: bool = True) -> None:
    head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\nconnection: close\r\n"
    writer.write((head + (f"x-run-id: {RUN}\r\n" if run_id else "") + "\r\n").encode())


def chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(b"%x\r\n%s\r\n" % (len(data), data))


def end_stream(writer: asyncio.StreamWriter) -> None:
    writer.write(b"0\r\n\r\n")


def client_of(
    server: LoopbackServer, *, first_delay: float = 0.001, reconnects: int = RECONNECTS
) -> UnifiedGenerationService:
    return UnifiedGenerationService(server.url, "token", reconnects, first_delay)


async def hang_up(_request: Request, _writer: asyncio.StreamWriter) -> None:
    """A server that closes without a byte."""


@pytest.mark.parametrize("seed", range(6))
async def test_random_drops_lose_and_repeat_nothing(seed: int) -> None:
    """Dropped 50 times and more at random bytes, the stream is whole: every event once, in order."""
    dice = random.Random(seed)
    log = a_log(6)
    frames = [(seq, encode(name, dumps(data), seq)) for seq, name, data in log]
    drops = 0

    async def handler(request: Request, writer: asyncio.StreamWriter) -> None:
        nonlocal drops
        open_stream(writer)
        body = PING + b"".join(frame for seq, frame in frames if seq > request.after)
        polite = dice.random() < 0.15
        if drops < 50:  # enough bytes for one frame, at most two, then the line is cut, in mid-frame or mid-character
            drops += 1
            body = body[: dice.randint(0, 420)]
        for at in range(0, len(body), 97):
            chunk(writer, body[at : at + 97])
        await writer.drain()
        if drops >= 50 or polite:
            end_stream(writer)

    async def routed(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.path.endswith(("/events", "/gen-shots")):
            await handler(request, writer)
        else:
            answer(writer, 200, a_view(head=log[-1][0]))

    async with serving(routed) as server, client_of(server, reconnects=1000, first_delay=0.0) as client:
        client_events = [event async for event in client.follow(RUN)]
    assert [(e.seq, e.name, dict(e.data)) for e in client_events] == log


async def test_gen_shots_is_posted_once_and_then_followed() -> None:
    """After the run's id is known, a drop is resumed by Last-Event-ID on the run's stream, not by another POST."""
    log = a_log(2)

    async def handler(request: Request, writer: asyncio.StreamWriter) -> None:
        open_stream(writer)
        some = log[:4] if request.method == "POST" else [one for one in log if one[0] > request.after]
        for seq, name, data in some:
            chunk(writer, encode(name, dumps(data), seq))
        await writer.drain()
        if request.method == "GET":
            end_stream(writer)

    async with serving(handler) as server, client_of(server) as client:
        events = [event async for event in client.gen_shots(PROJECT, scene_id=SCENE, shot_count=2)]
    assert [request.method for request in server.asked] == ["POST", "GET"]
    assert server.asked[1].path == f"/functions/v1/runs/{RUN}/events"
    assert server.asked[1].after == log[3][0]
    sent = json.loads(server.asked[0].body)
    assert (sent["projectId"], sent["sceneId"], sent["shotCount"]) == (str(PROJECT), str(SCENE), 2)
    assert uuid.UUID(sent["requestId"])
    assert isinstance(events[0], Meta)
    assert [e.status for e in events if isinstance(e, ShotUpdate) and e.shot_number == 2] == [
        "creating", "drafting", "enriching", "ready",
    ]  # fmt: skip
    assert isinstance(events[-1], Done)
    assert events[-1].total == 2


async def test_a_post_without_an_answer_is_repeated_under_the_same_request_id() -> None:
    """A connection that dies before the run is known is tried again with the same requestId: it cannot start two."""
    tries = 0

    async def handler(_: Request, writer: asyncio.StreamWriter) -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            return  # hang up without a byte
        if tries == 3:
            answer(writer, 503, {"error": "The database is unavailable"}, retry_after="0")
            return
        open_stream(writer)
        for seq, name, data in a_log(1):
            chunk(writer, encode(name, dumps(data), seq))
        end_stream(writer)

    async with serving(handler) as server, client_of(server) as client:
        events = [event async for event in client.gen_shots(PROJECT)]
    assert isinstance(events[-1], Done)
    assert len({json.loads(request.body)["requestId"] for request in server.asked}) == 1
    assert len(server.asked) == 4


async def test_it_gives_up_in_bounded_time() -> None:
    """A server that never brings anything new ends as GenerationError, not as an endless loop."""

    async def handler(_: Request, writer: asyncio.StreamWriter) -> None:
        open_stream(writer)

    async with serving(handler) as server, client_of(server, reconnects=3) as client:
        with pytest.raises(GenerationError) as raised:
            [event async for event in client.follow(RUN)]
    assert raised.value.code == "stream_error"
    assert len(server.asked) == 4


async def test_nobody_listens() -> None:
    """A refused connection is told with the address."""
    async with serving(hang_up) as server:
        pass
    async with client_of(server, reconnects=1) as client:
        with pytest.raises(GenerationError, match=str(server.port)):
            await client.run(RUN)
        with pytest.raises(GenerationError, match=str(server.port)) as raised:
            [event async for event in client.gen_shots(PROJECT)]
    assert raised.value.status is None


async def test_an_ended_run_with_nothing_new_ends_at_once() -> None:
    """Following an ended run from its head yields nothing and returns."""

    async def handler(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.path.endswith("/events"):
            open_stream(writer)
            end_stream(writer)
        else:
            answer(writer, 200, a_view(head=40))

    async with serving(handler) as server, client_of(server) as client:
        assert [event async for event in client.follow(RUN, after=40)] == []
    assert len(server.asked) == 2


async def test_a_stream_closed_for_its_age_is_resumed() -> None:
    """A polite end without a last event, while the run is open, is no end."""
    log = a_log(1)

    async def handler(request: Request, writer: asyncio.StreamWriter) -> None:
        if not request.path.endswith("/events"):
            answer(writer, 200, a_view("running", head=log[2][0]))
            return
        open_stream(writer)
        for seq, name, data in log[:3] if request.after == 0 else log[3:]:
            chunk(writer, encode(name, dumps(data), seq))
        end_stream(writer)

    async with serving(handler) as server, client_of(server) as client:
        assert [event.seq async for event in client.follow(RUN)] == [seq for seq, *_ in log]


async def test_402_becomes_insufficient_credits() -> None:
    """The documented envelope becomes the documented error, with both numbers."""

    async def handler(_: Request, writer: asyncio.StreamWriter) -> None:
        body = {"error": "Insufficient credits", "code": "insufficient_credits", "required": 3, "available": 1}
        answer(writer, 402, body)

    async with serving(handler) as server, client_of(server) as client:
        with pytest.raises(InsufficientCreditsError) as raised:
            [event async for event in client.gen_shots(PROJECT)]
        with pytest.raises(InsufficientCreditsError):
            await client.retry(RUN)
    error = raised.value
    assert (error.required, error.available, error.code, error.status) == (3, 1, "insufficient_credits", 402)


@pytest.mark.parametrize(
    ("status", "body", "code", "message"),
    [
        (404, {"error": "Scene not found or access denied"}, "stream_error", "Scene not found or access denied"),
        (403, {"error": "off", "code": "shot_stream_disabled"}, "shot_stream_disabled", "off"),
        (401, {"error": "Unauthorized"}, "stream_error", "Unauthorized"),
        (500, b"<html>oops", "stream_error", "HTTP 500"),
        (409, [1], "stream_error", "HTTP 409"),
    ],
)
async def test_refusals_are_told_and_not_repeated(status: int, body: Any, code: str, message: str) -> None:
    """A refusal is asked once; its code, words and status arrive, whatever the body is."""

    async def handler(_: Request, writer: asyncio.StreamWriter) -> None:
        answer(writer, status, body)

    async with serving(handler) as server, client_of(server) as client:
        with pytest.raises(GenerationError) as raised:
            [event async for event in client.gen_shots(PROJECT)]
    assert (raised.value.code, raised.value.message, raised.value.status) == (code, message, status)
    assert len(server.asked) == 1


async def test_an_error_event_is_raised_by_gen_shots_and_yielded_by_follow() -> None:
    """The stream's own `error` surfaces as provider_error with its message."""

    async def handler(_: Request, writer: asyncio.StreamWriter) -> None:
        open_stream(writer)
        chunk(writer, encode("error", b'{"error":"Canceled","requestId":"r"}', 7))
        end_stream(writer)

    async with serving(handler) as server, client_of(server) as client:
        with pytest.raises(GenerationError, match="Canceled") as raised:
            [event async for event in client.gen_shots(PROJECT)]
        assert raised.value.code == "provider_error"
        assert [event.name async for event in client.follow(RUN)] == ["error"]


async def test_a_server_that_names_no_run_is_never_asked_twice() -> None:
    """Without a run id a drop cannot be resumed, and repeating the POST might start a second run: it fails instead."""

    async def handler(_: Request, writer: asyncio.StreamWriter) -> None:
        open_stream(writer, run_id=False)
        chunk(writer, encode("meta", dumps(a_log(1)[0][2])))
        await writer.drain()

    async with serving(handler) as server, client_of(server) as client:
        with pytest.raises(GenerationError):
            [event async for event in client.gen_shots(PROJECT)]
    assert len(server.asked) == 1


async def test_a_fresh_token_is_asked_for_each_connection() -> None:
    """A callable token is asked each time, so that a stream outlives the token it began with."""
    tokens = iter("abcdefgh")

    async def handler(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.headers["authorization"] != "Bearer a":
            answer(writer, 200, a_view())

    async with (
        serving(handler) as server,
        UnifiedGenerationService(server.url, lambda: next(tokens), reconnects=2) as client,
    ):
        assert (await client.run(RUN)).credits.charged == 2
        assert (await client.run(RUN)).credits.charged == 2
    assert [request.headers["authorization"][-1] for request in server.asked] == list("abc")


@pytest.mark.parametrize("body", [b"[]", b"{}", b"nonsense", b'{"id": 5}'])
async def test_a_strange_answer_is_an_error_of_ours(body: bytes) -> None:
    """An answer that is no run never leaves as a parser's exception."""

    async def handler(_: Request, writer: asyncio.StreamWriter) -> None:
        answer(writer, 200, body)

    async with serving(handler) as server, client_of(server) as client:
        with pytest.raises(GenerationError):
            await client.run(RUN)
        with pytest.raises(GenerationError):
            await client.runs()


async def test_calls_reach_their_places() -> None:
    """run, runs, cancel and retry ask the documented addresses."""

    async def handler(request: Request, writer: asyncio.StreamWriter) -> None:
        answer(writer, 200, {"runs": [a_view()]} if "?" in request.path else a_view("queued"))

    async with serving(handler) as server, client_of(server) as client:
        assert (await client.runs(limit=5, project_id=PROJECT))[0].id == RUN
        assert (await client.cancel(RUN)).status == "queued"
        assert (await client.retry(RUN)).status == "queued"
    assert [f"{request.method} {request.path}" for request in server.asked] == [
        f"GET /functions/v1/runs?limit=5&project_id={PROJECT}",
        f"POST /functions/v1/runs/{RUN}/cancel",
        f"POST /functions/v1/runs/{RUN}/retry",
    ]


def test_an_event_that_lacks_what_is_documented_is_an_error() -> None:
    """A `done` without its total is told as a stream error; an unknown event is nothing."""
    with pytest.raises(GenerationError):
        read_event(Event("done", {}))
    assert read_event(Event("progress", {"x": 1})) is None


BATCH = {
    "success": True,
    "runId": str(RUN),
    "phase": "images",
    "total": 3,
    "queued": 3,
    "skipped": 0,
    "estimatedCredits": 0,
}


async def test_a_batch_and_a_cut_are_asked_again_while_the_server_is_away() -> None:
    """Dropped, then refused for now, then answered: they join what a lost answer may have begun."""
    acts = ["drop", 503, 502]

    async def handle(_: Request, writer: asyncio.StreamWriter) -> None:
        match acts.pop(0) if acts else 202:
            case int(status):
                answer(writer, status, BATCH if status == 202 else {"error": "not now"})
            case _:
                writer.close()

    async with (
        serving(handle) as server,
        UnifiedGenerationService(server.url, "t", reconnects=5, first_delay=0.01) as client,
    ):
        told = await client.auto_generate(PROJECT, "images", model="animatic")
        assert (told.run_id, told.queued, len(server.asked)) == (RUN, 3, 4)
        assert len({request.body for request in server.asked}) == 1
        acts.append("drop")
        assert (await client.director_cut("create", projectId=str(PROJECT)))["runId"] == str(RUN)


async def test_a_refusal_of_a_batch_is_final_and_patience_ends() -> None:
    """A refusal of the server is not asked again; a server that stays away is given up, with its words."""
    status = 404

    async def handle(_: Request, writer: asyncio.StreamWriter) -> None:
        answer(writer, status, {"error": "Project not found or access denied"})

    async with (
        serving(handle) as server,
        UnifiedGenerationService(server.url, "t", reconnects=3, first_delay=0.01) as client,
    ):
        with pytest.raises(GenerationError, match="Project not found") as refused:
            await client.auto_generate(PROJECT, "images")
        assert (refused.value.status, len(server.asked)) == (404, 1)
        status = 503
        with pytest.raises(GenerationError, match="no answer"):
            await client.director_cut("create", projectId=str(PROJECT))
        assert len(server.asked) == 1 + 4


PASSING = ["drop", 408, 429, 502, 503, 504]


async def test_what_may_be_asked_twice_is_asked_until_it_is_answered(tmp_path: Path) -> None:
    """Reading, canceling and downloading outlast every passing error; each outage is told once."""
    acts, found = list[Any](), list[str]()

    async def handle(request: Request, writer: asyncio.StreamWriter) -> None:
        match acts.pop(0) if acts else 200:
            case 200:
                answer(writer, 200, {"runs": [a_view()]} if "limit" in request.path else a_view())
            case int(status):
                answer(writer, status, {"error": "not now"})
            case _:
                writer.close()

    def on_wait(message: str, seconds: float) -> None:
        assert seconds >= 0
        found.append(message)

    async with (
        serving(handle) as server,
        UnifiedGenerationService(server.url, "t", reconnects=6, first_delay=0.001, on_wait=on_wait) as client,
    ):
        calls: list[Callable[[], Any]] = [
            lambda: client.run(RUN),
            client.runs,
            lambda: client.cancel(RUN),
            lambda: client.download("/film.mp4", tmp_path / "film.mp4"),
        ]
        for call in calls:
            acts[:] = PASSING
            await call()
        assert (len(server.asked), len(found)) == (4 * (len(PASSING) + 1), 4)
        acts[:] = [503] * 7
        with pytest.raises(GenerationError, match="not now") as gone:
            await client.run(RUN)
        assert (gone.value.status, gone.value.passing, len(acts)) == (503, True, 0)
    assert json.loads((tmp_path / "film.mp4").read_bytes())["id"] == str(RUN)
    assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]


async def test_a_retry_is_one_attempt_even_if_its_answer_is_lost() -> None:
    """Asked again only after the run has been: without the attempt's number it is not asked again at all."""
    attempt = 1
    acts: list[str] = []

    async def handle(request: Request, writer: asyncio.StreamWriter) -> None:
        nonlocal attempt
        act = acts.pop(0)
        if request.method == "POST" and act != "refuse":
            attempt += 1
        if act == "lose":
            writer.close()
        elif act == "refuse":
            answer(writer, 503, {"error": "not now"})
        else:
            answer(writer, 200, a_view("queued") | {"attempt": attempt})

    async with serving(handle) as server, client_of(server) as client:
        acts[:] = ["lose", "refuse", "answer"]
        assert (await client.retry(RUN, ended_attempt=1)).attempt == 2
        assert [request.method for request in server.asked] == ["POST", "GET", "GET"]
        acts[:] = ["refuse", "answer", "answer"]
        assert (await client.retry(RUN, ended_attempt=2)).attempt == 3
        acts[:] = ["lose"]
        with pytest.raises(GenerationError, match="no answer"):
            await client.retry(RUN)
    assert (attempt, acts) == (4, [])


@pytest.mark.parametrize("resubmit", [False, True])
async def test_a_retry_gives_leave_only_when_told(resubmit: bool) -> None:
    """A submit that may have been accepted already is sent once more only by `resubmit_unknown`."""

    async def handle(_: Request, writer: asyncio.StreamWriter) -> None:
        answer(writer, 200, a_view("queued") | {"attempt": 2})

    async with serving(handle) as server, client_of(server) as client:
        await client.retry(RUN, ended_attempt=1, resubmit_unknown=resubmit)
    (asked,) = server.asked
    assert asked.body == (b'{"resubmitUnknown":true}' if resubmit else b"")


async def test_the_server_says_when_to_come_back() -> None:
    """Retry-After is a number of seconds or a date, a minute at most; nonsense says nothing."""
    waits = list[float]()

    async def handle(_: Request, writer: asyncio.StreamWriter) -> None:
        answer(writer, 429, {"error": "too many"}, retry_after="1") if not waits else answer(writer, 200, a_view())

    async with (
        serving(handle) as server,
        UnifiedGenerationService(
            server.url, "t", first_delay=0.001, on_wait=lambda _, seconds: waits.append(seconds)
        ) as client,
    ):
        before = time.monotonic()
        await client.run(RUN)
        assert (waits, time.monotonic() - before >= 1) == ([1.0], True)
    noon = datetime(2026, 1, 2, 12, tzinfo=UTC)
    told = ("7", "900", "Fri, 02 Jan 2026 12:00:30 GMT", "Fri, 02 Jan 2026 11:00:00 GMT", "soon", "", "-3", "nan", "²")
    assert [read_retry_after(value, lambda: noon) for value in told] == [7, 60, 30, 0, 0, 0, 0, 0, 0]
