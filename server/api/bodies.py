"""JSON in and out: reading a request's body within bounds, giving it a type, and writing an answer.

Everything a body can do wrong ends here as a 4xx that names the place: size, encoding, syntax, shape, characters.
"""

import asyncio
import itertools
import time
from collections.abc import Iterable, Mapping
from typing import Any, TypedDict, TypeVar, cast

import orjson
from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.responses import Response

from server.api.services import services_of
from wzrd.contracts.generate import GenerationOptions, OutputConfig, RouteMetadata
from wzrd.contracts.wire import WireModel, dumps, loads
from wzrd.contracts.wrong_values import describe
from wzrd.domain.errors import BadRequest
from wzrd.domain.money import MoneyBound, read_money
from wzrd.net.json_scan import STEP, Bounds, Scan
from wzrd.runtime.gc_tuning import no_collections
from wzrd.slots import LoopSlots, next_round
from wzrd.threads import in_reading_thread

BOUNDS = Bounds()
"""Bounds of a route that states none of its own."""

_SEARCHED_VALUES = 5_000

_large_bodies = LoopSlots(1)
"""The steps of eight bodies in one round of the loop keep everybody waiting; those of one do not."""

Model = TypeVar("Model", bound=BaseModel)


class BodyTooLarge(BadRequest):
    """The request body is too large."""

    code = "body_too_large"


class BodyTooSlow(BadRequest):
    """The request body did not arrive in time."""

    code = "body_too_slow"


def json_response(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """`value` as an answer whose Content-Type is exactly `application/json`."""
    return Response(dumps(value), status, headers, media_type="application/json")


async def large_json_response(value: WireModel) -> Response:
    """An answer of megabytes, written in a thread: a film's storyboard, its graph, its breakdown."""
    return Response(await in_reading_thread(lambda: dumps(value.wire())), media_type="application/json")


async def read_json(request: Request, *, max_bytes: int, bounds: Bounds = BOUNDS) -> dict[str, Any]:
    """The request's JSON object; an empty body is an empty object. Size and structure are the route's own limits.

    Large bodies are looked at one after the other, by turns over users, and others have their turn between two steps;
    what is parsed in one piece has bounds, and others have as long as it took before the next is.

    Raises:
        BodyTooLarge: more than `max_bytes` were announced or sent; the rest is not read.
        BodyTooSlow: it took longer than WZRD_BODY_SECONDS.
        BodyTooComplex: more structure, or deeper, than `bounds` allow.
        BadRequest: no UTF-8, no JSON (the message says where), no object, or with characters that no database takes
            (the message names the field).
    """
    raw = _without_mark(await read_body(request, max_bytes=max_bytes))
    if len(raw) <= STEP:
        return decode_object(raw, bounds)
    async with _large_bodies.slot():
        scan = Scan(raw, bounds)
        for _ in scan.steps():
            await next_round()
        began = time.perf_counter()
        read = _object(raw, scan)
        await asyncio.sleep(time.perf_counter() - began)
        return read


async def read_body(request: Request, *, max_bytes: int) -> bytes:
    """The raw body, counted while it arrives: a chunked body has no honest length to trust.

    Raises:
        BodyTooLarge, BodyTooSlow: as `read_json`.
        BadRequest: it is packed.
    """
    packing = request.headers.get("content-encoding", "identity")
    if packing.lower() != "identity":
        raise BadRequest(f"Content-Encoding is {packing[:40]!r}: send the body as it is")
    if (announced_bytes(request) or 0) > max_bytes:
        raise _too_large(max_bytes)
    seconds = services_of(request.app).runtime.settings.body_seconds
    received = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                received += chunk
                if len(received) > max_bytes:
                    raise _too_large(max_bytes)
    except TimeoutError:
        raise BodyTooSlow(f"The request body did not arrive within {seconds:g} s") from None
    return bytes(received)


def announced_bytes(request: Request) -> int | None:
    """The length that the request tells of its body; None where it tells none."""
    header = request.headers.get("content-length", "")
    return int(header[:20]) if header.isdecimal() else None


def _too_large(max_bytes: int) -> BodyTooLarge:
    return BodyTooLarge(f"The request body is larger than {max_bytes} bytes")


def decode_object(body: bytes, bounds: Bounds = BOUNDS) -> dict[str, Any]:
    """The JSON object in `body`; see `read_json` for what is refused."""
    raw = _without_mark(body)
    scan = Scan(raw, bounds)
    for _ in scan.steps():
        pass
    return _object(raw, scan)


def _without_mark(body: bytes) -> bytes:
    return body.removeprefix(b"\xef\xbb\xbf")


def _object(raw: bytes, scan: Scan) -> dict[str, Any]:
    """The object in a text that was scanned to its end."""
    if not raw or raw.isspace():
        return {}
    value = _parse(raw)
    if not isinstance(value, dict):
        raise BadRequest(f"The request body must be a JSON object, not {_kind(value)}")
    value = cast("dict[str, Any]", value)
    if scan.has_nul:
        raise BadRequest(f"{_find_nul(value)}: must not contain the NUL character (\\u0000)")
    return value


def _parse(raw: bytes) -> object:
    try:
        with no_collections():
            return loads(raw)
    except orjson.JSONDecodeError as error:
        message = f"Invalid JSON at line {error.lineno}, column {error.colno}: {error.msg}"
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        message = f"The request body is not valid UTF-8 at byte {error.start}"
    raise BadRequest(message)


def _kind(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return "an array" if isinstance(value, list) else "a string" if isinstance(value, str) else "a number"


def _children(value: object) -> Iterable[tuple[object, object]]:
    if isinstance(value, dict):
        return cast("dict[object, object]", value).items()
    return enumerate(cast("list[object]", value)) if isinstance(value, list) else ()


def _find_nul(value: object) -> str:
    """The path (`shots.2.title`) of a string or key with a NUL, as far as it is found among the first values."""
    waiting: list[tuple[str, object]] = [("", value)]
    for _ in range(_SEARCHED_VALUES):
        if not waiting:
            break
        path, here = waiting.pop()
        if isinstance(here, str) and "\0" in here:
            return path
        for key, child in itertools.islice(_children(here), _SEARCHED_VALUES):
            if "\0" in str(key):
                return path or "A key"
            waiting.append((f"{path}.{key}" if path else str(key), child))
    return "The request body"


def parse(model: type[Model], data: Mapping[str, Any]) -> Model:
    """`data` as a `model`; a null stands for a field that is not there, as many languages write it.

    Raises:
        BadRequest: what does not fit, by the wire's field names, the reason and the value.
    """
    try:
        return model.model_validate({name: value for name, value in data.items() if value is not None})
    except ValidationError as error:
        raise BadRequest(describe(error.errors(include_url=False, include_context=False))) from None


class CallOptions(TypedDict):
    """Wishes and bounds of any generation, as the parameters of a call are named."""

    output: OutputConfig
    metadata: RouteMetadata
    max_credits: int | None
    money: MoneyBound | None


def options_of(body: GenerationOptions) -> CallOptions:
    """The wishes and bounds in the body of any generation's request.

    Raises:
        BadRequest: as `read_money`.
    """
    money = read_money(body.max_usd, body.allow_unpriced)
    return CallOptions(output=body.output_config, metadata=body.metadata, max_credits=body.max_credits, money=money)
