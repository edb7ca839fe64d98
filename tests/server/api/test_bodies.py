"""Bodies: what is refused, with which words, and that nothing hostile becomes a 500."""

import asyncio
import contextlib
import gzip
import json
from collections.abc import AsyncIterator
from typing import Any, Literal

import httpx
import pytest
from fastapi import FastAPI, Request
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field
from starlette.responses import Response

from server.api import bodies
from server.api.bodies import BOUNDS, decode_object, json_response, parse, read_json
from tests.waiting import let_others_run
from wzrd.contracts.wire import WireModel
from wzrd.domain.errors import BadRequest
from wzrd.net.json_scan import STEP, Bounds
from wzrd.slots import work_for


class Wanted(WireModel):
    """A request with one field of each kind that can be wrong."""

    scene_id: str
    shot_count: int = Field(default=3, le=6)
    phase: Literal["a", "b"] = "a"
    shots: list[dict[str, int]] = Field(default_factory=list[dict[str, int]])


@pytest.fixture
async def echo(app: FastAPI, client: httpx.AsyncClient) -> httpx.AsyncClient:
    """A client of an application with a route that answers what it read (1024 bytes at most)."""

    @app.post("/echo")
    async def answer(request: Request) -> Response:
        return json_response(await read_json(request, max_bytes=1024))

    return client


@pytest.mark.parametrize("content", [b"", b" \n", b"\xef\xbb\xbf", b"{}", b"\xef\xbb\xbf{}"])
async def test_nothing_is_an_empty_object(echo: httpx.AsyncClient, content: bytes) -> None:
    """An empty body means no parameters; a byte order mark means nothing."""
    response = await echo.post("/echo", content=content)
    assert (response.status_code, response.json()) == (200, {})


async def test_the_content_type_is_exact(echo: httpx.AsyncClient) -> None:
    """supabase-js parses by it; a request's own content type is not asked for."""
    response = await echo.post("/echo", content=b'{"a":1}', headers={"content-type": "text/plain"})
    assert response.headers["content-type"] == "application/json"
    assert response.json() == {"a": 1}


async def test_a_packed_body_is_refused_by_its_packing(echo: httpx.AsyncClient) -> None:
    """It is not called broken UTF-8; `identity` is no packing."""
    packed = await echo.post("/echo", content=gzip.compress(b"{}"), headers={"content-encoding": "gzip"})
    assert (packed.status_code, packed.json()["error"]) == (400, "Content-Encoding is 'gzip': send the body as it is")
    plain = await echo.post("/echo", content=b"{}", headers={"content-encoding": "Identity"})
    assert plain.status_code == 200


@pytest.mark.parametrize("size", [1025, 1_000_000])
async def test_a_large_body_is_413_whether_announced_or_not(echo: httpx.AsyncClient, size: int) -> None:
    """The announced length is refused unread; a chunked body is refused once it passes the limit."""

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(0, size, 1000):
            yield b" " * min(1000, size)
        yield b" " * 1000

    announced = await echo.post("/echo", content=b" " * size)
    chunked = await echo.post("/echo", content=chunks())
    for response in (announced, chunked):
        assert (response.status_code, response.json()) == (413, {"error": "The request body is larger than 1024 bytes"})


@pytest.mark.parametrize("length", ["0", "-1", "x", "9" * 5000, "1e9", "²"])
async def test_a_lying_length_changes_nothing(app: FastAPI, echo: httpx.AsyncClient, length: str) -> None:
    """The bytes are counted; what the header says can only refuse earlier."""
    sent = iter([{"type": "http.request", "body": b" " * 600, "more_body": True}] * 2)
    headers = [(b"content-length", length.encode("utf-8"))]
    scope: dict[str, Any] = {"type": "http", "method": "POST", "headers": headers, "app": app}

    async def receive() -> dict[str, Any]:
        return next(sent)

    with pytest.raises(bodies.BodyTooLarge):
        await read_json(Request(scope, receive), max_bytes=1024)


async def test_a_full_body_at_the_limit_passes(echo: httpx.AsyncClient) -> None:
    """The limit itself is allowed."""
    content = b'{"a":"' + b"x" * (1024 - 8) + b'"}'
    assert len(content) == 1024
    assert (await echo.post("/echo", content=content)).status_code == 200


async def test_a_route_has_bounds_of_its_own(app: FastAPI, client: httpx.AsyncClient) -> None:
    """Whatever WZRD_MAX_BODY says: a graph may be large and deep, a name need not be."""

    @app.post("/graph")
    async def graph(request: Request) -> Response:
        read = await read_json(request, max_bytes=16 << 20, bounds=Bounds(structure=300_000, depth=100))
        return json_response({"size": len(str(read))})

    @app.post("/name")
    async def name(request: Request) -> Response:
        return json_response(await read_json(request, max_bytes=1024, bounds=Bounds(structure=5, depth=1)))

    large = b'{"a":"' + b"x" * (15 << 20) + b'","b":[' + b"0," * 200_000 + b"0]}"
    assert (await client.post("/graph", content=large)).status_code == 200
    assert (await client.post("/graph", content=b'{"a":' + b"[" * 99 + b"]" * 99 + b"}")).status_code == 200
    assert (await client.post("/name", content=b'{"a":1,"b":"[]{}"}')).json() == {"a": 1, "b": "[]{}"}
    for content in (b'{"a":[1]}', b'{"a":1,"b":2,"c":3}'):
        assert (await client.post("/name", content=content)).status_code == 400


async def test_a_client_that_leaves_is_no_error(echo: httpx.AsyncClient, app: FastAPI) -> None:
    """A disconnect within the body ends quietly: no answer, no exception."""
    messages = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return next(messages)

    async def send(message: Any) -> None:
        await let_others_run()
        sent.append(message)

    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": "/echo",
        "headers": [],
        "query_string": b"",
        "root_path": "",
    }
    await app(scope, receive, send)
    assert sent == []


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"{", "Invalid JSON at line 1, column 2"),
        (b'{\n  "a": nope}', "Invalid JSON at line 2, column"),
        (b"{'a': 1}", "Invalid JSON at line 1"),
        (b'{"a": NaN}', "Invalid JSON at line 1"),
        (b'{"a": 1e999}', "Invalid JSON at line 1"),
        (b'{"a":"\x00"}', "Invalid JSON at line 1"),
        (b'{"a":"\\ud800"}', "Invalid JSON at line 1"),
        (b'{"\\udc00":1}', "Invalid JSON at line 1"),
        (b'{"a": "\xff"}', "not valid UTF-8 at byte 7"),
        (b'{"a": "\xed\xa0\x80"}', "not valid UTF-8"),
        (b"\xff\xfe{\x00}\x00", "not valid UTF-8 at byte 0"),
        (b"[1]", "must be a JSON object, not an array"),
        (b'"x"', "must be a JSON object, not a string"),
        (b"7", "must be a JSON object, not a number"),
        (b"null", "must be a JSON object, not null"),
        (b"true", "must be a JSON object, not true"),
        (b'{"a":"x\\u0000y"}', "a: must not contain the NUL character"),
        (b'{"shots":[{"title":"ok"},{"title":"\\u0000"}]}', "shots.1.title: must not contain the NUL character"),
        (b'{"a":{"b\\u0000":1}}', "a: must not contain the NUL character"),
        (b'{"b\\u0000":1}', "A key: must not contain the NUL character"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "nested more than 64 levels deep"),
        (b'{"a":' + b"[" * 64 + b"]" * 64 + b"}", "nested more than 64 levels deep"),
        (b'{"a":' + b"[" * 100, "nested more than 64 levels deep"),
        (b'{"a":' + b"[" * 60, "Invalid JSON"),
        (b'{"a":[' + b"[]," * 50_000 + b"[]]}", "more than 100000 brackets, commas and colons"),
        (b'{"a":[' + b"0," * 100_000 + b"0]}", "more than 100000 brackets, commas and colons"),
        (b'{"a":[' + b'""' * 200_000 + b"0]}", "more than 100000 brackets, commas and colons"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(body: bytes, text: str) -> None:
    """Encoding, syntax, shape, characters, depth: a 400 that tells where."""
    with pytest.raises(BadRequest) as refusal:
        decode_object(body)
    assert text in refusal.value.message


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":"\\\\u0000"}',
        b'{"a":"\\ud83c\\udfac"}',
        b'{"a":' + b"[" * (BOUNDS.depth - 1) + b"]" * (BOUNDS.depth - 1) + b"}",
        b'{"a":12345678901234567890}',
        b'{"a":"]]}}\\"[[","b":[{"]":"["}]}',
        b'{"a":1,"a":2}',
        b'{"":1}',
    ],
)
def test_what_is_merely_unusual_is_taken(body: bytes) -> None:
    """A written-out escape, surrogate pairs, allowed depth, huge numbers, repeated and empty keys."""
    assert decode_object(body) == json.loads(body)


@given(
    st.dictionaries(
        st.text(), st.recursive(st.none() | st.integers(-(2**63), 2**63) | st.text(), st.lists, max_leaves=5)
    )
)
def test_every_json_object_is_read_or_refused_for_a_nul(value: dict[str, Any]) -> None:
    """JSON of other writers is read as it is; only NULs are refused."""
    written = json.dumps(value)
    if "\\u0000" in written and "\0" in str(value).replace("\\x00", "\0"):
        with pytest.raises(BadRequest):
            decode_object(written.encode())
    else:
        assert decode_object(written.encode()) == json.loads(written)


@given(st.binary(max_size=200))
def test_no_bytes_whatsoever_crash_the_reader(body: bytes) -> None:
    """Any bytes are an object or a BadRequest."""
    with contextlib.suppress(BadRequest):
        assert isinstance(decode_object(body), dict)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({}, "sceneId: is required"),
    ({"sceneId": 7}, "sceneId: should be a valid string (got 7)"),
    ({"sceneId": None}, "sceneId: is required"),
    (
        {"sceneId": "s", "shotCount": "three"},
        'shotCount: must be a whole number (got "three")',
    ),
    ({"sceneId": "s", "shotCount": 7}, "shotCount: should be less than or equal to 6 (got 7)"),
    ({"sceneId": "s", "phase": "c"}, "phase: should be 'a' or 'b' (got \"c\")"),
    ({"sceneId": "s", "shots": [{}, {"n": "x"}]}, "shots.1.n: must be a whole number"),
    ({"sceneId": "s", "shots": {"a": 1}}, "shots: should be a valid list (got an object)"),
    ({"sceneId": "s", "shots": [[]]}, "shots.0: must be an object (got an array)"),
    ({"sceneId": [], "shotCount": [], "phase": 1, "shots": 1}, "; and 1 more"),
]


@pytest.mark.parametrize(("data", "text"), WRONG)
def test_a_wrong_value_is_told_by_the_wires_name(data: dict[str, Any], text: str) -> None:
    """The field as the documentation spells it, the reason, and the value."""
    with pytest.raises(BadRequest) as refusal:
        parse(Wanted, data)
    assert text in refusal.value.message


def test_a_long_value_is_cut() -> None:
    """An error does not send a megabyte back."""
    with pytest.raises(BadRequest) as refusal:
        parse(Wanted, {"sceneId": "s", "shotCount": "x" * 100_000})
    assert len(refusal.value.message) < 300


def test_a_huge_number_is_a_double() -> None:
    """As JavaScript reads it; clamps downstream then do their work."""
    assert decode_object(b'{"a":123456789012345678901234567890}') == {"a": 123456789012345678901234567890.0}


def test_null_is_what_is_not_there() -> None:
    """Many languages write the fields that they leave open; only what is needed is asked for."""
    assert parse(Wanted, {"sceneId": "s", "shotCount": None, "phase": None, "shots": None}) == Wanted(scene_id="s")


def test_unknown_fields_are_ignored() -> None:
    """A newer client may say more."""
    assert parse(Wanted, {"sceneId": "s", "mood": "noir"}) == Wanted(scene_id="s")


async def test_others_have_their_turn_while_a_large_body_is_read(app: FastAPI) -> None:
    """Between two steps of the scan the loop serves somebody else."""
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await let_others_run()

    neighbour = asyncio.create_task(other())
    await asyncio.gather(*(_read_large(app) for _ in range(8)))
    neighbour.cancel()
    assert turns >= 8 * 8, "the steps of eight bodies share no round of the loop"


async def test_large_bodies_are_read_over_users(app: FastAPI) -> None:
    """One user's twenty large bodies wait; another's one is read next."""
    order = list[str]()

    async def send(user: str) -> None:
        work_for(user)
        await _read_large(app)
        order.append(user)

    busy = [asyncio.create_task(send("busy")) for _ in range(20)]
    await let_others_run(5)
    await asyncio.gather(send("other"), *busy)
    assert order.index("other") <= 2


async def _read_large(app: FastAPI) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b'{"a":"' + b"x" * (8 * STEP) + b'"}', "more_body": False}

    scope: dict[str, Any] = {"type": "http", "method": "POST", "headers": [], "app": app}
    assert await read_json(Request(scope, receive), max_bytes=10 * STEP)
